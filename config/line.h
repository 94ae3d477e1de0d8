/* SPDX-License-Identifier: MIT */
/*
 * A text that grows inside a buffer of the caller's: always NUL-terminated,
 * cut where the buffer ends.
 */
#ifndef CURLRETRY_LINE_H
#define CURLRETRY_LINE_H

#include <stddef.h>
#include <stdint.h>

struct line {
	char *text;
	size_t size, length;
};

/* An empty line in BUFFER, SIZE > 0. */
struct line line_begin(char *buffer, size_t size);

void line_add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, with a comma before it where the line is not empty. */
void line_add_item(struct line *line, const char *item);

/*
 * TEXT in double quotes, fit for a terminal: control bytes and what is not
 * UTF-8 as \xNN, and cut to "..." where it is long.
 */
void line_add_quoted(struct line *line, const char *text, size_t length);

/*
 * NUMBER with the last DIGITS of it behind the point, less trailing zeros. printf() would ask the
 * locale for the point.
 */
void line_add_fraction(struct line *line, int64_t number, int digits);

#endif
