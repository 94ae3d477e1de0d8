/* SPDX-License-Identifier: MIT */
/* Where the shim is, and LD_PRELOAD with it in front. */
#ifndef CURLRETRY_PRELOAD_H
#define CURLRETRY_PRELOAD_H

#include <limits.h>
#include <stdbool.h>

/*
 * NAME is what LD_PRELOAD is to say. Where the shim was installed with its folder by size, that is
 * a path with $LIB, which each program's dynamic linker reads as its own: one of the other word
 * size finds an empty object there, and does not complain.
 */
struct shim {
	char path[PATH_MAX];
	char name[PATH_MAX + 32];
};

/* Beside the launcher, or where `make install` puts it. False: said on standard error. */
bool preload_find(struct shim *shim);

/* Puts NAME in front of LD_PRELOAD in our environment, once. False: said on standard error. */
bool preload_set(const char *name);

#endif
