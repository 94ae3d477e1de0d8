/* SPDX-License-Identifier: MIT */
#include "multi.h"

#include <stddef.h>
#include <stdlib.h>

#include "handle.h"
#include "messages.h"
#include "process.h"
#include "progress.h"
#include "registry.h"
#include "schedule.h"

/* INTERFACE: a progress callback goes on being called, and ends the transfer within a second. */
#define PROGRESS_EVERY_MS 200

/* Newer than the oldest libcurl we build against: asked for by number. */
enum { NOTIFY_INFO_READ, NOTIFY_EASY_DONE };
enum { XFERS_CURRENT = 1, XFERS_RUNNING = 2, XFERS_DONE = 4, XFERS_ADDED = 5 };
#define OPTION_NOTIFYFUNCTION (CURLOPTTYPE_FUNCTIONPOINT + 18)
#define OPTION_NOTIFYDATA (CURLOPTTYPE_OBJECTPOINT + 19)

/* Aligned addresses have this one free: a multi handle is never taken for an easy handle, nor the other way round. */
static const void *key_of(CURLM *multi)
{
	return multi ? (const char *)multi + 1 : NULL;
}

struct multi *multi_of(CURLM *multi)
{
	return registry_get(key_of(multi));
}

static struct handle *handle_of_member(struct member *member)
{
	return (struct handle *)((char *)member - offsetof(struct handle, member));
}

static struct handle *handle_of_timer(struct timer *timer)
{
	return (struct handle *)((char *)timer - offsetof(struct handle, member.timer));
}

/* --- membership --- */

static void unlink_member(struct multi *multi, struct member *member)
{
	timers_clear(&multi->timers, &member->timer);
	messages_drop(multi, &member->message);
	multi->waiting -= member->waiting;
	multi->detached -= !member->attached;
	multi->count--;
	TAILQ_REMOVE(&multi->members, member, link);
	*member = (struct member){ 0 };
}

static void attach(struct handle *handle)
{
	handle->member.attached = true;
	handle->member.multi->detached--;
}

static void detach(struct handle *handle)
{
	struct multi *multi = handle->member.multi;

	if (!handle->member.attached)
		return;
	/* libcurl calls the program back from there, about its sockets. */
	multi->busy = true;
	multi->libcurl->multi_remove_handle(multi->multi, handle->easy);
	multi->busy = false;
	handle->member.attached = false;
	multi->detached++;
}

void multi_forget(struct handle *handle)
{
	if (handle->member.multi)
		unlink_member(handle->member.multi, &handle->member);
}

/* The member is no longer in libcurl's multi handle. */
static void leave(struct handle *handle)
{
	if (handle->transfer.running)
		transfer_drop(handle);
	multi_forget(handle);
}

void multi_leave(struct handle *handle)
{
	if (handle->member.multi)
		multi_remove_handle(handle->member.multi, handle->easy);
	multi_forget(handle);
}

void multi_watch(struct handle *handle)
{
	struct transfer *transfer = &handle->transfer;
	struct multi *multi = handle->member.multi;
	const struct policy *policy = transfer->policy;
	int64_t at = INT64_MAX;

	if (!multi)
		return;
	if (policy->stall_timeout_ms)
		at = transfer->moved + policy->stall_timeout_ms;
	/* The response is about to be doomed, or is. */
	if (policy->max_time_ms && transfer->judged &&
	    transfer->verdict.decision == DECISION_RETRY && transfer->due < at)
		at = transfer->due;
	if (at != INT64_MAX)
		timers_set(&multi->timers, &handle->member.timer, at);
	else
		timers_clear(&multi->timers, &handle->member.timer);
}

static void free_multi(struct multi *multi)
{
	struct member *member;

	while ((member = TAILQ_FIRST(&multi->members)))
		leave(handle_of_member(member));
	messages_free(multi);
	schedule_free(multi);
	timers_free(&multi->timers);
	free(multi);
}

void multi_add(CURLM *real, const struct libcurl *libcurl, bool managed)
{
	struct multi *multi = calloc(1, sizeof(*multi));
	void *stale;

	if (!multi)
		return;
	multi->multi = real;
	multi->libcurl = libcurl;
	multi->managed = managed;
	multi->own_due = -1;
	multi->told_due = -1;
	multi->alarm = -1;
	TAILQ_INIT(&multi->members);
	TAILQ_INIT(&multi->messages);
	TAILQ_INIT(&multi->given);
	if (!registry_put(key_of(real), multi, &stale)) {
		free(multi);
		return;
	}
	if (stale)
		free_multi(stale);
}

CURLMcode multi_cleanup(struct multi *multi)
{
	CURLM *key = multi->multi;
	CURLMcode code;
	void *stale;

	if (multi->busy)
		return CURLM_RECURSIVE_API_CALL;
	/* Taken out first: once libcurl has freed it, its address may be another's. */
	registry_take(key_of(key));
	code = multi->libcurl->multi_cleanup(key);
	if (code == CURLM_RECURSIVE_API_CALL) {
		registry_put(key_of(key), multi, &stale);
		return code;
	}
	free_multi(multi);
	return code;
}

CURLMcode multi_add_handle(struct multi *multi, CURL *easy)
{
	const struct libcurl *libcurl = multi->libcurl;
	struct handle *handle = handle_of(easy);
	CURLMcode code;

	if (multi->busy)
		return CURLM_RECURSIVE_API_CALL;
	if (!handle || handle->libcurl != libcurl)
		return libcurl->multi_add_handle(multi->multi, easy);
	if (handle->member.multi || handle->transfer.running)
		return CURLM_ADDED_ALREADY;
	if (!timers_reserve(&multi->timers, multi->count + 1) || !transfer_begin(handle))
		return libcurl->multi_add_handle(multi->multi, easy);
	TAILQ_INSERT_TAIL(&multi->members, &handle->member, link);
	multi->count++;
	multi->detached++;
	handle->member.multi = multi;
	attach(handle);
	transfer_attempt(handle);
	multi_watch(handle);
	code = libcurl->multi_add_handle(multi->multi, easy);
	if (code != CURLM_OK)
		leave(handle);
	else
		schedule_update(multi);
	return code;
}

CURLMcode multi_remove_handle(struct multi *multi, CURL *easy)
{
	struct handle *handle = handle_of(easy);
	CURLMcode code;

	if (multi->busy)
		return CURLM_RECURSIVE_API_CALL;
	if (!handle || !handle->member.multi) {
		code = multi->libcurl->multi_remove_handle(multi->multi, easy);
		if (code == CURLM_OK)
			messages_drop_foreign(multi, easy);
		return code;
	}
	if (handle->member.multi != multi)
		return CURLM_BAD_EASY_HANDLE;
	if (handle->member.attached) {
		code = multi->libcurl->multi_remove_handle(multi->multi, easy);
		if (code != CURLM_OK)
			return code;
	} else if (multi->inside) {
		return CURLM_RECURSIVE_API_CALL;
	}
	leave(handle);
	schedule_update(multi);
	return CURLM_OK;
}

/* --- attempts --- */

static void end(struct handle *handle, CURLcode code)
{
	struct multi *multi = handle->member.multi;

	timers_clear(&multi->timers, &handle->member.timer);
	transfer_end(handle, code);
	messages_add(multi, &handle->member.message, handle->easy, code);
}

/* When a waiting member is looked at next. */
static void set_wake(struct handle *handle, int64_t now)
{
	int64_t at = handle->transfer.due;

	if (progress_is_wanted(handle) && at - now > PROGRESS_EVERY_MS)
		at = now + PROGRESS_EVERY_MS;
	timers_set(&handle->member.multi->timers, &handle->member.timer, at);
}

/* The member's attempt has ended with CODE. */
static void finish(struct handle *handle, CURLcode code)
{
	struct multi *multi = handle->member.multi;
	bool again;

	multi->busy = true;
	again = transfer_judge(handle, &code);
	multi->busy = false;
	if (!again) {
		end(handle, code);
		return;
	}
	detach(handle);
	handle->member.waiting = true;
	multi->waiting++;
	set_wake(handle, process_now());
}

static void stop_waiting(struct handle *handle)
{
	handle->member.waiting = false;
	handle->member.multi->waiting--;
}

static void start(struct handle *handle)
{
	struct multi *multi = handle->member.multi;

	stop_waiting(handle);
	transfer_attempt(handle);
	multi_watch(handle);
	multi->restarts++;
	if (multi->libcurl->multi_add_handle(multi->multi, handle->easy) == CURLM_OK)
		attach(handle);
	else
		end(handle, CURLE_OUT_OF_MEMORY);
}

static void look_at_waiting(struct handle *handle, int64_t now)
{
	struct multi *multi = handle->member.multi;
	bool aborts;

	if (handle->transfer.due <= now) {
		start(handle);
		return;
	}
	multi->busy = true;
	aborts = progress_is_wanted(handle) && progress_aborts_wait(handle);
	multi->busy = false;
	if (!aborts) {
		set_wake(handle, now);
		return;
	}
	stop_waiting(handle);
	end(handle, transfer_abort(handle));
}

/* No callback of libcurl's may come for long: what would be asked from there is asked here too. */
static void look_at_running(struct handle *handle)
{
	if (progress_must_cut(handle)) {
		detach(handle);
		finish(handle, CURLE_ABORTED_BY_CALLBACK);
	} else {
		multi_watch(handle);
	}
}

static void look_at_due(struct multi *multi)
{
	int64_t now = process_now();
	struct timer *timer;

	while ((timer = timers_first(&multi->timers)) && timer->at <= now) {
		struct handle *handle = handle_of_timer(timer);

		if (handle->member.waiting)
			look_at_waiting(handle, now);
		else
			look_at_running(handle);
	}
}

/* Reads libcurl's messages. */
static void take_messages(struct multi *multi)
{
	CURLMsg *told;
	int left;

	while (messages_have_room(multi) &&
	       (told = multi->libcurl->multi_info_read(multi->multi, &left))) {
		struct handle *handle = handle_of(told->easy_handle);

		if (handle && handle->member.multi == multi && handle->transfer.running &&
		    told->msg == CURLMSG_DONE)
			finish(handle, told->data.result);
		else
			messages_add_foreign(multi, told);
	}
}

/* For the functions that run the multi handle. */
static void enter(struct multi *multi)
{
	look_at_due(multi);
	multi->inside = true;
}

/* COUNT is how many transfers libcurl says are running. */
static void leave_run(struct multi *multi, int count, int *running)
{
	multi->inside = false;
	take_messages(multi);
	schedule_update(multi);
	if (running)
		*running = count + (int)multi->waiting;
}

CURLMcode multi_perform(struct multi *multi, int *running)
{
	int count = 0;
	CURLMcode code;

	if (multi->busy)
		return CURLM_RECURSIVE_API_CALL;
	if (multi->inside)
		return multi->libcurl->multi_perform(multi->multi, running);
	schedule_may_have_elapsed(multi);
	enter(multi);
	code = multi->libcurl->multi_perform(multi->multi, &count);
	leave_run(multi, count, running);
	return code;
}

CURLMcode multi_socket_action(struct multi *multi, curl_socket_t socket, int events, int *running)
{
	int count = 0;
	CURLMcode code;

	if (multi->busy)
		return CURLM_RECURSIVE_API_CALL;
	if (multi->inside)
		return multi->libcurl->multi_socket_action(multi->multi, socket, events, running);
	if (socket == CURL_SOCKET_TIMEOUT)
		schedule_elapsed(multi);
	enter(multi);
	code = multi->libcurl->multi_socket_action(multi->multi, socket, events, &count);
	leave_run(multi, count, running);
	return code;
}

CURLMcode multi_socket_all(struct multi *multi, int *running)
{
	int count = 0;
	CURLMcode code;

	if (multi->busy)
		return CURLM_RECURSIVE_API_CALL;
	if (multi->inside)
		return multi->libcurl->multi_socket_all(multi->multi, running);
	schedule_elapsed(multi);
	enter(multi);
	code = multi->libcurl->multi_socket_all(multi->multi, &count);
	leave_run(multi, count, running);
	return code;
}

/* Under CURLMOPT_NOTIFYFUNCTION(3) the program may add and remove handles here. */
static void notify(struct multi *multi, unsigned notification, CURL *easy)
{
	bool inside = multi->inside;

	multi->inside = false;
	multi->notify_function(multi->multi, notification, easy, multi->notify_data);
	multi->inside = inside;
}

static void on_notify(CURLM *real, unsigned notification, CURL *easy, void *user)
{
	struct multi *multi = user;
	struct handle *handle;

	(void)real;
	take_messages(multi);
	if (!multi->notify_function)
		return;
	if (notification == NOTIFY_INFO_READ) {
		if (!multi->news)
			return;
		multi->news = false;
	} else if (notification == NOTIFY_EASY_DONE) {
		handle = handle_of(easy);
		if (handle && handle->member.multi == multi && handle->transfer.running)
			return;
	}
	notify(multi, notification, easy);
}

/*
 * CURLMOPT_PUSHFUNCTION(3): EASY is a copy of PARENT, which libcurl may have
 * made without curl_easy_duphandle, our callbacks included.
 */
static int on_push(CURL *parent, CURL *easy, size_t count, struct curl_pushheaders *headers,
		   void *user)
{
	struct multi *multi = user;
	struct handle *handle = handle_of(parent);
	int taken;

	if (handle)
		handle_duplicate(easy, handle);
	taken = multi->push_function(parent, easy, count, headers, multi->push_data);
	/* libcurl frees it. */
	if (taken != CURL_PUSH_OK)
		handle_drop(easy);
	return taken;
}

CURLMcode multi_setopt(struct multi *multi, CURLMoption option, curl_word value)
{
	const struct libcurl *libcurl = multi->libcurl;
	CURLMcode code;

	switch ((int)option) {
	case CURLMOPT_TIMERFUNCTION:
		multi->timer_function = (curl_multi_timer_callback)value;
		multi->told_due = -1;
		libcurl->multi_setopt(multi->multi, CURLMOPT_TIMERDATA, multi);
		return libcurl->multi_setopt(multi->multi, option, value ? schedule_on_timer : NULL);
	case CURLMOPT_TIMERDATA:
		multi->timer_data = value;
		return CURLM_OK;
	case OPTION_NOTIFYFUNCTION:
		code = libcurl->multi_setopt(multi->multi, option, value ? on_notify : NULL);
		if (code == CURLM_OK) {
			libcurl->multi_setopt(multi->multi, (CURLMoption)OPTION_NOTIFYDATA, multi);
			multi->notify_function = (void (*)(CURLM *, unsigned, CURL *, void *))value;
		}
		return code;
	case OPTION_NOTIFYDATA:
		multi->notify_data = value;
		return CURLM_OK;
	case CURLMOPT_PUSHFUNCTION:
		code = libcurl->multi_setopt(multi->multi, option, value ? on_push : NULL);
		if (code == CURLM_OK) {
			libcurl->multi_setopt(multi->multi, CURLMOPT_PUSHDATA, multi);
			multi->push_function = (curl_push_callback)value;
		}
		return code;
	case CURLMOPT_PUSHDATA:
		multi->push_data = value;
		return CURLM_OK;
	default:
		return libcurl->multi_setopt(multi->multi, option, value);
	}
}

/* --- what the program asks about --- */

CURL **multi_get_handles(struct multi *multi)
{
	CURL **real = multi->libcurl->multi_get_handles(multi->multi);
	struct member *member;
	size_t count = 0;
	CURL **all;

	if (!real || !multi->detached)
		return real;
	while (real[count])
		count++;
	/* The program frees it with curl_free, by whatever allocator libcurl was given. */
	all = (CURL **)multi->libcurl->maprintf("%*s", (int)((count + multi->detached + 1) * sizeof(CURL *)), "");
	if (!all)
		return real;
	for (size_t i = 0; i < count; i++)
		all[i] = real[i];
	TAILQ_FOREACH(member, &multi->members, link) {
		if (!member->attached)
			all[count++] = handle_of_member(member)->easy;
	}
	all[count] = NULL;
	multi->libcurl->free(real);
	return all;
}

CURLMcode multi_get_offt(struct multi *multi, CURLMinfo_offt info, curl_off_t *value)
{
	CURLMcode code = multi->libcurl->multi_get_offt(multi->multi, info, value);

	if (code != CURLM_OK)
		return code;
	switch ((int)info) {
	case XFERS_CURRENT:
		*value += (curl_off_t)multi->detached;
		break;
	case XFERS_RUNNING:
		*value += (curl_off_t)multi->waiting;
		break;
	case XFERS_DONE:
		*value = multi->queued;
		break;
	case XFERS_ADDED:
		*value -= multi->restarts;
		break;
	}
	return code;
}
