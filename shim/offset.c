/* SPDX-License-Identifier: MIT */
#include "offset.h"

#include <string.h>

#include "handle.h"

/* "213 20240101000000", RFC 3659 §3.1; a SIZE of so many digits is no file's. */
#define MDTM_DIGITS 14

void offset_begin(struct handle *handle)
{
	struct offset *offset = &handle->transfer.resume.offset;
	const struct options *set = &handle->set;

	offset->hides = false;
	offset->possible = set->file_url && handle->transfer.resume.watched &&
			   handle->transfer.resume.end < 0 && !set->commands && !set->text &&
			   !set->wildcard && !strcmp(set->method, "GET") && !set->custom_request[0];
	if (!offset->possible || set->file_time || set->time_condition)
		return;
	handle->libcurl->easy_setopt(handle->easy, CURLOPT_FILETIME, 1L);
	handle->ours |= OURS_FILETIME;
	offset->hides = true;
}

static curl_off_t ask(const struct handle *handle, CURLINFO info)
{
	curl_off_t value = -1;

	handle->libcurl->easy_getinfo(handle->easy, info, &value);
	return value;
}

bool offset_may(struct handle *handle)
{
	struct resume *resume = &handle->transfer.resume;

	/* A status: it went through an HTTP proxy. */
	if (!resume->offset.possible || handle->transfer.response.status)
		return false;
	resume->offset.time = ask(handle, CURLINFO_FILETIME_T);
	resume->total = ask(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T);
	resume->whole = resume->total;
	return resume->offset.time >= 0 && resume->total > 0;
}

void offset_install(struct handle *handle)
{
	const struct libcurl *libcurl = handle->libcurl;
	const struct resume *resume = &handle->transfer.resume;

	/* Not a range, after which libcurl would not mind how the transfer ends. */
	libcurl->easy_setopt(handle->easy, CURLOPT_RANGE, NULL);
	libcurl->easy_setopt(handle->easy, CURLOPT_RESUME_FROM_LARGE,
			     resume->start + resume->bytes);
}

static bool is_same_time(const struct handle *handle)
{
	return !handle->transfer.response.status &&
	       ask(handle, CURLINFO_FILETIME_T) == handle->transfer.resume.offset.time;
}

bool offset_joins(const struct handle *handle)
{
	const struct resume *resume = &handle->transfer.resume;

	return is_same_time(handle) &&
	       ask(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T) == resume->whole - resume->bytes;
}

/* libcurl fetches nothing only where the offset that it was given is the file's size. */
bool offset_is_complete(const struct handle *handle)
{
	const struct resume *resume = &handle->transfer.resume;

	return resume->offset.possible && resume->bytes == resume->whole && is_same_time(handle);
}

void offset_attempt(struct offset *offset)
{
	offset->stage = OFFSET_BEGINS;
}

static bool is_time(const char *line, size_t length)
{
	size_t end = 4;

	if (memcmp(line, "213 ", 4))
		return false;
	while (end < length && line[end] >= '0' && line[end] <= '9')
		end++;
	return end == 4 + MDTM_DIGITS;
}

static bool is_reply(const char *line, const char *code)
{
	return !memcmp(line, code, 3);
}

/*
 * Between these libcurl asks for a file's time: the answers to PWD and CWD
 * (RFC 959 §5.4), on a connection that is used again nothing, and those about
 * the data connection.
 */
static enum offset_stage stage_at(enum offset_stage stage, const char *line)
{
	if (is_reply(line, "257") || is_reply(line, "250"))
		return OFFSET_READY;
	if (stage == OFFSET_BEGINS)
		stage = is_reply(line, "220") || is_reply(line, "120") ? OFFSET_LOGIN : OFFSET_READY;
	/* Also a time that neither we nor libcurl can read. */
	if (stage == OFFSET_READY && (is_reply(line, "213") || (line[0] == '2' && line[1] == '2')))
		stage = OFFSET_ANSWERED;
	return stage;
}

static void note_refusal(struct handle *handle, const char *line)
{
	struct offset *offset = &handle->transfer.resume.offset;

	offset->stage = OFFSET_REFUSED;
	offset->refused_at = handle->transfer.response.used;
	memcpy(offset->refusal, line, 3);
	offset->refusal[3] = line[3] == '-' ? ' ' : '\0';
}

/* The line after a refusal's first one. */
static void go_on_from_refusal(struct handle *handle, const char *line)
{
	struct offset *offset = &handle->transfer.resume.offset;

	if (offset->refusal[3]) {
		if (!memcmp(line, offset->refusal, sizeof(offset->refusal)))
			offset->refusal[3] = '\0';
		return;
	}
	offset->stage = OFFSET_ANSWERED;
	/* It was the folder that was refused: libcurl has said QUIT, or MKD. */
	if (is_reply(line, "221") || is_reply(line, "257"))
		return;
	handle->transfer.response.used = offset->refused_at;
}

bool offset_hides_line(struct handle *handle, const char *line, size_t length)
{
	struct offset *offset = &handle->transfer.resume.offset;

	if (!(handle->ours & OURS_FILETIME) || length < 4)
		return false;
	if (is_time(line, length)) {
		offset->stage = OFFSET_ANSWERED;
		return true;
	}
	if (offset->stage == OFFSET_REFUSED) {
		go_on_from_refusal(handle, line);
		return false;
	}
	offset->stage = stage_at(offset->stage, line);
	if (offset->stage == OFFSET_READY && (line[0] == '4' || line[0] == '5'))
		note_refusal(handle, line);
	return false;
}

bool offset_getinfo(const struct handle *handle, CURLINFO info, void *out)
{
	if (!handle->transfer.resume.offset.hides || handle->set.file_time)
		return false;
	switch (info) {
	case CURLINFO_FILETIME:
		*(long *)out = -1;
		return true;
	case CURLINFO_FILETIME_T:
		*(curl_off_t *)out = -1;
		return true;
	default:
		return false;
	}
}
