/* SPDX-License-Identifier: MIT */
/*
 * The C library's dynamic linker as it is without us: its dlsym, dlvsym and dlopen past the ones
 * that the shim exports, and which object an address is in.
 *
 * Nothing here needs a symbol that only glibc has: a preloaded library that does would keep each
 * musl program of the process tree from starting. There the functions work as far as passing
 * calls on needs them.
 */
#ifndef CURLRETRY_LIBC_H
#define CURLRETRY_LIBC_H

#ifndef __ASSEMBLER__
#include "platform.h"

#include <link.h>
#include <stdbool.h>

#include "image.h"

/* Whether the process runs on the C library that the shim is made for. */
bool libc_is_glibc(void);
#endif

/* Where the members of the next one are. */
#define LIBC_DLSYM 0
#define LIBC_DLVSYM 8
#define LIBC_DLOPEN 16

#ifndef __ASSEMBLER__
/* NULL: none is there, as before libc_init() has succeeded. */
struct libc_functions {
	void *dlsym;
	void *dlvsym;
	void *dlopen;
};

/*
 * What a call would come to without us: libc's functions, or those of a library
 * between us and libc that stands in front of them too. The assembly of the entries jumps there.
 */
extern struct libc_functions libc_next;

/* Finds the functions, once; for any thread at any time. Calls nothing that is interposed. */
void libc_init(void);

/* libc's dlvsym, or dlsym where VERSION is NULL; after libc_init(). */
void *libc_dlsym(void *handle, const char *name, const char *version);

/* libc's dlopen of an object that is loaded already; NULL: it is not. */
void *libc_loaded(const char *name);

/*
 * The loader's entry of the object that ADDRESS is in, or NULL; *start, where wanted: its first
 * byte.
 */
struct link_map *libc_object_at(const void *address, const void **start);

/*
 * The image of the object that ADDRESS is in, without dl_iterate_phdr wherever the program headers
 * follow the ELF header: its lock is one that a forked child finds taken for good where another
 * thread of its parent was opening an object. Not from within dl_iterate_phdr: dladdr's lock is
 * taken before that one elsewhere.
 */
bool libc_image_at(struct image *image, const void *address);
#endif

#endif
