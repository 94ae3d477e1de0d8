/* SPDX-License-Identifier: MIT */
/*
 * Handing an answer over to the program, by its own callbacks as libcurl would
 * call them: what comes, and what was held. What the program refuses is not
 * given to it again; what it pauses at is.
 */
#ifndef CURLRETRY_DELIVER_H
#define CURLRETRY_DELIVER_H

#include <stdbool.h>
#include <stddef.h>

#include "answer.h"
#include "program/program.h"
#include "resume.h"

struct delivery {
	struct program *program;
	struct answer *answer;
	struct resume *resume;		/* which counts the body's bytes */
	bool begun;			/* bytes of this attempt have reached the program */
	/* what is held of a body is counted when it is handed over */
	bool counts;
};

/* A new attempt. */
void delivery_begin(struct delivery *delivery);

enum handed { HANDED_ALL, HANDED_PAUSE, HANDED_REFUSED };

/*
 * A header line, or bytes of a body. Returns what the program's callback did: LENGTH when it has
 * taken all.
 */
size_t deliver_header(struct delivery *delivery, char *data, size_t length);
size_t deliver_body(struct delivery *delivery, char *data, size_t length);

/* Hands over what is held, from where the last try was paused. */
enum handed deliver_held(struct delivery *delivery);

#endif
