/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -lpthread */
/*
 * A process that ends while a transfer waits for its retry: exits HOW URL [NEXT_URL]. The file
 * "log" says that it waits. HOW is "other", where another thread than the one that performs ends
 * it, "main", where that is the main thread, or "multi", where the waiting one is in a loop; at the
 * exit NEXT_URL is fetched, if it is given, and libcurl cleaned up.
 */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *url;
static const char *next;

static void wait_for_log(void)
{
	struct stat about;

	while (stat("log", &about) || !about.st_size)
		usleep(10000);
}

static void at_exit(void)
{
	if (next) {
		CURL *easy = curl_easy_init();

		curl_easy_setopt(easy, CURLOPT_URL, next);
		printf(" %d\n", curl_easy_perform(easy));
		curl_easy_cleanup(easy);
	}
	puts("exits");
}

static void *perform(void *unused)
{
	CURL *easy = curl_easy_init();

	(void)unused;
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_perform(easy);
	puts("returned");
	return NULL;
}

static void *loop(void *unused)
{
	CURLM *multi = curl_multi_init();
	CURL *easy = curl_easy_init();
	int running = 1;

	(void)unused;
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_multi_add_handle(multi, easy);
	while (running) {
		curl_multi_perform(multi, &running);
		curl_multi_poll(multi, NULL, 0, 3600000, NULL);
	}
	puts("returned");
	return NULL;
}

static void *end(void *unused)
{
	(void)unused;
	wait_for_log();
	exit(0);
}

int main(int argc, char **argv)
{
	void *(*transfer)(void *) = argc > 1 && !strcmp(argv[1], "multi") ? loop : perform;
	pthread_t thread;

	if (argc < 3)
		return 2;
	url = argv[2];
	next = argv[3];
	curl_global_init(CURL_GLOBAL_ALL);
	atexit(at_exit);
	if (!strcmp(argv[1], "main")) {
		pthread_create(&thread, NULL, transfer, NULL);
		end(NULL);
	}
	pthread_create(&thread, NULL, end, NULL);
	transfer(NULL);
	return 1;
}
