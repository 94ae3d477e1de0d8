/* SPDX-License-Identifier: MIT */
/*
 * Going on from a byte: a response that broke off after bytes of it had reached
 * the program is continued by a range request (RFC 9110 §13.1.5, §14.2), and
 * joined only to a part of the same representation. Files: see offset.h.
 */
#ifndef CURLRETRY_RESUME_H
#define CURLRETRY_RESUME_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/parse.h"
#include "program/progress.h"
#include "answer.h"
#include "headers.h"
#include "offset.h"

struct target;

#define RESUME_ENCODING_MAX 32

struct resume {
	struct program *program;
	const struct answer *answer;	/* of the attempt that is judged */
	bool watched;		/* the program's options allow it: see resume_begin() */
	bool active;		/* at least one continuation was begun; until the next transfer */
	curl_off_t start;	/* of the program's own range, else 0 */
	curl_off_t end;		/* its last byte; -1: to the end */
	struct tally tally;
	curl_off_t counted;	/* of these, when attempts were last counted from 1 */
	/* of a response from the first byte: what the program has already */
	curl_off_t skip;
	curl_off_t whole;	/* the body's length, as a response has it; -1: none has said */
	curl_off_t limit;	/* how far the part reaches that comes; -1: not said */
	bool own_field;		/* the program has written the range as a field of its own */
	struct content_range own;	/* then what the first response says of it */
	char encoding[RESUME_ENCODING_MAX];	/* of the first response; empty: none */
	int64_t ended;		/* when the transfer was over, monotonic ms; 0: under way */
	long real_status;	/* what libcurl itself said then */
	curl_off_t real_took;	/* us */
	long status;		/* of the first response */
	char *content_type;	/* of the first response; a copy, owned; NULL: it has none */
	char *url;		/* where the first response came from; a copy, owned */
	curl_off_t file_time;	/* likewise, as far as the program has asked for it; -1: unknown */
	CURLcode error;		/* with which it broke off */
	char message[CURL_ERROR_SIZE];
	char validator[256];	/* as the first response has it */
	bool by_date;		/* it is a Last-Modified, else an ETag */
	char range[64];
	char if_range[300];
	struct curl_slist list;	/* If-Range, in front of the program's own fields */
	struct offset offset;
	struct headers headers;	/* of the first response */
};

enum resume_answer {
	RESUME_JOIN,	/* what follows is what comes next, but for resume.skip bytes */
	RESUME_REFUSE,	/* it is not: nothing of it may reach the program */
};

/* At the start of a transfer. */
void resume_begin(struct resume *resume);

/*
 * Whether the transfer, whose attempt has ended after bytes had reached the program, can go on from
 * a byte.
 */
bool resume_may(struct resume *resume, const struct target *target);

/* Whether so much has come since attempts were last counted that they count from 1 again. */
bool resume_has_progressed(struct resume *resume);

/* Before a continuation: asks for the rest. ERROR is what the attempt ended with. */
void resume_install(struct resume *resume, CURLcode error);

/* At the end of a continuation's last header block. */
enum resume_answer resume_judge(struct resume *resume);

/* Bytes of a body that are none of the whole's: nothing more may be taken. */
#define RESUME_STRANGE SIZE_MAX

/* How many of the first of LENGTH bytes at DATA the program has already; or RESUME_STRANGE. */
size_t resume_known(const struct resume *resume, const char *data, size_t length);

/* Bytes that it has already have come, and were dropped. */
void resume_skip(struct resume *resume, size_t length);

/* The program has taken LENGTH bytes at DATA, which come next in the whole. */
static inline void resume_count(struct resume *resume, const char *data, size_t length)
{
	if (resume->offset.late)
		offset_note(&resume->offset, data, length);
	resume->skip = 0;
	resume->tally.bytes += (curl_off_t)length;
	assert(!resume->active || resume->whole < 0 || resume->tally.bytes <= resume->whole);
}

/* A continuation has ended well without a byte: whether there are no more. */
bool resume_is_complete(struct resume *resume);

/*
 * The transfer is over: from here on, resume_getinfo() answers of it until the handle is used for
 * another. JOINED: the last continuation was taken.
 */
void resume_end(struct resume *resume, bool joined);

/* Whether what the program asks of its last transfer is about one that was continued. */
bool resume_is_told(const struct resume *resume);

/* Whether a continuation that ended well has left bytes out. */
static inline bool resume_is_short(const struct resume *resume)
{
	return resume->active &&
	       (resume->skip > 0 || (resume->whole >= 0 && resume->tally.bytes < resume->whole));
}

/* The transfer ends as if it had not been continued; returns its code. */
CURLcode resume_fail(const struct resume *resume);

/* curl_easy_getinfo, for a transfer that was continued; false: libcurl's answer is right. */
bool resume_getinfo(const struct resume *resume, CURLINFO info, void *out);

/* Forgets what the functions above tell of the last transfer. */
void resume_free(struct resume *resume);

#endif
