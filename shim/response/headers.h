/* SPDX-License-Identifier: MIT */
/*
 * curl_easy_header(3) and curl_easy_nextheader(3) after a continuation: libcurl
 * knows the last attempt's fields, the program has been shown the first one's.
 * Those are copied before libcurl forgets them.
 *
 * libcurl has these functions since 7.83; without them nothing is kept.
 */
#ifndef CURLRETRY_HEADERS_H
#define CURLRETRY_HEADERS_H

#include <stdbool.h>
#include <stddef.h>

#include "program/program.h"

struct headers {
	struct header *list;		/* in libcurl's order; owned */
	size_t count;
	size_t size;
	int requests;			/* the number of the last one, from 0 */
	bool lost;			/* there was no memory for all of them */
	/* what curl_easy_header, and _nextheader, have returned last */
	struct curl_header found[2];
};

/* Before the first continuation. */
void headers_keep(struct headers *headers, const struct program *program);

/* After the last one, which was joined: its trailers are the whole's. */
void headers_add_trailers(struct headers *headers, const struct program *program);

/*
 * The two functions, for a transfer that was continued; *OUT is valid until the next call of the
 * same.
 */
CURLHcode headers_get(struct headers *headers, const char *name, size_t index, unsigned origin,
		      int request, struct curl_header **out);
struct curl_header *headers_next(struct headers *headers, unsigned origin, int request,
				 struct curl_header *previous);

void headers_free(struct headers *headers);

#endif
