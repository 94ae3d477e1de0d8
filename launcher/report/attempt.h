/* SPDX-License-Identifier: MIT */
/* A line of a trace, from JSON. */
#ifndef CURLRETRY_REPORT_ATTEMPT_H
#define CURLRETRY_REPORT_ATTEMPT_H

#include "model.h"

/* Of a line: the attempt, and whose it is. */
struct record {
	struct attempt attempt;
	int64_t pid, transfer;
	uint32_t program;
};

enum reading_result { READ_ATTEMPT, READ_GARBAGE, READ_FOREIGN };

/*
 * Its texts and, where they are wanted, its header fields are added to TRACE, whose `failed` tells
 * that there was no memory.
 */
enum reading_result attempt_read(struct record *record, struct trace *trace, const char *line,
				 size_t length);

#endif
