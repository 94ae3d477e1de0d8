/* SPDX-License-Identifier: MIT */
/*
 * A plugin that uses libcurl, one (WEAK) that would use it if it were there, and one (TABLE) that
 * holds pointers to it.
 */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "reach.h"

#ifdef WEAK
#pragma weak curl_easy_init
#pragma weak curl_easy_setopt
#pragma weak curl_easy_perform
#pragma weak curl_easy_getinfo
#pragma weak curl_easy_cleanup
#pragma weak curl_easy_strerror
#endif

#ifdef TABLE
/*
 * As a language's binding holds them; volatile, or the compiler would call the functions
 * themselves.
 */
static const struct {
	CURL *(*volatile init)(void);
	CURLcode (*volatile perform)(CURL *);
} constants = { curl_easy_init, curl_easy_perform };

static struct {
	CURLcode (*volatile getinfo)(CURL *, CURLINFO, ...);
	void (*volatile cleanup)(CURL *);
} variables = { curl_easy_getinfo, curl_easy_cleanup };

#define curl_easy_init constants.init
#define curl_easy_perform constants.perform
#define curl_easy_getinfo variables.getinfo
#define curl_easy_cleanup variables.cleanup
#endif

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
	(void)data;
	*(size_t *)user += size * count;
	return size * count;
}

long plugin_get(const char *url)
{
	size_t bytes = 0;
	long status = 0;
	CURLcode code;
	CURL *easy;

#ifdef WEAK
	if (!curl_easy_init)
		return -1000;
#endif
	easy = curl_easy_init();
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &bytes);
	code = curl_easy_perform(easy);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(easy);
	return code ? -(long)code : bytes ? status : -2000;
}

static void slot(const char *name, void *leads_to)
{
	const char *file = "NULL";
	Dl_info info;

	if (leads_to && dladdr(leads_to, &info))
		file = strrchr(info.dli_fname, '/') ? strrchr(info.dli_fname, '/') + 1 :
						      info.dli_fname;
	printf("%s: %s\n", name, file);
}

void plugin_slots(void)
{
	slot("curl_easy_init", (void *)curl_easy_init);
	slot("curl_easy_perform", (void *)curl_easy_perform);
	slot("curl_easy_strerror", (void *)curl_easy_strerror);
	slot("getenv", (void *)getenv);
	slot("clock", (void *)clock);
	slot("malloc", (void *)malloc);
}
