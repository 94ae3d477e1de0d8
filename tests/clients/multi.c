/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -lpthread -ldl */
/*
 * What no stock client does with the multi interface: multi MODE URL...
 * Each mode prints what the program saw, for the test to compare; a breach of
 * libcurl's rules that needs no comparing is FAILED.
 */
#define CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_DEPRECATION
#include <curl/curl.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Longer than a test lasts: whoever sleeps past something is found out. */
#define WAIT_MS 100000
#define MANY 4096

struct transfer {
	CURL *easy;
	CURLM *multi;
	const char *url;
	size_t headers;
	size_t bytes;
	uint64_t hash;
	CURLcode code;
	int messages;
	int calls;
	int pauses;
	int told_done;
	int abort_ms;			/* after the start: the progress callback ends it */
	int64_t aborted;
	char error[CURL_ERROR_SIZE];
};

static struct transfer transfers[MANY];
static int count;
/* So many of them are in a multi handle, or were. */
static int added;
/* The transfers in the order of their messages. */
static int order[MANY];
static int finished;
/* How often an event loop has come back to libcurl. */
static int turns;
static int64_t began;

static void fail(const char *what)
{
	printf("FAILED: %s\n", what);
	exit(1);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static size_t on_body(char *data, size_t size, size_t n, void *user)
{
	struct transfer *transfer = user;

	for (size_t i = 0; i < size * n; i++)
		transfer->hash =
			(transfer->hash ^ (unsigned char)data[i]) * UINT64_C(0x100000001b3);
	transfer->bytes += size * n;
	return size * n;
}

static size_t on_header(char *data, size_t size, size_t n, void *user)
{
	struct transfer *transfer = user;

	(void)data;
	transfer->headers++;
	return size * n;
}

static struct transfer *add_transfer(const char *url)
{
	struct transfer *transfer = &transfers[count++];
	CURL *easy = curl_easy_init();

	if (!easy)
		fail("no easy handle");
	*transfer = (struct transfer){ .easy = easy, .url = url };
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	return transfer;
}

static void add_to(CURLM *multi, struct transfer *transfer)
{
	transfer->multi = multi;
	if (curl_multi_add_handle(multi, transfer->easy))
		fail("curl_multi_add_handle");
	added++;
}

static void add_all(CURLM *multi, char **urls)
{
	while (*urls)
		add_to(multi, add_transfer(*urls++));
}

static struct transfer *of(CURL *easy)
{
	struct transfer *transfer = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
	return transfer;
}

static void report(const struct transfer *transfer)
{
	long status = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	printf("code=%d status=%ld headers=%zu bytes=%zu hash=%016" PRIx64
	       " messages=%d error=%s\n",
	       transfer->code, status, transfer->headers, transfer->bytes, transfer->hash,
	       transfer->messages, transfer->error[0] ? "set" : "empty");
	fflush(stdout);
}

static void report_all(void)
{
	for (int i = 0; i < count; i++)
		report(&transfers[i]);
}

static void print_order(void)
{
	printf("order=");
	for (int i = 0; i < finished; i++)
		printf("%s%d", i ? "," : "", order[i]);
	printf("\n");
}

static void clean_up(CURLM *multi)
{
	for (int i = 0; i < count; i++) {
		curl_multi_remove_handle(multi, transfers[i].easy);
		curl_easy_cleanup(transfers[i].easy);
	}
	if (curl_multi_cleanup(multi))
		fail("curl_multi_cleanup");
}

static void take(const CURLMsg *message)
{
	struct transfer *transfer = of(message->easy_handle);

	if (message->msg != CURLMSG_DONE || transfer->messages++)
		fail("a message came twice");
	transfer->code = message->data.result;
	order[finished++] = (int)(transfer - transfers);
}

/* Reads what there is; the queue's length counts down to 0. */
static void read_messages(CURLM *multi)
{
	int before = -1;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(multi, &left))) {
		if (before >= 0 && left != before - 1)
			fail("the queue's length is wrong");
		before = left;
		take(message);
	}
	if (left || before > 0)
		fail("the queue's length is wrong at its end");
}

static void check_running(int running)
{
	if (running != added - finished)
		fail("running transfers and messages do not add up");
}

/* How many events there are in the log. */
static int logged(void)
{
	const char *path = getenv("CURLRETRY_LOG");
	FILE *log = path ? fopen(path, "r") : NULL;
	int lines = 0;
	int c;

	if (!log)
		return 0;
	while ((c = getc(log)) != EOF)
		lines += c == '\n';
	fclose(log);
	return lines;
}

/* Until that many events are logged: the first of a transfer says that it waits. */
static void perform_until_logged(CURLM *multi, int events)
{
	int running = 1;

	while (logged() < events) {
		if (!running)
			fail("it ended");
		curl_multi_perform(multi, &running);
		if (logged() < events)
			curl_multi_poll(multi, NULL, 0, 10, NULL);
	}
	check_running(running);
}

/* ---- loops with curl_multi_perform; they differ in how they wait ---- */

static void wait_by_wait(CURLM *multi)
{
	curl_multi_wait(multi, NULL, 0, WAIT_MS, NULL);
}

static void wait_by_poll(CURLM *multi)
{
	curl_multi_poll(multi, NULL, 0, WAIT_MS, NULL);
}

/* As the man page of curl_multi_fdset has it. */
static void wait_by_select(CURLM *multi, long ms)
{
	fd_set readable, writable, exceptional;
	struct timeval limit = { ms / 1000, (ms % 1000) * 1000 };
	int max = -1;

	FD_ZERO(&readable);
	FD_ZERO(&writable);
	FD_ZERO(&exceptional);
	if (curl_multi_fdset(multi, &readable, &writable, &exceptional, &max))
		fail("curl_multi_fdset");
	if (max == -1 && ms > 100)
		limit = (struct timeval){ 0, 100000 };
	select(max + 1, &readable, &writable, &exceptional, &limit);
}

static void wait_by_fdset(CURLM *multi)
{
	wait_by_select(multi, WAIT_MS);
}

static void wait_by_timeout(CURLM *multi)
{
	long ms;

	if (curl_multi_timeout(multi, &ms))
		fail("curl_multi_timeout");
	wait_by_select(multi, ms < 0 ? WAIT_MS : ms);
}

static CURLMcode (*waitfds)(CURLM *, struct curl_waitfd *, unsigned, unsigned *);

static short to_poll(const struct curl_waitfd *fd)
{
	return (short)(((fd->events & CURL_WAIT_POLLIN) ? POLLIN : 0) |
		       ((fd->events & CURL_WAIT_POLLOUT) ? POLLOUT : 0));
}

static void wait_by_waitfds(CURLM *multi)
{
	static struct curl_waitfd fds[MANY];
	static struct pollfd polled[MANY];
	unsigned needed = 0;
	unsigned used = 0;
	long ms;

	if (waitfds(multi, NULL, 0, &needed) || waitfds(multi, fds, needed, &used))
		fail("curl_multi_waitfds");
	if (needed < used)
		fail("curl_multi_waitfds needs more than it said");
	for (unsigned i = 0; i < used; i++)
		polled[i] = (struct pollfd){ .fd = fds[i].fd, .events = to_poll(&fds[i]) };
	/* Without a descriptor of a retry's, this would sleep past it. */
	curl_multi_timeout(multi, &ms);
	poll(polled, used, used || ms < 0 ? WAIT_MS : (int)ms);
}

static void perform_loop(CURLM *multi, void (*wait)(CURLM *))
{
	int running;

	do {
		turns++;
		if (curl_multi_perform(multi, &running))
			fail("curl_multi_perform");
		read_messages(multi);
		check_running(running);
		if (running)
			wait(multi);
	} while (running);
}

/* ---- loops with curl_multi_socket_action ---- */

static struct {
	curl_socket_t socket;
	short events;
} sockets[MANY];
static int sockets_used;

static int64_t timer_due = -1;
static int timer_calls;
static int timer_answer;
/* How long before it is due the program's timer fires, as those of coarse clocks do. */
static int timer_early;

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *user, void *assigned)
{
	int i = 0;

	(void)easy;
	(void)user;
	(void)assigned;
	while (i < sockets_used && sockets[i].socket != socket)
		i++;
	if (what == CURL_POLL_REMOVE) {
		if (i < sockets_used)
			sockets[i] = sockets[--sockets_used];
		return 0;
	}
	if (i == sockets_used)
		sockets_used++;
	sockets[i].socket = socket;
	sockets[i].events = (short)(((what & CURL_POLL_IN) ? POLLIN : 0) |
				    ((what & CURL_POLL_OUT) ? POLLOUT : 0));
	return 0;
}

static int on_timer(CURLM *multi, long ms, void *user)
{
	(void)multi;
	(void)user;
	timer_calls++;
	timer_due = ms < 0 ? -1 : now_ms() + ms - (ms / 2 < timer_early ? ms / 2 : timer_early);
	return timer_answer;
}

static void use_sockets(CURLM *multi)
{
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
}

/* What is ready, into READY; returns how much. */
static int poll_sockets(struct pollfd *ready)
{
	static struct pollfd polled[MANY];
	int64_t left = timer_due < 0 ? WAIT_MS : timer_due - now_ms();
	int used = 0;

	if (timer_due < 0 && !sockets_used)
		fail("there is nothing to wait for");
	for (int i = 0; i < sockets_used; i++)
		polled[i] = (struct pollfd){ .fd = sockets[i].socket, .events = sockets[i].events };
	poll(polled, (nfds_t)sockets_used, left < 0 ? 0 : (int)left);
	for (int i = 0; i < sockets_used; i++) {
		if (polled[i].revents)
			ready[used++] = polled[i];
	}
	return used;
}

static bool timer_fires(void)
{
	if (timer_due < 0 || now_ms() < timer_due)
		return false;
	timer_due = -1;
	return true;
}

/* One that an earlier call of the same turn has removed is not named to libcurl. */
static bool is_watched(curl_socket_t socket)
{
	for (int i = 0; i < sockets_used; i++) {
		if (sockets[i].socket == socket)
			return true;
	}
	return false;
}

static void act(CURLM *multi, curl_socket_t socket, int events, int *running)
{
	turns++;
	if (curl_multi_socket_action(multi, socket, events, running))
		fail("curl_multi_socket_action");
	read_messages(multi);
	check_running(*running);
}

static int to_action(short revents)
{
	return ((revents & (POLLIN | POLLHUP)) ? CURL_CSELECT_IN : 0) |
	       ((revents & POLLOUT) ? CURL_CSELECT_OUT : 0) |
	       ((revents & (POLLERR | POLLNVAL)) ? CURL_CSELECT_ERR : 0);
}

static int socket_turn(CURLM *multi)
{
	static struct pollfd ready[MANY];
	int n = poll_sockets(ready);
	int running = added - finished;

	if (timer_fires())
		act(multi, CURL_SOCKET_TIMEOUT, 0, &running);
	for (int i = 0; i < n; i++) {
		if (is_watched(ready[i].fd))
			act(multi, ready[i].fd, to_action(ready[i].revents), &running);
	}
	return running;
}

/* use_sockets() came before the first transfer was added. */
static void socket_loop(CURLM *multi)
{
	while (socket_turn(multi))
		;
}

/* Whether it is a descriptor that gets readable at a time. */
static bool is_clock(int fd)
{
	char path[64];
	char what[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, what, sizeof(what) - 1) > 0 && strstr(what, "timerfd");
}

/* Waits for libcurl's sockets and the program's own timer only. */
static bool wait_for_timer(CURLM *multi)
{
	int64_t left = timer_due < 0 ? WAIT_MS : timer_due - now_ms();
	struct timeval limit = { 0, 0 };
	fd_set readable, writable, exceptional;
	int watched = 0;
	int max = -1;

	FD_ZERO(&readable);
	FD_ZERO(&writable);
	FD_ZERO(&exceptional);
	curl_multi_fdset(multi, &readable, &writable, &exceptional, &max);
	for (int fd = 0; fd <= max; fd++) {
		if (FD_ISSET(fd, &readable) && is_clock(fd))
			FD_CLR(fd, &readable);
		watched += FD_ISSET(fd, &readable) || FD_ISSET(fd, &writable);
	}
	if (timer_due < 0 && !watched)
		fail("there is nothing to wait for");
	if (left > 0)
		limit = (struct timeval){ left / 1000, (left % 1000) * 1000 };
	select(max + 1, &readable, &writable, &exceptional, &limit);
	return timer_fires();
}

/*
 * The timer callback with curl_multi_perform, as CURLMOPT_TIMERFUNCTION(3) has it, and with actions
 * in between.
 */
static void mixed_loop(CURLM *multi)
{
	int running = added;

	while (running) {
		bool timed = wait_for_timer(multi);

		if (timed && turns % 3 == 2)
			curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
		else
			curl_multi_perform(multi, &running);
		turns++;
		read_messages(multi);
		check_running(running);
	}
}

/* The timer callback, and all sockets at once. */
static void all_loop(CURLM *multi)
{
	static struct pollfd ready[MANY];
	int running = added;

	while (running) {
		poll_sockets(ready);
		timer_fires();
		turns++;
		curl_multi_socket_all(multi, &running);
		read_messages(multi);
		check_running(running);
	}
}

static const struct {
	const char *name;
	void (*wait)(CURLM *);
	void (*loop)(CURLM *);
} loops[] = {
	{ "wait", wait_by_wait, NULL },	  { "poll", wait_by_poll, NULL },
	{ "fdset", wait_by_fdset, NULL }, { "timeout", wait_by_timeout, NULL },
	{ "waitfds", wait_by_waitfds, NULL }, { "socket", NULL, socket_loop },
	{ "mixed", NULL, mixed_loop },	  { "all", NULL, all_loop },
};

static const char *loop_name = "poll";

static void *newer(const char *name)
{
	void *function = dlsym(RTLD_DEFAULT, name);

	if (function)
		return function;
	printf("unsupported: %s\n", name);
	exit(0);
}

static CURLM *new_multi(void)
{
	CURLM *multi = curl_multi_init();

	if (!multi)
		fail("no multi handle");
	began = now_ms();
	if (!strcmp(loop_name, "socket") || !strcmp(loop_name, "all"))
		use_sockets(multi);
	if (!strcmp(loop_name, "mixed"))
		curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
	return multi;
}

static void run(CURLM *multi)
{
	for (size_t i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
		if (strcmp(loop_name, loops[i].name))
			continue;
		if (loops[i].loop)
			loops[i].loop(multi);
		else
			perform_loop(multi, loops[i].wait);
		return;
	}
	fail("no such loop");
}

/* ---- all URLs at once ---- */

static int plain(char **urls)
{
	CURLM *multi = new_multi();

	add_all(multi, urls);
	run(multi);
	report_all();
	print_order();
	printf("turns=%d\n", turns);
	clean_up(multi);
	return 0;
}

static int early(char **urls)
{
	timer_early = 20;
	return plain(urls);
}

/* ---- the messages: none read before the end, and all still right when all are read ---- */

static int unread(char **urls)
{
	CURLM *multi = new_multi();
	CURLMsg *kept[MANY];
	int running;
	int left;

	add_all(multi, urls);
	do {
		curl_multi_perform(multi, &running);
		if (running)
			curl_multi_wait(multi, NULL, 0, WAIT_MS, NULL);
	} while (running);
	for (int i = 0; i < count; i++) {
		kept[i] = curl_multi_info_read(multi, &left);
		printf("left=%d\n", left);
	}
	if (curl_multi_info_read(multi, &left) || left)
		fail("one message more");
	curl_multi_perform(multi, &running);
	for (int i = 0; i < count; i++)
		take(kept[i]);
	report_all();
	clean_up(multi);
	return 0;
}

/* A message that is not read goes with its transfer: those of the first and the second. */
static int unread_removed(char **urls)
{
	CURLM *multi = new_multi();
	CURLMsg *message;
	int running;
	int left;

	add_all(multi, urls);
	do {
		curl_multi_perform(multi, &running);
		if (running)
			curl_multi_wait(multi, NULL, 0, WAIT_MS, NULL);
	} while (running);
	curl_multi_remove_handle(multi, transfers[0].easy);
	curl_easy_cleanup(transfers[1].easy);
	while ((message = curl_multi_info_read(multi, &left)))
		printf("message of %d, left=%d\n", (int)(of(message->easy_handle) - transfers),
		       left);
	curl_easy_cleanup(transfers[0].easy);
	curl_multi_cleanup(multi);
	for (int i = 2; i < count; i++)
		curl_easy_cleanup(transfers[i].easy);
	return 0;
}

/* ---- a transfer that waits is taken away; its delay is a minute ---- */

static CURLM *wait_for_retry(char **urls)
{
	CURLM *multi = new_multi();

	add_all(multi, urls);
	perform_until_logged(multi, 1);
	return multi;
}

/* Nothing is left of it. */
static void check_empty(CURLM *multi)
{
	int running = -1;
	int left = -1;
	long ms = 0;
	CURLMsg *message;

	curl_multi_timeout(multi, &ms);
	curl_multi_perform(multi, &running);
	message = curl_multi_info_read(multi, &left);
	printf("running=%d timeout=%s message=%s left=%d\n", running, ms == -1 ? "none" : "some",
	       message ? "there" : "none", left);
}

static void perform_again(struct transfer *transfer)
{
	transfer->code = curl_easy_perform(transfer->easy);
	report(transfer);
}

static int remove_waiting(char **urls)
{
	CURLM *multi = wait_for_retry(urls);

	printf("remove=%d\n", curl_multi_remove_handle(multi, transfers[0].easy));
	check_empty(multi);
	perform_again(&transfers[0]);
	clean_up(multi);
	return 0;
}

static int cleanup_waiting(char **urls)
{
	CURLM *multi = wait_for_retry(urls);

	curl_easy_cleanup(transfers[0].easy);
	count = 0;
	check_empty(multi);
	clean_up(multi);
	return 0;
}

static int multi_cleanup_waiting(char **urls)
{
	CURLM *multi = wait_for_retry(urls);

	printf("cleanup=%d\n", curl_multi_cleanup(multi));
	perform_again(&transfers[0]);
	curl_easy_cleanup(transfers[0].easy);
	return 0;
}

static int move_waiting(char **urls)
{
	CURLM *first = wait_for_retry(urls);
	CURLM *second = new_multi();
	CURL *easy = transfers[0].easy;

	printf("add=%d ", curl_multi_add_handle(second, easy));
	printf("again=%d ", curl_multi_add_handle(first, easy));
	printf("wrong=%d ", curl_multi_remove_handle(second, easy));
	printf("remove=%d ", curl_multi_remove_handle(first, easy));
	printf("add=%d\n", curl_multi_add_handle(second, easy));
	run(second);
	report_all();
	curl_multi_cleanup(first);
	clean_up(second);
	return 0;
}

static int perform_waiting(char **urls)
{
	CURLM *multi = wait_for_retry(urls);

	printf("perform=%d\n", curl_easy_perform(transfers[0].easy));
	run(multi);
	report_all();
	clean_up(multi);
	return 0;
}

/* The second URL is for the handle that waits, and for its copy. */
static int change_waiting(char **urls)
{
	char *other = urls[1];
	CURLcode code;
	CURLM *multi;
	CURL *copy;

	urls[1] = NULL;
	multi = wait_for_retry(urls);
	curl_easy_setopt(transfers[0].easy, CURLOPT_URL, other);
	copy = curl_easy_duphandle(transfers[0].easy);
	code = curl_easy_perform(copy);
	printf("copy=%d bytes=%zu\n", code, transfers[0].bytes);
	curl_easy_cleanup(copy);
	transfers[0].bytes = 0;
	transfers[0].headers = 0;
	run(multi);
	report_all();
	clean_up(multi);
	return 0;
}

static int reset_waiting(char **urls)
{
	CURLM *multi = wait_for_retry(urls);
	CURL *easy = transfers[0].easy;
	struct transfer *seen = &transfers[0];

	curl_easy_reset(easy);
	curl_easy_setopt(easy, CURLOPT_URL, urls[0]);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, seen);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, seen);
	run(multi);
	report_all();
	clean_up(multi);
	return 0;
}

/* While paused it gets nothing; the turns of the loop are few. */
static int pause_waiting(char **urls)
{
	CURLM *multi = wait_for_retry(urls);
	struct transfer *seen = &transfers[0];
	int64_t until = now_ms() + 500;
	int running = 1;

	printf("pause=%d ", curl_easy_pause(seen->easy, CURLPAUSE_ALL));
	while (now_ms() < until) {
		turns++;
		curl_multi_perform(multi, &running);
		curl_multi_poll(multi, NULL, 0, 100, NULL);
	}
	printf("running=%d bytes=%zu %s ", running, seen->bytes, turns < 50 ? "idle" : "spins");
	printf("continue=%d\n", curl_easy_pause(seen->easy, CURLPAUSE_CONT));
	run(multi);
	report_all();
	clean_up(multi);
	return 0;
}

/* Paused and set free again before it goes on. */
static int unpause_waiting(char **urls)
{
	CURLM *multi = wait_for_retry(urls);

	curl_easy_pause(transfers[0].easy, CURLPAUSE_ALL);
	curl_easy_pause(transfers[0].easy, CURLPAUSE_CONT);
	run(multi);
	report_all();
	clean_up(multi);
	return 0;
}

static size_t pausing_body(char *data, size_t size, size_t n, void *user)
{
	struct transfer *transfer = user;

	if (transfer->pauses++ % 2 == 0)
		return CURL_WRITEFUNC_PAUSE;
	return on_body(data, size, n, user);
}

/* By call, and in both directions, though nothing is sent. */
static size_t pausing_both(char *data, size_t size, size_t n, void *user)
{
	struct transfer *transfer = user;

	curl_easy_pause(transfer->easy, CURLPAUSE_ALL);
	return on_body(data, size, n, user);
}

/* Sets them free in every turn of the loop, or, where they are HELD, in every fourth. */
static int pauses_by(curl_write_callback callback, bool held, char **urls)
{
	CURLM *multi = new_multi();
	int running;
	int turn = 0;

	add_all(multi, urls);
	for (int i = 0; i < count; i++)
		curl_easy_setopt(transfers[i].easy, CURLOPT_WRITEFUNCTION, callback);
	do {
		curl_multi_perform(multi, &running);
		read_messages(multi);
		check_running(running);
		for (int i = 0; i < count && (!held || turn % 4 == 3); i++)
			curl_easy_pause(transfers[i].easy, CURLPAUSE_CONT);
		turn++;
		if (running)
			curl_multi_poll(multi, NULL, 0, 10, NULL);
	} while (running);
	report_all();
	clean_up(multi);
	return 0;
}

static int pauses(char **urls)
{
	return pauses_by(pausing_body, false, urls);
}

static int pauses_both(char **urls)
{
	return pauses_by(pausing_both, true, urls);
}

/* ---- pause-early: before the first perform there is no connection, and libcurl refuses ---- */

static int pause_early(char **urls)
{
	CURLM *multi = new_multi();

	add_all(multi, urls);
	for (int i = 0; i < count; i++)
		printf("pause=%d\n", curl_easy_pause(transfers[i].easy, CURLPAUSE_RECV));
	run(multi);
	report_all();
	clean_up(multi);
	return 0;
}

/* ---- waits: what the program is told while a transfer waits for its minute ---- */

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

/* ---- progress: goes on during waits; the first transfer is aborted in one ---- */

static int on_progress(void *user, curl_off_t dt, curl_off_t dn, curl_off_t ut, curl_off_t un)
{
	struct transfer *transfer = user;

	(void)dt;
	(void)dn;
	(void)ut;
	(void)un;
	transfer->calls++;
	if (!transfer->abort_ms || now_ms() - began < transfer->abort_ms)
		return 0;
	if (!transfer->aborted)
		transfer->aborted = now_ms();
	return 1;
}

static void watch_progress(struct transfer *transfer)
{
	curl_easy_setopt(transfer->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(transfer->easy, CURLOPT_XFERINFODATA, transfer);
	curl_easy_setopt(transfer->easy, CURLOPT_NOPROGRESS, 0L);
}

static int progress(char **urls)
{
	CURLM *multi = new_multi();
	struct transfer *first = &transfers[0];

	for (; *urls; urls++) {
		struct transfer *transfer = add_transfer(*urls);

		watch_progress(transfer);
		add_to(multi, transfer);
	}
	first->abort_ms = 700;
	run(multi);
	printf("calls=%s ended=%s %s\n", first->calls > 2 ? "go on" : "stop",
	       now_ms() - first->aborted < 1000 ? "soon" : "late",
	       turns < 100 * count ? "idle" : "spins");
	report_all();
	clean_up(multi);
	return 0;
}

/* Of many that wait, the progress callbacks come together: how often the loop turns in a second. */
static int progress_together(char **urls)
{
	CURLM *multi = new_multi();
	int running = 1;
	int64_t until;

	for (int i = 0; i < 40; i++) {
		struct transfer *transfer = add_transfer(urls[0]);

		watch_progress(transfer);
		add_to(multi, transfer);
	}
	perform_until_logged(multi, count);
	until = now_ms() + 1000;
	while (now_ms() < until) {
		turns++;
		curl_multi_perform(multi, &running);
		curl_multi_poll(multi, NULL, 0, (int)(until - now_ms()), NULL);
	}
	printf("turns=%s\n", turns <= 12 ? "few" : "many");
	clean_up(multi);
	return 0;
}

/* ---- nothing re-enters a multi handle from its own callbacks ---- */

static struct transfer *subject;
static CURL *newcomer;
static char seen_lines[64][256];
static int seen_count;

/* All that a callback may not call: printed once for each place and outcome. */
static void trespass(const char *place)
{
	CURLM *multi = subject->multi;
	char line[256];
	int running = 7;
	int left = 7;
	int max = 7;
	int ready = 7;
	long ms = 7;
	CURLMsg *message = curl_multi_info_read(multi, &left);
	fd_set set;

	FD_ZERO(&set);
	snprintf(line, sizeof(line),
		 "%s: perform=%d action=%d timeout=%d add=%d remove=%d other=%d read=%s,%d "
		 "ask=%d fdset=%d wait=%d poll=%d setopt=%d cleanup=%d",
		 place, curl_multi_perform(multi, &running),
		 curl_multi_socket_action(multi, 0, 0, &running),
		 curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running),
		 curl_multi_add_handle(multi, newcomer),
		 curl_multi_remove_handle(multi, subject->easy),
		 curl_multi_remove_handle(multi, transfers[1].easy),
		 message ? "some" : "none", left,
		 curl_multi_timeout(multi, &ms), curl_multi_fdset(multi, &set, &set, &set, &max),
		 curl_multi_wait(multi, NULL, 0, 0, &ready),
		 curl_multi_poll(multi, NULL, 0, 0, &ready),
		 curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 10L), curl_multi_cleanup(multi));
	for (int i = 0; i < seen_count; i++) {
		if (!strcmp(seen_lines[i], line))
			return;
	}
	strcpy(seen_lines[seen_count++], line);
	puts(line);
}

static size_t trespassing_body(char *data, size_t size, size_t n, void *user)
{
	trespass("body");
	return on_body(data, size, n, user);
}

static size_t trespassing_header(char *data, size_t size, size_t n, void *user)
{
	trespass("header");
	return on_header(data, size, n, user);
}

static int trespassing_progress(void *user, curl_off_t dt, curl_off_t dn, curl_off_t ut,
				curl_off_t un)
{
	(void)user;
	(void)dt;
	(void)dn;
	(void)ut;
	(void)un;
	trespass("progress");
	return 0;
}

static int trespassing_socket(CURL *easy, curl_socket_t socket, int what, void *user,
			      void *assigned)
{
	if (subject->multi)
		trespass("socket");
	return on_socket(easy, socket, what, user, assigned);
}

static int trespassing_timer(CURLM *multi, long ms, void *user)
{
	if (subject->multi)
		trespass("timer");
	return on_timer(multi, ms, user);
}

/* The second transfer goes on for as long as the first, whose callbacks these are. */
static int trespasses(char **urls)
{
	CURLM *multi = new_multi();
	CURL *easy;

	newcomer = curl_easy_init();
	curl_easy_setopt(newcomer, CURLOPT_URL, urls[0]);
	curl_easy_setopt(newcomer, CURLOPT_NOBODY, 1L);
	add_transfer(urls[0]);
	subject = &transfers[0];
	easy = subject->easy;
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, trespassing_body);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, trespassing_header);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, trespassing_progress);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, trespassing_socket);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, trespassing_timer);
	add_transfer(urls[1]);
	add_to(multi, &transfers[1]);
	add_to(multi, subject);
	while (!subject->messages)
		socket_turn(multi);
	report(subject);
	printf("newcomer=%d\n", curl_easy_perform(newcomer));
	subject->multi = NULL;
	clean_up(multi);
	curl_easy_cleanup(newcomer);
	return 0;
}

/* From inside curl_easy_pause, where libcurl 7 calls the write callback, too. */
static int trespass_in_pause(char **urls)
{
	CURLM *multi = new_multi();
	int running = 1;

	newcomer = curl_easy_init();
	curl_easy_setopt(newcomer, CURLOPT_URL, urls[0]);
	curl_easy_setopt(newcomer, CURLOPT_NOBODY, 1L);
	add_transfer(urls[0]);
	subject = &transfers[0];
	add_to(multi, add_transfer(urls[1]));
	perform_until_logged(multi, 1);
	curl_easy_setopt(subject->easy, CURLOPT_WRITEFUNCTION, pausing_body);
	add_to(multi, subject);
	while (!subject->pauses) {
		curl_multi_perform(multi, &running);
		curl_multi_poll(multi, NULL, 0, 10, NULL);
	}
	curl_easy_setopt(subject->easy, CURLOPT_WRITEFUNCTION, trespassing_body);
	curl_easy_pause(subject->easy, CURLPAUSE_CONT);
	while (!subject->messages) {
		curl_multi_perform(multi, &running);
		read_messages(multi);
		check_running(running);
		if (!subject->messages)
			curl_multi_poll(multi, NULL, 0, 10, NULL);
	}
	report(subject);
	clean_up(multi);
	curl_easy_cleanup(newcomer);
	return 0;
}

/* ---- the timer callback: set late, changed, unset, failing ---- */

static int on_other_timer(CURLM *multi, long ms, void *user)
{
	if (user != &transfers[0])
		fail("not the timer callback's own data");
	return on_timer(multi, ms, user);
}

/* Only when a transfer waits already, and then another one. */
static int timer_late(char **urls)
{
	CURLM *multi = wait_for_retry(urls);
	int running;

	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
	act(multi, CURL_SOCKET_TIMEOUT, 0, &running);
	printf("told=%s ", timer_due >= 0 ? "yes" : "no");
	timer_due = -1;
	curl_multi_setopt(multi, CURLMOPT_TIMERDATA, &transfers[0]);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_other_timer);
	act(multi, CURL_SOCKET_TIMEOUT, 0, &running);
	printf("told=%s ", timer_due >= 0 ? "yes" : "no");
	timer_due = -1;
	timer_calls = 0;
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, NULL);
	act(multi, CURL_SOCKET_TIMEOUT, 0, &running);
	printf("calls=%d ", timer_calls);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_other_timer);
	act(multi, CURL_SOCKET_TIMEOUT, 0, &running);
	printf("told=%s\n", timer_due >= 0 ? "yes" : "no");
	socket_loop(multi);
	report_all();
	clean_up(multi);
	return 0;
}

static int failing_timer(CURLM *multi, long ms, void *user)
{
	on_timer(multi, ms, user);
	return ms > 30000 && ms <= 60000 ? -1 : 0;
}

/*
 * CURLMOPT_TIMERFUNCTION(3): all transfers in progress are aborted and fail. Here it fails when a
 * retry waits.
 */
static int timer_fails(char **urls)
{
	CURL *other = curl_easy_init();
	CURLMcode code = CURLM_OK;
	int running = -1;
	CURLM *multi;

	loop_name = "socket";
	multi = new_multi();
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, failing_timer);
	add_all(multi, urls);
	while (code == CURLM_OK) {
		static struct pollfd ready[MANY];
		int n = poll_sockets(ready);

		if (timer_fires())
			code = curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
		for (int i = 0; i < n && code == CURLM_OK; i++)
			code = curl_multi_socket_action(multi, ready[i].fd,
							to_action(ready[i].revents), &running);
	}
	printf("code=%d add=%d ", code, curl_multi_add_handle(multi, other));
	curl_easy_cleanup(other);
	curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
	printf("running=%d\n", running);
	read_messages(multi);
	report_all();
	printf("again=%d\n", curl_multi_remove_handle(multi, transfers[0].easy) +
				      curl_multi_add_handle(multi, transfers[0].easy));
	clean_up(multi);
	return 0;
}

/* ---- a program that does not care how many run ---- */

static int no_count(char **urls)
{
	CURLM *multi = new_multi();

	add_all(multi, urls);
	while (finished < count) {
		curl_multi_perform(multi, NULL);
		read_messages(multi);
		if (finished < count)
			curl_multi_wait(multi, NULL, 0, 1000, NULL);
	}
	report_all();
	clean_up(multi);
	return 0;
}

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

/* ---- connections: one at most, which a waiting transfer does not hold ---- */

static int limited(char **urls)
{
	CURLM *multi = new_multi();

	curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, 1L);
	add_all(multi, urls);
	run(multi);
	report_all();
	print_order();
	clean_up(multi);
	return 0;
}

/* ---- streams of one HTTP/2 connection ---- */

static int streams(char **urls)
{
	CURLM *multi = new_multi();
	long connects = 0;

	curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
	for (; *urls; urls++) {
		struct transfer *transfer = add_transfer(*urls);

		curl_easy_setopt(transfer->easy, CURLOPT_HTTP_VERSION,
				 strncmp(*urls, "https", 5) ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE :
							      CURL_HTTP_VERSION_2TLS);
		curl_easy_setopt(transfer->easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(transfer->easy, CURLOPT_SSL_VERIFYHOST, 0L);
		curl_easy_setopt(transfer->easy, CURLOPT_PIPEWAIT, 1L);
		add_to(multi, transfer);
	}
	run(multi);
	report_all();
	for (int i = 0; i < count; i++) {
		long each = 0;

		curl_easy_getinfo(transfers[i].easy, CURLINFO_NUM_CONNECTS, &each);
		connects += each;
	}
	printf("connects=%ld\n", connects);
	clean_up(multi);
	return 0;
}

/* ---- a share: cookies, names, connections where libcurl can ---- */

static int shared(char **urls)
{
	CURLSH *share = curl_share_init();
	CURLM *multi = new_multi();
	struct curl_slist *cookies = NULL;

	curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
	curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
	for (; *urls; urls++) {
		struct transfer *transfer = add_transfer(*urls);

		curl_easy_setopt(transfer->easy, CURLOPT_SHARE, share);
		curl_easy_setopt(transfer->easy, CURLOPT_COOKIEFILE, "");
		add_to(multi, transfer);
	}
	run(multi);
	report_all();
	curl_easy_getinfo(transfers[0].easy, CURLINFO_COOKIELIST, &cookies);
	for (struct curl_slist *each = cookies; each; each = each->next)
		printf("%s\n",
		       strstr(each->data, "\t0\t") ? strstr(each->data, "\t0\t") + 3 : each->data);
	curl_slist_free_all(cookies);
	clean_up(multi);
	printf("share=%d\n", curl_share_cleanup(share));
	return 0;
}

/* ---- easy, multi, and easy again; each handle twice in the multi ---- */

static int by_turns(char **urls)
{
	CURLM *multi = new_multi();
	struct transfer *transfer = add_transfer(urls[0]);

	perform_again(transfer);
	for (int i = 1; i < 3; i++) {
		curl_easy_setopt(transfer->easy, CURLOPT_URL, urls[i]);
		transfer->messages = 0;
		added = 0;
		finished = 0;
		add_to(multi, transfer);
		run(multi);
		report(transfer);
		curl_multi_remove_handle(multi, transfer->easy);
	}
	curl_easy_setopt(transfer->easy, CURLOPT_URL, urls[3]);
	perform_again(transfer);
	clean_up(multi);
	return 0;
}

/* ---- transfers that were not made through the shim, among those that were ---- */

/* From libcurl's own symbol table, since the shim would answer dlsym. */
static CURL *(*real_easy_init(void))(void)
{
	void *self = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_NOLOAD);
	struct link_map *map = NULL;
	const ElfW(Sym) *symbols = NULL;
	const char *names = NULL;
	CURL *(*real)(void);

	if (!self || dlinfo(self, RTLD_DI_LINKMAP, &map))
		fail("no libcurl.so.4");
	for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
		if (entry->d_tag == DT_SYMTAB)
			symbols = (const void *)entry->d_un.d_ptr;
		if (entry->d_tag == DT_STRTAB)
			names = (const void *)entry->d_un.d_ptr;
	}
	/* The linker puts the names right behind the table. */
	for (const ElfW(Sym) *symbol = symbols; (const char *)symbol < names; symbol++) {
		if (symbol->st_shndx && !strcmp(names + symbol->st_name, "curl_easy_init")) {
			*(void **)&real = (char *)map->l_addr + symbol->st_value;
			return real;
		}
	}
	fail("no real curl_easy_init");
	return NULL;
}

static int foreign(char **urls)
{
	CURLM *multi = new_multi();
	CURL *(*init)(void) = real_easy_init();
	CURLMsg *message;
	int left;

	add_all(multi, urls);
	for (int i = 0; i < 3; i++) {
		struct transfer *transfer = &transfers[count++];

		transfer->easy = init();
		curl_easy_setopt(transfer->easy, CURLOPT_URL, urls[0]);
		curl_easy_setopt(transfer->easy, CURLOPT_WRITEFUNCTION, on_body);
		curl_easy_setopt(transfer->easy, CURLOPT_WRITEDATA, transfer);
		curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
		add_to(multi, transfer);
	}
	/* One of them goes before its message is read, one after. */
	while (finished < added) {
		int running;

		curl_multi_perform(multi, &running);
		while ((message = curl_multi_info_read(multi, &left))) {
			take(message);
			if (message->easy_handle == transfers[count - 1].easy) {
				curl_multi_remove_handle(multi, transfers[count - 1].easy);
				/* Forbidden to be read now, and done all the same. */
				if (message->easy_handle != transfers[count - 1].easy ||
				    message->data.result != transfers[count - 1].code)
					fail("the message has gone with the handle");
			}
		}
		curl_multi_poll(multi, NULL, 0, 100, NULL);
	}
	report_all();
	clean_up(multi);
	return 0;
}

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

/* ---- what newer libcurls can tell ---- */

static int handles(char **urls)
{
	CURL **(*get)(CURLM *) = (CURL **(*)(CURLM *))newer("curl_multi_get_handles");
	CURLM *multi = wait_for_retry(urls);
	CURL **all = get(multi);
	int n = 0;
	int right = 0;

	for (; all[n]; n++) {
		for (int i = 0; i < count; i++)
			right += all[n] == transfers[i].easy;
	}
	curl_free(all);
	printf("handles=%d right=%d ", n, right);
	curl_multi_remove_handle(multi, transfers[0].easy);
	all = get(multi);
	for (n = 0; all[n]; n++)
		;
	curl_free(all);
	printf("then=%d\n", n);
	clean_up(multi);
	return 0;
}

static void print_counts(CURLM *multi)
{
	CURLMcode (*get)(CURLM *, int, curl_off_t *) =
		(CURLMcode(*)(CURLM *, int, curl_off_t *))newer("curl_multi_get_offt");

	for (int i = 1; i <= 5; i++) {
		curl_off_t value = -1;

		get(multi, i, &value);
		printf("%" PRId64 "%s", (int64_t)value, i < 5 ? "," : "\n");
	}
}

/* The first one waits, the second one is over and unread. */
static int counts(char **urls)
{
	CURLM *multi = new_multi();
	int running = 2;

	add_all(multi, urls);
	while (logged() < 1 || running > 1) {
		curl_multi_perform(multi, &running);
		curl_multi_poll(multi, NULL, 0, 10, NULL);
	}
	print_counts(multi);
	do {
		curl_multi_perform(multi, &running);
		if (running)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	} while (running);
	print_counts(multi);
	read_messages(multi);
	print_counts(multi);
	clean_up(multi);
	return 0;
}

static int notified_read, notified_done;

static void on_notify(CURLM *multi, unsigned notification, CURL *easy, void *user)
{
	(void)user;
	if (notification == 0) {
		notified_read++;
		read_messages(multi);
	} else {
		notified_done++;
		if (of(easy)->told_done++)
			fail("told twice that it is done");
	}
}

/* As curl -Z has it since 8.17: messages are read only when there is a notification. */
static int notified(char **urls)
{
	CURLMcode (*enable)(CURLM *, unsigned) =
		(CURLMcode(*)(CURLM *, unsigned))newer("curl_multi_notify_enable");
	CURLM *multi = new_multi();
	int running = 1;

	curl_multi_setopt(multi, (CURLMoption)(CURLOPTTYPE_FUNCTIONPOINT + 18), on_notify);
	enable(multi, 0);
	enable(multi, 1);
	add_all(multi, urls);
	if (loop_name[0] == 'p') {
		do {
			curl_multi_perform(multi, &running);
			if (running)
				curl_multi_poll(multi, NULL, 0, 1000, NULL);
		} while (running);
	} else {
		while (finished < count) {
			static struct pollfd ready[MANY];
			int n = poll_sockets(ready);

			if (timer_fires())
				curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
			for (int i = 0; i < n; i++)
				curl_multi_socket_action(multi, ready[i].fd,
							 to_action(ready[i].revents), &running);
		}
	}
	printf("unread=%d done=%d\n", count - finished, notified_done);
	report_all();
	clean_up(multi);
	return 0;
}

/*
 * The first transfer is aborted by its progress callback, while it waits: libcurl knows nothing of
 * that.
 */
static int notified_abort(char **urls)
{
	CURLMcode (*enable)(CURLM *, unsigned) =
		(CURLMcode(*)(CURLM *, unsigned))newer("curl_multi_notify_enable");
	CURLM *multi = new_multi();
	int running = 1;

	curl_multi_setopt(multi, (CURLMoption)(CURLOPTTYPE_FUNCTIONPOINT + 18), on_notify);
	enable(multi, 0);
	enable(multi, 1);
	add_all(multi, urls);
	watch_progress(&transfers[0]);
	transfers[0].abort_ms = 700;
	while (running) {
		curl_multi_perform(multi, &running);
		if (running)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	printf("unread=%d done=%d\n", count - finished, notified_done);
	report_all();
	clean_up(multi);
	return 0;
}

/* A handle added in the notification's callback, as curl -Z does it. */
static char *later_url;

static void adding_notify(CURLM *multi, unsigned notification, CURL *easy, void *user)
{
	on_notify(multi, notification, easy, user);
	if (notification || !later_url)
		return;
	curl_multi_remove_handle(multi, transfers[0].easy);
	add_to(multi, add_transfer(later_url));
	later_url = NULL;
}

static int notified_adds(char **urls)
{
	CURLMcode (*enable)(CURLM *, unsigned) =
		(CURLMcode(*)(CURLM *, unsigned))newer("curl_multi_notify_enable");
	CURLM *multi = new_multi();
	int running = 1;

	curl_multi_setopt(multi, (CURLMoption)(CURLOPTTYPE_FUNCTIONPOINT + 18), adding_notify);
	enable(multi, 0);
	later_url = urls[1];
	urls[1] = NULL;
	add_all(multi, urls);
	do {
		curl_multi_perform(multi, &running);
		if (running)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	} while (running || finished < count);
	report_all();
	clean_up(multi);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(char **urls);
} modes[] = {
	{ "plain", plain },
	{ "early", early },
	{ "unread", unread },
	{ "unread-removed", unread_removed },
	{ "remove-waiting", remove_waiting },
	{ "cleanup-waiting", cleanup_waiting },
	{ "multi-cleanup-waiting", multi_cleanup_waiting },
	{ "move-waiting", move_waiting },
	{ "perform-waiting", perform_waiting },
	{ "change-waiting", change_waiting },
	{ "reset-waiting", reset_waiting },
	{ "pause-waiting", pause_waiting },
	{ "unpause-waiting", unpause_waiting },
	{ "pauses", pauses },
	{ "pauses-both", pauses_both },
	{ "pause-early", pause_early },
	{ "waits", waits },
	{ "wakeup-kept", wakeup_kept },
	{ "idle", idle },
	{ "progress", progress },
	{ "progress-together", progress_together },
	{ "trespasses", trespasses },
	{ "trespass-in-pause", trespass_in_pause },
	{ "timer-late", timer_late },
	{ "timer-fails", timer_fails },
	{ "no-count", no_count },
	{ "descriptors", descriptors },
	{ "descriptors-clock", descriptors_clock },
	{ "forks", forks },
	{ "forks-on", forks_on },
	{ "limited", limited },
	{ "streams", streams },
	{ "shared", shared },
	{ "by-turns", by_turns },
	{ "foreign", foreign },
	{ "many", many },
	{ "many-wait", many_wait },
	{ "threads", threads },
	{ "handed-over", handed_over },
	{ "handles", handles },
	{ "counts", counts },
	{ "notified", notified },
	{ "notified-adds", notified_adds },
	{ "notified-abort", notified_abort },
};

/* MODE or MODE:LOOP. */
int main(int argc, char **argv)
{
	char *colon;

	if (argc < 3)
		fail("usage: multi MODE[:LOOP] URL...");
	colon = strchr(argv[1], ':');
	if (colon) {
		*colon = '\0';
		loop_name = colon + 1;
	}
	if (!strcmp(loop_name, "waitfds"))
		waitfds = (CURLMcode(*)(CURLM *, struct curl_waitfd *, unsigned, unsigned *))newer(
			"curl_multi_waitfds");
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (!strcmp(argv[1], modes[i].name))
			return modes[i].run(argv + 2);
	}
	fail("no such mode");
	return 1;
}
