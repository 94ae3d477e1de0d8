/* SPDX-License-Identifier: MIT */
/*
 * What follows from an attempt's end: outcome.h gathers the facts, and config/verdict.h judges
 * them by the policy.
 */
#ifndef CURLRETRY_JUDGE_H
#define CURLRETRY_JUDGE_H

#include "handle.h"

/*
 * At an answer's header boundary: whether it is doomed, since a retry follows, whose wait begins
 * now.
 */
bool judge_dooms(struct handle *handle);

/*
 * The attempt has ended with *code, which becomes what it is judged as. FROM_THE_FIRST: as the
 * first attempt, since the body has come so far that they are counted anew.
 */
struct verdict judge_attempt(struct handle *handle, CURLcode *code, bool from_the_first);

/*
 * Whether the request may be sent again, as far as can be told before the transfer has failed.
 */
bool judge_may_repeat(const struct handle *handle);

/* Whether a status is worth judging: transient, by the policy or under an idempotency key. */
bool judge_may_be_transient(const struct handle *handle, int status);

#endif
