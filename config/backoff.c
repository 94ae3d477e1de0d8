/* SPDX-License-Identifier: MIT */
#include "backoff.h"

/* A uniform draw from least to most, of which no more than cap counts, and no less than floor. */
struct draw {
	int64_t least, most;
	int64_t floor, cap;
};

static int64_t at_least(int64_t value, int64_t least)
{
	return value > least ? value : least;
}

static int64_t at_most(int64_t value, int64_t most)
{
	return value < most ? value : most;
}

/* The floor goes above the cap. */
static int64_t within(const struct draw *draw, int64_t value)
{
	return at_least(at_most(value, draw->cap), draw->floor);
}

/* The high half of the product: RANDOM spread over 0 to COUNT - 1, without a division's bias. */
static uint64_t spread(uint64_t random, uint64_t count)
{
	uint64_t high = random >> 32, low = random & UINT32_MAX;
	uint64_t count_high = count >> 32, count_low = count & UINT32_MAX;
	uint64_t middle = high * count_low + (low * count_low >> 32);
	uint64_t other = low * count_high + (middle & UINT32_MAX);

	return high * count_high + (middle >> 32) + (other >> 32);
}

static int64_t uniform(int64_t least, int64_t most, uint64_t random)
{
	return least + (int64_t)spread(random, (uint64_t)(most - least) + 1);
}

/* In double, and no further than the cap: no attempt and no multiplier overflows it. */
int64_t backoff_ceiling(const struct policy *policy, int attempt)
{
	double backoff = (double)policy->base_delay_ms;
	double cap = (double)policy->max_delay_ms;

	for (int n = 1; n < attempt && backoff < cap; n++)
		backoff *= policy->multiplier;
	if (backoff >= cap)
		return at_least(policy->max_delay_ms, policy->min_delay_ms);
	return at_least((int64_t)(backoff + 0.5), policy->min_delay_ms);
}

static struct draw draw_of(const struct policy *policy, int attempt, int64_t previous)
{
	int64_t backoff = backoff_ceiling(policy, attempt);
	int64_t base = policy->base_delay_ms;
	struct draw draw = { backoff, backoff, policy->min_delay_ms, INT64_MAX };

	switch (policy->jitter) {
	case JITTER_NONE:
		break;
	case JITTER_FULL:
		draw.least = policy->min_delay_ms;
		break;
	case JITTER_EQUAL:
		draw.least = backoff / 2;
		break;
	case JITTER_PROPORTIONAL:
		draw.most = backoff + backoff / 2;
		break;
	case JITTER_DECORRELATED:
		draw.least = base;
		draw.most = at_least(3 * (previous ? previous : base), base);
		draw.cap = policy->max_delay_ms;
		break;
	}
	return draw;
}

int64_t backoff_delay(const struct policy *policy, int attempt, int64_t previous, uint64_t random)
{
	struct draw draw = draw_of(policy, attempt, previous);

	return within(&draw, uniform(draw.least, draw.most, random));
}

/* How many of the values from least to most there are; 0 where the bounds have crossed. */
static double count(int64_t least, int64_t most)
{
	return most >= least ? (double)(most - least) + 1 : 0;
}

/* What lies outside of floor and cap counts as the one or the other. */
static int64_t mean_of(const struct draw *draw)
{
	int64_t low = within(draw, draw->least), high = within(draw, draw->most);
	double below = count(draw->least, at_most(draw->most, low - 1));
	double above = count(at_least(draw->least, high + 1), draw->most);
	double all = count(draw->least, draw->most);
	double between = (all - below - above) * ((double)low + (double)high) / 2;

	return (int64_t)((below * (double)low + above * (double)high + between) / all + 0.5);
}

void backoff_range(const struct policy *policy, int attempt, int64_t previous,
		   int64_t *least, int64_t *mean, int64_t *most)
{
	struct draw draw = draw_of(policy, attempt, previous);

	*least = within(&draw, draw.least);
	*mean = mean_of(&draw);
	*most = within(&draw, draw.most);
}

int64_t backoff_after(const struct policy *policy, int64_t retry_after, uint64_t random)
{
	int64_t jitter =
		policy->jitter == JITTER_NONE ? 0 : uniform(0, policy->base_delay_ms, random);

	return at_least(retry_after + jitter, policy->min_delay_ms);
}
