/* SPDX-License-Identifier: MIT */
#include "har.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "config/ascii.h"
#include "config/calendar.h"
#include "format.h"
#include "quote.h"

/* What an URI may have beside letters and digits (RFC 3986 §2). */
#define URI_MARKS "-._~:/?#@!$&'()*+,;=%"
/* Entries of a list of header fields that are none, but tell where a block begins. */
#define REQUEST_LINE ":request"
#define STATUS_LINE ":status"

static bool is_letter(char c)
{
	return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

/* Whether the byte at AT may stand in a URI; brackets may in its host, which ends at PATH. */
static bool fits_uri(const char *at, const char *path)
{
	if (*at == '%')
		return ascii_hex(at[1]) >= 0 && ascii_hex(at[2]) >= 0;
	if (*at == '[' || *at == ']')
		return at < path;
	return is_letter(*at) || ascii_is_digit(*at) || strchr(URI_MARKS, *at);
}

/* A URL as libcurl takes it is not always one as RFC 3986 has it. To be freed; NULL: no memory. */
static char *uri_of(const char *url)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *colon = strstr(url, "://");
	const char *path =
		colon ? colon + 3 + strcspn(colon + 3, "/?#") : url + strcspn(url, "/?#");
	char *uri = malloc(3 * strlen(url) + sizeof("about:blank"));
	char *end = uri;

	if (!uri)
		return NULL;
	if (!*url)
		return strcpy(uri, "about:blank");
	if (!colon)
		end = stpcpy(uri, "http://");
	for (; *url; url++) {
		unsigned char byte = (unsigned char)*url;

		if (fits_uri(url, path)) {
			*end++ = *url;
			continue;
		}
		*end++ = '%';
		*end++ = digits[byte >> 4];
		*end++ = digits[byte & 15];
	}
	*end = '\0';
	return uri;
}

static void print_time(FILE *out, int64_t us)
{
	struct moment at = calendar_moment(us / 1000000);

	fprintf(out, "\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\"", at.year, at.month, at.day, at.hour,
		at.minute, at.second, (int)(us / 1000 % 1000));
}

/* Milliseconds; -1 for what did not happen. */
static void print_ms(FILE *out, const char *key, int64_t us)
{
	if (us < 0)
		fprintf(out, "\"%s\":-1", key);
	else
		fprintf(out, "\"%s\":%" PRId64 ".%03d", key, us / 1000, (int)(us % 1000));
}

static void print_version(FILE *out, const char *version)
{
	fputs("\"httpVersion\":", out);
	if (!*version) {
		fputs("\"unknown\"", out);
		return;
	}
	fputs("\"HTTP/", out);
	fputs(!strcmp(version, "1.0") ? "1.0" :
	      !strcmp(version, "1.1") ? "1.1" :
	      *version == '2'         ? "2" :
					"3", out);
	fputc('"', out);
}

static void print_pair(FILE *out, const char *name, size_t name_length, const char *value,
		       size_t value_length)
{
	fputs("{\"name\":", out);
	quote_string(out, name, name_length);
	fputs(",\"value\":", out);
	quote_string(out, value, value_length);
	fputc('}', out);
}

static void print_fields(FILE *out, const struct trace *trace, struct fields fields)
{
	const char *separator = "";

	fputs("\"headers\":[", out);
	for (size_t i = 0; i < fields.count; i++) {
		const struct field *field = &trace->fields[fields.first + i];
		const struct text *name = &trace->texts.of[field->name];
		const struct text *value = &trace->texts.of[field->value];

		if (*name->bytes == ':')
			continue;
		fputs(separator, out);
		print_pair(out, name->bytes, name->length, value->bytes, value->length);
		separator = ",";
	}
	fputc(']', out);
}

static void print_query(FILE *out, const char *uri)
{
	const char *at = strchr(uri, '?');
	const char *separator = "";

	fputs("\"queryString\":[", out);
	while (at && *at && *at != '#') {
		size_t length = strcspn(++at, "&#");
		size_t name = strcspn(at, "=&#");

		if (length) {
			fputs(separator, out);
			print_pair(out, at, name, at + name + (name < length),
				   length - name - (name < length));
			separator = ",";
		}
		at += length;
	}
	fputc(']', out);
}

static void print_request(FILE *out, const struct trace *trace, const struct attempt *attempt)
{
	char *uri = uri_of(trace_text(trace, attempt->url));

	fputs("\"request\":{\"method\":", out);
	quote_text(out, trace_text(trace, attempt->method));
	fputs(",\"url\":", out);
	quote_text(out, uri ? uri : "about:blank");
	fputc(',', out);
	print_version(out, trace_text(trace, attempt->version));
	fputs(",\"cookies\":[],", out);
	print_fields(out, trace, trace_last_block(trace, attempt->request, REQUEST_LINE));
	fputc(',', out);
	print_query(out, uri ? uri : "");
	fprintf(out, ",\"headersSize\":-1,\"bodySize\":%" PRId64 "}", attempt->sent);
	free(uri);
}

/* "HTTP/1.1 302 Found" to "Found" */
static const char *reason_of(const char *status_line)
{
	const char *blank = strchr(status_line, ' ');

	blank = blank ? strchr(blank + 1, ' ') : NULL;
	return blank ? blank + 1 : "";
}

static void print_response(FILE *out, const struct trace *trace, const struct attempt *attempt)
{
	struct fields fields = trace_last_block(trace, attempt->response, STATUS_LINE);

	fprintf(out, "\"response\":{\"status\":%" PRId64 ",\"statusText\":",
		attempt->status > 0 ? attempt->status : 0);
	quote_text(out, reason_of(trace_field(trace, fields, STATUS_LINE)));
	fputc(',', out);
	print_version(out, trace_text(trace, attempt->version));
	fputs(",\"cookies\":[],", out);
	print_fields(out, trace, fields);
	fprintf(out, ",\"content\":{\"size\":%" PRId64 ",\"mimeType\":",
		attempt->received > 0 ? attempt->received : 0);
	quote_text(out, trace_field(trace, fields, "content-type"));
	fputs("},\"redirectURL\":", out);
	quote_text(out, trace_field(trace, fields, "location"));
	fprintf(out, ",\"headersSize\":-1,\"bodySize\":%" PRId64, attempt->received);
	if (attempt->error) {
		fputs(",\"_error\":", out);
		quote_text(out, trace_text(trace, attempt->error));
	}
	fputc('}', out);
}

/* HAR counts the TLS handshake to the connection as well. */
static void print_timings(FILE *out, const struct attempt *attempt)
{
	const int64_t *phase = attempt->phase;
	int64_t blocked = attempt_unphased(attempt);
	int64_t connect = phase[PHASE_CONNECT];

	if (phase[PHASE_TLS] > 0)
		connect = (connect > 0 ? connect : 0) + phase[PHASE_TLS];
	fputs("\"timings\":{", out);
	print_ms(out, "blocked", blocked > 0 ? blocked : -1);
	fputc(',', out);
	print_ms(out, "dns", phase[PHASE_DNS]);
	fputc(',', out);
	print_ms(out, "connect", connect);
	fputc(',', out);
	print_ms(out, "ssl", phase[PHASE_TLS]);
	for (size_t i = PHASE_SEND; i <= PHASE_RECEIVE; i++) {
		fputc(',', out);
		print_ms(out, phase_names[i], phase[i] > 0 ? phase[i] : 0);
	}
	fputc('}', out);
}

/* "192.0.2.1:443" or "[2001:db8::1]:443" */
static void print_address(FILE *out, const char *remote)
{
	char address[INET6_ADDRSTRLEN];
	unsigned char bytes[sizeof(struct in6_addr)];
	const char *start = remote + (*remote == '[');
	const char *colon = strrchr(remote, ':');
	size_t length = colon && colon > start ? (size_t)(colon - start) : 0;

	length -= *remote == '[' && length;
	if (!length || length >= sizeof(address))
		return;
	memcpy(address, start, length);
	address[length] = '\0';
	if (inet_pton(*remote == '[' ? AF_INET6 : AF_INET, address, bytes) == 1)
		fprintf(out, ",\"serverIPAddress\":\"%s\"", address);
}

/* libcurl tells connections apart by the local port. */
static void print_connection(FILE *out, const char *local)
{
	const char *colon = strrchr(local, ':');

	if (!colon)
		return;
	fputs(",\"connection\":", out);
	quote_text(out, colon + 1);
}

/* "attempt 1 of 3, retry, then a wait of 740 ms" */
static void print_comment(FILE *out, const struct trace *trace, const struct transfer *transfer,
			  size_t index)
{
	const struct attempt *attempt = &trace->attempts[transfer->first + index];
	char text[FORMAT_MAX];

	fprintf(out, ",\"comment\":\"attempt %zu of %zu, %s", index + 1, transfer->count,
		decision_names[attempt->decision]);
	if (attempt_is_followed(attempt) && attempt->delay_ms >= 0)
		fprintf(out, ", then a wait of %s", format_ms(text, attempt->delay_ms));
	if (attempt_is_followed(attempt) && attempt->turn_ms > 0)
		fprintf(out, ", %s of it for a turn", format_ms(text, attempt->turn_ms));
	if (attempt->redirects > 0)
		fprintf(out, "; after %" PRId64 " redirect%s", attempt->redirects,
			attempt->redirects == 1 ? "" : "s");
	if (attempt->injected)
		fputs("; a fault on purpose", out);
	fputc('"', out);
}

/* What HAR has no place for, under names of our own. */
static void print_own(FILE *out, const struct trace *trace, const struct transfer *transfer,
		      const struct attempt *attempt)
{
	fprintf(out,
		",\"_pid\":%" PRId64 ",\"_transfer\":%" PRId64 ",\"_attempt\":%" PRId64
		",\"_program\":",
		transfer->pid, transfer->number, attempt->number);
	quote_text(out, trace_text(trace, transfer->program));
	fprintf(out, ",\"_decision\":\"%s\"", decision_names[attempt->decision]);
	if (attempt->why) {
		fputs(",\"_why\":", out);
		quote_text(out, trace_text(trace, attempt->why));
	}
	if (attempt->delay_ms >= 0)
		fprintf(out, ",\"_delay_ms\":%" PRId64, attempt->delay_ms);
}

static void print_entry(FILE *out, const struct trace *trace, const struct transfer *transfer,
			size_t index)
{
	const struct attempt *attempt = &trace->attempts[transfer->first + index];

	fputs("{\"startedDateTime\":", out);
	print_time(out, attempt->start);
	fputc(',', out);
	print_ms(out, "time", attempt->total > 0 ? attempt->total : 0);
	fputs(",\n", out);
	print_request(out, trace, attempt);
	fputs(",\n", out);
	print_response(out, trace, attempt);
	fputs(",\n\"cache\":{},", out);
	print_timings(out, attempt);
	print_address(out, trace_text(trace, attempt->remote));
	print_connection(out, trace_text(trace, attempt->local));
	print_comment(out, trace, transfer, index);
	print_own(out, trace, transfer, attempt);
	fputc('}', out);
}

/* HAR wants entries with the oldest first. */
static int by_start(const void *a, const void *b)
{
	const struct attempt *left = *(const struct attempt *const *)a;
	const struct attempt *right = *(const struct attempt *const *)b;

	if (left->start != right->start)
		return left->start < right->start ? -1 : 1;
	return left < right ? -1 : 1;
}

bool har_print(FILE *out, const struct trace *trace)
{
	const struct attempt **order =
		calloc(trace->attempt_count + 1, sizeof(const struct attempt *));

	if (!order)
		return false;
	for (size_t i = 0; i < trace->attempt_count; i++)
		order[i] = &trace->attempts[i];
	if (trace->attempt_count)
		qsort(order, trace->attempt_count, sizeof(const struct attempt *), by_start);
	fputs("{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"curlretry\",\"version\":"
	      "\"" CURLRETRY_VERSION "\"},",
	      out);
	if (trace_skipped(trace))
		fprintf(out,
			"\"comment\":\"%" PRIu64 " of %" PRIu64
			" lines of the trace were skipped\",",
			trace_skipped(trace), trace->lines);
	fputs("\"entries\":[", out);
	for (size_t i = 0; i < trace->attempt_count; i++) {
		const struct transfer *transfer = &trace->transfers[order[i]->transfer];
		size_t index = (size_t)(order[i] - trace->attempts) - transfer->first;

		fputs(i ? ",\n\n" : "\n", out);
		print_entry(out, trace, transfer, index);
	}
	fputs("\n]}}\n", out);
	free(order);
	return true;
}
