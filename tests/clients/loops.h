/* SPDX-License-Identifier: MIT */
/*
 * What drives a multi handle: multi_TOPIC MODE[:LOOP] URL... Each mode prints what the program saw,
 * for the test to compare. LOOP is one of a table, and "poll" unless given.
 */
#ifndef CURLRETRY_TEST_LOOPS_H
#define CURLRETRY_TEST_LOOPS_H

#include <dlfcn.h>

#include "sockets.h"

struct mode {
	const char *name;
	int (*run)(char **urls);
};

/* ---- loops with curl_multi_perform; they differ in how they wait ---- */

static inline void wait_by_wait(CURLM *multi)
{
	curl_multi_wait(multi, NULL, 0, WAIT_MS, NULL);
}

static inline void wait_by_poll(CURLM *multi)
{
	curl_multi_poll(multi, NULL, 0, WAIT_MS, NULL);
}

/* As the man page of curl_multi_fdset has it. */
static inline void wait_by_select(CURLM *multi, long ms)
{
	fd_set readable, writable, exceptional;
	struct timeval limit = { ms / 1000, (ms % 1000) * 1000 };
	int max = -1;

	FD_ZERO(&readable);
	FD_ZERO(&writable);
	FD_ZERO(&exceptional);
	if (curl_multi_fdset(multi, &readable, &writable, &exceptional, &max))
		fail("curl_multi_fdset");
	if (max == -1 && ms > 100)
		limit = (struct timeval){ 0, 100000 };
	select(max + 1, &readable, &writable, &exceptional, &limit);
}

static inline void wait_by_fdset(CURLM *multi)
{
	wait_by_select(multi, WAIT_MS);
}

static inline void wait_by_timeout(CURLM *multi)
{
	long ms;

	if (curl_multi_timeout(multi, &ms))
		fail("curl_multi_timeout");
	wait_by_select(multi, ms < 0 ? WAIT_MS : ms);
}

/* A function that not every libcurl has: the test is skipped without. */
static inline void *newer(const char *name)
{
	void *function = dlsym(RTLD_DEFAULT, name);

	if (function)
		return function;
	printf("unsupported: %s\n", name);
	exit(0);
}

static CURLMcode (*waitfds)(CURLM *, struct curl_waitfd *, unsigned, unsigned *);

static inline short to_poll(const struct curl_waitfd *fd)
{
	return (short)(((fd->events & CURL_WAIT_POLLIN) ? POLLIN : 0) |
		       ((fd->events & CURL_WAIT_POLLOUT) ? POLLOUT : 0));
}

static inline void wait_by_waitfds(CURLM *multi)
{
	static struct curl_waitfd fds[MANY];
	static struct pollfd polled[MANY];
	unsigned needed = 0;
	unsigned used = 0;
	long ms;

	if (waitfds(multi, NULL, 0, &needed) || waitfds(multi, fds, needed, &used))
		fail("curl_multi_waitfds");
	if (needed < used)
		fail("curl_multi_waitfds needs more than it said");
	for (unsigned i = 0; i < used; i++)
		polled[i] = (struct pollfd){ .fd = fds[i].fd, .events = to_poll(&fds[i]) };
	/* Without a descriptor of a retry's, this would sleep past it. */
	curl_multi_timeout(multi, &ms);
	poll(polled, used, used || ms < 0 ? WAIT_MS : (int)ms);
}

static inline void perform_loop(CURLM *multi, void (*wait)(CURLM *))
{
	int running;

	do {
		turns++;
		if (curl_multi_perform(multi, &running))
			fail("curl_multi_perform");
		read_messages(multi);
		check_running(running);
		if (running)
			wait(multi);
	} while (running);
}

static const struct {
	const char *name;
	void (*wait)(CURLM *);
	void (*loop)(CURLM *);
} loops[] = {
	{ "wait", wait_by_wait, NULL },	  { "poll", wait_by_poll, NULL },
	{ "fdset", wait_by_fdset, NULL }, { "timeout", wait_by_timeout, NULL },
	{ "waitfds", wait_by_waitfds, NULL }, { "socket", NULL, socket_loop },
	{ "mixed", NULL, mixed_loop },	  { "all", NULL, all_loop },
};

static const char *loop_name = "poll";

/* With the callbacks that the loop goes by. */
static inline CURLM *new_multi(void)
{
	CURLM *multi = curl_multi_init();

	if (!multi)
		fail("no multi handle");
	began = now_ms();
	if (!strcmp(loop_name, "socket") || !strcmp(loop_name, "all"))
		use_sockets(multi);
	if (!strcmp(loop_name, "mixed"))
		curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
	return multi;
}

/* Until no transfer runs. */
static inline void run(CURLM *multi)
{
	for (size_t i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
		if (strcmp(loop_name, loops[i].name))
			continue;
		if (loops[i].loop)
			loops[i].loop(multi);
		else
			perform_loop(multi, loops[i].wait);
		return;
	}
	fail("no such loop");
}

/* All URLs are added, and an event is logged: one of them waits for its retry. */
static inline CURLM *wait_for_retry(char **urls)
{
	CURLM *multi = new_multi();

	add_all(multi, urls);
	perform_until_logged(multi, 1);
	return multi;
}

/* For main(): the mode that the arguments name. One without a name ends the table. */
static inline int run_mode(const struct mode *modes, int argc, char **argv)
{
	char *colon;

	if (argc < 3)
		fail("usage: multi_TOPIC MODE[:LOOP] URL...");
	colon = strchr(argv[1], ':');
	if (colon) {
		*colon = '\0';
		loop_name = colon + 1;
	}
	if (!strcmp(loop_name, "waitfds"))
		waitfds = (CURLMcode(*)(CURLM *, struct curl_waitfd *, unsigned, unsigned *))newer(
			"curl_multi_waitfds");
	for (; modes->name; modes++) {
		if (!strcmp(argv[1], modes->name))
			return modes->run(argv + 2);
	}
	fail("no such mode");
	return 1;
}

#endif
