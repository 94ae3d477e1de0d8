/* SPDX-License-Identifier: MIT */
/*
 * One destination's account: by hand, step by step; then random histories, whose bounds must hold;
 * then garbage in each word, after which it must find back. Times are in ms, and pass as told.
 */
#include "../../config/pacer.h"

#include <stdlib.h>

#include "check.h"

#define START INT64_C(1000000000)	/* eleven days after the machine was started */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct pacer_settings standard = { 2000, 5000 };
static const struct pacer_request in_a_second = { 1000, 1000, 1000000 };
static const struct pacer_request at_once = { 0, 0, 1000000 };

/* SplitMix64, the same numbers in every run. */
static uint64_t next_random(void)
{
	static uint64_t seed = 42;
	uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static int64_t below(int64_t bound)
{
	return (int64_t)(next_random() % (uint64_t)bound);
}

static void fail(struct pacer_account *account, int64_t now)
{
	pacer_ended(account, &standard, now, 10, true, PACER_FAILED);
}

static void answer(struct pacer_account *account, int64_t now)
{
	pacer_ended(account, &standard, now, 10, true, PACER_ANSWERED);
}

static void answer_retry(struct pacer_account *account, int64_t now)
{
	pacer_ended(account, &standard, now, 10, false, PACER_ANSWERED);
}

static struct pacer_wait ask(struct pacer_account *account, int64_t now,
			     const struct pacer_request *request)
{
	struct pacer_wait wait = { 0 };

	pacer_ask(account, &standard, now, request, &wait);
	return wait;
}

static enum pacer_answer turn(struct pacer_account *account, int64_t now, struct pacer_wait *wait)
{
	int64_t look;

	return pacer_turn(account, &standard, now, wait, &look);
}

static enum pacer_state state(const struct pacer_account *account, int64_t now)
{
	struct pacer_view view;

	pacer_view(account, now, &view);
	return view.state;
}

/* When it may go, looked for as the transfers do; INT64_MAX: never. */
static int64_t goes_at(struct pacer_account *account, int64_t now, struct pacer_wait *wait)
{
	for (;;) {
		int64_t look = -1;
		enum pacer_answer said = pacer_turn(account, &standard, now, wait, &look);

		if (said == PACER_GO)
			return now;
		if (said == PACER_NEVER)
			return INT64_MAX;
		if (!CHECK(look >= 1 && (!wait->queued || look <= PACER_LOOK_MS)))
			return INT64_MAX;
		now += look;
	}
}

/* An account that is down at NOW: its budget is spent, and nothing was answered. */
static void bring_down(struct pacer_account *account, int64_t now)
{
	struct pacer_wait wait = { 0 };

	*account = (struct pacer_account){ 0 };
	while (!wait.queued) {
		fail(account, now);
		wait = ask(account, now, &at_once);
	}
	/* So far that a few answers do not make up for it. */
	for (int i = 0; i < 300; i++)
		fail(account, now);
	CHECK_INT(state(account, now), PACER_DOWN);
}

/* --- by hand --- */

static void the_drawn_delay_stands_within_the_budget(void)
{
	struct pacer_account account = { 0 };
	struct pacer_wait wait;
	int64_t look;

	fail(&account, START);
	wait = ask(&account, START, &in_a_second);
	CHECK(!wait.queued);
	CHECK_INT(pacer_turn(&account, &standard, START, &wait, &look), PACER_WAIT);
	CHECK_INT(look, 1000);
	CHECK_INT(pacer_turn(&account, &standard, START + 999, &wait, &look), PACER_WAIT);
	CHECK_INT(look, 1);
	CHECK_INT(pacer_turn(&account, &standard, START + 1000, &wait, &look), PACER_GO);
	CHECK_INT(state(&account, START + 1000), PACER_WELL);
}

/* Twenty answers to begin with, and the one that the retry is to get: 21 failures and retries. */
static void an_unknown_destination_has_credit(void)
{
	struct pacer_account account = { 0 };
	int granted = 0;

	for (int i = 0; i < 60; i++) {
		fail(&account, START);
		granted += !ask(&account, START, &in_a_second).queued;
	}
	CHECK_INT(granted, 21);
	CHECK_INT(state(&account, START), PACER_DOWN);
}

/* Also right after the machine was started, when the clock is near zero. */
static void credit_does_not_depend_on_the_time(void)
{
	static const int64_t times[] = { 0, 1, 999, 9999, 65535999, 65536000, 655360000,
					 INT64_C(1) << 40 };

	for (size_t i = 0; i < COUNT(times); i++) {
		struct pacer_account account = { 0 };

		for (int n = 0; n < 21; n++) {
			fail(&account, times[i]);
			CHECK(!ask(&account, times[i], &in_a_second).queued);
		}
		fail(&account, times[i]);
		CHECK(ask(&account, times[i], &in_a_second).queued);
	}
}

static void a_destination_is_forgotten_after_ten_seconds(void)
{
	struct pacer_account account;

	bring_down(&account, START);
	fail(&account, START + 9000);
	CHECK(ask(&account, START + 9000, &in_a_second).queued);
	fail(&account, START + 30000);
	CHECK_INT(state(&account, START + 30000), PACER_WELL);
	CHECK(!ask(&account, START + 30000, &in_a_second).queued);
}

static void answers_make_room(void)
{
	struct pacer_account account = { 0 };
	int granted = 0;

	for (int i = 0; i < 100; i++)
		answer(&account, START);
	for (int i = 0; i < 200; i++) {
		fail(&account, START + 500);
		granted += !ask(&account, START + 500, &in_a_second).queued;
	}
	/* 100 + n failures + n retries are 2 × (100 + 20 + the one awaited), or one less. */
	CHECK_INT(granted, 71);
	/* Answers are two seconds old at most: it is slow, not down. */
	CHECK_INT(state(&account, START + 500), PACER_PACED);
}

static void a_budget_that_is_off_limits_nothing(void)
{
	static const struct pacer_settings off = { 0, 5000 };
	struct pacer_account account;
	struct pacer_wait wait = { 0 };
	int64_t look;

	bring_down(&account, START);
	pacer_ask(&account, &off, START, &in_a_second, &wait);
	CHECK(!wait.queued);
	CHECK_INT(pacer_turn(&account, &off, START + 1000, &wait, &look), PACER_GO);
}

static void a_budget_counts_as_it_is_set(void)
{
	static const struct {
		int64_t budget;
		int granted;
	} budgets[] = { { 1100, 2 }, { 1500, 8 }, { 2000, 21 }, { 10000, 105 }, { 100000, 1050 } };

	for (size_t i = 0; i < COUNT(budgets); i++) {
		struct pacer_settings settings = { budgets[i].budget, 5000 };
		struct pacer_account account = { 0 };
		int granted = 0;

		for (int n = 0; n < 2000; n++) {
			struct pacer_wait wait = { 0 };

			pacer_ended(&account, &settings, START, 0, true, PACER_FAILED);
			pacer_ask(&account, &settings, START, &in_a_second, &wait);
			granted += !wait.queued;
		}
		if (!CHECK(abs(granted - budgets[i].granted) <= 11))
			fprintf(stderr, "  %d granted\n", granted);
	}
}

/* Twenty wait; one goes each second, and none before its own delay is over. */
static void one_probe_a_second_goes_while_it_is_down(void)
{
	struct pacer_account account;
	struct pacer_wait waits[20];
	int64_t last = 0;
	int gone = 0;

	bring_down(&account, START);
	for (size_t i = 0; i < COUNT(waits); i++)
		waits[i] = ask(&account, START,
			       &(struct pacer_request){ (int64_t)i * 100, 0, 100000 });
	for (int64_t now = START; now < START + 10000; now += 10) {
		for (size_t i = 0; i < COUNT(waits); i++) {
			if (!waits[i].queued || turn(&account, now, &waits[i]) != PACER_GO)
				continue;
			CHECK(now >= waits[i].due);
			CHECK(!last || now - last >= PACER_PROBE_MS);
			last = now;
			waits[i].queued = false;
			gone++;
		}
	}
	CHECK(gone >= 9 && gone <= 10);
}

/* With nobody else, its delays are those that were drawn, though it has no budget left. */
static void who_is_alone_waits_as_drawn(void)
{
	static const int64_t delays[] = { 1000, 3000, 1500, 60000, 20000, 2500 };
	struct pacer_account account;
	struct pacer_wait wait = { 0 };
	int64_t now = START + 1000;

	bring_down(&account, START);
	for (size_t i = 0; i < COUNT(delays); i++) {
		struct pacer_request request = { delays[i], 1000, 1000000 };
		int64_t went;

		pacer_ask(&account, &standard, now, &request, &wait);
		went = goes_at(&account, now, &wait);
		CHECK_INT(went, now + delays[i]);
		now = went;
		pacer_ended(&account, &standard, now, 10, false, PACER_FAILED);
	}
}

static void a_program_alone_is_never_held_back_in_ten_seconds(void)
{
	struct pacer_account account = { 0 };
	struct pacer_wait wait = { 0 };

	for (int i = 0; i < 20; i++) {
		int64_t now = START + (int64_t)i * 490;

		pacer_ended(&account, &standard, now, 10, !i, PACER_FAILED);
		pacer_ask(&account, &standard, now, &in_a_second, &wait);
		CHECK(!wait.queued);
	}
}

/* One request fails, the next is answered, for two minutes: the drawn delays stand. */
static void one_in_two_that_fails_is_not_slowed_down(void)
{
	static const int64_t delays[] = { 100, 1000, 250 };

	for (size_t d = 0; d < COUNT(delays); d++) {
		struct pacer_request request = { delays[d], delays[d], 100000 };
		struct pacer_account account = { 0 };

		for (int64_t now = START; now < START + 120000;) {
			struct pacer_wait wait;

			fail(&account, now);
			wait = ask(&account, now, &request);
			CHECK_INT(goes_at(&account, now, &wait), now + delays[d]);
			now += delays[d];
			answer_retry(&account, now);
		}
	}
}

/* COUNT wait at once; returns how many went in each of the first SECONDS after the first answer. */
static void recover(int count, int seconds, int went[], bool failing)
{
	struct pacer_wait *waits = calloc((size_t)count, sizeof(*waits));
	struct pacer_account account;
	int64_t now = START;

	bring_down(&account, now);
	for (int i = 0; i < count; i++)
		waits[i] = ask(&account, now, &at_once);
	now += 1000;
	CHECK_INT(turn(&account, now, &waits[count - 1]), PACER_GO);
	waits[count - 1].queued = false;
	answer_retry(&account, now);
	for (int64_t end = now + (int64_t)seconds * 1000, begin = now; now < end; now += 5) {
		for (int i = 0; i < count; i++) {
			if (!waits[i].queued || turn(&account, now, &waits[i]) != PACER_GO)
				continue;
			waits[i].queued = false;
			went[(now - begin) / 1000]++;
			if (!failing)
				answer_retry(&account, now);
			else
				pacer_ended(&account, &standard, now, 10, false, PACER_FAILED);
		}
	}
	free(waits);
}

/* Each answer adds one a second: it more than doubles. */
static void a_recovery_starts_from_the_floor_and_doubles(void)
{
	int went[6] = { 0 };

	recover(400, 6, went, false);
	CHECK(went[0] >= 5 && went[0] <= 9);
	for (int i = 1; i < 5; i++) {
		if (!CHECK(went[i] >= went[i - 1] * 3 / 2 && went[i] <= went[i - 1] * 4))
			fprintf(stderr, "  second %d: %d after %d\n", i, went[i], went[i - 1]);
	}
}

/* From the floor down to a fifth of it, for as long as one answer counts. */
static void a_recovery_that_is_none_ends(void)
{
	int went[6] = { 0 };

	recover(400, 6, went, true);
	/* The first ticket's holder has gone: its turn is lost. */
	CHECK(went[0] >= 1 && went[0] <= 3);
	for (int i = 1; i < 6; i++)
		CHECK(went[i] <= 2);
}

static void failures_halve_the_rate_twice_a_second_at_most(void)
{
	struct pacer_account account;
	struct pacer_view view;
	int64_t now = START, before;

	bring_down(&account, now);
	for (int i = 0; i < 1000; i++)
		ask(&account, now, &at_once);
	for (int i = 0; i < 95; i++)
		answer_retry(&account, now += 20);
	pacer_view(&account, now, &view);
	before = view.rate;
	CHECK_INT(before, 5000 + 94 * 1000);
	for (int i = 0; i < 10; i++)
		pacer_ended(&account, &standard, now + i, 10, false, PACER_FAILED);
	pacer_view(&account, now, &view);
	CHECK_INT(view.rate, before / 2);
	pacer_ended(&account, &standard, now + 501, 10, false, PACER_FAILED);
	pacer_view(&account, now + 501, &view);
	CHECK_INT(view.rate, before / 4);
	for (int i = 0; i < 10; i++)
		pacer_ended(&account, &standard, now + 1100 + 501 * i, 10, false, PACER_FAILED);
	pacer_view(&account, now + 6000, &view);
	CHECK_INT(view.rate, 1000);
}

static void near_the_rate_that_failed_it_grows_slowly(void)
{
	struct pacer_account account;
	struct pacer_view view;
	int64_t now = START, failed;

	bring_down(&account, now);
	for (int i = 0; i < 1000; i++)
		ask(&account, now, &at_once);
	for (int i = 0; i < 100; i++)
		answer_retry(&account, now += 10);
	pacer_view(&account, now, &view);
	failed = view.rate;
	pacer_ended(&account, &standard, now, 10, false, PACER_FAILED);
	for (int64_t rate = failed / 2; rate < failed + 3000;) {
		bool near = rate >= failed * 3 / 4 && rate < failed;

		answer_retry(&account, now);
		pacer_view(&account, now, &view);
		CHECK_INT(view.rate, rate + (near ? 125 : 1000));
		rate = view.rate;
	}
}

static void turns_come_in_the_order_of_decisions(void)
{
	struct pacer_account account;
	struct pacer_wait waits[50];
	int next = 0;

	bring_down(&account, START);
	for (size_t i = 0; i < COUNT(waits); i++)
		waits[i] = ask(&account, START, &at_once);
	answer(&account, START + 100);
	for (int64_t now = START + 100; now < START + 20000; now++) {
		/* Those who came last look first. */
		for (int i = (int)COUNT(waits) - 1; i >= next; i--) {
			if (turn(&account, now, &waits[i]) != PACER_GO)
				continue;
			CHECK_INT(i, next);
			next = i + 1;
			answer_retry(&account, now);
		}
	}
	CHECK_INT(next, COUNT(waits));
}

/* News reaches who waits for an hour; not sooner than the server has asked for. */
static void news_cuts_a_long_delay_short(void)
{
	struct pacer_account account;
	struct pacer_wait patient, asked;
	int64_t now = START + 5000;

	bring_down(&account, START);
	patient = ask(&account, START, &(struct pacer_request){ 3600000, 1000, 3600000 });
	asked = ask(&account, START, &(struct pacer_request){ 30000, 30000, 3600000 });
	CHECK_INT(turn(&account, now, &patient), PACER_WAIT);
	answer(&account, now);
	CHECK(goes_at(&account, now, &patient) <= now + 500);
	for (int64_t t = now; t < START + 30000; t += 100) {
		answer_retry(&account, t);
		CHECK_INT(turn(&account, t, &asked), PACER_WAIT);
	}
	CHECK_INT(turn(&account, START + 30000, &asked), PACER_GO);
}

static void patience_ends(void)
{
	struct pacer_account account;
	struct pacer_wait wait, first;
	int64_t look;

	bring_down(&account, START);
	first = ask(&account, START, &at_once);
	wait = ask(&account, START, &(struct pacer_request){ 500, 500, 750 });
	CHECK_INT(pacer_turn(&account, &standard, START + 700, &wait, &look), PACER_WAIT);
	CHECK_INT(look, 50);
	CHECK_INT(turn(&account, START + 750, &wait), PACER_NEVER);
	/* A turn that comes in the same moment is taken. */
	wait = ask(&account, START, &(struct pacer_request){ 500, 500, 1000 });
	CHECK_INT(turn(&account, START + 1000, &wait), PACER_GO);
	CHECK_INT(turn(&account, START + 1000, &first), PACER_WAIT);
}

/* Ninety-nine have died; the one behind them does not wait for their turns, 5 a second. */
static void tickets_of_the_dead_are_passed_over(void)
{
	struct pacer_account account;
	struct pacer_wait wait;

	bring_down(&account, START);
	for (int i = 0; i < 99; i++)
		ask(&account, START, &at_once);
	wait = ask(&account, START, &at_once);
	for (int64_t now = START; now < START + 700; now += 100)
		CHECK_INT(turn(&account, now, &wait), PACER_WAIT);
	answer(&account, START + 700);
	CHECK(goes_at(&account, START + 700, &wait) <= START + 3000);
}

static void a_probe_that_fails_keeps_its_place(void)
{
	struct pacer_account account;
	struct pacer_wait first, second;
	uint32_t ticket;

	bring_down(&account, START);
	first = ask(&account, START, &at_once);
	second = ask(&account, START, &at_once);
	ticket = first.ticket;
	CHECK_INT(turn(&account, START + 1000, &first), PACER_GO);
	CHECK_INT(turn(&account, START + 1000, &second), PACER_WAIT);
	pacer_ended(&account, &standard, START + 1010, 10, false, PACER_FAILED);
	pacer_ask(&account, &standard, START + 1010, &at_once, &first);
	CHECK_INT(first.ticket, ticket);
}

static void who_was_stopped_queues_again(void)
{
	struct pacer_account account;
	struct pacer_wait stopped, wait;
	uint32_t ticket;

	bring_down(&account, START);
	stopped = ask(&account, START, &at_once);
	ticket = stopped.ticket;
	for (int64_t now = START; now < START + 12000; now += 100) {
		wait = ask(&account, now, &at_once);
		turn(&account, now, &wait);
		answer_retry(&account, now);
	}
	turn(&account, START + 12000, &stopped);
	CHECK(stopped.ticket != ticket);
}

static void silence_is_down(void)
{
	struct pacer_account account;
	struct pacer_wait wait;

	bring_down(&account, START);
	for (int i = 0; i < 100; i++) {
		fail(&account, START + 5000);
		wait = ask(&account, START, &at_once);
	}
	/* Its answers take three seconds: it is silent after eight. */
	pacer_ended(&account, &standard, START + 3000, 3000, false, PACER_ANSWERED);
	CHECK_INT(state(&account, START + 3000), PACER_PACED);
	turn(&account, START + 10999, &wait);
	CHECK_INT(state(&account, START + 10999), PACER_PACED);
	wait = ask(&account, START + 11010, &at_once);
	turn(&account, START + 11010, &wait);
	CHECK_INT(state(&account, START + 11010), PACER_DOWN);
}

static void it_is_well_again_with_an_empty_queue(void)
{
	struct pacer_account account;
	struct pacer_wait wait;

	bring_down(&account, START);
	wait = ask(&account, START, &at_once);
	for (int i = 0; i < 360; i++)
		answer(&account, START + 500);
	CHECK_INT(state(&account, START + 500), PACER_PACED);
	CHECK(goes_at(&account, START + 500, &wait) <= START + 510);
	answer_retry(&account, START + 520);
	CHECK_INT(state(&account, START + 520), PACER_WELL);
}

static void the_floor_is_a_limit_for_probes_too(void)
{
	static const struct pacer_settings slow = { 2000, 100 };
	struct pacer_account account;
	struct pacer_wait wait = { 0 };
	int64_t look;

	bring_down(&account, START);
	pacer_ask(&account, &slow, START, &at_once, &wait);
	CHECK_INT(pacer_turn(&account, &slow, START + 9990, &wait, &look), PACER_WAIT);
	CHECK_INT(pacer_turn(&account, &slow, START + 10000, &wait, &look), PACER_GO);
}

static void what_the_program_breaks_off_says_nothing(void)
{
	struct pacer_account account = { 0 };
	struct pacer_view view;

	for (int i = 0; i < 100; i++)
		pacer_ended(&account, &standard, START, 10, true, PACER_UNKNOWN);
	pacer_view(&account, START, &view);
	CHECK_INT(view.requests, 0);
	CHECK_INT(view.answers, 0);
	for (int i = 0; i < 3; i++)
		answer(&account, START);
	fail(&account, START);
	pacer_view(&account, START + 9000, &view);
	CHECK_INT(view.requests, 4);
	CHECK_INT(view.answers, 3);
	CHECK_INT(view.second[PACER_WINDOW_S - 1], 0);
	CHECK_INT(view.second[0], 4);
	pacer_view(&account, START + 10000, &view);
	CHECK_INT(view.requests, 0);
	CHECK_INT(view.second[0], 0);
}

static void the_view_counts_who_waits(void)
{
	struct pacer_account account;
	struct pacer_view view;
	struct pacer_wait wait;

	bring_down(&account, START);
	for (int i = 0; i < 41; i++)
		wait = ask(&account, START, &at_once);
	turn(&account, START, &wait);
	pacer_view(&account, START, &view);
	CHECK_INT(view.queue, 42);
	pacer_view(&account, START + 5000, &view);
	CHECK_INT(view.queue, 0);
	CHECK_INT(view.state, PACER_DOWN);
	pacer_view(&account, START + 10000, &view);
	CHECK_INT(view.state, PACER_WELL);
}

/* --- random histories --- */

enum { CLIENTS = 60 };

struct client {
	struct pacer_wait wait;
	int64_t look;		/* when it looks next; 0: it has nothing to wait for */
	int64_t decided, patience, least;
};

struct history {
	struct pacer_account account;
	struct pacer_settings settings;
	struct client clients[CLIENTS];
	int64_t now;
	int64_t gone;		/* retries from the queue, in this second */
	int64_t second;
	int share;		/* of 100 requests that are answered */
};

static void begin_history(struct history *history)
{
	static const int64_t budgets[] = { 0, 1100, 2000, 5000, 100000 };
	static const int64_t floors[] = { 100, 5000, 50000, 1000000 };

	*history = (struct history){ .now = START + below(1000000000) };
	history->settings.budget = budgets[below((int64_t)COUNT(budgets))];
	history->settings.floor = floors[below((int64_t)COUNT(floors))];
}

static void end_attempt(struct history *history, struct client *client, bool first)
{
	bool answered = below(100) < history->share;
	struct pacer_request request = { below(5000), 0, below(20000) };

	request.least = below(2) ? request.delay : below(1000);
	pacer_ended(&history->account, &history->settings, history->now, below(100), first,
		    answered ? PACER_ANSWERED : PACER_FAILED);
	client->look = 0;
	if (answered)
		return;
	pacer_ask(&history->account, &history->settings, history->now, &request, &client->wait);
	client->decided = history->now;
	client->patience = request.patience > request.delay ? request.patience : request.delay;
	client->least = request.least < request.delay ? request.least : request.delay;
	client->look = history->now;
}

static void check_rate(struct history *history)
{
	if (history->second != history->now / 1000) {
		history->second = history->now / 1000;
		history->gone = 0;
	}
	history->gone++;
	/* What comes due while nobody looks is made up for, LEAP_US of it at most. */
	CHECK(history->gone <= 3 * PACER_RATE_MAX);
}

static void look_again(struct history *history, struct client *client)
{
	bool queued = client->wait.queued;
	int64_t waited = history->now - client->decided, next = -1;
	enum pacer_answer said = pacer_turn(&history->account, &history->settings, history->now,
					    &client->wait, &next);

	if (said == PACER_WAIT) {
		CHECK(next >= 1);
		CHECK(!queued || next <= PACER_LOOK_MS);
		CHECK(waited < client->patience);
		client->look = history->now + next;
		return;
	}
	CHECK(said == PACER_GO || (queued && waited >= client->patience));
	CHECK(said == PACER_NEVER || waited >= client->least);
	client->look = 0;
	if (said == PACER_NEVER)
		return;
	if (queued)
		check_rate(history);
	end_attempt(history, client, false);
}

static void step(struct history *history)
{
	for (int i = 0; i < CLIENTS; i++) {
		struct client *client = &history->clients[i];

		if (!client->look && !below(50)) {
			client->wait = (struct pacer_wait){ 0 };
			end_attempt(history, client, true);
		}
		/* Some die; some look late. */
		if (client->look && !below(2000))
			client->look = 0;
		if (client->look && client->look <= history->now && below(10))
			look_again(history, client);
	}
	if (!below(200))
		history->share = (int)below(5) * 25;
	history->now += below(40);
	if (!below(5000))
		history->now += below(100000);
}

static void bounds_hold_in_random_histories(void)
{
	static struct history history;

	for (int run = 0; run < 60; run++) {
		begin_history(&history);
		for (int i = 0; i < 3000; i++)
			step(&history);
	}
}

/* --- garbage --- */

#define WORDS (sizeof(struct pacer_account) / sizeof(uint64_t))

static void spoil(struct pacer_account *account, size_t index, uint64_t value)
{
	atomic_uint_least64_t *words = (atomic_uint_least64_t *)account;

	atomic_store(&words[index], value);
}

/* Values that are likely to hurt, and any other. */
static uint64_t garbage(void)
{
	static const uint64_t nasty[] = { 0, 1, UINT64_MAX, INT64_MAX, UINT64_C(1) << 63,
					  UINT64_C(0x5555555555555555) };
	int64_t choice = below(2 * (int64_t)COUNT(nasty));

	return choice < (int64_t)COUNT(nasty) ? nasty[choice] : next_random();
}

static void bounds_hold_whatever_the_words_are(void)
{
	static struct history history;

	for (int run = 0; run < 60; run++) {
		begin_history(&history);
		for (int i = 0; i < 2000; i++) {
			if (!below(3))
				spoil(&history.account, (size_t)below((int64_t)WORDS), garbage());
			/* The rate is not bounded by what anybody has written over. */
			history.gone = 0;
			step(&history);
		}
	}
}

/* How long ten clients of a destination that answers take until all have gone, in ms. */
static int64_t drain(struct pacer_account *account, int64_t start)
{
	struct pacer_wait waits[10];
	int left = (int)COUNT(waits);
	int64_t now = start;

	for (size_t i = 0; i < COUNT(waits); i++) {
		pacer_ended(account, &standard, now, 10, true, PACER_FAILED);
		waits[i] = ask(account, now, &(struct pacer_request){ 500, 500, 100000 });
	}
	for (; left && now < start + 100000; now += 20) {
		for (size_t i = 0; i < COUNT(waits); i++) {
			if (waits[i].decided < 0 || turn(account, now, &waits[i]) != PACER_GO)
				continue;
			waits[i].decided = INT64_MIN;
			waits[i].due = INT64_MAX;
			left--;
			answer_retry(account, now);
		}
	}
	return now - start;
}

/* Those who come mend it: nobody waits longer than some seconds. */
static void garbage_does_not_last(void)
{
	int64_t worst = 0;

	for (int run = 0; run < 20000; run++) {
		struct pacer_account account;
		int64_t now = START + below(100000000), took;

		bring_down(&account, now);
		for (int i = 0; i < 10; i++)
			ask(&account, now, &in_a_second);
		for (size_t i = 0; i < WORDS; i++) {
			if (run >= 10000 || (size_t)run % WORDS == i)
				spoil(&account, i, garbage());
		}
		took = drain(&account, now + 10);
		worst = took > worst ? took : worst;
	}
	if (!CHECK(worst < 8000))
		fprintf(stderr, "  after %lld ms\n", (long long)worst);
}

int main(void)
{
	the_drawn_delay_stands_within_the_budget();
	an_unknown_destination_has_credit();
	credit_does_not_depend_on_the_time();
	a_destination_is_forgotten_after_ten_seconds();
	answers_make_room();
	a_budget_that_is_off_limits_nothing();
	a_budget_counts_as_it_is_set();
	one_probe_a_second_goes_while_it_is_down();
	who_is_alone_waits_as_drawn();
	a_program_alone_is_never_held_back_in_ten_seconds();
	one_in_two_that_fails_is_not_slowed_down();
	a_recovery_starts_from_the_floor_and_doubles();
	a_recovery_that_is_none_ends();
	failures_halve_the_rate_twice_a_second_at_most();
	near_the_rate_that_failed_it_grows_slowly();
	turns_come_in_the_order_of_decisions();
	news_cuts_a_long_delay_short();
	patience_ends();
	tickets_of_the_dead_are_passed_over();
	a_probe_that_fails_keeps_its_place();
	who_was_stopped_queues_again();
	silence_is_down();
	it_is_well_again_with_an_empty_queue();
	the_floor_is_a_limit_for_probes_too();
	what_the_program_breaks_off_says_nothing();
	the_view_counts_who_waits();
	bounds_hold_in_random_histories();
	bounds_hold_whatever_the_words_are();
	garbage_does_not_last();
	return check_done("unit_pacer");
}
