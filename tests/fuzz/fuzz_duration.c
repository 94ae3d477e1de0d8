/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <stdio.h>

#include "../../config/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[FUZZ_TEXT_MAX], again[32];
	int64_t ms = -1, same = -1;

	if (!fuzz_text(text, data, size))
		return 0;
	if (!parse_duration(&ms, text)) {
		demand(ms == -1);
		return 0;
	}
	/* Ten years at most. */
	demand(ms >= 0 && ms <= INT64_C(315360000000));
	snprintf(again, sizeof(again), "%lldms", (long long)ms);
	demand(parse_duration(&same, again) && same == ms);
	return 0;
}
