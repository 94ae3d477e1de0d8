/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl */
/* Progress callbacks of both kinds, which may end the transfer. */
#include "easy.h"

/* Counts calls, and ends the transfer ARG ms after the start. */

struct watch {
	int calls;
	int zero_calls;		/* in which nothing had come */
	int abort_ms;
	int64_t started;
	int64_t aborted;
};

static int on_progress(void *user, curl_off_t dt, curl_off_t dn, curl_off_t ut, curl_off_t un)
{
	struct watch *watch = user;

	(void)dt;
	(void)ut;
	(void)un;
	watch->calls++;
	watch->zero_calls += dn == 0;
	if (!watch->abort_ms || now_ms() - watch->started < watch->abort_ms)
		return 0;
	if (!watch->aborted)
		watch->aborted = now_ms();
	return 1;
}

static int on_old_progress(void *user, double dt, double dn, double ut, double un)
{
	return on_progress(user, (curl_off_t)dt, (curl_off_t)dn, (curl_off_t)ut, (curl_off_t)un);
}

static int progress_with(const char *url, bool old)
{
	struct watch watch = { .abort_ms = argument ? atoi(argument) : 0, .started = now_ms() };
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	if (old)
		curl_easy_setopt(easy, CURLOPT_PROGRESSFUNCTION, on_old_progress);
	else
		curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &watch);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	CURLcode code = curl_easy_perform(easy);
	printf("calls=%d zero=%d ", watch.calls, watch.zero_calls);
	if (watch.aborted)
		printf("ended=%s ", now_ms() - watch.aborted < 1000 ? "soon" : "late");
	report(&seen, code);
	curl_easy_cleanup(easy);
	return 0;
}

static int progress(const char *url)
{
	return progress_with(url, false);
}

static int old_progress(const char *url)
{
	return progress_with(url, true);
}

static const struct scenario scenarios[] = {
	{ "new", progress },
	{ "old", old_progress },
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_scenario(scenarios, argc, argv);
}
