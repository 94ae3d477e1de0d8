/* SPDX-License-Identifier: MIT */
#include "judge.h"

#include <string.h>

#include "outcome.h"
#include "process/process.h"
#include "program/events.h"
#include "turn.h"

/*
 * A doomed body is drained for so long at most. Of a silent one, curl_easy_perform
 * asks once in 1,000 ms: this is less, so that the first time is the last.
 */
#define DRAIN_MS 900

static const struct verdict done = { .decision = DECISION_DONE };
static const struct verdict permanent = { .decision = DECISION_PERMANENT, .why = WHY_PERMANENT };
static const struct verdict aborted = { .decision = DECISION_PERMANENT, .why = WHY_ABORTED };

/* What is judged: an attempt's end, and how many there have been. */
struct end {
	CURLcode code;
	int status;
	int connect_status;
	bool from_the_first;
};

static struct verdict judge_once(struct handle *handle, const struct end *end, bool body_lost)
{
	const struct program *program = &handle->program;
	struct history history = {
		.attempt = end->from_the_first ? 1 : program->attempt,
		.elapsed = event_elapsed(program),
		.previous = end->from_the_first ? 0 : handle->transfer.delay,
	};
	struct target target;
	struct outcome outcome;

	target_of(program, &target);
	/* A file of this machine's: nothing of it is transient. */
	if (!strcmp(target.scheme, "file") && end->code != CURLE_OK)
		return permanent;
	outcome = outcome_of(handle, &target, end->code, end->status, end->connect_status);
	outcome.body_lost |= body_lost;
	return verdict_of(program->policy, &outcome, &history,
			  process_random(program->policy, program->id, history.attempt));
}

/*
 * The request's body is made ready for the next attempt here, where there will be one: to ask the
 * program for it is all that tells whether it can be sent again.
 */
static struct verdict judge(struct handle *handle, const struct end *end)
{
	static const struct verdict too_late = { .decision = DECISION_STOP, .why = WHY_BUDGET };
	struct verdict verdict = judge_once(handle, end, false);
	bool server_asks;

	if (verdict.decision == DECISION_RETRY && !request_rewind(&handle->request))
		verdict = judge_once(handle, end, true);
	turn_note(handle, &verdict);
	if (verdict.decision != DECISION_RETRY)
		return verdict;
	server_asks = outcome_retry_after(handle, end->status, end->connect_status) > 0 &&
		      handle->program.policy->max_retry_after_ms;
	return turn_ask(handle, &verdict, server_asks) ? verdict : too_late;
}

bool judge_may_be_transient(const struct handle *handle, int status)
{
	return verdict_may_be_transient(handle->program.policy, status, handle->idempotency.keyed);
}

/* The wait begins now: what draining the body takes counts towards it. */
static void begin_drain(struct handle *handle)
{
	int64_t delay = handle->transfer.verdict.delay;

	handle->program.doomed = true;
	handle->transfer.due = turn_due(handle);
	progress_drain(&handle->progress, delay < DRAIN_MS ? delay : DRAIN_MS);
	if (handle->member.of)
		member_watch(&handle->member, progress_due(&handle->progress));
	else
		progress_install(&handle->progress);
}

bool judge_dooms(struct handle *handle)
{
	struct transfer *transfer = &handle->transfer;
	struct end end = { .code = CURLE_OK, .status = handle->answer.status };

	if (!judge_may_be_transient(handle, end.status))
		return false;
	transfer->verdict = judge(handle, &end);
	transfer->judged = true;
	if (transfer->verdict.decision == DECISION_RETRY)
		begin_drain(handle);
	return handle->program.doomed;
}

/* Asked first: what a transfer is aimed at matters only when it has failed. */
static bool went_well(const struct handle *handle, CURLcode code)
{
	return code == CURLE_OK && handle->answer.status < 400 &&
	       !policy_status_is_transient(handle->program.policy, handle->answer.status);
}

/*
 * libcurl after 8.14 ends a transfer at once whose connection breaks while the
 * program holds it up; what is received can be held up in the next attempt too.
 * Not where half of a held header has been handed over, nor what is sent, if
 * anything is (CURLPAUSE_ALL); and a time that the program itself lets run out is over.
 */
static bool is_held_up_for_good(const struct handle *handle, CURLcode code)
{
	const struct program *program = &handle->program;
	const char *method = program->set.method;
	bool sends;

	if (!program->paused || code == CURLE_OK)
		return false;
	sends = strcmp(method, "GET") && strcmp(method, "HEAD");
	return (sends && program->paused & CURLPAUSE_SEND) || code == CURLE_OPERATION_TIMEDOUT ||
	       (handle->delivery.begun && !held_is_empty(&handle->answer.held));
}

/* What SOCKS says of a request that it will refuse each time (CURLINFO_PROXY_ERROR(3)). */
static bool is_refused_by_proxy(const struct handle *handle)
{
	const struct program *program = &handle->program;
	long reason = CURLPX_OK;

	program->libcurl->easy_getinfo(program->easy, CURLINFO_PROXY_ERROR, &reason);
	switch (reason) {
	case CURLPX_BAD_ADDRESS_TYPE:
	case CURLPX_BAD_VERSION:
	case CURLPX_GSSAPI:
	case CURLPX_GSSAPI_PERMSG:
	case CURLPX_GSSAPI_PROTECTION:
	case CURLPX_IDENTD:
	case CURLPX_IDENTD_DIFFER:
	case CURLPX_LONG_HOSTNAME:
	case CURLPX_LONG_PASSWD:
	case CURLPX_LONG_USER:
	case CURLPX_NO_AUTH:
	case CURLPX_REPLY_ADDRESS_TYPE_NOT_SUPPORTED:
	case CURLPX_REPLY_COMMAND_NOT_SUPPORTED:
	case CURLPX_REPLY_NOT_ALLOWED:
	case CURLPX_UNKNOWN_MODE:
	case CURLPX_USER_REJECTED:
		return true;
	default:
		return false;
	}
}

/* libcurl takes no more than 300 KB of a header, and calls what has more RECV_ERROR (to 8.5). */
#define LARGE_HEADER (200 * 1024)

static bool is_too_large(const struct handle *handle)
{
	const struct program *program = &handle->program;
	long size = 0;

	program->libcurl->easy_getinfo(program->easy, CURLINFO_HEADER_SIZE, &size);
	return handle->answer.in_block && size > LARGE_HEADER;
}

/* An error that is transient by its name, but not by what is known of it. */
static bool would_come_again(const struct handle *handle, CURLcode code)
{
	return (code == CURLE_PROXY && is_refused_by_proxy(handle)) ||
	       (code == CURLE_RECV_ERROR && is_too_large(handle));
}

/*
 * What libcurl takes for success and is none: a continuation that ends early, and a header block
 * that breaks off, which is left as it is unless it can be retried.
 */
static struct verdict judge_success(struct handle *handle, struct end *end)
{
	struct verdict verdict;

	if (!resume_is_short(&handle->resume) && !answer_is_broken_off(&handle->answer))
		return done;
	end->code = CURLE_PARTIAL_FILE;
	verdict = judge(handle, end);
	if (resume_is_short(&handle->resume) || verdict.decision == DECISION_RETRY)
		return verdict;
	end->code = CURLE_OK;
	return done;
}

/* What no policy makes transient. */
static bool is_over(const struct handle *handle, CURLcode code)
{
	/* What came after a reset has not been seen. */
	return handle->response.phase == PHASE_REFUSED ||
	       !(handle->program.ours & OURS_CALLBACKS) || is_held_up_for_good(handle, code) ||
	       would_come_again(handle, code);
}

static struct verdict judge_ended(struct handle *handle, CURLcode *code, bool from_the_first)
{
	struct end end = { .code = *code, .from_the_first = from_the_first };
	struct verdict verdict;

	if (handle->transfer.judged)
		return handle->transfer.verdict;
	if (refusals_explain(&handle->refusals, *code))
		return aborted;
	if (is_over(handle, *code))
		return permanent;
	if (went_well(handle, *code)) {
		verdict = judge_success(handle, &end);
		*code = end.code;
		return verdict;
	}
	end.status = outcome_status(handle, *code);
	end.connect_status = outcome_connect_status(handle, *code);
	return judge(handle, &end);
}

struct verdict judge_attempt(struct handle *handle, CURLcode *code, bool from_the_first)
{
	struct verdict verdict = judge_ended(handle, code, from_the_first);

	turn_note(handle, &verdict);
	return verdict;
}

bool judge_may_repeat(const struct handle *handle)
{
	const struct program *program = &handle->program;
	const struct options *set = &program->set;
	const struct policy *policy = program->policy;
	struct target target;

	if (program->once || program->attempt >= policy->attempts)
		return false;
	if (handle->idempotency.keyed ||
	    (!set->custom_request[0] && !strcmp(set->method, "GET")))
		return true;
	target_of(program, &target);
	return policy_method_is_idempotent(policy, target.method);
}
