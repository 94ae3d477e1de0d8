/* SPDX-License-Identifier: MIT */
/* Events as lines of text and JSON; pure, and free of the locale: no floating point is printed. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "config/ascii.h"
#include "config/calendar.h"
#include "config/errors.h"
#include "config/line.h"
#include "config/url.h"
#include "config/utf8.h"
#include "log.h"

/* Room for a URL, escaped; what else a line holds is shorter than the rest. */
#define URL_MAX 1400
#define METHOD_MAX 40
#define HTTP_RETURNED_ERROR 22

static const char *const kinds[] = {
	[LOG_RETRY] = "retry",
	[LOG_RESUME] = "resume",
	[LOG_RECOVERED] = "recovered",
	[LOG_GAVE_UP] = "gave_up",
	[LOG_NOT_RETRIED] = "not_retried",
	[LOG_NOT_HELD] = "not_held",
	[LOG_INJECTED] = "injected",
	[LOG_TRANSFER] = "transfer",
	[LOG_BAD_POLICY] = "bad_policy",
	[LOG_NOT_TRACED] = "not_traced",
	[LOG_NO_LEDGER] = "no_ledger",
	[LOG_DROPPED] = "dropped",
};

const char *log_kind_name(enum log_kind kind)
{
	return kinds[kind];
}

/* How bytes that cannot stand in a line are written, and which others take a backslash. */
struct escape {
	const char *format;
	const char *special;
};

static const struct escape text_escape = { "\\x%02x", "" };
static const struct escape json_escape = { "\\u%04x", "\"\\" };

/* A value on its way into a line: escaped, and cut to "..." at STOP, a length of the line. */
struct value {
	struct line *line;
	const struct escape *escape;
	size_t stop;
	bool cut;
};

static struct value begin_value(struct line *line, const struct escape *escape, size_t most)
{
	return (struct value){ line, escape, line->length + most, false };
}

static void cut_value(struct value *value)
{
	if (!value->cut)
		line_add(value->line, "...");
	value->cut = true;
}

/* Adds TEXT; of control bytes and broken UTF-8 each byte is escaped. */
static void add_to_value(struct value *value, const char *text, size_t length)
{
	for (size_t i = 0; i < length && !value->cut;) {
		const char *at = text + i;
		size_t n = utf8_printable(at, length - i);

		/* The longest that is added at once are six bytes. */
		if (value->line->length + 6 > value->stop)
			cut_value(value);
		else if (!n)
			line_add(value->line, value->escape->format, (unsigned char)*at);
		else
			line_add(value->line, "%s%.*s",
				 strchr(value->escape->special, *at) ? "\\" : "", (int)n, at);
		i += n ? n : 1;
	}
}

static void add_escaped(struct line *line, const char *text, const struct escape *escape,
			size_t most)
{
	struct value value = begin_value(line, escape, most);

	add_to_value(&value, text, strlen(text));
}

/* Scheme, host, path: neither user info nor query nor fragment. */
static void add_url(struct line *line, const char *text, const struct escape *escape, size_t most)
{
	struct value value = begin_value(line, escape, most);
	struct url url;
	size_t length;
	bool cut;

	url_split(&url, text);
	length = url_public(&url, &cut);
	add_to_value(&value, url.text, (size_t)(url.authority - url.text));
	add_to_value(&value, url.host, length);
	if (cut)
		cut_value(&value);
}

/* "0.74 s", rounded to the nearest. */
static void add_seconds(struct line *line, int64_t ms)
{
	int64_t hundredths = ms / 10 + (ms % 10 >= 5);

	line_add(line, "%lld.%02d s", (long long)(hundredths / 100), (int)(hundredths % 100));
}

/* The status where it decided (verdict.c), else the error. */
static void add_cause(struct line *line, const struct log_event *event)
{
	bool by_status = !event->curlcode || event->curlcode == HTTP_RETURNED_ERROR ||
			 event->status >= 400;

	if (by_status && event->status)
		line_add(line, "%d", event->status);
	else
		line_add(line, "%s", event->curlcode ? error_name(event->curlcode) : "no status");
}

static void add_method(struct line *line, const struct log_event *event)
{
	if (event->method)
		add_escaped(line, event->method, &text_escape, METHOD_MAX);
}

static void add_reason(struct line *line, const struct log_event *event)
{
	switch (event->why) {
	case WHY_HOST:
		line_add(line, "the host is excluded by CURLRETRY_HOSTS");
		break;
	case WHY_METHOD:
		add_method(line, event);
		line_add(line, " is not idempotent (see CURLRETRY_METHODS)");
		break;
	case WHY_CONDITIONAL:
		line_add(line, "a conditional ");
		add_method(line, event);
		line_add(line, " may have been carried out, and its repetition would fail");
		break;
	case WHY_BODY:
		line_add(line, "the request body cannot be sent again");
		break;
	case WHY_DELIVERED:
		line_add(line, "part of the response had reached the program");
		break;
	case WHY_PORT:
		line_add(line, "its local port stays taken for a while (see CURLOPT_LOCALPORT)");
		break;
	case WHY_ATTEMPTS:
		line_add(line, "CURLRETRY_ATTEMPTS is %d", event->attempts);
		break;
	case WHY_RETRY_AFTER:
		line_add(line, "the server asks for a wait of ");
		add_seconds(line, event->retry_after_ms);
		line_add(line, " (see CURLRETRY_MAX_RETRY_AFTER)");
		break;
	case WHY_DEADLINE:
		line_add(line, "the next attempt would start after CURLRETRY_MAX_TIME");
		break;
	case WHY_BUDGET:
		line_add(line, "no turn would come in time (see CURLRETRY_BUDGET)");
		break;
	case WHY_OBSERVE:
		line_add(line, "only observed, else again in ");
		add_seconds(line, event->delay_ms);
		line_add(line, " (see CURLRETRY_MODE)");
		break;
	case WHY_PERMANENT:
	case WHY_ABORTED:
	case WHY_NONE:
		break;
	}
}

static void add_gave_up(struct line *line, const struct log_event *event)
{
	line_add(line, "gave up after %d attempt%s in ", event->attempt,
		 event->attempt == 1 ? "" : "s");
	add_seconds(line, event->elapsed_ms);
	line_add(line, ": ");
	if (event->why == WHY_ABORTED) {
		line_add(line, "aborted by the program");
		return;
	}
	add_cause(line, event);
	if (event->why == WHY_RETRY_AFTER || event->why == WHY_DEADLINE ||
	    event->why == WHY_BUDGET) {
		line_add(line, "; ");
		add_reason(line, event);
	}
}

const char *log_reason(int error)
{
	switch (error) {
	case ENOMEM:
		return "no memory";
	case ENOSPC:
		return "no space is left on the disk";
	case EDQUOT:
		return "the disk's quota is used up";
	case EFBIG:
		return "a file may not grow so large";
	case EMFILE:
	case ENFILE:
		return "no descriptor is left";
	case EBADF:
		return "the program has closed its file";
	default:
		return "no file can be made";
	}
}

static void add_outcome(struct line *line, const struct log_event *event)
{
	switch (event->kind) {
	case LOG_RETRY:
	case LOG_RESUME:
		add_cause(line, event);
		line_add(line, "; attempt %d of %d failed, ", event->attempt, event->attempts);
		if (event->kind == LOG_RESUME)
			line_add(line, "going on from byte %lld in ", (long long)event->bytes_kept);
		else
			line_add(line, "next in ");
		add_seconds(line, event->delay_ms);
		break;
	case LOG_RECOVERED:
		line_add(line, "recovered on attempt %d after ", event->attempt);
		add_seconds(line, event->elapsed_ms);
		/* An answer, if not the one hoped for. */
		if (event->status >= 400)
			line_add(line, ": %d", event->status);
		break;
	case LOG_GAVE_UP:
		add_gave_up(line, event);
		break;
	case LOG_NOT_RETRIED:
		add_cause(line, event);
		line_add(line, "; not retried: ");
		add_reason(line, event);
		break;
	case LOG_NOT_HELD:
		line_add(line, "%s: %s",
			 event->request ? "the request body cannot be kept, and is sent once" :
					  "the body cannot be held, and streams",
			 log_reason(event->error));
		break;
	case LOG_INJECTED:
		line_add(line, "injected %s into attempt %d of %d", event->problem, event->attempt,
			 event->attempts);
		break;
	case LOG_TRANSFER:
		add_cause(line, event);
		line_add(line, " in ");
		add_seconds(line, event->elapsed_ms);
		break;
	case LOG_BAD_POLICY:
	case LOG_NO_LEDGER:
	case LOG_NOT_TRACED:
	case LOG_DROPPED:
		break;
	}
}

static bool is_of_no_transfer(const struct log_event *event)
{
	return event->kind >= LOG_BAD_POLICY;
}

size_t log_text(char buffer[LOG_LINE_MAX], const struct log_event *event)
{
	struct line line = line_begin(buffer, LOG_LINE_MAX - 1);

	line_add(&line, "curlretry: ");
	if (is_of_no_transfer(event)) {
		line_add(&line, "%s%s", event->problem,
			 event->kind != LOG_BAD_POLICY ? "" :
			 event->kept ? "; the policy before it stays in force" :
				       "; running without retries");
		return line.length;
	}
	if (event->method) {
		add_method(&line, event);
		line_add(&line, " ");
	}
	if (event->url) {
		add_url(&line, event->url, &text_escape, URL_MAX);
		line_add(&line, ": ");
	}
	add_outcome(&line, event);
	return line.length;
}

/*
 * An event's fields are written in two ways: "key":value in an object of JSON, and
 * CURLRETRY_KEY=value, a line each, in an entry of the journal.
 */
struct fields {
	struct line line;
	bool journal;
};

static void begin_field(struct fields *fields, const char *key)
{
	struct line *line = &fields->line;

	if (!fields->journal) {
		line_add(line, "%s\"%s\":", line->length > 1 ? "," : "", key);
		return;
	}
	line_add(line, POLICY_VARIABLE);
	for (; *key; key++)
		line_add(line, "%c", ascii_upper(*key));
	line_add(line, "=");
}

static void end_field(struct fields *fields)
{
	if (fields->journal)
		line_add(&fields->line, "\n");
}

static void add_number(struct fields *fields, const char *key, int64_t value)
{
	begin_field(fields, key);
	line_add(&fields->line, "%lld", (long long)value);
	end_field(fields);
}

typedef void adder(struct line *line, const char *value, const struct escape *escape, size_t most);

static void add_text(struct fields *fields, const char *key, const char *value, size_t most,
		     adder *add)
{
	const char *quote = fields->journal ? "" : "\"";

	begin_field(fields, key);
	line_add(&fields->line, "%s", quote);
	add(&fields->line, value, fields->journal ? &text_escape : &json_escape, most);
	line_add(&fields->line, "%s", quote);
	end_field(fields);
}

static void add_string(struct fields *fields, const char *key, const char *value, size_t most)
{
	add_text(fields, key, value, most, add_escaped);
}

static void add_time(struct line *line, const struct timespec *now)
{
	struct moment at = calendar_moment(now->tv_sec);

	line_add(line, "\"ts\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\"", at.year, at.month, at.day,
		 at.hour, at.minute, at.second, (int)(now->tv_nsec / 1000000));
}

size_t log_tag(char tag[LOG_TAG_MAX], int priority, const struct log_origin *origin)
{
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct moment at = calendar_moment(origin->now.tv_sec);
	struct line line = line_begin(tag, LOG_TAG_MAX);

	line_add(&line, "<%d>%s %2d %02d:%02d:%02d ", priority, months[at.month - 1], at.day,
		 at.hour, at.minute, at.second);
	add_escaped(&line, origin->program, &text_escape, 100);
	line_add(&line, "[%d]: ", origin->pid);
	return line.length;
}

/* What only an event about a transfer has. */
static void add_transfer(struct fields *fields, const struct log_event *event)
{
	add_number(fields, "transfer", (int64_t)event->transfer);
	add_number(fields, "attempt", event->attempt);
	add_number(fields, "attempts", event->attempts);
	if (event->method)
		add_string(fields, "method", event->method, METHOD_MAX);
	if (event->url)
		add_text(fields, "url", event->url, URL_MAX, add_url);
	if (event->status)
		add_number(fields, "status", event->status);
	if (event->curlcode)
		add_string(fields, "error", error_name(event->curlcode), 60);
}

static void add_event(struct fields *fields, const struct log_event *event,
		      const struct log_origin *origin)
{
	const char *why = event->problem ? event->problem : verdict_why_name(event->why);

	add_string(fields, "program", origin->program, 120);
	add_string(fields, "event", kinds[event->kind], 20);
	if (!is_of_no_transfer(event))
		add_transfer(fields, event);
	if (why)
		add_string(fields, "why", why, URL_MAX);
	if (event->delay_ms >= 0)
		add_number(fields, "delay_ms", event->delay_ms);
	if (event->turn_ms > 0)
		add_number(fields, "turn_ms", event->turn_ms);
	if (event->retry_after_ms >= 0)
		add_number(fields, "retry_after_ms", event->retry_after_ms);
	if (event->elapsed_ms >= 0)
		add_number(fields, "elapsed_ms", event->elapsed_ms);
	if (event->bytes_kept >= 0)
		add_number(fields, "bytes_kept", event->bytes_kept);
}

size_t log_json(char buffer[LOG_LINE_MAX], const struct log_event *event,
		const struct log_origin *origin)
{
	struct fields fields = { .line = line_begin(buffer, LOG_LINE_MAX - 1) };

	line_add(&fields.line, "{");
	add_time(&fields.line, &origin->now);
	add_number(&fields, "pid", origin->pid);
	add_event(&fields, event, origin);
	line_add(&fields.line, "}");
	return fields.line.length;
}

size_t log_entry(char entry[LOG_ENTRY_MAX], const char *line, int severity,
		 const struct log_event *event, const struct log_origin *origin)
{
	struct fields fields = { .line = line_begin(entry, LOG_ENTRY_MAX), .journal = true };

	line_add(&fields.line, "MESSAGE=%s\nPRIORITY=%d\nSYSLOG_IDENTIFIER=", line, severity);
	add_escaped(&fields.line, origin->program, &text_escape, 100);
	line_add(&fields.line, "\n");
	add_event(&fields, event, origin);
	return fields.line.length;
}
