/* SPDX-License-Identifier: MIT */
#include "ways.h"

#include <stddef.h>

/* --- sums over time --- */

static int64_t *slot_of(struct window *window, int64_t number)
{
	for (; window->now < number; window->now++)
		window->slot[(window->now + 1) % SLOTS] = 0;
	return &window->slot[number % SLOTS];
}

/* Over the last COUNT slots of LENGTH ms. */
static int64_t sum(struct window *window, int64_t now, int64_t length, int count)
{
	int64_t total = 0;

	slot_of(window, now / length);
	for (int i = 0; i < count && i <= window->now; i++)
		total += window->slot[(window->now - i) % SLOTS];
	return total;
}

static void add(struct window *window, int64_t now, int64_t length, int64_t amount)
{
	*slot_of(window, now / length) += amount;
}

static double at_most(double value, double most)
{
	return value < most ? value : most;
}

/* --- nobody retries --- */

static bool never(struct budget *budget, int64_t now)
{
	(void)budget;
	(void)now;
	return false;
}

/* --- the AWS SDKs' standard mode: a retry costs 5 of 500 tokens, an answer brings them back --- */

static bool aws_retries(struct budget *budget, int64_t now)
{
	(void)now;
	if (budget->tokens < 5)
		return false;
	budget->tokens -= 5;
	return true;
}

static void aws_ended(struct budget *budget, int64_t now, bool answered, bool retry)
{
	(void)now;
	if (answered)
		budget->tokens = at_most(budget->tokens + (retry ? 5 : 1), 500);
}

/* --- gRPC's throttling: a failure costs 1 of 10 tokens, an answer brings 0.1; none below 5 --- */

static bool grpc_retries(struct budget *budget, int64_t now)
{
	(void)now;
	return budget->tokens > 5;
}

static void grpc_ended(struct budget *budget, int64_t now, bool answered, bool retry)
{
	(void)now;
	(void)retry;
	budget->tokens += answered ? 0.1 : -1;
	budget->tokens = budget->tokens < 0 ? 0 : at_most(budget->tokens, 10);
}

/* --- Finagle's: a fifth of the requests of the last 10 s, and 10 a second --- */

#define FINAGLE_COST 5
#define FINAGLE_RESERVE (10 * 10 * FINAGLE_COST)

static void finagle_begin(struct budget *budget, int64_t now)
{
	add(&budget->requests, now, 1000, 1);
}

static bool finagle_retries(struct budget *budget, int64_t now)
{
	if (sum(&budget->requests, now, 1000, 10) + FINAGLE_RESERVE < FINAGLE_COST)
		return false;
	add(&budget->requests, now, 1000, -FINAGLE_COST);
	return true;
}

/* --- Envoy's: a fifth of what is under way may be retries, and three at least --- */

static void envoy_begin(struct budget *budget, int64_t now)
{
	(void)now;
	budget->active++;
}

static bool envoy_retries(struct budget *budget, int64_t now)
{
	(void)now;
	if (budget->retrying >= 3 && budget->retrying * 5 >= budget->active)
		return false;
	budget->retrying++;
	return true;
}

static void envoy_ended(struct budget *budget, int64_t now, bool answered, bool retry)
{
	(void)now;
	(void)answered;
	budget->retrying -= retry;
}

static void envoy_end(struct budget *budget)
{
	budget->active--;
}

/* --- SRE's client-side throttling: what goes beyond twice what was accepted in two minutes --- */

#define SRE_SLOT 10000

static bool sre_sends(struct budget *budget, int64_t now, double random)
{
	double requests = (double)sum(&budget->requests, now, SRE_SLOT, 12);
	double accepts = (double)sum(&budget->accepts, now, SRE_SLOT, 12);

	add(&budget->requests, now, SRE_SLOT, 1);
	return random >= (requests - 2 * accepts) / (requests + 1);
}

static void sre_ended(struct budget *budget, int64_t now, bool answered, bool retry)
{
	(void)retry;
	if (answered)
		add(&budget->accepts, now, SRE_SLOT, 1);
}

const struct way ways[WAYS] = {
	{ .name = "no retry", .retries = never },
	{ .name = "no jitter", .jitter = JITTER_NONE },
	{ .name = "full jitter", .jitter = JITTER_FULL },
	{ .name = "decorrelated", .jitter = JITTER_DECORRELATED },
	{ .name = "AWS", .jitter = JITTER_FULL, .tokens = 500, .ended = aws_ended,
	  .retries = aws_retries },
	{ .name = "gRPC", .jitter = JITTER_FULL, .tokens = 10, .ended = grpc_ended,
	  .retries = grpc_retries },
	{ .name = "Finagle", .jitter = JITTER_FULL, .begin = finagle_begin,
	  .retries = finagle_retries },
	{ .name = "Envoy", .jitter = JITTER_FULL, .by_machine = true, .begin = envoy_begin,
	  .ended = envoy_ended, .retries = envoy_retries, .end = envoy_end },
	{ .name = "SRE", .jitter = JITTER_FULL, .sends = sre_sends, .ended = sre_ended },
	{ .name = "the ledger", .jitter = JITTER_FULL, .ledger = 2000 },
	{ .name = "the ledger, budget 1.2", .jitter = JITTER_FULL, .ledger = 1200 },
};
