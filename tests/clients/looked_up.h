/* SPDX-License-Identifier: MIT */
/* A transfer by a program that is not linked with libcurl, and finds each function by its name. */
#ifndef CURLRETRY_TEST_LOOKED_UP_H
#define CURLRETRY_TEST_LOOKED_UP_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>

/* What it came to, and whether dlerror() has an error left. */
static inline void tell_transfer(int code, long status, size_t bytes)
{
	printf("code %d status %ld bytes %zu error %s\n", code, status, bytes,
	       dlerror() ? "left" : "none");
}

/*
 * Fetches URL by the functions that FIND finds, its body to ON_BODY, which counts it in a size_t.
 */
static inline void fetch(void *(*find)(const char *), const char *url, curl_write_callback on_body)
{
	CURL *(*init)(void);
	CURLcode (*setopt)(CURL *, CURLoption, ...);
	CURLcode (*perform)(CURL *);
	CURLcode (*getinfo)(CURL *, CURLINFO, ...);
	void (*cleanup)(CURL *);
	size_t bytes = 0;
	long status = 0;
	CURL *easy;
	int code;

	*(void **)&init = find("curl_easy_init");
	*(void **)&setopt = find("curl_easy_setopt");
	*(void **)&perform = find("curl_easy_perform");
	*(void **)&getinfo = find("curl_easy_getinfo");
	*(void **)&cleanup = find("curl_easy_cleanup");
	easy = init();
	setopt(easy, CURLOPT_URL, url);
	setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	setopt(easy, CURLOPT_WRITEDATA, &bytes);
	code = perform(easy);
	getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	cleanup(easy);
	tell_transfer(code, status, bytes);
}

#endif
