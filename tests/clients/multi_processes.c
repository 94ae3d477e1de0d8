/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -ldl */
/* Descriptors of the program's, and its children, while a transfer waits. */
#include <fcntl.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include "loops.h"

/* ---- all descriptors are closed while a transfer waits; their numbers go to others ---- */

static int descriptors(char **urls)
{
	CURLM *multi = wait_for_retry(urls);
	fd_set readable, writable, exceptional;
	int max = -1;
	int mine;

	FD_ZERO(&readable);
	FD_ZERO(&writable);
	FD_ZERO(&exceptional);
	curl_multi_fdset(multi, &readable, &writable, &exceptional, &max);
	if (max < 0)
		fail("no descriptor to wait for");
	close(max);
	mine = open("/dev/zero", O_RDONLY);
	if (mine != max && dup2(mine, max) < 0)
		fail("dup2");
	loop_name = "fdset";
	run(multi);
	report_all();
	clean_up(multi);
	printf("mine=%s\n", fcntl(max, F_GETFD) >= 0 ? "open" : "closed");
	return 0;
}

/*
 * The number has become that of a timer of the program's own: neither set nor closed by anyone
 * else.
 */
static int descriptors_clock(char **urls)
{
	CURLM *multi = wait_for_retry(urls);
	struct itimerspec own = { .it_value = { .tv_sec = 100000 } };
	struct itimerspec now;
	int clock = timerfd_create(CLOCK_MONOTONIC, 0);
	int max = -1;
	fd_set set;

	timerfd_settime(clock, 0, &own, NULL);
	FD_ZERO(&set);
	curl_multi_fdset(multi, &set, &set, &set, &max);
	if (dup2(clock, max) < 0)
		fail("dup2");
	loop_name = "fdset";
	run(multi);
	report_all();
	clean_up(multi);
	timerfd_gettime(clock, &now);
	printf("clock=%s,%s\n", fcntl(max, F_GETFD) >= 0 ? "open" : "closed",
	       now.it_value.tv_sec > 90000 ? "untouched" : "set");
	return 0;
}

/* ---- fork: the child cleans up what it has inherited, in the middle of the parent's wait ---- */

static int forks(char **urls)
{
	CURLM *multi = wait_for_retry(urls);
	fd_set set;
	int max = -1;
	int status;
	pid_t child;
	struct timeval limit = { 20, 0 };

	FD_ZERO(&set);
	curl_multi_fdset(multi, &set, &set, &set, &max);
	child = fork();
	if (!child) {
		curl_multi_remove_handle(multi, transfers[0].easy);
		curl_easy_cleanup(transfers[0].easy);
		curl_multi_cleanup(multi);
		_exit(0);
	}
	waitpid(child, &status, 0);
	FD_ZERO(&set);
	FD_SET(max, &set);
	printf("child=%d wakes=%s\n", status,
	       select(max + 1, &set, NULL, NULL, &limit) == 1 ? "yes" : "no");
	run(multi);
	report_all();
	clean_up(multi);
	return 0;
}

/* The child goes on with what it has inherited; the parent only waits. */
static int forks_on(char **urls)
{
	CURLM *multi = wait_for_retry(urls);
	int status;
	pid_t child;

	wait_by_select(multi, 0);
	child = fork();
	if (!child) {
		loop_name = "fdset";
		run(multi);
		report_all();
		clean_up(multi);
		exit(0);
	}
	waitpid(child, &status, 0);
	printf("child=%d\n", status);
	return 0;
}

static const struct mode modes[] = {
	{ "descriptors", descriptors },
	{ "descriptors-clock", descriptors_clock },
	{ "forks", forks },
	{ "forks-on", forks_on },
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_mode(modes, argc, argv);
}
