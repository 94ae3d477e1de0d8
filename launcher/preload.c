/* SPDX-License-Identifier: MIT */
#include "preload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VARIABLE "LD_PRELOAD"
#define SHIM "libcurlretry.so"

/* From the folder that the launcher is in; the build folder first. */
static const char *const places[] = {
	SHIM,
	"../lib/" SHIM,
	"../lib/curlretry/" SHIM,
	"../lib64/" SHIM,
#ifdef __x86_64__
	"../lib/x86_64-linux-gnu/" SHIM,
#else
	"../lib/aarch64-linux-gnu/" SHIM,
#endif
};

static bool own_folder(char folder[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);

	if (length < 0) {
		fputs("curlretry: cannot read /proc/self/exe: is /proc mounted?\n", stderr);
		return false;
	}
	folder[length] = '\0';
	*(strrchr(folder, '/') + 1) = '\0';
	return true;
}

bool preload_find(char path[PATH_MAX])
{
	char folder[PATH_MAX];
	char candidate[2 * PATH_MAX];

	if (!own_folder(folder))
		return false;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(candidate, sizeof(candidate), "%s%s", folder, places[i]);
		if (realpath(candidate, path))
			return true;
	}
	fprintf(stderr, "curlretry: " SHIM " is neither in %s nor in the lib folder beside it\n",
		folder);
	return false;
}

/* Of this build or of another: two shims would each retry. */
static bool is_shim(const char *path, size_t length)
{
	const char *slash = memrchr(path, '/', length);
	const char *base = slash ? slash + 1 : path;

	return length - (size_t)(base - path) == strlen(SHIM) && !memcmp(base, SHIM, strlen(SHIM));
}

/* Adds to LIST what FORMER holds, which ld.so splits at colons and spaces, without a shim. */
static void add_former(char *list, const char *former)
{
	char *end = list + strlen(list);

	while (*former) {
		size_t length = strcspn(former, ": ");

		if (length && !is_shim(former, length))
			end += sprintf(end, ":%.*s", (int)length, former);
		former += length + (former[length] != '\0');
	}
}

bool preload_set(const char *path)
{
	const char *former = getenv(VARIABLE);
	char *list;
	bool set;

	if (strpbrk(path, ": ")) {
		fprintf(stderr,
			"curlretry: %s: LD_PRELOAD cannot name a path with a space or a colon\n",
			path);
		return false;
	}
	if (!former)
		former = "";
	list = malloc(strlen(path) + 1 + strlen(former) + 1);
	if (list) {
		strcpy(list, path);
		add_former(list, former);
	}
	set = list && !setenv(VARIABLE, list, 1);
	free(list);
	if (!set)
		fputs("curlretry: out of memory\n", stderr);
	return set;
}
