/* SPDX-License-Identifier: MIT */
/*
 * What is held comes back in its order and its pieces, as far as it was not handed over or dropped.
 */
#include "check.h"

#include <malloc.h>
#include <stdlib.h>

#include "../../shim/response/held.h"

enum { PIECES = 300, LONGEST = 40000 };

static char bytes[LONGEST];

/* Pieces of all lengths, each of one letter. */
static size_t length_of(int n)
{
	return (size_t)(n * 7919 % LONGEST);
}

static const char *piece_of(int n)
{
	memset(bytes, 'a' + n % 26, length_of(n));
	return bytes;
}

static bool is_piece(const struct held_piece *piece, int n)
{
	return piece->length == length_of(n) && !memcmp(piece->data, piece_of(n), piece->length);
}

/* Hands over all pieces from FIRST on; returns the number of the next. */
static int hand_over(struct held *held, int first)
{
	struct held_piece piece;

	while (held_next(held, &piece) == HELD_PIECE) {
		if (!CHECK(is_piece(&piece, first)))
			break;
		first++;
		held_step(held);
	}
	return first;
}

static void test_records_come_back(void)
{
	struct held held = { 0 };
	int count = 0;

	while (held_add(&held, HELD_BODY, piece_of(count), length_of(count)) != HELD_NONE)
		count++;
	CHECK(count > 100);
	CHECK(held.size <= HELD_MAX);
	CHECK_INT(hand_over(&held, 0), count);
	CHECK(held_is_empty(&held));
	held_free(&held);
}

static void test_pieces_in_the_spool_come_back(void)
{
	struct held held = { 0 };

	for (int i = 0; i < PIECES; i++)
		CHECK(held_add_piece(&held, piece_of(i), length_of(i)));
	CHECK(held.spool.filed);
	/* Asked twice, it is the same; a pause asks again. */
	for (int i = 0; i < 10; i++) {
		struct held_piece piece;

		CHECK(held_next(&held, &piece) == HELD_PIECE && is_piece(&piece, i));
		CHECK(held_next(&held, &piece) == HELD_PIECE && is_piece(&piece, i));
		held_step(&held);
	}
	CHECK_INT(hand_over(&held, 10), PIECES);
	/* More comes after all was handed over. */
	CHECK(held_add_piece(&held, piece_of(PIECES), length_of(PIECES)));
	CHECK_INT(hand_over(&held, PIECES), PIECES + 1);
	held_free(&held);
}

static void test_records_and_runs_keep_their_order(void)
{
	struct held held = { 0 };

	for (int i = 0; i < PIECES; i++) {
		if (i / 3 % 2)
			CHECK(held_add_piece(&held, piece_of(i), length_of(i)));
		else if (held_add(&held, HELD_HEADER, piece_of(i), length_of(i)) == HELD_NONE)
			CHECK(held_add_piece(&held, piece_of(i), length_of(i)));
	}
	CHECK_INT(hand_over(&held, 0), PIECES);
	held_free(&held);
}

static void test_what_is_dropped_does_not_come_back(void)
{
	struct held held = { 0 };
	size_t mark;

	held_add(&held, HELD_HEADER, piece_of(0), length_of(0));
	held_add_piece(&held, piece_of(1), length_of(1));
	held_drop(&held);
	CHECK(held_is_empty(&held) && !held.spool.length);
	held_add(&held, HELD_HEADER, piece_of(2), length_of(2));
	mark = held_mark(&held);
	held_add(&held, HELD_HEADER, piece_of(3), length_of(3));
	held_rewind(&held, mark);
	held_add(&held, HELD_HEADER, piece_of(3), length_of(3));
	CHECK_INT(hand_over(&held, 2), 4);
	held_free(&held);
}

static void test_a_continuation_keeps_the_first_response(void)
{
	struct held held = { 0 };
	struct held_piece piece;
	size_t next;

	held_add(&held, HELD_HEADER, piece_of(5), length_of(5));
	CHECK_INT(hand_over(&held, 5), 6);
	held_keep(&held);
	held_add(&held, HELD_HEADER, piece_of(6), length_of(6));
	held_begin(&held, true);
	CHECK(held_is_empty(&held));
	CHECK(held_at(&held, 0, &piece, &next) && is_piece(&piece, 5));
	CHECK(!held_at(&held, next, &piece, &next));
	held_begin(&held, false);
	CHECK(!held_at(&held, 0, &piece, &next));
	held_free(&held);
}

static size_t in_use(void)
{
#if __GLIBC_PREREQ(2, 33)
	return mallinfo2().uordblks;
#else
	return (size_t)mallinfo().uordblks;
#endif
}

/* A thousand that have held 60 KiB each keep 8 MiB together, not 64. */
static void test_idle_handles_keep_little(void)
{
	static struct held many[1000];
	size_t before = in_use();

	for (int i = 0; i < 1000; i++) {
		held_begin(&many[i], false);
		held_add(&many[i], HELD_HEADER, bytes, 1000);
		for (int n = 0; n < 4; n++)
			held_add_piece(&many[i], bytes, 15 * 1024);
	}
	for (int i = 0; i < 1000; i++)
		held_end(&many[i]);
	CHECK(in_use() - before < 12 * 1024 * 1024);
	/* Nor a large header. */
	held_begin(&many[0], false);
	for (int n = 0; n < 10; n++)
		held_add(&many[0], HELD_HEADER, bytes, LONGEST);
	held_end(&many[0]);
	CHECK(!many[0].records);
	for (int i = 0; i < 1000; i++)
		held_free(&many[i]);
}

/* In rooms, which whoever holds next takes again. */
static void test_what_was_handed_over_takes_no_room(void)
{
	struct held one = { 0 }, other = { 0 };
	const char *room;

	held_add_piece(&one, piece_of(1), length_of(1));
	room = one.spool.memory;
	CHECK_INT(hand_over(&one, 1), 2);
	held_keep(&one);
	held_add_piece(&other, piece_of(2), length_of(2));
	CHECK(!one.spool.memory && other.spool.memory == room);
	CHECK_INT(hand_over(&other, 2), 3);
	held_free(&one);
	held_free(&other);
}

int main(void)
{
	test_records_come_back();
	test_pieces_in_the_spool_come_back();
	test_records_and_runs_keep_their_order();
	test_what_is_dropped_does_not_come_back();
	test_a_continuation_keeps_the_first_response();
	test_idle_handles_keep_little();
	test_what_was_handed_over_takes_no_room();
	return check_done("unit_held");
}
