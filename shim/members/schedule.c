/* SPDX-License-Identifier: MIT */
#include "schedule.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "process/process.h"

void schedule_init(struct schedule *schedule, CURLM *multi, const struct libcurl *libcurl,
		   const struct timers *timers)
{
	*schedule = (struct schedule){
		.multi = multi,
		.libcurl = libcurl,
		.timers = timers,
		.own_due = -1,
		.told_due = -1,
		.alarm = -1,
	};
}

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

static int64_t first_of_members(const struct schedule *schedule)
{
	struct timer *timer = timers_first(schedule->timers);

	return timer ? timer->at : -1;
}

static int64_t sooner(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

static int tell(struct schedule *schedule, int64_t due, long ms)
{
	bool telling = schedule->telling;
	int result;

	schedule->told_due = due;
	schedule->telling = true;
	result = schedule->function(schedule->multi, ms, schedule->data);
	schedule->telling = telling;
	/* CURLMOPT_TIMERFUNCTION(3): -1 and nothing else is an error. */
	if (result == -1)
		schedule->dead = true;
	return result;
}

CURLMcode schedule_update(struct schedule *schedule)
{
	int64_t due = sooner(schedule->own_due, first_of_members(schedule));

	if (!schedule->function || due == schedule->told_due)
		return CURLM_OK;
	return tell(schedule, due, left_until(due)) == -1 ? CURLM_ABORTED_BY_CALLBACK : CURLM_OK;
}

/* libcurl calls back if it has another. */
void schedule_elapsed(struct schedule *schedule)
{
	schedule->told_due = -1;
	schedule->own_due = -1;
}

/* What libcurl has told goes by its own rules; ours is told again. */
void schedule_may_have_elapsed(struct schedule *schedule)
{
	/* One that has run out, and is not told again, would hide a member's for good. */
	if (schedule->own_due <= process_now())
		schedule->own_due = -1;
	if (schedule->told_due != schedule->own_due ||
	    schedule->told_due == first_of_members(schedule))
		schedule->told_due = -1;
}

void schedule_set_callback(struct schedule *schedule, curl_multi_timer_callback function)
{
	if (function != schedule->function)
		schedule->told_due = -1;
	schedule->function = function;
}

int schedule_on_timer(CURLM *multi, long ms, void *user)
{
	struct schedule *schedule = user;
	int64_t due;

	(void)multi;
	schedule->own_due = ms < 0 ? -1 : process_now() + ms;
	/* A run tells at its end, once. */
	if (!schedule->function || schedule->deferred)
		return 0;
	due = sooner(schedule->own_due, first_of_members(schedule));
	if (due == schedule->own_due)
		return tell(schedule, due, ms);
	return due == schedule->told_due ? 0 : tell(schedule, due, left_until(due));
}

/* Milliseconds until a member has to be looked at; -1: none has to. */
static long left_until_first(const struct schedule *schedule)
{
	return schedule->dead ? 0 : left_until(first_of_members(schedule));
}

CURLMcode schedule_timeout(const struct schedule *schedule, long *ms)
{
	long first = left_until_first(schedule);
	CURLMcode code;

	code = schedule->libcurl->multi_timeout(schedule->multi, ms);
	if (code == CURLM_OK && first >= 0 && (*ms < 0 || first < *ms))
		*ms = first;
	return code;
}

/* A wait that may last MS, shortened to when a member has to be looked at. */
static int shortened(const struct schedule *schedule, int ms)
{
	long first = left_until_first(schedule);

	return first >= 0 && first < ms ? (int)first : ms;
}

CURLMcode schedule_poll(const struct schedule *schedule, struct curl_waitfd *fds, unsigned count,
			int ms, int *ready)
{
	return schedule->libcurl->multi_poll(schedule->multi, fds, count, shortened(schedule, ms),
					     ready);
}

/*
 * An interval that no other timer has: by it our descriptor is known again. A
 * program may have closed all descriptors and got the number for another, and
 * a forked child's is its parent's.
 */
static struct timespec mark_of(const struct schedule *schedule)
{
	uint64_t mark = ((uint64_t)(uintptr_t)schedule >> 4) + ((uint64_t)getpid() << 32);

	return (struct timespec){ .tv_sec = 1 << 30, .tv_nsec = (long)(mark % 1000000000) };
}

static bool has_alarm(const struct schedule *schedule)
{
	struct timespec mark = mark_of(schedule);
	struct itimerspec now;

	return schedule->alarm >= 0 && !timerfd_gettime(schedule->alarm, &now) &&
	       now.it_interval.tv_sec == mark.tv_sec && now.it_interval.tv_nsec == mark.tv_nsec;
}

static void set_alarm(struct schedule *schedule, int64_t due)
{
	struct itimerspec at = {
		.it_value = { .tv_sec = (time_t)(due / 1000),
			      .tv_nsec = (long)(due % 1000) * 1000000 },
		.it_interval = mark_of(schedule),
	};

	timerfd_settime(schedule->alarm, TFD_TIMER_ABSTIME, &at, NULL);
	schedule->alarm_due = due;
}

/*
 * For programs that wait by themselves and may have no other descriptor to
 * wait for: one that gets readable when a member has to be looked at; -1: none has.
 */
static int alarm_of(struct schedule *schedule)
{
	int64_t due = first_of_members(schedule);
	bool known;

	if (due < 0)
		return -1;
	known = has_alarm(schedule);
	if (!known)
		schedule->alarm = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (!known || due != schedule->alarm_due)
		set_alarm(schedule, due);
	return schedule->alarm;
}

void schedule_free(struct schedule *schedule)
{
	if (has_alarm(schedule))
		close(schedule->alarm);
}

#define WAITED_ON_STACK 16

/*
 * Where libcurl has nothing to wait for, its wait returns at once, and a loop
 * would spin until the retry: so it gets something. Not its poll instead, which
 * would use up a curl_multi_wakeup that is meant for the program's own.
 */
static CURLMcode wait_with_alarm(struct schedule *schedule, int alarm, struct curl_waitfd *fds,
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
	code = schedule->libcurl->multi_wait(schedule->multi, all, count + 1, ms, &n);
	if (count)
		memcpy(fds, all, count * sizeof(*all));
	if (ready && code == CURLM_OK)
		*ready = n - (all[count].revents != 0);
	if (all != few)
		free(all);
	return code;
}

CURLMcode schedule_wait(struct schedule *schedule, bool waiting, struct curl_waitfd *fds,
			unsigned count, int ms, int *ready)
{
	int limit = shortened(schedule, ms);
	int alarm;

	if (!waiting)
		return schedule->libcurl->multi_wait(schedule->multi, fds, count, limit, ready);
	alarm = alarm_of(schedule);
	if (alarm >= 0)
		return wait_with_alarm(schedule, alarm, fds, count, limit, ready);
	/* No descriptor is left for one. */
	return schedule->libcurl->multi_poll(schedule->multi, fds, count, limit, ready);
}

CURLMcode schedule_fdset(struct schedule *schedule, fd_set *readable, fd_set *writable,
		      fd_set *exceptional, int *max)
{
	CURLMcode code;
	int fd;

	code = schedule->libcurl->multi_fdset(schedule->multi, readable, writable, exceptional,
					      max);
	fd = code == CURLM_OK ? alarm_of(schedule) : -1;
	if (fd < 0 || fd >= FD_SETSIZE)
		return code;
	FD_SET(fd, readable);
	if (fd > *max)
		*max = fd;
	return code;
}

CURLMcode schedule_waitfds(struct schedule *schedule, struct curl_waitfd *fds, unsigned size,
			unsigned *count)
{
	unsigned used = 0;
	CURLMcode code;
	int fd;

	if (!fds && !count)
		return CURLM_BAD_FUNCTION_ARGUMENT;
	code = schedule->libcurl->multi_waitfds(schedule->multi, fds, size, &used);
	/*
	 * Where there is no room even for its own, libcurl says how many they are: we are one of
	 * them.
	 */
	fd = code == CURLM_OK || code == CURLM_OUT_OF_MEMORY ? alarm_of(schedule) : -1;
	if (fd >= 0 && fds && code == CURLM_OK && used < size)
		fds[used] = (struct curl_waitfd){ .fd = fd, .events = CURL_WAIT_POLLIN };
	else if (fd >= 0 && fds)
		code = CURLM_OUT_OF_MEMORY;
	if (count)
		*count = used + (fd >= 0);
	return code;
}
