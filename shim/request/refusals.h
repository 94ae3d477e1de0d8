/* SPDX-License-Identifier: MIT */
/*
 * The program may refuse a name or an address in a callback of its own
 * (CURLOPT_RESOLVER_START_FUNCTION, CURLOPT_OPENSOCKETFUNCTION). libcurl tells
 * it as a failed look-up or connection; but it is no failure that passes.
 */
#ifndef CURLRETRY_REFUSALS_H
#define CURLRETRY_REFUSALS_H

#include <stdbool.h>

#include "program/program.h"

/* In an attempt. */
struct refusals {
	struct program *program;
	bool name;
	bool address;
	bool address_taken;	/* another one: what failed is the connection to it */
};

/* At the start of a transfer: stands in front of the program's callbacks, if it has any. */
void refusals_arm(struct refusals *refusals);

/* A new attempt. */
void refusals_begin(struct refusals *refusals);

/* Whether the attempt that has ended with CODE failed by the program's own will. */
bool refusals_explain(const struct refusals *refusals, CURLcode code);

#endif
