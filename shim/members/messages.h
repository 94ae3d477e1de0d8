/* SPDX-License-Identifier: MIT */
/*
 * The messages that curl_multi_info_read gives, in the order in which their
 * transfers have ended. One that belongs to a member lives in it; for those of
 * other easy handles (pushed streams, handles not known) a place in the queue
 * is allocated until they are read.
 */
#ifndef CURLRETRY_MESSAGES_H
#define CURLRETRY_MESSAGES_H

#include "run/multi.h"

/* A member's transfer is over. */
void messages_add(struct multi *multi, struct message *message, CURL *easy, CURLcode code);

/* Whether messages_add_foreign() may be called once. False: no memory. */
bool messages_have_room(struct multi *multi);

/* What libcurl has told about a handle that is no member, which the program gets as it is. */
void messages_add_foreign(struct multi *multi, CURLMsg *told);

/* Takes the message out of the queue, if it is there: what it says stays readable. */
void messages_drop(struct multi *multi, struct message *message);

/* EASY, no member, has been removed: its message is not given any more. */
void messages_drop_foreign(struct multi *multi, const CURL *easy);

void messages_free(struct multi *multi);

#endif
