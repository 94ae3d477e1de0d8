/* SPDX-License-Identifier: MIT */
/*
 * Leads an attempt to a decoy on this machine, for a fault of which its server hears nothing: by
 * options that are put back at the attempt's end. See injection.h.
 */
#ifndef CURLRETRY_DIVERSION_H
#define CURLRETRY_DIVERSION_H

#include <stdbool.h>

#include "handle.h"

/* Whether a status needs another URL in the place of the program's, which must then be known. */
bool diversion_needs_plain_url(const struct options *set);

/*
 * For the handle's fault. False: the system allows no decoy, and the attempt goes to its server.
 */
bool diversion_begin(struct handle *handle);

/* Also where none has begun. */
void diversion_end(struct handle *handle);

#endif
