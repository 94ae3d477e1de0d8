/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl */
/*
 * As GStreamer's curlhttpsrc does it: removes the handle that a message is about, then reads the
 * message. removed_first URL... tells each result as it was before, after, and once the handle has
 * been reset.
 */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <stdio.h>

static size_t ignore(char *data, size_t size, size_t count, void *user)
{
	(void)data;
	(void)user;
	return size * count;
}

static void run(CURLM *multi)
{
	int running = 1;

	while (running) {
		curl_multi_perform(multi, &running);
		if (running)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
}

static void tell(const CURLMsg *message, const CURL *easy)
{
	printf("%d %s %d\n", message->msg, message->easy_handle == easy ? "right" : "wrong",
	       message->data.result);
}

int main(int argc, char **argv)
{
	CURLM *multi = curl_multi_init();

	for (int i = 1; i < argc; i++) {
		CURL *easy = curl_easy_init();
		CURLMsg *message;
		int left;

		curl_easy_setopt(easy, CURLOPT_URL, argv[i]);
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
		curl_multi_add_handle(multi, easy);
		run(multi);
		message = curl_multi_info_read(multi, &left);
		if (!message)
			return 1;
		tell(message, easy);
		curl_multi_remove_handle(multi, easy);
		tell(message, easy);
		curl_easy_reset(easy);
		tell(message, easy);
		curl_easy_cleanup(easy);
	}
	curl_multi_cleanup(multi);
	return 0;
}
