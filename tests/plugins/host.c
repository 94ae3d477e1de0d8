/* SPDX-License-Identifier: MIT */
/*
 * host interleaved|threads|close|swap PLUGIN PLUGIN URL: two plugins, opened RTLD_LOCAL, each with
 * a libcurl of its own, and both in use at once. %s in URL becomes each transfer's own key.
 *
 * swap: the handle of one is used by the other's code, as where a library hands out its handles.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin.h"

struct plugin {
	void *object;
	const char *(*version)(void);
	void *(*open)(void);
	int (*get)(void *, const char *, long *, size_t *);
	void (*close)(void *);
	const char *name;
	const char *url;
	int wrong;
};

static void *need(void *object, const char *name)
{
	void *found = dlsym(object, name);

	if (!found) {
		printf("FAILED: %s\n", dlerror());
		exit(1);
	}
	return found;
}

static void load(struct plugin *plugin, const char *path, const char *url)
{
	plugin->object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!plugin->object) {
		printf("FAILED: %s\n", dlerror());
		exit(1);
	}
	*(void **)&plugin->version = need(plugin->object, "plugin_version");
	*(void **)&plugin->open = need(plugin->object, "plugin_open");
	*(void **)&plugin->get = need(plugin->object, "plugin_get");
	*(void **)&plugin->close = need(plugin->object, "plugin_close");
	plugin->name = strstr(plugin->version(), "GnuTLS") ? "gnutls" : "openssl";
	plugin->url = url;
}

static void get(struct plugin *plugin, void *easy, const char *key)
{
	char url[1024];
	long status;
	size_t bytes;
	int code;

	snprintf(url, sizeof(url), plugin->url, key);
	code = plugin->get(easy, url, &status, &bytes);
	if (code || status != 200 || !bytes) {
		printf("%s %s: code=%d status=%ld bytes=%zu\n", plugin->name, key, code, status,
		       bytes);
		plugin->wrong++;
	}
}

static void interleaved(struct plugin plugins[2])
{
	void *easy[2] = { plugins[0].open(), plugins[1].open() };

	for (int i = 0; i < 10; i++) {
		char key[32];

		snprintf(key, sizeof(key), "%s%d", plugins[i % 2].name, i);
		get(&plugins[i % 2], easy[i % 2], key);
	}
	plugins[0].close(easy[0]);
	plugins[1].close(easy[1]);
}

static void *thread_main(void *user)
{
	struct plugin *plugin = user;

	for (int i = 0; i < 10; i++) {
		void *easy = plugin->open();
		char key[32];

		snprintf(key, sizeof(key), "%s%d", plugin->name, i);
		get(plugin, easy, key);
		plugin->close(easy);
	}
	return NULL;
}

static void threads(struct plugin plugins[2])
{
	pthread_t thread[2];

	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, thread_main, &plugins[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
}

/* Each is closed when it is done; the other goes on. */
static void close_each(struct plugin plugins[2])
{
	for (int i = 0; i < 2; i++) {
		thread_main(&plugins[i]);
		dlclose(plugins[i].object);
	}
}

static void swap(struct plugin plugins[2])
{
	void *easy = plugins[0].open();

	get(&plugins[1], easy, "swapped");
	plugins[1].close(easy);
}

int main(int argc, char **argv)
{
	struct plugin plugins[2];

	if (argc < 5)
		return 2;
	memset(plugins, 0, sizeof(plugins));
	load(&plugins[0], argv[2], argv[4]);
	load(&plugins[1], argv[3], argv[4]);
	printf("%s %s\n", plugins[0].name, plugins[1].name);
	if (!strcmp(argv[1], "interleaved"))
		interleaved(plugins);
	else if (!strcmp(argv[1], "threads"))
		threads(plugins);
	else if (!strcmp(argv[1], "close"))
		close_each(plugins);
	else if (!strcmp(argv[1], "swap"))
		swap(plugins);
	else
		return 2;
	printf("wrong=%d\n", plugins[0].wrong + plugins[1].wrong);
	return 0;
}
