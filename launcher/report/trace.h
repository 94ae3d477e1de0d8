/* SPDX-License-Identifier: MIT */
/*
 * A trace in memory: the lines that a file of CURLRETRY_TRACE holds (docs/trace.md), as attempts,
 * and these as transfers. What is no such line is counted and passed over.
 *
 * Fed in pieces, then ended, then only read. Not for several threads at once.
 */
#ifndef CURLRETRY_REPORT_TRACE_H
#define CURLRETRY_REPORT_TRACE_H

#include "model.h"

/* WITH_FIELDS: header fields are wanted. False: no memory. To be freed in any case. */
bool trace_begin(struct trace *trace, bool with_fields);

/* The next bytes of the file. */
void trace_feed(struct trace *trace, const char *bytes, size_t size);

/*
 * After the last byte. Transfers that were over before SINCE are left out. False: no memory.
 */
bool trace_end(struct trace *trace, int64_t since);

void trace_free(struct trace *trace);

/* Lines that were passed over. */
uint64_t trace_skipped(const struct trace *trace);

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
