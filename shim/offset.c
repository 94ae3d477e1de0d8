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
	offset->asks = true;
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

bool offset_hides_line(const struct handle *handle, const char *line, size_t length)
{
	size_t end = 4;

	if (!handle->transfer.resume.offset.asks || length < 4 || memcmp(line, "213 ", 4))
		return false;
	while (end < length && line[end] >= '0' && line[end] <= '9')
		end++;
	return end == 4 + MDTM_DIGITS;
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

void offset_uninstall(struct handle *handle, CURL *easy)
{
	if (handle->transfer.resume.offset.asks)
		handle->libcurl->easy_setopt(easy, CURLOPT_FILETIME, handle->set.file_time);
}
