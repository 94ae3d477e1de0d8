/* SPDX-License-Identifier: MIT */
#include "injection.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/inject.h"
#include "diversion.h"
#include "install.h"
#include "process/process.h"
#include "program/events.h"
#include "response.h"

/* Apart from each other's and from the jitter's, which are drawn for attempts 1 to 100. */
#define FIRST_DRAW 1000

void injection_init(struct injection *injection)
{
	*injection = (struct injection){ 0 };
	decoy_init(&injection->decoy);
}

void injection_free(struct injection *injection)
{
	decoy_close(&injection->decoy);
	free(injection->url);
	injection->url = NULL;
}

/* --- which fault --- */

/*
 * The kinds of fault that the handle's attempt can suffer, a set of 1 << kind. Where the program
 * has reset the handle since the transfer began, our callbacks are gone.
 */
static unsigned possible(const struct handle *handle)
{
	const struct injection *injection = &handle->injection;
	const struct options *set = &handle->program.set;
	const unsigned diverted = 1U << FAULT_REFUSED | 1U << FAULT_DNS | 1U << FAULT_TLS;
	const unsigned answered = 1U << FAULT_CUT | 1U << FAULT_DELAY | 1U << FAULT_STALL;
	bool sends = strcmp(set->method, "GET") != 0;
	unsigned can = 0;

	if (!strcmp(set->scheme, "file"))
		return 0;
	if (!set->unix_socket)
		can |= diverted;
	if (set->connect_only || !(handle->program.ours & OURS_CALLBACKS))
		return can;
	can |= answered;
	if (target_is_http(set->scheme) || !sends)
		can |= 1U << FAULT_RESET;
	if (target_is_http(set->scheme) && !set->unix_socket &&
	    (injection->url || !diversion_needs_plain_url(set)))
		can |= 1U << FAULT_STATUS;
	return can;
}

/*
 * EFFECTIVE_URL is the program's own as long as no redirect has been followed since it was set.
 * Malloc'd, or NULL.
 */
static char *own_url(const struct program *program)
{
	const struct libcurl *libcurl = program->libcurl;
	long redirects = 0;
	char *text = NULL;
	char *copy = NULL;

	if (program->set.url_is_hop)
		return NULL;
	if (program->set.url_handle) {
		if (libcurl->url_get)
			libcurl->url_get(program->set.url_handle, CURLUPART_URL, &text, 0);
		copy = text ? strdup(text) : NULL;
		if (text)
			libcurl->free(text);
		return copy;
	}
	libcurl->easy_getinfo(program->easy, CURLINFO_REDIRECT_COUNT, &redirects);
	libcurl->easy_getinfo(program->easy, CURLINFO_EFFECTIVE_URL, &text);
	return text && (program->set.url_is_new || !redirects) ? strdup(text) : NULL;
}

static void forget_info(struct injection *injection)
{
	injection->swapped = false;
	injection->unanswered = false;
	injection->shortened = false;
}

void injection_begin(struct handle *handle)
{
	struct injection *injection = &handle->injection;
	struct program *program = &handle->program;

	forget_info(injection);
	if (program->policy->inject.count) {
		injection->drawn = 0;
		free(injection->url);
		injection->url = own_url(program);
	}
	program->set.url_is_new = false;
	program->set.url_is_hop = false;
}

void injection_note_url(struct handle *handle, const char *url)
{
	struct injection *injection = &handle->injection;
	struct program *program = &handle->program;

	if (!program->policy->inject.count)
		return;
	free(injection->url);
	injection->url = url ? strdup(url) : NULL;
	if (program->ours & OURS_URL)
		program->shown_url = injection->url;
}

/* --- the log --- */

static void log_fault(struct program *program, const struct fault *fault)
{
	char text[FAULT_TEXT_MAX];
	struct target target;
	struct log_event event;

	program->fault = fault;
	inject_text(fault, text);
	target_of(program, &target);
	event = event_of(program, LOG_INJECTED, &target);
	event.problem = text;
	event.elapsed_ms = -1;
	log_event(program->policy, &event);
}

/* --- faults of an answer --- */

static int64_t after(int64_t begin, int64_t ms)
{
	return ms ? begin + ms : INT64_MAX;
}

static int64_t earlier(int64_t one, int64_t other)
{
	return one < other ? one : other;
}

/* When a time-out of the program's or ours ends a transfer that is held back from NOW on. */
static void find_time_out(struct handle *handle, int64_t now)
{
	struct injection *injection = &handle->injection;
	const struct options *set = &handle->program.set;
	const struct policy *policy = handle->program.policy;
	int64_t slow = after(now, set->low_speed_limit ? set->low_speed_time * 1000 : 0);
	int64_t whole = earlier(after(injection->begun, set->timeout_ms),
				after(injection->begun, policy->attempt_timeout_ms));

	whole = earlier(whole, after(now, policy->stall_timeout_ms));
	injection->fails = earlier(whole, slow);
	injection->slow = slow < whole;
}

/* The wait has not come to its end: the program has seen nothing of what is held back. */
static void fail(struct injection *injection, CURLcode code)
{
	injection->ended = code;
	injection->unanswered = injection->fault->kind == FAULT_DELAY;
	injection->shortened = !injection->unanswered;
}

/* In curl_easy_perform nothing else goes on that the wait could hold up. */
static bool wait_here(struct handle *handle)
{
	struct injection *injection = &handle->injection;
	bool calls = progress_is_wanted(&handle->program);
	int64_t now = process_now();

	while (now < injection->until) {
		int64_t next = injection_due(injection);

		if (now >= injection->fails) {
			fail(injection, CURLE_OPERATION_TIMEDOUT);
			return false;
		}
		if (calls && progress_aborts_wait(&handle->progress)) {
			fail(injection, CURLE_ABORTED_BY_CALLBACK);
			return false;
		}
		if (next - now > PROGRESS_EVERY_MS)
			next = now + PROGRESS_EVERY_MS;
		poll(NULL, 0, (int)(next - now));
		now = process_now();
	}
	return true;
}

static void begin_wait(struct handle *handle)
{
	struct injection *injection = &handle->injection;
	int64_t now = process_now();

	log_fault(&handle->program, injection->fault);
	injection->until = now + injection->fault->amount;
	find_time_out(handle, now);
}

static void end_wait(struct handle *handle)
{
	handle->injection.until = 0;
	handle->injection.waited = true;
	progress_note(&handle->progress);
}

/* What a callback returns first: LENGTH, it may go on; else that. */
static size_t hold_back(struct handle *handle, size_t length)
{
	struct injection *injection = &handle->injection;
	bool over;

	if (injection->waited)
		return length;
	if (!injection->until)
		begin_wait(handle);
	if (handle->member.of) {
		over = process_now() >= injection->until;
		if (over)
			end_wait(handle);
		else
			member_watch(&handle->member, injection_due(injection));
		return over ? length : CURL_WRITEFUNC_PAUSE;
	}
	over = wait_here(handle);
	end_wait(handle);
	return over ? length : 0;
}

enum held_back injection_look(struct handle *handle, int64_t now)
{
	struct injection *injection = &handle->injection;

	if (now >= injection->until) {
		end_wait(handle);
		return HELD_BACK_OVER;
	}
	if (now < injection->fails)
		return HELD_BACK;
	end_wait(handle);
	fail(injection, CURLE_OPERATION_TIMEDOUT);
	return HELD_BACK_FAILED;
}

int64_t injection_due(const struct injection *injection)
{
	return injection->until ? earlier(injection->until, injection->fails) : INT64_MAX;
}

/* Breaks the attempt off with CODE: for the callback that returns 0 then. */
static size_t strike(struct handle *handle, CURLcode code)
{
	log_fault(&handle->program, handle->injection.fault);
	handle->injection.ended = code;
	return 0;
}

static size_t reset(struct handle *handle)
{
	handle->injection.unanswered = true;
	return strike(handle, CURLE_RECV_ERROR);
}

/* Where an answer has neither a length nor chunks, its connection's end is its own. */
static size_t cut(struct handle *handle)
{
	struct injection *injection = &handle->injection;
	const struct program *program = &handle->program;
	const char *value;
	curl_off_t whole = -1;
	size_t length;

	injection->shortened = !program->set.accept_encoding;
	program->libcurl->easy_getinfo(program->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &whole);
	injection->missing = whole < 0 ? -1 : whole - injection->body;
	if (whole < 0 && !answer_field(&handle->answer, "Transfer-Encoding", &value, &length))
		return strike(handle, CURLE_RECV_ERROR);
	return strike(handle, CURLE_PARTIAL_FILE);
}

/* Of the server's own answer, neither a proxy's nor one that announces another. */
static bool begins_answer(const struct handle *handle, const char *line, size_t length)
{
	const struct program *program = &handle->program;
	long status = 0;

	if (!target_is_http(program->set.scheme))
		return handle->injection.fault->kind == FAULT_DELAY;
	if (length < 6 || memcmp(line, "HTTP/", 5) != 0)
		return false;
	program->libcurl->easy_getinfo(program->easy, CURLINFO_RESPONSE_CODE, &status);
	return status >= 200;
}

/*
 * An answer's first line has come, or another line. What a callback returns first: LENGTH, it may
 * go on; else that.
 */
static size_t begin_answer(struct handle *handle, const char *line, size_t length)
{
	struct injection *injection = &handle->injection;

	injection->answered |= begins_answer(handle, line, length);
	if (!injection->answered)
		return length;
	switch (injection->fault->kind) {
	case FAULT_RESET:
		return reset(handle);
	case FAULT_DELAY:
		return hold_back(handle, length);
	default:
		return length;
	}
}

/*
 * A paused line may come back in one piece with those behind it, of which the program may pause any
 * again: then all come back.
 */
static size_t pass_lines(struct handle *handle, char *data, size_t length)
{
	struct injection *injection = &handle->injection;
	size_t done = injection->repeated < length ? injection->repeated : 0;

	injection->repeated = 0;
	while (done < length) {
		char *end = memchr(data + done, '\n', length - done);
		size_t n = end ? (size_t)(end - data) + 1 - done : length - done;
		size_t taken = response_header(data + done, 1, n, handle);

		if (taken != n) {
			injection->repeated = taken == CURL_WRITEFUNC_PAUSE ? done : 0;
			return taken == length ? 0 : taken;
		}
		done += n;
	}
	return length;
}

static size_t on_header(char *data, size_t size, size_t count, void *user)
{
	struct handle *handle = user;
	size_t length = size * count;
	size_t taken = begin_answer(handle, data, length);

	return taken == length ? pass_lines(handle, data, length) : taken;
}

/*
 * With CURLOPT_HEADER a header line comes to the write callback, before it comes to the other one.
 * What follows the last block is the body, also if it looks like another.
 */
static bool is_header_line(const struct handle *handle, const char *data, size_t length)
{
	const struct answer *answer = &handle->answer;

	if (!handle->program.set.header || !target_is_http(handle->program.set.scheme))
		return false;
	if (answer->in_block)
		return true;
	return length > 5 && !memcmp(data, "HTTP/", 5) &&
	       (!answer->status || (answer->deferred && !answer->last));
}

/* As many bytes as the fault leaves; the rest never comes. */
static size_t pass_up_to_cut(struct handle *handle, char *data, size_t length)
{
	struct injection *injection = &handle->injection;
	int64_t left = injection->fault->amount - injection->body;
	size_t n = left < (int64_t)length ? (size_t)left : length;
	size_t taken = n ? response_body(data, 1, n, handle) : 0;

	if (taken != n)
		return taken;
	injection->body += (curl_off_t)n;
	return n == length ? n : cut(handle);
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
	struct handle *handle = user;
	struct injection *injection = &handle->injection;
	size_t length = size * count;
	size_t taken;

	if (is_header_line(handle, data, length)) {
		taken = begin_answer(handle, data, length);
		return taken == length ? response_body(data, size, count, handle) : taken;
	}
	switch (injection->fault->kind) {
	case FAULT_RESET:
		return reset(handle);
	case FAULT_CUT:
		return pass_up_to_cut(handle, data, length);
	default:
		break;
	}
	taken = hold_back(handle, length);
	if (taken != length)
		return taken;
	taken = response_body(data, size, count, handle);
	if (taken == length)
		injection->body += (curl_off_t)length;
	return taken;
}

/* In front of response.h's, which goes on behind them. */
static void intercept(struct handle *handle)
{
	struct program *program = &handle->program;

	program->libcurl->easy_setopt(program->easy, CURLOPT_HEADERFUNCTION, on_header);
	program->libcurl->easy_setopt(program->easy, CURLOPT_WRITEFUNCTION, on_body);
	if (!progress_is_wanted(program))
		return;
	progress_install(&handle->progress);
	handle->progress.passed = &handle->injection.body;
}

/* --- an attempt --- */

static void clear(struct handle *handle)
{
	struct injection *injection = &handle->injection;

	diversion_end(handle);
	if (injection->fault && injection->fault->kind >= FAULT_RESET &&
	    (handle->program.ours & OURS_CALLBACKS))
		install_callbacks(handle);
	injection->fault = NULL;
	injection->answered = false;
	injection->waited = false;
	injection->slow = false;
	injection->repeated = 0;
	injection->until = 0;
	injection->ended = CURLE_OK;
}

void injection_begin_attempt(struct handle *handle)
{
	struct injection *injection = &handle->injection;
	struct program *program = &handle->program;
	const struct inject *inject = &program->policy->inject;
	uint64_t random;

	clear(handle);
	program->fault = NULL;
	forget_info(injection);
	injection->begun = process_now();
	injection->body = 0;
	random = process_random(program->policy, program->id, FIRST_DRAW + injection->drawn++);
	injection->fault = inject_draw(inject, possible(handle), random);
	if (!injection->fault)
		return;
	if (injection->fault->kind >= FAULT_RESET)
		intercept(handle);
	else if (!diversion_begin(handle))
		clear(handle);
}

/* WORD becomes OTHER, once, in the program's error buffer. False: it is not there. */
static bool replace(const struct program *program, const char *word, const char *other)
{
	char text[CURL_ERROR_SIZE];
	const char *at;

	snprintf(text, sizeof(text), "%s", program->set.error_buffer);
	at = strstr(text, word);
	if (at)
		program_say(program, "%.*s%s%s", (int)(at - text), text, other, at + strlen(word));
	return at != NULL;
}

/* libcurl has said it of the decoy. */
static void explain_refusal(const struct handle *handle)
{
	const struct program *program = &handle->program;
	const struct options *set = &program->set;
	int port = set->port ? (int)set->port : set->url_port;
	char decoy[16], own[16], via[32];

	/* libcurl 8.23 names the program's place, and the decoy's behind it. */
	snprintf(via, sizeof(via), " via " DIVERSION_HOST ":%d", handle->injection.decoy.port);
	if (replace(program, via, ""))
		return;
	snprintf(decoy, sizeof(decoy), "%d", handle->injection.decoy.port);
	snprintf(own, sizeof(own), "%d", port);
	if (!replace(program, decoy, own) || !replace(program, DIVERSION_HOST, set->host))
		program_say(program, "Failed to connect to %s port %d: Connection refused",
			    set->host, port);
}

static void explain_time_out(const struct handle *handle)
{
	const struct injection *injection = &handle->injection;
	const struct program *program = &handle->program;
	long long took = process_now() - injection->begun, body = injection->body;
	curl_off_t whole = -1;

	if (!injection->unanswered)
		program->libcurl->easy_getinfo(program->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
					       &whole);
	if (injection->slow)
		program_say(program,
		    "Operation too slow. Less than %ld bytes/sec transferred the last %ld seconds",
		    program->set.low_speed_limit, program->set.low_speed_time);
	else if (whole >= 0)
		program_say(program,
		    "Operation timed out after %lld milliseconds with %lld out of %lld bytes"
		    " received", took, body, (long long)whole);
	else
		program_say(program,
			    "Operation timed out after %lld milliseconds with %lld bytes received",
			    took, body);
}

/* In libcurl's words, of the program's host. */
static void explain(const struct handle *handle, CURLcode code)
{
	const struct injection *injection = &handle->injection;
	const struct program *program = &handle->program;
	const struct options *set = &program->set;

	if (!set->error_buffer)
		return;
	if (code == CURLE_COULDNT_CONNECT)
		explain_refusal(handle);
	else if (code == CURLE_COULDNT_RESOLVE_HOST)
		program_say(program, "Could not resolve host: %s", set->host);
	else if (code == CURLE_SSL_CONNECT_ERROR && !target_is_encrypted(set->scheme))
		program_say(program, "TLS handshake failed: handshake failure alert received");
	else if (code == CURLE_RECV_ERROR)
		program_say(program, "Recv failure: Connection reset by peer");
	else if (code == CURLE_PARTIAL_FILE && injection->missing < 0)
		program_say(program, "transfer closed with outstanding read data remaining");
	else if (code == CURLE_PARTIAL_FILE)
		program_say(program, "transfer closed with %lld bytes remaining to read",
		    (long long)injection->missing);
	else if (code == CURLE_OPERATION_TIMEDOUT)
		explain_time_out(handle);
	else if (code == CURLE_ABORTED_BY_CALLBACK)
		program_say(program, "Callback aborted");
}

CURLcode injection_end_attempt(struct handle *handle, CURLcode code)
{
	struct injection *injection = &handle->injection;
	const struct fault *fault = injection->fault;

	if (injection->until && code != CURLE_OK)
		fail(injection, code);
	if (fault->kind >= FAULT_RESET && injection->ended == CURLE_OK) {
		clear(handle);
		return code;
	}
	if (injection->ended != CURLE_OK)
		code = injection->ended;
	/* Where there is no handshake that could fail, none is tried. */
	if (fault->kind == FAULT_TLS && !injection->decoy.listens && code == CURLE_COULDNT_CONNECT)
		code = CURLE_SSL_CONNECT_ERROR;
	if (fault->kind < FAULT_RESET)
		log_fault(&handle->program, fault);
	explain(handle, code);
	clear(handle);
	return code;
}

void injection_end(struct handle *handle)
{
	struct injection *injection = &handle->injection;

	if (injection->fault && injection->fault->kind < FAULT_RESET)
		log_fault(&handle->program, injection->fault);
	clear(handle);
}
