/* SPDX-License-Identifier: MIT */
/*
 * One transfer, several attempts: a state machine that a blocking loop and an
 * event loop can both drive.
 *
 *	transfer_begin(h);
 *	do {
 *		transfer_attempt(h);
 *		... libcurl runs the easy handle ...
 *	} while (transfer_judge(h, &code) && ... wait until transfer.due ...);
 *	transfer_end(h, code);
 *
 * Between begin and end, libcurl calls our callbacks, which call the program's.
 */
#ifndef CURLRETRY_TRANSFER_H
#define CURLRETRY_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

#include "config/policy.h"
#include "config/verdict.h"
#include "request/idempotency.h"
#include "process/policies.h"
#include "request/refusals.h"
#include "request/request.h"
#include "response.h"
#include "response/resume.h"
#include "libcurl/symbols.h"

struct handle;

struct transfer {
	struct policy_loan loan;
	/* what is borrowed; one that asks for nothing where no transfer runs */
	const struct policy *policy;
	bool running;			/* between begin and end */
	/* it will never be sent again: the program's callbacks are called as without us */
	bool once;
	bool between;			/* attempts: the next one is waited for */
	bool held_up;			/* libcurl is done, and the program holds up the rest */
	CURLcode ended;			/* with which it was done */
	/* CURLPAUSE_ bits: what the program holds up in this attempt */
	int paused;
	/* likewise, what it holds up from before this attempt on; libcurl does not know of it */
	int pause;
	bool stalled;			/* we aborted the attempt: nothing moved */
	bool late;			/* we aborted a doomed attempt: its retry is overdue */
	bool judged;			/* verdict is this attempt's */
	struct verdict verdict;
	uint64_t id;
	/* from 1; again from 1 where a resumed body has progressed */
	int attempt;
	bool retried;
	int64_t started;		/* times in ms, monotonic */
	int64_t moved;			/* when bytes last came or went */
	curl_off_t moved_bytes;
	int64_t drained_by;		/* when a doomed body is cut */
	curl_off_t shown;		/* the most bytes that a progress callback was told of */
	curl_off_t shown_before;	/* likewise, in the attempts before this one */
	CURLcode failed;		/* the attempt before this one ended with it */
	char failure[CURL_ERROR_SIZE];	/* and with this text */
	int64_t due;			/* when the next attempt starts */
	int64_t delay;			/* before this attempt */
	/* of an earlier hop, which a retry would send again; or empty */
	char unsafe_method[32];
	bool unsafe_condition;		/* that hop's request was conditional */
	bool cookies_noted;
	struct curl_slist *cookies;	/* before the first response; libcurl's, owned */
	struct idempotency idempotency;
	struct refusals refusals;
	struct request request;
	struct response response;
	struct resume resume;
};

/* False: there is no policy in force, or the handle is in a transfer already; nothing is done. */
bool transfer_begin(struct handle *handle);

void transfer_attempt(struct handle *handle);

/*
 * The attempt has ended with *code. True: try again at transfer.due. False:
 * the transfer is over, everything has been handed over to the program, and
 * *code is what it shall see.
 */
bool transfer_judge(struct handle *handle, CURLcode *code);

/*
 * curl_easy_pause, before libcurl is told. True: the next attempt, which is waited for, will go by
 * it, and libcurl has nothing to be told.
 */
bool transfer_pause(struct handle *handle, int bitmask);

/*
 * curl_easy_pause, after libcurl has said CODE: it refuses while an attempt has no connection, but
 * the program does not know of any attempt after the first. Returns what the program shall see.
 */
CURLcode transfer_paused(struct handle *handle, int bitmask, CURLcode code);

/*
 * After transfer_judge() has said that the transfer is over: whether the program holds up the rest.
 * It goes on being asked, as in a wait, until it does not.
 */
bool transfer_is_held_up(const struct handle *handle);

/*
 * Hands the rest over. True: it is over now, with *code; false: the program holds it up once more.
 */
bool transfer_set_free(struct handle *handle, CURLcode *code);

/* The program has ended the transfer while it waited; returns what it shall see. */
CURLcode transfer_abort(struct handle *handle);

/* The program has taken the handle away; the transfer is over. */
void transfer_drop(struct handle *handle);

/* Puts the program's own options back and says in the log how it went. */
void transfer_end(struct handle *handle, CURLcode code);

/* Judges a response at its header boundary. True: it is doomed, and will be retried. */
bool transfer_dooms(struct handle *handle, int status);

/*
 * A body, the answer's or the REQUEST's, cannot be kept, for ERROR, an errno: says so in the log.
 */
void transfer_cannot_keep(struct handle *handle, bool request, int error);

/* A redirect is about to be followed: a retry would send the request before it again. */
void transfer_passes_hop(struct handle *handle);

/* Bytes have come or gone, which CURLRETRY_STALL_TIMEOUT asks for: the attempt is not stalled. */
void transfer_moved(struct handle *handle);

#endif
