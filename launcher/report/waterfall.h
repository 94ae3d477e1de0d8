/* SPDX-License-Identifier: MIT */
/* A bar for each of some transfers, on one axis of time from which idle stretches are cut. */
#ifndef CURLRETRY_REPORT_WATERFALL_H
#define CURLRETRY_REPORT_WATERFALL_H

#include "terminal.h"
#include "trace.h"

/*
 * Of the COUNT > 0 transfers in CHOSEN, in that order, which is by their start. False: no memory.
 */
bool waterfall_print(const struct terminal *terminal, const struct trace *trace,
		     const uint32_t *chosen, size_t count);

#endif
