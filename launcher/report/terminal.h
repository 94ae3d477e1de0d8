/* SPDX-License-Identifier: MIT */
/*
 * Where the report in text goes: a terminal, or a file that is to be read like one. What a server
 * has sent goes through terminal_data(), and nothing that a terminal would obey comes out.
 */
#ifndef CURLRETRY_REPORT_TERMINAL_H
#define CURLRETRY_REPORT_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum paint {
	PLAIN,
	BOLD,
	DIM,
	RED,
	GREEN,
	YELLOW,
	BLUE,
	MAGENTA,
	CYAN,
	PAINTS
};

struct terminal {
	FILE *out;
	int width;	/* columns */
	bool coloured;
	bool utf8;
};

/* As OUT, the environment and the locale have it. */
void terminal_begin(struct terminal *terminal, FILE *out);

/* What follows is in that colour, until PLAIN. */
void terminal_paint(const struct terminal *terminal, enum paint paint);

/* Text of our own, in ASCII. */
void terminal_say(const struct terminal *terminal, enum paint paint, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* COUNT blanks. */
void terminal_skip(const struct terminal *terminal, int count);

/*
 * A text that somebody else chose, in at most COLUMNS columns, with its middle left out where it is
 * longer. Letters that fill a column each are written as they are, all else is escaped. Returns
 * how many columns it took.
 */
int terminal_data(const struct terminal *terminal, const char *text, size_t length, int columns);

#endif
