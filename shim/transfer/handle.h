/* SPDX-License-Identifier: MIT */
/*
 * All that we know of an easy handle.
 *
 * A struct handle is made when the program makes the easy handle and goes with
 * it. Like the easy handle it is used by one thread at a time.
 */
#ifndef CURLRETRY_HANDLE_H
#define CURLRETRY_HANDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "run/multi.h"
#include "program/options.h"
#include "libcurl/symbols.h"
#include "transfer.h"

struct handle {
	CURL *easy;
	const struct libcurl *libcurl;
	struct options set;
	unsigned ours;		/* enum owner: what of it stands on the easy handle */
	struct transfer transfer;
	struct member member;
};

/* The handle of EASY, or NULL where we did not see it created. */
struct handle *handle_of(CURL *easy);

/* Remembers EASY, new from LIBCURL; without memory it is simply not known. */
void handle_add(CURL *easy, const struct libcurl *libcurl);

/* EASY is a duplicate of FROM, which may be in the middle of a transfer. */
void handle_duplicate(CURL *easy, struct handle *from);

/*
 * Forgets EASY; to be called before libcurl frees it, since its address may be used again at once.
 */
void handle_drop(CURL *easy);

/* What curl_easy_reset does to the options. */
void handle_reset(struct handle *handle);

/* curl_easy_setopt: remembers, and passes on what is not held back by a transfer under way. */
CURLcode handle_setopt(struct handle *handle, CURLoption option, curl_word value);

#endif
