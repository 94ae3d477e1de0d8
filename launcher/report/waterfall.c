/* SPDX-License-Identifier: MIT */
#include "waterfall.h"

#include <stdlib.h>
#include <string.h>

#include "axis.h"
#include "format.h"
#include "results.h"
#include "summary.h"

/* Columns of a row's beginning and end. */
#define CLOCK_COLUMNS 8		/* "08:31:00" */
#define RESULT_COLUMNS 9
#define DURATION_COLUMNS 11
#define LABEL_LEAST 24
#define LABEL_MOST 64
/* Fewer tell nothing about phases. */
#define BAR_LEAST 4

/* For a bar with a scale of its own. */
struct own_scale {
	int columns;
	int64_t shortest, longest;	/* of any transfer's attempts together */
};

/* "GET api.example.com/v1/users": the scheme says little. */
static void print_label(const struct terminal *terminal, const struct trace *trace,
			const struct transfer *transfer, int columns)
{
	const struct attempt *attempt = &trace->attempts[transfer->first];
	const struct text *method = &trace->texts.of[attempt->method];
	const struct text *url = &trace->texts.of[attempt->url];
	const char *colon = strstr(url->bytes, "://");
	size_t skip = colon ? (size_t)(colon + 3 - url->bytes) : 0;
	int used = terminal_data(terminal, method->bytes, method->length, 10);

	used += fprintf(terminal->out, "%s", used ? " " : "");
	used += terminal_data(terminal, url->bytes + skip, url->length - skip, columns - used);
	terminal_skip(terminal, columns - used + 1);
}

static void print_end(const struct terminal *terminal, const struct trace *trace,
		      const struct transfer *transfer)
{
	static const enum paint paints[ENDINGS] = {
		[ENDED_OK] = PLAIN,  [ENDED_RECOVERED] = GREEN, [ENDED_LOST] = RED,
		[ENDED_ERROR] = RED, [ENDED_NOT] = YELLOW,
	};
	char result[RESULT_MAX], duration[FORMAT_MAX];
	const char *word = transfer->ending == ENDED_NOT ?
				   "waits" :
				   result_of(result, trace, transfer_last(trace, transfer));

	terminal_say(terminal, paints[transfer->ending], "%*s", RESULT_COLUMNS, word);
	terminal_say(terminal, PLAIN, "%*s\n", DURATION_COLUMNS,
		     format_duration(duration, transfer->end - transfer->start));
}

static int label_columns(const struct terminal *terminal)
{
	int columns = terminal->width / 3;

	return columns < LABEL_LEAST ? LABEL_LEAST : columns > LABEL_MOST ? LABEL_MOST : columns;
}

/* The time of day at which each stretch begins. */
static void print_ruler(const struct terminal *terminal, const struct axis *axis, int label)
{
	int used = 0;

	terminal_skip(terminal, label + 1);
	for (size_t i = 0; i < axis->count; i++) {
		const struct stretch *stretch = &axis->stretches[i];
		char moment[FORMAT_MAX];

		if (stretch->column < used || stretch->column + CLOCK_COLUMNS > axis->columns)
			continue;
		terminal_skip(terminal, stretch->column - used);
		terminal_say(terminal, DIM, "%s", format_moment(moment, stretch->start) + 11);
		used = stretch->column + CLOCK_COLUMNS;
	}
	fputc('\n', terminal->out);
}

static void print_scale(const struct terminal *terminal, const struct axis *axis)
{
	static const struct cell cut = { CELL_IDLE, '\0' };
	char column[FORMAT_MAX];

	terminal_say(terminal, DIM, "a column is %s",
		     format_duration(column, axis->busy / axis->columns));
	if (axis->count > 1) {
		terminal_say(terminal, DIM, "; idle time is cut out at ");
		bar_print(terminal, &cut, 1);
	}
	fputc('\n', terminal->out);
}

static void print_on_axis(const struct terminal *terminal, const struct trace *trace,
			  const uint32_t *chosen, size_t count, const struct axis *axis,
			  struct cell *cells)
{
	int label = label_columns(terminal);

	print_scale(terminal, axis);
	print_ruler(terminal, axis, label);
	for (size_t i = 0; i < count; i++) {
		const struct transfer *transfer = &trace->transfers[chosen[i]];

		print_label(terminal, trace, transfer, label);
		axis_paint(cells, axis, trace, transfer);
		bar_print(terminal, cells, axis->columns);
		print_end(terminal, trace, transfer);
	}
}

static int64_t active_time(const struct trace *trace, const struct transfer *transfer)
{
	int64_t sum = 0;

	for (size_t i = 0; i < transfer->count; i++)
		sum_add(&sum, trace->attempts[transfer->first + i].total);
	return sum;
}

static int64_t wait_before(const struct attempt *attempt)
{
	int64_t wait = attempt->start - (attempt[-1].start + attempt[-1].total);

	return wait > 0 ? wait : 0;
}

/* How many columns the lengths of all waits need, written out; 1 each where that is too many. */
static int wait_columns(const struct trace *trace, const struct transfer *transfer, int most)
{
	int sum = 0;

	for (size_t i = 1; i < transfer->count; i++)
		sum += bar_wait_columns(wait_before(&trace->attempts[transfer->first + i]));
	return sum <= most ? sum : 0;
}

/* The binary logarithm of LENGTH and its place up to the next, in tenths; grows evenly. */
static int magnitude(int64_t length)
{
	int bits = 0;
	int64_t rest = length;

	for (; rest > 1; rest /= 2)
		bits++;
	return 10 * bits + (int)(10.0 * (double)length / (double)(INT64_C(1) << bits)) - 10;
}

/* Columns for the attempts together: a quarter of all for the shortest, all for the longest. */
static int active_columns(const struct own_scale *scale, int64_t active, int most)
{
	int least = magnitude(scale->shortest);
	int range = magnitude(scale->longest) - least;
	int place = magnitude(active) - least;
	int columns = scale->columns / 4;

	if (range > 0 && place > 0)
		columns += place * (scale->columns - columns) / range;
	return columns < most ? columns : most;
}

/* The bar with a scale of its own: attempts by their lengths, waits in words. */
static void paint_on_own_scale(struct cell *cells, const struct own_scale *scale,
			       const struct trace *trace, const struct transfer *transfer)
{
	const struct attempt *attempts = &trace->attempts[transfer->first];
	int64_t active = active_time(trace, transfer);
	int count =
		(int)(transfer->count < (size_t)scale->columns / 2 ? transfer->count :
								     (size_t)scale->columns / 2);
	int waits = wait_columns(trace, transfer, scale->columns - 2 * count);
	int room = active_columns(scale, active, scale->columns - (waits ? waits : count - 1));
	int used = 0;

	if (room < count)
		room = count;
	bar_clear(cells, scale->columns);
	for (int i = 0; i < count && used < scale->columns; i++) {
		double share = active ? (double)attempts[i].total / (double)active : 0;
		int columns = 1 + (int)(share * (room - count));

		if (i) {
			int64_t wait = wait_before(&attempts[i]);
			int gap = waits ? bar_wait_columns(wait) : 1;

			bar_wait(cells + used, gap, wait);
			used += gap;
		}
		bar_attempt(cells + used, columns, &attempts[i]);
		used += columns;
	}
}

static void print_each(const struct terminal *terminal, const struct trace *trace,
		       const uint32_t *chosen, size_t count, struct own_scale *scale,
		       struct cell *cells)
{
	int label = label_columns(terminal);

	scale->columns -= CLOCK_COLUMNS + 1;
	for (size_t i = 0; i < count; i++) {
		int64_t active = active_time(trace, &trace->transfers[chosen[i]]);

		if (active > scale->longest)
			scale->longest = active;
		if (!i || active < scale->shortest)
			scale->shortest = active;
	}
	terminal_say(terminal, DIM, "each from its own start and to a scale of its own\n");
	for (size_t i = 0; i < count; i++) {
		const struct transfer *transfer = &trace->transfers[chosen[i]];
		char moment[FORMAT_MAX];

		terminal_say(terminal, DIM, "%s ", format_moment(moment, transfer->start) + 11);
		print_label(terminal, trace, transfer, label);
		paint_on_own_scale(cells, scale, trace, transfer);
		bar_print(terminal, cells, scale->columns);
		print_end(terminal, trace, transfer);
	}
}

/* Whether at least half of the bars are long enough to tell something. */
static bool is_readable(const struct axis *axis, const struct trace *trace, const uint32_t *chosen,
			size_t count)
{
	size_t readable = 0;

	for (size_t i = 0; i < count; i++) {
		const struct transfer *transfer = &trace->transfers[chosen[i]];

		readable += axis_columns_of(axis, transfer->end - transfer->start) >= BAR_LEAST;
	}
	return 2 * readable >= count;
}

bool waterfall_print(const struct terminal *terminal, const struct trace *trace,
		     const uint32_t *chosen, size_t count)
{
	int columns = terminal->width - label_columns(terminal) - 1 - RESULT_COLUMNS -
		      DURATION_COLUMNS;
	struct cell *cells = calloc((size_t)columns, sizeof(*cells));
	struct own_scale scale = { .columns = columns };
	struct axis axis;

	if (!cells || !axis_make(&axis, trace, chosen, count, columns)) {
		free(cells);
		return false;
	}
	bar_legend(terminal);
	if (is_readable(&axis, trace, chosen, count))
		print_on_axis(terminal, trace, chosen, count, &axis, cells);
	else
		print_each(terminal, trace, chosen, count, &scale, cells);
	axis_free(&axis);
	free(cells);
	return true;
}
