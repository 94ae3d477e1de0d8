/* SPDX-License-Identifier: MIT */
#include "held.h"

#include <errno.h>
#include <stdlib.h>

#include "config/buffer.h"

#define FIRST 2048
#define KEPT_BY_EACH ((size_t)16 * 1024)

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

static bool begin_run(struct held *held)
{
	struct held_run fresh = { held->spool.length, held->spool.length };

	if (held_add(held, HELD_RUN, &fresh, sizeof(fresh)) == HELD_NONE) {
		errno = ENOMEM;
		return false;
	}
	held->run_end = held->used;
	return true;
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

/* Beyond the spool's memory. */
static bool append_to_file(struct held *held, const void *data, size_t length)
{
	int64_t before = held->spool.length;

	if (make_room_for_piece(held, length) &&
	    spool_append(&held->spool, &length, sizeof(length)) &&
	    spool_append(&held->spool, data, length))
		return true;
	held->spool.length = before;
	return false;
}

bool held_add_piece_growing(struct held *held, const void *data, size_t length)
{
	if (!held_grows_run(held) && !begin_run(held))
		return false;
	if (spool_make_room(&held->spool, sizeof(length) + length)) {
		held_place_piece(held, data, length);
		return true;
	}
	if (!append_to_file(held, data, length))
		return false;
	held_last_run(held)->to = held->spool.length;
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
	const struct held_run *run = (const struct held_run *)piece->data;
	int64_t at;
	size_t length;

	if (held->run_at < run->from)
		held->run_at = run->from;
	if (!spool_read(&held->spool, held->run_at, &length, sizeof(length)))
		return HELD_LOST;
	at = held->run_at + (int64_t)sizeof(length);
	piece->length = length;
	piece->data = spool_at(&held->spool, at, length);
	if (piece->data)
		return HELD_PIECE;
	piece->data = held->piece;
	return length <= held->piece_size && spool_read(&held->spool, at, held->piece, length) ?
		       HELD_PIECE :
		       HELD_LOST;
}

/* A run to which no piece was added, for want of room, is none. */
static bool is_over(const struct held *held, const struct held_piece *piece)
{
	const struct held_run *run = (const struct held_run *)piece->data;

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

/* Of those whose pieces nobody asks for any more. */
static void free_spool(struct held *held)
{
	spool_free(&held->spool);
	free(held->piece);
	held->piece = NULL;
	held->piece_size = 0;
	held->run_at = 0;
	held->run_end = 0;
}

static inline void drop_spool(struct held *held)
{
	if (held->spool.memory || held->piece)
		free_spool(held);
}

void held_skip(struct held *held)
{
	held->replayed = held->used;
}

void held_keep(struct held *held)
{
	held->replayed = held->used;
	held->kept = held->used;
	drop_spool(held);
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
	if (!continuation)
		held->kept = 0;
	held_drop(held);
}

void held_end(struct held *held)
{
	drop_spool(held);
	if (held->size > KEPT_BY_EACH)
		held_free(held);
}

void held_free(struct held *held)
{
	free_spool(held);
	free(held->records);
	*held = (struct held){ 0 };
}
