/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -lpthread */
/*
 * A call of curl_easy_perform that never returns: broken_off HOW URL NEXT_URL, once the file "log"
 * says that it waits. HOW is "jump", out of a signal handler, "cancel", of the thread that is in
 * it, or "nested", which performs the handle in its own progress callback. Then tells what the
 * handle is still good for.
 */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static sigjmp_buf outside;
static CURL *easy;
static size_t received;
static char error[CURL_ERROR_SIZE];

static void wait_for_log(void)
{
	struct stat about;

	while (stat("log", &about) || !about.st_size)
		usleep(10000);
}

static void on_signal(int signal)
{
	(void)signal;
	siglongjmp(outside, 1);
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
	(void)data;
	(void)user;
	received += size * count;
	return size * count;
}

static void *interrupt(void *performer)
{
	wait_for_log();
	pthread_kill(*(pthread_t *)performer, SIGUSR1);
	return NULL;
}

static void jump(void)
{
	static pthread_t performer;
	static pthread_t thread;

	performer = pthread_self();
	signal(SIGUSR1, on_signal);
	if (sigsetjmp(outside, 1)) {
		pthread_join(thread, NULL);
		return;
	}
	pthread_create(&thread, NULL, interrupt, &performer);
	curl_easy_perform(easy);
	puts("returned");
}

static void *perform(void *unused)
{
	(void)unused;
	curl_easy_perform(easy);
	puts("returned");
	return NULL;
}

static void cancel(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, perform, NULL);
	wait_for_log();
	pthread_cancel(thread);
	pthread_join(thread, NULL);
}

static void tell(const char *what, CURLcode code)
{
	printf("%s: %d, %zu bytes, %s\n", what, code, received, error);
}

static int on_progress(void *user, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
		       curl_off_t up)
{
	static int told;
	struct stat about;

	(void)user, (void)down_total, (void)down, (void)up_total, (void)up;
	if (!told && !stat("log", &about) && about.st_size) {
		told = 1;
		tell("inside", curl_easy_perform(easy));
	}
	return 0;
}

static void nest(void)
{
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	tell("outside", curl_easy_perform(easy));
}

static void set(const char *url)
{
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
	received = 0;
}

int main(int argc, char **argv)
{
	CURL *copy;

	if (argc < 4)
		return 2;
	curl_global_init(CURL_GLOBAL_ALL);
	easy = curl_easy_init();
	set(argv[2]);
	if (!strcmp(argv[1], "nested"))
		nest();
	else if (!strcmp(argv[1], "jump"))
		jump();
	else
		cancel();
	set(argv[3]);
	tell("again", curl_easy_perform(easy));
	curl_easy_reset(easy);
	set(argv[3]);
	tell("reset", curl_easy_perform(easy));
	copy = curl_easy_duphandle(easy);
	curl_easy_cleanup(easy);
	received = 0;
	tell("copy", curl_easy_perform(copy));
	curl_easy_cleanup(copy);
	return 0;
}
