/* SPDX-License-Identifier: MIT */
/*
 * Going on from a byte where files are fetched, by FTP or SFTP (RFC 3659 §5),
 * if the file is as it was: of the same size, and the same time.
 *
 * By SFTP, and where the program itself asks for a file's time, the first
 * attempt has it. By FTP it would be a command in each download that goes
 * well, so that only a continuation asks (MDTM). There the file must be older
 * than the transfer by a day, whatever the server's clock or time zone; and
 * since an old file may have been moved to its place, the continuation begins
 * before the byte where the first attempt broke, with bytes that the program
 * has, which must be the same.
 */
#ifndef CURLRETRY_OFFSET_H
#define CURLRETRY_OFFSET_H

#include <stdbool.h>
#include <stddef.h>

#include "program/program.h"

/* So many bytes are fetched again. */
#define OFFSET_TAIL 1024

struct offset {
	struct program *program;
	bool possible;		/* the program's options ask for a file as it is, and no more */
	bool hides;		/* getinfo must not know that time */
	bool late;		/* a continuation asks for it first */
	/* of the file, as the first attempt has it that knows it; -1: none has */
	curl_off_t time;
	size_t tail_length;
	char tail[OFFSET_TAIL];	/* late: the last bytes that the program has */
};

/* At the start of a transfer; TO_THE_END: the program asks for no inner stretch. */
void offset_begin(struct offset *offset, bool to_the_end);

/*
 * Whether the first attempt, which has broken off, has learned what it must, of the file's size
 * too. STATUS is HTTP's, here and below: 0 where the file has come from its own server.
 */
bool offset_may(struct offset *offset, int status, curl_off_t *size);

/*
 * Before a continuation, of which NEXT is the first byte that the program does not have. Returns
 * how many bytes before that will come again.
 */
size_t offset_install(struct offset *offset, curl_off_t next);

/*
 * At a continuation's first byte: whether it is of the same file, and the one that was asked for,
 * of which LEFT bytes come.
 */
bool offset_joins(struct offset *offset, int status, curl_off_t left);

/* The program has taken these bytes. */
void offset_note(struct offset *offset, const char *data, size_t length);

/* Whether DATA are bytes that the program has, the first of the last LEFT ones. */
bool offset_has(const struct offset *offset, const char *data, size_t length, size_t left);

/*
 * A continuation that wants no more bytes has ended well: whether it was of the same file. libcurl
 * fetches nothing only where the offset that it was given is the file's size.
 */
bool offset_is_same(struct offset *offset, int status);

/* curl_easy_getinfo; false: libcurl's answer is right. */
bool offset_getinfo(const struct offset *offset, CURLINFO info, void *out);

#endif
