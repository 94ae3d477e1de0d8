/* SPDX-License-Identifier: MIT */
#include "top.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/errors.h"
#include "config/line.h"
#include "screen.h"
#include "stats.h"

#define EVERY_MS 1000
#define LINE_MAX_BYTES 1024

/* Columns: of all but the name; the least for a name, and the most. */
#define OTHER_COLUMNS 55
#define LEAST_NAME 12
#define MOST_NAME 200

static const char *colour_of(enum health health)
{
	static const char *const colours[] = { "\033[1;31m", "\033[33m", "\033[32m" };

	return colours[health];
}

/* Requests in each of the last seconds; the tallest is as high as the line. */
static void add_sparkline(struct line *line, const struct screen *screen,
			  const struct pacer_view *view)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const marks[] = { " ", ".", ".", ":", ":", "+", "+", "#", "#" };
	uint32_t most = 1;

	for (int i = 0; i < PACER_WINDOW_S; i++)
		most = view->second[i] > most ? view->second[i] : most;
	for (int i = 0; i < PACER_WINDOW_S; i++) {
		uint32_t height = (view->second[i] * 8 + most - 1) / most;

		line_add(line, "%s", screen->unicode ? blocks[height] : marks[height]);
	}
}

static int name_width(const struct screen *screen)
{
	int width = screen->columns - OTHER_COLUMNS;

	return width < LEAST_NAME ? LEAST_NAME : width > MOST_NAME ? MOST_NAME : width;
}

/* The port tells what the schemes of the web are. */
static const char *without_scheme(const char *name)
{
	if (!strncmp(name, "http://", 7))
		return name + 7;
	return strncmp(name, "https://", 8) ? name : name + 8;
}

/* The beginning of a long name, and that it goes on. */
static void add_name(struct line *line, const struct screen *screen, const char *name)
{
	int width = name_width(screen);
	char text[LEDGER_NAME_MAX];

	stats_printable(text, without_scheme(name));
	if (strlen(text) > (size_t)width)
		line_add(line, "%.*s>", width - 1, text);
	else
		line_add(line, "%-*s", width, text);
}

/* In four columns: "17", "9999", "12k", "3M". */
static void add_number(struct line *line, uint64_t number)
{
	if (number < 10000)
		line_add(line, " %4" PRIu64, number);
	else if (number < 1000000)
		line_add(line, " %3" PRIu64 "k", number / 1000);
	else if (number < 1000000000)
		line_add(line, " %3" PRIu64 "M", number / 1000000);
	else
		line_add(line, "  >1G");
}

/* An error's group, which is short: "503", "connect", "CURLE_TOO_MANY_REDIRECTS". */
static const char *short_failure(const char *failure)
{
	uint64_t bits[4], group[4];
	const char *name;

	if (!error_bits(bits, failure, strlen(failure)))
		return failure;
	for (size_t i = 0; (name = error_group_name(i)); i++) {
		if (error_bits(group, name, strlen(name)) &&
		    ((bits[0] & group[0]) | (bits[1] & group[1])))
			return name;
	}
	return failure;
}

static void add_failure(struct line *line, const struct entry *entry, int64_t now)
{
	char failure[FAILURE_MAX], age[AGE_MAX];

	if (*entry_failure(entry, failure))
		line_add(line, " %4s %s", stats_age(age, now - entry->view.failed_at),
			 short_failure(failure));
}

static void print_entry(struct screen *screen, const struct entry *entry, int64_t now)
{
	const uint64_t *events = entry->view.events;
	double amplification = entry->amplification;
	char text[LINE_MAX_BYTES];
	struct line line = line_begin(text, sizeof(text));

	line_add(&line, "%-7s ", health_name(entry->health));
	add_name(&line, screen, entry->view.name);
	line_add(&line, " %6.1f ", entry->rate);
	add_sparkline(&line, screen, &entry->view.pacer);
	add_number(&line, entry->view.waiting);
	add_number(&line, events[LEDGER_GAVE_UP] + events[LEDGER_NOT_RETRIED]);
	line_add(&line, " %5.2f", amplification < 99.99 ? amplification : 99.99);
	add_failure(&line, entry, now);
	screen_print(screen, colour_of(entry->health), text);
}

static void print_summary(struct screen *screen, const struct entries *entries)
{
	int counts[HEALTH_OK + 1] = { 0 };
	uint64_t waiting = 0;
	double rate = 0;
	char text[LINE_MAX_BYTES];
	struct line line = line_begin(text, sizeof(text));

	for (size_t i = 0; i < entries->count; i++) {
		waiting += entries->entry[i].view.waiting;
		counts[entries->entry[i].health]++;
		rate += entries->entry[i].rate;
	}
	line_add(&line,
		 "curlretry: %d down, %d failing, %d ok; %" PRIu64 " waiting; %.1f requests/s",
		 counts[HEALTH_DOWN], counts[HEALTH_FAILING], counts[HEALTH_OK], waiting, rate);
	screen_print(screen, "", text);
}

static void print_heading(struct screen *screen)
{
	char text[LINE_MAX_BYTES];
	struct line line = line_begin(text, sizeof(text));

	line_add(&line, "%-7s %-*s %6s %-10s %4s %4s %5s %4s %s", "STATE", name_width(screen),
		 "DESTINATION", "REQ/S", "LAST 10 S", "WAIT", "FAIL", "AMPL", "AGO", "ERROR");
	screen_print(screen, "\033[7m", text);
}

static bool print_frame(struct screen *screen, const struct entries *entries)
{
	screen_begin(screen);
	print_summary(screen, entries);
	print_heading(screen);
	for (size_t i = 0; i < entries->count && !screen_is_full(screen); i++)
		print_entry(screen, &entries->entry[i], entries->time);
	return screen_end(screen);
}

void top_run(void (*read)(struct entries *entries, void *context), void *context)
{
	static struct entries entries;
	struct screen screen;

	screen_init(&screen);
	if (screen.live)
		screen_enter();
	do {
		read(&entries, context);
	} while (print_frame(&screen, &entries) && screen.live && screen_wait(EVERY_MS));
	if (screen.live)
		screen_leave();
}
