/* SPDX-License-Identifier: MIT */
/* A library that is preloaded too, and tells of each curl_easy_perform, as tracers do. */
#include <dlfcn.h>
#include <stdio.h>

int curl_easy_perform(void *easy);

int curl_easy_perform(void *easy)
{
	int (*real)(void *);

	*(void **)&real = dlsym(RTLD_NEXT, "curl_easy_perform");
	fprintf(stderr, "traced\n");
	return real(easy);
}
