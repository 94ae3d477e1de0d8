/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl */
/* What header and write callbacks see, what they may do, and that they may refuse. */
#include <unistd.h>

#include "easy.h"

/* ---- what getinfo answers inside the header callback, hop by hop ---- */

static size_t asking_header(char *data, size_t size, size_t count, void *user)
{
	struct seen *seen = user;
	char *url = NULL, *type = NULL, *address = NULL;
	long status = 0, port = 0;

	if (size * count > 5 && !memcmp(data, "HTTP/", 5)) {
		curl_easy_getinfo(seen->easy, CURLINFO_RESPONSE_CODE, &status);
		curl_easy_getinfo(seen->easy, CURLINFO_EFFECTIVE_URL, &url);
		printf("%ld %s | %.*s", status, strrchr(url, '/'), (int)(size * count), data);
	}
	if (*data == '\r') {
		curl_easy_getinfo(seen->easy, CURLINFO_CONTENT_TYPE, &type);
		curl_easy_getinfo(seen->easy, CURLINFO_PRIMARY_IP, &address);
		curl_easy_getinfo(seen->easy, CURLINFO_PRIMARY_PORT, &port);
		printf("  of %s:%ld, type %s\n", address, port, type ? type : "none");
	}
	return on_header(data, size, count, user);
}

static int hops(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, asking_header);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- where each header line and each body goes, marked by the data pointer ---- */

static size_t marking(char *data, size_t size, size_t count, void *user)
{
	printf("%s%.*s", (const char *)user, (int)(size * count), data);
	return size * count;
}

static int header_data_alone(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, NULL);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, "H:");
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, marking);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, "B:");
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

static int header_in_body(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_HEADER, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, marking);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, "H:");
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, marking);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, "B:");
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- CURLOPT_HEADER: the program has enough at ARG bytes, header included ---- */

static size_t enough(char *data, size_t size, size_t count, void *user)
{
	struct seen *seen = user;

	on_body(data, size, count, user);
	return seen->bytes >= (size_t)atoi(argument) ? 0 : size * count;
}

static int header_streams(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_HEADER, 1L);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, enough);
	/* For one that never comes to see that many. */
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, 20L);
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- setopt from inside a callback ---- */

static size_t switching_header(char *data, size_t size, size_t count, void *user)
{
	struct seen *seen = user;

	if (size * count == 2) {
		curl_easy_setopt(seen->easy, CURLOPT_WRITEFUNCTION, marking);
		curl_easy_setopt(seen->easy, CURLOPT_WRITEDATA, "switched:");
	}
	return on_header(data, size, count, user);
}

static int setopt_in_callback(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, switching_header);
	report(&seen, curl_easy_perform(easy));
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- perform on another handle inside a callback ---- */

static size_t performing_body(char *data, size_t size, size_t count, void *user)
{
	struct seen other;
	CURL *easy = new_easy(argument, &other);
	CURLcode code = curl_easy_perform(easy);

	printf("inner: ");
	report(&other, code);
	curl_easy_cleanup(easy);
	return on_body(data, size, count, user);
}

static int nested(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, performing_body);
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

/*
 * ---- the program refuses what it is given, ARG: body, header, a header line that comes as body,
 * or a body's later bytes ----
 */

static size_t refusing(char *data, size_t size, size_t count, void *user)
{
	struct seen *seen = user;

	(void)data;
	seen->calls++;
	return size * count - 1;
}

static size_t refusing_later(char *data, size_t size, size_t count, void *user)
{
	struct seen *seen = user;

	if (seen->bytes)
		return 0;
	return on_body(data, size, count, user);
}

static int refuse(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	if (!strcmp(argument, "header"))
		curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, refusing);
	else
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION,
				 !strcmp(argument, "later") ? refusing_later : refusing);
	if (!strcmp(argument, "line"))
		curl_easy_setopt(easy, CURLOPT_HEADER, 1L);
	CURLcode code = curl_easy_perform(easy);
	printf("calls=%d ", seen.calls);
	report(&seen, code);
	curl_easy_cleanup(easy);
	return 0;
}

/* Of a HEAD, whose header lines are all there is. */
static size_t refusing_length(char *data, size_t size, size_t count, void *user)
{
	if (size * count > 15 && !memcmp(data, "Content-Length:", 15))
		return 0;
	return on_header(data, size, count, user);
}

static int refuse_head(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, refusing_length);
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

static size_t exiting_body(char *data, size_t size, size_t count, void *user)
{
	(void)data;
	(void)size;
	(void)count;
	(void)user;
	_exit(42);
}

static int exit_in_callback(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, exiting_body);
	curl_easy_perform(easy);
	return 0;
}

static const struct scenario scenarios[] = {
	{ "hops", hops },
	{ "header-data-alone", header_data_alone },
	{ "header-in-body", header_in_body },
	{ "header-streams", header_streams },
	{ "setopt-in-callback", setopt_in_callback },
	{ "nested", nested },
	{ "refuse", refuse },
	{ "refuse-head", refuse_head },
	{ "exit-in-callback", exit_in_callback },
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_scenario(scenarios, argc, argv);
}
