/* SPDX-License-Identifier: MIT */
/* Event loops with curl_multi_socket_action, and the callbacks that they go by. */
#ifndef CURLRETRY_TEST_SOCKETS_H
#define CURLRETRY_TEST_SOCKETS_H

#include <poll.h>
#include <sys/select.h>
#include <unistd.h>

#include "multi.h"

/* Those that libcurl has named to on_socket(). */
static struct {
	curl_socket_t socket;
	short events;
} sockets[MANY];
static int sockets_used;

/* -1: not set. */
static int64_t timer_due = -1;
static int timer_calls;
/* How long before it is due the program's timer fires, as those of coarse clocks do. */
static int timer_early;

static inline int on_socket(CURL *easy, curl_socket_t socket, int what, void *user,
			    void *assigned)
{
	int i = 0;

	(void)easy;
	(void)user;
	(void)assigned;
	while (i < sockets_used && sockets[i].socket != socket)
		i++;
	if (what == CURL_POLL_REMOVE) {
		if (i < sockets_used)
			sockets[i] = sockets[--sockets_used];
		return 0;
	}
	if (i == sockets_used)
		sockets_used++;
	sockets[i].socket = socket;
	sockets[i].events = (short)(((what & CURL_POLL_IN) ? POLLIN : 0) |
				    ((what & CURL_POLL_OUT) ? POLLOUT : 0));
	return 0;
}

static inline int on_timer(CURLM *multi, long ms, void *user)
{
	(void)multi;
	(void)user;
	timer_calls++;
	timer_due = ms < 0 ? -1 : now_ms() + ms - (ms / 2 < timer_early ? ms / 2 : timer_early);
	return 0;
}

static inline void use_sockets(CURLM *multi)
{
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
}

/* What is ready, into READY; returns how much. */
static inline int poll_sockets(struct pollfd *ready)
{
	static struct pollfd polled[MANY];
	int64_t left = timer_due < 0 ? WAIT_MS : timer_due - now_ms();
	int used = 0;

	if (timer_due < 0 && !sockets_used)
		fail("there is nothing to wait for");
	for (int i = 0; i < sockets_used; i++)
		polled[i] = (struct pollfd){ .fd = sockets[i].socket, .events = sockets[i].events };
	poll(polled, (nfds_t)sockets_used, left < 0 ? 0 : (int)left);
	for (int i = 0; i < sockets_used; i++) {
		if (polled[i].revents)
			ready[used++] = polled[i];
	}
	return used;
}

static inline bool timer_fires(void)
{
	if (timer_due < 0 || now_ms() < timer_due)
		return false;
	timer_due = -1;
	return true;
}

/* One that an earlier call of the same turn has removed is not named to libcurl. */
static inline bool is_watched(curl_socket_t socket)
{
	for (int i = 0; i < sockets_used; i++) {
		if (sockets[i].socket == socket)
			return true;
	}
	return false;
}

static inline void act(CURLM *multi, curl_socket_t socket, int events, int *running)
{
	turns++;
	if (curl_multi_socket_action(multi, socket, events, running))
		fail("curl_multi_socket_action");
	read_messages(multi);
	check_running(*running);
}

static inline int to_action(short revents)
{
	return ((revents & (POLLIN | POLLHUP)) ? CURL_CSELECT_IN : 0) |
	       ((revents & POLLOUT) ? CURL_CSELECT_OUT : 0) |
	       ((revents & (POLLERR | POLLNVAL)) ? CURL_CSELECT_ERR : 0);
}

static inline int socket_turn(CURLM *multi)
{
	static struct pollfd ready[MANY];
	int n = poll_sockets(ready);
	int running = added - finished;

	if (timer_fires())
		act(multi, CURL_SOCKET_TIMEOUT, 0, &running);
	for (int i = 0; i < n; i++) {
		if (is_watched(ready[i].fd))
			act(multi, ready[i].fd, to_action(ready[i].revents), &running);
	}
	return running;
}

/* use_sockets() came before the first transfer was added. */
static inline void socket_loop(CURLM *multi)
{
	while (socket_turn(multi))
		;
}

/* Whether it is a descriptor that gets readable at a time. */
static inline bool is_clock(int fd)
{
	char path[64];
	char what[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, what, sizeof(what) - 1) > 0 && strstr(what, "timerfd");
}

/* Waits for libcurl's sockets and the program's own timer only. */
static inline bool wait_for_timer(CURLM *multi)
{
	int64_t left = timer_due < 0 ? WAIT_MS : timer_due - now_ms();
	struct timeval limit = { 0, 0 };
	fd_set readable, writable, exceptional;
	int watched = 0;
	int max = -1;

	FD_ZERO(&readable);
	FD_ZERO(&writable);
	FD_ZERO(&exceptional);
	curl_multi_fdset(multi, &readable, &writable, &exceptional, &max);
	for (int fd = 0; fd <= max; fd++) {
		if (FD_ISSET(fd, &readable) && is_clock(fd))
			FD_CLR(fd, &readable);
		watched += FD_ISSET(fd, &readable) || FD_ISSET(fd, &writable);
	}
	if (timer_due < 0 && !watched)
		fail("there is nothing to wait for");
	if (left > 0)
		limit = (struct timeval){ left / 1000, (left % 1000) * 1000 };
	select(max + 1, &readable, &writable, &exceptional, &limit);
	return timer_fires();
}

/*
 * The timer callback with curl_multi_perform, as CURLMOPT_TIMERFUNCTION(3) has it, and with actions
 * in between.
 */
static inline void mixed_loop(CURLM *multi)
{
	int running = added;

	while (running) {
		bool timed = wait_for_timer(multi);

		if (timed && turns % 3 == 2)
			curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
		else
			curl_multi_perform(multi, &running);
		turns++;
		read_messages(multi);
		check_running(running);
	}
}

/* The timer callback, and all sockets at once. */
static inline void all_loop(CURLM *multi)
{
	static struct pollfd ready[MANY];
	int running = added;

	while (running) {
		poll_sockets(ready);
		timer_fires();
		turns++;
		curl_multi_socket_all(multi, &running);
		read_messages(multi);
		check_running(running);
	}
}

#endif
