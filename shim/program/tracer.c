/* SPDX-License-Identifier: MIT */
#include "tracer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/buffer.h"
#include "config/inject.h"
#include "events.h"
#include "process/trace.h"
#include "target.h"

/* Of an attempt's header lines no more is kept. */
#define HEADERS_MAX (256 * 1024)

/* Newer than the oldest libcurl we build against (8.10): asked for by number. */
#define INFO_POSTTRANSFER_TIME ((CURLINFO)(CURLINFO_OFF_T + 67))

static void keep(struct tracer *tracer, bool sent, const char *data, size_t length)
{
	struct trace_header header = { .length = length, .sent = sent };
	size_t needed = tracer->used + sizeof(header) + length;
	char *grown;

	if (needed > HEADERS_MAX)
		return;
	grown = buffer_grow(tracer->headers, &tracer->size, needed, 2048, 1);
	if (!grown)
		return;
	tracer->headers = grown;
	memcpy(grown + tracer->used, &header, sizeof(header));
	memcpy(grown + tracer->used + sizeof(header), data, length);
	tracer->used = needed;
}

/* What libcurl does where the program wants to see it (CURLOPT_VERBOSE). */
static int show(CURL *easy, const struct options *set, curl_infotype type, char *data,
		size_t length)
{
	static const char *const marks[] = {
		[CURLINFO_TEXT] = "* ", [CURLINFO_HEADER_IN] = "< ", [CURLINFO_HEADER_OUT] = "> ",
	};
	FILE *file = set->error_file ? set->error_file : stderr;

	if (!set->verbose)
		return 0;
	if (set->debug_function)
		return set->debug_function(easy, type, data, length, set->debug_data);
	if ((size_t)type < sizeof(marks) / sizeof(marks[0])) {
		fwrite(marks[type], 2, 1, file);
		fwrite(data, length, 1, file);
	}
	return 0;
}

static int on_debug(CURL *easy, curl_infotype type, char *data, size_t length, void *user)
{
	struct tracer *tracer = user;

	/* libcurl has handles of its own that have inherited the callback (DNS over HTTPS). */
	if (easy == tracer->program->easy &&
	    (type == CURLINFO_HEADER_IN || type == CURLINFO_HEADER_OUT))
		keep(tracer, type == CURLINFO_HEADER_OUT, data, length);
	return show(easy, &tracer->program->set, type, data, length);
}

/*
 * libcurl's handles for DNS over HTTPS are as talkative as the program's, but to standard error:
 * the callback is theirs, too, since 8.4, as curl_multi_get_handles is there.
 */
static bool would_be_heard(const struct program *program)
{
	return program->set.doh && !program->set.verbose && !program->libcurl->multi_get_handles;
}

void tracer_arm(struct tracer *tracer)
{
	struct program *program = tracer->program;

	if (!tracer_is_on(tracer) || would_be_heard(program))
		return;
	program->libcurl->easy_setopt(program->easy, CURLOPT_DEBUGFUNCTION, on_debug);
	program->libcurl->easy_setopt(program->easy, CURLOPT_DEBUGDATA, tracer);
	program->libcurl->easy_setopt(program->easy, CURLOPT_VERBOSE, 1L);
	program->ours |= OURS_TRACE;
}

void tracer_begin(struct tracer *tracer)
{
	tracer->open = true;
	tracer->used = 0;
	clock_gettime(CLOCK_REALTIME, &tracer->begun);
}

static curl_off_t ask(const struct program *program, CURLINFO info)
{
	curl_off_t value = 0;

	program->libcurl->easy_getinfo(program->easy, info, &value);
	return value;
}

static long ask_long(const struct program *program, CURLINFO info)
{
	long value = 0;

	program->libcurl->easy_getinfo(program->easy, info, &value);
	return value;
}

/* How long a phase has taken that ends at END; -1: the attempt did not come to it. */
static int64_t phase(curl_off_t begin, curl_off_t end)
{
	return end > 0 && end >= begin ? end - begin : -1;
}

/* CURLINFO_TOTAL_TIME_T(3) draws how they follow each other. */
static void fill_times(const struct program *program, int64_t times_us[TRACE_TIMES])
{
	curl_off_t dns = ask(program, CURLINFO_NAMELOOKUP_TIME_T);
	curl_off_t connect = ask(program, CURLINFO_CONNECT_TIME_T);
	curl_off_t tls = ask(program, CURLINFO_APPCONNECT_TIME_T);
	curl_off_t ready = ask(program, CURLINFO_PRETRANSFER_TIME_T);
	curl_off_t sent = ask(program, INFO_POSTTRANSFER_TIME);
	curl_off_t first = ask(program, CURLINFO_STARTTRANSFER_TIME_T);
	curl_off_t total = ask(program, CURLINFO_TOTAL_TIME_T);

	times_us[TRACE_DNS] = phase(0, dns);
	times_us[TRACE_CONNECT] = phase(dns, connect);
	times_us[TRACE_TLS] = phase(connect, tls);
	times_us[TRACE_SEND] = sent > 0 ? phase(ready, sent) : -1;
	times_us[TRACE_WAIT] = ready > 0 ? phase(sent > ready ? sent : ready, first) : -1;
	times_us[TRACE_RECEIVE] = first > 0 ? phase(first, total) : -1;
	times_us[TRACE_TOTAL] = total;
}

static void fill_address(const struct program *program, char text[TRACE_ADDRESS_MAX],
			 CURLINFO address, CURLINFO port)
{
	const char *ip = NULL;
	long number = ask_long(program, port);

	program->libcurl->easy_getinfo(program->easy, address, &ip);
	if (ip && *ip && number > 0)
		snprintf(text, TRACE_ADDRESS_MAX, strchr(ip, ':') ? "[%s]:%ld" : "%s:%ld", ip,
			 number);
}

static const char *version_of(const struct program *program)
{
	switch (ask_long(program, CURLINFO_HTTP_VERSION)) {
	case CURL_HTTP_VERSION_1_0:
		return "1.0";
	case CURL_HTTP_VERSION_1_1:
		return "1.1";
	case CURL_HTTP_VERSION_2_0:
		return "2";
	case 30: /* CURL_HTTP_VERSION_3, of libcurl 7.66 built with it */
		return "3";
	default:
		return NULL;
	}
}

static const char *decision_of(enum log_kind kind)
{
	return kind == LOG_TRANSFER ? "done" : log_kind_name(kind);
}

static void complain(const struct program *program, int error)
{
	struct policy_problem problem;
	struct log_event event = {
		.kind = LOG_NOT_TRACED,
		.problem = problem.text,
		.delay_ms = -1,
		.retry_after_ms = -1,
		.elapsed_ms = -1,
		.bytes_kept = -1,
	};

	snprintf(problem.text, sizeof(problem.text), "the trace %.900s cannot be written: %s",
		 program->policy->trace, log_reason(error));
	log_event(program->policy, &event);
}

void tracer_end(struct tracer *tracer, const struct log_event *event)
{
	const struct program *program = tracer->program;
	struct trace_attempt attempt = {
		.begun = tracer->begun,
		.pid = (int)getpid(),
		.program = log_known_program(),
		.transfer = event->transfer,
		.attempt = event->attempt,
		.method = event->method,
		.url = event->url,
		.http_version = version_of(program),
		.status = event->status,
		.curlcode = event->curlcode,
		.sent = ask(program, CURLINFO_SIZE_UPLOAD_T),
		.received = ask(program, CURLINFO_SIZE_DOWNLOAD_T),
		.headers = tracer->headers,
		.headers_length = tracer->used,
		.decision = decision_of(event->kind),
		.why = verdict_why_name(event->why),
		.delay_ms = event->delay_ms,
		.turn_ms = event->turn_ms ? event->turn_ms : -1,
		.redirects = ask_long(program, CURLINFO_REDIRECT_COUNT),
		.secrets = program->policy->trace_secrets,
	};
	char fault[FAULT_TEXT_MAX] = "";
	struct target target;
	int error;

	if (program->fault)
		inject_text(program->fault, fault);
	attempt.injected = fault;
	target_of(program, &target);
	attempt.http = target.http;
	tracer->open = false;
	fill_times(program, attempt.times_us);
	fill_address(program, attempt.remote, CURLINFO_PRIMARY_IP, CURLINFO_PRIMARY_PORT);
	fill_address(program, attempt.local, CURLINFO_LOCAL_IP, CURLINFO_LOCAL_PORT);
	attempt.reused = attempt.remote[0] && !ask_long(program, CURLINFO_NUM_CONNECTS);
	if (!trace_write(program->policy, &attempt, &error))
		complain(program, error);
}

void tracer_free(struct tracer *tracer)
{
	free(tracer->headers);
	tracer->headers = NULL;
	tracer->size = 0;
	tracer->used = 0;
}
