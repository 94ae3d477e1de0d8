/* SPDX-License-Identifier: MIT */
#include "lookup.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "entries.h"
#include "image.h"
#include "slots.h"
#include "symbols.h"

void *(*lookup_real_dlsym)(void *, const char *);
void *(*lookup_real_dlvsym)(void *, const char *, const char *);
void *(*lookup_real_dlopen)(const char *, int);
unsigned lookup_pending;

/* How many objects had been loaded when the last RTLD_DEEPBIND was noted. */
static unsigned long long noted_loads;

struct real {
	void *dlsym;
	void *dlvsym;
	void *dlopen;
};

/* Our own dlsym would answer in the scope's name: libc's symbol table is read instead. */
static int find_real(struct dl_phdr_info *object, size_t size, void *data)
{
	const char *base = strrchr(object->dlpi_name, '/');
	struct real *real = data;
	struct image image;

	(void)size;
	/* Since glibc 2.34 in libc, before that in libdl. */
	if (!base || (strcmp(base, "/libc.so.6") && strcmp(base, "/libdl.so.2")))
		return 0;
	if (!image_of(&image, object) || !image_function(&image, "dlsym"))
		return 0;
	real->dlsym = image_function(&image, "dlsym");
	real->dlvsym = image_function(&image, "dlvsym");
	real->dlopen = image_function(&image, "dlopen");
	return real->dlvsym && real->dlopen;
}

void lookup_init(void)
{
	struct real real = { 0 };

	if (__atomic_load_n(&lookup_real_dlsym, __ATOMIC_ACQUIRE))
		return;
	if (!dl_iterate_phdr(find_real, &real))
		return;
	__atomic_store_n(&lookup_real_dlopen, (void *(*)(const char *, int))real.dlopen,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&lookup_real_dlvsym,
			 (void *(*)(void *, const char *, const char *))real.dlvsym,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&lookup_real_dlsym, (void *(*)(void *, const char *))real.dlsym,
			 __ATOMIC_RELEASE);
}

static void *real_lookup(void *handle, const char *name, const char *version)
{
	return version ? lookup_real_dlvsym(handle, name, version) : lookup_real_dlsym(handle, name);
}

static struct looked_up jump(void)
{
	return (struct looked_up){ NULL, 0 };
}

/*
 * NAME is one of ours, and HANDLE not RTLD_NEXT. Found in the global scope, it
 * is our own function that was found first: what counts is what stands behind.
 */
static struct looked_up look_up(void *handle, const char *name, const char *version,
				const struct entry *entry, const void *caller)
{
	void *found = real_lookup(handle, name, version);
	const struct libcurl *libcurl;

	if (found == entry->function)
		found = real_lookup(RTLD_NEXT, name, version);
	if (found) {
		libcurl = libcurl_of_function(found);
		return libcurl ? (struct looked_up){ entry_for(entry, libcurl), 1 } : jump();
	}
	if (handle != RTLD_DEFAULT)
		return (struct looked_up){ NULL, 1 };
	/* RTLD_DEFAULT ends with the scope of the object that asks. */
	libcurl = libcurl_of_plugin(caller);
	return (struct looked_up){ libcurl ? entry_for(entry, libcurl) : NULL, 1 };
}

/* The adds counter moves when an object is loaded: then the one that was noted may be among them. */
static int count_loads(struct dl_phdr_info *object, size_t size, void *data)
{
	(void)size;
	*(unsigned long long *)data = object->dlpi_adds;
	return 1;
}

static unsigned long long loads(void)
{
	unsigned long long count = 0;

	dl_iterate_phdr(count_loads, &count);
	return count;
}

void lookup_note_deepbind(void)
{
	__atomic_store_n(&noted_loads, loads(), __ATOMIC_RELAXED);
	__atomic_store_n(&lookup_pending, 1, __ATOMIC_RELEASE);
}

static void patch_new_objects(void)
{
	if (loads() == __atomic_load_n(&noted_loads, __ATOMIC_RELAXED))
		return;
	__atomic_store_n(&lookup_pending, 0, __ATOMIC_RELAXED);
	if (!slots_patch())
		__atomic_store_n(&lookup_pending, 1, __ATOMIC_RELAXED);
}

struct looked_up lookup_dlsym(void *handle, const char *name, const char *version,
			      const void *caller)
{
	const struct entry *entry;

	lookup_init();
	if (__atomic_load_n(&lookup_pending, __ATOMIC_ACQUIRE))
		patch_new_objects();
	if (handle == RTLD_NEXT)
		return jump();
	entry = entry_named(name);
	return entry ? look_up(handle, name, version, entry, caller) : jump();
}
