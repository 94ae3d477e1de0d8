/* SPDX-License-Identifier: MIT */
#include "attempt.h"

#include <jansson.h>
#include <string.h>

#include "config/ascii.h"
#include "config/buffer.h"
#include "config/calendar.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
/* JavaScript's are whole up to here, too. */
#define NUMBER_MOST (INT64_C(1) << 53)

const char *const phase_names[PHASES] = { "dns", "connect", "tls", "send", "wait", "receive" };

const char *const decision_names[DECISIONS] = {
	[DECIDED_DONE] = "done",	   [DECIDED_RETRY] = "retry",
	[DECIDED_RESUME] = "resume",	   [DECIDED_RECOVERED] = "recovered",
	[DECIDED_GAVE_UP] = "gave_up", [DECIDED_NOT_RETRIED] = "not_retried",
};

enum need { OPTIONAL, NEEDED };

static const struct number {
	const char *key;
	size_t offset;		/* in struct record */
	enum need need;
	int64_t most;
} numbers[] = {
	{ "pid", offsetof(struct record, pid), NEEDED, NUMBER_MOST },
	{ "transfer", offsetof(struct record, transfer), NEEDED, NUMBER_MOST },
	{ "attempt", offsetof(struct record, attempt.number), NEEDED, NUMBER_MOST },
	{ "status", offsetof(struct record, attempt.status), OPTIONAL, 999 },
	{ "sent", offsetof(struct record, attempt.sent), OPTIONAL, NUMBER_MOST },
	{ "received", offsetof(struct record, attempt.received), OPTIONAL, NUMBER_MOST },
	{ "delay_ms", offsetof(struct record, attempt.delay_ms), OPTIONAL, NUMBER_MOST },
	{ "turn_ms", offsetof(struct record, attempt.turn_ms), OPTIONAL, NUMBER_MOST },
	{ "redirects", offsetof(struct record, attempt.redirects), OPTIONAL, NUMBER_MOST },
};

static const struct string {
	const char *key;
	size_t offset;
} strings[] = {
	{ "program", offsetof(struct record, program) },
	{ "method", offsetof(struct record, attempt.method) },
	{ "url", offsetof(struct record, attempt.url) },
	{ "http_version", offsetof(struct record, attempt.version) },
	{ "error", offsetof(struct record, attempt.error) },
	{ "remote", offsetof(struct record, attempt.remote) },
	{ "local", offsetof(struct record, attempt.local) },
	{ "why", offsetof(struct record, attempt.why) },
	{ "injected", offsetof(struct record, attempt.injected) },
};

/* False: there is one, but it cannot be one of ours. */
static bool read_number(int64_t *number, const json_t *object, const char *key, enum need need,
			int64_t most)
{
	const json_t *value = json_object_get(object, key);

	*number = -1;
	if (!value)
		return need == OPTIONAL;
	if (!json_is_integer(value))
		return false;
	*number = json_integer_value(value);
	return *number >= 0 && *number <= most;
}

static uint32_t add_text(struct trace *trace, const json_t *string)
{
	return texts_add(&trace->texts, json_string_value(string), json_string_length(string));
}

static bool read_string(uint32_t *text, struct trace *trace, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	*text = 0;
	if (!value)
		return true;
	if (!json_is_string(value))
		return false;
	*text = add_text(trace, value);
	return true;
}

/* COUNT digits; -1: there are others. */
static int take_digits(const char **at, int count)
{
	int number = 0;

	for (; count; count--, (*at)++) {
		if (!ascii_is_digit(**at))
			return -1;
		number = number * 10 + (**at - '0');
	}
	return number;
}

/* "2026-11-27T08:31:00.123Z" */
static bool read_time(int64_t *us, const json_t *value)
{
	static const char between[] = "--T::.Z";
	static const int digits[] = { 4, 2, 2, 2, 2, 2, 3 };
	static const int least[] = { 1970, 1, 1, 0, 0, 0, 0 };
	static const int most[] = { 9999, 12, 31, 23, 59, 60, 999 };
	const char *at = json_string_value(value);
	int part[COUNT(digits)];
	struct moment moment;

	for (size_t i = 0; i < COUNT(digits); i++) {
		part[i] = at ? take_digits(&at, digits[i]) : -1;
		if (part[i] < least[i] || part[i] > most[i] || *at++ != between[i])
			return false;
	}
	moment = (struct moment){ part[0], part[1], part[2], part[3], part[4], part[5] };
	*us = calendar_seconds(&moment) * 1000000 + part[6] * 1000;
	return !*at && moment.day <= calendar_days(moment.year, moment.month);
}

static bool read_times(struct attempt *attempt, const json_t *object)
{
	const json_t *times = json_object_get(object, "times_us");
	int64_t sum = 0;

	if (times && !json_is_object(times))
		return false;
	for (size_t i = 0; i < PHASES; i++) {
		if (!read_number(&attempt->phase[i], times, phase_names[i], OPTIONAL,
				 NUMBER_MOST))
			return false;
		sum += attempt->phase[i] > 0 ? attempt->phase[i] : 0;
	}
	if (!read_number(&attempt->total, times, "total", OPTIONAL, NUMBER_MOST))
		return false;
	/* Each is rounded for itself. */
	if (attempt->total < sum)
		attempt->total = sum;
	return true;
}

static bool is_encrypted(const struct trace *trace, const struct attempt *attempt)
{
	const char *url = trace_text(trace, attempt->url);
	size_t scheme = strcspn(url, ":");

	return scheme && !strncmp(url + scheme, "://", 3) && ascii_lower(url[scheme - 1]) == 's';
}

/* The phase in which an attempt failed, by those that were over. */
static enum phase failed_phase(const struct trace *trace, const struct attempt *attempt)
{
	int over = PHASES - 1;

	while (over >= 0 && attempt->phase[over] < 0)
		over--;
	if (over < 0 && attempt->reused == 1)
		return PHASE_WAIT;
	if (over == PHASE_CONNECT)
		return is_encrypted(trace, attempt) ? PHASE_TLS : PHASE_WAIT;
	if (over == PHASE_TLS)
		return PHASE_WAIT;
	return over < PHASE_RECEIVE ? (enum phase)(over + 1) : PHASE_RECEIVE;
}

/* libcurl tells how long a phase took when it is over. */
static void settle_times(const struct trace *trace, struct attempt *attempt)
{
	int64_t rest = attempt_unphased(attempt);
	enum phase phase = failed_phase(trace, attempt);

	if (!attempt->error || !rest)
		return;
	if (attempt->phase[phase] < 0)
		attempt->phase[phase] = 0;
	attempt->phase[phase] += rest;
}

static bool read_decision(enum decided *decision, const json_t *object)
{
	const char *name = json_string_value(json_object_get(object, "decision"));

	for (size_t i = 0; name && i < DECISIONS; i++) {
		if (!strcmp(name, decision_names[i])) {
			*decision = (enum decided)i;
			return true;
		}
	}
	return false;
}

static bool read_reused(int *reused, const json_t *object)
{
	const json_t *value = json_object_get(object, "reused");

	*reused = !value ? -1 : json_is_true(value);
	return !value || json_is_boolean(value);
}

/* [name, value] */
static bool is_field(const json_t *pair)
{
	return json_array_size(pair) == 2 && json_is_string(json_array_get(pair, 0)) &&
	       json_is_string(json_array_get(pair, 1));
}

static bool make_room(struct trace *trace, size_t count)
{
	struct field *fields = buffer_grow(trace->fields, &trace->field_room,
					   trace->field_count + count, 1024, sizeof(*fields));

	if (fields)
		trace->fields = fields;
	else
		trace->failed = true;
	return fields;
}

static bool read_fields(struct fields *fields, struct trace *trace, const json_t *object,
			const char *key)
{
	const json_t *array = json_object_get(object, key);
	size_t count = json_array_size(array);

	*fields = (struct fields){ trace->field_count, 0 };
	if (array && !json_is_array(array))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!is_field(json_array_get(array, i)))
			return false;
	}
	if (!trace->with_fields || !count || !make_room(trace, count))
		return true;
	for (size_t i = 0; i < count; i++) {
		const json_t *pair = json_array_get(array, i);

		trace->fields[trace->field_count++] =
			(struct field){ add_text(trace, json_array_get(pair, 0)),
					add_text(trace, json_array_get(pair, 1)) };
	}
	fields->count = count;
	return true;
}

static bool read_object(struct record *record, struct trace *trace, const json_t *object)
{
	struct attempt *attempt = &record->attempt;
	char *base = (char *)record;

	for (size_t i = 0; i < COUNT(numbers); i++) {
		if (!read_number((int64_t *)(base + numbers[i].offset), object, numbers[i].key,
				 numbers[i].need, numbers[i].most))
			return false;
	}
	for (size_t i = 0; i < COUNT(strings); i++) {
		if (!read_string((uint32_t *)(base + strings[i].offset), trace, object,
				 strings[i].key))
			return false;
	}
	if (!read_time(&attempt->start, json_object_get(object, "ts")) ||
	    !read_times(attempt, object) || !read_decision(&attempt->decision, object) ||
	    !read_reused(&attempt->reused, object))
		return false;
	settle_times(trace, attempt);
	return read_fields(&attempt->request, trace, object, "request_headers") &&
	       read_fields(&attempt->response, trace, object, "response_headers");
}

enum reading_result attempt_read(struct record *record, struct trace *trace, const char *line,
				 size_t length)
{
	json_t *object = json_loadb(line, length, JSON_ALLOW_NUL, NULL);
	enum reading_result result = READ_GARBAGE;

	memset(record, 0, sizeof(*record));
	if (json_is_object(object))
		result = read_object(record, trace, object) ? READ_ATTEMPT : READ_FOREIGN;
	json_decref(object);
	return result;
}
