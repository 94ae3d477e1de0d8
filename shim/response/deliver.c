/* SPDX-License-Identifier: MIT */
#include "deliver.h"

#include <stdio.h>

/* Said on a function that is called for each record: a call would cost as much as its work. */
#define INLINE static inline __attribute__((always_inline))

static size_t note_pause(struct program *program, size_t taken)
{
	if (taken == CURL_WRITEFUNC_PAUSE)
		program->paused |= CURLPAUSE_RECV;
	return taken;
}

/* libcurl's own rule for where a header line goes (CURLOPT_HEADERDATA). */
INLINE size_t hand_header(struct delivery *delivery, char *data, size_t length)
{
	struct program *program = delivery->program;
	const struct options *set = &program->set;
	curl_write_callback function = set->header_function;
	size_t taken;

	if (!function && set->header_data)
		function = set->write_function ? set->write_function : (curl_write_callback)fwrite;
	if (!function)
		return length;
	if (program->paused_before & CURLPAUSE_RECV)
		return note_pause(program, CURL_WRITEFUNC_PAUSE);
	delivery->begun = true;
	taken = function(data, 1, length, set->header_data);
	return taken == length ? length : note_pause(program, taken);
}

size_t deliver_header(struct delivery *delivery, char *data, size_t length)
{
	return hand_header(delivery, data, length);
}

size_t deliver_body(struct delivery *delivery, char *data, size_t length)
{
	struct program *program = delivery->program;
	const struct options *set = &program->set;

	if (program->paused_before & CURLPAUSE_RECV)
		return note_pause(program, CURL_WRITEFUNC_PAUSE);
	delivery->begun = true;
	if (!set->write_function)
		return fwrite(data, 1, length, set->write_data);
	return note_pause(program, set->write_function(data, 1, length, set->write_data));
}

static size_t hand_body(struct delivery *delivery, const struct held_piece *piece)
{
	size_t taken = deliver_body(delivery, piece->data, piece->length);

	if (taken == piece->length && delivery->counts)
		resume_count(delivery->resume, piece->data, taken);
	return taken;
}

/* All but header lines. */
static size_t hand_other(struct delivery *delivery, const struct held_piece *piece)
{
	if (piece->kind == HELD_BODY || piece->kind == HELD_RUN)
		return hand_body(delivery, piece);
	if (piece->kind == HELD_BLOCK)
		answer_tell_of(delivery->answer, piece->offset);
	return piece->length;
}

/* Header lines for the program's own callback: most of what is held. */
INLINE size_t hand_line(struct delivery *delivery, struct held_record *record, size_t length)
{
	struct program *program = delivery->program;
	curl_write_callback function = program->set.header_function;
	char *line = (char *)(record + 1);
	size_t taken;

	if (!function || program->paused_before & CURLPAUSE_RECV)
		return hand_header(delivery, line, length);
	delivery->begun = true;
	taken = function(line, 1, length, program->set.header_data);
	return taken == length ? length : note_pause(program, taken);
}

static size_t hand_other_record(struct delivery *delivery, struct held_record *record)
{
	struct held_piece piece = { record->kind, delivery->answer->held.replayed,
				    (char *)(record + 1), record->length };

	return hand_other(delivery, &piece);
}

static enum handed why_not_all(size_t taken)
{
	return taken == CURL_WRITEFUNC_PAUSE ? HANDED_PAUSE : HANDED_REFUSED;
}

INLINE enum handed hand_record(struct delivery *delivery, struct held_record *record)
{
	size_t length = record->length;
	size_t taken = record->kind == HELD_HEADER ? hand_line(delivery, record, length) :
						     hand_other_record(delivery, record);

	if (taken != length)
		return why_not_all(taken);
	held_step_over(&delivery->answer->held, length);
	return HANDED_ALL;
}

/* Pieces of a body. Where not all are in memory, the run stays the next record. */
INLINE enum handed hand_run(struct delivery *delivery, const struct held_record *record)
{
	const struct held_run *run = (const struct held_run *)(record + 1);
	struct held *held = &delivery->answer->held;
	struct held_piece piece = { .kind = HELD_BODY };

	while ((piece.data = held_piece_in_memory(held, run, &piece.length))) {
		size_t taken = hand_body(delivery, &piece);

		if (taken != piece.length)
			return why_not_all(taken);
		held_step_over_piece(held, piece.length);
	}
	if (held->run_at >= run->to)
		held_step_over(held, record->length);
	return HANDED_ALL;
}

/* Up to the first piece in a file, in as few instructions as can be. */
INLINE enum handed hand_records(struct delivery *delivery)
{
	struct held *held = &delivery->answer->held;

	while (held->replayed < held->used) {
		struct held_record *record = held_next_record(held);
		enum handed handed = record->kind == HELD_RUN ? hand_run(delivery, record) :
								hand_record(delivery, record);

		if (handed != HANDED_ALL || held_next_record(held) == record)
			return handed;
	}
	return HANDED_ALL;
}

static enum handed hand_all(struct delivery *delivery)
{
	struct held *held = &delivery->answer->held;
	enum handed handed = hand_records(delivery);
	struct held_piece piece;
	enum held_next next;

	if (handed != HANDED_ALL)
		return handed;
	if (held_is_empty(held)) {
		held_keep(held);
		return HANDED_ALL;
	}
	while ((next = held_next(held, &piece)) == HELD_PIECE) {
		size_t taken = piece.kind == HELD_HEADER ?
				       hand_header(delivery, piece.data, piece.length) :
				       hand_other(delivery, &piece);

		if (taken != piece.length)
			return why_not_all(taken);
		held_step(held);
	}
	if (next == HELD_LOST)
		return HANDED_REFUSED;
	held_keep(held);
	return HANDED_ALL;
}

enum handed deliver_held(struct delivery *delivery)
{
	struct answer *answer = delivery->answer;
	enum handed handed;

	answer_tell_of(answer, answer->block);
	handed = hand_all(delivery);
	answer->hop = NULL;
	/*
	 * Who has refused a line is given no further one, nor that one again at the transfer's end.
	 */
	if (handed == HANDED_REFUSED)
		held_skip(&answer->held);
	return handed;
}

void delivery_begin(struct delivery *delivery)
{
	delivery->begun = false;
	delivery->counts = false;
}
