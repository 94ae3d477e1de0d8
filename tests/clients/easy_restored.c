/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -ldl */
/* The program's options after the call, as libcurl itself holds them: it is asked past the shim. */
#include "past_shim.h"
#include "easy.h"

static CURLcode perform_past_shim(CURL *easy)
{
	return ((CURLcode(*)(CURL *))past_shim("curl_easy_perform"))(easy);
}

/* With ARG, the URL of the second call, past the shim. */
static int options(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	report(&seen, curl_easy_perform(easy));
	seen.headers = 0;
	seen.bytes = 0;
	if (argument)
		curl_easy_setopt(easy, CURLOPT_URL, argument);
	report(&seen, perform_past_shim(easy));
	curl_easy_cleanup(easy);
	return 0;
}

static int on_progress(void *user, curl_off_t dt, curl_off_t dn, curl_off_t ut, curl_off_t un)
{
	struct seen *seen = user;

	(void)dt;
	(void)dn;
	(void)ut;
	(void)un;
	seen->calls++;
	return 0;
}

static int on_old_progress(void *user, double dt, double dn, double ut, double un)
{
	return on_progress(user, (curl_off_t)dt, (curl_off_t)dn, (curl_off_t)ut, (curl_off_t)un);
}

/* Each call counts its progress callbacks: one kind replaces the other, in libcurl as in us. */
static int progress(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &seen);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_perform(easy);
	seen.calls = 0;
	perform_past_shim(easy);
	printf("xferinfo=%s ", seen.calls ? "called" : "lost");
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, NULL);
	curl_easy_setopt(easy, CURLOPT_PROGRESSFUNCTION, on_old_progress);
	curl_easy_setopt(easy, CURLOPT_URL, argument);
	curl_easy_perform(easy);
	seen.calls = 0;
	perform_past_shim(easy);
	printf("progress=%s ", seen.calls ? "called" : "lost");
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
	curl_easy_perform(easy);
	seen.calls = 0;
	perform_past_shim(easy);
	printf("off=%s\n", seen.calls ? "called" : "quiet");
	curl_easy_cleanup(easy);
	return 0;
}

static const size_t body_size = 4096;

/* Notes how much of the body it has given. */
static size_t on_read(char *buffer, size_t size, size_t count, void *user)
{
	size_t *given = user;
	size_t left = body_size - *given;
	size_t n = size * count < left ? size * count : left;

	memset(buffer, 'a', n);
	*given += n;
	return n;
}

static int upload(const char *url)
{
	struct seen seen;
	size_t given = 0;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(easy, CURLOPT_READDATA, &given);
	curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)body_size);
	report(&seen, curl_easy_perform(easy));
	printf("read=%zu\n", given);
	given = 0;
	report(&seen, perform_past_shim(easy));
	printf("read=%zu\n", given);
	curl_easy_cleanup(easy);
	return 0;
}

static const struct scenario scenarios[] = {
	{ "options", options },
	{ "progress", progress },
	{ "upload", upload },
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_scenario(scenarios, argc, argv);
}
