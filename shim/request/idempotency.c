/* SPDX-License-Identifier: MIT */
#include "idempotency.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "program/fields.h"
#include "program/target.h"

static bool wants_key(const struct program *program)
{
	const struct options *set = &program->set;
	const char *method = set->custom_request[0] ? set->custom_request : set->method;
	struct target target;

	if (strcmp(method, "POST") && strcmp(method, "PATCH"))
		return false;
	/* Elsewhere the same list holds a mail's header fields. */
	target_of(program, &target);
	return target.http;
}

/*
 * A version 4 UUID (RFC 9562 §5.4), as a structured field's string. False: the kernel gives no
 * random bytes.
 */
static bool make_field(char *field, size_t size, const char *name)
{
	uint8_t b[16];

	if (getrandom(b, sizeof(b), GRND_NONBLOCK) != sizeof(b))
		return false;
	b[6] = (uint8_t)(0x40 | (b[6] & 0x0f));
	b[8] = (uint8_t)(0x80 | (b[8] & 0x3f));
	snprintf(field, size,
		 "%s: \"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x\"",
		 name, b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
		 b[12], b[13], b[14], b[15]);
	return true;
}

void idempotency_begin(struct idempotency *idempotency, struct program *program)
{
	const struct policy *policy = program->policy;
	struct curl_slist *fields = program->set.http_header;
	enum field own;

	idempotency->keyed = false;
	if (!policy->idempotency_key || !wants_key(program))
		return;
	own = fields_find(fields, policy->idempotency_header);
	/* The program wants none. */
	if (own == FIELD_EMPTY)
		return;
	/* Observed, the request goes out as it is, and is judged as if it had one. */
	if (own == FIELD_NONE && !program->once) {
		if (!make_field(idempotency->field, sizeof(idempotency->field),
				policy->idempotency_header))
			return;
		idempotency->list = (struct curl_slist){ idempotency->field, fields };
		program->ours |= OURS_KEY;
		program->libcurl->easy_setopt(program->easy, CURLOPT_HTTPHEADER,
					      &idempotency->list);
	}
	idempotency->keyed = true;
}
