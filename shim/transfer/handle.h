/* SPDX-License-Identifier: MIT */
/*
 * All that we know of an easy handle: the program's side of it, and each part
 * that a transfer is made of. A part's struct says what it is for; who drives
 * them is transfer.h.
 *
 * A struct handle is made when the program makes the easy handle and goes with
 * it. Like the easy handle it is used by one thread at a time.
 */
#ifndef CURLRETRY_HANDLE_H
#define CURLRETRY_HANDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/verdict.h"
#include "decoy.h"
#include "ledger/ledger.h"
#include "members/members.h"
#include "process/policies.h"
#include "program/program.h"
#include "program/progress.h"
#include "program/tracer.h"
#include "request/idempotency.h"
#include "request/refusals.h"
#include "request/request.h"
#include "response/answer.h"
#include "response/cookies.h"
#include "response/deliver.h"
#include "response/resume.h"

/* A doomed body is drained so far, to keep the connection. */
#define DRAIN_MAX (64 * 1024)

enum phase {
	PHASE_HELD,
	PHASE_WATCHED,	/* likewise of a transfer that is sent once: all is passed on as it comes */
	PHASE_DOOMED,
	PHASE_PASS,
	PHASE_REFUSED,	/* a continuation that is none: aborted at its first byte */
	PHASE_IDLE,	/* no transfer of ours: what comes is the program's as it is */
};

/* What becomes of the bytes that come: see response.h. */
struct response {
	enum phase phase;
	bool lines_only;		/* header lines are wanted, and their coming is not */
	size_t repeated;		/* bytes of a paused line that libcurl will give us again */
	bool holding;			/* the body is held until it is whole */
	int64_t length;			/* of that body; -1: not known */
	int64_t body;			/* how much of it has come */
	bool overrun;			/* we aborted a doomed body */
	bool torn;			/* not all of it could be kept */
	size_t drained;
};

/* Where the transfer stands: see transfer.h. Times are in ms, monotonic. */
struct transfer {
	struct policy_loan loan;
	bool running;			/* between begin and end */
	bool between;			/* attempts: the next one is waited for */
	bool held_up;			/* libcurl is done, and the program holds up the rest */
	CURLcode ended;			/* with which it was done */
	bool judged;			/* verdict is this attempt's */
	struct verdict verdict;
	CURLcode failed;		/* the attempt before this one ended with it */
	char failure[CURL_ERROR_SIZE];	/* and with this text */
	int64_t due;			/* when the next attempt starts */
	int64_t delay;			/* before this attempt */
	/* of an earlier hop, which a retry would send again; or empty */
	char unsafe_method[32];
	bool unsafe_condition;		/* that hop's request was conditional */
};

/* Its place among all who go to the same destination: see turn.h. Times are in ms. */
struct turn {
	struct ledger *ledger;		/* NULL: nobody counts */
	struct ledger_place place;	/* the program's own texts */
	struct ledger_destination destination;
	struct pacer_wait wait;
	int64_t decided;		/* on the retry that is waited for, monotonic */
	int64_t waited;			/* between attempts, in all */
	int64_t turned;			/* before this attempt, beyond the drawn delay */
	bool first;			/* no attempt has been counted */
	bool noted;			/* this one has been */
	bool asked;			/* the wait is the ledger's */
};

/* The fault that was drawn for the attempt: see injection.h. Times are in ms, monotonic. */
struct injection {
	const struct fault *fault;	/* the policy's; NULL: none */
	int drawn;			/* for how many attempts of the transfer */
	char *url;			/* the program's, a copy; owned; NULL: not known */
	struct decoy decoy;
	struct curl_slist connect_to;
	char place[48];			/* its text */
	int64_t begun;			/* the attempt */
	bool answered;			/* the server's answer has begun */
	bool waited;			/* the fault's time has passed */
	int64_t until;			/* held back; 0: not */
	int64_t fails;			/* unless that is over by then, INT64_MAX: never */
	bool slow;			/* by the program's limit of speed */
	size_t repeated;		/* bytes of paused lines that libcurl will give us again */
	CURLcode ended;			/* by the fault; CURLE_OK: not */
	curl_off_t body;		/* bytes of it that were let through */
	curl_off_t missing;		/* and were not; -1: not known */
	/* of the last attempt, until the next: what getinfo says */
	bool swapped;			/* its URL is the program's, not the decoy's */
	bool unanswered;		/* as if no answer had come */
	bool shortened;			/* the body has ended after BODY bytes */
};

struct handle {
	struct program program;
	struct transfer transfer;
	struct turn turn;
	struct response response;
	struct answer answer;
	struct delivery delivery;
	struct resume resume;
	struct cookies cookies;
	struct progress progress;
	struct tracer tracer;
	struct request request;
	struct refusals refusals;
	struct idempotency idempotency;
	struct injection injection;
	struct member member;
};

#endif
