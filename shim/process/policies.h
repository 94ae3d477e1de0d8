/* SPDX-License-Identifier: MIT */
/*
 * The policies of this process: by the environment and by the machine's file
 * of rules, which may change while the process runs.
 *
 * All that was read at one time is a generation. A transfer borrows its policy
 * from the newest one and gives it back at its end; a generation that has been
 * replaced is freed with its last loan. Lock-free: other threads may be inside
 * at a fork. Times are in ms, monotonic.
 */
#ifndef CURLRETRY_POLICIES_H
#define CURLRETRY_POLICIES_H

#include <stdbool.h>
#include <stdint.h>

#include "config/policy.h"

/* Where a transfer goes, by the URL that the program has set. */
struct policy_place {
	const char *host;	/* lower case, without brackets; NULL: not known */
	int port;
};

/* A policy that is borrowed. */
struct policy_loan {
	const struct policy *policy;
	unsigned slot;		/* of its generation */
	bool excluded;		/* the host is one that it is not meant for (CURLRETRY_HOSTS) */
};

/*
 * Loads the first generation from ENVIRONMENT, whose texts are copied, for the
 * program of that name. To be called once, before all else. False: this process
 * is to be left alone for good; there is no generation. *base is what could be
 * set of the policy, and *problem, unless it is empty, says what is wrong, in
 * the environment or in the file: the latter can be mended, and counts as true.
 */
bool policies_load(char *const *environment, const char *program, struct policy *base,
		   struct policy_problem *problem);

/*
 * Borrows the policy for a transfer to WHERE that begins at NOW; at most once a
 * second the file is looked at before. NULL: there is none, the transfer is not
 * ours. For a host that is excluded, or may be, it imposes no timeout and gives
 * no idempotency key; in the former case it is meant for no host at all.
 */
const struct policy *policies_borrow(struct policy_loan *loan, const struct policy_place *where,
				     int64_t now);

/* Does nothing for a loan that is not one (all zeros). */
void policies_give_back(struct policy_loan *loan);

#endif
