/* SPDX-License-Identifier: MIT */
/*
 * look_up handle|default|self|next LIBRARY URL: a program of musl's that is not linked to libcurl
 * opens one, finds its functions in that way, and fetches URL.
 * look_up plugin PLUGIN URL: it opens a plugin that is linked to one, which fetches URL.
 */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* musl keeps an error until it is asked for. */
static void tell(int code, long status, size_t bytes)
{
	printf("code %d status %ld bytes %zu error %s\n", code, status, bytes,
	       dlerror() ? "left" : "none");
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
	tell(code, status, bytes);
}

static void transfer(const char *url)
{
	CURL *(*init)(void);
	CURLcode (*setopt)(CURL *, CURLoption, ...);
	CURLcode (*perform)(CURL *);
	CURLcode (*getinfo)(CURL *, CURLINFO, ...);
	void (*cleanup)(CURL *);
	size_t bytes = 0;
	long status = 0;
	CURL *easy;
	int code;

	*(void **)&init = find("curl_easy_init");
	*(void **)&setopt = find("curl_easy_setopt");
	*(void **)&perform = find("curl_easy_perform");
	*(void **)&getinfo = find("curl_easy_getinfo");
	*(void **)&cleanup = find("curl_easy_cleanup");
	easy = init();
	setopt(easy, CURLOPT_URL, url);
	setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	setopt(easy, CURLOPT_WRITEDATA, &bytes);
	code = perform(easy);
	getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	cleanup(easy);
	tell(code, status, bytes);
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
		transfer(argv[3]);
	return 0;
}
