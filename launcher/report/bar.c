/* SPDX-License-Identifier: MIT */
#include "bar.h"

#include <string.h>

#include "format.h"

static const struct look {
	const char *name;	/* in the legend; NULL: not there */
	const char *utf8, *ascii;
	enum paint paint;
} looks[CELL_KINDS] = {
	[PHASE_DNS] = { "dns", "\xe2\x96\x91", "d", CYAN },
	[PHASE_CONNECT] = { "connect", "\xe2\x96\x92", "c", YELLOW },
	[PHASE_TLS] = { "tls", "\xe2\x96\x93", "t", MAGENTA },
	[PHASE_SEND] = { "send", "\xe2\x96\x80", "s", CYAN },
	[PHASE_WAIT] = { "wait", "\xe2\x94\x81", "w", GREEN },
	[PHASE_RECEIVE] = { "receive", "\xe2\x96\x88", "=", BLUE },
	[CELL_QUEUE] = { "queue", "\xe2\x94\x80", "-", DIM },
	[CELL_BACKOFF] = { "backoff", "\xc2\xb7", ".", DIM },
	[CELL_FAILURE] = { "failed", "\xe2\x9c\x97", "x", RED },
	[CELL_IDLE] = { NULL, "\xe2\x94\x8a", "|", DIM },
	[CELL_NONE] = { NULL, " ", " ", PLAIN },
};

static const char *look_in(const struct terminal *terminal, int kind)
{
	return terminal->utf8 ? looks[kind].utf8 : looks[kind].ascii;
}

void bar_clear(struct cell *cells, int count)
{
	for (int i = 0; i < count; i++)
		cells[i] = (struct cell){ CELL_NONE, '\0' };
}

/* What has most of the time between two moments, counted from the attempt's start. */
static int kind_between(const struct attempt *attempt, double start, double end)
{
	double from = 0, to = (double)attempt_unphased(attempt);
	double most = -1;
	int kind = CELL_QUEUE;

	for (int next = 0; next <= PHASES; next++) {
		double overlap = (to < end ? to : end) - (from > start ? from : start);

		if (to > from && overlap > most) {
			most = overlap;
			kind = next ? next - 1 : CELL_QUEUE;
		}
		from = to;
		if (next < PHASES && attempt->phase[next] > 0)
			to += (double)attempt->phase[next];
	}
	return kind;
}

void bar_attempt(struct cell *cells, int count, const struct attempt *attempt)
{
	double column = (double)attempt->total / count;

	for (int i = 0; i < count; i++)
		cells[i] = (struct cell){ kind_between(attempt, column * i, column * (i + 1)), 0 };
	if (attempt_failed(attempt))
		cells[count - 1].kind = CELL_FAILURE;
}

/* "1.34s": blanks would look like gaps. */
static const char *describe_wait(char text[FORMAT_MAX], int64_t us)
{
	char *end = text;

	format_duration(text, us);
	for (const char *at = text; *at; at++) {
		if (*at != ' ')
			*end++ = *at;
	}
	*end = '\0';
	return text;
}

int bar_wait_columns(int64_t us)
{
	char text[FORMAT_MAX];

	return (int)strlen(describe_wait(text, us)) + 2;
}

void bar_wait(struct cell *cells, int count, int64_t us)
{
	char text[FORMAT_MAX];
	const char *said = describe_wait(text, us);
	int length = (int)strlen(said);
	int first = (count - length) / 2;

	for (int i = 0; i < count; i++)
		cells[i] = (struct cell){ CELL_BACKOFF, '\0' };
	for (int i = 0; i < length && length + 2 <= count; i++)
		cells[first + i].letter = said[i];
}

static void print_cell(const struct terminal *terminal, const struct cell *cell)
{
	if (cell->letter)
		fputc(cell->letter, terminal->out);
	else
		fputs(look_in(terminal, cell->kind), terminal->out);
}

void bar_print(const struct terminal *terminal, const struct cell *cells, int count)
{
	enum paint paint = PLAIN;

	for (int i = 0; i < count; i++) {
		enum paint next = looks[cells[i].kind].paint;

		if (next != paint && paint != PLAIN)
			terminal_paint(terminal, PLAIN);
		if (next != paint && next != PLAIN)
			terminal_paint(terminal, next);
		paint = next;
		print_cell(terminal, &cells[i]);
	}
	if (paint != PLAIN)
		terminal_paint(terminal, PLAIN);
}

void bar_legend(const struct terminal *terminal)
{
	const char *separator = "";

	for (int kind = 0; kind < CELL_KINDS; kind++) {
		const struct cell cell = { kind, '\0' };

		if (!looks[kind].name)
			continue;
		fputs(separator, terminal->out);
		bar_print(terminal, &cell, 1);
		fprintf(terminal->out, " %s", looks[kind].name);
		separator = "  ";
	}
	fputc('\n', terminal->out);
}
