/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <stdlib.h>
#include <string.h>

#include "config/ascii.h"
#include "config/buffer.h"
#include "config/url.h"
#include "attempt.h"

#define HOST_MAX 300

/* The last line so far of the transfer of that number in a process. */
struct last {
	uint32_t transfer;
	enum decided decision;
	int64_t number;
};

/* What is known while lines come. */
struct reading {
	char *line;		/* its beginning, where its end has not come */
	size_t length, room;
	bool too_long;
	struct texts keys;	/* struct key, as bytes */
	struct last *last;	/* by the number of a key */
	size_t last_room, last_count;
};

struct key {
	int64_t pid, transfer;
	int64_t program;
};

bool trace_begin(struct trace *trace, bool with_fields)
{
	*trace = (struct trace){ .with_fields = with_fields };
	trace->reading = calloc(1, sizeof(*trace->reading));
	trace->failed = !texts_init(&trace->texts) || !trace->reading ||
			!texts_init(&trace->reading->keys);
	return !trace->failed;
}

static void free_reading(struct reading *reading)
{
	if (!reading)
		return;
	free(reading->line);
	free(reading->last);
	texts_free(&reading->keys);
	free(reading);
}

void trace_free(struct trace *trace)
{
	free_reading(trace->reading);
	texts_free(&trace->texts);
	free(trace->fields);
	free(trace->attempts);
	free(trace->transfers);
}

/* "api.example.com:8080" */
static uint32_t add_host(struct trace *trace, uint32_t url_text)
{
	char host[HOST_MAX];
	struct url url;
	size_t length;

	url_split(&url, trace_text(trace, url_text));
	length = (size_t)(url.end - url.host);
	if (length >= sizeof(host))
		length = sizeof(host) - 1;
	for (size_t i = 0; i < length; i++)
		host[i] = ascii_lower(url.host[i]);
	return texts_add(&trace->texts, host, length);
}

static struct last *last_of(struct reading *reading, const struct record *record)
{
	struct key key = { record->pid, record->transfer, record->program };
	uint32_t number = texts_add(&reading->keys, (const char *)&key, sizeof(key));
	struct last *last;

	if (reading->keys.failed)
		return NULL;
	last = buffer_grow(reading->last, &reading->last_room, number + 1, 256, sizeof(*last));
	if (!last)
		return NULL;
	reading->last = last;
	for (; reading->last_count <= number; reading->last_count++)
		last[reading->last_count] = (struct last){ .decision = DECIDED_DONE };
	return &last[number];
}

/*
 * Numbers of processes are used again, and a resumed transfer counts its attempts from one again.
 */
static bool goes_on(const struct last *last, const struct attempt *attempt)
{
	return last->decision == DECIDED_RESUME ||
	       (last->decision == DECIDED_RETRY && attempt->number > last->number);
}

static bool add_transfer(struct trace *trace, const struct record *record)
{
	struct transfer *transfers = buffer_grow(trace->transfers, &trace->transfer_room,
						 trace->transfer_count + 1, 256,
						 sizeof(*transfers));

	if (!transfers || trace->transfer_count == UINT32_MAX)
		return false;
	trace->transfers = transfers;
	transfers[trace->transfer_count++] = (struct transfer){
		.pid = record->pid,
		.number = record->transfer,
		.program = record->program,
		.host = add_host(trace, record->attempt.url),
		.start = record->attempt.start,
	};
	return true;
}

static bool append(struct trace *trace, const struct attempt *attempt)
{
	struct attempt *attempts = buffer_grow(trace->attempts, &trace->attempt_room,
					       trace->attempt_count + 1, 256, sizeof(*attempts));

	if (!attempts)
		return false;
	trace->attempts = attempts;
	attempts[trace->attempt_count++] = *attempt;
	return true;
}

static bool add_record(struct trace *trace, struct record *record)
{
	struct attempt *attempt = &record->attempt;
	struct last *last = last_of(trace->reading, record);

	if (!last)
		return false;
	if (!goes_on(last, attempt)) {
		if (!add_transfer(trace, record))
			return false;
		last->transfer = (uint32_t)trace->transfer_count - 1;
	}
	last->decision = attempt->decision;
	last->number = attempt->number;
	attempt->transfer = last->transfer;
	trace->transfers[last->transfer].count++;
	return append(trace, attempt);
}

static bool is_blank(const char *line, size_t length)
{
	while (length && (ascii_is_blank(line[length - 1]) || line[length - 1] == '\r'))
		length--;
	return !length;
}

/* WHOLE: its newline has come. */
static void take_line(struct trace *trace, const char *line, size_t length, bool whole)
{
	struct record record;

	if (is_blank(line, length))
		return;
	trace->lines++;
	switch (attempt_read(&record, trace, line, length)) {
	case READ_ATTEMPT:
		if (!add_record(trace, &record))
			trace->failed = true;
		break;
	case READ_GARBAGE:
		if (whole)
			trace->garbage++;
		else
			trace->cut++;
		break;
	case READ_FOREIGN:
		trace->foreign++;
		break;
	}
}

static void skip_line(struct trace *trace)
{
	trace->lines++;
	trace->garbage++;
}

/* Keeps what a line begins with. */
static void keep(struct trace *trace, const char *bytes, size_t size)
{
	struct reading *reading = trace->reading;
	char *line;

	if (reading->too_long || size > TRACE_LINE_MAX - reading->length) {
		reading->too_long = true;
		return;
	}
	line = buffer_grow(reading->line, &reading->room, reading->length + size, 65536, 1);
	if (!line) {
		trace->failed = true;
		return;
	}
	memcpy(line + reading->length, bytes, size);
	reading->line = line;
	reading->length += size;
}

/* The line that was kept is over. */
static void take_kept(struct trace *trace, bool whole)
{
	struct reading *reading = trace->reading;

	if (reading->too_long)
		skip_line(trace);
	else
		take_line(trace, reading->line, reading->length, whole);
	reading->too_long = false;
	reading->length = 0;
}

void trace_feed(struct trace *trace, const char *bytes, size_t size)
{
	const char *end = bytes + size;

	while (bytes < end && !trace->failed) {
		const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
		const char *stop = newline ? newline : end;

		if (newline && !trace->reading->length && !trace->reading->too_long) {
			take_line(trace, bytes, (size_t)(stop - bytes), true);
		} else {
			keep(trace, bytes, (size_t)(stop - bytes));
			if (newline)
				take_kept(trace, true);
		}
		bytes = stop + 1;
	}
}

static enum ending ending_of(const struct attempt *last)
{
	switch (last->decision) {
	case DECIDED_RECOVERED:
		return ENDED_RECOVERED;
	case DECIDED_GAVE_UP:
	case DECIDED_NOT_RETRIED:
		return ENDED_LOST;
	case DECIDED_RETRY:
	case DECIDED_RESUME:
		return ENDED_NOT;
	default:
		return attempt_failed(last) ? ENDED_ERROR : ENDED_OK;
	}
}

/* Attempts of a transfer side by side, in their order. */
static bool gather(struct trace *trace)
{
	struct attempt *gathered = calloc(trace->attempt_count + 1, sizeof(*gathered));
	size_t first = 0;

	if (!gathered)
		return false;
	for (size_t i = 0; i < trace->transfer_count; i++) {
		trace->transfers[i].first = first;
		first += trace->transfers[i].count;
		trace->transfers[i].count = 0;
	}
	for (size_t i = 0; i < trace->attempt_count; i++) {
		struct transfer *transfer = &trace->transfers[trace->attempts[i].transfer];

		gathered[transfer->first + transfer->count++] = trace->attempts[i];
	}
	free(trace->attempts);
	trace->attempts = gathered;
	return true;
}

static void conclude(const struct trace *trace, struct transfer *transfer)
{
	const struct attempt *last = transfer_last(trace, transfer);

	transfer->ending = ending_of(last);
	transfer->end = last->start + last->total;
	/* The clock may have been set back meanwhile. */
	if (transfer->end < transfer->start)
		transfer->end = transfer->start;
}

static int by_start(const void *a, const void *b)
{
	const struct transfer *left = a, *right = b;

	if (left->start != right->start)
		return left->start < right->start ? -1 : 1;
	return left->first < right->first ? -1 : 1;
}

/* Leaves out those that were over before SINCE. */
static void leave_out(struct trace *trace, int64_t since)
{
	size_t kept = 0;

	for (size_t i = 0; i < trace->transfer_count; i++) {
		if (trace->transfers[i].end >= since)
			trace->transfers[kept++] = trace->transfers[i];
	}
	trace->transfer_count = kept;
}

/* Attempts in the order of their transfers, after that has changed. */
static bool reorder(struct trace *trace)
{
	struct attempt *ordered = calloc(trace->attempt_count + 1, sizeof(*ordered));
	size_t n = 0;

	if (!ordered)
		return false;
	for (size_t i = 0; i < trace->transfer_count; i++) {
		struct transfer *transfer = &trace->transfers[i];

		memcpy(&ordered[n], &trace->attempts[transfer->first],
		       transfer->count * sizeof(*ordered));
		transfer->first = n;
		for (size_t j = 0; j < transfer->count; j++)
			ordered[n++].transfer = (uint32_t)i;
	}
	free(trace->attempts);
	trace->attempts = ordered;
	trace->attempt_count = n;
	return true;
}

bool trace_end(struct trace *trace, int64_t since)
{
	if (!trace->failed && (trace->reading->length || trace->reading->too_long))
		take_kept(trace, false);
	free_reading(trace->reading);
	trace->reading = NULL;
	if (trace->failed || trace->texts.failed || !gather(trace))
		return false;
	for (size_t i = 0; i < trace->transfer_count; i++)
		conclude(trace, &trace->transfers[i]);
	leave_out(trace, since);
	if (trace->transfer_count)
		qsort(trace->transfers, trace->transfer_count, sizeof(*trace->transfers), by_start);
	return reorder(trace);
}

uint64_t trace_skipped(const struct trace *trace)
{
	return trace->garbage + trace->foreign + trace->cut;
}
