/* SPDX-License-Identifier: MIT */
/*
 * look_up handle|default|self|next LIBRARY URL: a program of musl's that is not linked to libcurl
 * opens one, finds its functions in that way, and fetches URL.
 * look_up plugin PLUGIN URL: it opens a plugin that is linked to one, which fetches URL.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../clients/looked_up.h"
#include "../plugins/plugin.h"

static void *scope;

static void *find(const char *name)
{
	void *found = dlsym(scope, name);

	if (!found) {
		printf("FAILED: %s\n", dlerror());
		exit(1);
	}
	return found;
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
	(void)data;
	*(size_t *)user += size * count;
	return size * count;
}

static void transfer_of_plugin(const char *url)
{
	void *(*make)(void);
	int (*get)(void *, const char *, long *, size_t *);
	void (*close)(void *);
	size_t bytes;
	long status;
	void *easy;
	int code;

	*(void **)&make = find("plugin_open");
	*(void **)&get = find("plugin_get");
	*(void **)&close = find("plugin_close");
	easy = make();
	code = get(easy, url, &status, &bytes);
	close(easy);
	tell_transfer(code, status, bytes);
}

int main(int argc, char **argv)
{
	const char *way = argv[1];
	bool plugin = argc > 1 && !strcmp(way, "plugin");
	bool local = plugin || (argc > 1 && !strcmp(way, "handle"));
	void *object;

	if (argc != 4)
		return 2;
	object = dlopen(argv[2], RTLD_NOW | (local ? RTLD_LOCAL : RTLD_GLOBAL));
	if (!object) {
		printf("FAILED: %s\n", dlerror());
		return 1;
	}
	scope = local			? object :
		!strcmp(way, "default") ? RTLD_DEFAULT :
		!strcmp(way, "self")	? dlopen(NULL, RTLD_NOW) :
					  RTLD_NEXT;
	if (plugin)
		transfer_of_plugin(argv[3]);
	else
		fetch(find, argv[3], on_body);
	return 0;
}
