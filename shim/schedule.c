/* SPDX-License-Identifier: MIT */
#include "schedule.h"

#include <limits.h>
#include <sys/select.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "process.h"

/* Milliseconds from now; -1 for none. */
static long left_until(int64_t due)
{
	int64_t left;

	if (due < 0)
		return -1;
	left = due - process_now();
	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (long)left;
}

static int64_t first_of_members(const struct multi *multi)
{
	struct timer *timer = timers_first(&multi->timers);

	return timer ? timer->at : -1;
}

static int64_t sooner(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

static int tell(struct multi *multi, int64_t due, long ms)
{
	bool busy = multi->busy;
	int result;

	multi->told_due = due;
	multi->busy = true;
	result = multi->timer_function(multi->multi, ms, multi->timer_data);
	multi->busy = busy;
	return result;
}

void schedule_update(struct multi *multi)
{
	int64_t due = sooner(multi->own_due, first_of_members(multi));

	if (multi->timer_function && due != multi->told_due)
		tell(multi, due, left_until(due));
}

void schedule_elapsed(struct multi *multi)
{
	int64_t now = process_now();

	/* It may have fired a little early: what is still to come is told again. */
	multi->told_due = -1;
	/* libcurl calls back if it has another. */
	if (multi->own_due <= now)
		multi->own_due = -1;
}

void schedule_may_have_elapsed(struct multi *multi)
{
	if (multi->told_due != multi->own_due)
		multi->told_due = -1;
}

int schedule_on_timer(CURLM *real, long ms, void *user)
{
	struct multi *multi = user;
	int64_t first = first_of_members(multi);
	int64_t due;

	(void)real;
	multi->own_due = ms < 0 ? -1 : process_now() + ms;
	if (!multi->timer_function)
		return 0;
	due = sooner(multi->own_due, first);
	if (due == multi->own_due)
		return tell(multi, due, ms);
	return due == multi->told_due ? 0 : tell(multi, due, left_until(due));
}

CURLMcode multi_timeout(struct multi *multi, long *ms)
{
	CURLMcode code = multi->libcurl->multi_timeout(multi->multi, ms);
	long first = left_until(first_of_members(multi));

	if (code == CURLM_OK && first >= 0 && (*ms < 0 || first < *ms))
		*ms = first;
	return code;
}

/* A wait that may last MS, cut to when a member has to be looked at. */
static int cut(const struct multi *multi, int ms)
{
	long first = left_until(first_of_members(multi));

	return first >= 0 && first < ms ? (int)first : ms;
}

CURLMcode multi_poll(struct multi *multi, struct curl_waitfd *fds, unsigned count, int ms,
		     int *ready)
{
	return multi->libcurl->multi_poll(multi->multi, fds, count, cut(multi, ms), ready);
}

/* Where libcurl has nothing to wait for, its wait returns at once, and a loop would spin until the retry. */
CURLMcode multi_wait(struct multi *multi, struct curl_waitfd *fds, unsigned count, int ms,
		     int *ready)
{
	if (multi->waiting)
		return multi_poll(multi, fds, count, ms, ready);
	return multi->libcurl->multi_wait(multi->multi, fds, count, cut(multi, ms), ready);
}

/* A program may have closed all descriptors and got the number for another: setting is refused then. */
static bool set_alarm(int fd, int64_t due)
{
	struct itimerspec at = {
		.it_value = { .tv_sec = (time_t)(due / 1000), .tv_nsec = (long)(due % 1000) * 1000000 },
	};

	return fd >= 0 && !timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, NULL);
}

/*
 * For programs that wait by themselves and may have no other descriptor to
 * wait for: one that gets readable when a retry is due; -1: none is waited for.
 */
static int alarm_of(struct multi *multi)
{
	int64_t due = first_of_members(multi);

	if (!multi->waiting || due < 0)
		return -1;
	if (!set_alarm(multi->alarm, due)) {
		multi->alarm = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
		set_alarm(multi->alarm, due);
	}
	return multi->alarm;
}

void schedule_free(struct multi *multi)
{
	struct itimerspec at;

	/* Not set: a parent may share it. */
	if (multi->alarm >= 0 && !timerfd_gettime(multi->alarm, &at))
		close(multi->alarm);
}

CURLMcode multi_fdset(struct multi *multi, fd_set *readable, fd_set *writable,
		      fd_set *exceptional, int *max)
{
	CURLMcode code = multi->libcurl->multi_fdset(multi->multi, readable, writable, exceptional, max);
	int fd = code == CURLM_OK ? alarm_of(multi) : -1;

	if (fd < 0 || fd >= FD_SETSIZE)
		return code;
	FD_SET(fd, readable);
	if (fd > *max)
		*max = fd;
	return code;
}

CURLMcode multi_waitfds(struct multi *multi, struct curl_waitfd *fds, unsigned size,
			unsigned *count)
{
	unsigned used = 0;
	CURLMcode code = multi->libcurl->multi_waitfds(multi->multi, fds, size, &used);
	int fd = alarm_of(multi);

	if (fd >= 0 && code == CURLM_OK) {
		if (used < size)
			fds[used] = (struct curl_waitfd){ .fd = fd, .events = CURL_WAIT_POLLIN };
		else if (size)
			code = CURLM_OUT_OF_MEMORY;
	}
	if (count)
		*count = used + (fd >= 0);
	return code;
}
