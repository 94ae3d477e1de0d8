/* SPDX-License-Identifier: MIT */
#include "offset.h"

#include <string.h>
#include <time.h>

#include "transfer/handle.h"
#include "process/process.h"

/* More than any time zone's distance from UTC, in which some servers tell a file's time. */
#define OLD_S (24 * 60 * 60)

static void ask_for_time(struct handle *handle)
{
	const struct options *set = &handle->set;

	if (set->file_time || set->time_condition)
		return;
	handle->libcurl->easy_setopt(handle->easy, CURLOPT_FILETIME, 1L);
	handle->ours |= OURS_FILETIME;
	handle->transfer.resume.offset.hides = true;
}

void offset_begin(struct handle *handle)
{
	struct offset *offset = &handle->transfer.resume.offset;
	const struct options *set = &handle->set;

	offset->hides = false;
	offset->late = false;
	offset->possible = set->file_url != FILE_NONE && handle->transfer.resume.watched &&
			   handle->transfer.resume.end < 0 && !set->commands && !set->text &&
			   !set->wildcard && !strcmp(set->method, "GET") && !set->custom_request[0];
	if (!offset->possible)
		return;
	offset->time = -1;
	offset->tail_length = 0;
	offset->late = set->file_url == FILE_FTP && !set->file_time && !set->time_condition;
	if (!offset->late && !handle->transfer.once)
		ask_for_time(handle);
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
	return resume->total > 0 &&
	       (resume->offset.time >= 0 || resume->offset.late || handle->transfer.once);
}

void offset_install(struct handle *handle)
{
	const struct libcurl *libcurl = handle->libcurl;
	struct resume *resume = &handle->transfer.resume;

	if (resume->offset.late)
		ask_for_time(handle);
	resume->skip = (curl_off_t)resume->offset.tail_length;
	/* Not a range, after which libcurl would not mind how the transfer ends. */
	libcurl->easy_setopt(handle->easy, CURLOPT_RANGE, NULL);
	libcurl->easy_setopt(handle->easy, CURLOPT_RESUME_FROM_LARGE,
			     resume->start + resume->bytes - resume->skip);
}

/* When the transfer has begun, by this machine's clock. */
static time_t beginning(const struct handle *handle)
{
	return time(NULL) - (time_t)((process_now() - handle->transfer.started) / 1000);
}

static bool is_same_time(struct handle *handle)
{
	struct offset *offset = &handle->transfer.resume.offset;
	curl_off_t now = ask(handle, CURLINFO_FILETIME_T);

	if (handle->transfer.response.status || now < 0)
		return false;
	if (offset->time < 0 && now < beginning(handle) - OLD_S)
		offset->time = now;
	return now == offset->time;
}

bool offset_joins(struct handle *handle)
{
	const struct resume *resume = &handle->transfer.resume;

	return is_same_time(handle) && ask(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T) ==
						resume->whole - resume->bytes + resume->skip;
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

/* libcurl fetches nothing only where the offset that it was given is the file's size. */
bool offset_is_complete(struct handle *handle)
{
	const struct resume *resume = &handle->transfer.resume;

	return resume->offset.possible && !resume->skip && resume->bytes == resume->whole &&
	       is_same_time(handle);
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
