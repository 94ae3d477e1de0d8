/* SPDX-License-Identifier: MIT */
/* The cookies of an attempt that is retried are taken back before the next. */
#ifndef CURLRETRY_COOKIES_H
#define CURLRETRY_COOKIES_H

#include "libcurl/symbols.h"

struct handle;

/*
 * At the first response's first line, when libcurl has read its cookie files
 * and no Set-Cookie yet: notes the cookies there are. Costs nothing where the
 * handle has no cookie engine.
 */
void cookies_note(struct handle *handle);

/* Undoes what the attempt has set: former values come back, new cookies expire. */
void cookies_restore(struct handle *handle);

void cookies_forget(struct handle *handle);

#endif
