/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "../../config/calendar.h"
#include "../../config/parse.h"

#define NOW 1732447000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	time_t date = -1, later = -1;

	if (!parse_http_date(&date, (const char *)data, size, NOW)) {
		demand(date == -1);
		return 0;
	}
	/* From the year 1900, or 1924 where two digits stand for it, up to 9999. */
	demand(date >= -INT64_C(2208988800) && date <= INT64_C(253402300800));
	/* Half a century on, two digits may have come to mean another century. */
	demand(parse_http_date(&later, (const char *)data, size, NOW + INT64_C(1600000000)));
	demand(later >= date &&
	       calendar_moment(later).minute == calendar_moment(date > 0 ? date : later).minute);
	return 0;
}
