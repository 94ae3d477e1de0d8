/* SPDX-License-Identifier: MIT */
/*
 * A libcurl that plays attempts from a script, for unit tests of what drives
 * it: no network, no other thread, and each of its calls, as each allocation
 * of ours, can be made to fail.
 *
 * An attempt is a text, a line an event:
 *
 *	HTTP/1.1 200 OK		a status line or a field, until an empty line
 *	Content-Length: 9	ends the block; then another block may follow
 *	(empty)
 *	3+6			of the body, 6 bytes from the byte 3 on
 *	!18			the end, with this CURLcode; 0 where the text ends
 *
 * A body's bytes are a function of their place: fake_byte().
 */
#ifndef CURLRETRY_FAKE_H
#define CURLRETRY_FAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "libcurl/symbols.h"

struct fake;

/* The next attempt of the handle; its text is used until the one after. */
typedef const char *(*fake_script)(struct fake *fake, void *user);

/* An easy handle of the fake's. Its options are as they stand now. */
struct fake {
	fake_script script;
	void *user;
	void (*on_pause)(struct fake *fake);	/* a callback has paused: sets it free */
	unsigned attempts;		/* begun so far */
	const char *at;			/* of the attempt; NULL: none runs */
	bool in_block;
	CURLcode code;			/* with which the attempt has ended */
	CURLM *multi;			/* that it is in, or NULL */
	CURLMsg message;
	bool told;			/* the message has been read, or there is none */
	/* what getinfo says */
	long status;
	curl_off_t length;
	/* what has been set */
	curl_write_callback header_function;
	void *header_data;
	curl_write_callback write_function;
	void *write_data;
	curl_xferinfo_callback progress_function;
	void *progress_data;
	long noprogress;
	char *range;			/* a copy; owned */
	const struct curl_slist *http_header;
};

extern const struct libcurl fake_libcurl;

unsigned char fake_byte(size_t place);

struct fake *fake_new(fake_script script, void *user);
void fake_free(struct fake *fake);

CURLM *fake_multi_new(void);
void fake_multi_free(CURLM *multi);

/* The NUMBERth from now on fails, counted from 1; 0: none. */
void fake_fail_call(unsigned number);
void fake_fail_allocation(unsigned number);

/* Whether it has come to that; the failing is over then. */
bool fake_has_failed(void);

#endif
