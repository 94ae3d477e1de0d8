/* SPDX-License-Identifier: MIT */
#include "held.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "config/buffer.h"

#define FIRST 2048
#define KEPT_BY_EACH ((size_t)16 * 1024)
#define KEPT_IN_ALL ((size_t)4 * 1024 * 1024)

/* Pieces in the spool, each with its length before it. */
struct run {
	int64_t from;
	int64_t to;
};

/* What idle handles keep beyond KEPT_BY_EACH; written by any thread. */
static atomic_size_t kept_in_all;

static bool grow(struct held *held, size_t more)
{
	char *records;

	if (more > HELD_MAX || held->used + more > HELD_MAX)
		return false;
	records = buffer_grow(held->records, &held->size, held->used + more, FIRST, 1);
	if (records)
		held->records = records;
	return records != NULL;
}

void held_reserve(struct held *held)
{
	grow(held, FIRST);
}

size_t held_add_growing(struct held *held, enum held_kind kind, const void *data, size_t length)
{
	return grow(held, HELD_HEAD + held_padded(length)) ? held_place(held, kind, data, length) :
							     HELD_NONE;
}

static struct held_record *record_at(const struct held *held, size_t offset)
{
	return (struct held_record *)(held->records + offset);
}

#define RUN_RECORD (HELD_HEAD + held_padded(sizeof(struct run)))

/* The run that the last record is, or NULL: it grows as long as it is the last. */
static struct run *growing_run(const struct held *held)
{
	if (!held->run_end || held->run_end != held->used || held->replayed == held->used)
		return NULL;
	return held_bytes(held, held->run_end - RUN_RECORD);
}

/*
 * Room for the longest piece is taken when it comes: handing over must not fail for want of memory.
 */
static bool make_room_for_piece(struct held *held, size_t length)
{
	char *piece;

	if (length <= held->piece_size)
		return true;
	piece = realloc(held->piece, length);
	if (!piece)
		return false;
	held->piece = piece;
	held->piece_size = length;
	return true;
}

bool held_add_spooled(struct held *held, const void *data, size_t length)
{
	struct run *run = growing_run(held);
	struct run fresh = { held->spool.length, held->spool.length };
	size_t offset;

	if (!make_room_for_piece(held, length))
		return false;
	if (!run) {
		offset = held_add(held, HELD_RUN, &fresh, sizeof(fresh));
		if (offset == HELD_NONE) {
			errno = ENOMEM;
			return false;
		}
		held->run_end = held->used;
		run = held_bytes(held, offset);
	}
	if (!spool_append(&held->spool, &length, sizeof(length)))
		return false;
	if (!spool_append(&held->spool, data, length)) {
		held->spool.length = run->to;
		return false;
	}
	run->to = held->spool.length;
	return true;
}

bool held_at(const struct held *held, size_t offset, struct held_piece *piece, size_t *next)
{
	struct held_record *record;

	if (offset >= held->used)
		return false;
	record = record_at(held, offset);
	*piece = (struct held_piece){ record->kind, offset, held_bytes(held, offset),
				      record->length };
	*next = offset + HELD_HEAD + held_padded(record->length);
	return true;
}

static enum held_next next_of_run(struct held *held, struct held_piece *piece)
{
	const struct run *run = (const struct run *)piece->data;
	size_t length;

	if (held->run_at < run->from)
		held->run_at = run->from;
	if (!spool_read(&held->spool, held->run_at, &length, sizeof(length)) ||
	    length > held->piece_size ||
	    !spool_read(&held->spool, held->run_at + (int64_t)sizeof(length), held->piece, length))
		return HELD_LOST;
	piece->data = held->piece;
	piece->length = length;
	return HELD_PIECE;
}

/* A run to which no piece was added, for want of room, is none. */
static bool is_over(const struct held *held, const struct held_piece *piece)
{
	const struct run *run = (const struct run *)piece->data;

	return held->run_at >= run->to || run->from == run->to;
}

enum held_next held_next(struct held *held, struct held_piece *piece)
{
	size_t next;

	held_check(held);
	while (held_at(held, held->replayed, piece, &next)) {
		if (piece->kind != HELD_RUN)
			return HELD_PIECE;
		if (!is_over(held, piece))
			return next_of_run(held, piece);
		held->replayed = next;
	}
	return HELD_END;
}

void held_step(struct held *held)
{
	struct held_piece piece;
	size_t length;
	size_t next;

	if (!held_at(held, held->replayed, &piece, &next))
		return;
	if (piece.kind == HELD_RUN) {
		if (spool_read(&held->spool, held->run_at, &length, sizeof(length)))
			held->run_at += (int64_t)(sizeof(length) + length);
		if (!is_over(held, &piece))
			return;
	}
	held->replayed = next;
	held_check(held);
}

static void drop_spool(struct held *held)
{
	spool_clear(&held->spool);
	held->run_at = 0;
	held->run_end = 0;
}

void held_skip(struct held *held)
{
	held->replayed = held->used;
}

void held_keep(struct held *held)
{
	held->replayed = held->used;
	held->kept = held->used;
}

void held_drop(struct held *held)
{
	held->used = held->kept;
	held->replayed = held->kept;
	drop_spool(held);
}

void held_rewind(struct held *held, size_t mark)
{
	assert(mark >= held->replayed && mark <= held->used);
	held->used = mark;
	if (held->run_end > mark)
		held->run_end = 0;
}

void held_begin(struct held *held, bool continuation)
{
	if (held->counted) {
		atomic_fetch_sub_explicit(&kept_in_all, held->counted, memory_order_relaxed);
		held->counted = 0;
	}
	if (!continuation)
		held->kept = 0;
	held_drop(held);
}

/* Whether SIZE bytes more may stay with idle handles; they are counted then. */
static bool may_stay(size_t size)
{
	size_t before = atomic_fetch_add_explicit(&kept_in_all, size, memory_order_relaxed);

	if (before + size <= KEPT_IN_ALL)
		return true;
	atomic_fetch_sub_explicit(&kept_in_all, size, memory_order_relaxed);
	return false;
}

void held_end(struct held *held)
{
	if (held->spool.length || held->spool.size || held->piece) {
		spool_free(&held->spool);
		free(held->piece);
		held->piece = NULL;
		held->piece_size = 0;
		held->run_at = 0;
		held->run_end = 0;
	}
	if (held->size <= KEPT_BY_EACH || held->counted)
		return;
	if (may_stay(held->size))
		held->counted = held->size;
	else
		held_free(held);
}

void held_free(struct held *held)
{
	if (held->counted)
		atomic_fetch_sub_explicit(&kept_in_all, held->counted, memory_order_relaxed);
	spool_free(&held->spool);
	free(held->piece);
	free(held->records);
	*held = (struct held){ 0 };
}
