/* SPDX-License-Identifier: MIT */
#include "response.h"

#include <string.h>

#include "hold.h"
#include "judge.h"
#include "outcome.h"

/*
 * What is not done for each line: kept out of the functions that are, which then save fewer
 * registers.
 */
#define NOINLINE __attribute__((noinline))

void response_reserve(struct handle *handle)
{
	held_reserve(&handle->answer.held);
}

void response_begin(struct handle *handle)
{
	handle->response = (struct response){
		.phase = handle->program.once ? PHASE_WATCHED : PHASE_HELD,
		.lines_only = handle->program.set.header_function &&
			      !progress_is_watched(&handle->progress),
	};
	handle->program.doomed = false;
	answer_begin(&handle->answer, handle->resume.active);
	delivery_begin(&handle->delivery);
}

void response_end(struct handle *handle)
{
	handle->response.phase = PHASE_IDLE;
	held_end(&handle->answer.held);
}

/* Nothing of what is held reaches the program. */
static void drop(struct handle *handle, enum phase phase)
{
	handle->response.phase = phase;
	handle->response.repeated = 0;
	answer_drop(&handle->answer);
}

void response_join(struct handle *handle)
{
	drop(handle, PHASE_PASS);
	handle->delivery.begun = true;
}

/* From here on all goes straight to the program. */
static NOINLINE enum handed pass(struct handle *handle)
{
	struct response *response = &handle->response;

	/* What is held was handed over as it came. */
	if (response->phase == PHASE_WATCHED) {
		response->phase = PHASE_PASS;
		held_skip(&handle->answer.held);
		return HANDED_ALL;
	}
	/*
	 * Unjudged, since there was no room to hold it: of a continuation nothing may be taken
	 * then.
	 */
	if (handle->resume.active) {
		response->phase = PHASE_REFUSED;
		return HANDED_REFUSED;
	}
	response->phase = PHASE_PASS;
	handle->answer.block = HELD_NONE;
	return deliver_held(&handle->delivery);
}

/* The program has the header of the first response, and part of its body. */
static void go_on(struct handle *handle)
{
	if (resume_judge(&handle->resume) == RESUME_JOIN)
		response_join(handle);
	else
		drop(handle, PHASE_REFUSED);
}

static enum handed decide(struct handle *handle)
{
	if (judge_dooms(handle)) {
		handle->response.phase = PHASE_DOOMED;
		handle->response.repeated = 0;
		return HANDED_ALL;
	}
	if (!handle->resume.active)
		return pass(handle);
	go_on(handle);
	return HANDED_ALL;
}

/*
 * What a callback returns when what is held has been HANDED over: the line or chunk of LENGTH bytes
 * is held already.
 */
static size_t returned(struct response *response, enum handed handed, size_t length)
{
	switch (handed) {
	case HANDED_PAUSE:
		response->repeated = length;
		return CURL_WRITEFUNC_PAUSE;
	case HANDED_REFUSED:
		return 0;
	case HANDED_ALL:
		break;
	}
	return length;
}

/* --- header lines --- */

/*
 * Where a body of known length is about to come, its first byte is waited for:
 * a transfer that breaks before it can still be retried. A stream without a
 * length may be silent for long after its header, which is passed on at once.
 */
static enum handed end_last_block(struct handle *handle)
{
	struct answer *answer = &handle->answer;

	answer->last = hold_waits_for_body(handle);
	answer->deferred = answer->last;
	/*
	 * From here on it is another protocol, in which the program speaks too (RFC 9110 §15.2.2).
	 */
	if (answer->status == 101)
		handle->delivery.begun = true;
	return answer->deferred ? HANDED_ALL : decide(handle);
}

static NOINLINE enum handed end_block(struct handle *handle)
{
	struct answer *answer = &handle->answer;

	answer->in_block = false;
	if (!answer_may_go_on(answer))
		return end_last_block(handle);
	answer->deferred = true;
	if (answer->status / 100 == 3)
		outcome_passes_hop(handle);
	if (handle->response.phase == PHASE_WATCHED || answer_fill_hop(answer))
		return HANDED_ALL;
	return pass(handle);
}

/* Whether a header line would reach the program, or be asked for by a continuation. */
static bool headers_are_wanted(const struct handle *handle)
{
	const struct options *set = &handle->program.set;

	return set->header_function || set->header_data || handle->resume.watched;
}

static bool note_header(struct handle *handle, const char *data, size_t length)
{
	return answer_note(&handle->answer, data, length, headers_are_wanted(handle),
			   handle->response.phase != PHASE_WATCHED);
}

static size_t hold_header(struct handle *handle, char *data, size_t length)
{
	if (!note_header(handle, data, length)) {
		enum handed handed = pass(handle);

		if (handed != HANDED_ALL)
			return returned(&handle->response, handed, 0);
		return deliver_header(&handle->delivery, data, length);
	}
	if (answer_ends_block(&handle->answer, data, length))
		return returned(&handle->response, end_block(handle), length);
	return length;
}

/*
 * The line is judged by when the program has taken it; that it has counts only
 * from where it would have been handed over if it were held.
 */
static size_t watch_header(struct handle *handle, char *data, size_t length)
{
	bool begun = handle->delivery.begun;
	size_t taken = deliver_header(&handle->delivery, data, length);

	if (taken != length)
		return taken;
	handle->delivery.begun = begun;
	if (!note_header(handle, data, length))
		pass(handle);
	else if (answer_ends_block(&handle->answer, data, length))
		end_block(handle);
	return length;
}

static size_t pass_header(struct handle *handle, char *data, size_t length)
{
	return deliver_header(&handle->delivery, data, length);
}

/*
 * The program's own refusal, which libcurl words by its value; never what libcurl takes for
 * success.
 */
static size_t not_taken(size_t taken, size_t length)
{
	return taken == length ? 0 : taken;
}

typedef size_t (*pass_function)(struct handle *, char *, size_t);

/* Passing, but a pause has left records behind, or libcurl repeats a line that was among them. */
static NOINLINE size_t pass_after_held(struct handle *handle, pass_function function, char *data,
				       size_t length)
{
	struct response *response = &handle->response;
	size_t repeated = response->repeated;
	size_t taken;

	if (!held_is_empty(&handle->answer.held)) {
		enum handed handed = deliver_held(&handle->delivery);

		if (handed != HANDED_ALL)
			return returned(response, handed, repeated);
	}
	response->repeated = 0;
	if (length <= repeated)
		return length;
	taken = function(handle, data + repeated, length - repeated);
	if (taken == length - repeated)
		return length;
	if (taken == CURL_WRITEFUNC_PAUSE)
		response->repeated = repeated;
	return not_taken(taken, length);
}

/* Whether a pause has left something for the program in front of what comes. */
static bool has_arrears(const struct handle *handle)
{
	return !held_is_empty(&handle->answer.held) || handle->response.repeated;
}

/* What FTP says after the data matters to the program only in the last attempt. */
static bool holds_reply(struct handle *handle, const char *data, size_t length)
{
	return handle->resume.offset.possible && headers_are_wanted(handle) &&
	       !handle->program.once && answer_hold_reply(&handle->answer, data, length);
}

/* All that is not a line which is only held. */
static NOINLINE size_t take_header(struct handle *handle, char *data, size_t length)
{
	if (progress_is_watched(&handle->progress))
		progress_note(&handle->progress);
	handle->answer.spoken = true;
	switch (handle->response.phase) {
	case PHASE_DOOMED:
		handle->response.torn |= held_add(&handle->answer.held, HELD_HEADER, data,
						  length) == HELD_NONE;
		return length;
	case PHASE_REFUSED:
		return length;
	case PHASE_HELD:
		return hold_header(handle, data, length);
	case PHASE_WATCHED:
		return watch_header(handle, data, length);
	case PHASE_IDLE:
		return pass_header(handle, data, length);
	case PHASE_PASS:
		break;
	}
	if (holds_reply(handle, data, length))
		return length;
	return has_arrears(handle) ? pass_after_held(handle, pass_header, data, length) :
				     pass_header(handle, data, length);
}

size_t response_header(char *data, size_t size, size_t count, void *user)
{
	struct handle *handle = user;
	struct held *held = &handle->answer.held;
	size_t length = size * count;

	/* Most lines, in as few instructions as can be. */
	if (handle->response.phase == PHASE_HELD && handle->answer.in_block &&
	    handle->response.lines_only && answer_is_plain(data, length) &&
	    held_has_room(held, length)) {
		held_place(held, HELD_HEADER, data, length);
		return length;
	}
	return take_header(handle, data, length);
}

/* --- the body --- */

/*
 * Bytes of the body, counted once the program has taken them; a continuation may begin with some
 * that it has.
 */
static size_t pass_body(struct handle *handle, char *data, size_t length)
{
	struct resume *resume = &handle->resume;
	size_t known = resume->active ? resume_known(resume, data, length) : 0;
	size_t taken;

	if (known == RESUME_STRANGE) {
		handle->response.phase = PHASE_REFUSED;
		return 0;
	}
	if (known == length && length) {
		resume_skip(resume, length);
		return length;
	}
	taken = deliver_body(&handle->delivery, data + known, length - known);
	if (taken != length - known)
		return not_taken(taken, length);
	resume_count(resume, data + known, taken);
	return length;
}

/* It is kept all the same, for as long as it may yet be the transfer's end. */
static size_t drain(struct handle *handle, const char *data, size_t length)
{
	struct response *response = &handle->response;

	response->drained += length;
	response->overrun = response->drained > DRAIN_MAX;
	if (response->overrun)
		return 0;
	response->torn |=
		held_add(&handle->answer.held, HELD_BODY, data, length) == HELD_NONE;
	return length;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A status line of HTTP's, or a line of a dialogue (RFC 959 §4.2). */
static bool may_begin(const char *line, size_t length)
{
	if (length > 5 && !memcmp(line, "HTTP/", 5))
		return true;
	return length > 4 && is_digit(line[0]) && is_digit(line[1]) && is_digit(line[2]) &&
	       (line[3] == ' ' || line[3] == '-') && line[length - 1] == '\n';
}

/*
 * With CURLOPT_HEADER a header line comes here first, and then to the header
 * callback. Between blocks the two cannot be told apart until the next call,
 * where a body begins like one.
 */
static bool may_be_header(const struct handle *handle, const char *data, size_t length)
{
	const struct answer *answer = &handle->answer;

	if (!handle->program.set.header || answer->in_block)
		return handle->program.set.header;
	return !answer->unclear && !answer->last && may_begin(data, length);
}

static size_t hold_piece(struct handle *handle, char *data, size_t length)
{
	struct response *response = &handle->response;
	enum handed handed;

	if (hold_add(handle, data, length))
		return length;
	handed = pass(handle);
	if (handed != HANDED_ALL)
		return returned(response, handed, 0);
	return pass_body(handle, data, length);
}

static size_t hold_body(struct handle *handle, char *data, size_t length)
{
	struct response *response = &handle->response;
	struct answer *answer = &handle->answer;
	enum handed handed;

	if (response->holding)
		return hold_piece(handle, data, length);
	if (may_be_header(handle, data, length) &&
	    held_add(&answer->held, HELD_BODY, data, length) != HELD_NONE) {
		answer->unclear = !answer->in_block;
		return length;
	}
	if (hold_begins(handle))
		return hold_piece(handle, data, length);
	handed = decide(handle);
	if (handed != HANDED_ALL)
		return returned(response, handed, 0);
	if (response->phase == PHASE_DOOMED)
		return drain(handle, data, length);
	return response->phase == PHASE_PASS ? pass_body(handle, data, length) : 0;
}

static size_t watch_body(struct handle *handle, char *data, size_t length)
{
	bool begun = handle->delivery.begun;
	size_t taken;

	if (!may_be_header(handle, data, length)) {
		decide(handle);
		return pass_body(handle, data, length);
	}
	taken = deliver_body(&handle->delivery, data, length);
	if (taken != length)
		return taken;
	handle->delivery.begun = begun;
	handle->answer.unclear = !handle->answer.in_block;
	return length;
}

size_t response_body(char *data, size_t size, size_t count, void *user)
{
	struct handle *handle = user;
	struct response *response = &handle->response;
	size_t length = size * count;

	if (progress_is_watched(&handle->progress))
		progress_note(&handle->progress);
	switch (response->phase) {
	case PHASE_DOOMED:
		return drain(handle, data, length);
	case PHASE_HELD:
		return hold_body(handle, data, length);
	case PHASE_WATCHED:
		return watch_body(handle, data, length);
	case PHASE_REFUSED:
		return 0;
	case PHASE_IDLE:
		return deliver_body(&handle->delivery, data, length);
	case PHASE_PASS:
		break;
	}
	return has_arrears(handle) ? pass_after_held(handle, pass_body, data, length) :
				     pass_body(handle, data, length);
}

/* --- the end --- */

void response_revive(struct handle *handle, CURLcode *code)
{
	struct response *response = &handle->response;

	if (response->overrun || response->torn || handle->progress.late ||
	    handle->request.aborted || handle->request.form.aborted) {
		*code = CURLE_OPERATION_TIMEDOUT;
		return;
	}
	handle->program.doomed = false;
	response->phase = PHASE_HELD;
	if (response_flush(handle) != FLUSHED)
		*code = CURLE_WRITE_ERROR;
}

enum flushed response_flush(struct handle *handle)
{
	enum phase phase = handle->response.phase;
	enum handed handed;

	if (phase == PHASE_DOOMED || phase == PHASE_REFUSED)
		return FLUSHED;
	handle->program.paused_before = CURLPAUSE_CONT;
	handed = phase == PHASE_PASS ? deliver_held(&handle->delivery) : pass(handle);
	return handed == HANDED_ALL   ? FLUSHED :
	       handed == HANDED_PAUSE ? FLUSH_PAUSED :
					FLUSH_REFUSED;
}
