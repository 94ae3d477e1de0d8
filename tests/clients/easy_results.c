/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl */
/* What a transfer leaves behind for the program: what it has got, getinfo, the error buffer. */
#include "easy.h"

static int plain(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

/* Twice on one handle. */
static int twice(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	for (int i = 0; i < 2; i++) {
		CURLcode code = curl_easy_perform(easy);

		printf("hash=%016" PRIx64 " ", seen.hash);
		report(&seen, code);
		seen.hash = 0;
		seen.bytes = 0;
		seen.headers = 0;
	}
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- what the call leaves behind for getinfo, and in the error buffer ---- */

static int info(const char *url)
{
	static const struct {
		const char *name;
		CURLINFO info;
	} longs[] = {
		{ "response_code", CURLINFO_RESPONSE_CODE },
		{ "redirect_count", CURLINFO_REDIRECT_COUNT },
		{ "header_size", CURLINFO_HEADER_SIZE },
		{ "request_size", CURLINFO_REQUEST_SIZE },
		{ "http_version", CURLINFO_HTTP_VERSION },
		{ "proxy_error", CURLINFO_PROXY_ERROR },
	};
	static const struct {
		const char *name;
		CURLINFO info;
	} offsets[] = {
		{ "size_download", CURLINFO_SIZE_DOWNLOAD_T },
		{ "size_upload", CURLINFO_SIZE_UPLOAD_T },
		{ "content_length", CURLINFO_CONTENT_LENGTH_DOWNLOAD_T },
		{ "filetime", CURLINFO_FILETIME_T },
		{ "retry_after", CURLINFO_RETRY_AFTER },
	};
	struct seen seen;
	CURL *easy = new_easy(url, &seen);
	char *type = NULL;
	char *path = NULL;

	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	CURLcode code = curl_easy_perform(easy);
	for (size_t i = 0; i < sizeof(longs) / sizeof(longs[0]); i++) {
		long value = 0;

		curl_easy_getinfo(easy, longs[i].info, &value);
		printf("%s=%ld\n", longs[i].name, value);
	}
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		curl_off_t value = 0;

		curl_easy_getinfo(easy, offsets[i].info, &value);
		printf("%s=%" PRId64 "\n", offsets[i].name, (int64_t)value);
	}
	curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &path);
	printf("content_type=%s\nmessage=%s\nlast=%s\n", type ? type : "-", seen.error,
	       path ? strrchr(path, '/') : "-");
	report(&seen, code);
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- CURLOPT_WILDCARDMATCH: how often the program is told of a file ---- */

static long on_chunk(const void *info, void *user, int left)
{
	(void)info;
	(void)left;
	++*(int *)user;
	return CURL_CHUNK_BGN_FUNC_OK;
}

static int wildcard(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);
	CURLcode code;
	int chunks = 0;

	curl_easy_setopt(easy, CURLOPT_WILDCARDMATCH, 1L);
	curl_easy_setopt(easy, CURLOPT_CHUNK_BGN_FUNCTION, on_chunk);
	curl_easy_setopt(easy, CURLOPT_CHUNK_DATA, &chunks);
	code = curl_easy_perform(easy);
	printf("code=%d bytes=%zu chunks=%d\n", code, seen.bytes, chunks);
	curl_easy_cleanup(easy);
	return 0;
}

static int referer(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(easy, CURLOPT_AUTOREFERER, 1L);
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

static const struct scenario scenarios[] = {
	{ "plain", plain },
	{ "twice", twice },
	{ "info", info },
	{ "wildcard", wildcard },
	{ "referer", referer },
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_scenario(scenarios, argc, argv);
}
