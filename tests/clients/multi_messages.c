/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -ldl */
/* Messages: read late, not read, and of handles that the shim does not know. */
#include "past_shim.h"
#include "loops.h"

/* None is read before the end, and all are still right when all are read. */
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

/* ---- transfers that were not made through the shim, among those that were ---- */

static int foreign(char **urls)
{
	CURLM *multi = new_multi();
	CURL *(*init)(void) = (CURL * (*)(void)) past_shim("curl_easy_init");
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

static const struct mode modes[] = {
	{ "unread", unread },
	{ "unread-removed", unread_removed },
	{ "foreign", foreign },
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_mode(modes, argc, argv);
}
