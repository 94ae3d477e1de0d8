/* SPDX-License-Identifier: MIT */
/*
 * Leads an attempt to a decoy on this machine, for a fault of which its server hears nothing: by
 * options that are put back at the attempt's end. See injection.h.
 */
#ifndef CURLRETRY_DIVERSION_H
#define CURLRETRY_DIVERSION_H

#include <stdbool.h>

#include "handle.h"

/* Where a decoy is. */
#define DIVERSION_HOST "127.0.0.1"

/* Whether a status needs another URL in the place of the program's, which must then be known. */
bool diversion_needs_plain_url(const struct options *set);

/*
 * For the handle's fault. False: the system allows no decoy, and the attempt goes to its server.
 */
bool diversion_begin(struct handle *handle);

/* Also where none has begun. */
void diversion_end(struct handle *handle);

/* EASY is a copy of the handle's, made in the middle of an attempt: it is not led anywhere. */
void diversion_undo(const struct handle *handle, CURL *easy);

#endif
