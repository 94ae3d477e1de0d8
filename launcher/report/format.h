/* SPDX-License-Identifier: MIT */
/* Numbers for people, the same in each locale. page.js writes them alike. */
#ifndef CURLRETRY_REPORT_FORMAT_H
#define CURLRETRY_REPORT_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define FORMAT_MAX 40	/* room for any of these */

/* "1,204" */
const char *format_count(char text[FORMAT_MAX], uint64_t count);

/* "0.4 ms", "340 ms", "1.34 s", "2 m 05 s", "3 h 12 m", "2 d 04 h" */
const char *format_duration(char text[FORMAT_MAX], int64_t us);

/* The same, of milliseconds. */
const char *format_ms(char text[FORMAT_MAX], int64_t ms);

/* "512 B", "12.3 MiB" */
const char *format_size(char text[FORMAT_MAX], int64_t bytes);

/* "2026-11-27 08:31:00", from microseconds since 1970, in UTC */
const char *format_moment(char text[FORMAT_MAX], int64_t us);

#endif
