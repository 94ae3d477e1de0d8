/* SPDX-License-Identifier: MIT */
/*
 * The handles of the process: from the program's making an easy handle to its
 * freeing it. Any thread; each handle one at a time.
 */
#ifndef CURLRETRY_HANDLES_H
#define CURLRETRY_HANDLES_H

#include "handle.h"

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

/* curl_easy_getinfo, where we know better than libcurl; false: we do not. */
bool handle_getinfo(const struct handle *handle, CURLINFO info, void *out);

#endif
