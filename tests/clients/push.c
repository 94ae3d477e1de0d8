/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl */
/*
 * push URL inherited|own|denied: a transfer by HTTP/2 whose server pushes another. Its body goes
 * where the first one's goes, or where the push callback says, or it is not taken.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

struct seen {
	const char *name;
	size_t bytes;
	size_t headers;
};

static struct seen first = { .name = "first" };
static struct seen pushed = { .name = "pushed" };
static const char *way;

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
	(void)data;
	((struct seen *)user)->bytes += size * count;
	return size * count;
}

static size_t on_header(char *data, size_t size, size_t count, void *user)
{
	(void)data;
	((struct seen *)user)->headers++;
	return size * count;
}

static int on_push(CURL *parent, CURL *easy, size_t count, struct curl_pushheaders *headers,
		   void *user)
{
	(void)parent;
	(void)count;
	printf("push of %s, %s\n", curl_pushheader_byname(headers, ":path"), (const char *)user);
	if (!strcmp(way, "denied"))
		return CURL_PUSH_DENY;
	if (!strcmp(way, "own")) {
		curl_easy_setopt(easy, CURLOPT_WRITEDATA, &pushed);
		curl_easy_setopt(easy, CURLOPT_HEADERDATA, &pushed);
	}
	return CURL_PUSH_OK;
}

static void end(CURLM *multi, CURL *easy, CURLcode code)
{
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	printf("code=%d status=%ld\n", code, status);
	curl_multi_remove_handle(multi, easy);
	curl_easy_cleanup(easy);
}

static void report(const struct seen *seen)
{
	printf("%s: bytes=%zu headers=%s\n", seen->name, seen->bytes,
	       seen->headers ? "some" : "none");
}

int main(int argc, char **argv)
{
	CURLM *multi = curl_multi_init();
	CURL *easy = curl_easy_init();
	int running = 0, left;
	CURLMsg *message;

	if (argc != 3)
		return 2;
	way = argv[2];
	curl_multi_setopt(multi, CURLMOPT_PUSHFUNCTION, on_push);
	curl_multi_setopt(multi, CURLMOPT_PUSHDATA, "as said");
	curl_easy_setopt(easy, CURLOPT_URL, argv[1]);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &first);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, &first);
	curl_multi_add_handle(multi, easy);
	do {
		curl_multi_perform(multi, &running);
		while ((message = curl_multi_info_read(multi, &left)))
			end(multi, message->easy_handle, message->data.result);
		if (running)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	} while (running);
	report(&first);
	report(&pushed);
	curl_multi_cleanup(multi);
	return 0;
}
