/* SPDX-License-Identifier: MIT */
/* The report for a terminal. */
#ifndef CURLRETRY_REPORT_TEXT_H
#define CURLRETRY_REPORT_TEXT_H

#include "terminal.h"
#include "trace.h"

/* NAME: of the file. False: no memory. */
bool text_print(const struct terminal *terminal, const struct trace *trace, const char *name);

#endif
