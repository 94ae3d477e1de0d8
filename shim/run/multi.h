/* SPDX-License-Identifier: MIT */
/*
 * Retries inside a multi handle. A transfer that failed and will be retried
 * leaves libcurl's multi handle without a message, waits here, and is added
 * again when it is due; to the program it has been running all the while.
 *
 * libcurl's messages are read as soon as its functions have made them, since
 * the number of running transfers, which they have already left, is what a
 * program ends its loop by.
 *
 * A struct multi is made and freed with the multi handle, and like it is used
 * by one thread at a time.
 */
#ifndef CURLRETRY_MULTI_H
#define CURLRETRY_MULTI_H

#include <stdbool.h>

#include "members/members.h"
#include "members/messages.h"
#include "members/schedule.h"
#include "request/mime.h"
#include "transfer/handle.h"

struct multi {
	CURLM *multi;
	const struct libcurl *libcurl;
	bool managed;			/* false: there is no policy, all calls pass */
	bool busy;			/* the program may be called back: it must not call us */
	bool inside;			/* we run the multi handle, or libcurl does */
	/* the callback for notifications runs, which may call us all the same */
	bool notifying;
	struct sender outer;		/* inside: whose forms the thread read before */
	curl_off_t restarts;		/* attempts that libcurl takes for transfers of their own */
	struct members members;
	struct messages messages;
	struct schedule schedule;
	struct forms forms;		/* of the attached members */
	/* the program's, and below */
	void (*notify_function)(CURLM *, unsigned, CURL *, void *);
	void *notify_data;
	curl_push_callback push_function;
	void *push_data;
	unsigned notified;		/* which notifications are enabled, a bit each */
	/* libcurl's handle in a notification of messages; NULL: not seen yet */
	CURL *internal;
};

/* The one of MULTI, or NULL where we did not see it created. */
struct multi *multi_of(CURLM *multi);

/* Remembers MULTI, new from LIBCURL; without memory it is simply not known. */
void multi_add(CURLM *multi, const struct libcurl *libcurl, bool managed);

/* In place of the functions of the same name, for a managed multi handle. */
CURLMcode multi_cleanup(struct multi *multi);
CURLMcode multi_add_handle(struct multi *multi, CURL *easy);
CURLMcode multi_remove_handle(struct multi *multi, CURL *easy);
CURLMcode multi_perform(struct multi *multi, int *running);
CURLMcode multi_socket_action(struct multi *multi, curl_socket_t socket, int events, int *running);
CURLMcode multi_socket_all(struct multi *multi, int *running);
CURLMsg *multi_info_read(struct multi *multi, int *left);
CURLMcode multi_timeout(struct multi *multi, long *ms);
CURLMcode multi_wait(struct multi *multi, struct curl_waitfd *fds, unsigned count, int ms,
		     int *ready);
CURLMcode multi_poll(struct multi *multi, struct curl_waitfd *fds, unsigned count, int ms,
		     int *ready);
CURLMcode multi_fdset(struct multi *multi, fd_set *readable, fd_set *writable,
		      fd_set *exceptional, int *max);
CURLMcode multi_waitfds(struct multi *multi, struct curl_waitfd *fds, unsigned size,
			unsigned *count);
CURLMcode multi_setopt(struct multi *multi, CURLMoption option, curl_word value);
CURL **multi_get_handles(struct multi *multi);
CURLMcode multi_get_offt(struct multi *multi, CURLMinfo_offt info, curl_off_t *value);
CURLMcode multi_notify_enable(struct multi *multi, unsigned notification);
CURLMcode multi_notify_disable(struct multi *multi, unsigned notification);

/* curl_easy_pause for a member whose attempt runs. */
CURLcode multi_pause(struct handle *handle, int bitmask);

/* The member's easy handle is about to be freed. */
void multi_leave(struct handle *handle);

/* The program may have set free what it held up of a member whose transfer is over. */
void multi_wake(struct handle *handle);

#endif
