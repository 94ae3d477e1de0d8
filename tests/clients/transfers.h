/* SPDX-License-Identifier: MIT */
/*
 * What the clients of the event loops share: transfers of the URLs that they
 * are given, in one multi handle, until none is left. Prints how each ended,
 * and how often the loop came back to libcurl.
 */
#ifndef CURLRETRY_TEST_TRANSFERS_H
#define CURLRETRY_TEST_TRANSFERS_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <stdio.h>

#define MANY 64

struct transfer {
	CURL *easy;
	size_t bytes;
	int messages;
	CURLcode code;
};

static struct transfer transfers[MANY];
static CURLM *multi;
static int turns;
static int left_over;

static size_t on_body(char *data, size_t size, size_t n, void *user)
{
	struct transfer *transfer = user;

	(void)data;
	transfer->bytes += size * n;
	return size * n;
}

static void read_messages(void)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(multi, &left))) {
		struct transfer *transfer;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
		transfer->messages++;
		transfer->code = message->data.result;
		curl_multi_remove_handle(multi, transfer->easy);
		left_over--;
	}
}

static void act(curl_socket_t socket, int events)
{
	int running;

	turns++;
	curl_multi_socket_action(multi, socket, events, &running);
	read_messages();
}

static void add(struct transfer *transfer, const char *url)
{
	transfer->easy = curl_easy_init();
	curl_easy_setopt(transfer->easy, CURLOPT_URL, url);
	curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
	curl_easy_setopt(transfer->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(transfer->easy, CURLOPT_WRITEDATA, transfer);
	curl_multi_add_handle(multi, transfer->easy);
	left_over++;
}

static void add_all(int count, char **urls, curl_socket_callback on_socket,
		    curl_multi_timer_callback on_timer)
{
	curl_global_init(CURL_GLOBAL_ALL);
	multi = curl_multi_init();
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
	for (int i = 0; i < count && i < MANY; i++)
		add(&transfers[i], urls[i]);
}

static void report(void)
{
	for (struct transfer *each = transfers; each < transfers + MANY && each->easy; each++) {
		long status = 0;

		curl_easy_getinfo(each->easy, CURLINFO_RESPONSE_CODE, &status);
		printf("code=%d status=%ld bytes=%zu messages=%d\n", each->code, status,
		       each->bytes, each->messages);
		curl_easy_cleanup(each->easy);
	}
	printf("left=%d turns=%d\n", left_over, turns);
	curl_multi_cleanup(multi);
}

#endif
