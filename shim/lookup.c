/* SPDX-License-Identifier: MIT */
#include "lookup.h"

#include <dlfcn.h>
#include <link.h>
#include <stddef.h>
#include <unistd.h>

#include "entries.h"
#include "image.h"
#include "slots.h"
#include "symbols.h"
#include "text.h"

/* libc's functions, found at the first look-up. */
static void *(*real_dlsym)(void *, const char *);
static void *(*real_dlvsym)(void *, const char *, const char *);
static void *(*real_dlopen)(const char *, int);
void *lookup_next_dlsym;
void *lookup_next_dlvsym;
void *lookup_next_dlopen;
unsigned lookup_pending;

/* This thread's share of lookup_pending. */
static __thread unsigned opened __attribute__((tls_model("initial-exec")));

/* The process whose threads the shares are of. Written by the first to add one, there and in a forked child. */
static pid_t opener;

struct functions {
	void *dlsym;
	void *dlvsym;
	void *dlopen;
};

static const char *base_name(const char *path)
{
	const char *base = path;

	for (; *path; path++) {
		if (*path == '/')
			base = path + 1;
	}
	return base;
}

/* Those that are not found yet. */
static void find_in(struct functions *functions, const struct image *image)
{
	if (!functions->dlsym)
		functions->dlsym = image_function(image, "dlsym");
	if (!functions->dlvsym)
		functions->dlvsym = image_function(image, "dlvsym");
	if (!functions->dlopen)
		functions->dlopen = image_function(image, "dlopen");
}

static bool find_libc(struct functions *real, const struct link_map *map, const struct image *image)
{
	const char *base = base_name(map->l_name);

	*real = (struct functions){ 0 };
	/* Since glibc 2.34 in libc, before that in libdl. */
	if (text_equal(base, "libc.so.6") || text_equal(base, "libdl.so.2"))
		find_in(real, image);
	return real->dlsym && real->dlvsym && real->dlopen;
}

/* From MAP on; NEXT is what others on the way to libc stand in front of its functions with. */
static bool find_from(struct functions *real, struct functions *next, const struct link_map *map)
{
	struct image image;

	*next = (struct functions){ 0 };
	for (; map; map = map->l_next) {
		if (!image_of_map(&image, map))
			continue;
		if (find_libc(real, map, &image)) {
			find_in(next, &image);
			return true;
		}
		find_in(next, &image);
	}
	return false;
}

/*
 * Our own dlsym would answer in the scope's name, and ld.so's list of objects
 * can be walked without a call that a sanitizer may stand in front of. Those
 * before libc are there from the start, and stay.
 */
static bool find_functions(struct functions *real, struct functions *next)
{
	struct link_map *map;
	Dl_info info;

	if (!dladdr1((void *)lookup_init, &info, (void **)&map, RTLD_DL_LINKMAP))
		return false;
	if (find_from(real, next, map->l_next))
		return true;
	/* We were not preloaded: libc is in front of us, and nobody's look-ups come here. */
	while (map->l_prev)
		map = map->l_prev;
	if (!find_from(real, next, map))
		return false;
	*next = *real;
	return true;
}

void lookup_init(void)
{
	struct functions real;
	struct functions next;

	if (__atomic_load_n(&real_dlsym, __ATOMIC_ACQUIRE) || !find_functions(&real, &next))
		return;
	__atomic_store_n(&lookup_next_dlopen, next.dlopen, __ATOMIC_RELAXED);
	__atomic_store_n(&lookup_next_dlvsym, next.dlvsym, __ATOMIC_RELAXED);
	__atomic_store_n(&lookup_next_dlsym, next.dlsym, __ATOMIC_RELAXED);
	__atomic_store_n(&real_dlopen, (void *(*)(const char *, int))real.dlopen, __ATOMIC_RELAXED);
	__atomic_store_n(&real_dlvsym, (void *(*)(void *, const char *, const char *))real.dlvsym,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&real_dlsym, (void *(*)(void *, const char *))real.dlsym,
			 __ATOMIC_RELEASE);
}

void *lookup_real(void *handle, const char *name, const char *version)
{
	return version ? real_dlvsym(handle, name, version) : real_dlsym(handle, name);
}

void *lookup_loaded(const char *name)
{
	lookup_init();
	return real_dlopen(name, RTLD_LAZY | RTLD_NOLOAD);
}

static struct looked_up jump(void)
{
	return (struct looked_up){ NULL, 0 };
}

/* Found nowhere; the look-up that fails is for dlerror(), and so the last one. */
static struct looked_up none(const char *name, const char *version)
{
	return (struct looked_up){ lookup_real(RTLD_NEXT, name, version), 1 };
}

/*
 * NAME is one of ours, and HANDLE not RTLD_NEXT. Found in the global scope, it
 * is our own function that was found first: what counts is what stands behind.
 */
static struct looked_up look_up(void *handle, const char *name, const char *version,
				const struct entry *entry, const void *caller)
{
	void *found = lookup_real(handle, name, version);
	const struct libcurl *libcurl;

	if (found == entry->function)
		found = lookup_real(RTLD_NEXT, name, version);
	if (found) {
		libcurl = libcurl_of_function(found);
		return libcurl ? (struct looked_up){ entry_for(entry, libcurl), 1 } : jump();
	}
	/* RTLD_DEFAULT ends with the scope of the object that asks. */
	if (handle == RTLD_DEFAULT && libcurl_plugin_has(caller, name, version)) {
		libcurl = libcurl_of_plugin(caller);
		if (libcurl)
			return (struct looked_up){ entry_for(entry, libcurl), 1 };
	}
	return none(name, version);
}

/* Whether the object of CALLER comes before us in the global scope: then RTLD_NEXT finds us. */
static bool precedes_us(const void *caller)
{
	struct link_map *theirs;
	struct link_map *ours;
	Dl_info info;

	if (!dladdr1((void *)lookup_init, &info, (void **)&ours, RTLD_DL_LINKMAP) ||
	    !dladdr1(caller, &info, (void **)&theirs, RTLD_DL_LINKMAP))
		return false;
	while (ours && ours != theirs)
		ours = ours->l_prev;
	return ours != NULL;
}

static struct looked_up look_up_next(const char *name, const char *version, const void *caller)
{
	bool found = !precedes_us(caller) || lookup_real(RTLD_NEXT, name, version);

	return found ? jump() : none(name, version);
}

/*
 * The threads that would have looked something up are not in a forked child; one
 * of them may have had the loader's lock, which we would wait for without end.
 */
static void forget_other_threads(void)
{
	pid_t process = getpid();
	pid_t former = __atomic_load_n(&opener, __ATOMIC_ACQUIRE);
	unsigned others = __atomic_load_n(&lookup_pending, __ATOMIC_RELAXED) - opened;

	if (former == process ||
	    !__atomic_compare_exchange_n(&opener, &former, process, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return;
	/* Nobody has added to them before us. */
	__atomic_sub_fetch(&lookup_pending, others, __ATOMIC_RELAXED);
}

void lookup_note_deepbind(void)
{
	forget_other_threads();
	opened++;
	__atomic_add_fetch(&lookup_pending, 1, __ATOMIC_RELEASE);
}

/*
 * Whoever has opened an object looks something up in it next, from the same
 * thread: until then it may not be loaded yet, and other threads' look-ups
 * leave the note standing.
 */
static void patch_new_objects(void)
{
	if (!slots_patch() || !opened)
		return;
	__atomic_sub_fetch(&lookup_pending, opened, __ATOMIC_RELAXED);
	opened = 0;
}

struct looked_up lookup_dlsym(void *handle, const char *name, const char *version,
			      const void *caller)
{
	const struct entry *entry;

	lookup_init();
	if (__atomic_load_n(&lookup_pending, __ATOMIC_ACQUIRE))
		forget_other_threads();
	if (__atomic_load_n(&lookup_pending, __ATOMIC_RELAXED))
		patch_new_objects();
	entry = entry_named(name);
	if (!entry)
		return jump();
	if (handle == RTLD_NEXT)
		return look_up_next(name, version, caller);
	return look_up(handle, name, version, entry, caller);
}
