/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl */
/* Request bodies, through each of libcurl's ways in. */
#include "easy.h"

/* What a read callback has given of it. */
struct body {
	size_t bytes;
};

static const size_t body_size = 4096;

/* ---- from a read callback; ARG: how it ends ---- */

static size_t on_read(char *buffer, size_t size, size_t count, void *user)
{
	struct body *body = user;
	size_t left = body_size - body->bytes;
	size_t n = size * count < left ? size * count : left;

	if (argument && !strcmp(argument, "abort"))
		return CURL_READFUNC_ABORT;
	for (size_t i = 0; i < n; i++)
		buffer[i] = (char)('a' + (body->bytes + i) / 100);
	body->bytes += n;
	return n;
}

static int on_trailers(struct curl_slist **list, void *user)
{
	(void)user;
	*list = curl_slist_append(*list, "X-Sum: 1");
	return CURL_TRAILERFUNC_OK;
}

static int upload(const char *url)
{
	struct seen seen;
	struct body body = { 0 };
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(easy, CURLOPT_READDATA, &body);
	curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)body_size);
	if (argument && !strcmp(argument, "resume"))
		curl_easy_setopt(easy, CURLOPT_RESUME_FROM, 100L);
	if (argument && !strcmp(argument, "trailers")) {
		curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)-1);
		curl_easy_setopt(easy, CURLOPT_TRAILERFUNCTION, on_trailers);
	}
	report(&seen, curl_easy_perform(easy));
	printf("read=%zu\n", body.bytes);
	curl_easy_cleanup(easy);
	return 0;
}

static int on_seek(void *user, curl_off_t offset, int origin)
{
	struct body *body = user;

	(void)origin;
	body->bytes = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

static curl_mime *new_mime(CURL *easy, struct body *body)
{
	curl_mime *mime = curl_mime_init(easy);
	curl_mimepart *part = curl_mime_addpart(mime);

	curl_mime_name(part, "field");
	if (!strcmp(argument, "mime"))
		curl_mime_data(part, "value", CURL_ZERO_TERMINATED);
	else
		curl_mime_data_cb(part, (curl_off_t)body_size, on_read,
				  !strcmp(argument, "mime-seek") ? on_seek : NULL, NULL, body);
	return mime;
}

static struct curl_httppost *new_form(struct body *body)
{
	struct curl_httppost *form = NULL;
	struct curl_httppost *last = NULL;

	curl_formadd(&form, &last, CURLFORM_COPYNAME, "field", CURLFORM_STREAM, body,
		     CURLFORM_CONTENTSLENGTH, (long)body_size, CURLFORM_END);
	return form;
}

/* ---- the same body through each of libcurl's ways in; ARG: which ---- */

static int post(const char *url)
{
	struct seen seen;
	struct body body = { 0 };
	CURL *easy = new_easy(url, &seen);
	struct curl_slist *headers = curl_slist_append(NULL, "X-Test: yes");
	struct curl_httppost *form = NULL;
	curl_mime *mime = NULL;

	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	if (!strcmp(argument, "fields")) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "a=1&b=2");
	} else if (!strcmp(argument, "copy")) {
		char text[] = "a=1&b=2";

		curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, text);
		memset(text, 'x', sizeof(text) - 1);
	} else if (!strncmp(argument, "mime", 4)) {
		mime = new_mime(easy, &body);
		curl_easy_setopt(easy, CURLOPT_MIMEPOST, mime);
	} else if (!strcmp(argument, "stream")) {
		form = new_form(&body);
		curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
		curl_easy_setopt(easy, CURLOPT_HTTPPOST, form);
	} else if (!strcmp(argument, "null")) {
		/* From standard input, then. */
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, NULL);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)body_size);
	} else if (!strcmp(argument, "callback") || !strcmp(argument, "null-callback")) {
		if (!strcmp(argument, "callback"))
			curl_easy_setopt(easy, CURLOPT_POST, 1L);
		else
			curl_easy_setopt(easy, CURLOPT_POSTFIELDS, NULL);
		curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
		curl_easy_setopt(easy, CURLOPT_READDATA, &body);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)body_size);
	}
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	curl_formfree(form);
	curl_mime_free(mime);
	curl_slist_free_all(headers);
	return 0;
}

static const struct scenario scenarios[] = {
	{ "upload", upload },
	{ "post", post },
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_scenario(scenarios, argc, argv);
}
