/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/buffer.h"
#include "config/calendar.h"
#include "config/errors.h"
#include "config/secrets.h"
#include "config/utf8.h"
#include "trace.h"

#define WHOLE SIZE_MAX	/* no value of a field is cut */

struct text {
	char *bytes;
	size_t used, size;
	bool lost;		/* there was no memory */
	bool hides;		/* secrets */
	size_t most;		/* bytes of a header field's value */
};

static __attribute__((noinline)) bool grow(struct text *text, size_t length)
{
	char *grown = buffer_grow(text->bytes, &text->size, text->used + length + 1, 2048, 1);

	text->lost |= !grown;
	if (grown)
		text->bytes = grown;
	return grown != NULL;
}

static inline void add(struct text *text, const char *bytes, size_t length)
{
	if (text->used + length >= text->size && !grow(text, length))
		return;
	memcpy(text->bytes + text->used, bytes, length);
	text->used += length;
}

static void add_word(struct text *text, const char *word)
{
	add(text, word, strlen(word));
}

/* Bytes that stand for themselves in JSON, as most do. */
static size_t plain_length(const char *bytes, size_t length)
{
	size_t n = 0;

	while (n < length && bytes[n] >= ' ' && bytes[n] < 0x7f && bytes[n] != '"' &&
	       bytes[n] != '\\')
		n++;
	return n;
}

static void add_odd(struct text *text, const char *at, size_t n)
{
	char escaped[8];

	if (!n)
		snprintf(escaped, sizeof(escaped), "\\u%04x", (unsigned char)*at);
	if (n == 1)
		add(text, "\\", 1);
	add(text, n ? at : escaped, n ? n : 6);
}

static void add_escaped(struct text *text, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length;) {
		size_t n = plain_length(bytes + i, length - i);

		if (n) {
			add(text, bytes + i, n);
		} else {
			n = utf8_printable(bytes + i, length - i);
			add_odd(text, bytes + i, n);
			n += !n;
		}
		i += n;
	}
}

static void add_string(struct text *text, const char *bytes, size_t length)
{
	add(text, "\"", 1);
	add_escaped(text, bytes, length);
	add(text, "\"", 1);
}

/* Whether an item comes first in its list or object. */
static bool is_first(const struct text *text)
{
	char last = text->used ? text->bytes[text->used - 1] : '{';

	return last == '{' || last == '[';
}

static void add_key(struct text *text, const char *key)
{
	add_word(text, is_first(text) ? "\"" : ",\"");
	add_word(text, key);
	add_word(text, "\":");
}

static void add_value(struct text *text, const char *key, const char *value)
{
	if (!value || !value[0])
		return;
	add_key(text, key);
	add_string(text, value, strlen(value));
}

/* Not by snprintf(), which takes as long as all else that a number needs. */
static void add_number(struct text *text, const char *key, int64_t value)
{
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char digits[24];
	size_t at = sizeof(digits);

	add_key(text, key);
	do {
		digits[--at] = (char)('0' + left % 10);
		left /= 10;
	} while (left);
	if (value < 0)
		digits[--at] = '-';
	add(text, digits + at, sizeof(digits) - at);
}

static void add_time(struct text *text, const struct timespec *time)
{
	struct moment at = calendar_moment(time->tv_sec);
	char moment[64];

	snprintf(moment, sizeof(moment), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", at.year, at.month,
		 at.day, at.hour, at.minute, at.second, (int)(time->tv_nsec / 1000000));
	add_value(text, "ts", moment);
}

typedef size_t (*hiding)(char *out, const char *text, size_t length);

static void add_hidden(struct text *text, hiding hide, const char *bytes, size_t length)
{
	char *shown = text->hides ? malloc(SECRETS_ROOM(length)) : NULL;

	if (shown)
		add_string(text, shown, hide(shown, bytes, length));
	else if (!text->hides)
		add_string(text, bytes, length);
	else
		text->lost = true;
	free(shown);
}

/* --- header lines --- */

static void add_cut(struct text *text, const char *value, size_t length)
{
	bool cut = length > text->most;

	add(text, "\"", 1);
	add_escaped(text, value, cut ? text->most : length);
	add_word(text, cut ? "...\"" : "\"");
}

static void add_field_value(struct text *text, const char *name, size_t name_length,
			    const char *value, size_t length)
{
	char *shown = NULL;

	if (!text->hides) {
		add_cut(text, value, length);
		return;
	}
	shown = malloc(SECRETS_ROOM(length));
	if (shown)
		add_cut(text, shown,
			secrets_hide_field(shown, name, name_length, value, length));
	else
		text->lost = true;
	free(shown);
}

/* ["Name","value"], or a line that is no field: ["name","line"]. */
static void add_pair(struct text *text, const char *name, const char *line, size_t length,
		     hiding hide)
{
	add_word(text, is_first(text) ? "[\"" : ",[\"");
	add_word(text, name);
	add_word(text, "\",");
	add_hidden(text, hide, line, length);
	add_word(text, "]");
}

static void add_field(struct text *text, const char *line, size_t length)
{
	const char *colon = memchr(line, ':', length);
	size_t name = colon ? (size_t)(colon - line) : length;
	size_t skip = colon ? 1 : 0;

	while (name + skip < length && (line[name + skip] == ' ' || line[name + skip] == '\t'))
		skip++;
	add_word(text, is_first(text) ? "[" : ",[");
	add_string(text, line, name);
	add_word(text, ",");
	add_field_value(text, line, name, line + name + skip, length - name - skip);
	add_word(text, "]");
}

static void add_line(struct text *text, const struct trace_attempt *attempt, bool sent, bool first,
		     const char *line, size_t length)
{
	while (length && (line[length - 1] == '\n' || line[length - 1] == '\r'))
		length--;
	if (!length)
		return;
	if (!attempt->http)
		add_pair(text, sent ? ":command" : ":reply", line, length, secrets_hide_command);
	else if (sent && first)
		add_pair(text, ":request", line, length, secrets_hide_text);
	else if (!sent && length > 5 && !memcmp(line, "HTTP/", 5))
		add_pair(text, ":status", line, length, secrets_hide_text);
	else
		add_field(text, line, length);
}

/* libcurl gives a request's lines in one piece, a response's one by one. */
static void add_lines(struct text *text, const struct trace_attempt *attempt, bool sent,
		      const char *bytes, size_t length)
{
	bool first = true;

	while (length) {
		const char *end = memchr(bytes, '\n', length);
		size_t n = end ? (size_t)(end - bytes) + 1 : length;

		add_line(text, attempt, sent, first, bytes, n);
		first = false;
		bytes += n;
		length -= n;
	}
}

static void add_headers(struct text *text, const struct trace_attempt *attempt, bool sent)
{
	struct trace_header header;

	add_key(text, sent ? "request_headers" : "response_headers");
	add_word(text, "[");
	for (size_t at = 0; at < attempt->headers_length; at += sizeof(header) + header.length) {
		memcpy(&header, attempt->headers + at, sizeof(header));
		if (header.sent == sent)
			add_lines(text, attempt, sent, attempt->headers + at + sizeof(header),
				  header.length);
	}
	add_word(text, "]");
}

/* --- the line --- */

static void add_times(struct text *text, const int64_t times_us[TRACE_TIMES])
{
	static const char *const names[TRACE_TIMES] = {
		"dns", "connect", "tls", "send", "wait", "receive", "total",
	};

	add_key(text, "times_us");
	add_word(text, "{");
	for (int i = 0; i < TRACE_TIMES; i++) {
		if (times_us[i] >= 0)
			add_number(text, names[i], times_us[i]);
	}
	add_word(text, "}");
}

static void add_url(struct text *text, const char *url)
{
	if (!url || !url[0])
		return;
	add_key(text, "url");
	add_hidden(text, secrets_hide_text, url, strlen(url));
}

static void add_request(struct text *text, const struct trace_attempt *attempt)
{
	add_time(text, &attempt->begun);
	add_number(text, "pid", attempt->pid);
	add_value(text, "program", attempt->program);
	add_number(text, "transfer", (int64_t)attempt->transfer);
	add_number(text, "attempt", attempt->attempt);
	add_value(text, "method", attempt->method);
	add_url(text, attempt->url);
	add_value(text, "http_version", attempt->http_version);
	if (attempt->status)
		add_number(text, "status", attempt->status);
	if (attempt->curlcode)
		add_value(text, "error", error_name(attempt->curlcode));
	add_value(text, "remote", attempt->remote);
	add_value(text, "local", attempt->local);
	add_key(text, "reused");
	add_word(text, attempt->reused ? "true" : "false");
}

static void add_all(struct text *text, const struct trace_attempt *attempt)
{
	text->used = 0;
	add_word(text, "{");
	add_request(text, attempt);
	add_times(text, attempt->times_us);
	add_number(text, "sent", attempt->sent);
	add_number(text, "received", attempt->received);
	add_headers(text, attempt, true);
	add_headers(text, attempt, false);
	add_value(text, "decision", attempt->decision);
	add_value(text, "why", attempt->why);
	if (attempt->delay_ms >= 0)
		add_number(text, "delay_ms", attempt->delay_ms);
	if (attempt->turn_ms >= 0)
		add_number(text, "turn_ms", attempt->turn_ms);
	add_number(text, "redirects", attempt->redirects);
	add_value(text, "injected", attempt->injected);
	add_word(text, "}\n");
}

char *trace_line(const struct trace_attempt *attempt, size_t *length)
{
	struct trace_attempt bare = *attempt;
	struct text text = { .hides = !attempt->secrets, .most = WHOLE };

	add_all(&text, attempt);
	for (text.most = TRACE_LINE_MAX / 4; text.used > TRACE_LINE_MAX && text.most > 8;
	     text.most /= 4)
		add_all(&text, attempt);
	/* A thousand fields, or a URL beyond all measure. */
	bare.headers_length = 0;
	if (text.used > TRACE_LINE_MAX)
		add_all(&text, &bare);
	bare.url = "";
	if (text.used > TRACE_LINE_MAX)
		add_all(&text, &bare);
	if (text.lost) {
		free(text.bytes);
		return NULL;
	}
	*length = text.used;
	return text.bytes;
}
