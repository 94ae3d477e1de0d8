/* SPDX-License-Identifier: MIT */
/* A program and the libraries it is linked with, breadth first, as ld.so loads them. */
#ifndef CURLRETRY_TREE_H
#define CURLRETRY_TREE_H

#include <stddef.h>

#include "object.h"

#define TREE_MAX 512

struct tree {
	/* the first is the program, which stays the caller's */
	struct object *object[TREE_MAX];
	const char *name[TREE_MAX];		/* as needed; borrowed from the one that needs it */
	size_t parent[TREE_MAX];		/* who needs it */
	size_t count;
	const char *missing;			/* a library that is not found; NULL: none */
	const char *musl;			/* as for library_find() */
};

/* To be felled by tree_fell() before PROGRAM is freed. */
void tree_grow(struct tree *tree, struct object *program);

/* Index of the first library that exports libcurl's functions; 0: there is none. */
size_t tree_find_libcurl(const struct tree *tree);

/*
 * "links libcurl directly: libcurl.so.4, easy interface": how the program comes to the one at
 * INDEX.
 */
void tree_describe(const struct tree *tree, size_t index, char *text, size_t size);

/* CALLS_… of all that are no libcurl. */
unsigned tree_calls(const struct tree *tree);

void tree_fell(struct tree *tree);

/*
 * "/usr/lib/git-core/git-remote-http links libcurl through …", to be freed; NULL: the program or
 * library at PATH does not link libcurl, or calls no transfer of it.
 */
char *tree_user_of_libcurl(const char *path);

#endif
