/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -lpthread -ldl */
/* Many transfers, and many threads. */
#include <pthread.h>

#include "loops.h"

/* ---- many: N transfers of the URL pattern, three of ten failing first ---- */

static int many(char **urls)
{
	int wanted = atoi(urls[1]);
	bool clean = urls[2] && !strcmp(urls[2], "clean");
	CURLM *multi = new_multi();
	static char each[MANY][256];
	int wrong = 0;

	curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, 50L);
	for (int i = 0; i < wanted; i++) {
		snprintf(each[i], sizeof(each[i]), urls[0],
			 !clean && i % 10 < 3 ? "503,200" : "200", i);
		add_to(multi, add_transfer(each[i]));
	}
	run(multi);
	for (int i = 0; i < count; i++) {
		long status = 0;

		curl_easy_getinfo(transfers[i].easy, CURLINFO_RESPONSE_CODE, &status);
		wrong += transfers[i].code || status != 200 || transfers[i].messages != 1 ||
			 transfers[i].headers != 4 || !transfers[i].bytes;
	}
	printf("wrong=%d turns=%d timers=%d\n", wrong, turns, timer_calls);
	clean_up(multi);
	return 0;
}

/* What these turns cost is measured from outside, by this name. */
__attribute__((noinline)) static void turn_idly(CURLM *multi, int rounds)
{
	int running;

	for (int i = 0; i < rounds; i++)
		curl_multi_perform(multi, &running);
}

/* N that wait for a minute. */
static int many_wait(char **urls)
{
	int wanted = atoi(urls[1]);
	CURLM *multi = new_multi();

	curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, 50L);
	for (int i = 0; i < wanted; i++)
		add_to(multi, add_transfer(urls[0]));
	perform_until_logged(multi, wanted);
	turn_idly(multi, atoi(urls[2]));
	clean_up(multi);
	return 0;
}

/*
 * ---- threads: eight, a multi handle each, of N transfers; URL with a place for script, thread and
 * number ----
 */

static const char *thread_pattern;
static int per_thread;
static int wrong_in_threads;

/* All at once, a third of them failing first. */
static void *thread_main(void *user)
{
	enum { MOST = 100 };
	static int next;
	int thread = __atomic_add_fetch(&next, 1, __ATOMIC_RELAXED);
	struct transfer seen[MOST];
	CURLM *multi;
	int running;

	/* All meet libcurl at once. */
	pthread_barrier_wait(user);
	multi = curl_multi_init();
	for (int i = 0; i < per_thread && i < MOST; i++) {
		char url[1024];

		seen[i] = (struct transfer){ .easy = curl_easy_init() };
		snprintf(url, sizeof(url), thread_pattern, i % 3 ? "200" : "503,200", thread, i);
		curl_easy_setopt(seen[i].easy, CURLOPT_URL, url);
		curl_easy_setopt(seen[i].easy, CURLOPT_WRITEFUNCTION, on_body);
		curl_easy_setopt(seen[i].easy, CURLOPT_WRITEDATA, &seen[i]);
		curl_easy_setopt(seen[i].easy, CURLOPT_NOSIGNAL, 1L);
		curl_multi_add_handle(multi, seen[i].easy);
	}
	do {
		curl_multi_perform(multi, &running);
		if (running)
			curl_multi_poll(multi, NULL, 0, WAIT_MS, NULL);
	} while (running);
	for (int i = 0; i < per_thread && i < MOST; i++) {
		long status = 0;

		curl_easy_getinfo(seen[i].easy, CURLINFO_RESPONSE_CODE, &status);
		if (status != 200 || !seen[i].bytes)
			__atomic_add_fetch(&wrong_in_threads, 1, __ATOMIC_RELAXED);
		curl_multi_remove_handle(multi, seen[i].easy);
		curl_easy_cleanup(seen[i].easy);
	}
	curl_multi_cleanup(multi);
	return NULL;
}

static int threads(char **urls)
{
	pthread_t thread[8];
	pthread_barrier_t start;

	pthread_barrier_init(&start, NULL, 8);
	curl_global_init(CURL_GLOBAL_ALL);
	thread_pattern = urls[0];
	per_thread = atoi(urls[1]);
	for (int i = 0; i < 8; i++)
		pthread_create(&thread[i], NULL, thread_main, &start);
	for (int i = 0; i < 8; i++)
		pthread_join(thread[i], NULL);
	printf("wrong=%d\n", wrong_in_threads);
	return wrong_in_threads != 0;
}

/* A multi handle whose transfer waits goes to another thread. */
static void *finishing_thread(void *user)
{
	run(user);
	return NULL;
}

static int handed_over(char **urls)
{
	CURLM *multi = wait_for_retry(urls);
	pthread_t thread;

	pthread_create(&thread, NULL, finishing_thread, multi);
	pthread_join(thread, NULL);
	report_all();
	clean_up(multi);
	return 0;
}

static const struct mode modes[] = {
	{ "many", many },
	{ "many-wait", many_wait },
	{ "threads", threads },
	{ "handed-over", handed_over },
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_mode(modes, argc, argv);
}
