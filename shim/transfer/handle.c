/* SPDX-License-Identifier: MIT */
#include "handle.h"

#include <stdlib.h>

#include "response/cookies.h"
#include "install.h"
#include "request/mime.h"
#include "process/registry.h"

struct handle *handle_of(CURL *easy)
{
	return registry_get(easy);
}

static void handle_free(struct handle *handle)
{
	multi_forget(handle);
	mime_forget_sender((struct sender){ .handle = handle });
	options_free(&handle->set);
	cookies_forget(handle);
	response_free(&handle->transfer.response);
	request_disarm(&handle->transfer.request);
	resume_free(&handle->transfer.resume);
	free(handle);
}

static struct handle *add(CURL *easy, const struct libcurl *libcurl)
{
	struct handle *handle = calloc(1, sizeof(*handle));
	void *stale;

	if (!handle)
		return NULL;
	handle->easy = easy;
	handle->libcurl = libcurl;
	options_init(&handle->set);
	response_reserve(&handle->transfer.response);
	if (!registry_put(easy, handle, &stale)) {
		response_free(&handle->transfer.response);
		free(handle);
		return NULL;
	}
	if (stale)
		handle_free(stale);
	return handle;
}

void handle_add(CURL *easy, const struct libcurl *libcurl)
{
	add(easy, libcurl);
}

void handle_duplicate(CURL *easy, struct handle *from)
{
	struct handle *handle;

	/* In the middle of a transfer the copy carries our callbacks, known to us or not. */
	uninstall(from, easy);
	handle = add(easy, from->libcurl);
	if (!handle)
		return;
	options_copy(&handle->set, &from->set);
}

void handle_drop(CURL *easy)
{
	struct handle *handle = registry_take(easy);

	if (handle)
		handle_free(handle);
}

void handle_reset(struct handle *handle)
{
	options_reset(&handle->set);
	/* libcurl has put its defaults where our values stood. */
	handle->ours = 0;
	request_disarm(&handle->transfer.request);
	resume_free(&handle->transfer.resume);
}

CURLcode handle_setopt(struct handle *handle, CURLoption option, curl_word value)
{
	CURLcode code = CURLE_OK;

	if (!options_are_ours(handle->ours, option))
		code = handle->libcurl->easy_setopt(handle->easy, option, value);
	if (code == CURLE_OK)
		options_remember(&handle->set, option, value);
	return code;
}
