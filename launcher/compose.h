/* SPDX-License-Identifier: MIT */
/* The policy as a process would have it: defaults, the file of rules, the environment, options. */
#ifndef CURLRETRY_COMPOSE_H
#define CURLRETRY_COMPOSE_H

#include <stdbool.h>

#include "config/policy.h"

/* For what the policy is asked. */
struct subject {
	const char *program;	/* base name; "" for any */
	const char *url;	/* NULL: for any */
};

/*
 * False: something is wrong, in whatever section of the file, which *problem says.
 */
bool compose_policy(struct policy *policy, const struct policy_values *options,
		    const struct subject *subject, struct policy_problem *problem);

#endif
