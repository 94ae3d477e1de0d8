/* SPDX-License-Identifier: MIT */
#include "stats.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "config/calendar.h"
#include "config/utf8.h"

bool stats_take_form(enum stats_form *form, const char *word)
{
	static const char *const words[] = {
		[STATS_JSON] = "json",
		[STATS_OPENMETRICS] = "openmetrics",
		[STATS_RESET] = "reset",
	};

	*form = STATS_TEXT;
	if (!word)
		return true;
	for (int i = STATS_JSON; i <= STATS_RESET; i++) {
		if (!strcmp(word, words[i]))
			*form = (enum stats_form)i;
	}
	return *form != STATS_TEXT;
}

const char *stats_printable(char text[LEDGER_NAME_MAX], const char *name)
{
	size_t left = strlen(name);
	char *end = text;

	while (left) {
		size_t step = utf8_printable(name, left);

		if (step)
			memcpy(end, name, step);
		else
			*end = '?';
		end += step ? step : 1;
		name += step ? step : 1;
		left -= step ? step : 1;
	}
	*end = '\0';
	return text;
}

const char *stats_age(char text[AGE_MAX], int64_t seconds)
{
	static const struct {
		int64_t seconds;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t i = 0;

	/* The time of day may be set back. */
	if (seconds < 0)
		seconds = 0;
	while (units[i].seconds > 1 && seconds < 2 * units[i].seconds)
		i++;
	snprintf(text, AGE_MAX, "%" PRId64 "%c", seconds / units[i].seconds, units[i].unit);
	return text;
}

/* --- a table --- */

static void print_failure(const struct entry *entry, int64_t now)
{
	char failure[FAILURE_MAX], age[AGE_MAX];

	if (*entry_failure(entry, failure))
		printf("%s, %s ago", failure, stats_age(age, now - entry->view.failed_at));
}

/* A longer one moves what is right of it. */
#define WIDEST_NAME 48

static int widest_name(const struct entries *entries)
{
	size_t widest = strlen("DESTINATION");

	for (size_t i = 0; i < entries->count; i++) {
		size_t length = strlen(entries->entry[i].view.name);

		widest = length > widest ? length : widest;
	}
	return widest < WIDEST_NAME ? (int)widest : WIDEST_NAME;
}

static void print_table(const struct entries *entries)
{
	int width = widest_name(entries);

	printf("%-7s  %-*s %9s %9s %8s %9s %7s %11s %7s %8s %6s  %s\n", "STATE", width,
	       "DESTINATION", "TRANSFERS", "REQUESTS", "RETRIES", "RECOVERED", "GAVE-UP",
	       "NOT-RETRIED", "WAITING", "RATE", "AMPL", "LAST ERROR");
	for (size_t i = 0; i < entries->count; i++) {
		const struct entry *entry = &entries->entry[i];
		const uint64_t *events = entry->view.events;
		char name[LEDGER_NAME_MAX];

		printf("%-7s  %-*s %9" PRIu64 " %9" PRIu64 " %8" PRIu64 " %9" PRIu64 " %7" PRIu64
		       " %11" PRIu64 " %7" PRIu64 " %6.1f/s %6.2f  ",
		       health_name(entry->health), width, stats_printable(name, entry->view.name),
		       events[LEDGER_TRANSFERS], entry->requests, events[LEDGER_RETRIES],
		       events[LEDGER_RECOVERED], events[LEDGER_GAVE_UP], events[LEDGER_NOT_RETRIED],
		       entry->view.waiting, entry->rate, entry->amplification);
		print_failure(entry, entries->time);
		putchar('\n');
	}
}

/* --- JSON and OpenMetrics --- */

/* In double quotes, as both have it: what else would need to be escaped is not printable. */
static void print_quoted(const char *name)
{
	char text[LEDGER_NAME_MAX];

	putchar('"');
	for (const char *c = stats_printable(text, name); *c; c++) {
		if (*c == '"' || *c == '\\')
			putchar('\\');
		putchar(*c);
	}
	putchar('"');
}

static void print_json_failure(const struct entry *entry)
{
	struct moment at = calendar_moment(entry->view.failed_at);
	char failure[FAILURE_MAX];

	if (!*entry_failure(entry, failure))
		return;
	printf(",\"last_error\":\"%s\",\"last_error_at\":\"%04d-%02d-%02dT%02d:%02d:%02dZ\"",
	       failure, at.year, at.month, at.day, at.hour, at.minute, at.second);
}

static void print_json(const struct entries *entries)
{
	putchar('[');
	for (size_t i = 0; i < entries->count; i++) {
		const struct entry *entry = &entries->entry[i];
		const uint64_t *events = entry->view.events;

		printf("%s\n{\"destination\":", i ? "," : "");
		print_quoted(entry->view.name);
		printf(",\"state\":\"%s\",\"transfers\":%" PRIu64 ",\"requests\":%" PRIu64
		       ",\"retries\":%" PRIu64 ",\"recovered\":%" PRIu64 ",\"gave_up\":%" PRIu64
		       ",\"not_retried\":%" PRIu64 ",\"waiting\":%" PRIu64
		       ",\"rate\":%.1f,\"amplification\":%.2f",
		       health_name(entry->health), events[LEDGER_TRANSFERS], entry->requests,
		       events[LEDGER_RETRIES], events[LEDGER_RECOVERED], events[LEDGER_GAVE_UP],
		       events[LEDGER_NOT_RETRIED], entry->view.waiting, entry->rate,
		       entry->amplification);
		print_json_failure(entry);
		putchar('}');
	}
	puts(entries->count ? "\n]" : "]");
}

static double transfers(const struct entry *entry)
{
	return (double)entry->view.events[LEDGER_TRANSFERS];
}

static double requests(const struct entry *entry)
{
	return (double)entry->requests;
}

static double retries(const struct entry *entry)
{
	return (double)entry->view.events[LEDGER_RETRIES];
}

static double recovered(const struct entry *entry)
{
	return (double)entry->view.events[LEDGER_RECOVERED];
}

static double gave_up(const struct entry *entry)
{
	return (double)entry->view.events[LEDGER_GAVE_UP];
}

static double not_retried(const struct entry *entry)
{
	return (double)entry->view.events[LEDGER_NOT_RETRIED];
}

static double waiting(const struct entry *entry)
{
	return (double)entry->view.waiting;
}

static double rate(const struct entry *entry)
{
	return entry->rate;
}

static double failed_at(const struct entry *entry)
{
	return (double)entry->view.failed_at;
}

/*
 * What counts up has no TYPE: OpenMetrics would have it without the "_total" that the older format
 * of a node exporter's text files wants with it. Both are to read this.
 */
static const struct metric {
	const char *name, *help;
	bool gauge;
	double (*value)(const struct entry *entry);
} metrics[] = {
	{ "transfers_total", "Transfers.", false, transfers },
	{ "requests_total", "Requests sent for them, retries included.", false, requests },
	{ "retries_total", "Retries.", false, retries },
	{ "recovered_total", "Transfers that a retry has saved.", false, recovered },
	{ "gave_up_total", "Transfers that failed although they were retried.", false, gave_up },
	{ "not_retried_total", "Transfers that failed transiently and were not retried.", false,
	  not_retried },
	{ "waiting", "Transfers that wait for their turn.", true, waiting },
	{ "requests_per_second", "Requests, over the last ten seconds.", true, rate },
	{ "last_failure_timestamp_seconds", "When a request last failed; 0 for never.", true,
	  failed_at },
};

static void print_metric(const struct metric *metric, const struct entries *entries)
{
	printf("# HELP curlretry_%s %s\n", metric->name, metric->help);
	if (metric->gauge)
		printf("# TYPE curlretry_%s gauge\n", metric->name);
	for (size_t i = 0; i < entries->count; i++) {
		printf("curlretry_%s{destination=", metric->name);
		print_quoted(entries->entry[i].view.name);
		printf("} %.15g\n", metric->value(&entries->entry[i]));
	}
}

static void print_states(const struct entries *entries)
{
	puts("# HELP curlretry_state 1 for the state that the destination is in.\n"
	     "# TYPE curlretry_state gauge");
	for (size_t i = 0; i < entries->count; i++) {
		for (int health = HEALTH_DOWN; health <= HEALTH_OK; health++) {
			fputs("curlretry_state{destination=", stdout);
			print_quoted(entries->entry[i].view.name);
			printf(",state=\"%s\"} %d\n", health_name((enum health)health),
			       entries->entry[i].health == (enum health)health);
		}
	}
}

static void print_openmetrics(const struct entries *entries)
{
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		print_metric(&metrics[i], entries);
	print_states(entries);
	puts("# EOF");
}

void stats_print(enum stats_form form, const struct entries *entries)
{
	if (form == STATS_JSON)
		print_json(entries);
	else if (form == STATS_OPENMETRICS)
		print_openmetrics(entries);
	else
		print_table(entries);
}
