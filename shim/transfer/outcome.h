/* SPDX-License-Identifier: MIT */
/*
 * How an attempt has ended, as the verdict wants to know it: from what libcurl and the answer say.
 */
#ifndef CURLRETRY_OUTCOME_H
#define CURLRETRY_OUTCOME_H

#include "handle.h"
#include "program/target.h"

/* The status that the attempt ended with; 0 where it ended between a block and the next. */
int outcome_status(const struct handle *handle, CURLcode code);

/*
 * The status by which a proxy has refused the connection, 0: none has; from getinfo where the
 * program has suppressed its header lines.
 */
int outcome_connect_status(const struct handle *handle, CURLcode code);

/* How long the last header block asks to wait, in ms, if the statuses are its own; -1: not. */
int64_t outcome_retry_after(const struct handle *handle, int status, int connect_status);

/* As long as TARGET and the handle's transfer are. */
struct outcome outcome_of(struct handle *handle, const struct target *target, CURLcode code,
			  int status, int connect_status);

/* A redirect is about to be followed: a retry would send the request before it again. */
void outcome_passes_hop(struct handle *handle);

#endif
