/* SPDX-License-Identifier: MIT */
/*
 * Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a POST or PATCH
 * gets one where the policy says so and the program has given none.
 */
#ifndef CURLRETRY_IDEMPOTENCY_H
#define CURLRETRY_IDEMPOTENCY_H

#include <stdbool.h>

#include "program/program.h"

struct idempotency {
	/*
	 * the requests of this transfer carry a key, ours or the program's, or would if not only
	 * observed
	 */
	bool keyed;
	struct curl_slist list;	/* ours, in front of the program's, if it has given none */
	char field[192];
};

/* At the start of a transfer: a new key, the same for all its attempts. */
void idempotency_begin(struct idempotency *idempotency, struct program *program);

#endif
