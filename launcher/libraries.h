/* SPDX-License-Identifier: MIT */
/* Where the dynamic linker would find a library (ld.so(8)), without its cache. */
#ifndef CURLRETRY_LIBRARIES_H
#define CURLRETRY_LIBRARIES_H

#include <limits.h>
#include <stdbool.h>

#include "object.h"

/*
 * For NAME, a DT_NEEDED of OBJECT. MUSL is where the program's dynamic linker is, if it is that of
 * musl, which searches by rules of its own; else NULL.
 */
bool library_find(char path[PATH_MAX], const struct object *object, const char *name,
		  const char *musl);

/* Whether musl's C library takes that one for itself, and never loads it. */
bool library_is_musl(const char *name);

#endif
