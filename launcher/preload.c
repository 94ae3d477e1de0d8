/* SPDX-License-Identifier: MIT */
#include "preload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "object.h"

#define VARIABLE "LD_PRELOAD"
#define SHIM "libcurlretry.so"

/* What the launcher's own dynamic linker may put for $LIB. */
#ifdef __GLIBC__
#define OWN_SIZE "lib64"
#else
#define OWN_SIZE "$LIB"
#endif

/* From the folder that the launcher is in; the build folder first. */
static const struct place {
	const char *folder;
	bool by_size;	/* in it is a folder for each value of $LIB, OWN_SIZE among them */
} places[] = {
	{ ".", false },
	{ "../lib/curlretry", true },
	{ "../lib", false },
	{ "../lib/curlretry", false },
	{ "../lib64", false },
#ifdef __x86_64__
	{ "../lib/x86_64-linux-gnu", false },
#else
	{ "../lib/aarch64-linux-gnu", false },
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

static bool find_in(struct shim *shim, const char *own, const struct place *place)
{
	char candidate[2 * PATH_MAX];
	char folder[PATH_MAX];

	snprintf(candidate, sizeof(candidate), "%s%s", own, place->folder);
	if (!realpath(candidate, folder))
		return false;
	snprintf(candidate, sizeof(candidate), "%s/%s" SHIM, folder,
		 place->by_size ? OWN_SIZE "/" : "");
	if (!realpath(candidate, shim->path))
		return false;
	if (place->by_size)
		snprintf(shim->name, sizeof(shim->name), "%s/$LIB/" SHIM, folder);
	else
		strcpy(shim->name, shim->path);
	strcpy(shim->musl_path, shim->name);
	return true;
}

static bool find(struct shim *shim, const char *folder)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (find_in(shim, folder, &places[i]))
			return true;
	}
	return false;
}

bool preload_find(struct shim *shim)
{
	char folder[PATH_MAX];

	if (!own_folder(folder))
		return false;
	if (find(shim, folder))
		return true;
	fprintf(stderr, "curlretry: " SHIM " is neither in %s nor in the lib folder beside it\n",
		folder);
	return false;
}

/* It names no library that it needs, so that glibc's programs can load it, too. */
bool preload_is_for_musl(const char *path)
{
	static struct object object;
	bool read = object_read(&object, path);

	object_free(&object);
	return read && !object.needed_count;
}

bool preload_fits(bool musl)
{
	char folder[PATH_MAX];
	struct shim shim;

	/* Where there is no shim at all, the launcher says so when it is to run something. */
	if (!own_folder(folder) || !find(&shim, folder))
		return true;
	return preload_is_for_musl(musl ? shim.musl_path : shim.path) == musl;
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

bool preload_set(const char *name)
{
	const char *former = getenv(VARIABLE);
	char *list;
	bool set;

	if (strpbrk(name, ": ")) {
		fprintf(stderr,
			"curlretry: %s: LD_PRELOAD cannot name a path with a space or a colon\n",
			name);
		return false;
	}
	if (!former)
		former = "";
	list = malloc(strlen(name) + 1 + strlen(former) + 1);
	if (list) {
		strcpy(list, name);
		add_former(list, former);
	}
	set = list && !setenv(VARIABLE, list, 1);
	free(list);
	if (!set)
		fputs("curlretry: out of memory\n", stderr);
	return set;
}
