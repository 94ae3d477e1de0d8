/* SPDX-License-Identifier: MIT */
#include "schedule.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "process/process.h"

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
	/* CURLMOPT_TIMERFUNCTION(3): -1 and nothing else is an error. */
	if (result == -1)
		multi->dead = true;
	return result;
}

CURLMcode schedule_update(struct multi *multi)
{
	int64_t due = sooner(multi->own_due, first_of_members(multi));

	if (!multi->timer_function || due == multi->told_due)
		return CURLM_OK;
	return tell(multi, due, left_until(due)) == -1 ? CURLM_ABORTED_BY_CALLBACK : CURLM_OK;
}

/* libcurl calls back if it has another. */
void schedule_elapsed(struct multi *multi)
{
	multi->told_due = -1;
	multi->own_due = -1;
}

/* What libcurl has told goes by its own rules; ours is told again. */
void schedule_may_have_elapsed(struct multi *multi)
{
	/* One that has run out, and is not told again, would hide a member's for good. */
	if (multi->own_due <= process_now())
		multi->own_due = -1;
	if (multi->told_due != multi->own_due || multi->told_due == first_of_members(multi))
		multi->told_due = -1;
}

void schedule_set_callback(struct multi *multi, curl_multi_timer_callback function)
{
	if (function != multi->timer_function)
		multi->told_due = -1;
	multi->timer_function = function;
}

int schedule_on_timer(CURLM *real, long ms, void *user)
{
	struct multi *multi = user;
	int64_t due;

	(void)real;
	multi->own_due = ms < 0 ? -1 : process_now() + ms;
	/* A run tells at its end, once. */
	if (!multi->timer_function || multi->inside)
		return 0;
	due = sooner(multi->own_due, first_of_members(multi));
	if (due == multi->own_due)
		return tell(multi, due, ms);
	return due == multi->told_due ? 0 : tell(multi, due, left_until(due));
}

/* Milliseconds until a member has to be looked at; -1: none has to. */
static long left_until_first(const struct multi *multi)
{
	return multi->dead ? 0 : left_until(first_of_members(multi));
}

CURLMcode multi_timeout(struct multi *multi, long *ms)
{
	long first = left_until_first(multi);
	CURLMcode code;

	if (multi->busy)
		return CURLM_RECURSIVE_API_CALL;
	code = multi->libcurl->multi_timeout(multi->multi, ms);
	if (code == CURLM_OK && first >= 0 && (*ms < 0 || first < *ms))
		*ms = first;
	return code;
}

/* A wait that may last MS, cut to when a member has to be looked at. */
static int cut(const struct multi *multi, int ms)
{
	long first = left_until_first(multi);

	return first >= 0 && first < ms ? (int)first : ms;
}

CURLMcode multi_poll(struct multi *multi, struct curl_waitfd *fds, unsigned count, int ms,
		     int *ready)
{
	if (multi->busy)
		return CURLM_RECURSIVE_API_CALL;
	return multi->libcurl->multi_poll(multi->multi, fds, count, cut(multi, ms), ready);
}

/*
 * An interval that no other timer has: by it our descriptor is known again. A
 * program may have closed all descriptors and got the number for another, and
 * a forked child's is its parent's.
 */
static struct timespec mark_of(const struct multi *multi)
{
	uint64_t mark = ((uint64_t)(uintptr_t)multi >> 4) + ((uint64_t)getpid() << 32);

	return (struct timespec){ .tv_sec = 1 << 30, .tv_nsec = (long)(mark % 1000000000) };
}

static bool has_alarm(const struct multi *multi)
{
	struct timespec mark = mark_of(multi);
	struct itimerspec now;

	return multi->alarm >= 0 && !timerfd_gettime(multi->alarm, &now) &&
	       now.it_interval.tv_sec == mark.tv_sec && now.it_interval.tv_nsec == mark.tv_nsec;
}

static void set_alarm(struct multi *multi, int64_t due)
{
	struct itimerspec at = {
		.it_value = { .tv_sec = (time_t)(due / 1000),
			      .tv_nsec = (long)(due % 1000) * 1000000 },
		.it_interval = mark_of(multi),
	};

	timerfd_settime(multi->alarm, TFD_TIMER_ABSTIME, &at, NULL);
	multi->alarm_due = due;
}

/*
 * For programs that wait by themselves and may have no other descriptor to
 * wait for: one that gets readable when a member has to be looked at; -1: none has.
 */
static int alarm_of(struct multi *multi)
{
	int64_t due = first_of_members(multi);
	bool known;

	if (due < 0)
		return -1;
	known = has_alarm(multi);
	if (!known)
		multi->alarm = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (!known || due != multi->alarm_due)
		set_alarm(multi, due);
	return multi->alarm;
}

void schedule_free(struct multi *multi)
{
	if (has_alarm(multi))
		close(multi->alarm);
}

#define WAITED_ON_STACK 16

/*
 * Where libcurl has nothing to wait for, its wait returns at once, and a loop
 * would spin until the retry: so it gets something. Not its poll instead, which
 * would use up a curl_multi_wakeup that is meant for the program's own.
 */
static CURLMcode wait_with_alarm(struct multi *multi, int alarm, struct curl_waitfd *fds,
				 unsigned count, int ms, int *ready)
{
	struct curl_waitfd few[WAITED_ON_STACK];
	struct curl_waitfd *all = few;
	CURLMcode code;
	int n = 0;

	if (count >= WAITED_ON_STACK)
		all = malloc((count + 1) * sizeof(*all));
	if (!all)
		return CURLM_OUT_OF_MEMORY;
	if (count)
		memcpy(all, fds, count * sizeof(*all));
	all[count] = (struct curl_waitfd){ .fd = alarm, .events = CURL_WAIT_POLLIN };
	code = multi->libcurl->multi_wait(multi->multi, all, count + 1, ms, &n);
	if (count)
		memcpy(fds, all, count * sizeof(*all));
	if (ready && code == CURLM_OK)
		*ready = n - (all[count].revents != 0);
	if (all != few)
		free(all);
	return code;
}

CURLMcode multi_wait(struct multi *multi, struct curl_waitfd *fds, unsigned count, int ms,
		     int *ready)
{
	int limit = cut(multi, ms);
	int alarm;

	if (multi->busy)
		return CURLM_RECURSIVE_API_CALL;
	if (!multi->waiting)
		return multi->libcurl->multi_wait(multi->multi, fds, count, limit, ready);
	alarm = alarm_of(multi);
	if (alarm >= 0)
		return wait_with_alarm(multi, alarm, fds, count, limit, ready);
	/* No descriptor is left for one. */
	return multi->libcurl->multi_poll(multi->multi, fds, count, limit, ready);
}

CURLMcode multi_fdset(struct multi *multi, fd_set *readable, fd_set *writable,
		      fd_set *exceptional, int *max)
{
	CURLMcode code;
	int fd;

	if (multi->busy)
		return CURLM_RECURSIVE_API_CALL;
	code = multi->libcurl->multi_fdset(multi->multi, readable, writable, exceptional, max);
	fd = code == CURLM_OK ? alarm_of(multi) : -1;
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
	CURLMcode code;
	int fd;

	if (multi->busy)
		return CURLM_RECURSIVE_API_CALL;
	if (!fds && !count)
		return CURLM_BAD_FUNCTION_ARGUMENT;
	code = multi->libcurl->multi_waitfds(multi->multi, fds, size, &used);
	/*
	 * Where there is no room even for its own, libcurl says how many they are: we are one of
	 * them.
	 */
	fd = code == CURLM_OK || code == CURLM_OUT_OF_MEMORY ? alarm_of(multi) : -1;
	if (fd >= 0 && fds && code == CURLM_OK && used < size)
		fds[used] = (struct curl_waitfd){ .fd = fd, .events = CURL_WAIT_POLLIN };
	else if (fd >= 0 && fds)
		code = CURLM_OUT_OF_MEMORY;
	if (count)
		*count = used + (fd >= 0);
	return code;
}
