/* SPDX-License-Identifier: MIT */
/*
 * What has come of a response and was not handed over yet: records in the
 * order of their coming, and three cursors among them,
 *
 *	kept <= replayed <= used
 *
 * Up to `kept` they are the first response's, which a continuation goes by;
 * what follows up to `replayed` has been handed over; what follows up to
 * `used` has not.
 *
 * A body that is held lies in a spool, of which a record of the kind HELD_RUN
 * stands for a run of pieces.
 *
 * Owns its memory; used by one thread at a time. A zeroed one is empty.
 */
#ifndef CURLRETRY_HELD_H
#define CURLRETRY_HELD_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "process/spool.h"

/* The records take no more memory than this. */
#define HELD_MAX (4 * 1024 * 1024)

/* In place of an offset: none. */
#define HELD_NONE SIZE_MAX

enum held_kind {
	/* a header block begins: a struct hop, its values filled in at the block's end */
	HELD_BLOCK,
	HELD_HEADER,	/* a header line */
	HELD_BODY,	/* what came to the write callback: with CURLOPT_HEADER, a header line */
	HELD_TEXT,	/* a text of a hop */
	HELD_RUN,	/* pieces in the spool */
};

struct held {
	char *records;
	size_t size;
	size_t used;
	size_t kept;
	size_t replayed;
	size_t run_end;		/* where the last run's record ends; 0: there is none */
	/* where in the spool the next piece of the run at `replayed` lies */
	int64_t run_at;
	struct spool spool;
	char *piece;		/* room for one that is read from a file; owned */
	size_t piece_size;
};

/* A record, or a piece of a run; valid until something is held, or the cursor moves. */
struct held_piece {
	enum held_kind kind;
	size_t offset;		/* of its record */
	char *data;
	size_t length;
};

/* The bytes of a record HELD_RUN: pieces in the spool, each with its length before it. */
struct held_run {
	int64_t from;
	int64_t to;
};

/* Followed by its bytes, and padding up to its own alignment. */
struct held_record {
	size_t length;
	enum held_kind kind;
};

#define HELD_HEAD sizeof(struct held_record)

static inline size_t held_padded(size_t length)
{
	return (length + _Alignof(struct held_record) - 1) & ~(_Alignof(struct held_record) - 1);
}

static inline void held_check(const struct held *held)
{
	(void)held;
	assert(held->kept <= held->replayed);
	assert(held->replayed <= held->used);
	assert(held->used <= held->size);
}

static inline bool held_has_room(const struct held *held, size_t length)
{
	return held->size - held->used >= HELD_HEAD + held_padded(length);
}

/* Where there is room; returns the record's offset. Inlined: a call costs as much as the work. */
static inline __attribute__((always_inline)) size_t
held_place(struct held *held, enum held_kind kind, const void *data, size_t length)
{
	size_t offset = held->used;
	struct held_record *record = (struct held_record *)(held->records + offset);

	held->used = offset + HELD_HEAD + held_padded(length);
	record->kind = kind;
	record->length = length;
	memcpy(record + 1, data, length);
	return offset;
}

/* Takes memory for most responses, if there is any. */
void held_reserve(struct held *held);

/* As held_add(), where there is no room yet. */
size_t held_add_growing(struct held *held, enum held_kind kind, const void *data, size_t length);

/* Returns the new record's offset; HELD_NONE: there is no memory, or no more is held. */
static inline size_t held_add(struct held *held, enum held_kind kind, const void *data,
			      size_t length)
{
	return held_has_room(held, length) ? held_place(held, kind, data, length) :
					     held_add_growing(held, kind, data, length);
}

/* The bytes of the record at OFFSET. */
static inline void *held_bytes(const struct held *held, size_t offset)
{
	return held->records + offset + HELD_HEAD;
}

#define HELD_RUN_RECORD (HELD_HEAD + held_padded(sizeof(struct held_run)))

/* Whether the last record is a run, of which not all has been handed over: it grows. */
static inline bool held_grows_run(const struct held *held)
{
	return held->run_end && held->run_end == held->used && held->replayed != held->used;
}

static inline struct held_run *held_last_run(const struct held *held)
{
	return held_bytes(held, held->run_end - HELD_RUN_RECORD);
}

/* A piece that has room in the spool's memory, to the run that grows. */
static inline void held_place_piece(struct held *held, const void *data, size_t length)
{
	char *at = spool_extend(&held->spool, sizeof(length) + length);

	memcpy(at, &length, sizeof(length));
	memcpy(at + sizeof(length), data, length);
	held_last_run(held)->to = held->spool.length;
}

/* As held_add_piece(), where there is no run yet or no room. */
bool held_add_piece_growing(struct held *held, const void *data, size_t length);

/* Adds a piece of a body to the spool. False: there is no room, which errno explains. */
static inline bool held_add_piece(struct held *held, const void *data, size_t length)
{
	if (!held_grows_run(held) || !spool_has_room(&held->spool, sizeof(length) + length))
		return held_add_piece_growing(held, data, length);
	held_place_piece(held, data, length);
	return true;
}

/* Whether there is a record at OFFSET; *piece is it then, and *next the offset after it. */
bool held_at(const struct held *held, size_t offset, struct held_piece *piece, size_t *next);

/* What is to be handed over next. */
enum held_next {
	HELD_PIECE,
	HELD_END,	/* nothing is left */
	HELD_LOST,	/* it cannot be read back from the spool's file */
} held_next(struct held *held, struct held_piece *piece);

/* The record that comes next, where not all has been handed over. */
static inline __attribute__((always_inline)) struct held_record *
held_next_record(const struct held *held)
{
	return (struct held_record *)(held->records + held->replayed);
}

/* Over that record, of LENGTH bytes. */
static inline __attribute__((always_inline)) void held_step_over(struct held *held, size_t length)
{
	held->replayed += HELD_HEAD + held_padded(length);
}

/* The next piece of that record, a run, where it is in memory; NULL: held_next() is to be asked. */
static inline char *held_piece_in_memory(struct held *held, const struct held_run *run,
					 size_t *length)
{
	const char *head;

	if (held->run_at < run->from)
		held->run_at = run->from;
	if (held->run_at >= run->to ||
	    !(head = spool_at(&held->spool, held->run_at, sizeof(*length))))
		return NULL;
	memcpy(length, head, sizeof(*length));
	return spool_at(&held->spool, held->run_at + (int64_t)sizeof(*length), *length);
}

/* Over that piece. */
static inline void held_step_over_piece(struct held *held, size_t length)
{
	held->run_at += (int64_t)(sizeof(length) + length);
}

/* The piece that held_next() gave last has been handed over. */
void held_step(struct held *held);

static inline bool held_is_empty(const struct held *held)
{
	return held->replayed == held->used;
}

/* All that is held has been handed over, or was refused: nothing of it will be given again. */
void held_skip(struct held *held);

/* All of it has been handed over; its records are what a continuation goes by. */
void held_keep(struct held *held);

/* Drops what does not belong to the first response. */
void held_drop(struct held *held);

/* What is held from here on can be taken back. */
static inline size_t held_mark(const struct held *held)
{
	return held->used;
}

/* Takes back what was held since MARK, of which nothing has been handed over. */
void held_rewind(struct held *held, size_t mark);

/* A new attempt: nothing is held, but for what a CONTINUATION goes by. */
void held_begin(struct held *held, bool continuation);

/* At the end of a transfer. Up to 16 KiB of records stay with the handle for its next one. */
void held_end(struct held *held);

void held_free(struct held *held);

#endif
