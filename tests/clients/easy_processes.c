/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -lpthread */
/* Threads, forks, signals and descriptors of the program's. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "easy.h"

/*
 * ---- threads: 8 (or ARG/1000) threads of transfers, URL ending in a prefix for a key of each ----
 */

static int transfers_per_thread;
static int wrong;

static void *thread_main(void *user)
{
	const char *url = user;
	static int next;
	int thread = __atomic_add_fetch(&next, 1, __ATOMIC_RELAXED);
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	for (int i = 0; i < transfers_per_thread; i++) {
		char each[1024];
		long status = 0;

		/* A third of them fails first. */
		snprintf(each, sizeof(each), url, i % 3 ? "200" : "503,200", thread, i);
		seen.bytes = 0;
		curl_easy_setopt(easy, CURLOPT_URL, each);
		CURLcode code = curl_easy_perform(easy);
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
		if (code || status != 200 || !seen.bytes)
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
	}
	curl_easy_cleanup(easy);
	return NULL;
}

static int threads(const char *url)
{
	pthread_t thread[8];

	curl_global_init(CURL_GLOBAL_ALL);
	transfers_per_thread = argument ? atoi(argument) : 100;
	for (int i = 0; i < 8; i++)
		pthread_create(&thread[i], NULL, thread_main, (void *)url);
	for (int i = 0; i < 8; i++)
		pthread_join(thread[i], NULL);
	printf("wrong=%d\n", wrong);
	return wrong != 0;
}

/* ---- a handle made in one thread and used in another ---- */

static void *performing_thread(void *user)
{
	struct seen *seen = user;

	report(seen, curl_easy_perform(seen->easy));
	return NULL;
}

static int handed_over(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);
	pthread_t thread;

	pthread_create(&thread, NULL, performing_thread, &seen);
	pthread_join(thread, NULL);
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- forks while other threads wait: the children work, the threads too ---- */

static void *waiting_thread(void *user)
{
	struct seen seen;
	CURL *easy = new_easy(user, &seen);

	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return NULL;
}

static int fork_in_threads(const char *url)
{
	pthread_t thread[4];
	char each[4][1024];
	int failed = 0;

	curl_global_init(CURL_GLOBAL_ALL);
	for (int i = 0; i < 4; i++) {
		snprintf(each[i], sizeof(each[i]), "%sthread%d", url, i);
		pthread_create(&thread[i], NULL, waiting_thread, each[i]);
	}
	for (int i = 0; i < 8; i++) {
		pid_t pid = fork();
		int status;

		if (!pid) {
			struct seen seen;
			char own[1024];

			snprintf(own, sizeof(own), "%schild%d", url, i);
			CURL *easy = new_easy(own, &seen);
			CURLcode code = curl_easy_perform(easy);
			curl_easy_cleanup(easy);
			_exit(code || !seen.bytes);
		}
		waitpid(pid, &status, 0);
		failed += status != 0;
	}
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	printf("failed=%d\n", failed);
	return 0;
}

/* ---- children: each waits its own jitter ---- */

static int forks(const char *url)
{
	for (int i = 0; i < 4; i++) {
		if (!fork()) {
			struct seen seen;
			char each[1024];

			snprintf(each, sizeof(each), "%s%d", url, i);
			CURL *easy = new_easy(each, &seen);
			CURLcode code = curl_easy_perform(easy);
			_exit(code ? 1 : 0);
		}
	}
	for (int i = 0; i < 4; i++) {
		int status;

		wait(&status);
		printf("status=%d\n", status);
	}
	return 0;
}

/* ---- a signal in the middle of a wait ---- */

static volatile sig_atomic_t signals;

static void on_signal(int number)
{
	(void)number;
	signals++;
}

static int signalled(const char *url)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct itimerval often = { { 0, 20000 }, { 0, 20000 } };
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	CURLcode code = curl_easy_perform(easy);
	printf("signals=%s ", signals > 5 ? "many" : "few");
	report(&seen, code);
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- descriptors: all closed, and 2 opened as a file of the program's ---- */

static int descriptors(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);
	int out = dup(1);

	for (int i = 0; i < 64; i++) {
		if (i != out)
			close(i);
	}
	for (int i = 0; i < 8; i++)
		open(argument, O_WRONLY | O_CREAT, 0600);
	CURLcode code = curl_easy_perform(easy);
	dprintf(out, "code=%d bytes=%zu\n", code, seen.bytes);
	return 0;
}

static const struct scenario scenarios[] = {
	{ "threads", threads },
	{ "handed-over", handed_over },
	{ "fork-in-threads", fork_in_threads },
	{ "forks", forks },
	{ "signalled", signalled },
	{ "descriptors", descriptors },
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_scenario(scenarios, argc, argv);
}
