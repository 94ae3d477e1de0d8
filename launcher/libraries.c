/* SPDX-License-Identifier: MIT */
#include "libraries.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __x86_64__
#define MULTIARCH "x86_64-linux-gnu"
#else
#define MULTIARCH "aarch64-linux-gnu"
#endif

static const char *const defaults[] = {
	"/lib/" MULTIARCH, "/usr/lib/" MULTIARCH, "/lib64", "/usr/lib64", "/lib", "/usr/lib",
};

/*
 * ld.so passes over libraries of another architecture, such as those of i386, which has folders of
 * its own in ld.so.conf.
 */
static bool is_native(const char *path)
{
	struct object object;
	bool read = object_read_headers(&object, path);

	object_free(&object);
	return !read || object.native;
}

static bool is_there(char path[PATH_MAX], const char *folder, size_t length, const char *name)
{
	return snprintf(path, PATH_MAX, "%.*s/%s", (int)length, folder, name) < PATH_MAX &&
	       !access(path, R_OK) && is_native(path);
}

/* One folder of a list, with $ORIGIN or ${ORIGIN} at its front replaced. */
static bool is_in(char path[PATH_MAX], const char *folder, size_t length, const char *name,
		  const struct object *object)
{
	static const char *const origins[] = { "$ORIGIN", "${ORIGIN}" };
	const char *slash = strrchr(object->path, '/');
	char expanded[2 * PATH_MAX];

	for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		size_t n = strlen(origins[i]);

		if (length < n || memcmp(folder, origins[i], n) || !slash)
			continue;
		length = (size_t)snprintf(expanded, sizeof(expanded), "%.*s%.*s",
					  (int)(slash - object->path), object->path,
					  (int)(length - n), folder + n);
		return is_there(path, expanded, length, name);
	}
	return length && is_there(path, folder, length, name);
}

static bool is_in_list(char path[PATH_MAX], const char *list, const char *name,
		       const struct object *object)
{
	while (list && *list) {
		size_t length = strcspn(list, ":;");

		if (is_in(path, list, length, name, object))
			return true;
		list += length + (list[length] != '\0');
	}
	return false;
}

static bool is_in_conf(char path[PATH_MAX], const char *file, const char *name, int depth);

static bool is_in_included(char path[PATH_MAX], const char *pattern, const char *name, int depth)
{
	bool found = false;
	glob_t files;

	if (glob(pattern, 0, NULL, &files))
		return false;
	for (size_t i = 0; i < files.gl_pathc && !found; i++)
		found = is_in_conf(path, files.gl_pathv[i], name, depth + 1);
	globfree(&files);
	return found;
}

/* ld.so.conf: a folder a line, or "include PATTERN". */
static bool is_in_conf(char path[PATH_MAX], const char *file, const char *name, int depth)
{
	FILE *conf = depth < 4 ? fopen(file, "re") : NULL;
	char line[PATH_MAX];
	bool found = false;

	if (!conf)
		return false;
	while (!found && fgets(line, sizeof(line), conf)) {
		line[strcspn(line, "#\n")] = '\0';
		if (!strncmp(line, "include ", 8))
			found = is_in_included(path, line + 8, name, depth);
		else if (line[0] == '/')
			found = is_there(path, line, strlen(line), name);
	}
	fclose(conf);
	return found;
}

/* The list of /etc/ld-musl-x86_64.path for /lib/ld-musl-x86_64.so.1, from colon or line to line. */
static bool is_in_musl_path(char path[PATH_MAX], const char *musl, const char *name,
			    const struct object *object)
{
	const char *base = strrchr(musl, '/') + 1;
	char line[PATH_MAX];
	bool found = false;
	FILE *list;

	snprintf(line, sizeof(line), "/etc/%.*s.path", (int)strcspn(base, "."), base);
	list = fopen(line, "re");
	if (!list)
		return is_in_list(path, "/lib:/usr/local/lib:/usr/lib", name, object);
	while (!found && fgets(line, sizeof(line), list)) {
		line[strcspn(line, "\n")] = '\0';
		found = is_in_list(path, line, name, object);
	}
	fclose(list);
	return found;
}

bool library_is_musl(const char *name)
{
	static const char *const parts[] = {
		"c.", "dl.", "m.", "pthread.", "rt.", "util.", "xnet."
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!strncmp(name, "lib", 3) && !strncmp(name + 3, parts[i], strlen(parts[i])))
			return true;
	}
	return false;
}

bool library_find(char path[PATH_MAX], const struct object *object, const char *name,
		  const char *musl)
{
	if (strchr(name, '/'))
		return snprintf(path, PATH_MAX, "%s", name) < PATH_MAX && !access(path, R_OK);
	/* musl makes no difference between RPATH and RUNPATH. */
	if (musl)
		return is_in_list(path, getenv("LD_LIBRARY_PATH"), name, object) ||
		       is_in_list(path, object->run_path, name, object) ||
		       is_in_musl_path(path, musl, name, object);
	/* ld.so(8): RPATH, LD_LIBRARY_PATH, RUNPATH. */
	if ((object->run_path_inherits && is_in_list(path, object->run_path, name, object)) ||
	    is_in_list(path, getenv("LD_LIBRARY_PATH"), name, object) ||
	    (!object->run_path_inherits && is_in_list(path, object->run_path, name, object)) ||
	    is_in_conf(path, "/etc/ld.so.conf", name, 0))
		return true;
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		if (is_there(path, defaults[i], strlen(defaults[i]), name))
			return true;
	}
	return false;
}
