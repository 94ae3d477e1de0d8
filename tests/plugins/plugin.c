/* SPDX-License-Identifier: MIT */
/*
 * A plugin with a libcurl of its own, loaded by host.c. Built once for each of Debian's libcurls.
 */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <stdio.h>

#include "plugin.h"

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
	(void)data;
	*(size_t *)user += size * count;
	return size * count;
}

const char *plugin_version(void)
{
	return curl_version();
}

void *plugin_open(void)
{
	return curl_easy_init();
}

int plugin_get(void *easy, const char *url, long *status, size_t *bytes)
{
	int code;

	*bytes = 0;
	*status = 0;
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, bytes);
	code = curl_easy_perform(easy);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, status);
	return code;
}

void plugin_close(void *easy)
{
	curl_easy_cleanup(easy);
}
