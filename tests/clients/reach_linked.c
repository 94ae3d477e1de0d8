/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -ldl */
/*
 * reach_linked URL PLUGIN: a transfer of its own, then the plugin opened with RTLD_DEEPBIND, and
 * its own again; %s in URL is which
 */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>

static void get(const char *url, const char *key)
{
	CURL *easy = curl_easy_init();
	char full[1024];
	long status = 0;

	snprintf(full, sizeof(full), url, key);
	curl_easy_setopt(easy, CURLOPT_URL, full);
	curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	curl_easy_perform(easy);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	printf("%ld\n", status);
	curl_easy_cleanup(easy);
}

int main(int argc, char **argv)
{
	void *plugin;

	if (argc != 3)
		return 2;
	get(argv[1], "before");
	plugin = dlopen(argv[2], RTLD_LAZY | RTLD_LOCAL | RTLD_DEEPBIND);
	if (!plugin || !dlsym(plugin, "plugin_get"))
		return 1;
	get(argv[1], "after");
	return 0;
}
