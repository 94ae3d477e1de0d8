/* SPDX-License-Identifier: MIT */
/*
 * The easy handles that are in a multi handle, and which of them wait: those
 * are not in libcurl's multi handle, though for the program they are. Each has
 * a timer for when we have to look at it. Used by one thread at a time.
 */
#ifndef CURLRETRY_MEMBERS_H
#define CURLRETRY_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "messages.h"
#include "timers.h"

struct member {
	struct members *of;		/* NULL: of no multi handle */
	bool attached;			/* to libcurl's multi handle */
	bool waiting;			/* for its next attempt */
	struct timer timer;
	struct message message;		/* of its transfer's end */
	TAILQ_ENTRY(member) link;
};

struct members {
	TAILQ_HEAD(member_list, member) list;	/* in the order of their adding */
	size_t count;
	size_t waiting;			/* of these */
	size_t detached;		/* of these, not in libcurl's multi handle */
	struct timers timers;
};

void members_init(struct members *members);

/* Makes room for one more. False: no memory. */
bool members_reserve(struct members *members);

/* Where there is room; it is not attached yet. */
void members_add(struct members *members, struct member *member);

/* The program may still read the message that it was given. */
void members_remove(struct member *member);

/* libcurl has taken it, or has it no longer. */
void member_set_attached(struct member *member, bool attached);

void member_set_waiting(struct member *member, bool waiting);

/*
 * It has to be looked at at AT, monotonic ms; INT64_MAX: not until then. For one of none, nothing.
 */
void member_watch(struct member *member, int64_t at);

/* One that has to be looked at by NOW; NULL: none. */
struct member *members_first_due(const struct members *members, int64_t now);

void members_free(struct members *members);

#endif
