/* SPDX-License-Identifier: MIT */
#include "mime.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "transfer/handle.h"
#include "run/multi.h"
#include "process/process.h"
#include "replay.h"

struct part {
	curl_read_callback read;	/* the program's, and the next two */
	curl_free_callback release;
	void *user;
	unsigned duplications;		/* so many there were when it was made */
	atomic_bool touched;		/* something has asked it for data */
	uint64_t transfer;		/* which has read what is kept; 0: none */
	bool ended;			/* it has read all; the program is not asked again */
	struct replay replay;
};

/* Written by any thread, never set back. */
/* a part that is not ours to replay, or was read for nobody knows whom */
static atomic_bool made_unkept;
static atomic_uint duplications;	/* of handles with a form */

/*
 * The copy of a part has the same argument: two handles, which two threads may
 * use, share a struct part then. It is not known of which parts there are
 * copies; those made before any duplication may be. What a transfer had begun
 * to keep before that stays its own: a copy's transfer finds the part shared.
 */
static bool is_shared(const struct part *part)
{
	return part->duplications != atomic_load_explicit(&duplications, memory_order_acquire);
}

void mime_note_duplication(const struct handle *handle)
{
	if (!handle || handle->set.had_mime)
		atomic_fetch_add_explicit(&duplications, 1, memory_order_release);
}

static __thread struct sender sender __attribute__((tls_model("initial-exec")));

struct sender mime_set_sender(struct sender next)
{
	struct sender before = sender;

	sender = next;
	return before;
}

void mime_forget_sender(struct sender gone)
{
	if (sender.handle == gone.handle && sender.multi == gone.multi)
		sender = (struct sender){ 0 };
}

/* Whose form is being read, for all that is known; or NULL. */
static struct handle *reader(void)
{
	if (sender.multi)
		return multi_form_reader(sender.multi);
	return sender.handle && sender.handle->set.form ? sender.handle : NULL;
}

static bool is_kept_for(const struct part *part, const struct handle *handle)
{
	return part->transfer == handle->transfer.id;
}

static size_t read_program(struct part *part, struct handle *handle, char *buffer, size_t size,
			   size_t count)
{
	size_t length;

	atomic_store_explicit(&part->touched, true, memory_order_relaxed);
	length = part->read(buffer, size, count, part->user);
	if (handle && length == CURL_READFUNC_PAUSE)
		handle->transfer.paused |= CURLPAUSE_SEND;
	return length;
}

static void keep(struct part *part, struct handle *handle, const char *data, size_t length)
{
	struct transfer *transfer = &handle->transfer;

	if (!is_kept_for(part, handle)) {
		part->transfer = transfer->id;
		replay_begin(&part->replay);
	}
	part->ended = length == 0;
	if (!replay_keep(&part->replay, data, length, transfer->policy->upload_buffer))
		transfer_cannot_keep(handle, true, errno);
	transfer->request.form_lost |= part->replay.overflowed;
}

static size_t on_read(char *buffer, size_t size, size_t count, void *user)
{
	struct part *part = user;
	struct handle *handle = reader();
	size_t length;

	if (!handle) {
		if (sender.multi)
			multi_lose_forms(sender.multi);
		else
			atomic_store_explicit(&made_unkept, true, memory_order_relaxed);
		return read_program(part, NULL, buffer, size, count);
	}
	if (handle->transfer.once)
		return read_program(part, handle, buffer, size, count);
	/* The attempt will be repeated: what it would read now might be too much to keep. */
	if (handle->transfer.response.phase == PHASE_DOOMED) {
		handle->transfer.request.cut = true;
		return CURL_READFUNC_ABORT;
	}
	if (is_kept_for(part, handle)) {
		length = replay_read(&part->replay, buffer, size * count);
		if (length == REPLAY_LOST)
			return CURL_READFUNC_ABORT;
		if (length || part->ended)
			return length;
	} else if (is_shared(part)) {
		handle->transfer.request.form_lost = true;
		return read_program(part, handle, buffer, size, count);
	}
	length = read_program(part, handle, buffer, size, count);
	if (length <= size * count)
		keep(part, handle, buffer, length);
	return length;
}

/*
 * libcurl seeks to a part's start only (curl_mime_data_cb), which is where one
 * stands that was never read: it may have sent no more of it than its header.
 */
static int on_seek(void *user, curl_off_t offset, int origin)
{
	struct part *part = user;
	const struct handle *handle = reader();

	if (offset || origin != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	if (!atomic_load_explicit(&part->touched, memory_order_relaxed))
		return CURL_SEEKFUNC_OK;
	return handle && is_kept_for(part, handle) && replay_seek(&part->replay, 0) ?
		       CURL_SEEKFUNC_OK :
		       CURL_SEEKFUNC_CANTSEEK;
}

/*
 * Called for each copy, as the program's own would be. What may be shared is left: nobody knows the
 * last one.
 */
static void on_free(void *user)
{
	struct part *part = user;

	if (part->release)
		part->release(part->user);
	if (is_shared(part))
		return;
	replay_drop(&part->replay);
	free(part);
}

CURLcode mime_data_cb(const struct libcurl *libcurl, curl_mimepart *mime_part, curl_off_t size,
		      curl_read_callback read, curl_seek_callback seek,
		      curl_free_callback release, void *user)
{
	struct part *part = NULL;
	CURLcode code;

	if (!read || seek || process_is_inert())
		return libcurl->mime_data_cb(mime_part, size, read, seek, release, user);
	part = malloc(sizeof(*part));
	if (!part) {
		atomic_store_explicit(&made_unkept, true, memory_order_relaxed);
		return libcurl->mime_data_cb(mime_part, size, read, NULL, release, user);
	}
	*part = (struct part){
		.read = read,
		.release = release,
		.user = user,
		.duplications = atomic_load_explicit(&duplications, memory_order_acquire),
	};
	code = libcurl->mime_data_cb(mime_part, size, on_read, on_seek, on_free, part);
	if (code != CURLE_OK)
		free(part);
	return code;
}

CURLcode mime_filedata(const struct libcurl *libcurl, curl_mimepart *part, const char *file)
{
	CURLcode code = libcurl->mime_filedata(part, file);
	struct stat about;

	/* A pipe, which libcurl itself reads, and cannot rewind. */
	if (code == CURLE_OK && file && !stat(file, &about) && !S_ISREG(about.st_mode))
		atomic_store_explicit(&made_unkept, true, memory_order_relaxed);
	return code;
}

bool mime_is_lost(const struct handle *handle)
{
	return handle->transfer.request.form_lost ||
	       atomic_load_explicit(&made_unkept, memory_order_relaxed);
}

/* A callback, standard input ("-"), a pipe: what was read of it is gone. */
static bool is_consumed(const struct curl_httppost *part)
{
	struct stat about;

	if (part->flags & CURL_HTTPPOST_CALLBACK)
		return true;
	if (!(part->flags & (CURL_HTTPPOST_FILENAME | CURL_HTTPPOST_READFILE)))
		return false;
	return !strcmp(part->contents, "-") || stat(part->contents, &about) ||
	       !S_ISREG(about.st_mode);
}

bool mime_old_form_is_lost(const struct curl_httppost *form)
{
	for (; form; form = form->next) {
		for (const struct curl_httppost *part = form; part; part = part->more) {
			if (is_consumed(part))
				return true;
		}
	}
	return false;
}
