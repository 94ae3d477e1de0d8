/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -ldl */
/* Transfers of all URLs at once, in each style of loop. */
#include "loops.h"

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

/* The program does not care how many run. */
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

static const struct mode modes[] = {
	{ "plain", plain },
	{ "early", early },
	{ "no-count", no_count },
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_mode(modes, argc, argv);
}
