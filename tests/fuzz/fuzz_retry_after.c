/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "../../config/parse.h"

#define NOW 1732447000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t ms = -1, later = -1;

	if (!parse_retry_after(&ms, (const char *)data, size, NOW)) {
		demand(ms == -1);
		return 0;
	}
	demand(ms >= 0 && ms <= INT64_MAX / 4);
	/* A delay stays as long, a date comes nearer. */
	demand(parse_retry_after(&later, (const char *)data, size, NOW + 10));
	demand(later == ms || later == ms - 10000 || (later == 0 && ms < 10000));
	return 0;
}
