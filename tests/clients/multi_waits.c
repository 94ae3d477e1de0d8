/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -lpthread -ldl */
/* What waits do, and what the program is told, while a transfer waits or nothing is there. */
#include <pthread.h>

#include "loops.h"

static long asked_timeout(CURLM *multi)
{
	long ms = -1;

	curl_multi_timeout(multi, &ms);
	return ms;
}

static void *waking_thread(void *user)
{
	/* Whether the other is in its wait by then does not matter: wake-ups are kept for it. */
	curl_multi_wakeup(user);
	return NULL;
}

static int waits(char **urls)
{
	CURLM *multi = wait_for_retry(urls);
	long ms = asked_timeout(multi);
	int64_t start = now_ms();
	pthread_t thread;
	int pipes[2];
	struct curl_waitfd extra;
	int ready = -1;

	printf("timeout=%s ", ms > 30000 && ms <= 60000 ? "right" : "wrong");
	/* The wait of an idle multi handle would end at once. */
	curl_multi_wait(multi, NULL, 0, 200, NULL);
	printf("wait=%s ", now_ms() - start >= 190 ? "waits" : "spins");
	if (pipe(pipes) || write(pipes[1], "x", 1) != 1)
		fail("pipe");
	extra = (struct curl_waitfd){ .fd = pipes[0], .events = CURL_WAIT_POLLIN };
	curl_multi_wait(multi, &extra, 1, WAIT_MS, &ready);
	printf("ready=%d,%d ", ready, extra.revents);
	extra.revents = 0;
	curl_multi_poll(multi, &extra, 1, WAIT_MS, &ready);
	printf("ready=%d,%d ", ready, extra.revents);
	pthread_create(&thread, NULL, waking_thread, multi);
	curl_multi_poll(multi, NULL, 0, WAIT_MS, &ready);
	pthread_join(thread, NULL);
	printf("woken=%d negative=%d\n", ready, curl_multi_poll(multi, NULL, 0, -1, NULL));
	clean_up(multi);
	return 0;
}

/* A wake-up is for curl_multi_poll: curl_multi_wait leaves it there. */
static int wakeup_kept(char **urls)
{
	CURLM *multi = wait_for_retry(urls);
	int64_t start;

	curl_multi_wakeup(multi);
	start = now_ms();
	curl_multi_wait(multi, NULL, 0, 200, NULL);
	printf("wait=%s ", now_ms() - start >= 190 ? "sleeps" : "wakes");
	start = now_ms();
	curl_multi_poll(multi, NULL, 0, 5000, NULL);
	printf("poll=%s\n", now_ms() - start < 4000 ? "wakes" : "sleeps");
	clean_up(multi);
	return 0;
}

/* A multi handle that holds nothing, or nothing that runs, keeps its character. */
static int idle(char **urls)
{
	CURLM *multi = new_multi();
	int64_t start = now_ms();
	int ready = -1;
	int max = -2;
	fd_set set;

	(void)urls;
	FD_ZERO(&set);
	curl_multi_wait(multi, NULL, 0, 5000, NULL);
	printf("wait=%s ", now_ms() - start < 2000 ? "returns" : "sleeps");
	start = now_ms();
	curl_multi_poll(multi, NULL, 0, 200, &ready);
	printf("poll=%s,%d ", now_ms() - start >= 190 ? "sleeps" : "returns", ready);
	curl_multi_fdset(multi, &set, &set, &set, &max);
	printf("max=%d timeout=%ld\n", max, asked_timeout(multi));
	curl_multi_cleanup(multi);
	return 0;
}

static const struct mode modes[] = {
	{ "minute", waits },
	{ "wakeup-kept", wakeup_kept },
	{ "idle", idle },
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_mode(modes, argc, argv);
}
