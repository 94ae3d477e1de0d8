/* SPDX-License-Identifier: MIT */
/*
 * Moments to come, the nearest first: a binary heap of timers that live in
 * what they belong to. Setting and clearing one costs the logarithm of their
 * number. Used by one thread at a time. Times are in ms, monotonic.
 */
#ifndef CURLRETRY_TIMERS_H
#define CURLRETRY_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
	int64_t at;
	size_t place;	/* in the heap, from 1; 0: not set */
};

struct timers {
	struct timer **heap;	/* owned; the timers are not */
	size_t used;
	size_t size;
};

/* Makes room for COUNT timers in all, so that setting them cannot fail. False: no memory. */
bool timers_reserve(struct timers *timers, size_t count);

/* Sets TIMER, or moves it. */
void timers_set(struct timers *timers, struct timer *timer, int64_t at);

void timers_clear(struct timers *timers, struct timer *timer);

/* The nearest, or NULL. */
struct timer *timers_first(const struct timers *timers);

void timers_free(struct timers *timers);

#endif
