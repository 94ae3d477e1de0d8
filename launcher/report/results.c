/* SPDX-License-Identifier: MIT */
#include "results.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/errors.h"

/* Only as much of it says something that its status does not. */
#define RETURNED_ERROR "CURLE_HTTP_RETURNED_ERROR"

static const char *group_of(const char *error)
{
	uint64_t code[4] = { 0 };
	const char *group;

	if (!error_bits(code, error, strlen(error)))
		return "error";
	for (size_t i = 0; (group = error_group_name(i)); i++) {
		uint64_t members[4] = { 0 };

		error_bits(members, group, strlen(group));
		for (size_t word = 0; word < 4; word++) {
			if (members[word] & code[word])
				return group;
		}
	}
	return "error";
}

const char *result_of(char text[RESULT_MAX], const struct trace *trace,
		      const struct attempt *attempt)
{
	const char *error = trace_text(trace, attempt->error);

	if (*error && (strcmp(error, RETURNED_ERROR) != 0 || attempt->status <= 0))
		return group_of(error);
	if (attempt->status <= 0)
		return attempt_failed(attempt) ? "error" : "ok";
	snprintf(text, RESULT_MAX, "%d", (int)attempt->status);
	return text;
}

static void add_run(struct line *line, const char *result, size_t run, const char *times)
{
	line_add(line, "%s%s", line->length ? " " : "", result);
	if (run > 1)
		line_add(line, "%s%zu", times, run);
}

void results_add(struct line *line, const struct trace *trace, const struct transfer *transfer,
		 const char *times)
{
	const struct attempt *attempt = &trace->attempts[transfer->first];
	char text[RESULT_MAX], before[RESULT_MAX] = "";
	size_t run = 0;

	for (size_t i = 0; i < transfer->count; i++, run++) {
		const char *result = result_of(text, trace, &attempt[i]);

		if (run && strcmp(before, result) != 0) {
			add_run(line, before, run, times);
			run = 0;
		}
		if (!run)
			strcpy(before, result);
	}
	add_run(line, before, run, times);
}
