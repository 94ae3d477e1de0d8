/* SPDX-License-Identifier: MIT */
/*
 * Programs that a program may run, as git runs git-remote-http: those whose absolute path is in its
 * file, and those in a folder of programs below a lib or libexec whose path is.
 */
#ifndef CURLRETRY_HELPERS_H
#define CURLRETRY_HELPERS_H

#include <stddef.h>

#define HELPERS_MAX 8

struct helpers {
	/* "/usr/lib/git-core/git-remote-http links libcurl directly: …" */
	char *line[HELPERS_MAX];
	size_t count;
};

/*
 * Those of the program at PATH that link libcurl and call its transfers. To be freed by
 * helpers_free().
 */
void helpers_find(struct helpers *helpers, const char *path);

void helpers_free(struct helpers *helpers);

#endif
