/* SPDX-License-Identifier: MIT */
/*
 * Held headers, doomed bodies, delivery.
 *
 * The header lines of an attempt are held until its final response can be
 * judged: at the end of its header block, at the first byte of its body where
 * libcurl may yet go on by itself (a redirect, an authentication round) or a
 * body of known length is about to come, or at the attempt's end. From then on everything is passed
 * straight through, or held until it is whole (CURLRETRY_HOLD), or, where the attempt will be
 * retried, drained into nothing.
 */
#ifndef CURLRETRY_RESPONSE_H
#define CURLRETRY_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "handle.h"

/*
 * Takes memory for most responses, if there is any. Not in the first transfer:
 * among what libcurl allocates there, glibc may have to fetch the heap's end
 * from the kernel for each of the next (seen with 100 transfers at once: 15 % of their time).
 */
void response_reserve(struct handle *handle);

/* A new attempt, of a transfer that will be repeated or not. */
void response_begin(struct handle *handle);

/*
 * The callbacks for CURLOPT_HEADERFUNCTION and CURLOPT_WRITEFUNCTION; the last argument is the
 * struct handle.
 */
size_t response_header(char *data, size_t size, size_t count, void *handle);
size_t response_body(char *data, size_t size, size_t count, void *handle);

/*
 * What a continuation has brought beside the body is dropped: the program has seen the first one's.
 */
void response_join(struct handle *handle);

/* What has become of what was still held at the attempt's end. */
enum flushed {
	FLUSHED,
	FLUSH_PAUSED,	/* by the program: to be called again when it has set the transfer free */
	FLUSH_REFUSED,
};

/* At the attempt's end: hands over what is still held. */
enum flushed response_flush(struct handle *handle);

/*
 * No retry comes of a doomed answer, which is handed over as far as it was kept; *code, with which
 * its attempt has ended, becomes what the program shall see.
 */
void response_revive(struct handle *handle, CURLcode *code);

/* At the end of a transfer: a large buffer is given back. */
void response_end(struct handle *handle);

#endif
