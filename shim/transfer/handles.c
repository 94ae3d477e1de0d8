/* SPDX-License-Identifier: MIT */
#include "handles.h"

#include <stdlib.h>

#include "diversion.h"
#include "injection.h"
#include "install.h"
#include "process/registry.h"
#include "transfer.h"

struct handle *handle_of(CURL *easy)
{
	return registry_get(easy);
}

static void handle_free(struct handle *handle)
{
	if (handle->member.of)
		members_remove(&handle->member);
	request_free(&handle->request);
	options_free(&handle->program.set);
	cookies_end(&handle->cookies);
	tracer_free(&handle->tracer);
	held_free(&handle->answer.held);
	resume_free(&handle->resume);
	injection_free(&handle->injection);
	free(handle);
}

/* Who goes by whom. */
static void connect_parts(struct handle *handle)
{
	struct program *program = &handle->program;

	handle->progress.program = program;
	handle->tracer.program = program;
	handle->request.program = program;
	handle->request.form.program = program;
	handle->request.progress = &handle->progress;
	handle->refusals.program = program;
	handle->cookies.program = program;
	handle->answer.program = program;
	handle->answer.cookies = &handle->cookies;
	handle->resume.program = program;
	handle->resume.offset.program = program;
	handle->resume.answer = &handle->answer;
	handle->delivery.program = program;
	handle->delivery.answer = &handle->answer;
	handle->delivery.resume = &handle->resume;
}

static struct handle *add(CURL *easy, const struct libcurl *libcurl)
{
	struct handle *handle = calloc(1, sizeof(*handle));
	void *stale;

	if (!handle)
		return NULL;
	handle->program.easy = easy;
	handle->program.libcurl = libcurl;
	options_init(&handle->program.set);
	connect_parts(handle);
	injection_init(&handle->injection);
	transfer_init(handle);
	if (!registry_put(easy, handle, &stale)) {
		held_free(&handle->answer.held);
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

/* libcurl knows a hop's URL and not the program's, which nothing tells of a copy. */
static bool is_redirected(const struct program *program)
{
	long redirects = 0;

	program->libcurl->easy_getinfo(program->easy, CURLINFO_REDIRECT_COUNT, &redirects);
	return redirects && !program->set.url_is_new && !program->shown_url;
}

void handle_duplicate(CURL *easy, struct handle *from)
{
	struct handle *handle;

	/* In the middle of a transfer the copy carries our callbacks, known to us or not. */
	uninstall(from, easy);
	diversion_undo(from, easy);
	handle = add(easy, from->program.libcurl);
	if (!handle)
		return;
	options_copy(&handle->program.set, &from->program.set);
	handle->program.set.url_is_hop |= is_redirected(&from->program);
}

void handle_drop(CURL *easy)
{
	struct handle *handle = registry_take(easy);

	if (handle)
		handle_free(handle);
}

void handle_reset(struct handle *handle)
{
	injection_note_url(handle, NULL);
	options_reset(&handle->program.set);
	/* libcurl has put its defaults where our values stood. */
	handle->program.ours = 0;
	request_disarm(&handle->request);
	resume_free(&handle->resume);
}

CURLcode handle_setopt(struct handle *handle, CURLoption option, curl_word value)
{
	struct program *program = &handle->program;
	CURLcode code = CURLE_OK;

	if (!options_are_ours(program->ours, option))
		code = program->libcurl->easy_setopt(program->easy, option, value);
	if (code == CURLE_OK)
		options_remember(&program->set, option, value);
	if (option == CURLOPT_URL)
		injection_note_url(handle, value);
	return code;
}

bool handle_getinfo(const struct handle *handle, CURLINFO info, void *out)
{
	return injection_getinfo(handle, info, out) || answer_getinfo(&handle->answer, info, out) ||
	       resume_getinfo(&handle->resume, info, out);
}
