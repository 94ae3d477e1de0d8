/* SPDX-License-Identifier: MIT */
#include "cookies.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "config/ascii.h"
#include "config/buffer.h"
#include "config/policy.h"

/*
 * CURLINFO_COOKIELIST's lines are the Netscape format: domain, whether it
 * covers subdomains, path, secure, expiry, name, value; separated by tabs.
 */
enum { DOMAIN, SUBDOMAINS, PATH, SECURE, EXPIRY, NAME, VALUE };

/* A share has callbacks to lock it. Written by any thread, never set back. */
static atomic_bool locked;

static struct curl_slist *list(const struct program *program)
{
	struct curl_slist *cookies = NULL;

	program->libcurl->easy_getinfo(program->easy, CURLINFO_COOKIELIST, &cookies);
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

static bool has_name(const struct cookies *cookies, const char *name, size_t length)
{
	const char *at = cookies->names;
	const char *end = at + cookies->length;

	while (at < end) {
		const char *equals = memchr(at, '=', (size_t)(end - at));

		if ((size_t)(equals - at) == length && !memcmp(at, name, length))
			return true;
		at = equals + 1;
	}
	return false;
}

/*
 * Whether the attempt has set it: a jar may be shared, and another handle's logins are not ours to
 * undo.
 */
static bool is_named(const struct cookies *cookies, const char *line)
{
	size_t length = 0;
	const char *name = column(line, NAME, &length);

	return name && has_name(cookies, name, length);
}

static void set_cookie(const struct program *program, const char *line)
{
	program->libcurl->easy_setopt(program->easy, CURLOPT_COOKIELIST, line);
}

static void expire(const struct program *program, const char *line)
{
	size_t length;
	const char *expiry = column(line, EXPIRY, &length);
	char *expired;

	if (!expiry || !(expired = malloc(strlen(line) + 2)))
		return;
	memcpy(expired, line, (size_t)(expiry - line));
	expired[expiry - line] = '1';
	strcpy(expired + (expiry - line) + 1, expiry + length);
	set_cookie(program, expired);
	free(expired);
}

void cookies_note_lock(void)
{
	atomic_store_explicit(&locked, true, memory_order_relaxed);
}

/* To be read, a shared jar is locked by the program's callback. */
static bool calls_program(const struct program *program)
{
	return program->set.shared && atomic_load_explicit(&locked, memory_order_relaxed);
}

void cookies_begin(struct cookies *cookies)
{
	cookies->length = 0;
}

void cookies_note(struct cookies *cookies, int status)
{
	const struct program *program = cookies->program;

	if (!program->set.cookies || cookies->noted || program->once)
		return;
	if (calls_program(program) && !program->retried &&
	    !policy_status_is_transient(program->policy, status))
		return;
	cookies->before = list(program);
	cookies->noted = true;
}

static bool make_room(struct cookies *cookies, size_t length)
{
	char *names =
		buffer_grow(cookies->names, &cookies->size, cookies->length + length, 128, 1);

	if (!names)
		return false;
	cookies->names = names;
	return true;
}

/* RFC 6265 §5.2: the name ends at the first '=', without the blanks around it. */
void cookies_note_set(struct cookies *cookies, const char *value, size_t length)
{
	const char *equals = memchr(value, '=', length);
	size_t n = equals ? (size_t)(equals - value) : 0;

	if (!cookies->program->set.cookies)
		return;
	while (n && ascii_is_blank(*value)) {
		value++;
		n--;
	}
	while (n && ascii_is_blank(value[n - 1]))
		n--;
	if (!n || !make_room(cookies, n + 1))
		return;
	memcpy(cookies->names + cookies->length, value, n);
	cookies->names[cookies->length + n] = '=';
	cookies->length += n + 1;
}

static void restore_changed(const struct cookies *cookies, const struct curl_slist *after)
{
	for (const struct curl_slist *now = after; now; now = now->next) {
		const char *former = find_cookie(cookies->before, now->data);

		if (!is_named(cookies, now->data))
			continue;
		if (!former)
			expire(cookies->program, now->data);
		else if (strcmp(former, now->data))
			set_cookie(cookies->program, former);
	}
}

static void restore_deleted(const struct cookies *cookies, const struct curl_slist *after)
{
	for (const struct curl_slist *each = cookies->before; each; each = each->next) {
		if (is_named(cookies, each->data) && !find_cookie(after, each->data))
			set_cookie(cookies->program, each->data);
	}
}

void cookies_restore(struct cookies *cookies)
{
	struct curl_slist *after;

	if (!cookies->noted || !cookies->length)
		return;
	after = list(cookies->program);
	restore_changed(cookies, after);
	restore_deleted(cookies, after);
	cookies->program->libcurl->slist_free_all(after);
}

void cookies_accept(struct cookies *cookies)
{
	cookies->noted = false;
	if (!cookies->before)
		return;
	cookies->program->libcurl->slist_free_all(cookies->before);
	cookies->before = NULL;
}

void cookies_free(struct cookies *cookies)
{
	cookies_accept(cookies);
	free(cookies->names);
	cookies->names = NULL;
	cookies->size = 0;
	cookies->length = 0;
}
