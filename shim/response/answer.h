/* SPDX-License-Identifier: MIT */
/*
 * What an attempt's answer says of itself: its header blocks, one after the
 * other, read as they come and held, and the facts that it is judged by.
 *
 * Owns what it holds; used by one thread at a time.
 */
#ifndef CURLRETRY_ANSWER_H
#define CURLRETRY_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cookies.h"
#include "held.h"
#include "program/program.h"

#define HOP_NUMBERS 5
#define HOP_TEXTS 3

/*
 * What curl_easy_getinfo said at the end of a header block that was not the
 * last, or with a line that is in none (FTP).
 */
struct hop {
	bool filled;
	long number[HOP_NUMBERS];
	size_t text[HOP_TEXTS];	/* offsets in the held bytes, 0: NULL */
	char *scheme;		/* libcurl's */
};

struct answer {
	struct program *program;
	struct cookies *cookies;	/* which are told of each Set-Cookie */
	struct held held;
	/* while an earlier block is handed over: what getinfo answers */
	const struct hop *hop;
	size_t block;			/* offset of the current block's record */
	bool spoken;			/* a header line has come; of FTP, a reply */
	bool in_block;			/* a status line has come, its block has not ended */
	/* the last record may be a body's first bytes, or a header line */
	bool unclear;
	bool deferred;			/* the last block may be followed by another */
	bool last;			/* it will not, but its body is waited for */
	/* fields of the current block: a body that is not empty follows */
	bool sized;
	bool location;
	bool upgrade_h2c;
	int status;			/* of the last block that is not 1xx, 0: none */
	int connect_status;		/* of a proxy that has refused CONNECT, else 0 */
	int64_t retry_after;		/* of the last block, ms; -1: none */
};

/* A new attempt: nothing known; nothing held, but for what a CONTINUATION goes by. */
void answer_begin(struct answer *answer, bool continuation);

/* Nothing of it is to be handed over. */
void answer_drop(struct answer *answer);

/*
 * A header line. It is held where it is WANTED, by the program or a continuation, and one of
 * another protocol's dialogue (FTP) where that DIALOGUE is held too. False: there is no room.
 */
bool answer_note(struct answer *answer, const char *line, size_t length, bool wanted,
		 bool dialogue);

/* A line of a dialogue, held beside what getinfo says with it. False: there is no room. */
bool answer_hold_reply(struct answer *answer, const char *line, size_t length);

/*
 * Whether the LINE, noted already, ends its block: by libcurl's own rule, by which "\r\r\n" does
 * too (of a CGI whose line ends have been converted twice).
 */
static inline bool answer_ends_block(const struct answer *answer, const char *line, size_t length)
{
	return answer->in_block && length && (line[0] == '\n' || line[0] == '\r');
}

/*
 * Whether a line of a header block means nothing to us: neither its end nor, maybe, a field that
 * answer_note() looks for. Inlined: most lines are.
 */
static inline bool answer_is_plain(const char *line, size_t length)
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

	/* A blank line, or one that is folded. */
	if (!length || (unsigned char)line[0] <= '\r')
		return false;
	at = colon[line[0] & 31];
	return at >= length || line[at] != ':';
}

/* After a block: whether libcurl may go on by itself, with another request or another block. */
bool answer_may_go_on(struct answer *answer);

/*
 * After a block that may not be the last: what getinfo says now belongs to it, and later will be
 * the last one's. False: there is no room.
 */
bool answer_fill_hop(struct answer *answer);

/*
 * While the block of the record at OFFSET is handed over, getinfo answers of it; HELD_NONE, and the
 * last block: libcurl does.
 */
void answer_tell_of(struct answer *answer, size_t offset);

/* A field of the last block that is held, or was handed over; with the blanks around its value. */
bool answer_field(const struct answer *answer, const char *name, const char **value,
		  size_t *length);

/* Whether that block has the field twice, with two values. */
bool answer_field_differs(const struct answer *answer, const char *name);

/*
 * Of a block that has not ended, whether it is broken off. Servers there are that leave out a
 * header's blank line, each time: it is not where it has fields, and none of them promises a body.
 */
bool answer_misses_more(const struct answer *answer);

/* Whether the attempt has ended within a header, which libcurl takes for a success. */
static inline bool answer_is_broken_off(const struct answer *answer)
{
	return answer->in_block && answer_misses_more(answer);
}

/*
 * curl_easy_getinfo from within a callback that is handed a held block; false: libcurl knows
 * better.
 */
bool answer_getinfo(const struct answer *answer, CURLINFO info, void *out);

#endif
