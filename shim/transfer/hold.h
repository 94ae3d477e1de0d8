/* SPDX-License-Identifier: MIT */
/*
 * Which bodies are held until they are whole (CURLRETRY_HOLD): those that a
 * failure in their midst lets us fetch again, since the program has none of
 * them.
 */
#ifndef CURLRETRY_HOLD_H
#define CURLRETRY_HOLD_H

#include "handle.h"

/*
 * Once the last header block has ended: whether its body, not empty, is waited for before the
 * header is handed over.
 */
bool hold_waits_for_body(const struct handle *handle);

/* At a body's first byte: whether it is held from here on. */
bool hold_begins(struct handle *handle);

/*
 * Holds a piece. False: it makes the body whole, or longer than may be held, or there is no room;
 * from here on nothing is held.
 */
bool hold_add(struct handle *handle, const char *data, size_t length);

#endif
