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

#include "handle.h"
#include "turn.h"

/* A new handle's: no transfer runs. */
void transfer_init(struct handle *handle);

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

/*
 * Whether the next attempt may begin at NOW; transfer.due: when that is to be asked again.
 * PACER_NEVER: no turn comes in time, see transfer_surrender().
 */
static inline enum pacer_answer transfer_turn(struct handle *handle, int64_t now)
{
	return turn_come(handle, now);
}

/* The transfer ends in its wait, with the end of its last attempt; returns what it shall see. */
CURLcode transfer_surrender(struct handle *handle);

/* The program has ended the transfer while it waited; returns what it shall see. */
CURLcode transfer_abort(struct handle *handle);

/* The program has taken the handle away; the transfer is over. */
void transfer_drop(struct handle *handle);

/* Puts the program's own options back and says in the log how it went. */
void transfer_end(struct handle *handle, CURLcode code);

#endif
