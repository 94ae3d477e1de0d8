/* SPDX-License-Identifier: MIT */
/*
 * When a retry may go to a destination: the one account that all processes of a machine keep of it.
 *
 * Pure: no clock, no memory of its own. Times are in ms, monotonic, the same clock for everybody.
 * An account lies in memory that any number of processes share. Every function may run in all of
 * them at once, be killed between any two instructions or stopped for an hour, and may find any
 * value in any word: it returns after a bounded number of steps, and what it answers is bounded.
 *
 * Over the last 10 s the account counts what a destination was sent (first attempts at their end,
 * retries when they are decided on) and what it answered. It is in one of three states:
 *
 *	WELL	the budget is kept: retries go after the delays that were drawn
 *	PACED	beyond the budget, but it answers: retries take tickets, and go when a counter has
 *		reached theirs. Its rate begins at the floor where it was down, doubles each
 *		second while answers come (more slowly near the rate that last failed), and
 *		halves when failures do, down to a fifth of the floor
 *	DOWN	it answers nobody: the counter stands, and one retry a second goes to find out, the
 *		first whose drawn delay is over. So a wait costs no attempt, and a program alone
 *		waits as if nobody counted
 *
 * The counter passes over tickets that nobody waits with any more: who waits looks at least each
 * PACER_LOOK_MS, and the first of those who looked in the last second is the next.
 *
 * How a transfer calls it:
 *
 *	an attempt has ended		pacer_ended(), with what it ended with
 *	it is to be retried		pacer_ask(), which fills struct pacer_wait, then
 *					pacer_turn() until it no longer says PACER_WAIT
 */
#ifndef CURLRETRY_PACER_H
#define CURLRETRY_PACER_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define PACER_WINDOW_S 10	/* what is remembered */
#define PACER_CREDIT 20		/* answers that a destination nobody knows of opens with */
#define PACER_PROBE_MS 1000	/* between two probes of a destination that is down */
#define PACER_LOOK_MS 100	/* who waits for a turn looks that often */
#define PACER_RATE_MAX 1000	/* retries a second, at most */

/* Two cache lines. All zeros: nobody knows the destination. */
struct pacer_account {
	/* by the second, modulo PACER_WINDOW_S: its number, retries, first attempts, answers */
	alignas(64) _Atomic(uint64_t) bucket[PACER_WINDOW_S];
	/* the state, the rate, and the time of the last cut or probe */
	_Atomic(uint64_t) pace;
	_Atomic(uint64_t) counter;	/* the last ticket that was served, and when */
	_Atomic(uint64_t) tickets;	/* the last that was given out */
	/* the first ticket of those who looked in this second, and in the one before it */
	_Atomic(uint64_t) front;
	/* what the last answer took; when the destination was last one that nobody knows */
	_Atomic(uint64_t) opened;
	/* the rate that last failed; when an answer last came while it was not well */
	_Atomic(uint64_t) heard;
};

_Static_assert(sizeof(struct pacer_account) == 128, "an account takes two cache lines");

enum pacer_state { PACER_WELL, PACER_PACED, PACER_DOWN };

struct pacer_settings {
	/* requests for each answer, in thousandths; 0: no limit. At most 100,000 */
	int64_t budget;
	/* retries a second that are allowed whatever it answers, in thousandths, 1 to 1,000,000 */
	int64_t floor;
};

enum pacer_outcome {
	PACER_ANSWERED,		/* whatever it was, it was not a transient failure */
	PACER_FAILED,		/* transiently */
	PACER_UNKNOWN,		/* the program has broken it off: says nothing of the destination */
};

/* What a retry asks for. All in ms from now on, and not negative. */
struct pacer_request {
	int64_t delay;		/* that was drawn */
	/*
	 * the least delay, also where the destination turns out to be well sooner: at most the
	 * base delay, or all of DELAY if the server has asked for it
	 */
	int64_t least;
	int64_t patience;	/* how long it can wait for a turn in all */
};

/*
 * One transfer's wait; its own memory. Zeroed before its first retry, and else left alone between
 * retries: who comes back from a probe keeps the place in the queue.
 */
struct pacer_wait {
	int64_t decided;	/* times, in ms */
	int64_t due;		/* by the delay that was drawn */
	int64_t least;
	int64_t until;
	int64_t looked;		/* last */
	uint32_t ticket;
	bool queued;		/* beyond the budget: waits for its turn */
};

enum pacer_answer {
	PACER_GO,
	PACER_WAIT,
	PACER_NEVER,		/* its patience is over, or no ticket will be served in time */
};

/*
 * An attempt has ended at NOW, which TOOK so long: the transfer's FIRST one, or a retry that
 * pacer_turn() has let go. A success of a destination that is well takes a few instructions.
 */
void pacer_ended(struct pacer_account *account, const struct pacer_settings *settings, int64_t now,
		 int64_t took, bool first, enum pacer_outcome outcome);

/*
 * Decides on a retry, at NOW: it goes when its delay is over, or it takes a ticket.
 */
void pacer_ask(struct pacer_account *account, const struct pacer_settings *settings, int64_t now,
	       const struct pacer_request *request, struct pacer_wait *wait);

/*
 * Whether it may go at NOW. PACER_WAIT: it is to ask again after *look ms, from 1 to PACER_LOOK_MS
 * where it waits for a turn, else up to what is left of its delay. PACER_GO is said once: the
 * attempt is to begin.
 */
enum pacer_answer pacer_turn(struct pacer_account *account, const struct pacer_settings *settings,
			     int64_t now, struct pacer_wait *wait, int64_t *look);

/* What can be seen of an account, for statistics. */
struct pacer_view {
	/* one that nothing was heard of for so long, and that nobody waits for, is WELL */
	enum pacer_state state;
	uint64_t requests, answers;	/* over the last PACER_WINDOW_S */
	/* the requests of each of its seconds, the current one last, which is not over */
	uint32_t second[PACER_WINDOW_S];
	int64_t rate;			/* of the counter, in thousandths a second; PACED only */
	uint64_t queue;			/* tickets given out and not served */
};

void pacer_view(const struct pacer_account *account, int64_t now, struct pacer_view *view);

#endif
