/* SPDX-License-Identifier: MIT */
#include "format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/calendar.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MILLISECOND INT64_C(1000)
#define SECOND (1000 * MILLISECOND)

const char *format_count(char text[FORMAT_MAX], uint64_t count)
{
	char digits[FORMAT_MAX];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, count);
	char *end = text;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			*end++ = ',';
		*end++ = digits[i];
	}
	*end = '\0';
	return text;
}

/* NUMBER in units of UNIT, to the nearest. */
static int64_t rounded(int64_t number, int64_t unit)
{
	return number / unit + (number % unit >= unit - unit / 2);
}

/* "2 m 05 s" */
static void format_pair(char text[FORMAT_MAX], int64_t number, int64_t per, const char *large,
			const char *small)
{
	snprintf(text, FORMAT_MAX, "%" PRId64 " %s %02d %s", number / per, large,
		 (int)(number % per), small);
}

/* Each bound is where the form before would round to one more. */
const char *format_duration(char text[FORMAT_MAX], int64_t us)
{
	int64_t tenths = rounded(us, MILLISECOND / 10);
	int64_t ms = rounded(us, MILLISECOND);
	int64_t hundredths = rounded(us, SECOND / 100);
	int64_t seconds = rounded(us, SECOND);
	int64_t minutes = rounded(us, 60 * SECOND);

	if (us <= 0)
		strcpy(text, "0 ms");
	else if (tenths < 100)
		snprintf(text, FORMAT_MAX, "%d.%d ms", (int)tenths / 10, (int)tenths % 10);
	else if (ms < 1000)
		snprintf(text, FORMAT_MAX, "%d ms", (int)ms);
	else if (hundredths < 6000)
		snprintf(text, FORMAT_MAX, "%d.%02d s", (int)hundredths / 100,
			 (int)hundredths % 100);
	else if (seconds < 3600)
		format_pair(text, seconds, 60, "m", "s");
	else if (minutes < 24 * 60)
		format_pair(text, minutes, 60, "h", "m");
	else
		format_pair(text, rounded(us, 3600 * SECOND), 24, "d", "h");
	return text;
}

const char *format_ms(char text[FORMAT_MAX], int64_t ms)
{
	int64_t us;

	if (__builtin_mul_overflow(ms, MILLISECOND, &us))
		us = INT64_MAX;
	return format_duration(text, us);
}

const char *format_size(char text[FORMAT_MAX], int64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	int64_t unit = 1024;
	size_t i = 0;

	if (bytes < unit) {
		snprintf(text, FORMAT_MAX, "%d B", bytes > 0 ? (int)bytes : 0);
		return text;
	}
	while (i + 1 < COUNT(units) && bytes / unit >= 1024) {
		unit *= 1024;
		i++;
	}
	snprintf(text, FORMAT_MAX, "%" PRId64 ".%d %s", bytes / unit,
		 (int)(bytes % unit / (unit / 1024) * 10 / 1024), units[i]);
	return text;
}

const char *format_moment(char text[FORMAT_MAX], int64_t us)
{
	struct moment at = calendar_moment(us / SECOND);

	snprintf(text, FORMAT_MAX, "%04d-%02d-%02d %02d:%02d:%02d", at.year, at.month, at.day,
		 at.hour, at.minute, at.second);
	return text;
}
