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
#include <stdint.h>
#include <sys/queue.h>

#include "request/mime.h"
#include "libcurl/symbols.h"
#include "members/timers.h"

/* Since libcurl 7.81. */
#if LIBCURL_VERSION_NUM < 0x075100
#define CURLM_ABORTED_BY_CALLBACK ((CURLMcode)11)
#endif

struct handle;
struct multi;

/*
 * What curl_multi_info_read gives. It may not be read once its easy handle is removed; libcurl
 * keeps it there all the same, and programs do read it.
 */
struct message {
	CURLMsg told;
	bool queued;			/* the program has not read it yet */
	/* not a member's: libcurl's own, in the easy handle; NULL: a member's */
	CURLMsg *foreign;
	TAILQ_ENTRY(message) link;
};

/* An easy handle's place in a multi handle. */
struct member {
	struct multi *multi;		/* NULL: in none */
	bool attached;			/* to libcurl's multi handle */
	bool waiting;			/* for its next attempt */
	struct timer timer;		/* when we have to look at it */
	struct message message;
	TAILQ_ENTRY(member) link;
};

TAILQ_HEAD(member_list, member);
TAILQ_HEAD(message_list, message);

struct multi {
	CURLM *multi;
	const struct libcurl *libcurl;
	bool managed;			/* false: there is no policy, all calls pass */
	bool busy;			/* the program may be called back: it must not call us */
	bool inside;			/* we run the multi handle, or libcurl does */
	struct sender outer;		/* meanwhile: whose forms the thread read before */
	/* the callback for notifications runs, which may call us all the same */
	bool notifying;
	/* the timer callback has failed: so do all transfers that run */
	bool dead;
	/* messages have come that the program was not notified of */
	bool news;
	size_t count;			/* of members */
	size_t waiting;			/* of these */
	size_t detached;		/* of these, not in libcurl's multi handle */
	curl_off_t restarts;		/* attempts that libcurl takes for transfers of their own */
	int queued;			/* messages */
	struct member_list members;	/* in the order of their adding */
	struct message_list messages;
	struct message *spare;		/* for the next of a handle that is no member; owned */
	struct timers timers;
	curl_multi_timer_callback timer_function;	/* the program's, here and below */
	void *timer_data;
	int64_t own_due;		/* of libcurl's timer, -1: none */
	/* of the timer that the program was told to set, -1: none */
	int64_t told_due;
	/* readable when a member has to be looked at; -1: none yet */
	int alarm;
	int64_t alarm_due;		/* when that is */
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

/* A callback runs that must not touch the multi handle. */
bool multi_may_not_change(const struct multi *multi);

/* curl_easy_pause for a member whose attempt runs. */
CURLcode multi_pause(struct handle *handle, int bitmask);

/* The one member whose form libcurl may be reading; NULL where there are several. */
struct handle *multi_form_reader(const struct multi *multi);

/* One of these has been read, nobody knows whose: none can be sent again. */
void multi_lose_forms(struct multi *multi);

/* The member's easy handle is about to be freed. */
void multi_leave(struct handle *handle);

/* The member's easy handle has been freed behind our back: libcurl is not asked. */
void multi_forget(struct handle *handle);

/* The program may have set free what it held up of a member whose transfer is over. */
void multi_wake(struct handle *handle);

/* Something has changed that a running member's timer goes by. */
void multi_watch(struct handle *handle);

#endif
