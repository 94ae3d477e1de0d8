/* SPDX-License-Identifier: MIT */
#include <stdint.h>

#include "../../config/backoff.h"
#include "check.h"

#define DRAWS 2000

static const enum policy_jitter jitters[] = {
	JITTER_NONE, JITTER_FULL, JITTER_EQUAL, JITTER_PROPORTIONAL, JITTER_DECORRELATED,
};

/* splitmix64, the same numbers in every run. */
static uint64_t next_random(void)
{
	static uint64_t state = 42;
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static struct policy policy_of(enum policy_jitter jitter, int64_t base, double multiplier,
			       int64_t cap, int64_t floor)
{
	struct policy policy;

	policy_init(&policy);
	policy.jitter = jitter;
	policy.base_delay_ms = base;
	policy.multiplier = multiplier;
	policy.max_delay_ms = cap;
	policy.min_delay_ms = floor;
	return policy;
}

static void ceiling_grows_to_the_cap(void)
{
	static const int64_t expected[] = { 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000 };
	struct policy policy = policy_of(JITTER_FULL, 1000, 2, 60000, 100);

	for (int attempt = 1; attempt <= 8; attempt++)
		CHECK_INT(backoff_ceiling(&policy, attempt), expected[attempt - 1]);
	policy.multiplier = 1;
	CHECK_INT(backoff_ceiling(&policy, 100), 1000);
	policy.multiplier = 1.5;
	CHECK_INT(backoff_ceiling(&policy, 3), 2250);
	policy.base_delay_ms = 3;
	policy.min_delay_ms = 0;
	CHECK_INT(backoff_ceiling(&policy, 2), 5);	/* 4.5, rounded */
	policy = policy_of(JITTER_FULL, 10, 2, 60000, 100);
	CHECK_INT(backoff_ceiling(&policy, 1), 100);
	CHECK_INT(backoff_ceiling(&policy, 4), 100);
	CHECK_INT(backoff_ceiling(&policy, 5), 160);
	policy = policy_of(JITTER_FULL, 0, 10, 60000, 0);
	CHECK_INT(backoff_ceiling(&policy, 100), 0);
	policy = policy_of(JITTER_FULL, 5000, 10, 1000, 0);
	CHECK_INT(backoff_ceiling(&policy, 1), 1000);
}

static void nothing_overflows(void)
{
	const int64_t ten_years = INT64_C(315360000000);
	int64_t least, mean, most;

	for (size_t i = 0; i < sizeof(jitters) / sizeof(jitters[0]); i++) {
		struct policy policy = policy_of(jitters[i], ten_years, 10, ten_years, 0);

		CHECK_INT(backoff_ceiling(&policy, 100), ten_years);
		CHECK(backoff_delay(&policy, 100, ten_years, UINT64_MAX) <=
		      ten_years + ten_years / 2);
		CHECK(backoff_delay(&policy, 100, ten_years, 0) >= 0);
		backoff_range(&policy, 100, ten_years, &least, &mean, &most);
		CHECK(0 <= least && least <= mean && mean <= most &&
		      most <= ten_years + ten_years / 2);
		policy = policy_of(jitters[i], 1, 10, ten_years, 0);
		CHECK_INT(backoff_ceiling(&policy, 100), ten_years);
	}
}

/* The formulas of INTERFACE.md, as bounds. */
static void bounds(const struct policy *policy, int attempt, int64_t previous, int64_t *least,
		   int64_t *most)
{
	int64_t b = policy->base_delay_ms;
	int64_t floor = policy->min_delay_ms, cap = policy->max_delay_ms;

	for (int n = 1; n < attempt && b < cap; n++)
		b *= (int64_t)policy->multiplier;
	b = b > cap ? cap : b;
	b = b < floor ? floor : b;
	*least = *most = b;
	if (policy->jitter == JITTER_FULL)
		*least = floor;
	if (policy->jitter == JITTER_EQUAL)
		*least = b / 2;
	if (policy->jitter == JITTER_PROPORTIONAL)
		*most = b + b / 2;
	if (policy->jitter == JITTER_DECORRELATED) {
		*least = policy->base_delay_ms;
		*most = 3 * (previous ? previous : policy->base_delay_ms);
		*most = *most < *least ? *least : *most;
		*least = *least > cap ? cap : *least;
		*most = *most > cap ? cap : *most;
	}
	*least = *least < floor ? floor : *least;
	*most = *most < floor ? floor : *most;
}

static void check_draws(const struct policy *policy, int attempt, int64_t previous)
{
	int64_t least, most, says_least, says_mean, says_most;
	double sum = 0, mean, width;

	bounds(policy, attempt, previous, &least, &most);
	backoff_range(policy, attempt, previous, &says_least, &says_mean, &says_most);
	CHECK_INT(says_least, least);
	CHECK_INT(says_most, most);
	CHECK_INT(backoff_delay(policy, attempt, previous, 0), least);
	CHECK_INT(backoff_delay(policy, attempt, previous, UINT64_MAX), most);
	for (int i = 0; i < DRAWS; i++) {
		int64_t delay = backoff_delay(policy, attempt, previous, next_random());

		if (delay < least || delay > most)
			CHECK_INT(delay, least);
		sum += (double)delay;
	}
	/*
	 * The standard deviation of a uniform draw is width/√12, of the mean of 2,000 a 45th of
	 * that: five of them.
	 */
	mean = sum / DRAWS;
	width = (double)(most - least);
	if (!CHECK(mean >= (double)says_mean - width * 0.0323 - 1 &&
		   mean <= (double)says_mean + width * 0.0323 + 1))
		fprintf(stderr, "  mean %f, said %lld, of %lld to %lld, jitter %d, attempt %d\n",
			mean, (long long)says_mean, (long long)least, (long long)most,
			(int)policy->jitter, attempt);
}

static void delays_follow_the_formulas(void)
{
	static const struct {
		int64_t base, cap, floor;
		double multiplier;
	} shapes[] = {
		{ 1000, 60000, 100, 2 }, { 10, 60000, 100, 3 },	 { 1001, 60001, 0, 2 },
		{ 0, 60000, 100, 2 },	 { 0, 0, 0, 2 },	 { 5000, 1000, 100, 10 },
		{ 1, 1, 1, 1 },		 { 1000, 100, 1000, 2 }, { 70, 90, 100, 2 },
		{ 7, 7, 0, 1 },
	};
	static const int64_t previous[] = { 0, 1, 50, 333, 1000, 20000, 59999, 400000 };

	for (size_t j = 0; j < sizeof(jitters) / sizeof(jitters[0]); j++) {
		for (size_t s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++) {
			struct policy policy =
				policy_of(jitters[j], shapes[s].base, shapes[s].multiplier,
					  shapes[s].cap, shapes[s].floor);

			for (int attempt = 1; attempt <= 9; attempt += 2) {
				for (size_t p = 0; p < sizeof(previous) / sizeof(previous[0]); p++)
					check_draws(&policy, attempt, previous[p]);
			}
		}
	}
}

/* Capped clients still spread: the cap comes before the jitter. */
static void jitter_comes_after_the_cap(void)
{
	struct policy policy = policy_of(JITTER_PROPORTIONAL, 1000, 2, 4000, 100);

	CHECK_INT(backoff_delay(&policy, 9, 0, UINT64_MAX), 6000);
	policy.jitter = JITTER_FULL;
	CHECK_INT(backoff_delay(&policy, 9, 0, 0), 100);
	CHECK_INT(backoff_delay(&policy, 9, 0, UINT64_MAX), 4000);
}

/* U(floor, b), not max(floor, U(0, b)), which would make a heap at the floor. */
static void full_jitter_begins_at_the_floor(void)
{
	struct policy policy = policy_of(JITTER_FULL, 1000, 2, 60000, 600);

	CHECK_INT(backoff_delay(&policy, 1, 0, UINT64_MAX / 4), 700);
	CHECK_INT(backoff_delay(&policy, 1, 0, UINT64_MAX / 2), 800);
}

static void draws_are_uniform(void)
{
	struct policy policy = policy_of(JITTER_FULL, 9, 2, 60000, 0);
	int seen[10] = { 0 };

	for (int i = 0; i < 100000; i++)
		seen[backoff_delay(&policy, 1, 0, next_random())]++;
	for (int value = 0; value < 10; value++)
		CHECK(seen[value] > 9500 && seen[value] < 10500);
}

static void retry_after_is_never_undercut(void)
{
	for (size_t j = 0; j < sizeof(jitters) / sizeof(jitters[0]); j++) {
		struct policy policy = policy_of(jitters[j], 1000, 2, 60000, 100);
		int64_t jitter = jitters[j] == JITTER_NONE ? 0 : 1000;
		bool spread = false;

		CHECK_INT(backoff_after(&policy, 2000, 0), 2000);
		CHECK_INT(backoff_after(&policy, 2000, UINT64_MAX), 2000 + jitter);
		CHECK_INT(backoff_after(&policy, 300000, UINT64_MAX), 300000 + jitter);
		CHECK_INT(backoff_after(&policy, 1, 0), 100);
		for (int i = 0; i < DRAWS; i++) {
			int64_t delay = backoff_after(&policy, 5000, next_random());

			CHECK(delay >= 5000 && delay <= 5000 + jitter);
			spread |= delay > 5500;
		}
		CHECK(spread == (jitter > 0));
		policy.base_delay_ms = 0;
		CHECK_INT(backoff_after(&policy, 2000, UINT64_MAX), 2000);
		CHECK(backoff_after(&policy, INT64_MAX / 4, UINT64_MAX) >= INT64_MAX / 4);
	}
}

int main(void)
{
	ceiling_grows_to_the_cap();
	nothing_overflows();
	delays_follow_the_formulas();
	jitter_comes_after_the_cap();
	full_jitter_begins_at_the_floor();
	draws_are_uniform();
	retry_after_is_never_undercut();
	return check_done("unit_backoff");
}
