/* SPDX-License-Identifier: MIT */
/*
 * When a program's event loop has to come back: libcurl's own timer and those
 * of the members, merged. The rules of CURLMOPT_TIMERFUNCTION(3) hold for the
 * result: one timer, called back when it changes, which a call of
 * curl_multi_socket_action with CURL_SOCKET_TIMEOUT uses up.
 */
#ifndef CURLRETRY_SCHEDULE_H
#define CURLRETRY_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/select.h>

#include "libcurl/symbols.h"
#include "timers.h"

/* Since libcurl 7.81. */
#if LIBCURL_VERSION_NUM < 0x075100
#define CURLM_ABORTED_BY_CALLBACK ((CURLMcode)11)
#endif

struct schedule {
	CURLM *multi;
	const struct libcurl *libcurl;
	const struct timers *timers;	/* of the members */
	curl_multi_timer_callback function;	/* the program's, and the next */
	void *data;
	bool telling;			/* it runs, and may not call us */
	bool dead;			/* it has failed: so do all transfers that run */
	/* a run is under way, at whose end the program is told, once */
	bool deferred;
	/* of libcurl's timer, monotonic ms; -1: none, here and below */
	int64_t own_due;
	int64_t told_due;		/* of the timer that the program was told to set */
	int alarm;			/* readable when a member has to be looked at */
	int64_t alarm_due;		/* when that is */
};

void schedule_init(struct schedule *schedule, CURLM *multi, const struct libcurl *libcurl,
		   const struct timers *timers);

/*
 * Tells the program's timer callback what has changed. CURLM_ABORTED_BY_CALLBACK:
 * it has failed, and the multi handle is dead.
 */
CURLMcode schedule_update(struct schedule *schedule);

/*
 * The program says that its timer has run out, which may be too early; libcurl is about to be told.
 */
void schedule_elapsed(struct schedule *schedule);

/* It may have, or not: whoever uses curl_multi_perform or curl_multi_socket_all does not say. */
void schedule_may_have_elapsed(struct schedule *schedule);

/* The program's timer callback; NULL: none. */
void schedule_set_callback(struct schedule *schedule, curl_multi_timer_callback function);

/* The callback for CURLMOPT_TIMERFUNCTION; USER is the struct schedule. */
int schedule_on_timer(CURLM *multi, long ms, void *user);

/*
 * In place of the functions of the same names. With WAITING, a member waits, for which libcurl has
 * nothing to wait for.
 */
CURLMcode schedule_timeout(const struct schedule *schedule, long *ms);
CURLMcode schedule_poll(const struct schedule *schedule, struct curl_waitfd *fds, unsigned count,
			int ms, int *ready);
CURLMcode schedule_wait(struct schedule *schedule, bool waiting, struct curl_waitfd *fds,
			unsigned count, int ms, int *ready);
CURLMcode schedule_fdset(struct schedule *schedule, fd_set *readable, fd_set *writable,
			 fd_set *exceptional, int *max);
CURLMcode schedule_waitfds(struct schedule *schedule, struct curl_waitfd *fds, unsigned size,
			   unsigned *count);

void schedule_free(struct schedule *schedule);

#endif
