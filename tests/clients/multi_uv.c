/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl */
/* PACKAGES: libuv */
/* libcurl in a libuv loop, by socket and timer callbacks: multi_uv URL... */
#include <stdlib.h>
#include <uv.h>

#include "transfers.h"

/* A socket that libcurl waits for; goes when libuv has let go of it. */
struct watch {
	uv_poll_t poll;
	curl_socket_t socket;
};

static uv_timer_t timer;

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

int main(int argc, char **argv)
{
	uv_timer_init(uv_default_loop(), &timer);
	add_all(argc - 1, argv + 1, on_socket, on_timer);
	/* Ends when nothing is waited for: a lost timer would end it early. */
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	report();
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	uv_loop_close(uv_default_loop());
	return 0;
}
