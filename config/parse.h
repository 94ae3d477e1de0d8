/* SPDX-License-Identifier: MIT */
/*
 * The value syntaxes: durations, sizes, numbers, lists, header fields. Pure:
 * no locale, no allocation, nothing kept. Each returns false and leaves the
 * output alone where the text is not exactly what it says; blanks around a
 * value are not accepted.
 */
#ifndef CURLRETRY_PARSE_H
#define CURLRETRY_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * "250ms", "1.5s", "2m", "1h", bare seconds. To whole ms, rounded to nearest;
 * refused: what exceeds ten years, and what is more than 0 but rounds to it.
 */
bool parse_duration(int64_t *ms, const char *text);

/* "64KiB", "1MiB", "1GiB", bare bytes. */
bool parse_size(int64_t *bytes, const char *text);

/* A whole number, 0 or more. */
bool parse_integer(int64_t *number, const char *text);

/*
 * 0 or more, with or without a fraction: "2", "1.5". Nine decimals count, the rest is passed over.
 */
bool parse_decimal(double *number, const char *text);

/* All of 64 bits: decimal, or hexadecimal after "0x". */
bool parse_seed(uint64_t *seed, const char *text);

/* Whether TEXT is WORD, in any case of the ASCII letters (strcasecmp() would ask the locale). */
bool parse_word(const char *word, const char *text, size_t length);

/* A token (RFC 9110 §5.6.2), as methods and field names are. */
bool parse_token(const char *text, size_t length);

/*
 * A Retry-After field value (RFC 9110 §10.2.3): delay-seconds or any of the
 * three date forms (§5.6.7), against NOW. Blanks around it are accepted, as in
 * any field value. To ms from now: 0 for a date in the past, capped for an absurd number, false for
 * what is neither (a negative number included). TEXT need not end in NUL.
 */
bool parse_retry_after(int64_t *ms, const char *text, size_t length, time_t now);

/*
 * HTTP-date (RFC 9110 §5.6.7). TEXT need not end in NUL. NOW settles the
 * century of the form that has two digits for the year.
 */
bool parse_http_date(time_t *date, const char *text, size_t length, time_t now);

/* A Content-Length (RFC 9110 §8.6): digits alone. */
bool parse_length(int64_t *bytes, const char *text, size_t length);

/* One stretch of bytes as CURLOPT_RANGE takes it: "5-" or "5-9"; *last is -1 for the former. */
bool parse_range(int64_t *first, int64_t *last, const char *text);

/* "bytes 5-9/10", or an asterisk for the size (RFC 9110 §14.4). */
struct content_range {
	int64_t first, last;
	int64_t size;		/* -1: not said */
};

bool parse_content_range(struct content_range *range, const char *text, size_t length);

#endif
