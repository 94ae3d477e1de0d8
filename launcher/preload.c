/* SPDX-License-Identifier: MIT */
#include "preload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VARIABLE "LD_PRELOAD"

/* From the folder that the launcher is in; the build folder first. */
static const char *const places[] = {
	"libcurlretry.so",
	"../lib/libcurlretry.so",
	"../lib/curlretry/libcurlretry.so",
	"../lib64/libcurlretry.so",
#ifdef __x86_64__
	"../lib/x86_64-linux-gnu/libcurlretry.so",
#else
	"../lib/aarch64-linux-gnu/libcurlretry.so",
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
	fprintf(stderr, "curlretry: libcurlretry.so is neither in %s nor in the lib folder beside it\n",
		folder);
	return false;
}

/* Whether LIST, which ld.so splits at colons and spaces, holds PATH. */
static bool holds(const char *list, const char *path)
{
	size_t length = strlen(path);

	while (*list) {
		size_t n = strcspn(list, ": ");

		if (n == length && !memcmp(list, path, n))
			return true;
		list += n + (list[n] != '\0');
	}
	return false;
}

bool preload_set(const char *path)
{
	const char *former = getenv(VARIABLE);
	char *list;
	bool set;

	if (strpbrk(path, ": ")) {
		fprintf(stderr, "curlretry: %s: LD_PRELOAD cannot name a path with a space or a colon\n",
			path);
		return false;
	}
	if (!former || !*former)
		return !setenv(VARIABLE, path, 1);
	if (holds(former, path))
		return true;
	list = malloc(strlen(path) + 1 + strlen(former) + 1);
	if (!list)
		return false;
	sprintf(list, "%s:%s", path, former);
	set = !setenv(VARIABLE, list, 1);
	free(list);
	return set;
}
