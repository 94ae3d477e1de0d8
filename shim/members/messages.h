/* SPDX-License-Identifier: MIT */
/*
 * The messages that curl_multi_info_read gives, in the order in which their
 * transfers have ended. One that belongs to a member lives in it; for those of
 * other easy handles (pushed streams, handles not known) a place in the queue
 * is allocated until they are read. Used by one thread at a time.
 */
#ifndef CURLRETRY_MESSAGES_H
#define CURLRETRY_MESSAGES_H

#include <stdbool.h>
#include <sys/queue.h>

#include "libcurl/symbols.h"

struct messages;

/*
 * It may not be read once its easy handle is removed; libcurl keeps it there all the same, and
 * programs do read it.
 */
struct message {
	CURLMsg told;
	struct messages *queue;		/* the program has not read it yet; NULL: it has */
	/* not a member's: libcurl's own, in the easy handle; NULL: a member's */
	CURLMsg *foreign;
	TAILQ_ENTRY(message) link;
};

struct messages {
	TAILQ_HEAD(message_list, message) list;
	int count;
	bool news;			/* some have come that the program was not notified of */
	struct message *spare;		/* for the next that is no member's; owned */
};

/* False: no memory. */
bool messages_init(struct messages *messages);

/* A member's transfer is over. */
void messages_add(struct messages *messages, struct message *message, CURL *easy, CURLcode code);

/* Whether messages_add_foreign() may be called once. False: no memory. */
bool messages_have_room(struct messages *messages);

/* What libcurl has told about a handle that is no member, which the program gets as it is. */
void messages_add_foreign(struct messages *messages, CURLMsg *told);

/* The next, which is the program's from now on, and how many are left; NULL: there is none. */
CURLMsg *messages_take(struct messages *messages, int *left);

/* Takes the message out of its queue, if it is in one: what it says stays readable. */
void messages_drop(struct message *message);

/* EASY, no member, has been removed: its message is not given any more. */
void messages_drop_foreign(struct messages *messages, const CURL *easy);

void messages_free(struct messages *messages);

#endif
