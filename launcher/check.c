/* SPDX-License-Identifier: MIT */
#include "check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "libraries.h"
#include "object.h"

#define OBJECTS_MAX 512
#define SCRIPTS_MAX 4	/* interpreters that are scripts themselves */

/* The program and the libraries it is linked with, breadth first; each knows who needs it. */
struct tree {
	struct object *object[OBJECTS_MAX];
	const char *name[OBJECTS_MAX];	/* as needed; borrowed */
	size_t parent[OBJECTS_MAX];
	size_t count;
};

static enum check say(enum check check, const char *what, const char *verdict, const char *advice)
{
	static const char *const words[] = { "reached", "not reached", "cannot tell" };

	printf("%s: %s: %s\n", what, words[check], verdict);
	if (advice)
		printf("  %s\n", advice);
	return check;
}

static bool in_path(char path[PATH_MAX], const char *command)
{
	const char *list = getenv("PATH");

	if (strchr(command, '/'))
		return realpath(command, path) && !access(path, X_OK);
	while (list && *list) {
		char candidate[2 * PATH_MAX];
		size_t length = strcspn(list, ":");

		snprintf(candidate, sizeof(candidate), "%.*s/%s", (int)length, length ? list : ".",
			 command);
		if (!access(candidate, X_OK) && realpath(candidate, path))
			return true;
		list += length + (list[length] != '\0');
	}
	return false;
}

/* "#!/usr/bin/env -S perl -w" to "perl"; false: no script. */
static bool interpreter_of(char name[PATH_MAX], const char *path)
{
	char line[PATH_MAX] = "";
	FILE *file = fopen(path, "re");
	char *word;
	char *rest;

	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file) || strncmp(line, "#!", 2))
		line[0] = '\0';
	fclose(file);
	word = strtok_r(line, "#! \t\n", &rest);
	if (!word)
		return false;
	if (!strcmp(word, "/usr/bin/env") || !strcmp(word, "/bin/env")) {
		do {
			word = strtok_r(NULL, " \t\n", &rest);
		} while (word && (word[0] == '-' || strchr(word, '=')));
	}
	if (!word)
		return false;
	snprintf(name, PATH_MAX, "%s", word);
	return true;
}

/* Where the kernel sets AT_SECURE, and ld.so drops LD_PRELOAD. */
static const char *privilege(const char *path)
{
	struct stat about;

	if (stat(path, &about))
		return NULL;
	if ((about.st_mode & S_ISUID) && about.st_uid != geteuid())
		return "it is set-user-ID";
	if ((about.st_mode & S_ISGID) && about.st_gid != getegid())
		return "it is set-group-ID";
	if (geteuid() && getxattr(path, "security.capability", NULL, 0) > 0)
		return "it has file capabilities";
	return NULL;
}

static bool is_libcurl(const char *name)
{
	return !strncmp(name, "libcurl.so", 10) || !strncmp(name, "libcurl-", 8);
}

static bool has(const struct tree *tree, const char *path)
{
	for (size_t i = 0; i < tree->count; i++) {
		if (!strcmp(tree->object[i]->path, path))
			return true;
	}
	return false;
}

static void add_needed(struct tree *tree, size_t parent, const char *name)
{
	char path[PATH_MAX];
	struct object *object;

	if (tree->count == OBJECTS_MAX || !library_find(path, tree->object[parent], name) ||
	    has(tree, path))
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

static void grow(struct tree *tree)
{
	for (size_t i = 0; i < tree->count; i++) {
		for (size_t j = 0; j < tree->object[i]->needed_count; j++)
			add_needed(tree, i, tree->object[i]->needed[j]);
	}
}

/* The program itself is the caller's. */
static void fell(struct tree *tree)
{
	for (size_t i = 1; i < tree->count; i++) {
		object_free(tree->object[i]);
		free(tree->object[i]);
	}
}

/* "libfoo.so.1, libcurl.so.4": how the program comes to the library at INDEX. */
static void describe_way(const struct tree *tree, size_t index, char *text, size_t size)
{
	size_t length;

	if (tree->parent[index])
		describe_way(tree, tree->parent[index], text, size);
	length = strlen(text);
	snprintf(text + length, size - length, "%s%s", length ? ", " : "", tree->name[index]);
}

static enum check verdict_on_linked(const struct tree *tree, size_t libcurl, const char *what)
{
	char verdict[PATH_MAX] = "";
	char way[PATH_MAX / 2] = "";
	unsigned calls = 0;

	for (size_t i = 0; i < tree->count; i++) {
		if (i != libcurl)
			calls |= tree->object[i]->calls;
	}
	describe_way(tree, libcurl, way, sizeof(way));
	snprintf(verdict, sizeof(verdict), "links libcurl %s%s, %s interface",
		 tree->parent[libcurl] ? "through " : "directly: ", way,
		 calls == CALLS_EASY  ? "easy" :
		 calls == CALLS_MULTI ? "multi" :
		 calls ? "easy and multi" : "neither the easy nor the multi");
	if (calls == CALLS_MULTI)
		return say(CHECK_DOES_NOT_REACH, what, verdict,
			   "transfers of the multi interface pass through: use the program's own retries");
	if (!calls)
		return say(CHECK_CANNOT_TELL, what, verdict,
			   "see what happens: curlretry -v COMMAND");
	return say(CHECK_REACHES, what, verdict,
		   calls & CALLS_MULTI ? "only its transfers by the easy interface are retried" : NULL);
}

/* No library of the tree is libcurl. */
static enum check verdict_on_unlinked(const struct tree *tree, const char *what)
{
	bool opens = false;

	for (size_t i = 0; i < tree->count; i++) {
		const struct object *object = tree->object[i];

		if (object->contains_curl)
			return say(CHECK_DOES_NOT_REACH, what, "contains a libcurl of its own",
				   "use the program's own retries, or a build that links libcurl");
		if (object->names_curl)
			return say(CHECK_REACHES, what, "probably: it names libcurl without linking it",
				   "it loads it at run time; see: curlretry -v COMMAND");
		opens |= object->calls_dlopen;
	}
	if (opens)
		return say(CHECK_CANNOT_TELL, what, "it does not link libcurl, but may load it at run time",
			   "see what happens: curlretry -v COMMAND");
	return say(CHECK_DOES_NOT_REACH, what, "it does not use libcurl",
		   "if it starts other programs, check those");
}

static enum check verdict_on_tree(const struct tree *tree, const char *what)
{
	for (size_t i = 1; i < tree->count; i++) {
		if (is_libcurl(tree->name[i]))
			return verdict_on_linked(tree, i, what);
	}
	return verdict_on_unlinked(tree, what);
}

static enum check check_object(struct object *object, const char *what)
{
	const char *secure = privilege(object->path);
	struct tree tree = { .object = { object }, .name = { what }, .count = 1 };
	enum check check;

	if (!object->native)
		return say(CHECK_DOES_NOT_REACH, what, "it is built for another architecture",
			   "build curlretry for it too");
	if (secure)
		return say(CHECK_DOES_NOT_REACH, what, secure,
			   "the dynamic linker drops LD_PRELOAD: run it as the user it changes to");
	if (!object->interpreter[0])
		return say(CHECK_DOES_NOT_REACH, what, "it is statically linked",
			   "use the program's own retries, or a dynamically linked build");
	if (strstr(object->interpreter, "musl"))
		return say(CHECK_DOES_NOT_REACH, what, "it runs on musl, not on glibc",
			   "use a build for glibc");
	if (object->provides_curl || object->contains_curl)
		return say(CHECK_DOES_NOT_REACH, what, "contains a libcurl of its own",
			   "use the program's own retries, or a build that links libcurl");
	grow(&tree);
	check = verdict_on_tree(&tree, what);
	fell(&tree);
	return check;
}

static enum check check_file(const char *what, const char *path)
{
	static struct object object;
	enum check check;

	if (!object_read(&object, path))
		check = say(CHECK_CANNOT_TELL, what, "neither a program nor a script that can be read",
			    NULL);
	else
		check = check_object(&object, what);
	object_free(&object);
	return check;
}

static bool is_number(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

static enum check check_process(const char *pid)
{
	char path[64];
	char line[PATH_MAX + 128];
	bool libcurl = false;
	bool shim = false;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%.20s/maps", pid);
	maps = fopen(path, "re");
	if (!maps)
		return say(CHECK_CANNOT_TELL, pid, strerror(errno),
			   "only its own user and root may look into a process");
	while (fgets(line, sizeof(line), maps)) {
		const char *base = strrchr(line, '/');

		shim |= base && !strncmp(base + 1, "libcurlretry.so", 15);
		libcurl |= base && is_libcurl(base + 1);
	}
	fclose(maps);
	if (shim)
		return say(CHECK_REACHES, pid, libcurl ? "it has libcurl and curlretry loaded" :
			   "it has curlretry loaded, and no libcurl yet", NULL);
	if (libcurl)
		return say(CHECK_DOES_NOT_REACH, pid, "it has libcurl loaded, but not curlretry",
			   "start it again with curlretry");
	return say(CHECK_DOES_NOT_REACH, pid, "it has neither libcurl nor curlretry loaded",
		   "if it loads libcurl later, start it with curlretry");
}

const char *check_obstacle(char path[PATH_MAX], const char *command)
{
	static struct object object;
	const char *secure;
	bool read;

	if (!in_path(path, command))
		return NULL;
	read = object_read_headers(&object, path);
	object_free(&object);
	/* The kernel passes over a script's set-user-ID bit, not over that of a file it alone may read. */
	if (!read && !access(path, R_OK))
		return NULL;
	secure = privilege(path);
	if (secure || !read)
		return secure;
	return object.interpreter[0] ? NULL : "it is statically linked";
}

enum check check_command(const char *command)
{
	char name[PATH_MAX];
	char path[PATH_MAX];

	if (is_number(command) && !in_path(path, command))
		return check_process(command);
	snprintf(name, sizeof(name), "%s", command);
	for (int scripts = 0; scripts <= SCRIPTS_MAX; scripts++) {
		char interpreter[PATH_MAX];

		if (!in_path(path, name))
			return say(CHECK_CANNOT_TELL, name, "not found, or not to be run", NULL);
		if (!interpreter_of(interpreter, path))
			return check_file(name, path);
		printf("%s: a script for %s\n", name, interpreter);
		snprintf(name, sizeof(name), "%s", interpreter);
	}
	return say(CHECK_CANNOT_TELL, command, "scripts without end", NULL);
}
