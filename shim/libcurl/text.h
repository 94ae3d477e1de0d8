/* SPDX-License-Identifier: MIT */
/*
 * strcmp and strncmp for what runs inside dlsym: a sanitizer's or an
 * allocator's start-up calls dlsym before its own strcmp, which stands in
 * front of libc's, is ready.
 */
#ifndef CURLRETRY_TEXT_H
#define CURLRETRY_TEXT_H

#include <stdbool.h>

static inline bool text_begins(const char *text, const char *prefix)
{
	while (*prefix && *text == *prefix) {
		text++;
		prefix++;
	}
	return !*prefix;
}

static inline bool text_equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

#endif
