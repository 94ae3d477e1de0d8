/* SPDX-License-Identifier: MIT */
/*
 * The retry policy: what the user has set, checked, with its defaults.
 *
 * One table, settings[], is what the parser, `curlretry --show`, `--help` and
 * the launcher's options all read. A struct policy owns no memory outside
 * itself: it may be copied, and needs no freeing. Nothing here is locked: a
 * policy is filled by one thread and read-only afterwards.
 */
#ifndef CURLRETRY_POLICY_H
#define CURLRETRY_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "setting.h"

extern const struct setting settings[POLICY_SETTINGS];

/* All defaults. */
void policy_init(struct policy *policy);

/* The row whose variable is VARIABLE ("CURLRETRY_MODE"), or NULL. */
const struct setting *setting_by_variable(const char *variable);

/*
 * Sets one value. Returns false, the policy unchanged, with the setting, the
 * value and what is allowed in *problem. Control bytes in the quoted value are
 * escaped and a long value is cut, so that the problem stays one line.
 */
bool policy_set(struct policy *policy, const struct setting *setting, const char *value,
		enum policy_source source, struct policy_problem *problem);

/* Settings as texts, by their index in settings[]; NULL: not set. The texts are the caller's. */
struct policy_values {
	const char *of[POLICY_SETTINGS];
};

/*
 * The settings among the variables of ENVIRONMENT, whose texts are used. A
 * variable that is set but empty counts as unset; one that is no setting is
 * passed over: it may be a later version's.
 */
void policy_values_of(struct policy_values *values, char *const *environment);

/*
 * Sets VALUES, as of SOURCE, but for what LATER (or NULL) sets too. All that
 * are good are set. False: one is not; *problem tells the first, if its text is
 * empty yet.
 */
bool policy_set_values(struct policy *policy, const struct policy_values *values,
		       const struct policy_values *later, enum policy_source source,
		       struct policy_problem *problem);

/* Whether nothing is to be done: it is off, nobody wants to see what it would do, nor to fail. */
bool policy_is_idle(const struct policy *policy);

/* Whether any transfer may be sent again at all. */
bool policy_repeats(const struct policy *policy);

bool policy_status_is_transient(const struct policy *policy, int status);
bool policy_error_is_transient(const struct policy *policy, int curlcode);
bool policy_method_is_idempotent(const struct policy *policy, const char *method);

/*
 * Whether NAME is chosen by a list of glob patterns: by one at least, where
 * the list has any without '!', and by none with '!'. Case matters in
 * programs, not in hosts.
 */
bool policy_program_matches(const struct policy *policy, const char *name);
bool policy_host_matches(const struct policy *policy, const char *name);

#endif
