/* SPDX-License-Identifier: MIT */
/* Where the dynamic linker would find a library (ld.so(8)), without its cache. */
#ifndef CURLRETRY_LIBRARIES_H
#define CURLRETRY_LIBRARIES_H

#include <limits.h>
#include <stdbool.h>

#include "object.h"

/* For NAME, a DT_NEEDED of OBJECT. */
bool library_find(char path[PATH_MAX], const struct object *object, const char *name);

#endif
