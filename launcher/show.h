/* SPDX-License-Identifier: MIT */
/* The modes that print the policy: to standard output. */
#ifndef CURLRETRY_SHOW_H
#define CURLRETRY_SHOW_H

#include <stdbool.h>

#include "config/policy.h"

/* "BASE_DELAY" to "base-delay", as a long option; NAME is at most OPTION_MAX - 1 long. */
#define OPTION_MAX 32
void show_option_name(char option[OPTION_MAX], const char *name);

void show_help(void);
/* LINES: a source that is the file is told with its line. */
void show_policy(const struct policy *policy, bool lines);
void show_plan(const struct policy *policy);

#endif
