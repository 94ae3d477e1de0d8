/* SPDX-License-Identifier: MIT */
#include "hold.h"

#include <errno.h>
#include <string.h>

#include "judge.h"
#include "program/events.h"
#include "program/target.h"

/* Who allows more than this allows a body to be held though its length is not known. */
#define IN_MEMORY SPOOL_MEMORY

static bool may_hold(const struct handle *handle)
{
	int status = handle->answer.status;

	return handle->program.policy->hold && handle->response.phase == PHASE_HELD &&
	       !handle->resume.active && status < 300 && status != 101 &&
	       !judge_may_be_transient(handle, status) && judge_may_repeat(handle);
}

bool hold_waits_for_body(const struct handle *handle)
{
	const struct program *program = &handle->program;
	const struct answer *answer = &handle->answer;

	if (handle->resume.active || program->set.method[0] == 'H' || answer->status == 204 ||
	    answer->status == 304)
		return false;
	if (answer->sized && answer->status < 300)
		return true;
	return (answer->sized || program->policy->hold > IN_MEMORY) && may_hold(handle);
}

/* A protocol whose answer is a file: none in which the two sides take turns. */
static bool is_file(const struct program *program)
{
	static const char *const schemes[] = { "ftp",  "ftps", "sftp",	 "scp",
					       "tftp", "file", "gopher", "gophers" };
	struct target target;

	target_of(program, &target);
	if (target.http)
		return target.scheme[0] == 'h';
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (!strcmp(target.scheme, schemes[i]))
			return true;
	}
	return false;
}

bool hold_begins(struct handle *handle)
{
	const struct program *program = &handle->program;
	struct response *response = &handle->response;
	int64_t hold = program->policy->hold;
	curl_off_t length = -1;

	if (!may_hold(handle) || (program->set.header && !handle->answer.status))
		return false;
	program->libcurl->easy_getinfo(program->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	if (length > hold || (length < 0 && (hold <= IN_MEMORY || !is_file(program))))
		return false;
	response->holding = true;
	response->length = length;
	response->body = 0;
	handle->delivery.counts = true;
	return true;
}

/*
 * Where the body is decoded, libcurl alone knows when it is whole, and tells by the transfer's end.
 */
static bool is_whole(const struct handle *handle)
{
	const struct response *response = &handle->response;

	return response->length >= 0 && response->body >= response->length &&
	       !handle->program.set.accept_encoding;
}

bool hold_add(struct handle *handle, const char *data, size_t length)
{
	struct response *response = &handle->response;

	response->body += (int64_t)length;
	if (response->body > handle->program.policy->hold || is_whole(handle))
		return false;
	if (held_add_piece(&handle->answer.held, data, length))
		return true;
	event_not_kept(&handle->program, false, errno);
	return false;
}
