/* SPDX-License-Identifier: MIT */
/* The cells of a bar in a terminal: what a transfer did, a column for a stretch of time. */
#ifndef CURLRETRY_REPORT_BAR_H
#define CURLRETRY_REPORT_BAR_H

#include "terminal.h"
#include "trace.h"

/* What a cell shows: a phase, or one of these. */
enum cell_kind {
	CELL_QUEUE = PHASES,	/* before the first phase */
	CELL_BACKOFF,
	CELL_FAILURE,
	CELL_IDLE,		/* where time is cut out */
	CELL_NONE,
	CELL_KINDS
};

struct cell {
	int kind;		/* an enum phase or an enum cell_kind */
	char letter;		/* is shown instead; NUL: none */
};

void bar_clear(struct cell *cells, int count);

/* An attempt in COUNT > 0 cells: its phases by their lengths, and a failure in the last one. */
void bar_attempt(struct cell *cells, int count, const struct attempt *attempt);

/* A wait in COUNT cells, with its length written into it where there is room. */
void bar_wait(struct cell *cells, int count, int64_t us);

/* How many cells the length of a wait needs. */
int bar_wait_columns(int64_t us);

void bar_print(const struct terminal *terminal, const struct cell *cells, int count);

/* What each kind of cell means, in a line. */
void bar_legend(const struct terminal *terminal);

#endif
