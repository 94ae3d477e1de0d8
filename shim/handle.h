/* SPDX-License-Identifier: MIT */
/*
 * What the program has set on an easy handle, as far as a retry needs it.
 *
 * A struct handle is made when the program makes the easy handle and goes with
 * it. Like the easy handle it is used by one thread at a time.
 */
#ifndef CURLRETRY_HANDLE_H
#define CURLRETRY_HANDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "multi.h"
#include "symbols.h"
#include "transfer.h"

/* The program's values; libcurl's defaults where it has set none. */
struct options {
	curl_write_callback write_function;	/* NULL: libcurl's default, fwrite */
	void *write_data;
	curl_write_callback header_function;
	void *header_data;
	curl_read_callback read_function;	/* NULL: libcurl's default, fread */
	void *read_data;
	curl_seek_callback seek_function;
	void *seek_data;
	curl_ioctl_callback ioctl_function;
	void *ioctl_data;
	curl_xferinfo_callback xferinfo_function;
	curl_progress_callback progress_function;
	void *progress_data;
	char *error_buffer;
	char *referer;				/* a copy; owned */
	char *range;				/* a copy; owned */
	curl_off_t resume_from;
	bool accept_encoding;			/* libcurl decodes the body */
	bool file_url;				/* its URL is one of a file: FTP or SFTP */
	bool excluded;				/* see process_excludes(); by its URL, since libcurl's own may still be the last hop's */
	struct curl_slist *http_header;		/* the program's own */
	const char *method;			/* of an HTTP request, where custom_request is empty */
	char custom_request[8];			/* its beginning: enough to know POST and PATCH */
	long noprogress;
	long header;
	long follow_location;
	long auto_referer;
	long ftp_append;
	long file_time;
	long time_condition;
	long text;				/* FTP in ASCII */
	long wildcard;
	long fresh_connect;
	long http_version;
	long connect_timeout_ms;
	long timeout_ms;
	bool sends;				/* has asked for a request with a body */
	bool commands;				/* has FTP commands of its own */
	bool form;				/* its body is a form whose parts libcurl reads (HTTPPOST, MIMEPOST) */
	bool had_mime;				/* has been given one: a copy of the handle has it too */
	const struct curl_httppost *old_form;	/* HTTPPOST: the program's, to be read during a transfer with a form only */
	bool trailers;				/* has a callback for those of a chunked body */
	bool raw_transfer;			/* HTTP_TRANSFER_DECODING is off */
	bool cookies;				/* has a cookie engine */
};

struct handle {
	CURL *easy;
	const struct libcurl *libcurl;
	struct options set;
	struct transfer transfer;
	struct member member;
};

/* The handle of EASY, or NULL where we did not see it created. */
struct handle *handle_of(CURL *easy);

/* Remembers EASY, new from LIBCURL; without memory it is simply not known. */
void handle_add(CURL *easy, const struct libcurl *libcurl);

/* EASY is a duplicate of FROM, which may be in the middle of a transfer. */
void handle_duplicate(CURL *easy, struct handle *from);

/* Forgets EASY; to be called before libcurl frees it, since its address may be used again at once. */
void handle_drop(CURL *easy);

/* What curl_easy_reset does to the options. */
void handle_reset(struct handle *handle);

/* curl_easy_setopt: remembers, and passes on what is not held back by a transfer under way. */
CURLcode handle_setopt(struct handle *handle, CURLoption option, curl_word value);

#endif
