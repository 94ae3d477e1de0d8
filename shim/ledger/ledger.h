/* SPDX-License-Identifier: MIT */
/*
 * The ledger: an account for each destination, in memory that all processes of a user share. The
 * shim writes it, curlretry(1) reads it; it needs nothing of the shim's other parts.
 *
 * Lock-free. A process may be killed between any two instructions, be stopped for an hour, or
 * write anything anywhere into it: the others neither crash nor wait for it. What is read is
 * checked, or is a mere number. When there is no room for one more destination, one that was not
 * used for a long time gives way; so an account is looked up for each step, and not kept.
 *
 * How a transfer uses it. NOW is monotonic, in ms, by the clock that all processes share.
 *
 *	its URL is set		ledger_key(), to be kept with it
 *	an attempt has ended	ledger_ended(), and ledger_failed() where it failed
 *	it is to be retried	ledger_ask(), then ledger_turn() until that no longer says
 *				PACER_WAIT, each time after the wait that it asks for, or sooner
 *	it ends			ledger_count(): how, unless it is ordinary
 *
 * Where the ledger is NULL, or the destination has no account, nothing is counted, and the drawn
 * delay stands.
 */
#ifndef CURLRETRY_LEDGER_H
#define CURLRETRY_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/pacer.h"
#include "layout.h"

/* Where a transfer goes. The texts are the caller's, and need no NUL. */
struct ledger_place {
	const char *scheme;	/* in upper or lower case */
	size_t scheme_length;
	const char *host;	/* in lower case, without brackets */
	size_t host_length;
	int port;
};

/* What finds the account of a place; the caller's memory. Zeroed: there is none. */
struct ledger_destination {
	uint64_t key;
	size_t index;		/* where it was last; written here, and looked at anew */
};

/* The key of PLACE; never 0. */
uint64_t ledger_key(const struct ledger_place *place);

/*
 * As pacer_ended(). Makes an account for PLACE, whose key DESTINATION holds, unless it has one, and
 * counts a transfer with its first attempt.
 */
void ledger_ended(struct ledger *ledger, struct ledger_destination *destination,
		  const struct ledger_place *place, const struct pacer_settings *settings,
		  int64_t now, int64_t took, bool first, enum pacer_outcome outcome);

/* As pacer_ask(). */
void ledger_ask(struct ledger *ledger, struct ledger_destination *destination,
		const struct pacer_settings *settings, int64_t now,
		const struct pacer_request *request, struct pacer_wait *wait);

/* As pacer_turn(). */
enum pacer_answer ledger_turn(struct ledger *ledger, struct ledger_destination *destination,
			      const struct pacer_settings *settings, int64_t now,
			      struct pacer_wait *wait, int64_t *look);

void ledger_count(struct ledger *ledger, struct ledger_destination *destination,
		  enum ledger_event event);

/* TIME_OF_DAY is in seconds since 1970. */
void ledger_failed(struct ledger *ledger, struct ledger_destination *destination, int curlcode,
		   int status, int64_t time_of_day);

/* --- for statistics --- */

struct ledger_view {
	char name[LEDGER_NAME_MAX];
	uint64_t events[LEDGER_EVENTS];
	uint64_t waiting;		/* for a turn */
	int curlcode, status;		/* of the last failure */
	int64_t failed_at;		/* 0: there was none */
	int64_t unused;			/* for so many seconds */
	struct pacer_view pacer;
};

/* What account INDEX, below LEDGER_ACCOUNTS, holds at NOW. False: nothing that can be shown. */
bool ledger_look(const struct ledger *ledger, int index, int64_t now, struct ledger_view *view);

/* Forgets all destinations. Those who wait go on by what they know. */
void ledger_reset(struct ledger *ledger);

#endif
