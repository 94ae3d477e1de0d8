/* SPDX-License-Identifier: MIT */
/*
 * The C library's dynamic linker as it is without us: its dlsym, dlvsym and dlopen past the ones
 * that the shim exports, and which object an address is in.
 *
 * Built for glibc or for musl, the shim is inherited by programs of both: nothing here needs a
 * symbol that only one of them has, since a preloaded library that does would keep each program of
 * the other one from starting. Which of them it is is asked when it matters.
 */
#ifndef CURLRETRY_LIBC_H
#define CURLRETRY_LIBC_H

#ifndef __ASSEMBLER__
#include "platform.h"

#include <link.h>
#include <stdbool.h>

#include "image.h"

/* Whether the process runs on glibc, and not on musl. */
bool libc_is_glibc(void);

/* Whether it runs on the one that the shim is built for; on the other, calls are passed on only. */
bool libc_is_ours(void);
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

/* The same for a question of our own, whose failure dlerror() is not to tell. */
void *libc_find(void *handle, const char *name, const char *version);

/* libc's dlopen of an object that is loaded already; NULL: it is not. */
void *libc_loaded(const char *name);

/*
 * The loader's entry of the object that ADDRESS is in, or NULL; *start, where wanted: its first
 * byte.
 */
struct link_map *libc_object_at(const void *address, const void **start);

/*
 * A handle for look-ups in the object that ADDRESS is in and in what that depends on, to be closed.
 * NULL: there is none, as for the main program, whose scope begins with us.
 */
void *libc_scope_at(const void *address);

/*
 * The image of the object that ADDRESS is in, without dl_iterate_phdr wherever the program headers
 * follow the ELF header: its lock is one that a forked child finds taken for good where another
 * thread of its parent was opening an object. Not from within dl_iterate_phdr: dladdr's lock is
 * taken before that one elsewhere.
 */
bool libc_image_at(struct image *image, const void *address);
#endif

#endif
