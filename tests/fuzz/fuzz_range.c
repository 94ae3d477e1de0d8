/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <stdio.h>

#include "../../config/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[FUZZ_TEXT_MAX], again[64];
	int64_t first = -1, last = -2, same_first, same_last;

	if (!fuzz_text(text, data, size) || !parse_range(&first, &last, text))
		return 0;
	demand(first >= 0 && (last == -1 || last >= first));
	snprintf(again, sizeof(again), last < 0 ? "%lld-" : "%lld-%lld", (long long)first,
		 (long long)last);
	demand(parse_range(&same_first, &same_last, again));
	demand(same_first == first && same_last == last);
	return 0;
}
