/* SPDX-License-Identifier: MIT */
/* An ELF file as the dynamic linker would see it; read, never run. */
#ifndef CURLRETRY_OBJECT_H
#define CURLRETRY_OBJECT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define OBJECT_NEEDED_MAX 256

/* The interfaces of libcurl that an object calls, as bits. */
enum { CALLS_EASY = 1, CALLS_MULTI = 2 };

struct object {
	char path[PATH_MAX];
	bool native;			/* of this machine's class and architecture */
	bool dynamic;			/* has a dynamic section */
	char interpreter[PATH_MAX];	/* "" where it names none */
	char *needed[OBJECT_NEEDED_MAX];
	size_t needed_count;
	char *run_path;			/* RUNPATH, else RPATH; NULL: none */
	bool run_path_inherits;		/* RPATH: holds for what those it brings need, too */
	unsigned calls;			/* undefined symbols: CALLS_… */
	bool calls_dlopen;
	bool provides_curl;		/* defines curl_easy_perform for others */
	/* By object_search(), which reads the whole file: */
	/* the text "libcurl.so" or "libcurl-gnutls.so" is somewhere in it */
	bool names_curl;
	bool contains_curl;		/* so is a message that only libcurl's own code holds */
	/* so is the entry point of PKCS #11's modules, which it opens */
	bool opens_tokens;
};

/* A file's bytes. */
struct text {
	const char *start;
	size_t size;
};

/* False: none are to be had, and there is nothing to unmap. */
bool text_map(struct text *text, const char *path);
void text_unmap(struct text *text);

/*
 * False: not an ELF file, or not to be read. To be freed by object_free() in any case, here and
 * below.
 */
bool object_read(struct object *object, const char *path);

/* The same of its headers only, at the cost of a page: path, native and interpreter. */
bool object_read_headers(struct object *object, const char *path);

/* What both do, for an OBJECT of zeros. */
bool object_read_text(struct object *object, const struct text *file, bool whole);

/* Whether it is a program whose dynamic linker is musl's. */
bool object_runs_on_musl(const struct object *object);

void object_search(struct object *object);

void object_free(struct object *object);

#endif
