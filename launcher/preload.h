/* SPDX-License-Identifier: MIT */
/* Where the shim is, and LD_PRELOAD with it in front. */
#ifndef CURLRETRY_PRELOAD_H
#define CURLRETRY_PRELOAD_H

#include <limits.h>
#include <stdbool.h>

/*
 * The shim's absolute path: beside the launcher, or where `make install` puts it. False: said on
 * standard error.
 */
bool preload_find(char path[PATH_MAX]);

/* Puts PATH in front of LD_PRELOAD in our environment, once. False: said on standard error. */
bool preload_set(const char *path);

#endif
