/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -ldl */
/* Progress callbacks go on while transfers wait. */
#include "loops.h"

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

static const struct mode modes[] = {
	{ "ended", progress },
	{ "together", progress_together },
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_mode(modes, argc, argv);
}
