/* SPDX-License-Identifier: MIT */
/*
 * What a trace consists of, in memory. Times are in microseconds since 1970 or as such durations,
 * unless their names say ms.
 */
#ifndef CURLRETRY_REPORT_MODEL_H
#define CURLRETRY_REPORT_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "texts.h"

/* Longer lines are none of ours: the shim keeps to 64 KiB. */
#define TRACE_LINE_MAX (1024 * 1024)

/* In the order in which they happen. */
enum phase {
	PHASE_DNS,
	PHASE_CONNECT,
	PHASE_TLS,
	PHASE_SEND,
	PHASE_WAIT,
	PHASE_RECEIVE,
	PHASES
};

extern const char *const phase_names[PHASES];

enum decided {
	DECIDED_DONE,		/* the first attempt, and not transient */
	DECIDED_RETRY,
	DECIDED_RESUME,
	DECIDED_RECOVERED,
	DECIDED_GAVE_UP,
	DECIDED_NOT_RETRIED,
	DECISIONS
};

extern const char *const decision_names[DECISIONS];

/* How a transfer ended. */
enum ending {
	ENDED_OK,
	ENDED_RECOVERED,
	ENDED_LOST,		/* failed transiently to the end */
	ENDED_ERROR,		/* failed at once and for good: a 404, a certificate */
	ENDED_NOT,		/* its last line announces another attempt */
	ENDINGS
};

extern const char *const ending_names[ENDINGS];

/* Numbers of texts; 0: absent. */
struct field {
	uint32_t name, value;
};

/* The header fields from FIRST on in trace->fields. */
struct fields {
	size_t first, count;
};

/* A line. Numbers of texts are 0, other numbers -1 where the line has none. */
struct attempt {
	uint32_t transfer;		/* index in trace->transfers */
	int64_t start;
	int64_t phase[PHASES];
	int64_t total;			/* of all phases and what was before; 0 where unknown */
	int64_t number, status;
	int64_t sent, received;		/* bytes of bodies */
	int64_t delay_ms, turn_ms;	/* before the next attempt */
	int64_t redirects;
	int reused;			/* 0, 1, or -1 */
	enum decided decision;
	uint32_t method, url, version, error, remote, local, why, injected;
	struct fields request, response;
};

/* Its attempts are side by side in trace->attempts. */
struct transfer {
	size_t first, count;
	int64_t pid, number;
	uint32_t program, host;		/* host with its port, where the URL names one */
	enum ending ending;
	int64_t start, end;		/* of the first attempt, of the last */
};

struct trace {
	struct texts texts;
	struct field *fields;
	size_t field_count;
	struct attempt *attempts;
	size_t attempt_count;
	struct transfer *transfers;	/* by their start */
	size_t transfer_count;
	uint64_t lines;			/* without blank ones */
	uint64_t garbage;		/* lines that are no JSON object */
	uint64_t foreign;		/* objects that are no attempt as we know it */
	uint64_t cut;			/* a last line without its end */
	bool failed;			/* no memory */

	bool with_fields;
	struct reading *reading;
	size_t field_room, attempt_room, transfer_room;
};

/* That an attempt ended otherwise than its caller had hoped. */
bool attempt_failed(const struct attempt *attempt);

/* That it is to be followed by another. */
bool attempt_is_followed(const struct attempt *attempt);

/* What of its total is in no phase, but before: it waited for a connection, or was redirected. */
int64_t attempt_unphased(const struct attempt *attempt);

const struct attempt *transfer_last(const struct trace *trace, const struct transfer *transfer);

static inline const char *trace_text(const struct trace *trace, uint32_t number)
{
	return trace->texts.of[number].bytes;
}

/* The block of header fields that begins with the last entry of that name (":status"), if any. */
struct fields trace_last_block(const struct trace *trace, struct fields fields, const char *name);

/* The value of a header field of that name, in any case; "" for none. */
const char *trace_field(const struct trace *trace, struct fields fields, const char *name);

#endif
