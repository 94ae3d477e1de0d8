/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -ldl */
/* Nothing re-enters a multi handle from its own callbacks. */
#include "loops.h"

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

static size_t pausing_body(char *data, size_t size, size_t n, void *user)
{
	struct transfer *transfer = user;

	if (transfer->pauses++ % 2 == 0)
		return CURL_WRITEFUNC_PAUSE;
	return on_body(data, size, n, user);
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

static const struct mode modes[] = {
	{ "trespasses", trespasses },
	{ "trespass-in-pause", trespass_in_pause },
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_mode(modes, argc, argv);
}
