/* SPDX-License-Identifier: MIT */
/* What was read from a program's callback, kept to be read again. One thread at a time. */
#ifndef CURLRETRY_REPLAY_H
#define CURLRETRY_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "process/spool.h"

struct replay {
	struct spool kept;	/* from the first byte */
	int64_t at;		/* how far it has been read again */
	bool overflowed;	/* more was read than may be kept: nothing is */
};

/*
 * What replay_read() returns where bytes that were kept cannot be read: the attempt must be given
 * up.
 */
#define REPLAY_LOST SIZE_MAX

/*
 * Keeps DATA, what was read last, unless there are more than LIMIT bytes in
 * all, or there is no room for them: then all is let go. False: there was no
 * room, which errno explains.
 */
bool replay_keep(struct replay *replay, const char *data, size_t length, int64_t limit);

/* Reads again; 0: nothing is left, and the program is to be asked. */
size_t replay_read(struct replay *replay, char *buffer, size_t length);

/* What is read next is the byte at OFFSET. False: that was not kept. */
bool replay_seek(struct replay *replay, int64_t offset);

/* Nothing is kept so far, but the memory for it. */
void replay_begin(struct replay *replay);

void replay_drop(struct replay *replay);

#endif
