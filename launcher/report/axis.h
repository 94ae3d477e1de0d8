/* SPDX-License-Identifier: MIT */
/* An axis of time, from which what is idle is cut out, in the columns of a terminal. */
#ifndef CURLRETRY_REPORT_AXIS_H
#define CURLRETRY_REPORT_AXIS_H

#include "bar.h"

/* A stretch of time in which something happens, and the columns that it has. */
struct stretch {
	int64_t start, end;
	int column, columns;
};

struct axis {
	struct stretch *stretches;	/* with a column between two */
	size_t count;
	int columns;
	int64_t busy;			/* of all */
};

/* For the COUNT > 0 transfers in CHOSEN, by their start. False: no memory. */
bool axis_make(struct axis *axis, const struct trace *trace, const uint32_t *chosen, size_t count,
	       int columns);

void axis_free(struct axis *axis);

/* The bar of one of these, in all of the axis' columns. */
void axis_paint(struct cell *cells, const struct axis *axis, const struct trace *trace,
		const struct transfer *transfer);

/* How many columns so much time has, about. */
int axis_columns_of(const struct axis *axis, int64_t us);

#endif
