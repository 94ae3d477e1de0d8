/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -lpthread -ldl */
/*
 * Processes and threads, each with transfers of its own; %s in URL becomes each transfer's key.
 * reach_load fork URL               a thread is in the middle of a transfer when another one forks
 * reach_load inside URL             the fork is made by the transfer's own callback
 * reach_load prefork URL N M        N children of a parent that has done a transfer: M transfers
 * each reach_load spawn|vfork CURL URL   such a child runs curl, while a thread goes on with
 * transfers
 */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <pthread.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const char *url;
static sem_t in_the_middle;
static sem_t go_on;
static bool stop_there;
static bool fork_there;

static int child(void);

static int status_of(pid_t pid)
{
	int status = -1;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
	(void)data;
	if (user && !*(size_t *)user && fork_there) {
		pid_t pid = fork();

		if (!pid)
			_exit(child());
		printf("child %d\n", status_of(pid));
	}
	if (user && !*(size_t *)user && stop_there) {
		sem_post(&in_the_middle);
		sem_wait(&go_on);
	}
	if (user)
		*(size_t *)user += size * count;
	return size * count;
}

static long get(const char *key, size_t *bytes)
{
	char full[1024];
	long status = 0;
	CURL *easy = curl_easy_init();
	int code;

	snprintf(full, sizeof(full), url, key);
	curl_easy_setopt(easy, CURLOPT_URL, full);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, bytes);
	code = curl_easy_perform(easy);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(easy);
	return code ? -code : status;
}

/* 0: as it should be. */
static int child(void)
{
	return get("child", NULL) == 200 ? 0 : 1;
}

static void *in_thread(void *key)
{
	size_t bytes = 0;
	long status = get(key, &bytes);

	printf("%s %ld bytes %zu\n", (char *)key, status, bytes);
	return NULL;
}

static void fork_beside(void)
{
	pthread_t thread;
	pid_t pid;

	stop_there = true;
	pthread_create(&thread, NULL, in_thread, "parent");
	sem_wait(&in_the_middle);
	pid = fork();
	if (!pid)
		_exit(child());
	printf("child %d\n", status_of(pid));
	sem_post(&go_on);
	pthread_join(thread, NULL);
}

static int several(int number, int times)
{
	int wrong = 0;

	for (int i = 0; i < times; i++) {
		char key[64];

		snprintf(key, sizeof(key), "worker%d-%d", number, i);
		wrong += get(key, NULL) != 200;
	}
	return wrong;
}

static void prefork(int children, int times)
{
	pid_t pids[16];

	printf("parent %ld\n", get("parent", NULL));
	fflush(stdout);
	for (int i = 0; i < children && i < 16; i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(several(i, times));
	}
	for (int i = 0; i < children && i < 16; i++)
		printf("child %d\n", status_of(pids[i]));
	printf("after %ld\n", get("after", NULL));
}

static void run(bool by_vfork, const char *curl)
{
	char full[1024];
	char *arguments[] = {
		"curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}\n", full, NULL
	};
	pthread_t thread;
	pid_t pid = -1;

	snprintf(full, sizeof(full), url, "child");
	stop_there = true;
	pthread_create(&thread, NULL, in_thread, "parent");
	sem_wait(&in_the_middle);
	if (by_vfork) {
		pid = vfork();
		if (!pid) {
			execv(curl, arguments);
			_exit(127);
		}
	} else if (posix_spawn(&pid, curl, NULL, NULL, arguments, environ)) {
		printf("FAILED: posix_spawn\n");
	}
	printf("child %d\n", status_of(pid));
	sem_post(&go_on);
	pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	sem_init(&in_the_middle, 0, 0);
	sem_init(&go_on, 0, 0);
	curl_global_init(CURL_GLOBAL_ALL);
	url = argc > 2 ? argv[argc == 4 ? 3 : 2] : "";
	if (argc == 3 && !strcmp(argv[1], "fork")) {
		fork_beside();
	} else if (argc == 3 && !strcmp(argv[1], "inside")) {
		size_t bytes = 0;
		long status;

		fork_there = true;
		status = get("parent", &bytes);
		printf("parent %ld bytes %zu\n", status, bytes);
	} else if (argc == 5 && !strcmp(argv[1], "prefork")) {
		prefork(atoi(argv[3]), atoi(argv[4]));
	} else if (argc == 4 && (!strcmp(argv[1], "spawn") || !strcmp(argv[1], "vfork"))) {
		run(!strcmp(argv[1], "vfork"), argv[2]);
	} else {
		return 2;
	}
	return 0;
}
