/* SPDX-License-Identifier: MIT */
/*
 * The Gregorian calendar in UTC. Not gmtime_r() and timegm(): these take a lock, which a forked
 * child may find held for good, and read the time zone's file.
 */
#ifndef CURLRETRY_CALENDAR_H
#define CURLRETRY_CALENDAR_H

#include <stdint.h>

struct moment {
	int year;
	int month, day;			/* from 1 */
	int hour, minute, second;
};

/* How many days MONTH (from 1) has. */
int calendar_days(int year, int month);

/* SECONDS since 1970-01-01; what is before counts as that. */
struct moment calendar_moment(int64_t seconds);

/* The inverse, for years from 1. A part beyond its bounds (second 60) runs over into the next. */
int64_t calendar_seconds(const struct moment *moment);

#endif
