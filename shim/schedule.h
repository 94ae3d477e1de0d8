/* SPDX-License-Identifier: MIT */
/*
 * When a program's event loop has to come back: libcurl's own timer and those
 * of the members, merged. The rules of CURLMOPT_TIMERFUNCTION(3) hold for the
 * result: one timer, called back when it changes, which a call of
 * curl_multi_socket_action with CURL_SOCKET_TIMEOUT uses up.
 */
#ifndef CURLRETRY_SCHEDULE_H
#define CURLRETRY_SCHEDULE_H

#include "multi.h"

/* Tells the program's timer callback what has changed. */
void schedule_update(struct multi *multi);

/* The program says that its timer has run out. */
void schedule_elapsed(struct multi *multi);

/* The program has come back otherwise, perhaps since the timer that we told it has run out. */
void schedule_may_have_elapsed(struct multi *multi);

/* The callback for CURLMOPT_TIMERFUNCTION; USER is the struct multi. */
int schedule_on_timer(CURLM *multi, long ms, void *user);

void schedule_free(struct multi *multi);

#endif
