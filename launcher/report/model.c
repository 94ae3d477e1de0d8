/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <string.h>

#include "config/ascii.h"

const char *const ending_names[ENDINGS] = {
	[ENDED_OK] = "ok",	 [ENDED_RECOVERED] = "recovered", [ENDED_LOST] = "lost",
	[ENDED_ERROR] = "error", [ENDED_NOT] = "unfinished",
};

bool attempt_failed(const struct attempt *attempt)
{
	return attempt->error || attempt->status >= 400 ||
	       (attempt->decision != DECIDED_DONE && attempt->decision != DECIDED_RECOVERED);
}

bool attempt_is_followed(const struct attempt *attempt)
{
	return attempt->decision == DECIDED_RETRY || attempt->decision == DECIDED_RESUME;
}

int64_t attempt_unphased(const struct attempt *attempt)
{
	int64_t rest = attempt->total;

	for (size_t i = 0; i < PHASES; i++)
		rest -= attempt->phase[i] > 0 ? attempt->phase[i] : 0;
	return rest;
}

const struct attempt *transfer_last(const struct trace *trace, const struct transfer *transfer)
{
	return &trace->attempts[transfer->first + transfer->count - 1];
}

struct fields trace_last_block(const struct trace *trace, struct fields fields, const char *name)
{
	size_t i = fields.count;

	while (i && strcmp(trace_text(trace, trace->fields[fields.first + i - 1].name), name) != 0)
		i--;
	if (!i)
		return fields;
	return (struct fields){ fields.first + i - 1, fields.count - (i - 1) };
}

const char *trace_field(const struct trace *trace, struct fields fields, const char *name)
{
	for (size_t i = 0; i < fields.count; i++) {
		const struct field *field = &trace->fields[fields.first + i];

		if (ascii_equals(trace_text(trace, field->name), name))
			return trace_text(trace, field->value);
	}
	return "";
}
