/* SPDX-License-Identifier: MIT */
/*
 * MIME parts whose data come from a callback that cannot seek
 * (curl_mime_data_cb(3)): what it gives is kept, up to CURLRETRY_UPLOAD_BUFFER
 * bytes, and replayed where the same transfer sends its form again. To the next
 * transfer the stream is as consumed as without us.
 *
 * A part does not know its easy handle. It is the one that the thread runs by
 * curl_easy_perform, or the only one with a form of those that libcurl runs in
 * a multi handle; of several it is not known which, and nothing is kept.
 */
#ifndef CURLRETRY_MIME_H
#define CURLRETRY_MIME_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "libcurl/symbols.h"
#include "program/program.h"

/* The form of a handle's transfer, if it sends one. */
struct form {
	struct program *program;
	bool lost;		/* a part of it has been read, and cannot be again */
	bool aborted;		/* which is how we ended an attempt that will be repeated */
	struct forms *in;	/* NULL: no multi handle reads it */
	TAILQ_ENTRY(form) link;
};

/* The forms that libcurl reads in one multi handle. */
struct forms {
	TAILQ_HEAD(form_list, form) list;
	size_t count;
};

void forms_init(struct forms *forms);

/* An attempt begins in the multi handle, or is over; a transfer without a form is passed over. */
void forms_add(struct forms *forms, struct form *form);
void forms_remove(struct form *form);

/* Whose form a thread's libcurl reads: FORM, one of FORMS, or, with neither, nobody knows. */
struct sender {
	struct form *form;
	struct forms *forms;
};

/* Returns the sender until now, which is to be set again when SENDER is done. */
struct sender mime_set_sender(struct sender sender);

/* GONE is about to be freed; a jump out of its run may have left it set. */
void mime_forget_sender(struct sender gone);

/* curl_mime_data_cb. */
CURLcode mime_data_cb(const struct libcurl *libcurl, curl_mimepart *part, curl_off_t size,
		      curl_read_callback read, curl_seek_callback seek,
		      curl_free_callback release, void *user);

/* curl_mime_filedata. */
CURLcode mime_filedata(const struct libcurl *libcurl, curl_mimepart *part, const char *file);

/*
 * PROGRAM's handle, NULL for one that is not known, is about to be duplicated: its parts will be
 * two handles' then.
 */
void mime_note_duplication(const struct program *program);

/* Whether a part of FORM, which has been sent, cannot be sent again, for all that is known. */
bool mime_is_lost(const struct form *form);

/*
 * Likewise for a form of curl_formadd(3), of which nothing is kept: libcurl makes its parts anew
 * for each attempt.
 */
bool mime_old_form_is_lost(const struct curl_httppost *form);

#endif
