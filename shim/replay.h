/* SPDX-License-Identifier: MIT */
/* What was read from a program's callback, kept to be read again. One thread at a time. */
#ifndef CURLRETRY_REPLAY_H
#define CURLRETRY_REPLAY_H

#include <stdbool.h>
#include <stddef.h>

struct replay {
	char *kept;		/* from the first byte; owned */
	size_t used;
	size_t size;
	size_t at;		/* how far the kept bytes have been read again */
	bool overflowed;	/* more was read than may be kept: nothing is */
};

/* Keeps DATA, what was read last, unless there are more than LIMIT bytes in all. */
void replay_keep(struct replay *replay, const char *data, size_t length, size_t limit);

/* Reads again; 0: nothing is left, and the program is to be asked. */
size_t replay_read(struct replay *replay, char *buffer, size_t length);

/* What is read next is the byte at OFFSET. False: that was not kept. */
bool replay_seek(struct replay *replay, size_t offset);

/* Nothing is kept so far, but the memory for it. */
void replay_begin(struct replay *replay);

void replay_drop(struct replay *replay);

#endif
