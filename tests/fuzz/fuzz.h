/* SPDX-License-Identifier: MIT */
/*
 * A fuzz target: one parser on arbitrary bytes. Beyond not crashing, what the parser's header
 * promises is demanded. "make fuzz" runs it with clang's libFuzzer; replay.c tries what is in
 * corpus/.
 */
#ifndef CURLRETRY_FUZZ_H
#define CURLRETRY_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_TEXT_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void demand(bool holds)
{
	if (!holds)
		abort();
}

/* The bytes as a text, which ends at their first NUL. False: too many. */
static inline bool fuzz_text(char text[FUZZ_TEXT_MAX], const uint8_t *data, size_t size)
{
	if (size >= FUZZ_TEXT_MAX)
		return false;
	memcpy(text, data, size);
	text[size] = '\0';
	return true;
}

#endif
