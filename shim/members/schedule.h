/* SPDX-License-Identifier: MIT */
/*
 * When a program's event loop has to come back: libcurl's own timer and those
 * of the members, merged. The rules of CURLMOPT_TIMERFUNCTION(3) hold for the
 * result: one timer, called back when it changes, which a call of
 * curl_multi_socket_action with CURL_SOCKET_TIMEOUT uses up.
 */
#ifndef CURLRETRY_SCHEDULE_H
#define CURLRETRY_SCHEDULE_H

#include "run/multi.h"

/*
 * Tells the program's timer callback what has changed. CURLM_ABORTED_BY_CALLBACK:
 * it has failed, and the multi handle is dead.
 */
CURLMcode schedule_update(struct multi *multi);

/*
 * The program says that its timer has run out, which may be too early; libcurl is about to be told.
 */
void schedule_elapsed(struct multi *multi);

/* It may have, or not: whoever uses curl_multi_perform or curl_multi_socket_all does not say. */
void schedule_may_have_elapsed(struct multi *multi);

/* The program's timer callback; NULL: none. */
void schedule_set_callback(struct multi *multi, curl_multi_timer_callback function);

/* The callback for CURLMOPT_TIMERFUNCTION; USER is the struct multi. */
int schedule_on_timer(CURLM *multi, long ms, void *user);

void schedule_free(struct multi *multi);

#endif
