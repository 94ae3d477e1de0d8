/* SPDX-License-Identifier: MIT */
/*
 * mixed PLUGIN URL: a program of musl's that is linked to one libcurl opens a plugin that is linked
 * to another. Without versions the plugin's calls go to the program's, all of them: also those that
 * nobody stands in front of. Each makes a handle that the other one uses; %s in URL is which.
 */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "../plugins/plugin.h"

static void *need(void *object, const char *name)
{
	void *found = dlsym(object, name);

	if (!found) {
		printf("FAILED: %s\n", dlerror());
		exit(1);
	}
	return found;
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
	(void)data;
	(void)user;
	return size * count;
}

/* Parts of a form are made by functions that are not the shim's, for a handle that it knows. */
static void post(CURL *easy, const char *url)
{
	curl_mime *form = curl_mime_init(easy);
	long status = 0;
	int code;

	curl_mime_data(curl_mime_addpart(form), "data", CURL_ZERO_TERMINATED);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_MIMEPOST, form);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	code = curl_easy_perform(easy);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	printf("theirs: code %d status %ld\n", code, status);
	curl_mime_free(form);
}

int main(int argc, char **argv)
{
	void *plugin = argc == 3 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
	int (*get)(void *, const char *, long *, size_t *);
	void *(*make)(void);
	char url[1024];
	size_t bytes;
	long status;
	CURL *easy;
	int code;

	if (!plugin)
		return 2;
	*(void **)&get = need(plugin, "plugin_get");
	*(void **)&make = need(plugin, "plugin_open");
	easy = make();
	snprintf(url, sizeof(url), argv[2], "theirs");
	post(easy, url);
	curl_easy_cleanup(easy);
	easy = curl_easy_init();
	snprintf(url, sizeof(url), argv[2], "ours");
	code = get(easy, url, &status, &bytes);
	printf("ours: code %d status %ld\n", code, status);
	curl_easy_cleanup(easy);
	return 0;
}
