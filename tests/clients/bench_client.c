/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl */
/*
 * bench_client URL [N]: N transfers of URL over one easy handle, nothing else.
 * bench_client URL N multi: N times a hundred transfers of URL at once in a multi handle.
 * Says how long they took, without the first, which connects; and what came.
 *
 * bench_client idle N: N calls of curl_multi_perform for a multi handle that holds nothing.
 */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define AT_ONCE 100

struct counts {
	uint64_t bytes;
	uint64_t lines;
};

static size_t count_body(char *data, size_t size, size_t count, void *user)
{
	struct counts *counts = user;

	(void)data;
	counts->bytes += size * count;
	return size * count;
}

static size_t count_header(char *line, size_t size, size_t count, void *user)
{
	struct counts *counts = user;

	(void)line;
	counts->lines++;
	return size * count;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static CURL *new_handle(const char *url, struct counts *counts, char *error)
{
	CURL *easy = curl_easy_init();

	if (!easy)
		return NULL;
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
	curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, count_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, counts);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, count_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, counts);
	return easy;
}

static bool run_one(CURL *easy)
{
	return curl_easy_perform(easy) == CURLE_OK;
}

static bool run_hundred(CURLM *multi, CURL **easies)
{
	CURLMsg *message;
	bool good = true;
	int running;
	int left;

	for (int i = 0; i < AT_ONCE; i++)
		curl_multi_add_handle(multi, easies[i]);
	do {
		if (curl_multi_perform(multi, &running) ||
		    (running && curl_multi_poll(multi, NULL, 0, 1000, NULL)))
			return false;
	} while (running);
	while ((message = curl_multi_info_read(multi, &left)))
		good = good && message->data.result == CURLE_OK;
	for (int i = 0; i < AT_ONCE; i++)
		curl_multi_remove_handle(multi, easies[i]);
	return good;
}

static int idle(long count)
{
	CURLM *multi = curl_multi_init();
	int running;

	while (count--)
		curl_multi_perform(multi, &running);
	curl_multi_cleanup(multi);
	return 0;
}

int main(int argc, char **argv)
{
	char error[CURL_ERROR_SIZE] = "no libcurl handle";
	struct counts counts = { 0 };
	long left = argc > 2 ? strtol(argv[2], NULL, 10) : 1;
	bool at_once = argc > 3 && !strcmp(argv[3], "multi");
	double began = now(), first = began;
	CURLM *multi = at_once ? curl_multi_init() : NULL;
	CURL *easies[AT_ONCE];
	int handles = at_once ? AT_ONCE : 1;

	if (argc < 2) {
		fprintf(stderr, "usage: bench_client URL [N [multi]] | idle N\n");
		return 2;
	}
	if (!strcmp(argv[1], "idle"))
		return idle(left);
	for (int i = 0; i < handles; i++) {
		easies[i] = new_handle(argv[1], &counts, error);
		if (!easies[i])
			return 1;
	}
	for (long i = 0; i < left; i++) {
		if (at_once ? !run_hundred(multi, easies) : !run_one(easies[0])) {
			fprintf(stderr, "bench_client: %s: %s\n", argv[1], error);
			return 1;
		}
		if (i == 0)
			first = now();
	}
	printf("%.6f s, %.6f s after the first, %llu bytes, %llu header lines\n", now() - began,
	       now() - first, (unsigned long long)counts.bytes,
	       (unsigned long long)counts.lines);
	for (int i = 0; i < handles; i++)
		curl_easy_cleanup(easies[i]);
	curl_multi_cleanup(multi);
	return 0;
}
