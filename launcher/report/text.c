/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "results.h"
#include "summary.h"
#include "waterfall.h"

#define LISTED 10	/* of the slowest, and of the most repeated */
#define HOSTS_LISTED 20
#define BARS_MOST 50
#define RESULTS_LEAST 20	/* columns */
#define DATE_LENGTH 10
#define RESULTS_MAX 512	/* bytes; what is longer does not fit into a line */

static void print_heading(const struct terminal *terminal, const char *heading)
{
	fputc('\n', terminal->out);
	terminal_say(terminal, BOLD, "%s", heading);
	fputc('\n', terminal->out);
}

static void print_title(const struct terminal *terminal, const struct trace *trace,
			const struct summary *summary, const char *name)
{
	char from[FORMAT_MAX], to[FORMAT_MAX], length[FORMAT_MAX];
	bool same_day;

	format_moment(from, summary->start);
	format_moment(to, summary->end);
	same_day = !strncmp(from, to, DATE_LENGTH);
	terminal_say(terminal, BOLD, "curlretry report");
	terminal_say(terminal, PLAIN, "  ");
	terminal_data(terminal, name, strlen(name), terminal->width - 18);
	fputc('\n', terminal->out);
	if (!trace->transfer_count)
		return;
	terminal_say(terminal, DIM, "%s to %s UTC, %s", from, to + (same_day ? DATE_LENGTH + 1 : 0),
		     format_duration(length, summary->end - summary->start));
	fputc('\n', terminal->out);
}

/* "12 recovered, " */
static void print_share(const struct terminal *terminal, const char **separator, uint64_t count,
			enum paint paint, const char *what)
{
	char text[FORMAT_MAX];

	if (!count)
		return;
	fputs(*separator, terminal->out);
	terminal_say(terminal, paint, "%s %s", format_count(text, count), what);
	*separator = ", ";
}

static void print_label(const struct terminal *terminal, const char *label, const char *number)
{
	terminal_say(terminal, DIM, "  %-12s", label);
	terminal_say(terminal, BOLD, "%12s", number);
	fputs("  ", terminal->out);
}

static void print_transfers(const struct terminal *terminal, const struct totals *totals)
{
	static const struct {
		enum paint paint;
		const char *what;
	} shares[ENDINGS] = {
		[ENDED_OK] = { PLAIN, "ok" },
		[ENDED_RECOVERED] = { GREEN, "recovered" },
		[ENDED_LOST] = { RED, "lost" },
		[ENDED_ERROR] = { YELLOW, "failed for good" },
		[ENDED_NOT] = { YELLOW, "unfinished" },
	};
	char text[FORMAT_MAX];
	const char *separator = "";

	print_label(terminal, "transfers", format_count(text, totals->transfers));
	for (size_t i = 0; i < ENDINGS; i++)
		print_share(terminal, &separator, totals->ended[i], shares[i].paint,
			    shares[i].what);
	fputc('\n', terminal->out);
}

static void print_waits(const struct terminal *terminal, const struct totals *totals)
{
	char text[FORMAT_MAX];

	print_label(terminal, "waited", format_ms(text, totals->waited_ms));
	fputs("between attempts", terminal->out);
	if (totals->turn_ms)
		fprintf(terminal->out, ", %s of it for a turn",
			format_ms(text, totals->turn_ms));
	fputc('\n', terminal->out);
}

static void print_lines(const struct terminal *terminal, const struct trace *trace)
{
	char text[FORMAT_MAX];
	const char *separator = ": ";

	print_label(terminal, "lines", format_count(text, trace->lines));
	if (trace_skipped(trace)) {
		terminal_say(terminal, YELLOW, "%s skipped",
			     format_count(text, trace_skipped(trace)));
		print_share(terminal, &separator, trace->garbage, PLAIN, "no JSON");
		print_share(terminal, &separator, trace->foreign, PLAIN, "of another version");
		print_share(terminal, &separator, trace->cut, PLAIN, "cut off at the end");
	} else {
		fputs("read", terminal->out);
	}
	fputc('\n', terminal->out);
}

static void print_totals(const struct terminal *terminal, const struct trace *trace,
			 const struct totals *totals)
{
	char text[FORMAT_MAX];

	fputc('\n', terminal->out);
	print_transfers(terminal, totals);
	print_label(terminal, "attempts", format_count(text, totals->attempts));
	fprintf(terminal->out, "%s after the first",
		format_count(text, totals->attempts - totals->transfers));
	if (totals->injected)
		fprintf(terminal->out, ", %s with a fault on purpose",
			format_count(text, totals->injected));
	fputc('\n', terminal->out);
	print_waits(terminal, totals);
	print_label(terminal, "received", format_size(text, totals->received));
	fprintf(terminal->out, "of bodies, %s sent\n", format_size(text, totals->sent));
	if (totals->connected + totals->reused) {
		print_label(terminal, "connections", format_count(text, totals->connected));
		fprintf(terminal->out, "made, %s attempts on one from before\n",
			format_count(text, totals->reused));
	}
	print_lines(terminal, trace);
}

/* A number; a nought is a point, so that the others are seen. */
static void print_number(const struct terminal *terminal, int width, enum paint paint,
			 uint64_t number)
{
	char text[FORMAT_MAX];

	if (number)
		terminal_say(terminal, paint, "%*s", width, format_count(text, number));
	else
		terminal_say(terminal, DIM, "%*s", width, "0");
}

static void print_host(const struct terminal *terminal, const struct trace *trace,
		       const struct host *host, int columns)
{
	const struct text *name = &trace->texts.of[host->name];
	const struct totals *totals = &host->totals;
	char text[FORMAT_MAX];
	int used = terminal_data(terminal, name->bytes, name->length, columns);

	terminal_skip(terminal, columns - used);
	print_number(terminal, 10, PLAIN, totals->transfers);
	print_number(terminal, 10, PLAIN, totals->attempts);
	print_number(terminal, 10, GREEN, totals->ended[ENDED_RECOVERED]);
	print_number(terminal, 7, RED, totals->ended[ENDED_LOST]);
	terminal_say(terminal, PLAIN, "%12s", format_ms(text, totals->waited_ms));
	terminal_say(terminal, PLAIN, "%11s\n", format_duration(text, host->slowest));
}

static void print_hosts(const struct terminal *terminal, const struct trace *trace,
			const struct summary *summary)
{
	int columns = terminal->width - 60;

	print_heading(terminal, "Hosts");
	terminal_say(terminal, DIM, "%-*s%10s%10s%10s%7s%12s%11s\n", columns, "", "transfers",
		     "attempts", "recovered", "lost", "waited", "slowest");
	for (size_t i = 0; i < summary->host_count && i < HOSTS_LISTED; i++)
		print_host(terminal, trace, &summary->hosts[i], columns);
	if (summary->host_count > HOSTS_LISTED)
		terminal_say(terminal, DIM, "and %zu others\n",
			     summary->host_count - HOSTS_LISTED);
}

/* "503 x4 200", in COLUMNS. */
static void print_results(const struct terminal *terminal, const struct trace *trace,
			  const struct transfer *transfer, int columns)
{
	char buffer[RESULTS_MAX];
	struct line line = line_begin(buffer, sizeof(buffer));

	results_add(&line, trace, transfer, terminal->utf8 ? "\xc3\x97" : "x");
	terminal_skip(terminal,
		      columns - terminal_data(terminal, line.text, line.length, columns));
}

static void print_request(const struct terminal *terminal, const struct trace *trace,
			  const struct transfer *transfer, int columns)
{
	const struct attempt *attempt = &trace->attempts[transfer->first];
	const struct text *method = &trace->texts.of[attempt->method];
	const struct text *url = &trace->texts.of[attempt->url];
	int used = terminal_data(terminal, method->bytes, method->length, 10);

	used += fprintf(terminal->out, "%s", used ? " " : "");
	terminal_data(terminal, url->bytes, url->length, columns - used);
	fputc('\n', terminal->out);
}

/* KEY, a blank, results, request. */
static void print_listed(const struct terminal *terminal, const struct trace *trace, uint32_t index,
			 const char *key)
{
	const struct transfer *transfer = &trace->transfers[index];
	int results = RESULTS_LEAST + (terminal->width > 80 ? (terminal->width - 80) / 4 : 0);

	terminal_say(terminal, BOLD, "%12s", key);
	fputs("  ", terminal->out);
	print_results(terminal, trace, transfer, results);
	fputs("  ", terminal->out);
	print_request(terminal, trace, transfer, terminal->width - 16 - results);
}

static bool print_slowest(const struct terminal *terminal, const struct trace *trace)
{
	uint32_t *slowest = summary_by_duration(trace);

	if (!slowest)
		return false;
	print_heading(terminal, "Slowest");
	for (size_t i = 0; i < trace->transfer_count && i < LISTED; i++) {
		char text[FORMAT_MAX];

		print_listed(terminal, trace, slowest[i],
			     format_duration(text,
					     transfer_duration(&trace->transfers[slowest[i]])));
	}
	free(slowest);
	return true;
}

static bool print_most_repeated(const struct terminal *terminal, const struct trace *trace)
{
	size_t count;
	uint32_t *repeated = summary_by_attempts(trace, &count);

	if (!repeated)
		return false;
	print_heading(terminal, "Most repeated");
	for (size_t i = 0; i < count && i < LISTED; i++) {
		char text[FORMAT_MAX];

		snprintf(text, sizeof(text), "%zu attempts",
			 trace->transfers[repeated[i]].count);
		print_listed(terminal, trace, repeated[i], text);
	}
	if (!count)
		terminal_say(terminal, DIM, "none: each was sent once\n");
	free(repeated);
	return true;
}

static int by_index(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return left < right ? -1 : left > right;
}

static bool is_plain(const struct transfer *transfer)
{
	return transfer->ending == ENDED_OK;
}

/* All; or where they are too many, those that failed in some attempt, and then the slowest. */
static uint32_t *choose(const struct trace *trace, size_t *count)
{
	uint32_t *chosen = summary_by_duration(trace);
	uint32_t *kept = chosen ? malloc((trace->transfer_count + 1) * sizeof(*kept)) : NULL;
	size_t n = 0;

	for (int plain = 0; kept && plain <= 1; plain++) {
		for (size_t i = 0; i < trace->transfer_count; i++) {
			if (is_plain(&trace->transfers[chosen[i]]) == (plain != 0))
				kept[n++] = chosen[i];
		}
	}
	free(chosen);
	if (n > BARS_MOST)
		n = BARS_MOST;
	if (kept)
		qsort(kept, n, sizeof(*kept), by_index);
	*count = n;
	return kept;
}

static bool print_bars(const struct terminal *terminal, const struct trace *trace)
{
	size_t count;
	uint32_t *chosen = choose(trace, &count);
	bool good;

	if (!chosen)
		return false;
	print_heading(terminal, "Waterfall");
	if (count < trace->transfer_count)
		terminal_say(terminal, DIM,
			     "%zu of %zu: those with failures, then the slowest; --as=html has "
			     "all\n",
			     count, trace->transfer_count);
	good = waterfall_print(terminal, trace, chosen, count);
	free(chosen);
	return good;
}

static bool print_transfers_in_detail(const struct terminal *terminal, const struct trace *trace,
				      const struct summary *summary)
{
	if (!trace->transfer_count)
		return true;
	print_hosts(terminal, trace, summary);
	return print_slowest(terminal, trace) && print_most_repeated(terminal, trace) &&
	       print_bars(terminal, trace);
}

bool text_print(const struct terminal *terminal, const struct trace *trace, const char *name)
{
	struct summary summary;
	bool good = summary_make(&summary, trace);

	if (good) {
		print_title(terminal, trace, &summary, name);
		print_totals(terminal, trace, &summary.totals);
		good = print_transfers_in_detail(terminal, trace, &summary);
	}
	summary_free(&summary);
	return good;
}
