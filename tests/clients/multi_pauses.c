/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -ldl */
/* Transfers that are paused, while they run, wait or have not begun. */
#include "loops.h"

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

/* Before the first perform there is no connection, and libcurl refuses. */
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

static const struct mode modes[] = {
	{ "waiting", pause_waiting },
	{ "waiting-freed", unpause_waiting },
	{ "often", pauses },
	{ "both", pauses_both },
	{ "early", pause_early },
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_mode(modes, argc, argv);
}
