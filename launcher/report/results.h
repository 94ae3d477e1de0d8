/* SPDX-License-Identifier: MIT */
/* What attempts came to, in words that fit into a table. */
#ifndef CURLRETRY_REPORT_RESULTS_H
#define CURLRETRY_REPORT_RESULTS_H

#include "config/line.h"
#include "trace.h"

#define RESULT_MAX 16

/* "200", or an error's group: "connect", "timeout"; "error" for one without a group. */
const char *result_of(char text[RESULT_MAX], const struct trace *trace,
		      const struct attempt *attempt);

/* Adds "503 x4 200" of all its attempts; TIMES is the sign between. */
void results_add(struct line *line, const struct trace *trace, const struct transfer *transfer,
		 const char *times);

#endif
