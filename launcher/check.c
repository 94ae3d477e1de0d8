/* SPDX-License-Identifier: MIT */
#include "check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "extensions.h"
#include "helpers.h"
#include "object.h"
#include "preload.h"
#include "tree.h"

#define SCRIPTS_MAX 4	/* interpreters that are scripts themselves */

static const char foreign[] = "it is built for another architecture";
static const char foreign_advice[] =
	"use a build for this machine's own, or the program's own retries";

static enum check say(enum check check, const char *what, const char *verdict, const char *advice)
{
	static const char *const words[] = { "reached", "not reached", "cannot tell" };

	printf("%s: %s: %s\n", what, words[check], verdict);
	if (advice)
		printf("  %s\n", advice);
	return check;
}

/* Neither a folder of that name, nor a pipe, which would have us wait for a writer. */
static bool is_program(const char *path)
{
	struct stat about;

	return !stat(path, &about) && S_ISREG(about.st_mode) && !access(path, X_OK);
}

/* As execvp() does: without PATH in the system's own folders; an empty name is the current one. */
static bool in_path(char path[PATH_MAX], const char *command)
{
	const char *list = getenv("PATH");

	if (strchr(command, '/'))
		return is_program(command) && realpath(command, path);
	if (!list)
		list = "/bin:/usr/bin";
	for (;; list++) {
		char candidate[2 * PATH_MAX];
		size_t length = strcspn(list, ":");

		snprintf(candidate, sizeof(candidate), "%.*s/%s", length ? (int)length : 1,
			 length ? list : ".", command);
		if (is_program(candidate) && realpath(candidate, path))
			return true;
		list += length;
		if (!*list)
			return false;
	}
}

static bool is_one_of(const char *word, const char *const *words)
{
	while (*words && strcmp(word, *words))
		words++;
	return *words != NULL;
}

/* "-Sperl", "-vSperl", "--split-string=perl" to "perl"; NULL: nothing of that kind. */
static const char *split_string(const char *option)
{
	static const char name[] = "--split-string=";
	size_t flags;

	if (!strncmp(option, name, strlen(name)))
		return option + strlen(name);
	flags = option[0] == '-' ? 1 + strspn(option + 1, "i0v") : 0;
	return flags && option[flags] == 'S' ? option + flags + 1 : NULL;
}

/* The command among the words that env(1) is given; NULL: none. */
static const char *command_of_env(char **rest)
{
	static const char *const with_value[] = { "-u", "--unset", "-C", "--chdir",
						  "-a", "--argv0", NULL };
	const char *word = strtok_r(NULL, " \t\n", rest);

	while (word) {
		const char *split = split_string(word);

		if (split && *split) {
			word = split;
			continue;
		}
		if (word[0] != '-' && !strchr(word, '='))
			break;
		if (is_one_of(word, with_value))
			strtok_r(NULL, " \t\n", rest);
		word = strtok_r(NULL, " \t\n", rest);
	}
	return word;
}

/* "#!/usr/bin/env -S perl -w" to "perl"; false: no script. */
static bool interpreter_of(char name[PATH_MAX], const char *path)
{
	char line[PATH_MAX] = "";
	FILE *file = fopen(path, "re");
	const char *word;
	char *rest;

	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file) || strncmp(line, "#!", 2))
		line[0] = '\0';
	fclose(file);
	word = strtok_r(line, "#! \t\n", &rest);
	if (!word)
		return false;
	if (!strcmp(word, "/usr/bin/env") || !strcmp(word, "/bin/env"))
		word = command_of_env(&rest);
	if (!word)
		return false;
	snprintf(name, PATH_MAX, "%s", word);
	return true;
}

/* Neither on such a file system nor in such a process does the kernel give anything. */
static bool gives_nothing(const char *path)
{
	struct statvfs about;

	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ||
	       (!statvfs(path, &about) && (about.f_flag & ST_NOSUID));
}

/* Where the kernel sets AT_SECURE, and ld.so drops LD_PRELOAD. */
static const char *privilege(const char *path)
{
	const mode_t set_group = S_ISGID | S_IXGRP;
	struct stat about;

	if (stat(path, &about) || gives_nothing(path))
		return NULL;
	if ((about.st_mode & S_ISUID) && about.st_uid != geteuid())
		return "it is set-user-ID";
	/* Without the group's right to execute, the bit means something else. */
	if ((about.st_mode & set_group) == set_group && about.st_gid != getegid())
		return "it is set-group-ID";
	if (geteuid() && getxattr(path, "security.capability", NULL, 0) > 0)
		return "it has file capabilities";
	return NULL;
}

/* Named by none itself, it preloads into the program that it is told to run. */
static bool is_dynamic_linker(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && !strncmp(slash, "/ld-", 4) && strstr(slash, ".so");
}

static bool is_libcurl(const char *name)
{
	return !strncmp(name, "libcurl.so", 10) || !strncmp(name, "libcurl-", 8);
}

/* A library's own copy of libcurl: its transfers go past us. NULL: none has one. */
static const struct object *bundled(const struct tree *tree)
{
	for (size_t i = 1; i < tree->count; i++) {
		if (tree->object[i]->contains_curl && !tree->object[i]->provides_curl)
			return tree->object[i];
	}
	return NULL;
}

static void search_all(struct tree *tree)
{
	for (size_t i = 1; i < tree->count; i++)
		object_search(tree->object[i]);
}

static enum check verdict_on_linked(const struct tree *tree, size_t libcurl, const char *what)
{
	const struct object *other = bundled(tree);
	char advice[PATH_MAX + 64];
	char verdict[PATH_MAX];

	tree_describe(tree, libcurl, verdict, sizeof(verdict));
	if (!tree_calls(tree))
		return say(CHECK_CANNOT_TELL, what, verdict,
			   "see what happens: curlretry -v COMMAND");
	if (other)
		snprintf(advice, sizeof(advice), "but not the libcurl that %s contains",
			 other->path);
	return say(CHECK_REACHES, what, verdict, other ? advice : NULL);
}

static bool names_curl(const struct tree *tree)
{
	for (size_t i = 0; i < tree->count; i++) {
		if (tree->object[i]->names_curl)
			return true;
	}
	return false;
}

static bool calls_dlopen(const struct tree *tree)
{
	for (size_t i = 0; i < tree->count; i++) {
		if (tree->object[i]->calls_dlopen)
			return true;
	}
	return false;
}

/* Libraries that open whatever their program, its user or a script names. */
static bool is_host(const char *name)
{
	static const char *const hosts[] = {
		"libQt",     "libapr-", "libgmodule-", "libgstreamer-", "libguile-",
		"libltdl.",  "liblua",	"libnode.",    "libperl.",	"libphp",
		"libpython", "libruby", "libtcl",      "libuv.",	"libvlccore.",
	};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		if (!strncmp(name, hosts[i], strlen(hosts[i])))
			return true;
	}
	return false;
}

/*
 * Whether what it opens at run time could be anything. Other libraries open modules of their own
 * kind (libcrypto its engines, SQLite its extensions, Kerberos, PAM), as ssh does with PKCS #11's.
 */
static bool opens_anything(const struct tree *tree)
{
	const struct object *program = tree->object[0];

	if (program->calls_dlopen && !program->opens_tokens)
		return true;
	for (size_t i = 1; i < tree->count; i++) {
		if (tree->object[i]->calls_dlopen && is_host(tree->name[i]))
			return true;
	}
	return false;
}

static void print_lines(char *const *line, size_t count)
{
	for (size_t i = 0; i < count; i++)
		printf("  %s\n", line[i]);
}

static bool verdict_on_helpers(const char *path, const char *what)
{
	struct helpers helpers;

	helpers_find(&helpers, path);
	if (helpers.count)
		say(CHECK_REACHES, what,
		    "probably: it does not use libcurl, but programs it may run do", NULL);
	print_lines(helpers.line, helpers.count);
	helpers_free(&helpers);
	return helpers.count > 0;
}

/*
 * Whether the disk tells what it loads at run time: then CHECK is the verdict, and said.
 * SCRIPT: as for verdict_on_unlinked().
 */
static bool verdict_on_extensions(enum check *check, const char *path, const char *what,
				  bool script)
{
	struct extensions extensions;
	enum extensions_of of = extensions_find(&extensions, path);

	if (of == EXTENSIONS_OF_PHP && extensions.count)
		*check = say(CHECK_REACHES, what,
			     "its configuration enables an extension that uses libcurl", NULL);
	else if (of == EXTENSIONS_OF_PHP && !script)
		*check = say(
			CHECK_DOES_NOT_REACH, what,
			"it does not use libcurl: its configuration enables no extension that does",
			"install one (php-curl); programs that it starts are reached");
	else if (of == EXTENSIONS_OF_SCRIPTS && extensions.count)
		*check = say(CHECK_CANNOT_TELL, what,
			     "scripts that load one of these modules are reached", NULL);
	else
		of = EXTENSIONS_OF_NONE;
	print_lines(extensions.line, extensions.count);
	extensions_free(&extensions);
	return of != EXTENSIONS_OF_NONE;
}

/*
 * No library of the tree is libcurl. SCRIPT: it is run for one, which mostly names what to start.
 */
static enum check verdict_on_unlinked(const struct tree *tree, const char *what, bool script)
{
	enum check check;
	char verdict[PATH_MAX + 64];

	if (bundled(tree))
		return say(CHECK_DOES_NOT_REACH, what, "contains a libcurl of its own",
			   "use the program's own retries, or a build that links libcurl");
	if (tree->missing) {
		snprintf(verdict, sizeof(verdict), "it needs %s, which is not found",
			 tree->missing);
		return say(CHECK_CANNOT_TELL, what, verdict, "install it, or set LD_LIBRARY_PATH");
	}
	if (verdict_on_extensions(&check, tree->object[0]->path, what, script))
		return check;
	if (calls_dlopen(tree) && names_curl(tree))
		return say(CHECK_REACHES, what, "probably: it names libcurl without linking it",
			   "it loads it at run time; see: curlretry -v COMMAND");
	if (verdict_on_helpers(tree->object[0]->path, what))
		return CHECK_REACHES;
	if (opens_anything(tree))
		return say(CHECK_CANNOT_TELL, what,
			   "it does not link libcurl, but may load it at run time",
			   "see what happens: curlretry -v COMMAND");
	if (script)
		return say(CHECK_CANNOT_TELL, what,
			   "it does not use libcurl, but the script may start programs that do",
			   "check those, or see what happens: curlretry -v COMMAND");
	return say(CHECK_DOES_NOT_REACH, what, "it does not use libcurl",
		   "if it starts other programs, check those");
}

static enum check check_object(struct object *object, const char *what, bool script)
{
	const char *secure = privilege(object->path);
	bool musl = object_runs_on_musl(object);
	char verdict[PATH_MAX + 64];
	enum check check;
	struct tree tree;
	size_t libcurl;

	if (!object->native)
		return say(CHECK_DOES_NOT_REACH, what, foreign, foreign_advice);
	if (secure)
		return say(CHECK_DOES_NOT_REACH, what, secure,
			   "the dynamic linker drops LD_PRELOAD: run it as the user it changes to");
	if (is_dynamic_linker(object->path))
		return say(CHECK_CANNOT_TELL, what, "it is the dynamic linker",
			   "check the program that it is to run");
	if (!object->interpreter[0])
		return say(CHECK_DOES_NOT_REACH, what, "it is statically linked",
			   "use the program's own retries, or a dynamically linked build");
	if (!preload_fits(musl))
		return say(CHECK_DOES_NOT_REACH, what,
			   musl ? "it runs on musl, and the shim for musl is not installed" :
				  "it runs on glibc, and the shim is for musl only",
			   musl ? "build it: make CC=musl-gcc install" : NULL);
	if (access(object->interpreter, F_OK)) {
		snprintf(verdict, sizeof(verdict), "its dynamic linker, %s, is not found",
			 object->interpreter);
		return say(CHECK_CANNOT_TELL, what, verdict,
			   "install it, or use a build for this system");
	}
	object_search(object);
	if (object->provides_curl || object->contains_curl)
		return say(CHECK_DOES_NOT_REACH, what, "contains a libcurl of its own",
			   "use the program's own retries, or a build that links libcurl");
	if (!object->dynamic)
		return say(CHECK_CANNOT_TELL, what,
			   "it has no section headers, which tell what it links",
			   "see what happens: curlretry -v COMMAND");
	tree_grow(&tree, object);
	search_all(&tree);
	libcurl = tree_find_libcurl(&tree);
	check = libcurl ? verdict_on_linked(&tree, libcurl, what) :
			  verdict_on_unlinked(&tree, what, script);
	tree_fell(&tree);
	return check;
}

static enum check check_file(const char *what, const char *path, bool script)
{
	static struct object object;
	enum check check;

	if (!object_read(&object, path))
		check = say(CHECK_CANNOT_TELL, what,
			    "neither a program nor a script that can be read", NULL);
	else
		check = check_object(&object, what, script);
	object_free(&object);
	return check;
}

static bool is_number(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

/* The program that a process runs. */
static bool read_program(struct object *object, const char *pid)
{
	char path[64];
	bool read;

	snprintf(path, sizeof(path), "/proc/%.20s/exe", pid);
	read = object_read_headers(object, path);
	object_free(object);
	return read;
}

/* A child may have inherited the one for its parent's; it does nothing there. */
static bool is_for_another_libc(const char *shim, const struct object *program)
{
	return !access(shim, R_OK) &&
	       preload_is_for_musl(shim) != object_runs_on_musl(program);
}

static enum check check_process(const char *pid)
{
	static struct object program;
	char path[64];
	char line[PATH_MAX + 128];
	char shim[PATH_MAX] = "";
	bool libcurl = false;
	bool empty = true;
	FILE *maps;

	if (read_program(&program, pid) && !program.native)
		return say(CHECK_DOES_NOT_REACH, pid, foreign, foreign_advice);
	snprintf(path, sizeof(path), "/proc/%.20s/maps", pid);
	maps = fopen(path, "re");
	if (!maps && errno == ENOENT)
		return say(CHECK_CANNOT_TELL, pid, "neither a command nor a process", NULL);
	if (!maps)
		return say(CHECK_CANNOT_TELL, pid, strerror(errno),
			   errno == EACCES ? "only its own user and root may look into a process" :
					     NULL);
	while (fgets(line, sizeof(line), maps)) {
		const char *base = strrchr(line, '/');

		empty = false;
		if (base && !strncmp(base + 1, "libcurlretry.so", 15))
			snprintf(shim, sizeof(shim), "%.*s", (int)strcspn(strchr(line, '/'), "\n"),
				 strchr(line, '/'));
		libcurl |= base && is_libcurl(base + 1);
	}
	fclose(maps);
	if (empty)
		return say(CHECK_CANNOT_TELL, pid, "it is a part of the kernel, or has ended",
			   NULL);
	if (shim[0] && is_for_another_libc(shim, &program))
		return say(CHECK_DOES_NOT_REACH, pid,
			   "it has curlretry loaded, but that for another C library",
			   "start it again with a curlretry that was installed for both");
	if (shim[0])
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
	/*
	 * The kernel passes over a script's set-user-ID bit, not over that of a file it alone may
	 * read.
	 */
	if (!read && !access(path, R_OK))
		return NULL;
	secure = privilege(path);
	if (secure || !read)
		return secure;
	if (!object.native)
		return foreign;
	return object.interpreter[0] || is_dynamic_linker(path) ? NULL : "it is statically linked";
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
			return check_file(name, path, scripts > 0);
		printf("%s: a script for %s\n", name, interpreter);
		snprintf(name, sizeof(name), "%s", interpreter);
	}
	return say(CHECK_CANNOT_TELL, command, "scripts without end", NULL);
}
