/* SPDX-License-Identifier: MIT */
#include "helpers.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "object.h"
#include "tree.h"

static bool is_told(const struct helpers *helpers, const char *path)
{
	size_t length = strlen(path);

	for (size_t i = 0; i < helpers->count; i++) {
		if (!strncmp(helpers->line[i], path, length) && helpers->line[i][length] == ' ')
			return true;
	}
	return false;
}

static void look_at_program(struct helpers *helpers, const char *path)
{
	struct object object;
	bool program;
	char *line;

	if (helpers->count == HELPERS_MAX || access(path, X_OK) || is_told(helpers, path))
		return;
	program = object_read_headers(&object, path) && object.native && object.interpreter[0];
	object_free(&object);
	line = program ? tree_user_of_libcurl(path) : NULL;
	if (line)
		helpers->line[helpers->count++] = line;
}

static int no_link(const struct dirent *entry)
{
	return entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN;
}

static void look_into_folder(struct helpers *helpers, const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, no_link, alphasort);

	for (int i = 0; i < count; i++) {
		char path[PATH_MAX];

		if (snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name) < PATH_MAX)
			look_at_program(helpers, path);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static void look_at(struct helpers *helpers, const char *path)
{
	struct stat about;

	if (stat(path, &about))
		return;
	if (S_ISREG(about.st_mode))
		look_at_program(helpers, path);
	else if (S_ISDIR(about.st_mode) && strstr(path, "/lib"))
		look_into_folder(helpers, path);
}

/* Each text that begins with a slash after a NUL, and ends with one. */
static void look_through(struct helpers *helpers, const char *text, size_t size)
{
	const char *end = text + size;

	while (helpers->count < HELPERS_MAX &&
	       (text = memmem(text, (size_t)(end - text), "\0/", 2))) {
		size_t length;

		text++;
		length = strnlen(text, (size_t)(end - text));
		if (length > 1 && length < PATH_MAX && text + length < end)
			look_at(helpers, text);
		text += length;
	}
}

void helpers_find(struct helpers *helpers, const char *path)
{
	struct text text;

	memset(helpers, 0, sizeof(*helpers));
	if (text_map(&text, path)) {
		look_through(helpers, text.start, text.size);
		text_unmap(&text);
	}
}

void helpers_free(struct helpers *helpers)
{
	for (size_t i = 0; i < helpers->count; i++)
		free(helpers->line[i]);
}
