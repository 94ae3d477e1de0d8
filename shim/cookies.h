/* SPDX-License-Identifier: MIT */
/* The cookies of an attempt that is retried are taken back before the next. */
#ifndef CURLRETRY_COOKIES_H
#define CURLRETRY_COOKIES_H

#include "symbols.h"

struct handle;

/* Notes the cookies there are, where the handle has a cookie engine; costs nothing where it has none. */
void cookies_note(struct handle *handle);

/* Undoes what the attempt has set: former values come back, new cookies expire. */
void cookies_restore(struct handle *handle);

void cookies_forget(struct handle *handle);

#endif
