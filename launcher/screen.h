/* SPDX-License-Identifier: MIT */
/*
 * Standard output as a terminal of which one program has all: another screen than the shell's,
 * keys that come at once, and everything as before when it is left, also by a signal. One in a
 * process.
 */
#ifndef CURLRETRY_SCREEN_H
#define CURLRETRY_SCREEN_H

#include <stdbool.h>

struct screen {
	bool live;		/* it is a terminal that knows escapes; else all are left out */
	bool colour, unicode;
	int columns, rows;	/* 0 rows: as many as there are lines */
	int printed;		/* lines of this frame */
};

/* What standard output is, and what the environment says of it (TERM, NO_COLOR, LANG...). */
void screen_init(struct screen *screen);

/* Between these two SIGINT, SIGTERM, SIGHUP and 'q' end screen_wait(). */
void screen_enter(void);
void screen_leave(void);

/* A frame, line by line, no longer than the screen is wide; COLOUR is an escape, or "". */
void screen_begin(struct screen *screen);
void screen_print(struct screen *screen, const char *colour, const char *text);
bool screen_is_full(const struct screen *screen);
/* False: standard output fails. */
bool screen_end(struct screen *screen);

/* For so long at most, or until the frame is to be drawn anew. False: it is to be left. */
bool screen_wait(int ms);

#endif
