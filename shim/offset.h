/* SPDX-License-Identifier: MIT */
/*
 * Going on from a byte where files are fetched, by FTP or SFTP: from an offset
 * (RFC 3659 §5), if the file's size and time are as they were.
 *
 * A part of struct resume, and called by resume.c alone but for what
 * response.c and transfer.c ask.
 */
#ifndef CURLRETRY_OFFSET_H
#define CURLRETRY_OFFSET_H

#include <stdbool.h>
#include <stddef.h>

#include "libcurl/symbols.h"

struct handle;

/* How far an attempt's dialogue with the server is, as to the file's time. */
enum offset_stage {
	OFFSET_BEGINS,
	OFFSET_LOGIN,
	OFFSET_READY,		/* what comes may be the answer */
	OFFSET_REFUSED,		/* what came is one, if libcurl goes on */
	OFFSET_ANSWERED,
};

struct offset {
	bool possible;		/* the program's options ask for a file as it is, and no more */
	bool hides;		/* getinfo must not know that time */
	curl_off_t time;	/* of the file, as the first attempt has it */
	enum offset_stage stage;
	char refusal[4];	/* how its last line begins; [3] is 0 when that has come */
	size_t refused_at;	/* where it begins in what is held of the response */
};

/* At the start of a transfer. */
void offset_begin(struct handle *handle);

/* Whether the first attempt, which has broken off, has learned the file's size and time; the size is in resume.total. */
bool offset_may(struct handle *handle);

/* Before a continuation. */
void offset_install(struct handle *handle);

/* At a continuation's first byte: whether it is of the same file, and the one that was asked for. */
bool offset_joins(const struct handle *handle);

/* A continuation has ended well without a byte: whether the same file has no more. */
bool offset_is_complete(const struct handle *handle);

/* At the start of an attempt. */
void offset_attempt(struct offset *offset);

/*
 * To be asked for each line of the dialogue before it is held: whether it
 * answers what only we have asked. A refusal, which may have several lines, is
 * taken back from what is held when the next reply shows that libcurl goes on.
 */
bool offset_hides_line(struct handle *handle, const char *line, size_t length);

/* curl_easy_getinfo; false: libcurl's answer is right. */
bool offset_getinfo(const struct handle *handle, CURLINFO info, void *out);

#endif
