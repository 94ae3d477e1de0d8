/* SPDX-License-Identifier: MIT */
/* The heap of timers: whatever is set, moved and cleared, the nearest comes first. */
#include "check.h"

#include <stdlib.h>

#include "../../shim/members/timers.h"

enum { MANY = 1000 };

static struct timers timers;
static struct timer timer[MANY];

/* The same numbers in each run. */
static unsigned next_random(void)
{
	static unsigned state = 1;

	state = state * 1103515245 + 12345;
	return state >> 8;
}

/* Each set timer is where it says, and none is before its parent. */
static bool is_heap(void)
{
	for (size_t place = 1; place <= timers.used; place++) {
		struct timer *each = timers.heap[place - 1];

		if (each->place != place ||
		    (place > 1 && timers.heap[place / 2 - 1]->at > each->at))
			return false;
	}
	return true;
}

static size_t count_set(void)
{
	size_t n = 0;

	for (int i = 0; i < MANY; i++)
		n += timer[i].place != 0;
	return n;
}

static int64_t least(void)
{
	int64_t at = INT64_MAX;

	for (int i = 0; i < MANY; i++) {
		if (timer[i].place && timer[i].at < at)
			at = timer[i].at;
	}
	return at;
}

static void test_empty(void)
{
	CHECK(timers_first(&timers) == NULL);
	timers_clear(&timers, &timer[0]);
	CHECK(timers_first(&timers) == NULL);
}

static void test_few(void)
{
	timers_set(&timers, &timer[0], 30);
	timers_set(&timers, &timer[1], 10);
	timers_set(&timers, &timer[2], 20);
	CHECK(timers_first(&timers) == &timer[1]);
	timers_set(&timers, &timer[1], 40);
	CHECK(timers_first(&timers) == &timer[2]);
	timers_set(&timers, &timer[0], 5);
	CHECK(timers_first(&timers) == &timer[0]);
	timers_clear(&timers, &timer[0]);
	timers_clear(&timers, &timer[0]);
	CHECK(timers_first(&timers) == &timer[2]);
	timers_clear(&timers, &timer[2]);
	timers_clear(&timers, &timer[1]);
	CHECK(timers_first(&timers) == NULL);
	CHECK_INT(timers.used, 0);
}

/* Setting a timer to what it is changes nothing, and it is never in twice. */
static void test_again(void)
{
	for (int i = 0; i < 5; i++)
		timers_set(&timers, &timer[0], 7);
	CHECK_INT(timers.used, 1);
	timers_clear(&timers, &timer[0]);
	CHECK_INT(timers.used, 0);
}

static void test_any_order(void)
{
	bool right = true;

	for (int step = 0; step < 20000; step++) {
		struct timer *each = &timer[next_random() % MANY];

		if (next_random() % 3)
			timers_set(&timers, each, next_random() % 5000);
		else
			timers_clear(&timers, each);
		if (step % 100 == 0)
			right = right && is_heap() && count_set() == timers.used;
		if (step % 100 == 0 && timers.used)
			right = right && timers_first(&timers)->at == least();
	}
	CHECK(right);
}

static void test_drained_in_order(void)
{
	int64_t before = INT64_MIN;
	bool ordered = true;
	struct timer *first;

	for (int i = 0; i < MANY; i++)
		timers_set(&timers, &timer[i], next_random() % 100);
	CHECK_INT(timers.used, MANY);
	while ((first = timers_first(&timers))) {
		ordered = ordered && first->at >= before;
		before = first->at;
		timers_clear(&timers, first);
	}
	CHECK(ordered);
	CHECK_INT(count_set(), 0);
}

/* What is reserved is there, what is set stays, and room grows by more than one. */
static void test_room(void)
{
	struct timers own = { 0 };
	struct timer each[100] = { { 0 } };
	int grown = 0;

	for (size_t i = 0; i < 100; i++) {
		size_t size = own.size;

		CHECK(timers_reserve(&own, i + 1));
		grown += own.size != size;
		CHECK(own.size > i);
		timers_set(&own, &each[i], 100 - (int64_t)i);
		CHECK(timers_first(&own) == &each[i]);
	}
	CHECK(grown < 10);
	timers_free(&own);
	CHECK_INT(own.used + own.size, 0);
}

int main(void)
{
	if (!timers_reserve(&timers, MANY))
		return 1;
	test_empty();
	test_few();
	test_again();
	test_any_order();
	test_drained_in_order();
	test_room();
	timers_free(&timers);
	return check_done("unit_timers");
}
