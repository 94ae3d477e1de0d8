/* SPDX-License-Identifier: MIT */
#include "mime.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "process/process.h"
#include "program/events.h"
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

void mime_note_duplication(const struct program *program)
{
	if (!program || program->set.had_mime)
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
	if (sender.form == gone.form && sender.forms == gone.forms)
		sender = (struct sender){ 0 };
}

void forms_init(struct forms *forms)
{
	TAILQ_INIT(&forms->list);
	forms->count = 0;
}

void forms_add(struct forms *forms, struct form *form)
{
	if (!form->program->set.form || form->in)
		return;
	TAILQ_INSERT_TAIL(&forms->list, form, link);
	form->in = forms;
	forms->count++;
}

void forms_remove(struct form *form)
{
	if (!form->in)
		return;
	assert(form->in->count > 0);
	TAILQ_REMOVE(&form->in->list, form, link);
	form->in->count--;
	form->in = NULL;
}

/* Whose form is being read, for all that is known; or NULL. */
static struct form *reader(void)
{
	if (sender.forms)
		return sender.forms->count == 1 ? TAILQ_FIRST(&sender.forms->list) : NULL;
	return sender.form && sender.form->program->set.form ? sender.form : NULL;
}

/* A part has been read, and nobody knows whose: no form that it may be of can be sent again. */
static void lose(void)
{
	struct form *form;

	if (!sender.forms) {
		atomic_store_explicit(&made_unkept, true, memory_order_relaxed);
		return;
	}
	TAILQ_FOREACH(form, &sender.forms->list, link) {
		form->lost = true;
	}
}

static bool is_kept_for(const struct part *part, const struct form *form)
{
	return part->transfer == form->program->id;
}

static size_t read_program(struct part *part, struct form *form, char *buffer, size_t size,
			   size_t count)
{
	size_t length;

	atomic_store_explicit(&part->touched, true, memory_order_relaxed);
	length = part->read(buffer, size, count, part->user);
	if (form && length == CURL_READFUNC_PAUSE)
		form->program->paused |= CURLPAUSE_SEND;
	return length;
}

static void keep(struct part *part, struct form *form, const char *data, size_t length)
{
	const struct program *program = form->program;

	if (!is_kept_for(part, form)) {
		part->transfer = program->id;
		replay_begin(&part->replay);
	}
	part->ended = length == 0;
	if (!replay_keep(&part->replay, data, length, program->policy->upload_buffer))
		event_not_kept(program, true, errno);
	form->lost |= part->replay.overflowed;
}

static size_t on_read(char *buffer, size_t size, size_t count, void *user)
{
	struct part *part = user;
	struct form *form = reader();
	size_t length;

	if (!form) {
		lose();
		return read_program(part, NULL, buffer, size, count);
	}
	if (form->program->once)
		return read_program(part, form, buffer, size, count);
	/* The attempt will be repeated: what it would read now might be too much to keep. */
	if (form->program->doomed) {
		form->aborted = true;
		return CURL_READFUNC_ABORT;
	}
	if (is_kept_for(part, form)) {
		length = replay_read(&part->replay, buffer, size * count);
		if (length == REPLAY_LOST)
			return CURL_READFUNC_ABORT;
		if (length || part->ended)
			return length;
	} else if (is_shared(part)) {
		form->lost = true;
		return read_program(part, form, buffer, size, count);
	}
	length = read_program(part, form, buffer, size, count);
	if (length <= size * count)
		keep(part, form, buffer, length);
	return length;
}

/*
 * libcurl seeks to a part's start only (curl_mime_data_cb), which is where one
 * stands that was never read: it may have sent no more of it than its header.
 */
static int on_seek(void *user, curl_off_t offset, int origin)
{
	struct part *part = user;
	const struct form *form = reader();

	if (offset || origin != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	if (!atomic_load_explicit(&part->touched, memory_order_relaxed))
		return CURL_SEEKFUNC_OK;
	return form && is_kept_for(part, form) && replay_seek(&part->replay, 0) ?
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
	};
	/* Within the braces it makes gcc 10 complain of the fields that are not named. */
	part->duplications = atomic_load_explicit(&duplications, memory_order_acquire);
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

bool mime_is_lost(const struct form *form)
{
	return form->lost ||
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
