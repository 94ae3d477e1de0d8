/* SPDX-License-Identifier: MIT */
#include "tree.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libraries.h"

static bool has(const struct tree *tree, const char *path)
{
	for (size_t i = 0; i < tree->count; i++) {
		if (!strcmp(tree->object[i]->path, path))
			return true;
	}
	return false;
}

/* What is loaded already is not searched for again, though it would not be found from here. */
static bool is_named(const struct tree *tree, const char *name)
{
	for (size_t i = 1; i < tree->count; i++) {
		if (!strcmp(tree->name[i], name))
			return true;
	}
	return false;
}

static bool find(char path[PATH_MAX], const struct tree *tree, size_t index, const char *name)
{
	bool found = library_find(path, tree->object[index], name, tree->musl);

	while (!found && index) {
		index = tree->parent[index];
		found = (tree->musl || tree->object[index]->run_path_inherits) &&
			library_find(path, tree->object[index], name, tree->musl);
	}
	return found;
}

static void add_needed(struct tree *tree, size_t parent, const char *name)
{
	char path[PATH_MAX];
	struct object *object;

	if (is_named(tree, name) || (tree->musl && library_is_musl(name)))
		return;
	if (!find(path, tree, parent, name)) {
		tree->missing = name;
		return;
	}
	if (tree->count == TREE_MAX || has(tree, path))
		return;
	object = malloc(sizeof(*object));
	if (!object)
		return;
	if (!object_read(object, path) || !object->native) {
		object_free(object);
		free(object);
		return;
	}
	tree->object[tree->count] = object;
	tree->name[tree->count] = name;
	tree->parent[tree->count++] = parent;
}

void tree_grow(struct tree *tree, struct object *program)
{
	memset(tree, 0, sizeof(*tree));
	tree->musl = object_runs_on_musl(program) ? program->interpreter : NULL;
	tree->object[0] = program;
	tree->name[0] = program->path;
	tree->count = 1;
	for (size_t i = 0; i < tree->count; i++) {
		for (size_t j = 0; j < tree->object[i]->needed_count; j++)
			add_needed(tree, i, tree->object[i]->needed[j]);
	}
}

size_t tree_find_libcurl(const struct tree *tree)
{
	for (size_t i = 1; i < tree->count; i++) {
		if (tree->object[i]->provides_curl)
			return i;
	}
	return 0;
}

unsigned tree_calls(const struct tree *tree)
{
	unsigned calls = 0;

	for (size_t i = 0; i < tree->count; i++) {
		if (!tree->object[i]->provides_curl)
			calls |= tree->object[i]->calls;
	}
	return calls;
}

/* "libfoo.so.1, libcurl.so.4": the libraries on the way to the one at INDEX. */
static void describe_way(const struct tree *tree, size_t index, char *text, size_t size)
{
	size_t length;

	if (tree->parent[index])
		describe_way(tree, tree->parent[index], text, size);
	length = strlen(text);
	snprintf(text + length, size - length, "%s%s", length ? ", " : "", tree->name[index]);
}

void tree_describe(const struct tree *tree, size_t index, char *text, size_t size)
{
	static const char *const interfaces[] = {
		"neither the easy nor the multi interface", "easy interface", "multi interface",
		"easy and multi interfaces",
	};
	char way[PATH_MAX / 2] = "";

	describe_way(tree, index, way, sizeof(way));
	snprintf(text, size, "links libcurl %s%s, %s",
		 tree->parent[index] ? "through " : "directly: ", way,
		 interfaces[tree_calls(tree)]);
}

void tree_fell(struct tree *tree)
{
	for (size_t i = 1; i < tree->count; i++) {
		object_free(tree->object[i]);
		free(tree->object[i]);
	}
}

char *tree_user_of_libcurl(const char *path)
{
	struct object object;
	char *line = NULL;

	if (object_read(&object, path) && object.native) {
		char text[PATH_MAX];
		struct tree tree;
		size_t libcurl;

		tree_grow(&tree, &object);
		libcurl = tree_find_libcurl(&tree);
		if (libcurl && tree_calls(&tree)) {
			tree_describe(&tree, libcurl, text, sizeof(text));
			if (asprintf(&line, "%s %s", path, text) < 0)
				line = NULL;
		}
		tree_fell(&tree);
	}
	object_free(&object);
	return line;
}
