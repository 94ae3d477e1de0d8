/* SPDX-License-Identifier: MIT */
/* Sizes, and the other numbers that settings and fields are. */
#include "fuzz.h"

#include <stdio.h>

#include "../../config/parse.h"

static void fuzz_numbers(const char *text)
{
	double decimal = -1;
	int64_t number = -1;
	uint64_t seed;

	demand(!parse_integer(&number, text) || number >= 0);
	demand(!parse_decimal(&decimal, text) || decimal >= 0);
	parse_seed(&seed, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[FUZZ_TEXT_MAX], again[32];
	int64_t bytes = -1, same = -1;

	parse_length(&bytes, (const char *)data, size);
	demand(bytes >= -1);
	bytes = -1;
	if (!fuzz_text(text, data, size))
		return 0;
	fuzz_numbers(text);
	if (!parse_size(&bytes, text)) {
		demand(bytes == -1);
		return 0;
	}
	demand(bytes >= 0);
	snprintf(again, sizeof(again), "%lld", (long long)bytes);
	demand(parse_size(&same, again) && same == bytes);
	return 0;
}
