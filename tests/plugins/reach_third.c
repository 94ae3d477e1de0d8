/* SPDX-License-Identifier: MIT */
/*
 * A library that looks symbols up for itself, and for whoever asks: reach_host.c compares its
 * answers. With sibling calls the loader sees another caller than without, which is the point.
 */
#include <dlfcn.h>
#include <stdio.h>

#include "reach.h"

void *third_next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

void *third_next_version(const char *name, const char *version)
{
	return dlvsym(RTLD_NEXT, name, version);
}

void *third_default(const char *name)
{
	return dlsym(RTLD_DEFAULT, name);
}

void *third_default_version(const char *name, const char *version)
{
	return dlvsym(RTLD_DEFAULT, name, version);
}

void *third_in(void *handle, const char *name)
{
	return dlsym(handle, name);
}

void *third_open(const char *name, int flags)
{
	return dlopen(name, flags);
}

/* The same from here, where the answer is used and no call can be the last. */
void third_inside(const char *name, const char *version, void (*tell)(const char *, void *))
{
	void *found = third_next(name);

	tell("next", found);
	found = dlsym(RTLD_NEXT, name);
	tell("next itself", found);
	found = dlvsym(RTLD_NEXT, name, version);
	tell("next version", found);
	found = dlsym(RTLD_DEFAULT, name);
	tell("default", found);
	found = dlvsym(RTLD_DEFAULT, name, version);
	tell("default version", found);
	found = dlvsym(RTLD_DEFAULT, name, "NO_SUCH_1");
	tell("default wrong version", found);
}
