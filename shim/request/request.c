/* SPDX-License-Identifier: MIT */
#include "request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "program/events.h"
#include "program/target.h"

static void keep(struct request *request, const char *data, size_t length)
{
	if (request->file_start < 0 &&
	    !replay_keep(&request->replay, data, length, request->program->policy->upload_buffer))
		event_not_kept(request->program, true, errno);
}

static size_t read_program(struct request *request, char *buffer, size_t size, size_t count)
{
	const struct options *set = &request->program->set;
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
			request->program->paused |= CURLPAUSE_SEND;
		return length;
	}
	request->ended = length == 0;
	keep(request, buffer, length);
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
static void locate_file(struct request *request)
{
	if (request->located)
		return;
	request->file_start = start_of_file(&request->program->set);
	request->located = true;
}

static size_t on_read(char *buffer, size_t size, size_t count, void *user)
{
	struct request *request = user;
	size_t length;

	if (request->rewound) {
		request->aborted = true;
		return CURL_READFUNC_ABORT;
	}
	if (request->program->paused_before & CURLPAUSE_SEND) {
		request->program->paused |= CURLPAUSE_SEND;
		return CURL_READFUNC_PAUSE;
	}
	locate_file(request);
	request->touched = true;
	if (progress_is_watched(request->progress))
		progress_note(request->progress);
	length = replay_read(&request->replay, buffer, size * count);
	if (length == REPLAY_LOST)
		return CURL_READFUNC_ABORT;
	return length ? length : read_program(request, buffer, size, count);
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

static bool ask_ioctl(struct request *request)
{
	const struct options *set = &request->program->set;

	return set->ioctl_function &&
	       set->ioctl_function(request->program->easy, CURLIOCMD_RESTARTREAD,
				   set->ioctl_data) == CURLIOE_OK;
}

static bool seek_file(struct request *request, curl_off_t offset)
{
	return request->file_start >= 0 &&
	       !fseeko(request->program->set.read_data, request->file_start + offset, SEEK_SET);
}

/* By the program's callback, as libcurl would ask it. */
static int ask_seek(struct request *request, curl_off_t offset, int origin)
{
	const struct options *set = &request->program->set;
	int result = set->seek_function(set->seek_data, offset, origin);

	return result == CURL_SEEKFUNC_OK ? stands_at(request, offset) : result;
}

/*
 * For an attempt of ours. What is kept comes first: a program's callback counts
 * from the start of its file, though what it has on standard input may have
 * begun later.
 */
static bool rewind_body(struct request *request)
{
	if (request->file_start < 0 && replay_seek(&request->replay, 0))
		return true;
	if (request->program->set.seek_function)
		return ask_seek(request, 0, SEEK_SET) == CURL_SEEKFUNC_OK;
	if (!ask_ioctl(request) && !seek_file(request, 0))
		return false;
	stands_at(request, 0);
	return true;
}

/* Of what the attempt before has read, the program need not know. */
static bool is_rewound(const struct request *request)
{
	return request->program->attempt > 1 && !request->touched;
}

/*
 * The program has no callback for it. Where an upload is to be resumed, libcurl
 * then reads over HTTP what comes before and drops it; over FTP and SFTP it
 * takes the body for one that begins there.
 */
static int seek_by_ourselves(struct request *request, curl_off_t offset)
{
	struct target target;

	if (!offset)
		return rewind_body(request) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_CANTSEEK;
	target_of(request->program, &target);
	return target.http ? CURL_SEEKFUNC_CANTSEEK : CURL_SEEKFUNC_OK;
}

/*
 * For libcurl, which rewinds by itself for a redirect or an authentication round: the program is
 * asked as without us.
 */
static int on_seek(void *user, curl_off_t offset, int origin)
{
	struct request *request = user;

	if (!offset && is_rewound(request))
		return CURL_SEEKFUNC_OK;
	return request->program->set.seek_function ? ask_seek(request, offset, origin) :
					   seek_by_ourselves(request, offset);
}

/* Likewise, of a program that has no seek callback. */
static curlioerr on_ioctl(CURL *easy, int command, void *user)
{
	struct request *request = user;
	const struct options *set = &request->program->set;
	curlioerr result;

	if (!set->ioctl_function)
		return CURLIOE_UNKNOWNCMD;
	if (command == CURLIOCMD_RESTARTREAD && is_rewound(request))
		return CURLIOE_OK;
	result = set->ioctl_function(easy, command, set->ioctl_data);
	if (result == CURLIOE_OK && command == CURLIOCMD_RESTARTREAD)
		stands_at(request, 0);
	return result;
}

void request_arm(struct request *request)
{
	struct program *program = request->program;
	const struct libcurl *libcurl = program->libcurl;

	request->form.lost = false;
	if (program->once)
		return;
	/*
	 * A part of an old form (CURLFORM_STREAM) is read by the same callback, with its own data.
	 */
	if (!program->set.sends || program->set.form)
		return;
	libcurl->easy_setopt(program->easy, CURLOPT_READFUNCTION, on_read);
	libcurl->easy_setopt(program->easy, CURLOPT_READDATA, request);
	/* Where it has both, libcurl asks the first only. */
	if (program->set.ioctl_function && !program->set.seek_function) {
		libcurl->easy_setopt(program->easy, CURLOPT_IOCTLFUNCTION, on_ioctl);
		libcurl->easy_setopt(program->easy, CURLOPT_IOCTLDATA, request);
	} else {
		libcurl->easy_setopt(program->easy, CURLOPT_SEEKFUNCTION, on_seek);
		libcurl->easy_setopt(program->easy, CURLOPT_SEEKDATA, request);
	}
	request->located = false;
	request->file_start = -1;
	request->ended = false;
	replay_begin(&request->replay);
	program->ours |= OURS_BODY;
}

void request_begin(struct request *request)
{
	request->touched = false;
	request->rewound = false;
	request->aborted = false;
	request->form.aborted = false;
	request->replay.at = 0;
}

/*
 * libcurl before 8.8 writes out of bounds in a handle's next request after one with trailers (seen
 * in 7.88).
 */
static bool sends_trailers_once(const struct request *request)
{
	return request->program->set.trailers &&
	       (request->program->set.sends || request->program->set.form) &&
	       !request->program->libcurl->multi_waitfds;
}

/* Of a body that we have not kept, since it is sent once: whether we could have sent it again. */
static bool would_be_lost(const struct request *request)
{
	const struct options *set = &request->program->set;
	curl_off_t sent = 0;

	request->program->libcurl->easy_getinfo(request->program->easy, CURLINFO_SIZE_UPLOAD_T,
						&sent);
	return sent > request->program->policy->upload_buffer && reads_body(set) &&
	       !set->seek_function && !set->ioctl_function && start_of_file(set) < 0;
}

/* What another protocol does not send, the program may have freed. */
static bool sends_by_http(const struct request *request)
{
	struct target target;

	target_of(request->program, &target);
	return target.http;
}

bool request_is_lost(const struct request *request, bool keyed)
{
	const struct options *set = &request->program->set;

	if (sends_trailers_once(request))
		return true;
	if (!set->form && request->program->once)
		return set->sends && would_be_lost(request);
	if (!set->form)
		return set->sends && !(request->program->ours & OURS_BODY);
	/*
	 * Of an old form libcurl makes another boundary for each attempt, and under a key the body
	 * must be the same.
	 */
	if (set->old_form)
		return keyed ||
		       (sends_by_http(request) && mime_old_form_is_lost(set->old_form));
	return mime_is_lost(&request->form);
}

bool request_rewind(struct request *request)
{
	if (request->touched && !request->rewound)
		request->rewound = rewind_body(request);
	return !request->touched || request->rewound;
}

void request_disarm(struct request *request)
{
	if (request->replay.kept.size)
		replay_drop(&request->replay);
}

void request_free(struct request *request)
{
	forms_remove(&request->form);
	mime_forget_sender((struct sender){ .form = &request->form });
	request_disarm(request);
}
