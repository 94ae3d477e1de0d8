/* SPDX-License-Identifier: MIT */
/*
 * What the clients of the easy interface share: easy_TOPIC SCENARIO URL [ARG]. Each scenario prints
 * what the program saw, for the test to compare.
 */
#ifndef CURLRETRY_TEST_EASY_H
#define CURLRETRY_TEST_EASY_H

#define CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_DEPRECATION
#include <curl/curl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "client.h"

struct scenario {
	const char *name;
	int (*run)(const char *url);
};

/* What the callbacks of a transfer have been given. */
struct seen {
	CURL *easy;
	size_t headers;
	size_t bytes;
	uint64_t hash;
	int calls;		/* of whatever the scenario counts */
	char error[CURL_ERROR_SIZE];
};

/* ARG, or NULL. */
static const char *argument;

static inline size_t on_body(char *data, size_t size, size_t count, void *user)
{
	struct seen *seen = user;

	seen->hash = hash_more(seen->hash, data, size * count);
	seen->bytes += size * count;
	return size * count;
}

static inline size_t on_header(char *data, size_t size, size_t count, void *user)
{
	struct seen *seen = user;

	(void)data;
	seen->headers++;
	return size * count;
}

/* A handle for URL with the callbacks above, which note what they are given in SEEN. */
static inline CURL *new_easy(const char *url, struct seen *seen)
{
	CURL *easy = curl_easy_init();

	memset(seen, 0, sizeof(*seen));
	seen->easy = easy;
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, seen);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, seen);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, seen->error);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	return easy;
}

/* CODE is what the call returned. */
static inline void report(const struct seen *seen, CURLcode code)
{
	long status = 0;

	curl_easy_getinfo(seen->easy, CURLINFO_RESPONSE_CODE, &status);
	printf("code=%d status=%ld headers=%zu bytes=%zu error=%s\n", code, status, seen->headers,
	       seen->bytes, seen->error[0] ? "set" : "empty");
	fflush(stdout);
}

/* For main(): the scenario that the arguments name. One without a name ends the table. */
static inline int run_scenario(const struct scenario *scenarios, int argc, char **argv)
{
	if (argc < 3)
		fail("usage: easy_TOPIC SCENARIO URL [ARG]");
	argument = argc > 3 ? argv[3] : NULL;
	for (; scenarios->name; scenarios++) {
		if (!strcmp(argv[1], scenarios->name))
			return scenarios->run(argv[2]);
	}
	fail("no such scenario");
	return 1;
}

#endif
