/* SPDX-License-Identifier: MIT */
#include "answer.h"

#include <string.h>
#include <time.h>

#include "config/ascii.h"
#include "config/parse.h"

/*
 * What is not done for each line: kept out of the functions that are, which then save fewer
 * registers.
 */
#define NOINLINE __attribute__((noinline))

_Static_assert(_Alignof(struct hop) <= _Alignof(struct held_record),
	       "a record's bytes are aligned");

void answer_begin(struct answer *answer, bool continuation)
{
	struct answer fresh = {
		.program = answer->program,
		.cookies = answer->cookies,
		.held = answer->held,
		.block = HELD_NONE,
		.retry_after = -1,
	};

	*answer = fresh;
	held_begin(&answer->held, continuation);
	cookies_begin(answer->cookies);
}

void answer_drop(struct answer *answer)
{
	held_drop(&answer->held);
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

/* A name's letters in any case; of eight bytes, 0 where they are alike. */
static inline uint64_t differ(const char *line, const char *name)
{
	uint64_t word, known, letters;

	memcpy(&word, line, sizeof(word));
	memcpy(&known, name, sizeof(known));
	letters = (known & UINT64_C(0x4040404040404040)) >> 1;
	return (word ^ known) & ~letters;
}

/*
 * As field(), of a NAME that is a constant of 8 to 16 letters and hyphens, with its colon: two
 * words, which may overlap.
 */
static inline __attribute__((always_inline)) bool
known_field(const char *line, size_t length, const char *name, const char **value, size_t *n)
{
	size_t whole = strlen(name), last = whole - sizeof(uint64_t);

	if (length < whole || differ(line, name) | differ(line + last, name + last))
		return false;
	while (length > whole && (line[length - 1] == '\n' || line[length - 1] == '\r'))
		length--;
	*value = line + whole;
	*n = length - whole;
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

static void note_field(struct answer *answer, const char *line, size_t length)
{
	const char *value;
	size_t n;

	/*
	 * Most lines are none of these; answer_is_plain(), which spares them this, goes by the same
	 * names.
	 */
	switch (line[0] | 0x20) {
	case 'c':
		if (known_field(line, length, "Content-Length:", &value, &n))
			answer->sized = !is_zero(value, n);
		break;
	case 'l':
		if (known_field(line, length, "Location:", &value, &n))
			answer->location = true;
		break;
	case 'r':
		if (known_field(line, length, "Retry-After:", &value, &n) &&
		    !parse_retry_after(&answer->retry_after, value, n, time(NULL)))
			answer->retry_after = -1;
		break;
	case 's':
		if (known_field(line, length, "Set-Cookie:", &value, &n))
			cookies_note_set(answer->cookies, value, n);
		break;
	case 'u':
		if (known_field(line, length, "Upgrade:", &value, &n) && contains(value, n, "h2c"))
			answer->upgrade_h2c = true;
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

static bool hold_hop(struct answer *answer)
{
	static const struct hop unfilled;

	answer->block = held_add(&answer->held, HELD_BLOCK, &unfilled, sizeof(unfilled));
	return answer->block != HELD_NONE;
}

static NOINLINE bool begin_block(struct answer *answer, const char *line, size_t length)
{
	answer->in_block = true;
	answer->unclear = false;
	answer->deferred = false;
	answer->last = false;
	answer->sized = false;
	answer->location = false;
	answer->upgrade_h2c = false;
	answer->connect_status = 0;
	answer->retry_after = -1;
	answer->status = status_of(line, length);
	return hold_hop(answer);
}

static bool is_connect_reply(struct answer *answer, int status)
{
	long code = 0;

	answer->program->libcurl->easy_getinfo(answer->program->easy, CURLINFO_RESPONSE_CODE,
					       &code);
	return code != status;
}

bool answer_may_go_on(struct answer *answer)
{
	int status = answer->status;

	if (status / 100 == 1)
		return status != 101 || answer->upgrade_h2c;
	if (is_connect_reply(answer, status)) {
		answer->connect_status = status < 300 ? 0 : status;
		return true;
	}
	if (status / 100 == 3)
		return answer->location && answer->program->set.follow_location;
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

static bool fill_text(struct answer *answer, struct hop *hop, size_t i)
{
	char *text = NULL;

	answer->program->libcurl->easy_getinfo(answer->program->easy, hop_texts[i], &text);
	if (text)
		hop->text[i] = held_add(&answer->held, HELD_TEXT, text,
					strlen(text) + 1);
	return hop->text[i] != HELD_NONE;
}

bool answer_fill_hop(struct answer *answer)
{
	const struct libcurl *libcurl = answer->program->libcurl;
	struct hop hop = { .filled = true };

	for (size_t i = 0; i < HOP_NUMBERS; i++)
		libcurl->easy_getinfo(answer->program->easy, hop_numbers[i], &hop.number[i]);
	libcurl->easy_getinfo(answer->program->easy, CURLINFO_SCHEME, &hop.scheme);
	for (size_t i = 0; i < HOP_TEXTS; i++) {
		if (!fill_text(answer, &hop, i))
			return false;
	}
	memcpy(held_bytes(&answer->held, answer->block), &hop, sizeof(hop));
	return true;
}

bool answer_hold_reply(struct answer *answer, const char *line, size_t length)
{
	return hold_hop(answer) && answer_fill_hop(answer) &&
	       held_add(&answer->held, HELD_HEADER, line, length) != HELD_NONE;
}

bool answer_note(struct answer *answer, const char *line, size_t length, bool wanted,
		 bool dialogue)
{
	answer->unclear = false;
	if (answer->in_block) {
		note_field(answer, line, length);
	} else if (length > 5 && !memcmp(line, "HTTP/", 5)) {
		if (!begin_block(answer, line, length))
			return false;
		cookies_note(answer->cookies, answer->status);
	} else {
		return !wanted || !dialogue || answer_hold_reply(answer, line, length);
	}
	return !wanted || held_add(&answer->held, HELD_HEADER, line, length) != HELD_NONE;
}

bool answer_field(const struct answer *answer, const char *name, const char **value,
		    size_t *length)
{
	struct held_piece piece;
	size_t at = answer->block;

	while (at != HELD_NONE && held_at(&answer->held, at, &piece, &at)) {
		if (piece.kind == HELD_BLOCK && piece.offset != answer->block)
			return false;
		if (piece.kind == HELD_HEADER &&
		    field(piece.data, piece.length, name, value, length))
			return true;
	}
	return false;
}

bool answer_field_differs(const struct answer *answer, const char *name)
{
	const char *first = NULL, *value;
	size_t first_length = 0, length;
	struct held_piece piece;
	size_t at = answer->block;

	while (at != HELD_NONE && held_at(&answer->held, at, &piece, &at)) {
		if (piece.kind == HELD_BLOCK && piece.offset != answer->block)
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

bool answer_misses_more(const struct answer *answer)
{
	struct held_piece piece;
	const char *value;
	size_t length, lines = 0, at = answer->block;

	if (answer->sized || answer_field(answer, "Transfer-Encoding", &value, &length))
		return true;
	while (at != HELD_NONE && held_at(&answer->held, at, &piece, &at))
		lines += piece.kind == HELD_HEADER;
	return lines < 2;
}

/* NULL for the last block, and where lines have come in no block. */
static const struct hop *hop_of_block(struct answer *answer)
{
	struct hop *hop;

	if (answer->block == HELD_NONE)
		return NULL;
	hop = held_bytes(&answer->held, answer->block);
	return hop->filled ? hop : NULL;
}

void answer_tell_of(struct answer *answer, size_t offset)
{
	answer->block = offset;
	answer->hop = hop_of_block(answer);
}

bool answer_getinfo(const struct answer *answer, CURLINFO info, void *out)
{
	const struct hop *hop = answer->hop;

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
				hop->text[i] ? held_bytes(&answer->held, hop->text[i]) : NULL;
			return true;
		}
	}
	if (info == CURLINFO_SCHEME)
		*(char **)out = hop->scheme;
	return info == CURLINFO_SCHEME;
}
