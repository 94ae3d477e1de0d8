/* SPDX-License-Identifier: MIT */
/*
 * held_up easy|multi get|head URL: a header callback that holds the transfer up at each blank line,
 * once, until the program's loop, or its progress callback, sets it free. Prints the result, the
 * header lines and the bytes of the body.
 */
/* LIBS: -lcurl */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static CURL *easy;
static bool holds;	/* the transfer up, now */
static bool held;	/* this line has been held up already */
static int lines, bytes;

/* libcurl's type for it has no const. */
/* cppcheck-suppress constParameter */
static size_t on_header(char *data, size_t size, size_t n, void *user)
{
	(void)user;
	if (data[0] == '\r' && !held) {
		holds = true;
		held = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	held = false;
	lines++;
	return size * n;
}

static size_t on_body(char *data, size_t size, size_t n, void *user)
{
	(void)data;
	(void)user;
	bytes += (int)(size * n);
	return size * n;
}

static void set_free(void)
{
	if (!holds)
		return;
	holds = false;
	curl_easy_pause(easy, CURLPAUSE_CONT);
}

static int on_progress(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)user;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	set_free();
	return 0;
}

static CURLcode run_multi(void)
{
	CURLM *multi = curl_multi_init();
	CURLcode code = CURLE_FAILED_INIT;
	CURLMsg *message;
	int running = 1;
	int left;

	curl_multi_add_handle(multi, easy);
	while (running && curl_multi_perform(multi, &running) == CURLM_OK && running) {
		curl_multi_poll(multi, NULL, 0, 50, NULL);
		set_free();
	}
	while ((message = curl_multi_info_read(multi, &left)))
		code = message->data.result;
	curl_multi_remove_handle(multi, easy);
	curl_multi_cleanup(multi);
	return code;
}

int main(int argc, char **argv)
{
	CURLcode code;

	if (argc != 4)
		return 2;
	easy = curl_easy_init();
	curl_easy_setopt(easy, CURLOPT_URL, argv[3]);
	curl_easy_setopt(easy, CURLOPT_NOBODY, (long)!strcmp(argv[2], "head"));
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	if (!strcmp(argv[1], "easy")) {
		curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
		curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
		code = curl_easy_perform(easy);
	} else {
		code = run_multi();
	}
	printf("%d lines=%d bytes=%d\n", code, lines, bytes);
	curl_easy_cleanup(easy);
	return 0;
}
