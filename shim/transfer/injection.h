/* SPDX-License-Identifier: MIT */
/*
 * Faults on purpose (CURLRETRY_INJECT) in an attempt of the ordinary kind: libcurl itself fails, or
 * is made to by our callbacks, and what follows judges that as any other failure.
 *
 * A fault of which the server hears nothing leads libcurl to a decoy on this machine, by options
 * that are put back at the attempt's end. The others stand in front of response.h's callbacks.
 */
#ifndef CURLRETRY_INJECTION_H
#define CURLRETRY_INJECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "handle.h"

/* A new handle's. */
void injection_init(struct injection *injection);

/* At the start of a transfer, before its first attempt. */
void injection_begin(struct handle *handle);

/* The program has set its URL, maybe in the middle of a transfer; NULL: it has none any more. */
void injection_note_url(struct handle *handle, const char *url);

/* A new attempt, once all else is ready for it, of a transfer that may be injected. */
void injection_begin_attempt(struct handle *handle);

/* The attempt, which has a fault, has ended with CODE; returns what it has ended with by that. */
CURLcode injection_end_attempt(struct handle *handle, CURLcode code);

/* At the end of a transfer: what stands on the handle for an attempt that was broken off goes. */
void injection_end(struct handle *handle);

void injection_free(struct injection *injection);

/* Whether the attempt waits for a fault's time to pass. */
static inline bool injection_holds_back(const struct injection *injection)
{
	return injection->until != 0;
}

/* What curl_easy_pause must not set free; in curl_easy_perform it is a callback that waits. */
static inline int injection_pauses(const struct handle *handle)
{
	bool paused = handle->member.of && injection_holds_back(&handle->injection);

	return paused ? CURLPAUSE_RECV : CURLPAUSE_CONT;
}

/*
 * A member of a multi handle that is held back: whether it goes on at NOW, or has failed by a
 * time-out that libcurl does not count then.
 */
enum held_back { HELD_BACK, HELD_BACK_OVER, HELD_BACK_FAILED };
enum held_back injection_look(struct handle *handle, int64_t now);

/* When that is to be asked again, monotonic ms; INT64_MAX: not at all. */
int64_t injection_due(const struct injection *injection);

/* --- injection_info.c --- */

/* curl_easy_getinfo, where libcurl knows of the server or the decoy more than the program may. */
bool injection_getinfo(const struct handle *handle, CURLINFO info, void *out);

#endif
