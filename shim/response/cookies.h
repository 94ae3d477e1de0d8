/* SPDX-License-Identifier: MIT */
/* The cookies of an attempt that is retried are taken back before the next. */
#ifndef CURLRETRY_COOKIES_H
#define CURLRETRY_COOKIES_H

#include "libcurl/symbols.h"

struct handle;

/*
 * At the first response's first line, when libcurl has read its cookie files
 * and no Set-Cookie yet: notes the cookies there are. Costs nothing where the
 * handle has no cookie engine. A jar that the program has to lock is not read
 * for a transfer that may well succeed: there, and only there, the cookies stay
 * of a first attempt that failed otherwise than by its first response's status.
 */
void cookies_note(struct handle *handle);

/* A program has given a share a function that locks it (CURLSHOPT_LOCKFUNC). */
void cookies_note_lock(void);

/* Undoes what the attempt has set: former values come back, new cookies expire. */
void cookies_restore(struct handle *handle);

void cookies_forget(struct handle *handle);

#endif
