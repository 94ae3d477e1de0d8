/* SPDX-License-Identifier: MIT */
/*
 * Held headers, doomed bodies, delivery.
 *
 * The header lines of an attempt are held until its final response can be
 * judged: at the end of its header block, at the first byte of its body where
 * libcurl may yet go on by itself (a redirect, an authentication round) or a
 * body of known length is about to come, or at the attempt's end. From then on everything is passed
 * straight through, or, where the attempt will be retried, drained into nothing.
 */
#ifndef CURLRETRY_RESPONSE_H
#define CURLRETRY_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "response/held.h"
#include "libcurl/symbols.h"

struct handle;

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

/* A doomed body is drained so far, to keep the connection. */
#define DRAIN_MAX (64 * 1024)

enum phase {
	PHASE_HELD,
	PHASE_WATCHED,	/* likewise of a transfer that is sent once: all is passed on as it comes */
	PHASE_DOOMED,
	PHASE_PASS,
	PHASE_REFUSED,	/* a continuation that is none: aborted at its first byte */
	PHASE_IDLE,	/* no transfer of ours: what comes is the program's as it is */
};

struct response {
	enum phase phase;
	struct held held;
	size_t repeated;		/* bytes of a paused line that libcurl will give us again */
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
	size_t cookies_length;
	int status;			/* of the last block that is not 1xx, 0: none */
	int connect_status;		/* of a proxy that has refused CONNECT, else 0 */
	int64_t retry_after;		/* of the last block; -1: none */
	bool holding;			/* the body is held until it is whole */
	int64_t length;			/* of that body; -1: not known */
	int64_t body;			/* how much of it has come */
	bool delivered;			/* bytes have reached the program */
	bool overrun;			/* we aborted a doomed body */
	size_t drained;
	/* names of Set-Cookie, each ended by '=', in all blocks of this attempt; owned */
	char *cookies;
	size_t cookies_size;
};

/*
 * Takes memory for most responses, if there is any. Not in the first transfer:
 * among what libcurl allocates there, glibc may have to fetch the heap's end
 * from the kernel for each of the next (seen with 100 transfers at once: 15 % of their time).
 */
void response_reserve(struct response *response);

/* A new attempt: nothing known; nothing held, but for what a CONTINUATION goes by. */
void response_begin(struct response *response, bool continuation);

/* Of an attempt that will not be repeated whatever comes. */
void response_watch(struct response *response);

/* A field of the last block that is held, or was handed over. */
bool response_field(const struct response *response, const char *name, const char **value,
		    size_t *length);

/* Whether that block has the field twice, with two values. */
bool response_field_differs(const struct response *response, const char *name);

/* Whether a Set-Cookie of this attempt has the name. */
bool response_sets_cookie(const struct response *response, const char *name, size_t length);

/* At the end of a transfer: a large buffer is given back. */
void response_end(struct response *response);

/*
 * The callbacks for CURLOPT_HEADERFUNCTION and CURLOPT_WRITEFUNCTION; the last argument is the
 * struct handle.
 */
size_t response_header(char *data, size_t size, size_t count, void *handle);
size_t response_body(char *data, size_t size, size_t count, void *handle);

/*
 * What a continuation has brought beside the body is dropped: the program has seen the first one's.
 */
void response_join(struct response *response);

/*
 * Whether the attempt has ended within a header, which libcurl takes for a success. Servers there
 * are that leave out a header's blank line, each time: it is not broken off where it has fields,
 * and none of them promises a body.
 */
bool response_is_broken_off(const struct response *response);

/* What has become of what was still held at the attempt's end. */
enum flushed {
	FLUSHED,
	FLUSH_PAUSED,	/* by the program: to be called again when it has set the transfer free */
	FLUSH_REFUSED,
};

/* At the attempt's end: hands over what is still held. */
enum flushed response_flush(struct handle *handle);

/*
 * curl_easy_getinfo from within a callback that is handed a held block; false: libcurl knows
 * better.
 */
bool response_getinfo(const struct response *response, CURLINFO info, void *out);

void response_free(struct response *response);

#endif
