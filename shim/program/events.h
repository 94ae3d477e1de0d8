/* SPDX-License-Identifier: MIT */
/* What the log is told of a transfer: see process/log.h. */
#ifndef CURLRETRY_EVENTS_H
#define CURLRETRY_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "process/log.h"
#include "program.h"
#include "target.h"

/* How long the transfer has run so far, in ms. */
int64_t event_elapsed(const struct program *program);

/* What all events of a transfer say; as long as TARGET is. */
struct log_event event_of(const struct program *program, enum log_kind kind,
			  const struct target *target);

/* A body, the answer's or the REQUEST's, cannot be kept, for ERROR, an errno: says so at once. */
void event_not_kept(const struct program *program, bool request, int error);

/* There is no ledger, for ERROR, an errno: said at debug. */
void event_no_ledger(const struct program *program, int error);

#endif
