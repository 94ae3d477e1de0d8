/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl */
/* PACKAGES: libuv */
/*
 * libcurl in a libuv loop, by socket and timer callbacks: multi_uv URL...
 * Prints how each transfer ended, and how often the loop came back to libcurl.
 */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#define MANY 64

struct transfer {
	CURL *easy;
	size_t bytes;
	int messages;
	CURLcode code;
};

/* A socket that libcurl waits for; goes when libuv has let go of it. */
struct watch {
	uv_poll_t poll;
	curl_socket_t socket;
};

static struct transfer transfers[MANY];
static CURLM *multi;
static uv_timer_t timer;
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

static void on_timeout(uv_timer_t *handle)
{
	(void)handle;
	act(CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer(CURLM *handle, long ms, void *user)
{
	(void)handle;
	(void)user;
	if (ms < 0)
		uv_timer_stop(&timer);
	else
		uv_timer_start(&timer, on_timeout, (uint64_t)ms, 0);
	return 0;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct watch *watch = poll->data;
	int action = status < 0 ? CURL_CSELECT_ERR : 0;

	if (events & UV_READABLE)
		action |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		action |= CURL_CSELECT_OUT;
	act(watch->socket, action);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static struct watch *new_watch(curl_socket_t socket)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		abort();
	watch->socket = socket;
	watch->poll.data = watch;
	uv_poll_init_socket(uv_default_loop(), &watch->poll, socket);
	curl_multi_assign(multi, socket, watch);
	return watch;
}

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *user, void *assigned)
{
	struct watch *watch = assigned;
	int events = 0;

	(void)easy;
	(void)user;
	if (what == CURL_POLL_REMOVE) {
		if (watch) {
			uv_poll_stop(&watch->poll);
			curl_multi_assign(multi, socket, NULL);
			uv_close((uv_handle_t *)&watch->poll, on_closed);
		}
		return 0;
	}
	if (!watch)
		watch = new_watch(socket);
	if (what != CURL_POLL_OUT)
		events |= UV_READABLE;
	if (what != CURL_POLL_IN)
		events |= UV_WRITABLE;
	uv_poll_start(&watch->poll, events, on_poll);
	return 0;
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

int main(int argc, char **argv)
{
	int count = argc - 1 < MANY ? argc - 1 : MANY;

	curl_global_init(CURL_GLOBAL_ALL);
	uv_timer_init(uv_default_loop(), &timer);
	multi = curl_multi_init();
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
	for (int i = 0; i < count; i++)
		add(&transfers[i], argv[i + 1]);
	/* Ends when nothing is waited for: a lost timer would end it early. */
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	for (int i = 0; i < count; i++) {
		long status = 0;

		curl_easy_getinfo(transfers[i].easy, CURLINFO_RESPONSE_CODE, &status);
		printf("code=%d status=%ld bytes=%zu messages=%d\n", transfers[i].code, status,
		       transfers[i].bytes, transfers[i].messages);
		curl_easy_cleanup(transfers[i].easy);
	}
	printf("left=%d turns=%d\n", left_over, turns);
	curl_multi_cleanup(multi);
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	uv_loop_close(uv_default_loop());
	return 0;
}
