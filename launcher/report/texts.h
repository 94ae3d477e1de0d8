/* SPDX-License-Identifier: MIT */
/*
 * Texts, each kept once and known by its number: the same names and values come again and again in
 * a trace. Not for several threads at once.
 */
#ifndef CURLRETRY_REPORT_TEXTS_H
#define CURLRETRY_REPORT_TEXTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	const char *bytes;	/* ends in NUL, and may have others before */
	size_t length;
};

struct texts {
	struct text *of;	/* by number; those stay where they are until texts_free() */
	size_t count;
	bool failed;		/* there was no memory for one */

	size_t room;
	uint32_t *slots;	/* numbers by hash, 0: free */
	size_t slot_count;
	struct chunk *chunks;
	size_t chunk_left;
	char *chunk_at;
	uint64_t seed[2];
};

/* Number 0 is the empty text. False: no memory. */
bool texts_init(struct texts *texts);

/* The number of a text that is equal. 0 where there is no memory, which texts->failed tells. */
uint32_t texts_add(struct texts *texts, const char *bytes, size_t length);

void texts_free(struct texts *texts);

#endif
