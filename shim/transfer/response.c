/* SPDX-License-Identifier: MIT */
#include "response.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/ascii.h"
#include "config/buffer.h"
#include "config/parse.h"
#include "response/cookies.h"
#include "handle.h"
#include "response/resume.h"
#include "program/target.h"
#include "transfer.h"

/*
 * What is not done for each line: kept out of the functions that are, which then save fewer
 * registers.
 */
#define NOINLINE __attribute__((noinline))

enum handed { HANDED_ALL, HANDED_PAUSE, HANDED_REFUSED };

_Static_assert(_Alignof(struct hop) <= _Alignof(struct held_record),
	       "a record's bytes are aligned");

void response_reserve(struct response *response)
{
	held_reserve(&response->held);
}

static void drop_held(struct response *response)
{
	held_drop(&response->held);
	response->repeated = 0;
}

static void free_cookies(struct response *response)
{
	free(response->cookies);
	response->cookies = NULL;
	response->cookies_size = 0;
}

void response_end(struct response *response)
{
	response->phase = PHASE_IDLE;
	free_cookies(response);
	held_end(&response->held);
}

void response_free(struct response *response)
{
	free_cookies(response);
	held_free(&response->held);
}

void response_begin(struct response *response, bool continuation)
{
	struct response fresh = {
		.held = response->held,
		.cookies = response->cookies,
		.cookies_size = response->cookies_size,
		.block = HELD_NONE,
		.retry_after = -1,
	};

	*response = fresh;
	held_begin(&response->held, continuation);
}

void response_watch(struct response *response)
{
	response->phase = PHASE_WATCHED;
}

static size_t note_pause(struct handle *handle, size_t taken)
{
	if (taken == CURL_WRITEFUNC_PAUSE)
		handle->transfer.paused |= CURLPAUSE_RECV;
	return taken;
}

/* libcurl's own rule for where a header line goes (CURLOPT_HEADERDATA). */
static inline __attribute__((always_inline)) size_t deliver_header(struct handle *handle,
								   char *data, size_t length)
{
	const struct options *set = &handle->set;
	curl_write_callback function = set->header_function;
	size_t taken;

	if (!function && set->header_data)
		function = set->write_function ? set->write_function : (curl_write_callback)fwrite;
	if (!function)
		return length;
	if (handle->transfer.pause & CURLPAUSE_RECV)
		return note_pause(handle, CURL_WRITEFUNC_PAUSE);
	handle->transfer.response.delivered = true;
	taken = function(data, 1, length, set->header_data);
	return taken == length ? length : note_pause(handle, taken);
}

static size_t deliver_body(struct handle *handle, char *data, size_t length)
{
	const struct options *set = &handle->set;

	if (handle->transfer.pause & CURLPAUSE_RECV)
		return note_pause(handle, CURL_WRITEFUNC_PAUSE);
	handle->transfer.response.delivered = true;
	if (!set->write_function)
		return fwrite(data, 1, length, set->write_data);
	return note_pause(handle, set->write_function(data, 1, length, set->write_data));
}

/* NULL for the last block, and where lines have come in no block. */
static const struct hop *hop_of_block(struct response *response)
{
	struct hop *hop;

	if (response->block == HELD_NONE)
		return NULL;
	hop = held_bytes(&response->held, response->block);
	return hop->filled ? hop : NULL;
}

/* Of a body that was held the bytes count now. */
static size_t deliver_held_body(struct handle *handle, const struct held_piece *piece)
{
	struct resume *resume = &handle->transfer.resume;
	size_t taken = deliver_body(handle, piece->data, piece->length);

	if (taken != piece->length || !handle->transfer.response.holding)
		return taken;
	if (resume->offset.late)
		offset_note(&resume->offset, piece->data, taken);
	resume->bytes += (curl_off_t)taken;
	return taken;
}

static inline __attribute__((always_inline)) size_t deliver_piece(struct handle *handle,
								  const struct held_piece *piece)
{
	struct response *response = &handle->transfer.response;

	if (piece->kind == HELD_HEADER)
		return deliver_header(handle, piece->data, piece->length);
	if (piece->kind == HELD_BODY || piece->kind == HELD_RUN)
		return deliver_held_body(handle, piece);
	if (piece->kind == HELD_BLOCK) {
		response->block = piece->offset;
		response->hop = hop_of_block(response);
	}
	return piece->length;
}

/* The same, of records alone: in as few instructions as can be. */
static inline __attribute__((always_inline)) enum handed replay_records(struct handle *handle)
{
	struct held *held = &handle->transfer.response.held;
	struct held_record *record;

	while ((record = held_next_record(held))) {
		struct held_piece piece = { record->kind, held->replayed, (char *)(record + 1),
					    record->length };
		size_t taken = deliver_piece(handle, &piece);

		if (taken != record->length)
			return taken == CURL_WRITEFUNC_PAUSE ? HANDED_PAUSE : HANDED_REFUSED;
		held_step_over(held, record);
	}
	return HANDED_ALL;
}

static enum handed replay_pieces(struct handle *handle)
{
	struct held *held = &handle->transfer.response.held;
	enum handed handed = replay_records(handle);
	struct held_piece piece;
	enum held_next next;

	if (handed != HANDED_ALL)
		return handed;
	while ((next = held_next(held, &piece)) == HELD_PIECE) {
		size_t taken = deliver_piece(handle, &piece);

		if (taken != piece.length)
			return taken == CURL_WRITEFUNC_PAUSE ? HANDED_PAUSE : HANDED_REFUSED;
		held_step(held);
	}
	if (next == HELD_LOST)
		return HANDED_REFUSED;
	held_keep(held);
	return HANDED_ALL;
}

/* Hands over what is held, from where the last try was paused. */
static NOINLINE enum handed replay(struct handle *handle)
{
	struct response *response = &handle->transfer.response;
	enum handed handed;

	response->hop = hop_of_block(response);
	handed = replay_pieces(handle);
	response->hop = NULL;
	/*
	 * Who has refused a line is given no further one, nor that one again at the transfer's end.
	 */
	if (handed == HANDED_REFUSED)
		held_skip(&response->held);
	return handed;
}

/* From here on all goes straight to the program. */
static NOINLINE enum handed pass(struct handle *handle)
{
	struct response *response = &handle->transfer.response;

	/* What is held was handed over as it came. */
	if (response->phase == PHASE_WATCHED) {
		response->phase = PHASE_PASS;
		held_skip(&response->held);
		return HANDED_ALL;
	}
	/*
	 * Unjudged, since there was no room to hold it: of a continuation nothing may be taken
	 * then.
	 */
	if (handle->transfer.resume.active) {
		response->phase = PHASE_REFUSED;
		return HANDED_REFUSED;
	}
	response->phase = PHASE_PASS;
	response->block = HELD_NONE;
	return replay(handle);
}

static void doom(struct response *response)
{
	response->phase = PHASE_DOOMED;
	drop_held(response);
}

void response_join(struct response *response)
{
	response->phase = PHASE_PASS;
	response->delivered = true;
	drop_held(response);
}

/* The program has the header of the first response, and part of its body. */
static enum handed go_on(struct handle *handle)
{
	struct response *response = &handle->transfer.response;

	if (resume_judge(handle) == RESUME_JOIN) {
		response_join(response);
	} else {
		response->phase = PHASE_REFUSED;
		drop_held(response);
	}
	return HANDED_ALL;
}

static enum handed decide(struct handle *handle)
{
	struct response *response = &handle->transfer.response;

	if (transfer_dooms(handle, response->status)) {
		doom(response);
		return HANDED_ALL;
	}
	return handle->transfer.resume.active ? go_on(handle) : pass(handle);
}

/*
 * What a callback returns after PASS or DECIDE: the line or chunk of LENGTH bytes is held already.
 */
static size_t answer(struct response *response, enum handed handed, size_t length)
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

/* The line's end is no part of the value. Inline: a name's length is then no work. */
static inline bool field(const char *line, size_t length, const char *name, const char **value,
			 size_t *value_length)
{
	size_t n = strlen(name);

	if (length <= n || line[n] != ':' || !ascii_begins(line, name))
		return false;
	while (length > n + 1 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
		length--;
	*value = line + n + 1;
	*value_length = length - n - 1;
	return true;
}

static bool contains(const char *text, size_t length, const char *word)
{
	return memmem(text, length, word, strlen(word)) != NULL;
}

static bool is_zero(const char *number, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (number[i] >= '1' && number[i] <= '9')
			return false;
	}
	return true;
}

static bool make_room_for_cookie(struct response *response, size_t length)
{
	char *cookies = buffer_grow(response->cookies, &response->cookies_size,
				    response->cookies_length + length, 128, 1);

	if (!cookies)
		return false;
	response->cookies = cookies;
	return true;
}

/* RFC 6265 §5.2: the name ends at the first '=', without the blanks around it. */
static NOINLINE void note_cookie(struct response *response, const char *value, size_t length)
{
	const char *equals = memchr(value, '=', length);
	size_t n = equals ? (size_t)(equals - value) : 0;

	while (n && ascii_is_blank(*value)) {
		value++;
		n--;
	}
	while (n && ascii_is_blank(value[n - 1]))
		n--;
	if (!n || !make_room_for_cookie(response, n + 1))
		return;
	memcpy(response->cookies + response->cookies_length, value, n);
	response->cookies[response->cookies_length + n] = '=';
	response->cookies_length += n + 1;
}

bool response_sets_cookie(const struct response *response, const char *name, size_t length)
{
	const char *at = response->cookies;
	const char *end = at + response->cookies_length;

	while (at < end) {
		const char *equals = memchr(at, '=', (size_t)(end - at));

		if ((size_t)(equals - at) == length && !memcmp(at, name, length))
			return true;
		at = equals + 1;
	}
	return false;
}

static void note_field(struct handle *handle, const char *line, size_t length)
{
	struct response *response = &handle->transfer.response;
	const char *value;
	size_t n;

	/*
	 * Most lines are none of these; is_plain(), which spares them this, goes by the same names.
	 */
	switch (line[0] | 0x20) {
	case 'c':
		if (field(line, length, "Content-Length", &value, &n))
			response->sized = !is_zero(value, n);
		break;
	case 'l':
		if (field(line, length, "Location", &value, &n))
			response->location = true;
		break;
	case 'r':
		if (field(line, length, "Retry-After", &value, &n) &&
		    !parse_retry_after(&response->retry_after, value, n, time(NULL)))
			response->retry_after = -1;
		break;
	case 's':
		if (handle->set.cookies && field(line, length, "Set-Cookie", &value, &n))
			note_cookie(response, value, n);
		break;
	case 'u':
		if (field(line, length, "Upgrade", &value, &n) && contains(value, n, "h2c"))
			response->upgrade_h2c = true;
		break;
	}
}

/* "HTTP/1.1 503 Service Unavailable": the status, or 0. */
static int status_of(const char *line, size_t length)
{
	const char *space = memchr(line, ' ', length);
	int status = 0;

	if (!space)
		return 0;
	for (const char *digit = space + 1; digit < line + length; digit++) {
		if (*digit < '0' || *digit > '9' || status > 99)
			break;
		status = status * 10 + (*digit - '0');
	}
	return status;
}

static bool hold_hop(struct response *response)
{
	static const struct hop unfilled;

	response->block = held_add(&response->held, HELD_BLOCK, &unfilled, sizeof(unfilled));
	return response->block != HELD_NONE;
}

static NOINLINE bool begin_block(struct response *response, const char *line, size_t length)
{

	response->in_block = true;
	response->unclear = false;
	response->deferred = false;
	response->last = false;
	response->sized = false;
	response->location = false;
	response->upgrade_h2c = false;
	response->connect_status = 0;
	response->retry_after = -1;
	response->status = status_of(line, length);
	return hold_hop(response);
}

static bool is_connect_reply(struct handle *handle, int status)
{
	long code = 0;

	handle->libcurl->easy_getinfo(handle->easy, CURLINFO_RESPONSE_CODE, &code);
	return code != status;
}

/* Whether libcurl may go on by itself after this block. */
static bool may_continue(struct handle *handle)
{
	struct response *response = &handle->transfer.response;
	int status = response->status;

	if (status / 100 == 1)
		return status != 101 || response->upgrade_h2c;
	if (is_connect_reply(handle, status)) {
		response->connect_status = status < 300 ? 0 : status;
		return true;
	}
	if (status / 100 == 3)
		return response->location && handle->set.follow_location;
	/* Authentication rounds, and RFC 9110 §10.1.1: again without Expect. */
	return status == 401 || status == 407 || status == 417;
}

static const CURLINFO hop_numbers[HOP_NUMBERS] = {
	CURLINFO_RESPONSE_CODE, CURLINFO_HTTP_CONNECTCODE, CURLINFO_REDIRECT_COUNT,
	CURLINFO_PRIMARY_PORT, CURLINFO_LOCAL_PORT,
};

static const CURLINFO hop_texts[HOP_TEXTS] = {
	CURLINFO_EFFECTIVE_URL, CURLINFO_CONTENT_TYPE, CURLINFO_PRIMARY_IP,
};

static bool fill_text(struct handle *handle, struct hop *hop, size_t i)
{
	char *text = NULL;

	handle->libcurl->easy_getinfo(handle->easy, hop_texts[i], &text);
	if (text)
		hop->text[i] = held_add(&handle->transfer.response.held, HELD_TEXT, text,
					strlen(text) + 1);
	return hop->text[i] != HELD_NONE;
}

/* What getinfo says now belongs to this block; later it will say what belongs to the last. */
static bool fill_hop(struct handle *handle)
{
	const struct libcurl *libcurl = handle->libcurl;
	struct response *response = &handle->transfer.response;
	struct hop hop = { .filled = true };

	for (size_t i = 0; i < HOP_NUMBERS; i++)
		libcurl->easy_getinfo(handle->easy, hop_numbers[i], &hop.number[i]);
	libcurl->easy_getinfo(handle->easy, CURLINFO_SCHEME, &hop.scheme);
	for (size_t i = 0; i < HOP_TEXTS; i++) {
		if (!fill_text(handle, &hop, i))
			return false;
	}
	memcpy(held_bytes(&response->held, response->block), &hop, sizeof(hop));
	return true;
}

/* Whether the request may be sent again, as far as can be told before the transfer has failed. */
static bool may_repeat(struct handle *handle)
{
	const struct options *set = &handle->set;
	const struct policy *policy = handle->transfer.policy;
	struct target target;

	if (handle->transfer.once || handle->transfer.attempt >= policy->attempts)
		return false;
	if (handle->transfer.idempotency.keyed ||
	    (!set->custom_request[0] && !strcmp(set->method, "GET")))
		return true;
	target_of(handle, &target);
	return policy_method_is_idempotent(policy, target.method);
}

/* Beyond this a body is held in a file, and may be held though its length is not known. */
#define IN_MEMORY SPOOL_MEMORY

/* Whether a body that begins now may be held until it is whole: see CURLRETRY_HOLD. */
static bool may_hold(struct handle *handle)
{
	const struct response *response = &handle->transfer.response;
	const struct transfer *transfer = &handle->transfer;

	return transfer->policy->hold && response->phase == PHASE_HELD &&
	       !transfer->resume.active && response->status < 300 && response->status != 101 &&
	       !verdict_may_be_transient(transfer->policy, response->status,
					 transfer->idempotency.keyed) &&
	       may_repeat(handle);
}

static bool waits_for_body(struct handle *handle)
{
	const struct response *response = &handle->transfer.response;
	const struct transfer *transfer = &handle->transfer;

	if (transfer->resume.active || handle->set.method[0] == 'H' || response->status == 204 ||
	    response->status == 304)
		return false;
	if (response->sized && response->status < 300)
		return true;
	return (response->sized || transfer->policy->hold > IN_MEMORY) && may_hold(handle);
}

/*
 * Where a body of known length is about to come, its first byte is waited for:
 * a transfer that breaks before it can still be retried. A stream without a
 * length may be silent for long after its header, which is passed on at once.
 */
static enum handed end_last_block(struct handle *handle)
{
	struct response *response = &handle->transfer.response;

	response->last = waits_for_body(handle);
	response->deferred = response->last;
	/*
	 * From here on it is another protocol, in which the program speaks too (RFC 9110 §15.2.2).
	 */
	if (response->status == 101)
		response->delivered = true;
	return response->deferred ? HANDED_ALL : decide(handle);
}

static NOINLINE enum handed end_block(struct handle *handle)
{
	struct response *response = &handle->transfer.response;

	response->in_block = false;
	if (!may_continue(handle))
		return end_last_block(handle);
	response->deferred = true;
	if (response->status / 100 == 3)
		transfer_passes_hop(handle);
	return response->phase == PHASE_WATCHED || fill_hop(handle) ? HANDED_ALL : pass(handle);
}

/*
 * libcurl's own rule, by which "\r\r\n" ends a block too (of a CGI whose line ends have been
 * converted twice).
 */
static bool is_blank(const char *line, size_t length)
{
	return length && (line[0] == '\n' || line[0] == '\r');
}

/* Whether a header line would reach the program, or be asked for by a continuation. */
static bool headers_are_wanted(const struct handle *handle)
{
	return handle->set.header_function || handle->set.header_data ||
	       handle->transfer.resume.watched;
}

/* A line of another protocol's dialogue (FTP): the next may bring another answer. */
static NOINLINE bool hold_line(struct handle *handle, const char *line, size_t length)
{
	struct response *response = &handle->transfer.response;

	return hold_hop(response) && fill_hop(handle) &&
	       held_add(&response->held, HELD_HEADER, line, length) != HELD_NONE;
}

/* False: there is no room to hold it. */
static bool note_header(struct handle *handle, const char *line, size_t length)
{
	struct response *response = &handle->transfer.response;

	response->unclear = false;
	if (response->in_block) {
		note_field(handle, line, length);
	} else if (length > 5 && !memcmp(line, "HTTP/", 5)) {
		if (!begin_block(response, line, length))
			return false;
		cookies_note(handle);
	} else {
		return !headers_are_wanted(handle) || response->phase == PHASE_WATCHED ||
		       hold_line(handle, line, length);
	}
	return !headers_are_wanted(handle) ||
	       held_add(&response->held, HELD_HEADER, line, length) != HELD_NONE;
}

static bool ends_block(const struct response *response, const char *line, size_t length)
{
	return response->in_block && is_blank(line, length);
}

static size_t hold_header(struct handle *handle, char *data, size_t length)
{
	struct response *response = &handle->transfer.response;

	if (!note_header(handle, data, length)) {
		enum handed handed = pass(handle);

		if (handed != HANDED_ALL)
			return answer(response, handed, 0);
		return deliver_header(handle, data, length);
	}
	if (ends_block(response, data, length))
		return answer(response, end_block(handle), length);
	return length;
}

/*
 * The line is judged by when the program has taken it; that it has counts only
 * from where it would have been handed over if it were held.
 */
static size_t watch_header(struct handle *handle, char *data, size_t length)
{
	struct response *response = &handle->transfer.response;
	bool delivered = response->delivered;
	size_t taken = deliver_header(handle, data, length);

	if (taken != length)
		return taken;
	response->delivered = delivered;
	if (!note_header(handle, data, length))
		pass(handle);
	else if (ends_block(response, data, length))
		end_block(handle);
	return length;
}

/*
 * The program's own refusal, which libcurl words by its value; never what libcurl takes for
 * success.
 */
static size_t not_taken(size_t taken, size_t length)
{
	return taken == length ? 0 : taken;
}

typedef size_t (*deliver_function)(struct handle *, char *, size_t);

/* Passing, but a pause has left records behind, or libcurl repeats a line that was among them. */
static NOINLINE size_t pass_after_held(struct handle *handle, deliver_function deliver, char *data,
			      size_t length)
{
	struct response *response = &handle->transfer.response;
	size_t repeated = response->repeated;
	size_t taken;

	if (!held_is_empty(&response->held)) {
		enum handed handed = replay(handle);

		if (handed != HANDED_ALL)
			return answer(response, handed, repeated);
	}
	response->repeated = 0;
	if (length <= repeated)
		return length;
	taken = deliver(handle, data + repeated, length - repeated);
	if (taken == length - repeated)
		return length;
	if (taken == CURL_WRITEFUNC_PAUSE)
		response->repeated = repeated;
	return not_taken(taken, length);
}

/* All that is not a line which is only held. */
static NOINLINE size_t take_header(struct handle *handle, char *data, size_t length)
{
	struct response *response = &handle->transfer.response;

	if (handle->transfer.policy->stall_timeout_ms)
		transfer_moved(handle);
	response->spoken = true;
	switch (response->phase) {
	case PHASE_DOOMED:
	case PHASE_REFUSED:
		return length;
	case PHASE_HELD:
		return hold_header(handle, data, length);
	case PHASE_WATCHED:
		return watch_header(handle, data, length);
	case PHASE_IDLE:
		return deliver_header(handle, data, length);
	case PHASE_PASS:
		break;
	}
	/* What FTP says after the data matters to the program only in the last attempt. */
	if (handle->transfer.resume.offset.possible && headers_are_wanted(handle) &&
	    !handle->transfer.once && hold_line(handle, data, length))
		return length;
	if (!held_is_empty(&response->held) || response->repeated)
		return pass_after_held(handle, deliver_header, data, length);
	return deliver_header(handle, data, length);
}

/*
 * Whether a line of a header block means nothing to us: neither its end nor, maybe, one of
 * note_field's.
 */
static inline bool is_plain(const char *line, size_t length)
{
	/* By its first letter, where such a line has its colon. */
	static const unsigned char colon[32] = {
		['c' & 31] = sizeof("content-length") - 1,
		['l' & 31] = sizeof("location") - 1,
		['r' & 31] = sizeof("retry-after") - 1,
		['s' & 31] = sizeof("set-cookie") - 1,
		['u' & 31] = sizeof("upgrade") - 1,
	};
	size_t at;

	/* is_blank, or a line that is folded. */
	if (!length || (unsigned char)line[0] <= '\r')
		return false;
	at = colon[line[0] & 31];
	return at >= length || line[at] != ':';
}

size_t response_header(char *data, size_t size, size_t count, void *user)
{
	struct handle *handle = user;
	struct response *response = &handle->transfer.response;
	size_t length = size * count;

	/* Most lines, in as few instructions as can be. */
	if (response->phase == PHASE_HELD && response->in_block && handle->set.header_function &&
	    !handle->transfer.policy->stall_timeout_ms && is_plain(data, length) &&
	    held_has_room(&response->held, length)) {
		held_place(&response->held, HELD_HEADER, data, length);
		return length;
	}
	return take_header(handle, data, length);
}

/*
 * Bytes of the body, counted once the program has taken them; a continuation may begin with some
 * that it has.
 */
static size_t pass_body(struct handle *handle, char *data, size_t length)
{
	struct resume *resume = &handle->transfer.resume;
	size_t known = (curl_off_t)length < resume->skip ? length : (size_t)resume->skip;
	size_t taken;

	if (known && resume->offset.possible &&
	    !offset_has(&resume->offset, data, known, (size_t)resume->skip)) {
		handle->transfer.response.phase = PHASE_REFUSED;
		return 0;
	}
	if (known == length && length) {
		resume->skip -= (curl_off_t)length;
		return length;
	}
	if (resume_exceeds(resume, length - known)) {
		handle->transfer.response.phase = PHASE_REFUSED;
		return 0;
	}
	taken = deliver_body(handle, data + known, length - known);
	if (taken != length - known)
		return not_taken(taken, length);
	if (resume->offset.late)
		offset_note(&resume->offset, data + known, taken);
	resume->skip = 0;
	resume->bytes += (curl_off_t)taken;
	return length;
}

static size_t drain(struct response *response, size_t length)
{
	response->drained += length;
	if (response->drained <= DRAIN_MAX)
		return length;
	response->overrun = true;
	return 0;
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
	const struct response *response = &handle->transfer.response;

	if (!handle->set.header || response->in_block)
		return handle->set.header;
	return !response->unclear && !response->last && may_begin(data, length);
}

/* A protocol whose answer is a file: none in which the two sides take turns. */
static bool is_file(struct handle *handle)
{
	static const char *const schemes[] = { "ftp",  "ftps", "sftp",	 "scp",
					       "tftp", "file", "gopher", "gophers" };
	struct target target;

	target_of(handle, &target);
	if (target.http)
		return target.scheme[0] == 'h';
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (!strcmp(target.scheme, schemes[i]))
			return true;
	}
	return false;
}

/* At a body's first byte. */
static bool begins_to_hold(struct handle *handle)
{
	struct response *response = &handle->transfer.response;
	int64_t hold = handle->transfer.policy->hold;
	curl_off_t length = -1;

	if (!may_hold(handle) || (handle->set.header && !response->status))
		return false;
	handle->libcurl->easy_getinfo(handle->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	if (length > hold || (length < 0 && (hold <= IN_MEMORY || !is_file(handle))))
		return false;
	response->holding = true;
	response->length = length;
	response->body = 0;
	return true;
}

/* Where the body is decoded, libcurl alone knows when it is whole. */
static bool is_whole(const struct handle *handle)
{
	const struct response *response = &handle->transfer.response;

	return response->length >= 0 && response->body >= response->length &&
	       !handle->set.accept_encoding;
}

static bool add_to_held_body(struct handle *handle, const char *data, size_t length)
{
	struct response *response = &handle->transfer.response;
	bool spooled = response->length < 0 || response->length > IN_MEMORY;
	bool held = spooled ? held_add_spooled(&response->held, data, length) :
			      held_add(&response->held, HELD_BODY, data, length) != HELD_NONE;

	if (!held)
		transfer_cannot_keep(handle, false, spooled ? errno : ENOMEM);
	response->body += (int64_t)length;
	return held;
}

static size_t hold_piece(struct handle *handle, char *data, size_t length)
{
	struct response *response = &handle->transfer.response;
	enum handed handed;

	if (response->body + (int64_t)length <= handle->transfer.policy->hold &&
	    add_to_held_body(handle, data, length))
		return is_whole(handle) ? answer(response, pass(handle), length) : length;
	handed = pass(handle);
	if (handed != HANDED_ALL)
		return answer(response, handed, 0);
	return pass_body(handle, data, length);
}

static size_t hold_body(struct handle *handle, char *data, size_t length)
{
	struct response *response = &handle->transfer.response;
	enum handed handed;

	if (response->holding)
		return hold_piece(handle, data, length);

	if (may_be_header(handle, data, length) &&
	    held_add(&response->held, HELD_BODY, data, length) != HELD_NONE) {
		response->unclear = !response->in_block;
		return length;
	}
	if (begins_to_hold(handle))
		return hold_piece(handle, data, length);
	handed = decide(handle);
	if (handed != HANDED_ALL)
		return answer(response, handed, 0);
	if (response->phase == PHASE_DOOMED)
		return drain(response, length);
	return response->phase == PHASE_PASS ? pass_body(handle, data, length) : 0;
}

static size_t watch_body(struct handle *handle, char *data, size_t length)
{
	struct response *response = &handle->transfer.response;
	bool delivered = response->delivered;
	size_t taken;

	if (!may_be_header(handle, data, length)) {
		decide(handle);
		return pass_body(handle, data, length);
	}
	taken = deliver_body(handle, data, length);
	if (taken != length)
		return taken;
	response->delivered = delivered;
	response->unclear = !response->in_block;
	return length;
}

size_t response_body(char *data, size_t size, size_t count, void *user)
{
	struct handle *handle = user;
	struct response *response = &handle->transfer.response;
	size_t length = size * count;

	if (handle->transfer.policy->stall_timeout_ms)
		transfer_moved(handle);
	switch (response->phase) {
	case PHASE_DOOMED:
		return drain(response, length);
	case PHASE_HELD:
		return hold_body(handle, data, length);
	case PHASE_WATCHED:
		return watch_body(handle, data, length);
	case PHASE_REFUSED:
		return 0;
	case PHASE_IDLE:
		return deliver_body(handle, data, length);
	case PHASE_PASS:
		break;
	}
	if (!held_is_empty(&response->held) || response->repeated)
		return pass_after_held(handle, pass_body, data, length);
	return pass_body(handle, data, length);
}

bool response_field(const struct response *response, const char *name, const char **value,
		    size_t *length)
{
	struct held_piece piece;
	size_t at = response->block;

	while (at != HELD_NONE && held_at(&response->held, at, &piece, &at)) {
		if (piece.kind == HELD_BLOCK && piece.offset != response->block)
			return false;
		if (piece.kind == HELD_HEADER &&
		    field(piece.data, piece.length, name, value, length))
			return true;
	}
	return false;
}

bool response_field_differs(const struct response *response, const char *name)
{
	const char *first = NULL, *value;
	size_t first_length = 0, length;
	struct held_piece piece;
	size_t at = response->block;

	while (at != HELD_NONE && held_at(&response->held, at, &piece, &at)) {
		if (piece.kind == HELD_BLOCK && piece.offset != response->block)
			break;
		if (piece.kind != HELD_HEADER ||
		    !field(piece.data, piece.length, name, &value, &length))
			continue;
		if (first && (length != first_length || memcmp(value, first, length) != 0))
			return true;
		first = value;
		first_length = length;
	}
	return false;
}

bool response_is_broken_off(const struct response *response)
{
	struct held_piece piece;
	const char *value;
	size_t length, lines = 0, at = response->block;

	if (!response->in_block || response->sized ||
	    response_field(response, "Transfer-Encoding", &value, &length))
		return response->in_block;
	while (at != HELD_NONE && held_at(&response->held, at, &piece, &at))
		lines += piece.kind == HELD_HEADER;
	return lines < 2;
}

enum flushed response_flush(struct handle *handle)
{
	struct response *response = &handle->transfer.response;
	enum handed handed;

	if (response->phase == PHASE_DOOMED || response->phase == PHASE_REFUSED)
		return FLUSHED;
	handle->transfer.pause = CURLPAUSE_CONT;
	handed = response->phase == PHASE_PASS ? replay(handle) : pass(handle);
	return handed == HANDED_ALL   ? FLUSHED :
	       handed == HANDED_PAUSE ? FLUSH_PAUSED :
					FLUSH_REFUSED;
}

bool response_getinfo(const struct response *response, CURLINFO info, void *out)
{
	const struct hop *hop = response->hop;

	if (!hop)
		return false;
	for (size_t i = 0; i < HOP_NUMBERS; i++) {
		if (info == hop_numbers[i]) {
			*(long *)out = hop->number[i];
			return true;
		}
	}
	for (size_t i = 0; i < HOP_TEXTS; i++) {
		if (info == hop_texts[i]) {
			*(char **)out =
				hop->text[i] ? held_bytes(&response->held, hop->text[i]) : NULL;
			return true;
		}
	}
	if (info == CURLINFO_SCHEME)
		*(char **)out = hop->scheme;
	return info == CURLINFO_SCHEME;
}
