/* SPDX-License-Identifier: MIT */
/*
 * How long to wait before the next attempt. Pure functions, all times in ms.
 *
 * RANDOM is 64 uniform bits; the caller draws them, from the kernel or from
 * the seed. The jitters are those of the AWS Architecture Blog's "Exponential
 * Backoff And Jitter" (2015), and of Envoy and Finagle for "proportional".
 */
#ifndef CURLRETRY_BACKOFF_H
#define CURLRETRY_BACKOFF_H

#include <stdint.h>

#include "policy.h"

/*
 * min(cap, base·mult^(attempt−1)), at least the floor; never overflows. ATTEMPT is the one that
 * failed, from 1.
 */
int64_t backoff_ceiling(const struct policy *policy, int attempt);

/* The delay after ATTEMPT failed. PREVIOUS is the delay before it, 0 for the first. */
int64_t backoff_delay(const struct policy *policy, int attempt, int64_t previous, uint64_t random);

/*
 * The bounds and the mean of backoff_delay() over RANDOM; *mean also stands in for PREVIOUS of the
 * next attempt.
 */
void backoff_range(const struct policy *policy, int attempt, int64_t previous,
		   int64_t *least, int64_t *mean, int64_t *most);

/*
 * The wait where the server asked for RETRY_AFTER > 0: never shorter, plus jitter of up to one base
 * delay.
 */
int64_t backoff_after(const struct policy *policy, int64_t retry_after, uint64_t random);

#endif
