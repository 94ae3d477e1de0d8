/* SPDX-License-Identifier: MIT */
/*
 * What the clients of the multi interface share: transfers, what their callbacks have been given,
 * and their messages. A breach of libcurl's rules that needs no comparing is FAILED.
 */
#ifndef CURLRETRY_TEST_MULTI_H
#define CURLRETRY_TEST_MULTI_H

#define CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_DEPRECATION
#include <curl/curl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "client.h"

/* Longer than a test lasts: whoever sleeps past something is found out. */
#define WAIT_MS 100000
/* Most transfers of a mode's. */
#define MANY 4096

struct transfer {
	CURL *easy;
	CURLM *multi;
	size_t headers;
	size_t bytes;
	uint64_t hash;
	CURLcode code;
	int messages;
	int calls;			/* of the progress callback */
	int pauses;
	int told_done;
	int abort_ms;			/* after the start: the progress callback ends it */
	int64_t aborted;
	char error[CURL_ERROR_SIZE];
};

static struct transfer transfers[MANY];
static int count;
/* So many of them are in a multi handle, or were. */
static int added;
/* The transfers in the order of their messages. */
static int order[MANY];
static int finished;
/* How often an event loop has come back to libcurl. */
static int turns;
/* When the multi handle was made. */
static int64_t began;

static inline size_t on_body(char *data, size_t size, size_t n, void *user)
{
	struct transfer *transfer = user;

	transfer->hash = hash_more(transfer->hash, data, size * n);
	transfer->bytes += size * n;
	return size * n;
}

static inline size_t on_header(char *data, size_t size, size_t n, void *user)
{
	struct transfer *transfer = user;

	(void)data;
	transfer->headers++;
	return size * n;
}

static inline struct transfer *add_transfer(const char *url)
{
	struct transfer *transfer = &transfers[count++];
	CURL *easy = curl_easy_init();

	if (!easy)
		fail("no easy handle");
	*transfer = (struct transfer){ .easy = easy };
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	return transfer;
}

static inline void add_to(CURLM *multi, struct transfer *transfer)
{
	transfer->multi = multi;
	if (curl_multi_add_handle(multi, transfer->easy))
		fail("curl_multi_add_handle");
	added++;
}

static inline void add_all(CURLM *multi, char **urls)
{
	while (*urls)
		add_to(multi, add_transfer(*urls++));
}

static inline struct transfer *of(CURL *easy)
{
	struct transfer *transfer = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
	return transfer;
}

static inline void report(const struct transfer *transfer)
{
	long status = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	printf("code=%d status=%ld headers=%zu bytes=%zu hash=%016" PRIx64
	       " messages=%d error=%s\n",
	       transfer->code, status, transfer->headers, transfer->bytes, transfer->hash,
	       transfer->messages, transfer->error[0] ? "set" : "empty");
	fflush(stdout);
}

static inline void report_all(void)
{
	for (int i = 0; i < count; i++)
		report(&transfers[i]);
}

static inline void print_order(void)
{
	printf("order=");
	for (int i = 0; i < finished; i++)
		printf("%s%d", i ? "," : "", order[i]);
	printf("\n");
}

static inline void clean_up(CURLM *multi)
{
	for (int i = 0; i < count; i++) {
		curl_multi_remove_handle(multi, transfers[i].easy);
		curl_easy_cleanup(transfers[i].easy);
	}
	if (curl_multi_cleanup(multi))
		fail("curl_multi_cleanup");
}

static inline void take(const CURLMsg *message)
{
	struct transfer *transfer = of(message->easy_handle);

	if (message->msg != CURLMSG_DONE || transfer->messages++)
		fail("a message came twice");
	transfer->code = message->data.result;
	order[finished++] = (int)(transfer - transfers);
}

/* Reads what there is; the queue's length counts down to 0. */
static inline void read_messages(CURLM *multi)
{
	int before = -1;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(multi, &left))) {
		if (before >= 0 && left != before - 1)
			fail("the queue's length is wrong");
		before = left;
		take(message);
	}
	if (left || before > 0)
		fail("the queue's length is wrong at its end");
}

static inline void check_running(int running)
{
	if (running != added - finished)
		fail("running transfers and messages do not add up");
}

/* How many events there are in the log. */
static inline int logged(void)
{
	const char *path = getenv("CURLRETRY_LOG");
	FILE *log = path ? fopen(path, "r") : NULL;
	int lines = 0;
	int c;

	if (!log)
		return 0;
	while ((c = getc(log)) != EOF)
		lines += c == '\n';
	fclose(log);
	return lines;
}

/* Until that many events are logged: the first of a transfer says that it waits. */
static inline void perform_until_logged(CURLM *multi, int events)
{
	int running = 1;

	while (logged() < events) {
		if (!running)
			fail("it ended");
		curl_multi_perform(multi, &running);
		if (logged() < events)
			curl_multi_poll(multi, NULL, 0, 10, NULL);
	}
	check_running(running);
}

/* Counts its calls, and ends the transfer abort_ms after the start. */
static inline int on_progress(void *user, curl_off_t dt, curl_off_t dn, curl_off_t ut,
			      curl_off_t un)
{
	struct transfer *transfer = user;

	(void)dt;
	(void)dn;
	(void)ut;
	(void)un;
	transfer->calls++;
	if (!transfer->abort_ms || now_ms() - began < transfer->abort_ms)
		return 0;
	if (!transfer->aborted)
		transfer->aborted = now_ms();
	return 1;
}

static inline void watch_progress(struct transfer *transfer)
{
	curl_easy_setopt(transfer->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(transfer->easy, CURLOPT_XFERINFODATA, transfer);
	curl_easy_setopt(transfer->easy, CURLOPT_NOPROGRESS, 0L);
}

#endif
