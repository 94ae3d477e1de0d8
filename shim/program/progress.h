/* SPDX-License-Identifier: MIT */
/* The progress callback: the program's own, a watch for stalls, and the waits between attempts. */
#ifndef CURLRETRY_PROGRESS_H
#define CURLRETRY_PROGRESS_H

#include <stdbool.h>

#include "libcurl/symbols.h"

struct handle;

/*
 * How often in a wait. INTERFACE: it goes on being called, and ends the transfer within a second.
 */
#define PROGRESS_EVERY_MS 200

/* Whether the program has a progress callback that is switched on. */
bool progress_is_wanted(const struct handle *handle);

/* Whether ours must be installed: for the program's, or to watch over the attempt. */
bool progress_is_needed(const struct handle *handle);

/* For CURLOPT_XFERINFOFUNCTION; the data is the struct handle. */
int progress_callback(void *handle, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
		      curl_off_t up);

/*
 * For a member of a multi handle, whose callbacks may stay away: asks what
 * they would ask. True: the attempt is to be aborted.
 */
bool progress_must_cut(struct handle *handle);

/* Calls the program's callback as before the first byte; true: it wants to abort. */
bool progress_aborts_wait(struct handle *handle);

#endif
