/* SPDX-License-Identifier: MIT */
#include "request.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "handle.h"

/* Set once a program has made such a part: which form it went into is not known. */
static atomic_bool unseekable_parts;

static bool make_room(struct request *request, size_t more, size_t limit)
{
	size_t size = request->size ? request->size : 16 * 1024;
	char *kept;

	if (request->used + more > limit)
		return false;
	while (size < request->used + more)
		size *= 2;
	if (size == request->size)
		return true;
	kept = realloc(request->kept, size);
	if (!kept)
		return false;
	request->kept = kept;
	request->size = size;
	return true;
}

static void drop_kept(struct request *request)
{
	free(request->kept);
	request->kept = NULL;
	request->used = 0;
	request->size = 0;
	request->replayed = 0;
}

static void keep(struct handle *handle, const char *data, size_t length)
{
	struct request *request = &handle->transfer.request;

	if (request->overflowed || request->file_start >= 0)
		return;
	if (!make_room(request, length, (size_t)handle->transfer.policy->upload_buffer)) {
		drop_kept(request);
		request->overflowed = true;
		return;
	}
	memcpy(request->kept + request->used, data, length);
	request->used += length;
	request->replayed = request->used;
}

static size_t read_program(struct handle *handle, char *buffer, size_t size, size_t count)
{
	struct request *request = &handle->transfer.request;
	const struct options *set = &handle->set;
	size_t length;

	if (request->ended)
		return 0;
	if (!set->read_function) {
		/* In bytes, as libcurl's own default has it. */
		length = fread(buffer, 1, size * count, set->read_data);
	} else {
		length = set->read_function(buffer, size, count, set->read_data);
	}
	if (length > size * count) {
		handle->transfer.paused |= length == CURL_READFUNC_PAUSE;
		return length;
	}
	request->ended = length == 0;
	keep(handle, buffer, length);
	return length;
}

static size_t read_kept(struct request *request, char *buffer, size_t length)
{
	size_t left = request->used - request->replayed;
	size_t n = length < left ? length : left;

	memcpy(buffer, request->kept + request->replayed, n);
	request->replayed += n;
	return n;
}

static size_t on_read(char *buffer, size_t size, size_t count, void *user)
{
	struct handle *handle = user;
	struct request *request = &handle->transfer.request;

	if (request->rewound) {
		request->cut = true;
		return CURL_READFUNC_ABORT;
	}
	if (handle->transfer.pause & CURLPAUSE_SEND) {
		handle->transfer.paused = true;
		return CURL_READFUNC_PAUSE;
	}
	request->touched = true;
	if (handle->transfer.policy->stall_timeout_ms)
		transfer_moved(handle);
	if (request->replayed < request->used)
		return read_kept(request, buffer, size * count);
	return read_program(handle, buffer, size, count);
}

/* The program's own stream now stands at OFFSET of the body; what was kept of it counts only from the start. */
static int stands_at(struct request *request, curl_off_t offset)
{
	request->ended = false;
	request->used = 0;
	request->replayed = 0;
	request->overflowed = offset != 0;
	return CURL_SEEKFUNC_OK;
}

static bool ask_ioctl(struct handle *handle)
{
	const struct options *set = &handle->set;

	return set->ioctl_function && set->ioctl_function(handle->easy, CURLIOCMD_RESTARTREAD,
							  set->ioctl_data) == CURLIOE_OK;
}

static int seek_to(struct handle *handle, curl_off_t offset, int origin)
{
	struct request *request = &handle->transfer.request;
	const struct options *set = &handle->set;
	int result = CURL_SEEKFUNC_CANTSEEK;

	if (set->seek_function)
		result = set->seek_function(set->seek_data, offset, origin);
	else if (offset == 0 && ask_ioctl(handle))
		result = CURL_SEEKFUNC_OK;
	else if (request->file_start >= 0 &&
		 !fseeko(set->read_data, request->file_start + offset, SEEK_SET))
		result = CURL_SEEKFUNC_OK;
	if (result == CURL_SEEKFUNC_OK)
		return stands_at(request, offset);
	if (request->overflowed || offset > (curl_off_t)request->used)
		return result;
	request->replayed = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

/*
 * For libcurl, which rewinds by itself for a redirect or an authentication
 * round. Without a seek callback it takes the body for one that begins where
 * an upload is to be resumed.
 */
static int on_seek(void *user, curl_off_t offset, int origin)
{
	const struct handle *handle = user;

	if (offset && !handle->set.seek_function)
		return CURL_SEEKFUNC_OK;
	return seek_to(user, offset, origin);
}

/* Where the default fread's FILE stands, if it is one that can be sought in. */
static curl_off_t start_of_file(const struct options *set)
{
	struct stat about;

	if (set->read_function || set->seek_function || set->ioctl_function || !set->read_data)
		return -1;
	if (fstat(fileno(set->read_data), &about) || !S_ISREG(about.st_mode))
		return -1;
	return ftello(set->read_data);
}

void request_arm(struct handle *handle)
{
	const struct libcurl *libcurl = handle->libcurl;
	struct request *request = &handle->transfer.request;

	/* A part of an old form (CURLFORM_STREAM) is read by the same callback, with its own data. */
	if (!handle->set.sends || handle->set.form)
		return;
	libcurl->easy_setopt(handle->easy, CURLOPT_READFUNCTION, on_read);
	libcurl->easy_setopt(handle->easy, CURLOPT_READDATA, handle);
	libcurl->easy_setopt(handle->easy, CURLOPT_SEEKFUNCTION, on_seek);
	libcurl->easy_setopt(handle->easy, CURLOPT_SEEKDATA, handle);
	*request = (struct request){ .armed = true, .file_start = start_of_file(&handle->set) };
}

void request_begin(struct request *request)
{
	request->touched = false;
	request->rewound = false;
	request->cut = false;
	request->replayed = 0;
}

void request_note_unseekable_part(void)
{
	atomic_store_explicit(&unseekable_parts, true, memory_order_relaxed);
}

bool request_is_lost(const struct handle *handle)
{
	const struct options *set = &handle->set;

	if (!set->form)
		return set->sends && !handle->transfer.request.armed;
	return set->old_form || atomic_load_explicit(&unseekable_parts, memory_order_relaxed);
}

bool request_rewind(struct handle *handle)
{
	struct request *request = &handle->transfer.request;

	if (request->touched && !request->rewound)
		request->rewound = seek_to(handle, 0, SEEK_SET) == CURL_SEEKFUNC_OK;
	return !request->touched || request->rewound;
}

void request_disarm(struct request *request)
{
	drop_kept(request);
	request->armed = false;
}

void request_uninstall(struct handle *handle, CURL *easy)
{
	const struct libcurl *libcurl = handle->libcurl;
	const struct options *set = &handle->set;

	if (!handle->transfer.request.armed)
		return;
	libcurl->easy_setopt(easy, CURLOPT_READFUNCTION, set->read_function);
	libcurl->easy_setopt(easy, CURLOPT_READDATA, set->read_data);
	libcurl->easy_setopt(easy, CURLOPT_SEEKFUNCTION, set->seek_function);
	libcurl->easy_setopt(easy, CURLOPT_SEEKDATA, set->seek_data);
}
