/* SPDX-License-Identifier: MIT */
/* curlretry --report: what a trace tells, to standard output. */
#ifndef CURLRETRY_REPORT_H
#define CURLRETRY_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "config/policy.h"

enum report_form { REPORT_TEXT, REPORT_HTML, REPORT_HAR };

struct report {
	const char *file;	/* "-": standard input */
	enum report_form form;
	int64_t since_ms;	/* 0: all */
};

struct report_problem {
	char text[512];
};

/* --as and --since. False: *problem says what is wrong and what is allowed. */
bool report_set_form(struct report *report, const char *value, struct report_problem *problem);
bool report_set_since(struct report *report, const char *value, struct report_problem *problem);

/*
 * POLICY: whose delays the page draws beside those of the trace; NULL: none. False: nothing of use
 * was printed, for what *problem says.
 */
bool report_print(const struct report *report, const struct policy *policy,
		  struct report_problem *problem);

#endif
