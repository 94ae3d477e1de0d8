/* SPDX-License-Identifier: MIT */
/*
 * A room is one's own until it is given back, whatever other threads do, and then comes to who
 * asks next.
 */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "../../shim/process/rooms.h"

enum { THREADS = 8, TURNS = 20000, AT_ONCE = 30, MORE = ROOMS_SPARE + 50 };

static atomic_int shared;

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(char *));
}

static void take(char **rooms, int count)
{
	for (int i = 0; i < count; i++) {
		rooms[i] = room_take();
		if (CHECK(rooms[i] != NULL))
			memset(rooms[i], i, ROOM_SIZE);
	}
}

static void give(char **rooms, int count)
{
	for (int i = 0; i < count; i++)
		room_give(rooms[i]);
}

static void test_the_last_one_given_comes_first(void)
{
	char *a = room_take(), *b = room_take();

	room_give(a);
	room_give(b);
	CHECK(room_take() == b && room_take() == a);
	room_give(a);
	room_give(b);
}

/* A hundred transfers at once allocate nothing when they come again. */
static void test_those_that_wait_are_taken_again(void)
{
	static char *first[ROOMS_SPARE], *second[ROOMS_SPARE];

	take(first, ROOMS_SPARE);
	give(first, ROOMS_SPARE);
	take(second, ROOMS_SPARE);
	qsort(first, ROOMS_SPARE, sizeof(first[0]), compare);
	qsort(second, ROOMS_SPARE, sizeof(second[0]), compare);
	CHECK(!memcmp(first, second, sizeof(first)));
	give(second, ROOMS_SPARE);
}

/* Valgrind and ASan see that none is lost or given twice. */
static void test_more_than_may_wait_are_freed(void)
{
	static char *rooms[MORE];

	take(rooms, MORE);
	give(rooms, MORE);
	take(rooms, MORE);
	give(rooms, MORE);
}

static void *use(void *number)
{
	char *rooms[AT_ONCE];
	char mine = *(char *)number;

	for (int turn = 0; turn < TURNS; turn++) {
		int count = 1 + turn % AT_ONCE;

		for (int i = 0; i < count; i++) {
			rooms[i] = room_take();
			rooms[i][0] = mine;
		}
		for (int i = 0; i < count; i++)
			atomic_fetch_add(&shared, rooms[i][0] != mine);
		give(rooms, count);
	}
	return NULL;
}

static void test_a_room_is_one_threads_own(void)
{
	pthread_t threads[THREADS];
	char numbers[THREADS];

	for (int i = 0; i < THREADS; i++) {
		numbers[i] = (char)i;
		CHECK(!pthread_create(&threads[i], NULL, use, &numbers[i]));
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK_INT(atomic_load(&shared), 0);
	test_those_that_wait_are_taken_again();
}

int main(void)
{
	test_the_last_one_given_comes_first();
	test_those_that_wait_are_taken_again();
	test_more_than_may_wait_are_freed();
	test_a_room_is_one_threads_own();
	return check_done("unit_rooms");
}
