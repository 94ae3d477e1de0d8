/* SPDX-License-Identifier: MIT */
#include "axis.h"

#include <stdlib.h>

#define CUT_LEAST 10	/* columns from one cut to the next */

/* Stretches with no more than GAP between what they are made of. */
static void merge(struct axis *axis, const struct trace *trace, const uint32_t *chosen,
		  size_t count, int64_t gap)
{
	struct stretch *last = NULL;

	axis->count = 0;
	axis->busy = 0;
	for (size_t i = 0; i < count; i++) {
		const struct transfer *transfer = &trace->transfers[chosen[i]];

		if (last && transfer->start - last->end <= gap) {
			if (transfer->end > last->end)
				last->end = transfer->end;
			continue;
		}
		last = &axis->stretches[axis->count++];
		*last = (struct stretch){ transfer->start, transfer->end, 0, 0 };
	}
	for (size_t i = 0; i < axis->count; i++)
		axis->busy += axis->stretches[i].end - axis->stretches[i].start;
}

/* Each stretch has a column, and one before it where time is cut out; the rest goes by length. */
static void lay_out(struct axis *axis)
{
	int left = axis->columns - 2 * (int)axis->count + 1;
	int column = 0;

	for (size_t i = 0; i < axis->count; i++) {
		struct stretch *stretch = &axis->stretches[i];
		double share = (double)(stretch->end - stretch->start) / (double)(axis->busy + 1);

		stretch->column = column;
		stretch->columns = 1 + (int)(share * left);
		column += stretch->columns + 1;
	}
}

bool axis_make(struct axis *axis, const struct trace *trace, const uint32_t *chosen, size_t count,
	       int columns)
{
	int64_t gap;

	*axis = (struct axis){ .columns = columns };
	axis->stretches = calloc(count, sizeof(*axis->stretches));
	if (!axis->stretches)
		return false;
	merge(axis, trace, chosen, count, 0);
	/* Short pauses tell something, and many cuts leave no room. */
	gap = axis->busy / 6 + 1;
	do {
		merge(axis, trace, chosen, count, gap);
		gap *= 2;
	} while (axis->count > (size_t)columns / CUT_LEAST);
	lay_out(axis);
	return true;
}

void axis_free(struct axis *axis)
{
	free(axis->stretches);
}

int axis_columns_of(const struct axis *axis, int64_t us)
{
	return (int)((double)us * axis->columns / (double)(axis->busy + 1));
}

static int column_of(const struct axis *axis, int64_t time)
{
	size_t i = axis->count - 1;
	const struct stretch *stretch;
	double share;
	int column;

	while (i && axis->stretches[i].start > time)
		i--;
	stretch = &axis->stretches[i];
	if (time <= stretch->start || stretch->end <= stretch->start)
		return stretch->column;
	share = (double)(time - stretch->start) / (double)(stretch->end - stretch->start);
	column = (int)(share * stretch->columns + 0.5);
	return stretch->column + (column < stretch->columns ? column : stretch->columns);
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

static int most(int a, int b)
{
	return a > b ? a : b;
}

void axis_paint(struct cell *cells, const struct axis *axis, const struct trace *trace,
		const struct transfer *transfer)
{
	int used = 0;

	bar_clear(cells, axis->columns);
	for (size_t i = 1; i < axis->count; i++)
		cells[axis->stretches[i].column - 1].kind = CELL_IDLE;
	for (size_t i = 0; i < transfer->count; i++) {
		const struct attempt *attempt = &trace->attempts[transfer->first + i];
		int64_t end = attempt->start + attempt->total;
		int start = column_of(axis, attempt->start);
		int count = column_of(axis, end) - start;

		/*
		 * Each attempt has a cell, though it may be one further on; the last column is
		 * full.
		 */
		start = least(most(start, used), axis->columns - 1);
		count = least(most(count, 1), axis->columns - start);
		if (i && start > used)
			bar_wait(cells + used, start - used,
				 attempt->start - (attempt[-1].start + attempt[-1].total));
		bar_attempt(cells + start, count, attempt);
		used = start + count;
	}
}
