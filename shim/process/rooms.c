/* SPDX-License-Identifier: MIT */
#include "rooms.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

/*
 * Each place is exchanged by itself: no order of threads loses a room, or gives it twice. `filled`
 * says where to begin, and may be wrong where several are at it: all places are tried.
 */
static _Atomic(char *) spare[ROOMS_SPARE];
static atomic_size_t filled;

char *room_take(void)
{
	size_t first = atomic_load_explicit(&filled, memory_order_relaxed) + ROOMS_SPARE;

	for (size_t n = 1; n <= ROOMS_SPARE; n++) {
		size_t i = (first - n) % ROOMS_SPARE;
		char *room;

		if (!atomic_load_explicit(&spare[i], memory_order_relaxed))
			continue;
		room = atomic_exchange_explicit(&spare[i], NULL, memory_order_acquire);
		if (!room)
			continue;
		atomic_store_explicit(&filled, i, memory_order_relaxed);
		return room;
	}
	return malloc(ROOM_SIZE);
}

void room_give(char *room)
{
	size_t first = atomic_load_explicit(&filled, memory_order_relaxed);

	for (size_t n = 0; n < ROOMS_SPARE; n++) {
		size_t i = (first + n) % ROOMS_SPARE;
		char *none = NULL;

		if (!atomic_compare_exchange_strong_explicit(&spare[i], &none, room,
							     memory_order_release,
							     memory_order_relaxed))
			continue;
		atomic_store_explicit(&filled, i + 1, memory_order_relaxed);
		return;
	}
	free(room);
}
