/* SPDX-License-Identifier: MIT */
#include "multi.h"

#include <stddef.h>
#include <stdlib.h>

#include "process/process.h"
#include "process/registry.h"
#include "transfer/handles.h"
#include "transfer/injection.h"
#include "transfer/transfer.h"

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

static struct multi *multi_of_member(const struct handle *handle)
{
	return (struct multi *)((char *)handle->member.of - offsetof(struct multi, members));
}

/* A callback of the program's runs that must not call us. */
static bool is_busy(const struct multi *multi)
{
	return multi->busy || multi->schedule.telling;
}

/* Likewise, or one from which it may look, but change nothing. */
static bool may_not_change(const struct multi *multi)
{
	return is_busy(multi) || (multi->inside && !multi->notifying);
}

/* --- membership --- */

static void attach(struct handle *handle)
{
	member_set_attached(&handle->member, true);
	forms_add(&multi_of_member(handle)->forms, &handle->request.form);
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
	if (!handle->member.attached)
		return;
	remove_real(multi_of_member(handle), handle->program.easy);
	member_set_attached(&handle->member, false);
	forms_remove(&handle->request.form);
}

/* The member is no longer in libcurl's multi handle. */
static void leave(struct handle *handle)
{
	if (handle->transfer.running)
		transfer_drop(handle);
	forms_remove(&handle->request.form);
	if (handle->member.of)
		members_remove(&handle->member);
}

void multi_leave(struct handle *handle)
{
	if (handle->member.of)
		multi_remove_handle(multi_of_member(handle), handle->program.easy);
	/* libcurl, or a callback that runs, may have refused. */
	forms_remove(&handle->request.form);
	if (handle->member.of)
		members_remove(&handle->member);
}

/* Whatever a running member's timer goes by has changed. */
static void watch(struct handle *handle)
{
	int64_t due = progress_due(&handle->progress);
	int64_t held_back = injection_due(&handle->injection);

	member_watch(&handle->member, held_back < due ? held_back : due);
}

static void free_multi(struct multi *multi)
{
	struct member *member;

	while ((member = TAILQ_FIRST(&multi->members.list)))
		leave(handle_of_member(member));
	messages_free(&multi->messages);
	mime_forget_sender((struct sender){ .forms = &multi->forms });
	schedule_free(&multi->schedule);
	members_free(&multi->members);
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
	members_init(&multi->members);
	forms_init(&multi->forms);
	schedule_init(&multi->schedule, real, libcurl, &multi->members.timers);
	if (!messages_init(&multi->messages) || !registry_put(key_of(real), multi, &stale)) {
		messages_free(&multi->messages);
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

	if (is_busy(multi) || multi->notifying)
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
	struct member *member = TAILQ_FIRST(&multi->members.list);

	while (member && !handle_of_member(member)->transfer.running)
		member = TAILQ_NEXT(member, link);
	return member ? handle_of_member(member) : NULL;
}

CURLMcode multi_add_handle(struct multi *multi, CURL *easy)
{
	const struct libcurl *libcurl = multi->libcurl;
	struct handle *handle = handle_of(easy);
	CURLMcode code;

	if (is_busy(multi))
		return CURLM_RECURSIVE_API_CALL;
	if (!handle || handle->program.libcurl != libcurl)
		return add_real(multi, easy);
	if (handle->member.of || handle->transfer.running)
		return CURLM_ADDED_ALREADY;
	if (multi->schedule.dead && any_that_runs(multi))
		return CURLM_ABORTED_BY_CALLBACK;
	multi->schedule.dead = false;
	if (!members_reserve(&multi->members) || !transfer_begin(handle))
		return add_real(multi, easy);
	members_add(&multi->members, &handle->member);
	attach(handle);
	transfer_attempt(handle);
	watch(handle);
	code = add_real(multi, easy);
	if (code == CURLM_OK && schedule_update(&multi->schedule) != CURLM_OK) {
		remove_real(multi, easy);
		code = CURLM_ABORTED_BY_CALLBACK;
	}
	if (code != CURLM_OK)
		leave(handle);
	return code;
}

CURLMcode multi_remove_handle(struct multi *multi, CURL *easy)
{
	struct handle *handle = handle_of(easy);
	CURLMcode code;

	if (is_busy(multi))
		return CURLM_RECURSIVE_API_CALL;
	if (!handle || !handle->member.of) {
		code = remove_real(multi, easy);
		if (code == CURLM_OK)
			messages_drop_foreign(&multi->messages, easy);
		return code;
	}
	if (handle->member.of != &multi->members)
		return CURLM_BAD_EASY_HANDLE;
	if (handle->member.attached)
		code = remove_real(multi, easy);
	else
		code = may_not_change(multi) ? CURLM_RECURSIVE_API_CALL : CURLM_OK;
	/* The timer callback fails when the handle has been removed already. */
	if (code != CURLM_OK && code != CURLM_ABORTED_BY_CALLBACK)
		return code;
	leave(handle);
	return schedule_update(&multi->schedule) == CURLM_OK ? code : CURLM_ABORTED_BY_CALLBACK;
}

CURLcode multi_pause(struct handle *handle, int bitmask)
{
	struct multi *multi = multi_of_member(handle);
	bool busy = multi->busy;
	CURLcode code;

	multi->busy = true;
	code = multi->libcurl->easy_pause(handle->program.easy, bitmask);
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
		multi->messages.news = false;
	multi->notifying = true;
	multi->notify_function(multi->multi, notification, easy, multi->notify_data);
	multi->notifying = false;
}

static void end(struct handle *handle, CURLcode code)
{
	struct multi *multi = multi_of_member(handle);

	member_watch(&handle->member, INT64_MAX);
	forms_remove(&handle->request.form);
	transfer_end(handle, code);
	messages_add(&multi->messages, &handle->member.message, handle->program.easy, code);
}

/* Likewise, where libcurl does not know of it. */
static void end_by_ourselves(struct handle *handle, CURLcode code)
{
	end(handle, code);
	notify(multi_of_member(handle), NOTIFY_EASY_DONE, handle->program.easy);
}

/*
 * When a waiting member is looked at next: for their progress callbacks, all members at the same
 * times.
 */
static void set_wake(struct handle *handle, int64_t now)
{
	int64_t at = handle->transfer.due;

	if (progress_is_wanted(&handle->program) && at - now > PROGRESS_EVERY_MS)
		at = now + PROGRESS_EVERY_MS - now % PROGRESS_EVERY_MS;
	member_watch(&handle->member, at);
}

/*
 * The member's attempt has ended with *code. True: it waits for the next one, or for the program to
 * set free what it holds up.
 */
static bool goes_on(struct handle *handle, CURLcode *code)
{
	struct multi *multi = multi_of_member(handle);
	bool again;

	multi->busy = true;
	again = transfer_judge(handle, code);
	multi->busy = false;
	if (!again && !handle->transfer.held_up)
		return false;
	handle->transfer.ended = *code;
	detach(handle);
	member_set_waiting(&handle->member, true);
	set_wake(handle, process_now());
	return true;
}

/* Aborts the member's attempt. */
static void abort_attempt(struct handle *handle)
{
	CURLcode code = CURLE_ABORTED_BY_CALLBACK;

	detach(handle);
	if (!goes_on(handle, &code))
		end_by_ourselves(handle, code);
}

static void stop_waiting(struct handle *handle)
{
	member_set_waiting(&handle->member, false);
}

static void start(struct handle *handle)
{
	struct multi *multi = multi_of_member(handle);

	stop_waiting(handle);
	transfer_attempt(handle);
	watch(handle);
	multi->restarts++;
	if (add_real(multi, handle->program.easy) == CURLM_OK)
		attach(handle);
	else
		end_by_ourselves(handle, CURLE_OUT_OF_MEMORY);
}

static void abort_waiting(struct handle *handle)
{
	stop_waiting(handle);
	end_by_ourselves(handle, transfer_abort(handle));
}

static void surrender(struct handle *handle)
{
	struct multi *multi = multi_of_member(handle);
	CURLcode code;

	multi->busy = true;
	code = transfer_surrender(handle);
	multi->busy = false;
	stop_waiting(handle);
	end_by_ourselves(handle, code);
}

static void hand_over_the_rest(struct handle *handle)
{
	struct multi *multi = multi_of_member(handle);
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
	struct multi *multi;

	if (!handle->member.of || !handle->transfer.held_up || transfer_is_held_up(handle))
		return;
	multi = multi_of_member(handle);
	member_watch(&handle->member, process_now());
	if (!is_busy(multi) && !multi->inside)
		schedule_update(&multi->schedule);
}

/* The wait, since its turn has come, or never will. */
static bool is_over(struct handle *handle, int64_t now)
{
	if (handle->transfer.held_up)
		return false;
	switch (transfer_turn(handle, now)) {
	case PACER_GO:
		start(handle);
		return true;
	case PACER_NEVER:
		surrender(handle);
		return true;
	case PACER_WAIT:
		break;
	}
	return false;
}

static void look_at_waiting(struct handle *handle, int64_t now)
{
	struct multi *multi = multi_of_member(handle);
	bool aborts;

	if (handle->transfer.held_up && !transfer_is_held_up(handle)) {
		hand_over_the_rest(handle);
		return;
	}
	if (is_over(handle, now))
		return;
	multi->busy = true;
	aborts = progress_is_wanted(&handle->program) && progress_aborts_wait(&handle->progress);
	multi->busy = false;
	if (aborts)
		abort_waiting(handle);
	else
		set_wake(handle, now);
}

/* No callback of libcurl's may come for long: what would be asked from there is asked here too. */
static void look_at_running(struct handle *handle, int64_t now)
{
	enum held_back held_back = HELD_BACK;

	if (injection_holds_back(&handle->injection))
		held_back = injection_look(handle, now);
	if (held_back == HELD_BACK_OVER)
		multi_pause(handle, handle->program.paused);
	if (held_back == HELD_BACK_FAILED || progress_must_abort(&handle->progress))
		abort_attempt(handle);
	else
		watch(handle);
}

static void look_at_due(struct multi *multi)
{
	struct member *member;
	int64_t now;

	if (!timers_first(&multi->members.timers))
		return;
	now = process_now();
	while ((member = members_first_due(&multi->members, now))) {
		if (member->waiting)
			look_at_waiting(handle_of_member(member), now);
		else
			look_at_running(handle_of_member(member), now);
	}
}

/* Reads libcurl's messages. */
static void take_messages(struct multi *multi)
{
	CURLMsg *told;
	int left;

	while (messages_have_room(&multi->messages) &&
	       (told = multi->libcurl->multi_info_read(multi->multi, &left))) {
		struct handle *handle = handle_of(told->easy_handle);
		CURLcode code = told->data.result;

		if (!handle || handle->member.of != &multi->members || !handle->transfer.running ||
		    told->msg != CURLMSG_DONE)
			messages_add_foreign(&multi->messages, told);
		else if (!goes_on(handle, &code))
			end(handle, code);
	}
}

/* CURLMOPT_TIMERFUNCTION(3): all transfers in progress are aborted and fail. */
static void abort_all(struct multi *multi)
{
	struct handle *handle;

	while ((handle = any_that_runs(multi))) {
		if (handle->member.waiting)
			abort_waiting(handle);
		else
			abort_attempt(handle);
	}
	multi->schedule.dead = false;
}

/* For the functions that run the multi handle. */
static void enter(struct multi *multi)
{
	multi->inside = true;
	multi->schedule.deferred = true;
	multi->outer = mime_set_sender((struct sender){ .forms = &multi->forms });
	if (multi->schedule.dead)
		abort_all(multi);
	look_at_due(multi);
	if (multi->messages.news)
		notify(multi, NOTIFY_INFO_READ, multi->internal);
}

/* COUNT is what libcurl says of how many transfers run. */
static CURLMcode leave_run(struct multi *multi, CURLMcode code, int count, int *running)
{
	take_messages(multi);
	mime_set_sender(multi->outer);
	multi->inside = false;
	multi->schedule.deferred = false;
	if (running)
		*running = count + (int)multi->members.waiting;
	return schedule_update(&multi->schedule) == CURLM_OK ? code : CURLM_ABORTED_BY_CALLBACK;
}

/* By a function that does not say whether the program's timer has run out. */
static CURLMcode run(struct multi *multi, CURLMcode (*function)(CURLM *, int *), int *running)
{
	int count = 0;
	CURLMcode code;

	if (is_busy(multi) || multi->notifying)
		return CURLM_RECURSIVE_API_CALL;
	if (multi->inside)
		return function(multi->multi, running);
	enter(multi);
	schedule_may_have_elapsed(&multi->schedule);
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

	if (is_busy(multi) || multi->notifying)
		return CURLM_RECURSIVE_API_CALL;
	if (multi->inside)
		return multi->libcurl->multi_socket_action(multi->multi, socket, events, running);
	enter(multi);
	if (socket == CURL_SOCKET_TIMEOUT)
		schedule_elapsed(&multi->schedule);
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
		if (!multi->messages.news)
			return;
	} else if (notification == NOTIFY_EASY_DONE) {
		handle = handle_of(easy);
		if (handle && handle->member.of == &multi->members && handle->transfer.running)
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
static CURLMcode set_data(struct multi *multi, CURLMoption option, void *ours, void **data,
			  curl_word value)
{
	CURLMcode code = multi->libcurl->multi_setopt(multi->multi, option, ours);

	if (code == CURLM_OK)
		*data = value;
	return code;
}

CURLMcode multi_setopt(struct multi *multi, CURLMoption option, curl_word value)
{
	const struct libcurl *libcurl = multi->libcurl;
	CURLMcode code;

	if (is_busy(multi))
		return CURLM_RECURSIVE_API_CALL;
	switch ((int)option) {
	case CURLMOPT_TIMERFUNCTION:
		code = libcurl->multi_setopt(multi->multi, option,
					     value ? schedule_on_timer : NULL);
		if (code == CURLM_OK) {
			libcurl->multi_setopt(multi->multi, CURLMOPT_TIMERDATA, &multi->schedule);
			schedule_set_callback(&multi->schedule, (curl_multi_timer_callback)value);
		}
		return code;
	case CURLMOPT_TIMERDATA:
		return set_data(multi, option, &multi->schedule, &multi->schedule.data, value);
	case OPTION_NOTIFYFUNCTION:
		code = libcurl->multi_setopt(multi->multi, option, value ? on_notify : NULL);
		if (code == CURLM_OK) {
			libcurl->multi_setopt(multi->multi, (CURLMoption)OPTION_NOTIFYDATA, multi);
			multi->notify_function = (void (*)(CURLM *, unsigned, CURL *, void *))value;
		}
		return code;
	case OPTION_NOTIFYDATA:
		return set_data(multi, option, multi, &multi->notify_data, value);
	case CURLMOPT_PUSHFUNCTION:
		code = libcurl->multi_setopt(multi->multi, option, value ? on_push : NULL);
		if (code == CURLM_OK) {
			libcurl->multi_setopt(multi->multi, CURLMOPT_PUSHDATA, multi);
			multi->push_function = (curl_push_callback)value;
		}
		return code;
	case CURLMOPT_PUSHDATA:
		return set_data(multi, option, multi, &multi->push_data, value);
	default:
		return libcurl->multi_setopt(multi->multi, option, value);
	}
}

/* --- what the program asks about --- */

CURLMsg *multi_info_read(struct multi *multi, int *left)
{
	*left = 0;
	return may_not_change(multi) ? NULL : messages_take(&multi->messages, left);
}

CURLMcode multi_timeout(struct multi *multi, long *ms)
{
	return is_busy(multi) ? CURLM_RECURSIVE_API_CALL : schedule_timeout(&multi->schedule, ms);
}

CURLMcode multi_poll(struct multi *multi, struct curl_waitfd *fds, unsigned count, int ms,
		     int *ready)
{
	if (is_busy(multi))
		return CURLM_RECURSIVE_API_CALL;
	return schedule_poll(&multi->schedule, fds, count, ms, ready);
}

CURLMcode multi_wait(struct multi *multi, struct curl_waitfd *fds, unsigned count, int ms,
		     int *ready)
{
	if (is_busy(multi))
		return CURLM_RECURSIVE_API_CALL;
	return schedule_wait(&multi->schedule, multi->members.waiting, fds, count, ms, ready);
}

CURLMcode multi_fdset(struct multi *multi, fd_set *readable, fd_set *writable,
		      fd_set *exceptional, int *max)
{
	if (is_busy(multi))
		return CURLM_RECURSIVE_API_CALL;
	return schedule_fdset(&multi->schedule, readable, writable, exceptional, max);
}

CURLMcode multi_waitfds(struct multi *multi, struct curl_waitfd *fds, unsigned size,
			unsigned *count)
{
	if (is_busy(multi))
		return CURLM_RECURSIVE_API_CALL;
	return schedule_waitfds(&multi->schedule, fds, size, count);
}

CURL **multi_get_handles(struct multi *multi)
{
	CURL **real = multi->libcurl->multi_get_handles(multi->multi);
	struct member *member;
	size_t count = 0;
	CURL **all;

	if (!real || !multi->members.detached)
		return real;
	while (real[count])
		count++;
	/* The program frees it with curl_free, by whatever allocator libcurl was given. */
	all = (CURL **)multi->libcurl->maprintf(
		"%*s", (int)((count + multi->members.detached + 1) * sizeof(CURL *)), "");
	if (!all)
		return real;
	for (size_t i = 0; i < count; i++)
		all[i] = real[i];
	TAILQ_FOREACH(member, &multi->members.list, link) {
		if (!member->attached)
			all[count++] = handle_of_member(member)->program.easy;
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
		*value += (curl_off_t)multi->members.detached;
		break;
	case XFERS_RUNNING:
		*value += (curl_off_t)multi->members.waiting;
		break;
	case XFERS_DONE:
		*value = multi->messages.count;
		break;
	case XFERS_ADDED:
		*value -= multi->restarts;
		break;
	}
	return code;
}
