/* SPDX-License-Identifier: MIT */
/*
 * A trace's file: whatever is in it, each line is taken or counted as skipped, what a terminal gets
 * is printable, and nothing gets out of the page's data. It comes in two pieces, as through a pipe.
 */
#include "fuzz.h"

#include <stdio.h>

#include "../../config/utf8.h"
#include "../../launcher/report/har.h"
#include "../../launcher/report/html.h"
#include "../../launcher/report/text.h"

/* What PRINT writes. */
struct printed {
	char *text;
	size_t length;
	FILE *file;
};

static void begin(struct printed *printed)
{
	printed->file = open_memstream(&printed->text, &printed->length);
	demand(printed->file);
}

static void end(struct printed *printed)
{
	demand(!fclose(printed->file));
}

static void demand_printable(const struct printed *printed, bool utf8)
{
	for (size_t i = 0; i < printed->length;) {
		size_t n = utf8_printable(printed->text + i, printed->length - i);

		demand(n == 1 || (n && utf8) || printed->text[i] == '\n');
		i += n ? n : 1;
	}
}

static void try_text(const struct trace *trace, int width, bool utf8)
{
	struct terminal terminal = { .width = width, .utf8 = utf8 };
	struct printed printed;

	begin(&printed);
	terminal.out = printed.file;
	demand(text_print(&terminal, trace, "trace"));
	end(&printed);
	demand_printable(&printed, utf8);
	free(printed.text);
}

/* The page's own tags alone: what is in the trace makes none. */
static void try_html(const struct trace *trace)
{
	static size_t tags;
	struct printed printed;
	size_t count = 0;

	begin(&printed);
	demand(html_print(printed.file, trace, "trace", NULL));
	end(&printed);
	for (const char *at = printed.text; (at = strchr(at, '<')); at++)
		count++;
	demand(strlen(printed.text) == printed.length);
	demand(!tags || count == tags);
	tags = count;
	free(printed.text);
}

static void try_har(const struct trace *trace)
{
	struct printed printed;

	begin(&printed);
	demand(har_print(printed.file, trace));
	end(&printed);
	demand_printable(&printed, false);
	free(printed.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct trace trace;

	demand(trace_begin(&trace, true));
	trace_feed(&trace, bytes, size / 2);
	trace_feed(&trace, bytes + size / 2, size - size / 2);
	demand(trace_end(&trace, 0));
	demand(trace.attempt_count + trace_skipped(&trace) == trace.lines);
	demand(trace.transfer_count <= trace.attempt_count);
	try_text(&trace, 80, false);
	try_text(&trace, 120, true);
	try_html(&trace);
	try_har(&trace);
	trace_free(&trace);
	return 0;
}
