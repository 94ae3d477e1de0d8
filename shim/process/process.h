/* SPDX-License-Identifier: MIT */
/*
 * What is one for the whole process: whether we act in it, the clock, the random
 * numbers. Thread-safe, lock-free, usable in a forked child.
 */
#ifndef CURLRETRY_PROCESS_H
#define CURLRETRY_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/policy.h"

/*
 * Whether the shim leaves this process alone for good: switched off, a bad
 * setting (said once in the log), a program that is not meant, one that runs on
 * another C library, or a privileged process. The first call loads the policies.
 */
bool process_is_inert(void);

/* Monotonic, in ms, also in a program whose clock is faked. */
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
