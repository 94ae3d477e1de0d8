/* SPDX-License-Identifier: MIT */
/*
 * Attempts to the trace (CURLRETRY_TRACE): a line of JSON each, as docs/trace.md has it, one
 * write(2) to a file that all processes append to. Thread-safe, without locks; errno is preserved.
 *
 * trace_format.c makes the lines and is pure but for the memory it takes; trace.c writes them.
 */
#ifndef CURLRETRY_TRACE_H
#define CURLRETRY_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "config/policy.h"

#define TRACE_LINE_MAX (64 * 1024)
#define TRACE_ADDRESS_MAX 64

/* Header lines as they went over the wire: each a struct trace_header, its bytes behind it. */
struct trace_header {
	size_t length;
	bool sent;			/* of the request, else of the response */
};

enum trace_time {
	TRACE_DNS,
	TRACE_CONNECT,
	TRACE_TLS,
	TRACE_SEND,
	TRACE_WAIT,
	TRACE_RECEIVE,
	TRACE_TOTAL,
	TRACE_TIMES,
};

/* NULL, 0 and empty texts stand for "no value" unless said otherwise. */
struct trace_attempt {
	struct timespec begun;		/* wall clock */
	int pid;
	const char *program;
	uint64_t transfer;
	int attempt;
	const char *method;
	const char *url;
	const char *http_version;
	int status;
	int curlcode;
	char remote[TRACE_ADDRESS_MAX];
	char local[TRACE_ADDRESS_MAX];
	bool reused;
	int64_t times_us[TRACE_TIMES];	/* -1: not known */
	int64_t sent;			/* bytes of the bodies */
	int64_t received;
	/* else the headers are a dialogue of commands and replies */
	bool http;
	const char *headers;
	size_t headers_length;
	const char *decision;
	const char *why;
	int64_t delay_ms;		/* -1: none, here and below */
	int64_t turn_ms;
	long redirects;
	const char *injected;		/* the fault on purpose */
	bool secrets;			/* are written as they are */
};

/*
 * The line, its end included, at most TRACE_LINE_MAX bytes: the longest values of header fields are
 * cut where it would be longer. Malloc'd, the caller's; NULL: no memory.
 */
char *trace_line(const struct trace_attempt *attempt, size_t *length);

/*
 * Writes it where POLICY says. What cannot be written is lost; the first time *reason says why, an
 * errno, and false is returned.
 */
bool trace_write(const struct policy *policy, const struct trace_attempt *attempt, int *reason);

#endif
