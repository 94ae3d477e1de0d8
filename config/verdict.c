/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <string.h>

#include "backoff.h"
#include "errors.h"
#include "verdict.h"

/* CURLcodes; by number, since config/ does without libcurl's header. */
enum {
	OK = 0,
	HTTP_RETURNED_ERROR = 22,
	WRITE_ERROR = 23,
	READ_ERROR = 26,
	ABORTED_BY_CALLBACK = 42,
};

static const char *const why_names[] = {
	[WHY_NONE] = NULL,
	[WHY_HOST] = "host",
	[WHY_METHOD] = "method",
	[WHY_CONDITIONAL] = "method",
	[WHY_BODY] = "body",
	[WHY_DELIVERED] = "delivered",
	[WHY_PORT] = "attempts",
	[WHY_ATTEMPTS] = "attempts",
	[WHY_RETRY_AFTER] = "retry_after",
	[WHY_DEADLINE] = "deadline",
	[WHY_BUDGET] = "budget",
	[WHY_OBSERVE] = "observe",
	[WHY_PERMANENT] = "permanent",
	[WHY_ABORTED] = "aborted",
};

const char *verdict_why_name(enum why why)
{
	return why_names[why];
}

static bool is_keyed(const struct outcome *outcome)
{
	return outcome->keyed &&
	       (!strcmp(outcome->method, "POST") || !strcmp(outcome->method, "PATCH"));
}

static bool is_abort(int curlcode)
{
	return curlcode == ABORTED_BY_CALLBACK || curlcode == WRITE_ERROR || curlcode == READ_ERROR;
}

/*
 * The status that decides, 0 where the CURLcode does. With FAILONERROR, a
 * failure by the status may end as HTTP_RETURNED_ERROR, or over HTTP/2 as
 * RECV_ERROR (curl#13411).
 */
static int deciding_status(const struct outcome *outcome)
{
	if (outcome->connect_status >= 300)
		return outcome->connect_status;
	if (outcome->curlcode == OK || outcome->curlcode == HTTP_RETURNED_ERROR ||
	    outcome->status >= 400)
		return outcome->status;
	return 0;
}

static bool is_failure(const struct policy *policy, const struct outcome *outcome)
{
	int status = deciding_status(outcome);

	return outcome->curlcode != OK || outcome->connect_status >= 300 || status >= 400 ||
	       policy_status_is_transient(policy, status);
}

/*
 * draft-ietf-httpapi-idempotency-key-header §2.7: 409 says that the request
 * with this key is still being processed, 422 that the key came with another.
 */
bool verdict_may_be_transient(const struct policy *policy, int status, bool keyed)
{
	if (keyed && status == 409)
		return true;
	if (keyed && status == 422)
		return false;
	return policy_status_is_transient(policy, status);
}

static bool is_transient(const struct policy *policy, const struct outcome *outcome)
{
	int status = deciding_status(outcome);

	return status ? verdict_may_be_transient(policy, status, is_keyed(outcome)) :
			policy_error_is_transient(policy, outcome->curlcode);
}

/*
 * The request has not been processed: the proxy that has refused the CONNECT
 * did not see it, and 421, 425 and 429 say so (RFC 9110 §15.5.20, RFC 8470
 * §5.2, RFC 6585 §4).
 */
static bool is_unprocessed(const struct outcome *outcome)
{
	int status = deciding_status(outcome);

	if (outcome->unsent || outcome->redirected)
		return outcome->unsent;
	return outcome->connect_status >= 300 || status == 421 || status == 425 ||
	       status == 429;
}

/*
 * Once a conditional request has been carried out, its condition holds no more: the next one's 412
 * would be false.
 */
static enum why obstacle_of_method(const struct policy *policy, const struct outcome *outcome)
{
	if (is_unprocessed(outcome) || is_keyed(outcome))
		return WHY_NONE;
	if (!policy_method_is_idempotent(policy, outcome->method))
		return WHY_METHOD;
	return outcome->conditional ? WHY_CONDITIONAL : WHY_NONE;
}

/* Retry-After as far as it counts, 0 for none. */
static int64_t retry_after_of(const struct policy *policy, const struct outcome *outcome)
{
	bool counts =
		policy->max_retry_after_ms && outcome->retry_after > 0 && deciding_status(outcome);

	return counts ? outcome->retry_after : 0;
}

/* Why a transient failure is not retried for what it is, whenever the next attempt would be. */
static enum why obstacle(const struct policy *policy, const struct outcome *outcome,
			 const struct history *history)
{
	enum why method = obstacle_of_method(policy, outcome);

	if (!policy_host_matches(policy, outcome->host))
		return WHY_HOST;
	if (method != WHY_NONE)
		return method;
	if (outcome->body_lost)
		return WHY_BODY;
	if (outcome->delivered)
		return WHY_DELIVERED;
	if (outcome->port_taken)
		return WHY_PORT;
	if (history->attempt >= policy->attempts)
		return WHY_ATTEMPTS;
	if (retry_after_of(policy, outcome) > policy->max_retry_after_ms)
		return WHY_RETRY_AFTER;
	return WHY_NONE;
}

static struct verdict delay_by_schedule(const struct policy *policy, const struct outcome *outcome,
			       const struct history *history, uint64_t random)
{
	int64_t retry_after = retry_after_of(policy, outcome);
	int64_t delay = retry_after ? backoff_after(policy, retry_after, random) :
			backoff_delay(policy, history->attempt, history->previous, random);

	if (policy->max_time_ms && history->elapsed + delay >= policy->max_time_ms)
		return (struct verdict){ DECISION_STOP, WHY_DEADLINE, 0 };
	if (policy->mode != MODE_ON)
		return (struct verdict){ DECISION_STOP, WHY_OBSERVE, delay };
	return (struct verdict){ DECISION_RETRY, WHY_NONE, delay };
}

struct verdict verdict_of(const struct policy *policy, const struct outcome *outcome,
			  const struct history *history, uint64_t random)
{
	enum why why;

	if (!is_failure(policy, outcome))
		return (struct verdict){ DECISION_DONE, WHY_NONE, 0 };
	if (is_abort(outcome->curlcode))
		return (struct verdict){ DECISION_PERMANENT, WHY_ABORTED, 0 };
	if (error_is_permanent(outcome->curlcode) || !is_transient(policy, outcome))
		return (struct verdict){ DECISION_PERMANENT, WHY_PERMANENT, 0 };
	why = obstacle(policy, outcome, history);
	if (why != WHY_NONE)
		return (struct verdict){ DECISION_STOP, why, 0 };
	return delay_by_schedule(policy, outcome, history, random);
}
