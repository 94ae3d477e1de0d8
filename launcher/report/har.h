/* SPDX-License-Identifier: MIT */
/*
 * HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/): an entry for each attempt, waits as
 * comments.
 */
#ifndef CURLRETRY_REPORT_HAR_H
#define CURLRETRY_REPORT_HAR_H

#include <stdio.h>

#include "trace.h"

/* False: no memory. */
bool har_print(FILE *out, const struct trace *trace);

#endif
