/* SPDX-License-Identifier: MIT */
/*
 * What interpreters load at run time, as far as the disk tells: the extensions that PHP's
 * configuration enables, and the modules that are installed for Perl and for Python.
 */
#ifndef CURLRETRY_EXTENSIONS_H
#define CURLRETRY_EXTENSIONS_H

#include <stddef.h>

#define EXTENSIONS_MAX 8

enum extensions_of {
	EXTENSIONS_OF_NONE,	/* no interpreter that is known here */
	EXTENSIONS_OF_PHP,	/* all that it will load stands in its configuration */
	EXTENSIONS_OF_SCRIPTS,	/* a script decides which of its modules it loads */
};

struct extensions {
	/* "/usr/lib/php/20220829/curl.so links libcurl directly: …" */
	char *line[EXTENSIONS_MAX];
	size_t count;
};

/*
 * Those of the interpreter at PATH that call libcurl's transfers. To be freed by extensions_free().
 */
enum extensions_of extensions_find(struct extensions *extensions, const char *path);

void extensions_free(struct extensions *extensions);

#endif
