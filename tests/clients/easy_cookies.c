/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl */
/* The cookies in the jar after the call. */
#include "easy.h"

/* ---- cookies: what is in the jar after the call ---- */

static void print_jar(CURL *easy)
{
	struct curl_slist *list = NULL;

	curl_easy_getinfo(easy, CURLINFO_COOKIELIST, &list);
	for (struct curl_slist *each = list; each; each = each->next)
		printf("%s\n",
		       strstr(each->data, "\t0\t") ? strstr(each->data, "\t0\t") + 3 : each->data);
	curl_slist_free_all(list);
}

static int own(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_COOKIEFILE, "");
	curl_easy_setopt(easy, CURLOPT_COOKIELIST, "127.0.0.1\tFALSE\t/\tFALSE\t0\tkept\told");
	report(&seen, curl_easy_perform(easy));
	print_jar(easy);
	curl_easy_cleanup(easy);
	return 0;
}

/*
 * ---- a jar shared with another handle, which logs in by ARG while this one's attempt is failing
 * ----
 */

static CURLSH *jar;

static int logging_in(void *user, curl_off_t dt, curl_off_t dn, curl_off_t ut, curl_off_t un)
{
	struct seen *seen = user;
	struct seen other;
	long status = 0;
	CURL *easy;

	(void)dt;
	(void)dn;
	(void)ut;
	(void)un;
	curl_easy_getinfo(seen->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status != 503 || seen->calls++)
		return 0;
	easy = new_easy(argument, &other);
	curl_easy_setopt(easy, CURLOPT_COOKIEFILE, "");
	curl_easy_setopt(easy, CURLOPT_SHARE, jar);
	report(&other, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

static int shared(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	jar = curl_share_init();
	curl_share_setopt(jar, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
	curl_easy_setopt(easy, CURLOPT_COOKIEFILE, "");
	curl_easy_setopt(easy, CURLOPT_SHARE, jar);
	curl_easy_setopt(easy, CURLOPT_COOKIELIST, "127.0.0.1\tFALSE\t/\tFALSE\t0\tkept\told");
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, logging_in);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &seen);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	report(&seen, curl_easy_perform(easy));
	print_jar(easy);
	curl_easy_cleanup(easy);
	curl_share_cleanup(jar);
	return 0;
}

static const struct scenario scenarios[] = {
	{ "own", own },
	{ "shared", shared },
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_scenario(scenarios, argc, argv);
}
