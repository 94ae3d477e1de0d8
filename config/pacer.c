/* SPDX-License-Identifier: MIT */
#include "pacer.h"

#include <stddef.h>

/*
 * Nothing orders one word after another: each is read and written by itself, and whatever two of
 * them say together is a possible state. A change that somebody else was faster with is given up
 * after TRIES: theirs is as good.
 */
#define TRIES 4

#define MASK(bits) ((UINT64_C(1) << (bits)) - 1)

/* A bucket: the second's number; retries, first attempts and answers in it. */
#define STAMP_SHIFT 48
#define COUNT_BITS 16
#define ONE_RETRY (UINT64_C(1) << 2 * COUNT_BITS)
#define ONE_FIRST (UINT64_C(1) << COUNT_BITS)
#define ONE_ANSWER UINT64_C(1)

/* A time within a word: microseconds, modulo twelve days. */
#define TIME_BITS 40

/* The pace: state, rate, time. */
#define RATE_BITS 22
#define STATE_SHIFT (RATE_BITS + TIME_BITS)

/* Tickets count modulo 2^24: half of them are ahead of any, half behind. */
#define TICKET_BITS 24

/* From NEAR of the rate that last failed on, it grows by an eighth a second only. */
#define NEAR_NUMERATOR 3
#define NEAR_DENOMINATOR 4
#define NEAR_SLOWER 8

#define MOST_RATE (INT64_C(1000) * PACER_RATE_MAX)
/*
 * Failures make it slower than the floor, down to this share of it: each machine that asks has a
 * floor of its own, and all of them together can be too much.
 */
#define EBB 5
#define CUT_US 500000		/* between two halvings: the first is to show what it does */
/* Without an answer for so long, and twice what the last one took, it is down. */
#define SILENCE_US 2000000
#define LONGEST_MS 30000	/* that an answer counts as taking */
#define SKEW_US 1000000		/* a later time than that in the future is none */
#define STOPPED_MS 10000	/* who has not looked for so long was stopped, and queues again */
#define LEAP_US 2000000		/* the most that the counter makes up for at once */

static uint64_t load(const _Atomic(uint64_t) *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static void store(_Atomic(uint64_t) *word, uint64_t value)
{
	atomic_store_explicit(word, value, memory_order_relaxed);
}

static bool swap(_Atomic(uint64_t) *word, uint64_t *expected, uint64_t value)
{
	return atomic_compare_exchange_strong_explicit(word, expected, value, memory_order_relaxed,
						       memory_order_relaxed);
}

static int64_t at_least(int64_t value, int64_t least)
{
	return value > least ? value : least;
}

static int64_t at_most(int64_t value, int64_t most)
{
	return value < most ? value : most;
}

/* --- times within a word --- */

static uint64_t stamp_of(int64_t now)
{
	return (uint64_t)now * 1000 & MASK(TIME_BITS);
}

/* In microseconds; negative: a time to come. */
static int64_t since(int64_t now, uint64_t word)
{
	uint64_t passed = (stamp_of(now) - word) & MASK(TIME_BITS);

	return passed < UINT64_C(1) << (TIME_BITS - 1) ?
		       (int64_t)passed :
		       (int64_t)passed - (INT64_C(1) << TIME_BITS);
}

/* So far in the future lies only what nobody has written by this clock. */
static bool is_no_time(int64_t passed)
{
	return passed < -SKEW_US;
}

/* --- what was sent and answered --- */

struct sums {
	int64_t requests, firsts, answers;
	bool recent;		/* an answer in this second or the one before */
};

static int64_t second_of(int64_t now)
{
	return now / 1000;
}

static struct sums sum(const struct pacer_account *account, int64_t now)
{
	struct sums sums = { 0, 0, 0, false };

	for (size_t i = 0; i < PACER_WINDOW_S; i++) {
		uint64_t word = load(&account->bucket[i]);
		uint16_t age = (uint16_t)((uint64_t)second_of(now) - (word >> STAMP_SHIFT));

		if (age >= PACER_WINDOW_S)
			continue;
		sums.requests += (int64_t)(word >> 2 * COUNT_BITS & MASK(COUNT_BITS));
		sums.firsts += (int64_t)(word >> COUNT_BITS & MASK(COUNT_BITS));
		sums.answers += (int64_t)(word & MASK(COUNT_BITS));
		sums.recent |= age <= 1 && (word & MASK(COUNT_BITS));
	}
	sums.requests += sums.firsts;
	return sums;
}

/*
 * The bucket of NOW still holds another second's OLD. Once a second: the common way shall not save
 * registers for it.
 */
static __attribute__((noinline)) void begin_second(struct pacer_account *account,
						   _Atomic(uint64_t) *bucket, int64_t now,
						   uint64_t old, uint64_t events)
{
	uint64_t stamp = (uint64_t)second_of(now) & UINT16_MAX;
	int16_t age = (int16_t)(stamp - (old >> STAMP_SHIFT));
	struct sums sums = sum(account, now);

	/* We were stopped since we asked the clock: the second is over. */
	if (age < 0 && age > -PACER_WINDOW_S && old & MASK(STAMP_SHIFT))
		return;
	if (!sums.requests && !sums.answers) {
		store(&account->opened, stamp_of(now));
		store(&account->pace, 0);
	}
	if (!swap(bucket, &old, stamp << STAMP_SHIFT | events) && old >> STAMP_SHIFT == stamp)
		atomic_fetch_add_explicit(bucket, events, memory_order_relaxed);
}

static void count(struct pacer_account *account, int64_t now, uint64_t events)
{
	uint64_t second = (uint64_t)second_of(now);
	_Atomic(uint64_t) *bucket = &account->bucket[second % PACER_WINDOW_S];
	uint64_t word = load(bucket);

	if (word >> STAMP_SHIFT == (second & UINT16_MAX) && word & MASK(STAMP_SHIFT))
		atomic_fetch_add_explicit(bucket, events, memory_order_relaxed);
	else
		begin_second(account, bucket, now, word, events);
}

static int64_t credit(const struct pacer_account *account, int64_t now)
{
	int64_t open = since(now, load(&account->opened));

	return open >= 0 && open < PACER_WINDOW_S * INT64_C(1000000) ? PACER_CREDIT : 0;
}

static bool is_within(const struct pacer_account *account, const struct pacer_settings *settings,
		      int64_t now)
{
	struct sums sums = sum(account, now);

	/* With this retry, and the answer that it is to get. */
	return (sums.requests + 1) * 1000 <=
	       (sums.answers + credit(account, now) + 1) * settings->budget;
}

/* --- the pace --- */

static uint64_t pace_of(enum pacer_state state, int64_t rate, int64_t now)
{
	return (uint64_t)state << STATE_SHIFT | (uint64_t)rate << TIME_BITS | stamp_of(now);
}

static enum pacer_state state_of(uint64_t pace)
{
	uint64_t state = pace >> STATE_SHIFT;

	return state > PACER_DOWN ? PACER_DOWN : (enum pacer_state)state;
}

/* In thousandths a second, above 0. */
static int64_t rate_of(uint64_t pace)
{
	return at_most(at_least((int64_t)(pace >> TIME_BITS & MASK(RATE_BITS)), 1), MOST_RATE);
}

static int64_t floor_of(const struct pacer_settings *settings)
{
	return at_most(at_least(settings->floor, 1), MOST_RATE);
}

/*
 * No failure makes it slower than that: the retries that the budget leaves room for beside the
 * first attempts, as far as it answers as many; or a share of the floor.
 */
static int64_t least_rate(const struct sums *sums, const struct pacer_settings *settings)
{
	int64_t room = sums->answers * settings->budget - sums->firsts * 1000;
	int64_t rate = at_most(room, sums->answers * 1000) / PACER_WINDOW_S;

	return at_least(at_most(rate, MOST_RATE), floor_of(settings) / EBB);
}

/* --- what was heard: the rate that last failed, and when an answer last came --- */

static int64_t failed_rate(const struct pacer_account *account)
{
	return (int64_t)(load(&account->heard) >> TIME_BITS & MASK(RATE_BITS));
}

static void hear_answer(struct pacer_account *account, int64_t now, int64_t took)
{
	store(&account->opened,
	      (uint64_t)at_most(at_least(took, 0), LONGEST_MS) << TIME_BITS |
		      (load(&account->opened) & MASK(TIME_BITS)));
	store(&account->heard, (uint64_t)failed_rate(account) << TIME_BITS | stamp_of(now));
}

static void hear_failure(struct pacer_account *account, int64_t rate)
{
	store(&account->heard,
	      (uint64_t)rate << TIME_BITS | (load(&account->heard) & MASK(TIME_BITS)));
}

static bool is_silent(const struct pacer_account *account, int64_t now)
{
	int64_t took = at_most((int64_t)(load(&account->opened) >> TIME_BITS), LONGEST_MS);

	return since(now, load(&account->heard)) > SILENCE_US + 2000 * took;
}

/* --- tickets --- */

static uint32_t served_of(uint64_t counter)
{
	return (uint32_t)(counter >> TIME_BITS);
}

static uint64_t counter_of(uint32_t served, uint64_t stamp)
{
	return (uint64_t)served << TIME_BITS | (stamp & MASK(TIME_BITS));
}

/* How many tickets B lies behind A. */
static uint32_t distance(uint32_t a, uint32_t b)
{
	return (b - a) & (uint32_t)MASK(TICKET_BITS);
}

static bool is_before(uint32_t a, uint32_t b)
{
	return a != b && distance(a, b) < UINT32_C(1) << (TICKET_BITS - 1);
}

static uint32_t last_ticket(const struct pacer_account *account)
{
	return (uint32_t)(load(&account->tickets) & MASK(TICKET_BITS));
}

/* --- who looks --- */

struct front {
	uint16_t second;
	uint32_t now, before;
};

static struct front front_of(uint64_t word)
{
	return (struct front){
		.second = (uint16_t)(word >> STAMP_SHIFT),
		.now = (uint32_t)(word >> TICKET_BITS & MASK(TICKET_BITS)),
		.before = (uint32_t)(word & MASK(TICKET_BITS)),
	};
}

static uint64_t front_word(uint16_t second, uint32_t now, uint32_t before)
{
	return (uint64_t)second << STAMP_SHIFT | (uint64_t)now << TICKET_BITS | before;
}

/* TICKET's holder is alive, and looks. */
static void show_up(struct pacer_account *account, int64_t now, uint32_t ticket)
{
	uint16_t second = (uint16_t)second_of(now);
	uint64_t word = load(&account->front);

	for (int i = 0; i < TRIES; i++) {
		struct front front = front_of(word);
		int16_t age = (int16_t)(second - front.second);
		uint64_t next;

		if ((!age && !is_before(ticket, front.now)) || (age < 0 && age >= -2))
			return;
		if (!age)
			next = front_word(second, ticket, front.before);
		else if (age == 1)
			next = front_word(second, ticket, front.now);
		else
			next = front_word(second, ticket, served_of(load(&account->counter)));
		if (swap(&account->front, &word, next))
			return;
	}
}

/* Nobody has looked for a second at least. */
static bool is_deserted(const struct pacer_account *account, int64_t now)
{
	struct front front = front_of(load(&account->front));

	return (uint16_t)((uint64_t)second_of(now) - front.second) > 1;
}

/* The first ticket that somebody waits with, as far as is known. */
static uint32_t first_waiting(const struct pacer_account *account)
{
	struct front front = front_of(load(&account->front));

	return is_before(front.before, front.now) ? front.before : front.now;
}

/* --- the counter --- */

/* Passes over tickets that nobody waits with. */
static void pass_over(struct pacer_account *account)
{
	uint64_t counter = load(&account->counter);
	uint32_t before = (first_waiting(account) - 1) & (uint32_t)MASK(TICKET_BITS);

	if (is_before(served_of(counter), before) && !is_before(last_ticket(account), before))
		swap(&account->counter, &counter, counter_of(before, counter));
}

/* Puts right what no honest hand has written. TICKET is held by one who has just shown up. */
static void mend(struct pacer_account *account, int64_t now, uint32_t ticket)
{
	uint64_t last = load(&account->tickets);
	uint64_t counter = load(&account->counter);

	if (is_before((uint32_t)(last & MASK(TICKET_BITS)), ticket)) {
		swap(&account->tickets, &last, ticket);
		return;
	}
	if (is_before((uint32_t)(last & MASK(TICKET_BITS)), served_of(counter)))
		swap(&account->counter, &counter,
		     counter_of((first_waiting(account) - 1) & (uint32_t)MASK(TICKET_BITS),
				stamp_of(now)));
	else if (is_no_time(since(now, counter)))
		swap(&account->counter, &counter, counter_of(served_of(counter), stamp_of(now)));
}

/*
 * Serves those tickets whose time has come by RATE, and returns the last one. *next, where wanted,
 * is when TICKET's comes, in microseconds from now.
 */
static uint32_t serve(struct pacer_account *account, int64_t now, int64_t rate)
{
	uint64_t counter = load(&account->counter);
	uint32_t served = served_of(counter);
	int64_t passed = at_most(at_least(since(now, counter), 0), LEAP_US);
	int64_t turns = passed * rate / INT64_C(1000000000);
	uint32_t last = last_ticket(account);
	uint64_t next;

	if (is_before(last, served))
		return served;
	if (turns >= distance(served, last)) {
		turns = distance(served, last);
		next = counter_of(last, stamp_of(now));
	} else {
		/* What is left of PASSED counts for the next one. */
		passed -= turns * INT64_C(1000000000) / rate;
		next = counter_of(served + (uint32_t)turns,
				  stamp_of(now) - (uint64_t)passed);
	}
	if (turns)
		swap(&account->counter, &counter, next);
	return (served + (uint32_t)turns) & (uint32_t)MASK(TICKET_BITS);
}

/* Until TICKET's turn comes, at RATE; in ms, rounded up. */
static int64_t until_turn(const struct pacer_account *account, int64_t now, int64_t rate,
			  uint32_t ticket)
{
	uint64_t counter = load(&account->counter);
	int64_t ahead = (int64_t)distance(served_of(counter), ticket);
	int64_t left = ahead * INT64_C(1000000000) / rate - since(now, counter);

	return at_most(at_least(left, 0) / 1000 + 1, PACER_LOOK_MS);
}

static bool is_queue_empty(const struct pacer_account *account, int64_t now)
{
	return is_deserted(account, now) ||
	       !is_before(served_of(load(&account->counter)), last_ticket(account));
}

/* Before a ticket is taken. Where nobody waits, the time since the last one was served counts. */
static void skip_to_last(struct pacer_account *account, int64_t now)
{
	uint64_t counter = load(&account->counter);
	int64_t interval = INT64_C(1000000000) / rate_of(load(&account->pace));
	int64_t passed = since(now, counter);

	if (!is_queue_empty(account, now))
		return;
	passed = at_most(at_least(passed, 0), interval);
	swap(&account->counter, &counter,
	     counter_of(last_ticket(account), stamp_of(now) - (uint64_t)passed));
}

/* --- from state to state --- */

static void go_down(struct pacer_account *account, int64_t now, uint64_t pace)
{
	swap(&account->pace, &pace, pace_of(PACER_DOWN, 0, now));
}

static void begin_pace(struct pacer_account *account, int64_t now, uint64_t pace, int64_t rate)
{
	uint64_t counter = load(&account->counter);

	/* It has stood: what has passed meanwhile does not count. */
	swap(&account->counter, &counter, counter_of(served_of(counter), stamp_of(now)));
	swap(&account->pace, &pace, pace_of(PACER_PACED, rate, now));
}

/* The budget is spent. */
static void leave_well(struct pacer_account *account, const struct pacer_settings *settings,
		       int64_t now, uint64_t pace)
{
	struct sums sums = sum(account, now);

	if (!sums.recent) {
		go_down(account, now, pace);
		return;
	}
	hear_answer(account, now, 0);
	begin_pace(account, now, pace, least_rate(&sums, settings));
}

/* For an answer, one a second more: RATE doubles in a second. */
static int64_t growth(const struct pacer_account *account, int64_t rate)
{
	int64_t failed = failed_rate(account);
	int64_t step = at_most(rate, 1000);

	return rate < failed && rate >= failed * NEAR_NUMERATOR / NEAR_DENOMINATOR ?
		       step / NEAR_SLOWER :
		       step;
}

static void rise(struct pacer_account *account, const struct pacer_settings *settings, int64_t now,
		 uint64_t pace)
{
	int64_t rate = rate_of(pace);

	serve(account, now, rate);
	if (is_queue_empty(account, now) && is_within(account, settings, now)) {
		swap(&account->pace, &pace, 0);
		return;
	}
	rate = at_most(rate + growth(account, rate), MOST_RATE);
	swap(&account->pace, &pace,
	     (uint64_t)PACER_PACED << STATE_SHIFT | (uint64_t)rate << TIME_BITS |
		     (pace & MASK(TIME_BITS)));
}

static void cut(struct pacer_account *account, const struct pacer_settings *settings, int64_t now,
		uint64_t pace)
{
	int64_t passed = since(now, pace);
	int64_t rate = rate_of(pace);
	struct sums sums;

	if (passed < CUT_US && !is_no_time(passed))
		return;
	hear_failure(account, rate);
	sums = sum(account, now);
	rate = at_least(rate / 2, least_rate(&sums, settings));
	swap(&account->pace, &pace, pace_of(PACER_PACED, rate, now));
}

/* It is not well: what has come is news. */
static __attribute__((noinline)) void hear(struct pacer_account *account,
					   const struct pacer_settings *settings, int64_t now,
					   int64_t took, bool answered)
{
	uint64_t pace = load(&account->pace);

	if (answered)
		hear_answer(account, now, took);
	if (state_of(pace) == PACER_PACED && answered)
		rise(account, settings, now, pace);
	else if (state_of(pace) == PACER_PACED)
		cut(account, settings, now, pace);
	else if (answered)
		begin_pace(account, now, pace, floor_of(settings));
}

static __attribute__((noinline)) void count_and_hear(struct pacer_account *account,
						     const struct pacer_settings *settings,
						     int64_t now, int64_t took, uint64_t events)
{
	if (events)
		count(account, now, events);
	if (state_of(load(&account->pace)) != PACER_WELL)
		hear(account, settings, now, took, events & ONE_ANSWER);
}

void pacer_ended(struct pacer_account *account, const struct pacer_settings *settings, int64_t now,
		 int64_t took, bool first, enum pacer_outcome outcome)
{
	uint64_t events = first ? ONE_FIRST : 0;

	if (outcome == PACER_UNKNOWN)
		return;
	if (outcome != PACER_ANSWERED || state_of(load(&account->pace)) != PACER_WELL) {
		events += outcome == PACER_ANSWERED ? ONE_ANSWER : 0;
		count_and_hear(account, settings, now, took, events);
	} else {
		/* Almost always. */
		count(account, now, events + ONE_ANSWER);
	}
}

/* --- a retry --- */

static bool must_queue(struct pacer_account *account, const struct pacer_settings *settings,
		       int64_t now)
{
	uint64_t pace = load(&account->pace);
	bool within = is_within(account, settings, now);

	switch (state_of(pace)) {
	case PACER_WELL:
		if (!within)
			leave_well(account, settings, now, pace);
		return !within;
	case PACER_PACED:
		serve(account, now, rate_of(pace));
		if (!within || !is_queue_empty(account, now))
			return true;
		swap(&account->pace, &pace, 0);
		return false;
	default:
		return true;
	}
}

static void take_ticket(struct pacer_account *account, int64_t now, struct pacer_wait *wait)
{
	skip_to_last(account, now);
	wait->ticket = (uint32_t)(atomic_fetch_add_explicit(&account->tickets, 1,
							    memory_order_relaxed) +
				  1) &
		       (uint32_t)MASK(TICKET_BITS);
}

void pacer_ask(struct pacer_account *account, const struct pacer_settings *settings, int64_t now,
	       const struct pacer_request *request, struct pacer_wait *wait)
{
	bool ticketed = wait->queued;

	wait->decided = now;
	wait->due = now + request->delay;
	wait->least = now + at_most(request->least, request->delay);
	wait->until = at_least(now + request->patience, wait->due);
	wait->looked = now;
	wait->queued = settings->budget && must_queue(account, settings, now);
	if (!wait->queued) {
		count(account, now, ONE_RETRY);
		return;
	}
	if (!ticketed || !is_before(served_of(load(&account->counter)), wait->ticket))
		take_ticket(account, now, wait);
	show_up(account, now, wait->ticket);
}

static enum pacer_answer go(struct pacer_account *account, int64_t now)
{
	count(account, now, ONE_RETRY);
	return PACER_GO;
}

/* When it may go at the earliest: news of an answer since it was decided on cut the delay short. */
static int64_t earliest(const struct pacer_account *account, int64_t now,
			const struct pacer_wait *wait)
{
	int64_t passed = since(now, load(&account->heard));

	return passed >= 0 && passed <= (now - wait->decided) * 1000 ? wait->least : wait->due;
}

/* How long there is nothing to do, AT being the earliest. */
static int64_t look_at(int64_t now, int64_t at)
{
	return at_most(at_least(at - now, 1), PACER_LOOK_MS);
}

static bool is_probe(struct pacer_account *account, const struct pacer_settings *settings,
		     int64_t now, uint64_t pace, int64_t *look)
{
	int64_t every = at_least(PACER_PROBE_MS, 1000000 / floor_of(settings)) * 1000;
	int64_t passed = since(now, pace);

	if (passed < every && !is_no_time(passed)) {
		*look = look_at(0, (every - passed) / 1000 + 1);
		return false;
	}
	*look = PACER_LOOK_MS;
	return swap(&account->pace, &pace, pace_of(PACER_DOWN, 0, now));
}

static bool is_turn(struct pacer_account *account, int64_t now, uint64_t pace,
		    const struct pacer_wait *wait, int64_t *look)
{
	int64_t rate = rate_of(pace);
	uint32_t served = serve(account, now, rate);

	if (!is_before(served, wait->ticket))
		return true;
	*look = until_turn(account, now, rate, wait->ticket);
	return false;
}

/* Whether the account lets it go at NOW, its delay being over. */
static bool may_go(struct pacer_account *account, const struct pacer_settings *settings,
		   int64_t now, const struct pacer_wait *wait, int64_t *look)
{
	uint64_t pace = load(&account->pace);

	switch (state_of(pace)) {
	case PACER_WELL:
		if (is_within(account, settings, now))
			return true;
		leave_well(account, settings, now, pace);
		return false;
	case PACER_PACED:
		if (is_turn(account, now, pace, wait, look))
			return true;
		if (is_silent(account, now))
			go_down(account, now, pace);
		return false;
	default:
		return is_probe(account, settings, now, pace, look);
	}
}

static enum pacer_answer look(struct pacer_account *account, const struct pacer_settings *settings,
			      int64_t now, struct pacer_wait *wait, int64_t *next)
{
	int64_t at = earliest(account, now, wait);

	show_up(account, now, wait->ticket);
	mend(account, now, wait->ticket);
	pass_over(account);
	*next = look_at(now, at);
	if (now >= at && may_go(account, settings, now, wait, next))
		return go(account, now);
	if (now >= wait->until)
		return PACER_NEVER;
	*next = at_most(*next, at_least(wait->until - now, 1));
	return PACER_WAIT;
}

enum pacer_answer pacer_turn(struct pacer_account *account, const struct pacer_settings *settings,
			     int64_t now, struct pacer_wait *wait, int64_t *next)
{
	int64_t unseen = now - wait->looked;

	wait->looked = now;
	if (!wait->queued) {
		*next = at_least(wait->due - now, 1);
		return now >= wait->due ? PACER_GO : PACER_WAIT;
	}
	if (unseen > STOPPED_MS)
		take_ticket(account, now, wait);
	return look(account, settings, now, wait, next);
}

static void view_seconds(const struct pacer_account *account, int64_t now, struct pacer_view *view)
{
	for (size_t i = 0; i < PACER_WINDOW_S; i++)
		view->second[i] = 0;
	for (size_t i = 0; i < PACER_WINDOW_S; i++) {
		uint64_t word = load(&account->bucket[i]);
		uint16_t age = (uint16_t)((uint64_t)second_of(now) - (word >> STAMP_SHIFT));

		if (age < PACER_WINDOW_S)
			view->second[PACER_WINDOW_S - 1 - age] =
				(uint32_t)((word >> 2 * COUNT_BITS & MASK(COUNT_BITS)) +
					   (word >> COUNT_BITS & MASK(COUNT_BITS)));
	}
}

void pacer_view(const struct pacer_account *account, int64_t now, struct pacer_view *view)
{
	struct sums sums = sum(account, now);
	uint64_t pace = load(&account->pace);
	uint32_t served = served_of(load(&account->counter));
	uint32_t last = last_ticket(account);
	bool deserted = is_deserted(account, now);

	view->state = deserted && !sums.requests && !sums.answers ? PACER_WELL : state_of(pace);
	view->requests = (uint64_t)sums.requests;
	view->answers = (uint64_t)sums.answers;
	view->rate = view->state == PACER_PACED ? rate_of(pace) : 0;
	view->queue = is_before(served, last) && !deserted ? distance(served, last) : 0;
	view_seconds(account, now, view);
}
