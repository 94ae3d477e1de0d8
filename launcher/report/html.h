/* SPDX-License-Identifier: MIT */
/*
 * The report as a page: one file that loads nothing. The page itself is page.html, page.css and
 * page.js; what is put in is data, which page.js reads as JSON and never as HTML.
 */
#ifndef CURLRETRY_REPORT_HTML_H
#define CURLRETRY_REPORT_HTML_H

#include <stdio.h>

#include "config/policy.h"
#include "trace.h"

/* NAME: of the trace. POLICY: may be NULL. False: no memory. */
bool html_print(FILE *out, const struct trace *trace, const char *name,
		const struct policy *policy);

#endif
