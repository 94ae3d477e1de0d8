/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl */
/*
 * bench_client URL [N]: N transfers of URL over one easy handle, nothing else.
 * Says how long they took, without the first, which connects; and what came.
 */
#include <curl/curl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

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

int main(int argc, char **argv)
{
	char error[CURL_ERROR_SIZE] = "no libcurl handle";
	struct counts counts = { 0 };
	long left = argc > 2 ? strtol(argv[2], NULL, 10) : 1;
	double began = now(), first = began;
	CURL *easy;

	if (argc < 2) {
		fprintf(stderr, "usage: bench_client URL [N]\n");
		return 2;
	}
	easy = new_handle(argv[1], &counts, error);
	for (long i = 0; i < left; i++) {
		if (!easy || curl_easy_perform(easy) != CURLE_OK) {
			fprintf(stderr, "bench_client: %s: %s\n", argv[1], error);
			return 1;
		}
		if (i == 0)
			first = now();
	}
	printf("%.6f s, %.6f s after the first, %llu bytes, %llu header lines\n", now() - began,
	       now() - first, (unsigned long long)counts.bytes,
	       (unsigned long long)counts.lines);
	curl_easy_cleanup(easy);
	return 0;
}
