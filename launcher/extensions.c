/* SPDX-License-Identifier: MIT */
#include "extensions.h"

#include <dirent.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "object.h"
#include "tree.h"

#define MODULE_DEPTH 6	/* folders below one that modules are searched in */

struct search {
	struct extensions *extensions;
	const char *program;
	struct text text;	/* the program's file */
	char *extension_dir;	/* PHP's, where its configuration names one; NULL */
};

static bool is_folder(const char *path)
{
	struct stat about;

	return !stat(path, &about) && S_ISDIR(about.st_mode);
}

static bool is_told(const struct extensions *extensions, const char *line)
{
	for (size_t i = 0; i < extensions->count; i++) {
		if (!strcmp(extensions->line[i], line))
			return true;
	}
	return false;
}

static void look_at(struct search *search, const char *path)
{
	struct extensions *extensions = search->extensions;
	char *line;

	if (extensions->count == EXTENSIONS_MAX)
		return;
	line = tree_user_of_libcurl(path);
	if (line && !is_told(extensions, line))
		extensions->line[extensions->count++] = line;
	else
		free(line);
}

/* Each absolute path of a folder that is a text of its own in the program's file. */
static void each_folder(struct search *search,
			void (*visit)(struct search *search, const char *folder, void *user),
			void *user)
{
	const char *text = search->text.start;
	const char *end = text + search->text.size;

	while ((text = memmem(text, (size_t)(end - text), "\0/", 2))) {
		size_t length;

		text++;
		length = strnlen(text, (size_t)(end - text));
		if (length > 1 && length < PATH_MAX && text + length < end && is_folder(text))
			visit(search, text, user);
		text += length;
	}
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length >= strlen(end) && !strcmp(text + length - strlen(end), end);
}

/* --- PHP --- */

static void look_for_named(struct search *search, const char *folder, void *user)
{
	const char *name = user;
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s%s", folder, name,
		     ends_with(name, ".so") ? "" : ".so") < PATH_MAX && !access(path, R_OK))
		look_at(search, path);
}

static void look_for_extension(struct search *search, char *name)
{
	if (strchr(name, '/'))
		look_at(search, name);
	else if (search->extension_dir)
		look_for_named(search, search->extension_dir, name);
	else
		each_folder(search, look_for_named, name);
}

/* "key = value ; comment" or "key = "value"", cut in place; NULL: another key, or no value. */
static char *value_of(char *line, const char *key)
{
	line += strspn(line, " \t");
	if (strncmp(line, key, strlen(key)))
		return NULL;
	line += strlen(key);
	line += strspn(line, " \t");
	if (*line++ != '=')
		return NULL;
	line += strspn(line, " \t\"'");
	line[strcspn(line, " \t\"';\r\n")] = '\0';
	return *line ? line : NULL;
}

static void read_setting(struct search *search, char *line)
{
	char *value = value_of(line, "extension_dir");

	if (value) {
		free(search->extension_dir);
		search->extension_dir = strdup(value);
		return;
	}
	value = value_of(line, "extension");
	if (!value)
		value = value_of(line, "zend_extension");
	if (value)
		look_for_extension(search, value);
}

static void read_ini(struct search *search, const char *folder, const char *name)
{
	char path[PATH_MAX];
	char line[PATH_MAX];
	FILE *file;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= PATH_MAX)
		return;
	file = fopen(path, "re");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file))
		read_setting(search, line);
	fclose(file);
}

static int is_ini(const struct dirent *entry)
{
	return ends_with(entry->d_name, ".ini");
}

static void read_inis_in(struct search *search, const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_ini, alphasort);

	for (int i = 0; i < count; i++) {
		read_ini(search, folder, entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

/* The folder for php.ini and that of further files (conf.d, php.d) are built into it. */
static void read_php_ini(struct search *search, const char *folder, void *user)
{
	(void)user;
	read_ini(search, folder, "php.ini");
}

static void read_further(struct search *search, const char *folder, void *user)
{
	(void)user;
	if (ends_with(folder, ".d"))
		read_inis_in(search, folder);
}

/* PHP_INI_SCAN_DIR: folders between colons; an empty one is that which is built in. */
static void read_scan_dirs(struct search *search, const char *list)
{
	for (;; list++) {
		char folder[PATH_MAX];
		size_t length = strcspn(list, ":");

		if (!length)
			each_folder(search, read_further, NULL);
		else if (snprintf(folder, sizeof(folder), "%.*s", (int)length, list) < PATH_MAX)
			read_inis_in(search, folder);
		list += length;
		if (!*list)
			return;
	}
}

static void look_at_php(struct search *search)
{
	const char *folder = getenv("PHPRC");
	const char *further = getenv("PHP_INI_SCAN_DIR");

	if (folder && is_folder(folder))
		read_ini(search, folder, "php.ini");
	else
		each_folder(search, read_php_ini, NULL);
	if (further && !*further)
		return;
	read_scan_dirs(search, further ? further : "");
}

/* --- modules of Perl and Python --- */

static int no_dot(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void look_below(struct search *search, const char *folder, int depth)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, no_dot, alphasort);

	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		char path[PATH_MAX];

		bool fits = snprintf(path, sizeof(path), "%s/%s", folder, name) < PATH_MAX;

		if (fits && ends_with(name, ".so"))
			look_at(search, path);
		else if (fits && depth > 1 && entries[i]->d_type == DT_DIR)
			look_below(search, path, depth - 1);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

/* Perl's @INC is built into it; what is compiled of a module lies in "auto" there. */
static void look_into_inc(struct search *search, const char *folder, void *user)
{
	char path[PATH_MAX];

	(void)user;
	if (snprintf(path, sizeof(path), "%s/auto", folder) < PATH_MAX && is_folder(path))
		look_below(search, path, MODULE_DEPTH);
}

static void look_into_list(struct search *search, const char *list)
{
	while (list && *list) {
		char folder[PATH_MAX];
		size_t length = strcspn(list, ":");

		if (length &&
		    snprintf(folder, sizeof(folder), "%.*s", (int)length, list) < PATH_MAX)
			look_below(search, folder, MODULE_DEPTH);
		list += length + (list[length] == ':');
	}
}

static void look_at_perl(struct search *search)
{
	each_folder(search, look_into_inc, NULL);
	look_into_list(search, getenv("PERL5LIB"));
}

/*
 * PREFIX/lib/python3.11/site-packages, and Debian's own folders. Modules of packages lie one folder
 * deeper.
 */
static void look_at_packages(struct search *search, const char *prefix, const char *folder)
{
	char pattern[PATH_MAX];
	glob_t folders;

	if (snprintf(pattern, sizeof(pattern), "%s/lib/python3*/%s", prefix, folder) >= PATH_MAX ||
	    glob(pattern, 0, NULL, &folders))
		return;
	for (size_t i = 0; i < folders.gl_pathc; i++)
		look_below(search, folders.gl_pathv[i], 2);
	globfree(&folders);
}

static void look_at_both(struct search *search, const char *prefix)
{
	look_at_packages(search, prefix, "site-packages");
	look_at_packages(search, prefix, "dist-packages");
}

static void look_at_python(struct search *search)
{
	const char *environment = getenv("VIRTUAL_ENV");
	char prefix[PATH_MAX];
	char *slash;

	snprintf(prefix, sizeof(prefix), "%s", search->program);
	for (int i = 0; i < 2 && (slash = strrchr(prefix, '/')); i++)
		*slash = '\0';
	look_at_both(search, prefix);
	if (!strcmp(prefix, "/usr"))
		look_at_both(search, "/usr/local");
	if (environment)
		look_at_both(search, environment);
	look_into_list(search, getenv("PYTHONPATH"));
}

static const struct {
	const char *name;	/* how the program's begins */
	enum extensions_of of;
	void (*look)(struct search *search);
} interpreters[] = {
	{ "php", EXTENSIONS_OF_PHP, look_at_php },
	{ "perl", EXTENSIONS_OF_SCRIPTS, look_at_perl },
	{ "python", EXTENSIONS_OF_SCRIPTS, look_at_python },
};

enum extensions_of extensions_find(struct extensions *extensions, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	struct search search = { .extensions = extensions, .program = path };

	memset(extensions, 0, sizeof(*extensions));
	for (size_t i = 0; i < sizeof(interpreters) / sizeof(interpreters[0]); i++) {
		if (strncmp(name, interpreters[i].name, strlen(interpreters[i].name)) ||
		    !text_map(&search.text, path))
			continue;
		interpreters[i].look(&search);
		text_unmap(&search.text);
		free(search.extension_dir);
		return interpreters[i].of;
	}
	return EXTENSIONS_OF_NONE;
}

void extensions_free(struct extensions *extensions)
{
	for (size_t i = 0; i < extensions->count; i++)
		free(extensions->line[i]);
}
