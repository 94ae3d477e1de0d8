/* SPDX-License-Identifier: MIT */
/* curlretry --explain: what becomes of a request that ends in some way, in words. */
#ifndef CURLRETRY_EXPLAIN_H
#define CURLRETRY_EXPLAIN_H

#include <stdbool.h>

#include "config/policy.h"

/* The texts are the caller's. */
struct question {
	const char *method;
	const char *url;
	const char *outcome;
	const char *program;	/* base name; NULL: any */
	char host[256];
	int status;		/* 0: it is an error */
	int curlcode;
};

/* False: OUTCOME is neither a status nor the name of an error. */
bool explain_take(struct question *question, const char *method, const char *url,
		  const char *outcome);

/* To standard output. Returns the exit status: 0 for what is retried, 1 for what is not. */
int explain_print(const struct policy *policy, const struct question *question);

#endif
