/* SPDX-License-Identifier: MIT */
/* Where the shim is, and LD_PRELOAD with it in front. */
#ifndef CURLRETRY_PRELOAD_H
#define CURLRETRY_PRELOAD_H

#include <limits.h>
#include <stdbool.h>

/*
 * NAME is what LD_PRELOAD is to say. Where the shim was installed with its folder by size, that is
 * a path with $LIB, which each program's dynamic linker reads as its own: one of the other word
 * size finds an empty object there, and does not complain. musl's puts nothing for it: the shim for
 * its programs is in a folder of just that name.
 */
struct shim {
	char path[PATH_MAX];		/* for programs of the launcher's own C library */
	char musl_path[PATH_MAX + 32];	/* what musl's loader takes for NAME; there may be none */
	char name[PATH_MAX + 32];
};

/* Beside the launcher, or where `make install` puts it. False: said on standard error. */
bool preload_find(struct shim *shim);

/* Whether what a program of musl's, or one of glibc's, finds by that name is made for it. */
bool preload_fits(bool musl);

/* Whether the shim at PATH is made for musl. */
bool preload_is_for_musl(const char *path);

/* Puts NAME in front of LD_PRELOAD in our environment, once. False: said on standard error. */
bool preload_set(const char *name);

#endif
