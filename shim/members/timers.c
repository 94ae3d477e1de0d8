/* SPDX-License-Identifier: MIT */
#include "timers.h"

#include <stdlib.h>

#include "config/buffer.h"

bool timers_reserve(struct timers *timers, size_t count)
{
	struct timer **heap =
		buffer_grow(timers->heap, &timers->size, count, 16, sizeof(struct timer *));

	if (!heap)
		return false;
	timers->heap = heap;
	return true;
}

static void put(struct timers *timers, size_t place, struct timer *timer)
{
	timers->heap[place - 1] = timer;
	timer->place = place;
}

static struct timer *at(const struct timers *timers, size_t place)
{
	return timers->heap[place - 1];
}

/* Moves TIMER from its place to where the order of the heap wants it. */
static void settle(struct timers *timers, struct timer *timer)
{
	size_t place = timer->place;

	while (place > 1 && at(timers, place / 2)->at > timer->at) {
		put(timers, place, at(timers, place / 2));
		place /= 2;
	}
	for (;;) {
		size_t child = 2 * place;

		if (child < timers->used && at(timers, child + 1)->at < at(timers, child)->at)
			child++;
		if (child > timers->used || at(timers, child)->at >= timer->at)
			break;
		put(timers, place, at(timers, child));
		place = child;
	}
	put(timers, place, timer);
}

void timers_set(struct timers *timers, struct timer *timer, int64_t at)
{
	timer->at = at;
	if (!timer->place)
		put(timers, ++timers->used, timer);
	settle(timers, timer);
}

void timers_clear(struct timers *timers, struct timer *timer)
{
	size_t place = timer->place;
	struct timer *last;

	if (!place)
		return;
	last = at(timers, timers->used--);
	timer->place = 0;
	if (last == timer)
		return;
	put(timers, place, last);
	settle(timers, last);
}

struct timer *timers_first(const struct timers *timers)
{
	return timers->used ? at(timers, 1) : NULL;
}

void timers_free(struct timers *timers)
{
	free(timers->heap);
	*timers = (struct timers){ 0 };
}
