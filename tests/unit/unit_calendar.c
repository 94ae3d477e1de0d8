/* SPDX-License-Identifier: MIT */
/* The calendar, against the C library's. */
#include "check.h"

#include <time.h>

#include "../../config/calendar.h"

static bool is_same(int64_t seconds)
{
	struct moment at = calendar_moment(seconds);
	time_t time = seconds;
	struct tm tm;

	gmtime_r(&time, &tm);
	return at.year == tm.tm_year + 1900 && at.month == tm.tm_mon + 1 && at.day == tm.tm_mday &&
	       at.hour == tm.tm_hour && at.minute == tm.tm_min && at.second == tm.tm_sec &&
	       calendar_seconds(&at) == seconds;
}

static void test_against_the_library(void)
{
	int64_t seconds;

	/* Each day of 800 years, at another time of the day. */
	for (int64_t day = 0; day < INT64_C(800) * 366; day++) {
		seconds = day * 86400 + day * 7919 % 86400;
		if (!CHECK(is_same(seconds)))
			break;
	}
	for (seconds = 1; seconds < INT64_C(253402300800); seconds = seconds * 3 + 1)
		CHECK(is_same(seconds));
	CHECK(is_same(INT64_C(253402300799)));
}

static void test_leap_years(void)
{
	CHECK_INT(calendar_days(2023, 2), 28);
	CHECK_INT(calendar_days(2024, 2), 29);
	CHECK_INT(calendar_days(1900, 2), 28);
	CHECK_INT(calendar_days(2000, 2), 29);
	CHECK_INT(calendar_days(2023, 1), 31);
	CHECK_INT(calendar_days(2023, 12), 31);
}

static void test_before_1970(void)
{
	struct moment first = { 1, 1, 1, 0, 0, 0 };
	struct moment last = { 1969, 12, 31, 23, 59, 59 };

	CHECK_INT(calendar_seconds(&first), -INT64_C(62135596800));
	CHECK_INT(calendar_seconds(&last), -1);
	CHECK_INT(calendar_moment(-1).year, 1970);
}

static void test_leap_second(void)
{
	struct moment leap = { 2016, 12, 31, 23, 59, 60 };
	struct moment next = { 2017, 1, 1, 0, 0, 0 };

	CHECK_INT(calendar_seconds(&leap), calendar_seconds(&next));
}

int main(void)
{
	test_against_the_library();
	test_leap_years();
	test_before_1970();
	test_leap_second();
	return check_done("unit_calendar");
}
