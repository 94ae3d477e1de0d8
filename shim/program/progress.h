/* SPDX-License-Identifier: MIT */
/* The progress callback: the program's own, a watch for stalls, and the waits between attempts. */
#ifndef CURLRETRY_PROGRESS_H
#define CURLRETRY_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "program.h"

/*
 * How often in a wait. INTERFACE: it goes on being called, and ends the transfer within a second.
 */
#define PROGRESS_EVERY_MS 200

/* How far a body has come that is continued from attempt to attempt. */
struct tally {
	curl_off_t bytes;		/* of the body, handed over since the transfer began */
	curl_off_t total;		/* as the first response has it; -1: it does not say */
};

struct progress {
	struct program *program;
	/* what the program is told of; NULL: of the attempt, as libcurl counts */
	const struct tally *tally;
	bool stalled;			/* we aborted the attempt: nothing moved */
	bool late;			/* we aborted a doomed attempt: its retry is overdue */
	int64_t moved;			/* when bytes last came or went, monotonic ms */
	curl_off_t moved_bytes;
	int64_t drained_by;		/* when a doomed body is abandoned */
	/* of what libcurl has received, so much has been let through; NULL: all of it */
	const curl_off_t *passed;
	curl_off_t shown;		/* the most bytes that the program was told of */
	curl_off_t shown_before;	/* likewise, in the attempts before this one */
};

/* A new transfer. */
void progress_begin(struct progress *progress);

/* A new attempt. */
void progress_begin_attempt(struct progress *progress);

/* Whether the program has a progress callback that is switched on. */
bool progress_is_wanted(const struct program *program);

/*
 * At the start of a transfer: ours, where it is needed for the program's, or to watch for stalls.
 */
void progress_arm(struct progress *progress);

/* Ours, needed or not; also from within another callback of libcurl's. */
void progress_install(struct progress *progress);

/* Bytes have come or gone: the attempt is not stalled. */
static inline bool progress_is_watched(const struct progress *progress)
{
	return progress->program->policy->stall_timeout_ms != 0;
}
void progress_note(struct progress *progress);

/* What is left of a doomed body comes until then; MS from now at most. */
void progress_drain(struct progress *progress, int64_t ms);

/* When progress_must_abort() has to be asked again, monotonic ms; INT64_MAX: not at all. */
int64_t progress_due(const struct progress *progress);

/*
 * For a member of a multi handle, whose callbacks may stay away: asks what
 * they would ask. True: the attempt is to be aborted.
 */
bool progress_must_abort(struct progress *progress);

/* Calls the program's callback as before the first byte; true: it wants to abort. */
bool progress_aborts_wait(struct progress *progress);

#endif
