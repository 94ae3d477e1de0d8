/* SPDX-License-Identifier: MIT */
#include "request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "transfer/handle.h"
#include "mime.h"
#include "program/target.h"

static void keep(struct handle *handle, const char *data, size_t length)
{
	struct request *request = &handle->transfer.request;

	if (request->file_start < 0 &&
	    !replay_keep(&request->replay, data, length, handle->transfer.policy->upload_buffer))
		transfer_cannot_keep(handle, true, errno);
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
		if (length == CURL_READFUNC_PAUSE)
			handle->transfer.paused |= CURLPAUSE_SEND;
		return length;
	}
	request->ended = length == 0;
	keep(handle, buffer, length);
	return length;
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

/* Whether libcurl takes the body from a callback or a FILE. */
static bool reads_body(const struct options *set)
{
	return !strcmp(set->method, "PUT") || (!strcmp(set->method, "POST") && !set->fields);
}

/* Not before libcurl reads it: a FILE of an earlier transfer's may be closed. */
static void locate_file(struct handle *handle)
{
	struct request *request = &handle->transfer.request;

	if (request->located)
		return;
	request->file_start = start_of_file(&handle->set);
	request->located = true;
}

static size_t on_read(char *buffer, size_t size, size_t count, void *user)
{
	struct handle *handle = user;
	struct request *request = &handle->transfer.request;
	size_t length;

	if (request->rewound) {
		request->cut = true;
		return CURL_READFUNC_ABORT;
	}
	if (handle->transfer.pause & CURLPAUSE_SEND) {
		handle->transfer.paused |= CURLPAUSE_SEND;
		return CURL_READFUNC_PAUSE;
	}
	locate_file(handle);
	request->touched = true;
	if (handle->transfer.policy->stall_timeout_ms)
		transfer_moved(handle);
	length = replay_read(&request->replay, buffer, size * count);
	if (length == REPLAY_LOST)
		return CURL_READFUNC_ABORT;
	return length ? length : read_program(handle, buffer, size, count);
}

/*
 * The program's own stream now stands at OFFSET of the body; what was kept of it counts only from
 * the start.
 */
static int stands_at(struct request *request, curl_off_t offset)
{
	request->ended = false;
	replay_begin(&request->replay);
	request->replay.overflowed = offset != 0;
	return CURL_SEEKFUNC_OK;
}

static bool ask_ioctl(struct handle *handle)
{
	const struct options *set = &handle->set;

	return set->ioctl_function && set->ioctl_function(handle->easy, CURLIOCMD_RESTARTREAD,
							  set->ioctl_data) == CURLIOE_OK;
}

static bool seek_file(struct handle *handle, curl_off_t offset)
{
	const struct request *request = &handle->transfer.request;

	return request->file_start >= 0 &&
	       !fseeko(handle->set.read_data, request->file_start + offset, SEEK_SET);
}

/* By the program's callback, as libcurl would ask it. */
static int ask_seek(struct handle *handle, curl_off_t offset, int origin)
{
	const struct options *set = &handle->set;
	int result = set->seek_function(set->seek_data, offset, origin);

	return result == CURL_SEEKFUNC_OK ? stands_at(&handle->transfer.request, offset) : result;
}

/*
 * For an attempt of ours. What is kept comes first: a program's callback counts
 * from the start of its file, though what it has on standard input may have
 * begun later.
 */
static bool rewind_body(struct handle *handle)
{
	struct request *request = &handle->transfer.request;

	if (request->file_start < 0 && replay_seek(&request->replay, 0))
		return true;
	if (handle->set.seek_function)
		return ask_seek(handle, 0, SEEK_SET) == CURL_SEEKFUNC_OK;
	if (!ask_ioctl(handle) && !seek_file(handle, 0))
		return false;
	stands_at(request, 0);
	return true;
}

/* Of what the attempt before has read, the program need not know. */
static bool is_rewound(const struct handle *handle)
{
	return handle->transfer.attempt > 1 && !handle->transfer.request.touched;
}

/*
 * The program has no callback for it. Where an upload is to be resumed, libcurl
 * then reads over HTTP what comes before and drops it; over FTP and SFTP it
 * takes the body for one that begins there.
 */
static int seek_by_ourselves(struct handle *handle, curl_off_t offset)
{
	struct target target;

	if (!offset)
		return rewind_body(handle) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_CANTSEEK;
	target_of(handle, &target);
	return target.http ? CURL_SEEKFUNC_CANTSEEK : CURL_SEEKFUNC_OK;
}

/*
 * For libcurl, which rewinds by itself for a redirect or an authentication round: the program is
 * asked as without us.
 */
static int on_seek(void *user, curl_off_t offset, int origin)
{
	struct handle *handle = user;

	if (!offset && is_rewound(handle))
		return CURL_SEEKFUNC_OK;
	return handle->set.seek_function ? ask_seek(handle, offset, origin) :
					   seek_by_ourselves(handle, offset);
}

/* Likewise, of a program that has no seek callback. */
static curlioerr on_ioctl(CURL *easy, int command, void *user)
{
	struct handle *handle = user;
	const struct options *set = &handle->set;
	curlioerr result;

	if (!set->ioctl_function)
		return CURLIOE_UNKNOWNCMD;
	if (command == CURLIOCMD_RESTARTREAD && is_rewound(handle))
		return CURLIOE_OK;
	result = set->ioctl_function(easy, command, set->ioctl_data);
	if (result == CURLIOE_OK && command == CURLIOCMD_RESTARTREAD)
		stands_at(&handle->transfer.request, 0);
	return result;
}

void request_arm(struct handle *handle)
{
	const struct libcurl *libcurl = handle->libcurl;
	struct request *request = &handle->transfer.request;

	request->form_lost = false;
	if (handle->transfer.once)
		return;
	/*
	 * A part of an old form (CURLFORM_STREAM) is read by the same callback, with its own data.
	 */
	if (!handle->set.sends || handle->set.form)
		return;
	libcurl->easy_setopt(handle->easy, CURLOPT_READFUNCTION, on_read);
	libcurl->easy_setopt(handle->easy, CURLOPT_READDATA, handle);
	/* Where it has both, libcurl asks the first only. */
	if (handle->set.ioctl_function && !handle->set.seek_function) {
		libcurl->easy_setopt(handle->easy, CURLOPT_IOCTLFUNCTION, on_ioctl);
		libcurl->easy_setopt(handle->easy, CURLOPT_IOCTLDATA, handle);
	} else {
		libcurl->easy_setopt(handle->easy, CURLOPT_SEEKFUNCTION, on_seek);
		libcurl->easy_setopt(handle->easy, CURLOPT_SEEKDATA, handle);
	}
	*request = (struct request){ .file_start = -1 };
	handle->ours |= OURS_BODY;
}

void request_begin(struct request *request)
{
	request->touched = false;
	request->rewound = false;
	request->cut = false;
	request->replay.at = 0;
}

/*
 * libcurl before 8.8 writes out of bounds in a handle's next request after one with trailers (seen
 * in 7.88).
 */
static bool sends_trailers_once(const struct handle *handle)
{
	return handle->set.trailers && (handle->set.sends || handle->set.form) &&
	       !handle->libcurl->multi_waitfds;
}

/* Of a body that we have not kept, since it is sent once: whether we could have sent it again. */
static bool would_be_lost(const struct handle *handle)
{
	const struct options *set = &handle->set;
	curl_off_t sent = 0;

	handle->libcurl->easy_getinfo(handle->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	return sent > handle->transfer.policy->upload_buffer && reads_body(set) &&
	       !set->seek_function && !set->ioctl_function && start_of_file(set) < 0;
}

/* What another protocol does not send, the program may have freed. */
static bool sends_by_http(const struct handle *handle)
{
	struct target target;

	target_of(handle, &target);
	return target.http;
}

bool request_is_lost(const struct handle *handle)
{
	const struct options *set = &handle->set;

	if (sends_trailers_once(handle))
		return true;
	if (!set->form && handle->transfer.once)
		return set->sends && would_be_lost(handle);
	if (!set->form)
		return set->sends && !(handle->ours & OURS_BODY);
	/*
	 * Of an old form libcurl makes another boundary for each attempt, and under a key the body
	 * must be the same.
	 */
	if (set->old_form)
		return handle->transfer.idempotency.keyed ||
		       (sends_by_http(handle) && mime_old_form_is_lost(set->old_form));
	return mime_is_lost(handle);
}

bool request_rewind(struct handle *handle)
{
	struct request *request = &handle->transfer.request;

	if (request->touched && !request->rewound)
		request->rewound = rewind_body(handle);
	return !request->touched || request->rewound;
}

void request_disarm(struct request *request)
{
	replay_drop(&request->replay);
}
