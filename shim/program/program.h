/* SPDX-License-Identifier: MIT */
/*
 * An easy handle as its program has made it, and where the transfer on it
 * stands: what each part of us goes by. A part has a struct of its own beside
 * it, which points here and which no other part changes.
 *
 * A struct program lives in the struct handle, and is used by one thread at a time.
 */
#ifndef CURLRETRY_PROGRAM_H
#define CURLRETRY_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "config/policy.h"
#include "libcurl/symbols.h"
#include "options.h"

struct program {
	CURL *easy;
	const struct libcurl *libcurl;
	struct options set;
	unsigned ours;			/* enum owner: what of it stands on the easy handle */

	/* of the transfer that runs; where none does, a policy that asks for nothing */
	const struct policy *policy;
	/* it will never be sent again: the program's callbacks are called as without us */
	bool once;
	bool retried;			/* an attempt has been repeated */
	/* the answer that comes is not the program's: a retry follows */
	bool doomed;
	uint64_t id;
	int64_t started;		/* ms, monotonic */
	/* from 1; again from 1 where a resumed body has progressed */
	int attempt;
	int paused;			/* CURLPAUSE_ bits: what it holds up in this attempt */
	/* likewise, from before this attempt on; libcurl does not know of it */
	int paused_before;
	/* the fault on purpose that this attempt suffers; NULL: none */
	const struct fault *fault;
	/* its URL, where another stands on the easy handle for the fault's sake; or NULL */
	const char *shown_url;
};

/* Into the program's error buffer, if it has one (CURLOPT_ERRORBUFFER). */
void program_say(const struct program *program, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* An option of the easy handle's, past what the program has set. */
static inline void program_set_long(const struct program *program, CURLoption option, long value)
{
	program->libcurl->easy_setopt(program->easy, option, value);
}

static inline void program_set_pointer(const struct program *program, CURLoption option,
				       const void *value)
{
	program->libcurl->easy_setopt(program->easy, option, value);
}

#endif
