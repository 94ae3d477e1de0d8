/* SPDX-License-Identifier: MIT */
#include "multi.h"

#include <stddef.h>
#include <stdlib.h>

#include "transfer/handle.h"
#include "members/messages.h"
#include "process/process.h"
#include "program/progress.h"
#include "process/registry.h"
#include "members/schedule.h"

/* Newer than the oldest libcurl we build against: asked for by number. */
enum { NOTIFY_INFO_READ, NOTIFY_EASY_DONE };
enum { XFERS_CURRENT = 1, XFERS_RUNNING = 2, XFERS_DONE = 4, XFERS_ADDED = 5 };
#define OPTION_NOTIFYFUNCTION (CURLOPTTYPE_FUNCTIONPOINT + 18)
#define OPTION_NOTIFYDATA (CURLOPTTYPE_OBJECTPOINT + 19)

/*
 * Aligned addresses have this one free: a multi handle is never taken for an easy handle, nor the
 * other way round.
 */
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
	/* The program may still read the message that it was given. */
	*member = (struct member){ .message.told = member->message.told };
}

static void attach(struct handle *handle)
{
	handle->member.attached = true;
	handle->member.multi->detached--;
}

/* libcurl calls the program back from there, about its sockets and its timer. */
static CURLMcode remove_real(struct multi *multi, CURL *easy)
{
	bool busy = multi->busy;
	CURLMcode code;

	multi->busy = true;
	code = multi->libcurl->multi_remove_handle(multi->multi, easy);
	multi->busy = busy;
	return code;
}

static CURLMcode add_real(struct multi *multi, CURL *easy)
{
	bool busy = multi->busy;
	CURLMcode code;

	multi->busy = true;
	code = multi->libcurl->multi_add_handle(multi->multi, easy);
	multi->busy = busy;
	return code;
}

static void detach(struct handle *handle)
{
	struct multi *multi = handle->member.multi;

	if (handle->member.attached) {
		remove_real(multi, handle->easy);
		handle->member.attached = false;
		multi->detached++;
	}
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
	if (transfer->judged && transfer->verdict.decision == DECISION_RETRY &&
	    transfer->drained_by < at)
		at = transfer->drained_by;
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
	mime_forget_sender((struct sender){ .multi = multi });
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
	if (!messages_have_room(multi) || !registry_put(key_of(real), multi, &stale)) {
		messages_free(multi);
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

	if (multi->busy || multi->notifying)
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

static struct handle *any_that_runs(struct multi *multi)
{
	struct member *member = TAILQ_FIRST(&multi->members);

	while (member && !handle_of_member(member)->transfer.running)
		member = TAILQ_NEXT(member, link);
	return member ? handle_of_member(member) : NULL;
}

CURLMcode multi_add_handle(struct multi *multi, CURL *easy)
{
	const struct libcurl *libcurl = multi->libcurl;
	struct handle *handle = handle_of(easy);
	CURLMcode code;

	if (multi->busy)
		return CURLM_RECURSIVE_API_CALL;
	if (!handle || handle->libcurl != libcurl)
		return add_real(multi, easy);
	if (handle->member.multi || handle->transfer.running)
		return CURLM_ADDED_ALREADY;
	if (multi->dead && any_that_runs(multi))
		return CURLM_ABORTED_BY_CALLBACK;
	multi->dead = false;
	if (!timers_reserve(&multi->timers, multi->count + 1) || !transfer_begin(handle))
		return add_real(multi, easy);
	TAILQ_INSERT_TAIL(&multi->members, &handle->member, link);
	multi->count++;
	multi->detached++;
	handle->member.multi = multi;
	attach(handle);
	transfer_attempt(handle);
	multi_watch(handle);
	code = add_real(multi, easy);
	if (code == CURLM_OK && schedule_update(multi) != CURLM_OK) {
		remove_real(multi, easy);
		code = CURLM_ABORTED_BY_CALLBACK;
	}
	if (code != CURLM_OK)
		leave(handle);
	return code;
}

bool multi_may_not_change(const struct multi *multi)
{
	return multi->busy || (multi->inside && !multi->notifying);
}

CURLMcode multi_remove_handle(struct multi *multi, CURL *easy)
{
	struct handle *handle = handle_of(easy);
	CURLMcode code;

	if (multi->busy)
		return CURLM_RECURSIVE_API_CALL;
	if (!handle || !handle->member.multi) {
		code = remove_real(multi, easy);
		if (code == CURLM_OK)
			messages_drop_foreign(multi, easy);
		return code;
	}
	if (handle->member.multi != multi)
		return CURLM_BAD_EASY_HANDLE;
	if (handle->member.attached)
		code = remove_real(multi, easy);
	else
		code = multi_may_not_change(multi) ? CURLM_RECURSIVE_API_CALL : CURLM_OK;
	/* The timer callback fails when the handle has been removed already. */
	if (code != CURLM_OK && code != CURLM_ABORTED_BY_CALLBACK)
		return code;
	leave(handle);
	return schedule_update(multi) == CURLM_OK ? code : CURLM_ABORTED_BY_CALLBACK;
}

CURLcode multi_pause(struct handle *handle, int bitmask)
{
	struct multi *multi = handle->member.multi;
	bool busy = multi->busy;
	CURLcode code;

	multi->busy = true;
	code = multi->libcurl->easy_pause(handle->easy, bitmask);
	multi->busy = busy;
	return code;
}

/* --- attempts --- */

/* CURLMOPT_NOTIFYFUNCTION(3): there the program may add and remove handles. */
static void notify(struct multi *multi, unsigned notification, CURL *easy)
{
	if (!multi->notify_function || !(multi->notified & 1U << notification))
		return;
	if (notification == NOTIFY_INFO_READ)
		multi->news = false;
	multi->notifying = true;
	multi->notify_function(multi->multi, notification, easy, multi->notify_data);
	multi->notifying = false;
}

static void end(struct handle *handle, CURLcode code)
{
	struct multi *multi = handle->member.multi;

	timers_clear(&multi->timers, &handle->member.timer);
	transfer_end(handle, code);
	messages_add(multi, &handle->member.message, handle->easy, code);
}

/* Likewise, where libcurl does not know of it. */
static void end_by_ourselves(struct handle *handle, CURLcode code)
{
	end(handle, code);
	notify(handle->member.multi, NOTIFY_EASY_DONE, handle->easy);
}

/*
 * When a waiting member is looked at next: for their progress callbacks, all members at the same
 * times.
 */
static void set_wake(struct handle *handle, int64_t now)
{
	int64_t at = handle->transfer.due;

	if (progress_is_wanted(handle) && at - now > PROGRESS_EVERY_MS)
		at = now + PROGRESS_EVERY_MS - now % PROGRESS_EVERY_MS;
	timers_set(&handle->member.multi->timers, &handle->member.timer, at);
}

/*
 * The member's attempt has ended with *code. True: it waits for the next one, or for the program to
 * set free what it holds up.
 */
static bool goes_on(struct handle *handle, CURLcode *code)
{
	struct multi *multi = handle->member.multi;
	bool again;

	multi->busy = true;
	again = transfer_judge(handle, code);
	multi->busy = false;
	if (!again && !handle->transfer.held_up)
		return false;
	handle->transfer.ended = *code;
	detach(handle);
	handle->member.waiting = true;
	multi->waiting++;
	set_wake(handle, process_now());
	return true;
}

/* Aborts the member's attempt. */
static void cut(struct handle *handle)
{
	CURLcode code = CURLE_ABORTED_BY_CALLBACK;

	detach(handle);
	if (!goes_on(handle, &code))
		end_by_ourselves(handle, code);
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
	if (add_real(multi, handle->easy) == CURLM_OK)
		attach(handle);
	else
		end_by_ourselves(handle, CURLE_OUT_OF_MEMORY);
}

static void abort_waiting(struct handle *handle)
{
	stop_waiting(handle);
	end_by_ourselves(handle, transfer_abort(handle));
}

static void hand_over_the_rest(struct handle *handle)
{
	struct multi *multi = handle->member.multi;
	CURLcode code = handle->transfer.ended;
	bool over;

	multi->busy = true;
	over = transfer_set_free(handle, &code);
	multi->busy = false;
	if (over) {
		stop_waiting(handle);
		end_by_ourselves(handle, code);
	} else {
		set_wake(handle, process_now());
	}
}

void multi_wake(struct handle *handle)
{
	struct multi *multi = handle->member.multi;

	if (!multi || !handle->transfer.held_up || transfer_is_held_up(handle))
		return;
	timers_set(&multi->timers, &handle->member.timer, process_now());
	if (!multi->busy && !multi->inside)
		schedule_update(multi);
}

static void look_at_waiting(struct handle *handle, int64_t now)
{
	struct multi *multi = handle->member.multi;
	bool aborts;

	if (handle->transfer.held_up && !transfer_is_held_up(handle)) {
		hand_over_the_rest(handle);
		return;
	}
	if (handle->transfer.due <= now) {
		start(handle);
		return;
	}
	multi->busy = true;
	aborts = progress_is_wanted(handle) && progress_aborts_wait(handle);
	multi->busy = false;
	if (aborts)
		abort_waiting(handle);
	else
		set_wake(handle, now);
}

/* No callback of libcurl's may come for long: what would be asked from there is asked here too. */
static void look_at_running(struct handle *handle)
{
	if (progress_must_cut(handle))
		cut(handle);
	else
		multi_watch(handle);
}

static void look_at_due(struct multi *multi)
{
	struct timer *timer = timers_first(&multi->timers);
	int64_t now;

	if (!timer)
		return;
	now = process_now();
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
		CURLcode code = told->data.result;

		if (!handle || handle->member.multi != multi || !handle->transfer.running ||
		    told->msg != CURLMSG_DONE)
			messages_add_foreign(multi, told);
		else if (!goes_on(handle, &code))
			end(handle, code);
	}
}

static bool sends_form(struct member *member)
{
	return member->attached && handle_of_member(member)->set.form;
}

void multi_lose_forms(struct multi *multi)
{
	for (struct member *member = TAILQ_FIRST(&multi->members); member;
	     member = TAILQ_NEXT(member, link)) {
		if (sends_form(member))
			handle_of_member(member)->transfer.request.form_lost = true;
	}
}

struct handle *multi_form_reader(const struct multi *multi)
{
	struct member *found = NULL;
	size_t count = 0;

	for (struct member *member = TAILQ_FIRST(&multi->members); member;
	     member = TAILQ_NEXT(member, link)) {
		if (sends_form(member)) {
			found = member;
			count++;
		}
	}
	return count == 1 && handle_of_member(found)->transfer.running ? handle_of_member(found) :
									 NULL;
}

/* CURLMOPT_TIMERFUNCTION(3): all transfers in progress are aborted and fail. */
static void abort_all(struct multi *multi)
{
	struct handle *handle;

	while ((handle = any_that_runs(multi))) {
		if (handle->member.waiting)
			abort_waiting(handle);
		else
			cut(handle);
	}
	multi->dead = false;
}

/* For the functions that run the multi handle. */
static void enter(struct multi *multi)
{
	multi->inside = true;
	multi->outer = mime_set_sender((struct sender){ .multi = multi });
	if (multi->dead)
		abort_all(multi);
	look_at_due(multi);
	if (multi->news)
		notify(multi, NOTIFY_INFO_READ, multi->internal);
}

/* COUNT is what libcurl says of how many transfers run. */
static CURLMcode leave_run(struct multi *multi, CURLMcode code, int count, int *running)
{
	take_messages(multi);
	mime_set_sender(multi->outer);
	multi->inside = false;
	if (running)
		*running = count + (int)multi->waiting;
	return schedule_update(multi) == CURLM_OK ? code : CURLM_ABORTED_BY_CALLBACK;
}

/* By a function that does not say whether the program's timer has run out. */
static CURLMcode run(struct multi *multi, CURLMcode (*function)(CURLM *, int *), int *running)
{
	int count = 0;
	CURLMcode code;

	if (multi->busy || multi->notifying)
		return CURLM_RECURSIVE_API_CALL;
	if (multi->inside)
		return function(multi->multi, running);
	enter(multi);
	schedule_may_have_elapsed(multi);
	code = function(multi->multi, &count);
	return leave_run(multi, code, count, running);
}

CURLMcode multi_perform(struct multi *multi, int *running)
{
	return run(multi, multi->libcurl->multi_perform, running);
}

CURLMcode multi_socket_all(struct multi *multi, int *running)
{
	return run(multi, multi->libcurl->multi_socket_all, running);
}

CURLMcode multi_socket_action(struct multi *multi, curl_socket_t socket, int events, int *running)
{
	int count = 0;
	CURLMcode code;

	if (multi->busy || multi->notifying)
		return CURLM_RECURSIVE_API_CALL;
	if (multi->inside)
		return multi->libcurl->multi_socket_action(multi->multi, socket, events, running);
	enter(multi);
	if (socket == CURL_SOCKET_TIMEOUT)
		schedule_elapsed(multi);
	code = multi->libcurl->multi_socket_action(multi->multi, socket, events, &count);
	return leave_run(multi, code, count, running);
}

static void on_notify(CURLM *real, unsigned notification, CURL *easy, void *user)
{
	struct multi *multi = user;
	struct handle *handle;

	(void)real;
	take_messages(multi);
	if (notification == NOTIFY_INFO_READ) {
		multi->internal = easy;
		if (!multi->news)
			return;
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

CURLMcode multi_notify_enable(struct multi *multi, unsigned notification)
{
	CURLMcode code = multi->libcurl->multi_notify_enable(multi->multi, notification);

	if (code == CURLM_OK)
		multi->notified |= 1U << notification;
	return code;
}

CURLMcode multi_notify_disable(struct multi *multi, unsigned notification)
{
	CURLMcode code = multi->libcurl->multi_notify_disable(multi->multi, notification);

	if (code == CURLM_OK)
		multi->notified &= ~(1U << notification);
	return code;
}

/* The argument of a callback of the program's, which ours is called in front of. */
static CURLMcode set_data(struct multi *multi, CURLMoption option, void **data, curl_word value)
{
	CURLMcode code = multi->libcurl->multi_setopt(multi->multi, option, multi);

	if (code == CURLM_OK)
		*data = value;
	return code;
}

CURLMcode multi_setopt(struct multi *multi, CURLMoption option, curl_word value)
{
	const struct libcurl *libcurl = multi->libcurl;
	CURLMcode code;

	if (multi->busy)
		return CURLM_RECURSIVE_API_CALL;
	switch ((int)option) {
	case CURLMOPT_TIMERFUNCTION:
		code = libcurl->multi_setopt(multi->multi, option,
					     value ? schedule_on_timer : NULL);
		if (code == CURLM_OK) {
			libcurl->multi_setopt(multi->multi, CURLMOPT_TIMERDATA, multi);
			schedule_set_callback(multi, (curl_multi_timer_callback)value);
		}
		return code;
	case CURLMOPT_TIMERDATA:
		return set_data(multi, option, &multi->timer_data, value);
	case OPTION_NOTIFYFUNCTION:
		code = libcurl->multi_setopt(multi->multi, option, value ? on_notify : NULL);
		if (code == CURLM_OK) {
			libcurl->multi_setopt(multi->multi, (CURLMoption)OPTION_NOTIFYDATA, multi);
			multi->notify_function = (void (*)(CURLM *, unsigned, CURL *, void *))value;
		}
		return code;
	case OPTION_NOTIFYDATA:
		return set_data(multi, option, &multi->notify_data, value);
	case CURLMOPT_PUSHFUNCTION:
		code = libcurl->multi_setopt(multi->multi, option, value ? on_push : NULL);
		if (code == CURLM_OK) {
			libcurl->multi_setopt(multi->multi, CURLMOPT_PUSHDATA, multi);
			multi->push_function = (curl_push_callback)value;
		}
		return code;
	case CURLMOPT_PUSHDATA:
		return set_data(multi, option, &multi->push_data, value);
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
	all = (CURL **)multi->libcurl->maprintf(
		"%*s", (int)((count + multi->detached + 1) * sizeof(CURL *)), "");
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
