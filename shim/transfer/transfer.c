/* SPDX-License-Identifier: MIT */
#include "transfer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/url.h"
#include "injection.h"
#include "install.h"
#include "judge.h"
#include "outcome.h"
#include "process/process.h"
#include "program/events.h"
#include "response.h"
#include "turn.h"

static const struct policy nothing;

/* --- begin --- */

/* A part of the program's URL handle, to be freed by libcurl; or NULL. */
static char *part_of(const struct program *program, CURLUPart part)
{
	const struct libcurl *libcurl = program->libcurl;
	char *text = NULL;

	if (libcurl->url_get)
		libcurl->url_get(program->set.url_handle, part, &text, CURLU_DEFAULT_PORT);
	return text;
}

/* Where it leads now: the program may have changed it since it was set. */
static void read_url_handle(struct program *program)
{
	struct options *set = &program->set;
	char *host = part_of(program, CURLUPART_HOST);
	char *port = part_of(program, CURLUPART_PORT);
	char *scheme = part_of(program, CURLUPART_SCHEME);
	struct url parts;

	url_split(&parts, host ? host : "");
	url_host(set->host, sizeof(set->host), &parts);
	set->url_port = port ? (int)strtol(port, NULL, 10) : 0;
	set->host_unknown = !host;
	snprintf(set->scheme, sizeof(set->scheme), "%s", scheme ? scheme : "http");
	set->moved = true;
	if (host)
		program->libcurl->free(host);
	if (port)
		program->libcurl->free(port);
	if (scheme)
		program->libcurl->free(scheme);
}

static struct policy_place place_of(const struct options *set)
{
	return (struct policy_place){
		.host = set->url_handle && set->host_unknown ? NULL : set->host,
		.port = set->port ? (int)set->port : set->url_port,
	};
}

void transfer_init(struct handle *handle)
{
	handle->program.policy = &nothing;
	response_reserve(handle);
}

static void begin_parts(struct handle *handle)
{
	progress_begin(&handle->progress);
	install(handle);
	request_arm(&handle->request);
	refusals_arm(&handle->refusals);
	idempotency_begin(&handle->idempotency, &handle->program);
	resume_begin(&handle->resume);
	tracer_arm(&handle->tracer);
	injection_begin(handle);
	turn_begin(handle);
}

bool transfer_begin(struct handle *handle)
{
	struct transfer *transfer = &handle->transfer;
	struct program *program = &handle->program;
	struct policy_place where;
	const struct policy *policy;

	if (transfer->running || process_is_inert())
		return false;
	if (program->set.url_handle)
		read_url_handle(program);
	where = place_of(&program->set);
	program->started = process_now();
	policy = policies_borrow(&transfer->loan, &where, program->started);
	if (!policy)
		return false;
	program->policy = policy;
	program->once = transfer->loan.excluded || !policy_repeats(policy);
	program->retried = false;
	program->id = process_next_transfer();
	program->attempt = 0;
	program->paused = CURLPAUSE_CONT;
	program->paused_before = CURLPAUSE_CONT;
	transfer->running = true;
	transfer->held_up = false;
	transfer->between = false;
	transfer->delay = 0;
	begin_parts(handle);
	return true;
}

void transfer_attempt(struct handle *handle)
{
	struct transfer *transfer = &handle->transfer;

	assert(transfer->running);
	handle->program.attempt++;
	handle->program.paused = CURLPAUSE_CONT;
	transfer->judged = false;
	transfer->between = false;
	transfer->unsafe_method[0] = '\0';
	transfer->unsafe_condition = false;
	refusals_begin(&handle->refusals);
	progress_begin_attempt(&handle->progress);
	response_begin(handle);
	request_begin(&handle->request);
	turn_begin_attempt(&handle->turn);
	if (tracer_is_on(&handle->tracer))
		tracer_begin(&handle->tracer);
	if (handle->program.policy->inject.count)
		injection_begin_attempt(handle);
}

bool transfer_pause(struct handle *handle, int bitmask)
{
	struct program *program = &handle->program;

	if (handle->transfer.between) {
		program->paused_before = bitmask;
		return true;
	}
	/* Before libcurl hears of it: 7.x calls back from within curl_easy_pause. */
	program->paused_before &= bitmask;
	program->paused &= bitmask;
	return false;
}

CURLcode transfer_paused(struct handle *handle, int bitmask, CURLcode code)
{
	struct program *program = &handle->program;

	if (code == CURLE_OK)
		program->paused |= bitmask;
	if (code != CURLE_BAD_FUNCTION_ARGUMENT || !handle->transfer.running || !program->retried)
		return code;
	program->paused_before = bitmask;
	return CURLE_OK;
}

/* --- what the log is told --- */

static struct log_event event_of_end(const struct handle *handle, enum log_kind kind,
				     CURLcode code, const struct target *target)
{
	struct log_event event = event_of(&handle->program, kind, target);
	int status = outcome_status(handle, code);
	int connect_status = outcome_connect_status(handle, code);

	event.status = connect_status ? connect_status : status;
	event.curlcode = (int)code;
	event.why = handle->transfer.verdict.why;
	event.turn_ms = handle->turn.turned;
	event.retry_after_ms = outcome_retry_after(handle, status, connect_status);
	return event;
}

static void log_retry(struct handle *handle, CURLcode code)
{
	bool resumes = handle->delivery.begun || handle->resume.active;
	struct target target;
	struct log_event event;

	target_of(&handle->program, &target);
	event = event_of_end(handle, resumes ? LOG_RESUME : LOG_RETRY, code, &target);
	if (resumes)
		event.bytes_kept = handle->resume.tally.bytes;
	event.delay_ms = handle->transfer.verdict.delay;
	turn_failed(handle, event.status, code);
	log_event(handle->program.policy, &event);
	if (handle->tracer.open)
		tracer_end(&handle->tracer, &event);
}

/*
 * Whether an answer that is not transient was passed on, also if the program then wanted no more of
 * it.
 */
static bool has_answered(const struct handle *handle, CURLcode code)
{
	int status = outcome_status(handle, code);

	if (handle->transfer.between || handle->response.phase != PHASE_PASS)
		return false;
	if (code != CURLE_OK && code != CURLE_HTTP_RETURNED_ERROR && code != CURLE_WRITE_ERROR &&
	    code != CURLE_ABORTED_BY_CALLBACK)
		return false;
	if (!status)
		return code != CURLE_OK && handle->delivery.begun;
	return !judge_may_be_transient(handle, status);
}

/*
 * INTERFACE's table of events: what a transfer that is over is called, LOG_TRANSFER for all that is
 * ordinary.
 */
static enum log_kind kind_of_end(const struct handle *handle, CURLcode code)
{
	enum decision decision = handle->transfer.verdict.decision;

	if (handle->program.policy->mode == MODE_OFF)
		return LOG_TRANSFER;
	if (handle->program.retried &&
	    (decision == DECISION_DONE ||
	     (decision == DECISION_PERMANENT && has_answered(handle, code))))
		return LOG_RECOVERED;
	if (handle->program.retried)
		return LOG_GAVE_UP;
	return decision == DECISION_STOP ? LOG_NOT_RETRIED : LOG_TRANSFER;
}

/*
 * What kept the last attempt from being repeated, in the words that INTERFACE has for a surrender.
 */
static enum why why_of_surrender(const struct handle *handle, enum why why)
{
	const struct program *program = &handle->program;

	switch (why) {
	case WHY_ATTEMPTS:
	case WHY_RETRY_AFTER:
	case WHY_DEADLINE:
	case WHY_BUDGET:
	case WHY_OBSERVE:
	case WHY_PERMANENT:
	case WHY_ABORTED:
		return why;
	default:
		return program->attempt >= program->policy->attempts ? WHY_ATTEMPTS : WHY_PERMANENT;
	}
}

/* Most ends are told to nobody: that is seen without a call. */
static inline bool is_told(const struct handle *handle, enum log_kind kind)
{
	return kind != LOG_TRANSFER || handle->program.policy->log_level >= LEVEL_DEBUG ||
	       handle->tracer.open;
}

static __attribute__((noinline)) void log_end(struct handle *handle, enum log_kind kind,
					      CURLcode code)
{
	const struct transfer *transfer = &handle->transfer;
	const struct policy *policy = handle->program.policy;
	struct target target;
	struct log_event event;

	if (kind != LOG_TRANSFER)
		turn_end(handle, kind, outcome_status(handle, code), code);
	target_of(&handle->program, &target);
	event = event_of_end(handle, kind, code, &target);
	if (kind == LOG_GAVE_UP)
		event.why = why_of_surrender(handle, event.why);
	else if (kind != LOG_NOT_RETRIED)
		event.why = WHY_NONE;
	if ((event.why == WHY_METHOD || event.why == WHY_CONDITIONAL) && transfer->unsafe_method[0])
		event.method = transfer->unsafe_method;
	if (event.why == WHY_OBSERVE)
		event.delay_ms = transfer->verdict.delay;
	log_event(policy, &event);
	if (handle->tracer.open)
		tracer_end(&handle->tracer, &event);
}

/* --- an attempt's end --- */

/* The code that an attempt ended with, where the abort was ours and not the program's. */
static CURLcode own_abort(const struct handle *handle, CURLcode code)
{
	const struct progress *progress = &handle->progress;
	const struct request *request = &handle->request;

	if (handle->response.overrun && code == CURLE_WRITE_ERROR)
		return CURLE_OK;
	if (code != CURLE_ABORTED_BY_CALLBACK)
		return code;
	if (progress->late || request->aborted || request->form.aborted)
		return CURLE_OK;
	return progress->stalled ? CURLE_OPERATION_TIMEDOUT : code;
}

/* A doomed attempt is over. Its retry starts when it is due, unless that has become too late. */
static bool end_doomed(struct handle *handle, CURLcode *code)
{
	struct transfer *transfer = &handle->transfer;
	const struct policy *policy = handle->program.policy;

	if (*code == CURLE_ABORTED_BY_CALLBACK) {
		transfer->verdict.why = WHY_ABORTED;
		return false;
	}
	if (policy->max_time_ms && handle->turn.decided + transfer->verdict.delay < process_now() &&
	    event_elapsed(&handle->program) >= policy->max_time_ms) {
		transfer->verdict = (struct verdict){ .decision = DECISION_STOP,
						      .why = WHY_DEADLINE };
		*code = CURLE_OPERATION_TIMEDOUT;
		program_say(&handle->program, "curlretry: no time left for another attempt");
		return false;
	}
	log_retry(handle, CURLE_OK);
	return true;
}

/*
 * A connection that a stream has failed on may still be in the pool; and with
 * prior knowledge libcurl 7.88 cannot use one again at all.
 */
static bool wants_fresh_connection(const struct handle *handle, CURLcode code)
{
	/* 421: this connection leads to a server that is not responsible (RFC 9110 §15.5.20). */
	return code == CURLE_HTTP2 || code == CURLE_HTTP2_STREAM || code == CURLE_HTTP3 ||
	       outcome_status(handle, code) == 421 ||
	       handle->program.set.http_version == CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
}

/*
 * Of an attempt that the program has seen nothing of; else they are what the next ones start from.
 */
static void take_back_cookies(struct handle *handle)
{
	if (handle->delivery.begun)
		cookies_accept(&handle->cookies);
	else
		cookies_restore(&handle->cookies);
}

static void prepare_next(struct handle *handle, CURLcode code)
{
	struct transfer *transfer = &handle->transfer;
	struct program *program = &handle->program;

	program->retried = true;
	program->paused_before |= program->paused & CURLPAUSE_RECV;
	transfer->between = true;
	if (wants_fresh_connection(handle, code))
		install_fresh_connect(program);
	install_no_hsts_read(program);
	if (handle->delivery.begun || handle->resume.active) {
		resume_install(&handle->resume, code);
		handle->progress.tally = &handle->resume.tally;
	}
	transfer->failed = code;
	snprintf(transfer->failure, sizeof(transfer->failure), "%s",
		 program->set.error_buffer ? program->set.error_buffer : "");
	transfer->delay = transfer->verdict.delay;
	take_back_cookies(handle);
	/*
	 * The last hop's Referer would otherwise be sent in the next attempt (libcurl up to 8.19).
	 */
	if (program->set.auto_referer)
		program->libcurl->easy_setopt(program->easy, CURLOPT_REFERER, program->set.referer);
}

static void refuse(struct handle *handle, CURLcode *code)
{
	if (*code != CURLE_OK)
		return;
	*code = CURLE_WRITE_ERROR;
	program_say(&handle->program, "Failed writing header");
	handle->transfer.verdict = (struct verdict){ .decision = DECISION_PERMANENT,
						     .why = WHY_ABORTED };
}

/*
 * The program has held up what it was handed when libcurl was done already. It can set it free from
 * where it gets to run: from its event loop, or its progress callback.
 */
static bool can_be_set_free(const struct handle *handle)
{
	return handle->member.of || progress_is_wanted(&handle->program);
}

static void flush(struct handle *handle, CURLcode *code)
{
	struct transfer *transfer = &handle->transfer;
	enum flushed flushed = response_flush(handle);

	transfer->held_up = flushed == FLUSH_PAUSED && can_be_set_free(handle);
	transfer->between = transfer->held_up;
	if (transfer->held_up) {
		handle->program.paused_before = CURLPAUSE_RECV;
		transfer->due = INT64_MAX;
		return;
	}
	if (flushed == FLUSH_PAUSED)
		flushed = response_flush(handle);
	if (flushed != FLUSHED)
		refuse(handle, code);
}

bool transfer_is_held_up(const struct handle *handle)
{
	return handle->transfer.held_up && (handle->program.paused_before & CURLPAUSE_RECV);
}

bool transfer_set_free(struct handle *handle, CURLcode *code)
{
	flush(handle, code);
	return !handle->transfer.held_up;
}

/* Whether the body has come so far that the attempts count from 1 again. */
static bool has_progressed(struct handle *handle, CURLcode code)
{
	return (code != CURLE_OK || resume_is_short(&handle->resume)) &&
	       resume_has_progressed(&handle->resume);
}

static void begin_wait(struct handle *handle, CURLcode code, bool from_the_first)
{
	struct transfer *transfer = &handle->transfer;

	if (from_the_first) {
		handle->program.attempt = 1;
		transfer->delay = 0;
	}
	transfer->due = turn_due(handle);
	log_retry(handle, code);
}

/* A continuation that is none: the program sees the end of the attempt before. */
static void end_unjoined(struct handle *handle, CURLcode *code)
{
	struct transfer *transfer = &handle->transfer;

	*code = resume_fail(&handle->resume);
	take_back_cookies(handle);
	if (transfer->verdict.decision == DECISION_DONE)
		transfer->verdict = (struct verdict){ .decision = DECISION_PERMANENT,
						      .why = WHY_PERMANENT };
}

static void end_attempts(struct handle *handle, CURLcode *code)
{
	struct resume *resume = &handle->resume;

	if (resume->active && handle->response.phase == PHASE_HELD && *code == CURLE_OK &&
	    resume_is_complete(resume))
		response_join(handle);
	if (resume->active && handle->response.phase != PHASE_PASS) {
		end_unjoined(handle, code);
		return;
	}
	if (handle->progress.stalled)
		program_say(&handle->program, "Operation timed out: nothing was received or sent");
	flush(handle, code);
}

static bool end_attempt(struct handle *handle, CURLcode *code)
{
	bool from_the_first = has_progressed(handle, *code);

	handle->transfer.verdict = judge_attempt(handle, code, from_the_first);
	if (handle->transfer.verdict.decision != DECISION_RETRY) {
		end_attempts(handle, code);
		return false;
	}
	begin_wait(handle, *code, from_the_first);
	return true;
}

/*
 * The port that the attempt before has used is not free yet: what the program sees is that
 * attempt's end.
 */
static bool is_of_repetition_alone(const struct handle *handle, CURLcode code)
{
	return code == CURLE_INTERFACE_FAILED && handle->program.attempt > 1 &&
	       handle->transfer.failed != CURLE_OK && !handle->resume.active;
}

bool transfer_judge(struct handle *handle, CURLcode *code)
{
	struct transfer *transfer = &handle->transfer;
	bool again;

	assert(transfer->running && !transfer->between);
	if (handle->injection.fault)
		*code = injection_end_attempt(handle, *code);
	*code = own_abort(handle, *code);
	if (is_of_repetition_alone(handle, *code)) {
		*code = transfer->failed;
		program_say(&handle->program, "%s", transfer->failure);
		transfer->verdict =
			(struct verdict){ .decision = DECISION_STOP, .why = WHY_ATTEMPTS };
		transfer->judged = true;
	}
	again = handle->program.doomed ? end_doomed(handle, code) : end_attempt(handle, code);
	if (again)
		prepare_next(handle, *code);
	return again;
}

/* --- end --- */

CURLcode transfer_surrender(struct handle *handle)
{
	struct transfer *transfer = &handle->transfer;
	CURLcode code = transfer->failed;

	transfer->verdict = (struct verdict){ .decision = DECISION_STOP, .why = WHY_BUDGET };
	transfer->between = false;
	if (handle->resume.active)
		return resume_fail(&handle->resume);
	if (handle->program.doomed)
		response_revive(handle, &code);
	program_say(&handle->program, "%s", transfer->failure);
	return code;
}

CURLcode transfer_abort(struct handle *handle)
{
	handle->transfer.verdict = (struct verdict){ .decision = DECISION_PERMANENT,
						     .why = WHY_ABORTED };
	program_say(&handle->program, "Callback aborted");
	return CURLE_ABORTED_BY_CALLBACK;
}

void transfer_drop(struct handle *handle)
{
	handle->transfer.verdict = (struct verdict){ .decision = DECISION_PERMANENT,
						     .why = WHY_ABORTED };
	transfer_end(handle, CURLE_ABORTED_BY_CALLBACK);
}

void transfer_end(struct handle *handle, CURLcode code)
{
	struct transfer *transfer = &handle->transfer;
	struct program *program = &handle->program;
	enum log_kind kind = kind_of_end(handle, code);

	assert(transfer->running);
	if (program->policy->inject.count)
		injection_end(handle);
	install_end(program);
	resume_end(&handle->resume, handle->response.phase == PHASE_PASS);
	response_end(handle);
	request_disarm(&handle->request);
	cookies_end(&handle->cookies);
	if (is_told(handle, kind))
		log_end(handle, kind, code);
	tracer_free(&handle->tracer);
	program->paused_before = CURLPAUSE_CONT;
	transfer->between = false;
	transfer->running = false;
	/*
	 * Our callbacks for headers and body stay, and may be called where we do not manage a
	 * transfer.
	 */
	program->policy = &nothing;
	program->fault = NULL;
	policies_give_back(&transfer->loan);
}
