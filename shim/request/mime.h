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

#include "libcurl/symbols.h"

struct handle;
struct multi;

/*
 * Whose forms a thread's libcurl reads: HANDLE's, those of MULTI's members, or, with neither,
 * nobody's that is known.
 */
struct sender {
	struct handle *handle;
	struct multi *multi;
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
 * HANDLE, NULL for one that is not known, is about to be duplicated: its parts will be two handles'
 * then.
 */
void mime_note_duplication(const struct handle *handle);

/* Whether a part of the form that HANDLE has sent cannot be sent again, for all that is known. */
bool mime_is_lost(const struct handle *handle);

/*
 * Likewise for a form of curl_formadd(3), of which nothing is kept: libcurl makes its parts anew
 * for each attempt.
 */
bool mime_old_form_is_lost(const struct curl_httppost *form);

#endif
