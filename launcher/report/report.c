/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "config/line.h"
#include "config/parse.h"
#include "har.h"
#include "html.h"
#include "text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PIECE (256 * 1024)
#define MICRO 1000

static const char *const forms[] = {
	[REPORT_TEXT] = "text",
	[REPORT_HTML] = "html",
	[REPORT_HAR] = "har",
};

/* "--as: bad value "xml" (allowed: ...)" */
static bool refuse(struct report_problem *problem, const char *option, const char *value,
		   const char *allowed)
{
	struct line line = line_begin(problem->text, sizeof(problem->text));

	line_add(&line, "%s: bad value ", option);
	line_add_quoted(&line, value, strlen(value));
	line_add(&line, " (allowed: %s)", allowed);
	return false;
}

bool report_set_form(struct report *report, const char *value, struct report_problem *problem)
{
	for (size_t i = 0; i < COUNT(forms); i++) {
		if (!strcmp(value, forms[i])) {
			report->form = (enum report_form)i;
			return true;
		}
	}
	return refuse(problem, "--as", value, "text, html, har");
}

bool report_set_since(struct report *report, const char *value, struct report_problem *problem)
{
	if (parse_duration(&report->since_ms, value) && report->since_ms)
		return true;
	return refuse(problem, "--since", value, "a duration above 0, as 30s, 10m, 2h");
}

static bool say_errno(struct report_problem *problem, const char *file, int error)
{
	struct line line = line_begin(problem->text, sizeof(problem->text));

	line_add(&line, "--report: ");
	line_add_quoted(&line, file, strlen(file));
	line_add(&line, ": %s", strerror(error));
	return false;
}

static bool say_no_memory(struct report_problem *problem)
{
	strcpy(problem->text, "--report: out of memory");
	return false;
}

/* False: errno says why. */
static bool feed(struct trace *trace, int fd)
{
	char *piece = malloc(PIECE);
	ssize_t size = -1;

	while (piece && (size = read(fd, piece, PIECE)) != 0) {
		if (size > 0)
			trace_feed(trace, piece, (size_t)size);
		else if (errno != EINTR)
			break;
	}
	free(piece);
	return size == 0;
}

static bool read_file(struct trace *trace, const char *file, struct report_problem *problem)
{
	int fd = !strcmp(file, "-") ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	bool good = fd >= 0 && feed(trace, fd);
	int error = errno;

	if (fd > STDIN_FILENO)
		close(fd);
	return good || say_errno(problem, file, error);
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* A base name: a page is handed on, and need not tell whose home the trace was in. */
static const char *name_of(const char *file)
{
	const char *slash = strrchr(file, '/');

	if (!strcmp(file, "-"))
		return "standard input";
	return slash && slash[1] ? slash + 1 : file;
}

/* What is missing is told where the form itself does not. */
static void say_skipped(const struct trace *trace)
{
	if (trace_skipped(trace))
		fprintf(stderr,
			"curlretry: %" PRIu64 " of %" PRIu64 " lines skipped: %" PRIu64
			" no JSON, %" PRIu64 " of another version, %" PRIu64
			" cut off at the end\n",
			trace_skipped(trace), trace->lines, trace->garbage, trace->foreign,
			trace->cut);
}

static bool print(const struct report *report, const struct policy *policy,
		  const struct trace *trace)
{
	struct terminal terminal;

	switch (report->form) {
	case REPORT_HTML:
		say_skipped(trace);
		return html_print(stdout, trace, name_of(report->file), policy);
	case REPORT_HAR:
		say_skipped(trace);
		return har_print(stdout, trace);
	default:
		terminal_begin(&terminal, stdout);
		return text_print(&terminal, trace, name_of(report->file));
	}
}

bool report_print(const struct report *report, const struct policy *policy,
		  struct report_problem *problem)
{
	int64_t since = report->since_ms ? now_us() - report->since_ms * MICRO : 0;
	struct trace trace;
	bool good;

	if (!trace_begin(&trace, report->form != REPORT_TEXT)) {
		trace_free(&trace);
		return say_no_memory(problem);
	}
	good = read_file(&trace, report->file, problem);
	if (good && (!trace_end(&trace, since) || !print(report, policy, &trace)))
		good = say_no_memory(problem);
	trace_free(&trace);
	return good;
}
