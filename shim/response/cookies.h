/* SPDX-License-Identifier: MIT */
/* The cookies of an attempt that is retried are taken back before the next. */
#ifndef CURLRETRY_COOKIES_H
#define CURLRETRY_COOKIES_H

#include <stdbool.h>
#include <stddef.h>

#include "program/program.h"

struct cookies {
	struct program *program;
	bool noted;
	struct curl_slist *before;	/* those before the first response; libcurl's, owned */
	/* names of Set-Cookie, each ended by '=', in all blocks of this attempt; owned */
	char *names;
	size_t length;
	size_t size;
};

/* A new attempt. */
void cookies_begin(struct cookies *cookies);

/*
 * At the first response's first line, when libcurl has read its cookie files
 * and no Set-Cookie yet: notes the cookies there are. Costs nothing where the
 * handle has no cookie engine. A jar that the program has to lock is not read
 * for a transfer that may well succeed: there, and only there, the cookies stay
 * of a first attempt that failed otherwise than by its first response's STATUS.
 */
void cookies_note(struct cookies *cookies, int status);

/* The value of a Set-Cookie of this attempt. */
void cookies_note_set(struct cookies *cookies, const char *value, size_t length);

/* A program has given a share a function that locks it (CURLSHOPT_LOCKFUNC). */
void cookies_note_lock(void);

/* Undoes what the attempt has set: former values come back, new cookies expire. */
void cookies_restore(struct cookies *cookies);

/* The program has seen what the attempt has set: the next ones start from there. */
void cookies_accept(struct cookies *cookies);

void cookies_free(struct cookies *cookies);

/* At the end of a transfer; inlined, since there mostly are none. */
static inline void cookies_end(struct cookies *cookies)
{
	if (cookies->noted || cookies->names)
		cookies_free(cookies);
}

#endif
