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

#endif
