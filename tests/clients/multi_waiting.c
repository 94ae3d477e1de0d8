/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -ldl */
/* A transfer that waits for its retry is taken away, changed or used otherwise. */
#include "loops.h"

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

/* Easy, multi, and easy again; the handle is twice in the multi. */
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

static const struct mode modes[] = {
	{ "remove", remove_waiting },
	{ "cleanup", cleanup_waiting },
	{ "multi-cleanup", multi_cleanup_waiting },
	{ "move", move_waiting },
	{ "perform", perform_waiting },
	{ "change", change_waiting },
	{ "reset", reset_waiting },
	{ "by-turns", by_turns },
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_mode(modes, argc, argv);
}
