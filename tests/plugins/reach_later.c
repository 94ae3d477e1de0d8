/* SPDX-License-Identifier: MIT */
/*
 * A library that is preloaded too, and tells of each dlsym and dlopen, as profilers and overlays
 * follow them.
 */
#include <dlfcn.h>
#include <stdio.h>

static void *real(const char *name)
{
	static const char *const versions[] = { "GLIBC_2.34", "GLIBC_2.2.5", "GLIBC_2.17" };
	void *found = NULL;

	for (size_t i = 0; !found && i < sizeof(versions) / sizeof(versions[0]); i++)
		found = dlvsym(RTLD_NEXT, name, versions[i]);
	return found;
}

void *dlsym(void *handle, const char *name)
{
	void *(*real_dlsym)(void *, const char *);

	*(void **)&real_dlsym = real("dlsym");
	fprintf(stderr, "dlsym %s\n", name);
	return real_dlsym(handle, name);
}

void *dlopen(const char *name, int flags)
{
	void *(*real_dlopen)(const char *, int);

	*(void **)&real_dlopen = real("dlopen");
	fprintf(stderr, "dlopen %s\n", name ? name : "NULL");
	return real_dlopen(name, flags);
}
