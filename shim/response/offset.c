/* SPDX-License-Identifier: MIT */
#include "offset.h"

#include <string.h>
#include <time.h>

#include "process/process.h"

/* More than any time zone's distance from UTC, in which some servers tell a file's time. */
#define OLD_S (24 * 60 * 60)

static void ask_for_time(struct offset *offset)
{
	struct program *program = offset->program;

	if (program->set.file_time || program->set.time_condition)
		return;
	program->libcurl->easy_setopt(program->easy, CURLOPT_FILETIME, 1L);
	program->ours |= OURS_FILETIME;
	offset->hides = true;
}

static bool asks_for_plain_file(const struct options *set)
{
	return set->file_url != FILE_NONE && !set->commands && !set->text && !set->wildcard &&
	       !strcmp(set->method, "GET") && !set->custom_request[0];
}

void offset_begin(struct offset *offset, bool to_the_end)
{
	const struct options *set = &offset->program->set;

	offset->hides = false;
	offset->late = false;
	offset->possible = to_the_end && asks_for_plain_file(set);
	if (!offset->possible)
		return;
	offset->time = -1;
	offset->tail_length = 0;
	offset->late = set->file_url == FILE_FTP && !set->file_time && !set->time_condition;
	if (!offset->late && !offset->program->once)
		ask_for_time(offset);
}

static curl_off_t ask(const struct offset *offset, CURLINFO info)
{
	curl_off_t value = -1;

	offset->program->libcurl->easy_getinfo(offset->program->easy, info, &value);
	return value;
}

bool offset_may(struct offset *offset, int status, curl_off_t *size)
{
	/* It went through an HTTP proxy. */
	if (!offset->possible || status)
		return false;
	offset->time = ask(offset, CURLINFO_FILETIME_T);
	*size = ask(offset, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T);
	return *size > 0 && (offset->time >= 0 || offset->late || offset->program->once);
}

size_t offset_install(struct offset *offset, curl_off_t next)
{
	const struct program *program = offset->program;

	if (offset->late)
		ask_for_time(offset);
	/* Not a range, after which libcurl would not mind how the transfer ends. */
	program->libcurl->easy_setopt(program->easy, CURLOPT_RANGE, NULL);
	program->libcurl->easy_setopt(program->easy, CURLOPT_RESUME_FROM_LARGE,
				      next - (curl_off_t)offset->tail_length);
	return offset->tail_length;
}

/* When the transfer has begun, by this machine's clock. */
static time_t beginning(const struct program *program)
{
	return time(NULL) - (time_t)((process_now() - program->started) / 1000);
}

bool offset_is_same(struct offset *offset, int status)
{
	curl_off_t now = ask(offset, CURLINFO_FILETIME_T);

	if (!offset->possible || status || now < 0)
		return false;
	if (offset->time < 0 && now < beginning(offset->program) - OLD_S)
		offset->time = now;
	return now == offset->time;
}

bool offset_joins(struct offset *offset, int status, curl_off_t left)
{
	return offset_is_same(offset, status) &&
	       ask(offset, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T) == left;
}

void offset_note(struct offset *offset, const char *data, size_t length)
{
	size_t kept = offset->tail_length;

	if (length >= OFFSET_TAIL) {
		memcpy(offset->tail, data + length - OFFSET_TAIL, OFFSET_TAIL);
		offset->tail_length = OFFSET_TAIL;
		return;
	}
	if (kept > OFFSET_TAIL - length) {
		memmove(offset->tail, offset->tail + kept - (OFFSET_TAIL - length),
			OFFSET_TAIL - length);
		kept = OFFSET_TAIL - length;
	}
	memcpy(offset->tail + kept, data, length);
	offset->tail_length = kept + length;
}

bool offset_has(const struct offset *offset, const char *data, size_t length, size_t left)
{
	return !memcmp(offset->tail + offset->tail_length - left, data, length);
}

bool offset_getinfo(const struct offset *offset, CURLINFO info, void *out)
{
	if (!offset->hides || offset->program->set.file_time)
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
