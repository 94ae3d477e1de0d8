/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -ldl */
/* The timer callback: set late, changed, unset, failing. */
#include "loops.h"

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

static const struct mode modes[] = {
	{ "late", timer_late },
	{ "fails", timer_fails },
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_mode(modes, argc, argv);
}
