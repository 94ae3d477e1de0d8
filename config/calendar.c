/* SPDX-License-Identifier: MIT */
#include "calendar.h"

#include <stdbool.h>

#define DAY_SECONDS 86400
#define CYCLE_YEARS 400
#define CYCLE_DAYS 146097	/* of 400 years, after which the calendar repeats */

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int calendar_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

static int days_of_year(int year)
{
	return 365 + is_leap(year);
}

struct moment calendar_moment(int64_t seconds)
{
	int64_t days = seconds < 0 ? 0 : seconds / DAY_SECONDS;
	int rest = seconds < 0 ? 0 : (int)(seconds % DAY_SECONDS);
	struct moment at = { 1970, 1, 1, rest / 3600, rest / 60 % 60, rest % 60 };

	at.year += (int)(days / CYCLE_DAYS) * CYCLE_YEARS;
	days %= CYCLE_DAYS;
	for (; days >= days_of_year(at.year); at.year++)
		days -= days_of_year(at.year);
	for (; days >= calendar_days(at.year, at.month); at.month++)
		days -= calendar_days(at.year, at.month);
	at.day += (int)days;
	return at;
}

/* Days from 0001-01-01 to the first of YEAR. */
static int64_t days_before(int year)
{
	int64_t past = year - 1;

	return past * 365 + past / 4 - past / 100 + past / 400;
}

int64_t calendar_seconds(const struct moment *moment)
{
	int64_t days = days_before(moment->year) - days_before(1970) + moment->day - 1;

	for (int month = 1; month < moment->month; month++)
		days += calendar_days(moment->year, month);
	return days * DAY_SECONDS + moment->hour * 3600 + moment->minute * 60 + moment->second;
}
