/* SPDX-License-Identifier: MIT */
#include "cookies.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "transfer/handle.h"

/*
 * CURLINFO_COOKIELIST's lines are the Netscape format: domain, whether it
 * covers subdomains, path, secure, expiry, name, value; separated by tabs.
 */
enum { DOMAIN, SUBDOMAINS, PATH, SECURE, EXPIRY, NAME, VALUE };

/* A share has callbacks to lock it. Written by any thread, never set back. */
static atomic_bool locked;

static struct curl_slist *list(struct handle *handle)
{
	struct curl_slist *cookies = NULL;

	handle->libcurl->easy_getinfo(handle->easy, CURLINFO_COOKIELIST, &cookies);
	return cookies;
}

static const char *column(const char *line, int index, size_t *length)
{
	while (index--) {
		const char *tab = strchr(line, '\t');

		if (!tab)
			return NULL;
		line = tab + 1;
	}
	*length = strcspn(line, "\t");
	return line;
}

static bool same_column(const char *a, const char *b, int index)
{
	size_t a_length = 0;
	size_t b_length = 0;

	a = column(a, index, &a_length);
	b = column(b, index, &b_length);
	return a && b && a_length == b_length && !memcmp(a, b, a_length);
}

/* The same cookie, whatever its value (RFC 6265 §5.3, step 11). */
static const char *find_cookie(const struct curl_slist *cookies, const char *line)
{
	for (; cookies; cookies = cookies->next) {
		if (same_column(cookies->data, line, NAME) &&
		    same_column(cookies->data, line, DOMAIN) &&
		    same_column(cookies->data, line, PATH))
			return cookies->data;
	}
	return NULL;
}

/*
 * Whether the attempt has set it: a jar may be shared, and another handle's logins are not ours to
 * undo.
 */
static bool is_named(const struct response *response, const char *line)
{
	size_t length = 0;
	const char *name = column(line, NAME, &length);

	return name && response_sets_cookie(response, name, length);
}

static void set_cookie(struct handle *handle, const char *line)
{
	handle->libcurl->easy_setopt(handle->easy, CURLOPT_COOKIELIST, line);
}

static void expire(struct handle *handle, const char *line)
{
	size_t length;
	const char *expiry = column(line, EXPIRY, &length);
	char *expired;

	if (!expiry || !(expired = malloc(strlen(line) + 2)))
		return;
	memcpy(expired, line, (size_t)(expiry - line));
	expired[expiry - line] = '1';
	strcpy(expired + (expiry - line) + 1, expiry + length);
	set_cookie(handle, expired);
	free(expired);
}

void cookies_note_lock(void)
{
	atomic_store_explicit(&locked, true, memory_order_relaxed);
}

/* To be read, a shared jar is locked by the program's callback. */
static bool calls_program(const struct handle *handle)
{
	return handle->set.shared && atomic_load_explicit(&locked, memory_order_relaxed);
}

void cookies_note(struct handle *handle)
{
	struct transfer *transfer = &handle->transfer;

	if (!handle->set.cookies || transfer->cookies_noted || transfer->once)
		return;
	if (calls_program(handle) && !transfer->retried &&
	    !policy_status_is_transient(transfer->policy, transfer->response.status))
		return;
	transfer->cookies = list(handle);
	transfer->cookies_noted = true;
}

void cookies_restore(struct handle *handle)
{
	const struct curl_slist *before = handle->transfer.cookies;
	struct curl_slist *after;

	if (!handle->transfer.cookies_noted)
		return;
	after = list(handle);
	for (const struct curl_slist *now = after; now; now = now->next) {
		const char *former = find_cookie(before, now->data);

		if (!is_named(&handle->transfer.response, now->data))
			continue;
		if (!former)
			expire(handle, now->data);
		else if (strcmp(former, now->data))
			set_cookie(handle, former);
	}
	/* What the attempt has deleted. */
	for (; before; before = before->next) {
		if (is_named(&handle->transfer.response, before->data) &&
		    !find_cookie(after, before->data))
			set_cookie(handle, before->data);
	}
	handle->libcurl->slist_free_all(after);
}

void cookies_forget(struct handle *handle)
{
	if (!handle->transfer.cookies)
		return;
	handle->libcurl->slist_free_all(handle->transfer.cookies);
	handle->transfer.cookies = NULL;
}
