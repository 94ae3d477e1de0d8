/* SPDX-License-Identifier: MIT */
/*
 * Bytes to where the log goes, at once or not at all: no function here waits for a reader, raises a
 * signal, or changes the open file description that the program shares with others.
 *
 * Thread-safe, without locks; nothing is allocated, and no descriptor is kept.
 */
#ifndef CURLRETRY_SINK_H
#define CURLRETRY_SINK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Remembers what standard error is. It runs by itself when the shim is loaded, before the program
 * can have opened a file of its own; a descriptor 2 that is another file later, or was closed then,
 * is the program's. So is a socket that is descriptor 0 or 1 too, at either time: its conversation
 * with somebody. journald's may be 1.
 */
void sink_init(void);

/* Whether all was written; if nothing was, errno says why. LENGTH is at most PIPE_BUF. */
bool sink_standard_error(const char *text, size_t length);

/* Likewise, of any length. FD is open with O_NONBLOCK, and nobody else's. */
bool sink_own(int fd, const char *text, size_t length);

#endif
