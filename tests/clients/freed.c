/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl */
/*
 * What libcurl does not look at in a transfer, the program may have freed before it, though it is
 * still set: freed WHAT URL NEXT_URL uses it for URL, frees it, and goes on with NEXT_URL. WHAT is
 * "list" (of header fields), "form" (of curl_formadd) or "file" (an upload's).
 */
#define CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_DEPRECATION
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

static CURL *easy;

static void perform(const char *url)
{
	curl_easy_setopt(easy, CURLOPT_URL, url);
	printf("%d\n", curl_easy_perform(easy));
}

static void with_list(const char *url)
{
	struct curl_slist *list = curl_slist_append(NULL, "X-A: b");

	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
	perform(url);
	curl_slist_free_all(list);
}

static void with_form(const char *url)
{
	struct curl_httppost *first = NULL;
	struct curl_httppost *last = NULL;

	curl_formadd(&first, &last, CURLFORM_COPYNAME, "a", CURLFORM_COPYCONTENTS, "b",
		     CURLFORM_END);
	curl_easy_setopt(easy, CURLOPT_HTTPPOST, first);
	perform(url);
	curl_formfree(first);
}

static void with_file(const char *url)
{
	FILE *file = tmpfile();

	fputs("body", file);
	rewind(file);
	curl_easy_setopt(easy, CURLOPT_READDATA, file);
	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_INFILESIZE, 4L);
	perform(url);
	fclose(file);
	curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
}

static size_t ignore(char *data, size_t size, size_t count, void *user)
{
	(void)data;
	(void)user;
	return size * count;
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	easy = curl_easy_init();
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
	if (!strcmp(argv[1], "list"))
		with_list(argv[2]);
	else if (!strcmp(argv[1], "form"))
		with_form(argv[2]);
	else
		with_file(argv[2]);
	perform(argv[3]);
	curl_easy_cleanup(easy);
	return 0;
}
