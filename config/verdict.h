/* SPDX-License-Identifier: MIT */
/*
 * Judges how an attempt ended: retry after a delay, or stop, and why.
 * A pure function of the policy, the outcome and the history; all times in ms.
 */
#ifndef CURLRETRY_VERDICT_H
#define CURLRETRY_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "policy.h"

struct outcome {
	int curlcode;		/* CURLE_OK where the response is judged at its header boundary */
	int status;		/* HTTP status of the final response, 0: none came, or not HTTP */
	int connect_status;	/* the proxy's refusal of CONNECT, 0: none */
	int64_t retry_after;	/* of the final header block; -1: none, or not to be understood */
	const char *method;	/* the least idempotent one sent in this attempt; never NULL */
	const char *host;	/* lower or mixed case, without port; never NULL */
	/* that request changes something if nobody else has meanwhile, nor we ourselves */
	bool conditional;
	/* the method is an earlier hop's: what the last answer says is not about it */
	bool redirected;
	bool unsent;		/* provably no byte of the request left this machine */
	bool keyed;		/* carried an idempotency key */
	bool body_lost;		/* the request body cannot be sent once more */
	/* the local port that the program asks for is not free for another attempt */
	bool port_taken;
	bool delivered;		/* bytes of this response have reached the program */
};

struct history {
	int attempt;		/* the one judged, from 1 */
	int64_t elapsed;	/* since the start of the call */
	int64_t previous;	/* the delay before this attempt, 0 for the first */
};

/* In the order in which they are found; the log's `why` is verdict_why_name(). */
enum why {
	WHY_NONE,
	WHY_HOST,
	WHY_METHOD,
	WHY_CONDITIONAL,	/* the method would do, but for the request's condition */
	WHY_BODY,
	WHY_DELIVERED,
	WHY_PORT,		/* no second attempt is possible: "attempts" */
	WHY_ATTEMPTS,
	WHY_RETRY_AFTER,
	WHY_DEADLINE,
	WHY_BUDGET,		/* no turn would come in time: see config/pacer.h */
	WHY_OBSERVE,
	WHY_PERMANENT,
	WHY_ABORTED,
};

enum decision {
	DECISION_DONE,		/* not a failure */
	DECISION_RETRY,		/* after verdict.delay */
	DECISION_STOP,		/* a transient failure that must not be retried: verdict.why */
	/*
	 * a failure that would come again (WHY_PERMANENT), or the program's own abort (WHY_ABORTED)
	 */
	DECISION_PERMANENT,
};

struct verdict {
	enum decision decision;
	enum why why;
	int64_t delay;		/* DECISION_RETRY, and WHY_OBSERVE: what it would have been */
};

struct verdict verdict_of(const struct policy *policy, const struct outcome *outcome,
			  const struct history *history, uint64_t random);

/*
 * Whether a response of this status is worth judging: transient by the policy,
 * or 409 to a request under an idempotency key (the first is still in flight).
 */
bool verdict_may_be_transient(const struct policy *policy, int status, bool keyed);

/* "method", "retry_after", …; NULL for WHY_NONE. */
const char *verdict_why_name(enum why why);

#endif
