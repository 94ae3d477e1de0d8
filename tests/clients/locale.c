/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl */
/*
 * locale NAME URL: a transfer that follows redirects, by a program in the locale NAME; prints the
 * status.
 */
#include <ctype.h>
#include <curl/curl.h>
#include <locale.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	CURL *easy;
	CURLcode code;
	long status = 0;

	if (argc != 3 || !setlocale(LC_ALL, argv[1]) || !(easy = curl_easy_init()))
		return 2;
	/* Else the locale proves nothing. */
	if (tolower(argv[0][0] ? 'I' : 0) == 'i')
		return 3;
	curl_easy_setopt(easy, CURLOPT_URL, argv[2]);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	code = curl_easy_perform(easy);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(easy);
	printf("%ld\n", status);
	return code != CURLE_OK;
}
