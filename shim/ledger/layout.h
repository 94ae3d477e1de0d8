/* SPDX-License-Identifier: MIT */
/*
 * What lies in the shared memory. Whoever changes anything here, or in struct ledger_account or
 * struct pacer_account, or what their words mean, gives it another LAYOUT: processes of different
 * versions then have different ledgers.
 */
#ifndef CURLRETRY_LAYOUT_H
#define CURLRETRY_LAYOUT_H

#include <stdalign.h>
#include <stdatomic.h>

#include "config/pacer.h"

#define LEDGER_LAYOUT 1

#define LEDGER_ACCOUNTS 1024
#define LEDGER_NAME_MAX 304	/* of a destination, as "https://host:port", with its NUL */

enum ledger_event {
	LEDGER_TRANSFERS,	/* counted by ledger_ended() */
	LEDGER_RETRIES,		/* by ledger_turn(), as they begin */
	LEDGER_RECOVERED,
	LEDGER_GAVE_UP,
	LEDGER_NOT_RETRIED,
	LEDGER_EVENTS,
};

#define LEDGER_NAME_WORDS (LEDGER_NAME_MAX / 8)

/* Eight cache lines; all zeros: empty. */
struct ledger_account {
	struct pacer_account pacer;
	/* the key that the account has been made for; another than the index's: it is being made */
	alignas(64) _Atomic(uint64_t) owner;
	_Atomic(uint64_t) events[LEDGER_EVENTS];
	_Atomic(uint64_t) waiting;	/* those who looked in this second, and in the one before */
	_Atomic(uint64_t) name_check;	/* a hash of the name: it has been written whole */
	/* what an attempt last failed with: its CURLcode and status, and the time of day, in s */
	_Atomic(uint64_t) failure;
	_Atomic(uint64_t) failed_at;
	_Atomic(uint64_t) name[LEDGER_NAME_WORDS];
};

_Static_assert(sizeof(struct ledger_account) == 512, "an account takes eight cache lines");

/* A key may lie in any of the ways of one set. */
#define LEDGER_WAYS 16
#define LEDGER_SETS (LEDGER_ACCOUNTS / LEDGER_WAYS)

struct ledger {
	/* layout, user and name, hashed: whose ledger it is; 0: just made */
	alignas(64) _Atomic(uint64_t) identity;
	alignas(64) _Atomic(uint64_t) key[LEDGER_ACCOUNTS];	/* 0: the place is free */
	_Atomic(uint64_t) used[LEDGER_ACCOUNTS];	/* the last second in which it was */
	struct ledger_account account[LEDGER_ACCOUNTS];
};

#endif
