/* SPDX-License-Identifier: MIT */
/*
 * What every unit test needs: checks that say where they failed and what they
 * saw, and go on. A test's main() ends with `return check_done("unit_x");`.
 */
#ifndef CURLRETRY_CHECK_H
#define CURLRETRY_CHECK_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Written by the checks, on the one thread of a test. */
static unsigned long check_count, check_failures;

#define CHECK(condition) \
	check_true(!!(condition), #condition, __FILE__, __LINE__)
#define CHECK_STR(actual, expected) \
	check_str((actual), (expected), #actual, __FILE__, __LINE__)
#define CHECK_INT(actual, expected) \
	check_int((long long)(actual), (long long)(expected), #actual, __FILE__, __LINE__)

static inline bool check_note(bool ok)
{
	check_count++;
	check_failures += !ok;
	return ok;
}

static inline bool check_true(bool ok, const char *what, const char *file, int line)
{
	if (!check_note(ok))
		fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	return ok;
}

/* NULL equals only NULL. */
static inline bool check_str(const char *actual, const char *expected, const char *what,
			     const char *file, int line)
{
	bool ok = actual && expected ? !strcmp(actual, expected) : actual == expected;

	if (!check_note(ok))
		fprintf(stderr, "%s:%d: %s\n  is       \"%s\"\n  expected \"%s\"\n", file, line,
			what, actual ? actual : "(NULL)", expected ? expected : "(NULL)");
	return ok;
}

static inline bool check_int(long long actual, long long expected, const char *what,
			     const char *file, int line)
{
	bool ok = actual == expected;

	if (!check_note(ok))
		fprintf(stderr, "%s:%d: %s is %lld, expected %lld\n", file, line, what, actual,
			expected);
	return ok;
}

/* The exit status of the test NAME. */
static int check_done(const char *name)
{
	if (check_failures)
		printf("not ok - %s: %lu of %lu checks failed\n", name, check_failures,
		       check_count);
	else
		printf("ok - %s: %lu checks\n", name, check_count);
	return check_failures != 0;
}

#endif
