/* SPDX-License-Identifier: MIT */
/* The functions that stand in front of libcurl's, by name. */
#ifndef CURLRETRY_ENTRIES_H
#define CURLRETRY_ENTRIES_H

#include "libcurl/symbols.h"

struct entry {
	const char *name;
	void *function;
	/* For functions that are given no handle to know their libcurl by: one for each libcurl. */
	void *const *by_libcurl;
};

/* NULL: not one of ours. */
const struct entry *entry_named(const char *name);

/* What a caller that looked the name up in LIBCURL itself shall call. */
void *entry_for(const struct entry *entry, const struct libcurl *libcurl);

#endif
