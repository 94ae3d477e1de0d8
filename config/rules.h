/* SPDX-License-Identifier: MIT */
/*
 * The machine's file of settings, in sections by program and host.
 *
 *	attempts = 8
 *	[program php-fpm*, host 10.1.*]
 *	mode = observe
 *
 * A struct rules is one block of memory, made from a file's text and read-only
 * afterwards: any number of threads may use it. Nothing here asks a clock, and
 * no value is looked at later than when the file was read.
 */
#ifndef CURLRETRY_RULES_H
#define CURLRETRY_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy.h"

#define RULES_SIZE_MAX 65536		/* bytes of a file */
#define RULES_SECTIONS_MAX 256		/* in a file, what stands before the first included */

struct rules;

/* Which sections apply to something: a bit each, in the file's order. */
struct rules_match {
	uint64_t sections[RULES_SECTIONS_MAX / 64];
};

/*
 * Reads LENGTH bytes of TEXT, which FILE is said to hold. What is wrong first,
 * *problem says with FILE:LINE, and is empty otherwise; the lines that are right
 * count nevertheless. NULL: there is no memory. To be freed by free(3).
 */
struct rules *rules_parse(const char *text, size_t length, const char *file,
			  struct policy_problem *problem);

/*
 * The sections for a program, by the base name of its executable; those that name a host are not
 * among them.
 */
void rules_match_program(const struct rules *rules, const char *program, struct rules_match *match);

/* Adds those for HOST, in lower case and without brackets, and PORT, among the ones for PROGRAM. */
void rules_match_host(const struct rules *rules, const char *program, const char *host, int port,
		      struct rules_match *match);

/* Whether what applies to PROGRAM depends on a transfer's host. */
bool rules_ask_host(const struct rules *rules, const char *program);

/* Whether a section that may apply to PROGRAM sets SETTING. */
bool rules_may_set(const struct rules *rules, const char *program, const struct setting *setting);

/* Sets what the sections in MATCH say, a later one over an earlier, as of SOURCE_FILE. */
void rules_apply(const struct rules *rules, const struct rules_match *match, struct policy *policy);

#endif
