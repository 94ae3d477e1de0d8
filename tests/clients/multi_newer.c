/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -ldl */
/* What newer libcurls can tell: handles, counts, notifications. */
#include "loops.h"

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

/* A multi handle that tells NOTIFY of the first KINDS of notifications. */
static CURLM *new_notified(void (*notify)(CURLM *, unsigned, CURL *, void *), unsigned kinds)
{
	CURLMcode (*enable)(CURLM *, unsigned) =
		(CURLMcode(*)(CURLM *, unsigned))newer("curl_multi_notify_enable");
	CURLM *multi = new_multi();

	curl_multi_setopt(multi, (CURLMoption)(CURLOPTTYPE_FUNCTIONPOINT + 18), notify);
	for (unsigned kind = 0; kind < kinds; kind++)
		enable(multi, kind);
	return multi;
}

/* As curl -Z has it since 8.17: messages are read only when there is a notification. */
static int notified(char **urls)
{
	CURLM *multi = new_notified(on_notify, 2);
	int running = 1;

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
	CURLM *multi = new_notified(on_notify, 2);
	int running = 1;

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
	CURLM *multi = new_notified(adding_notify, 1);
	int running = 1;

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

static const struct mode modes[] = {
	{ "handles", handles },
	{ "counts", counts },
	{ "notified", notified },
	{ "notified-adds", notified_adds },
	{ "notified-abort", notified_abort },
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_mode(modes, argc, argv);
}
