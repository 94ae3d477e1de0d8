/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl */
/* Handles: copied, reset, reused, many, none, and in a multi handle. */
#include <sys/resource.h>

#include "easy.h"

/* ---- duphandle, before and in the middle of a transfer ---- */

static size_t dup_in_body(char *data, size_t size, size_t count, void *user)
{
	struct seen *seen = user;

	if (!seen->calls++) {
		CURL *copy = curl_easy_duphandle(seen->easy);
		struct seen other = { .easy = copy };

		curl_easy_setopt(copy, CURLOPT_WRITEFUNCTION, on_body);
		curl_easy_setopt(copy, CURLOPT_WRITEDATA, &other);
		curl_easy_setopt(copy, CURLOPT_HEADERDATA, &other);
		curl_easy_setopt(copy, CURLOPT_ERRORBUFFER, NULL);
		curl_easy_setopt(copy, CURLOPT_URL, argument);
		CURLcode code = curl_easy_perform(copy);
		printf("copy: ");
		report(&other, code);
		curl_easy_cleanup(copy);
	}
	return on_body(data, size, count, user);
}

/* The original is gone before its copy is used. */
static int dup_before(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	seen.easy = curl_easy_duphandle(easy);
	curl_easy_cleanup(easy);
	report(&seen, curl_easy_perform(seen.easy));
	curl_easy_cleanup(seen.easy);
	return 0;
}

/* What is set after a transfer counts for the next, and for a copy that outlives the original. */
static int dup_after(const char *url)
{
	struct seen first, other = { 0 };
	CURL *easy = new_easy(url, &first);
	CURL *copy;

	report(&first, curl_easy_perform(easy));
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &other);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, NULL);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, NULL);
	copy = curl_easy_duphandle(easy);
	other.easy = easy;
	report(&other, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	other.easy = copy;
	report(&other, curl_easy_perform(copy));
	curl_easy_cleanup(copy);
	printf("first=%zu\n", first.bytes);
	return 0;
}

static int duphandle(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, dup_in_body);
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- a handle reset and reused, N times; memory must not grow ---- */

static long resident_kb(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static int churn(const char *url)
{
	int rounds = argument ? atoi(argument) : 100000;
	struct seen seen;
	CURL *easy = new_easy(url, &seen);
	long before = 0;

	report(&seen, curl_easy_perform(easy));
	for (int i = 0; i < rounds; i++) {
		if (i == rounds / 10)
			before = resident_kb();
		curl_easy_setopt(easy, CURLOPT_REFERER, "http://127.0.0.1/referer");
		curl_easy_setopt(easy, CURLOPT_WRITEDATA, &seen);
		curl_easy_reset(easy);
		if (i % 100 == 0) {
			CURL *other = curl_easy_init();

			curl_easy_setopt(other, CURLOPT_REFERER, "http://127.0.0.1/referer");
			curl_easy_cleanup(curl_easy_duphandle(other));
			curl_easy_cleanup(other);
		}
	}
	printf("grown=%s\n", resident_kb() - before > 512 ? "yes" : "no");
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- reset: nothing of what was set before is left, and retries go on ---- */

static int reset(const char *url)
{
	struct seen seen;
	struct seen old;
	CURL *easy = new_easy(url, &old);

	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "before");
	curl_easy_setopt(easy, CURLOPT_HEADER, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 1L);
	curl_easy_reset(easy);
	memset(&seen, 0, sizeof(seen));
	seen.easy = easy;
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &seen);
	report(&seen, curl_easy_perform(easy));
	printf("old=%zu\n", old.headers + old.bytes);
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- many handles at once, more than any first table holds; each then used ---- */

static int many(const char *url)
{
	enum { MANY = 20000 };
	static CURL *easy[MANY];
	struct seen seen;
	int failed = 0;

	for (int i = 0; i < MANY; i++) {
		easy[i] = curl_easy_init();
		failed += !easy[i];
	}
	for (int i = 0; i < MANY; i += 2)
		curl_easy_cleanup(easy[i]);
	for (int i = 1; i < MANY; i += 2000) {
		char each[1024];

		memset(&seen, 0, sizeof(seen));
		snprintf(each, sizeof(each), "%s%d", url, i);
		curl_easy_setopt(easy[i], CURLOPT_URL, each);
		curl_easy_setopt(easy[i], CURLOPT_WRITEFUNCTION, on_body);
		curl_easy_setopt(easy[i], CURLOPT_WRITEDATA, &seen);
		long status = 0;
		CURLcode code = curl_easy_perform(easy[i]);
		curl_easy_getinfo(easy[i], CURLINFO_RESPONSE_CODE, &status);
		failed += code || status != 200 || !seen.bytes;
	}
	for (int i = 1; i < MANY; i += 2)
		curl_easy_cleanup(easy[i]);
	printf("failed=%d\n", failed);
	return 0;
}

static int no_perform(const char *url)
{
	struct seen seen;

	curl_easy_cleanup(new_easy(url, &seen));
	curl_easy_cleanup(NULL);
	curl_easy_cleanup(curl_easy_init());
	puts("done");
	return 0;
}

/* ---- no handle at all ---- */

static int no_handle(const char *url)
{
	curl_easy_cleanup(NULL);
	printf("setopt=%d perform=%d pause=%d\n", curl_easy_setopt(NULL, CURLOPT_URL, url),
	       curl_easy_perform(NULL), curl_easy_pause(NULL, CURLPAUSE_CONT));
	return 0;
}

/* ---- a multi handle, and easy again ---- */

static CURLcode perform_in_multi(CURL *easy)
{
	CURLM *pool = curl_multi_init();
	CURLcode code = CURLE_FAILED_INIT;
	CURLMsg *message;
	int running = 1;
	int left;

	curl_multi_add_handle(pool, easy);
	while (running) {
		curl_multi_perform(pool, &running);
		if (running)
			curl_multi_wait(pool, NULL, 0, 1000, NULL);
	}
	message = curl_multi_info_read(pool, &left);
	if (message)
		code = message->data.result;
	curl_multi_remove_handle(pool, easy);
	curl_multi_cleanup(pool);
	return code;
}

static int multi_then_easy(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	report(&seen, perform_in_multi(easy));
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

/* With ARG, a range of the program's own, or "+" and where to go on from. */
static int multi_after(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);
	struct curl_slist *headers = curl_slist_append(NULL, "X-Test: yes");

	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	if (argument && argument[0] == '+')
		curl_easy_setopt(easy, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)atoi(argument));
	else
		curl_easy_setopt(easy, CURLOPT_RANGE, argument);
	for (int i = 0; i < 2; i++) {
		curl_off_t length = 0;
		curl_off_t bytes = 0;

		seen.bytes = 0;
		report(&seen, i ? perform_in_multi(easy) : curl_easy_perform(easy));
		curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
		curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
		printf("size=%" PRId64 " length=%" PRId64 "\n", (int64_t)bytes, (int64_t)length);
	}
	curl_easy_cleanup(easy);
	curl_slist_free_all(headers);
	return 0;
}

static const struct scenario scenarios[] = {
	{ "dup-before", dup_before },
	{ "dup-after", dup_after },
	{ "duphandle", duphandle },
	{ "churn", churn },
	{ "reset", reset },
	{ "many", many },
	{ "no-perform", no_perform },
	{ "no-handle", no_handle },
	{ "multi", multi_then_easy },
	{ "multi-after", multi_after },
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_scenario(scenarios, argc, argv);
}
