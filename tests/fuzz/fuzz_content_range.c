/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <stdio.h>

#include "../../config/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct content_range range = { -1, -1, -2 }, same;
	char again[96];

	if (!parse_content_range(&range, (const char *)data, size))
		return 0;
	demand(range.first >= 0 && range.last >= range.first);
	demand(range.size == -1 || range.size > range.last);
	if (range.size < 0)
		snprintf(again, sizeof(again), "bytes %lld-%lld/*", (long long)range.first,
			 (long long)range.last);
	else
		snprintf(again, sizeof(again), "bytes %lld-%lld/%lld", (long long)range.first,
			 (long long)range.last, (long long)range.size);
	demand(parse_content_range(&same, again, strlen(again)));
	demand(same.first == range.first && same.last == range.last && same.size == range.size);
	return 0;
}
