/* SPDX-License-Identifier: MIT */
/*
 * url_handle URL OTHER: fetches URL by a URL handle (CURLOPT_CURLU), though OTHER was set as the
 * URL.
 */
/* LIBS: -lcurl */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <stdio.h>

static size_t on_body(char *data, size_t size, size_t n, void *user)
{
	(void)data;
	(void)user;
	return size * n;
}

int main(int argc, char **argv)
{
	CURL *easy = curl_easy_init();
	CURLU *url = curl_url();
	long status = 0;
	CURLcode code;

	if (argc != 3)
		return 2;
	curl_url_set(url, CURLUPART_URL, argv[1], 0);
	curl_easy_setopt(easy, CURLOPT_URL, argv[2]);
	curl_easy_setopt(easy, CURLOPT_CURLU, url);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	code = curl_easy_perform(easy);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	printf("%d %ld\n", code, status);
	curl_easy_cleanup(easy);
	curl_url_cleanup(url);
	return 0;
}
