/* SPDX-License-Identifier: MIT */
/*
 * What is one for the whole process: the policy, the clock, the random
 * numbers. Thread-safe, lock-free, usable in a forked child.
 */
#ifndef CURLRETRY_PROCESS_H
#define CURLRETRY_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "../config/policy.h"

/*
 * The policy in force, or NULL where the shim is inert: switched off, a bad
 * setting (said once in the log), a program that is not meant, one that runs on
 * another C library, or a privileged process. Read at the first call and kept; never freed.
 */
const struct policy *process_policy(void);

/* Whether CURLRETRY_HOSTS excludes the host of URL. */
bool process_excludes(const char *url);

/*
 * For a transfer to such a host: what process_policy() gave, but that it
 * imposes no timeout, gives no idempotency key, and is meant for no host at all.
 */
const struct policy *process_policy_for_excluded(const struct policy *policy);

/*
 * For one whose host is not known before it has ended; where process_excludes(""). It imposes
 * nothing either.
 */
const struct policy *process_policy_for_unknown(const struct policy *policy);

/* Monotonic, in ms. */
int64_t process_now(void);

/* Counts transfers up from 1. */
uint64_t process_next_transfer(void);

/*
 * 64 bits, from what the kernel gave at the first call, the clock and the process, so that a
 * forked child does not repeat its parent's. With CURLRETRY_SEED, a function of the seed, the
 * transfer and the attempt, so that threads do not disturb one another's.
 */
uint64_t process_random(const struct policy *policy, uint64_t transfer, int attempt);

#endif
