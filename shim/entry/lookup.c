/* SPDX-License-Identifier: MIT */
#include "lookup.h"

#include <dlfcn.h>
#include <stddef.h>
#include <unistd.h>

#include "entries.h"
#include "libcurl/libc.h"
#include "slots.h"
#include "libcurl/symbols.h"

unsigned lookup_pending;

/* This thread's share of lookup_pending. */
static __thread unsigned opened __attribute__((tls_model("initial-exec")));

/*
 * The process whose threads the shares are of. Written by the first to add one, there and in a
 * forked child.
 */
static pid_t opener;

static struct looked_up jump(void)
{
	return (struct looked_up){ NULL, 0 };
}

/* Found nowhere; the look-up that fails is for dlerror(), and so the last one. */
static struct looked_up none(const char *name, const char *version)
{
	return (struct looked_up){ libc_dlsym(RTLD_NEXT, name, version), 1 };
}

/*
 * NAME is one of ours, and HANDLE not RTLD_NEXT. Found in the global scope, it
 * is our own function that was found first: what counts is what stands behind.
 */
static struct looked_up look_up(void *handle, const char *name, const char *version,
				const struct entry *entry, const void *caller)
{
	void *found = libc_find(handle, name, version);
	const struct libcurl *libcurl;

	if (found == entry->function)
		found = libc_find(RTLD_NEXT, name, version);
	if (found) {
		libcurl = libcurl_of_function(found);
		return libcurl ? (struct looked_up){ entry_for(entry, libcurl), 1 } : jump();
	}
	/* glibc's RTLD_DEFAULT ends with the scope of the object that asks. */
	if (handle == RTLD_DEFAULT && libc_is_glibc() &&
	    libcurl_plugin_has(caller, name, version)) {
		libcurl = libcurl_of_plugin(caller);
		if (libcurl)
			return (struct looked_up){ entry_for(entry, libcurl), 1 };
	}
	return none(name, version);
}

/* Whether the object of CALLER comes before us in the global scope: then RTLD_NEXT finds us. */
static bool precedes_us(const void *caller)
{
	const struct link_map *theirs = libc_object_at(caller, NULL);
	const struct link_map *ours = libc_object_at((void *)lookup_dlsym, NULL);

	if (!theirs)
		return false;
	while (ours && ours != theirs)
		ours = ours->l_prev;
	return ours != NULL;
}

static struct looked_up look_up_next(const char *name, const char *version, const void *caller)
{
	bool found = !precedes_us(caller) || libc_find(RTLD_NEXT, name, version);

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

	if (former == process || !__atomic_compare_exchange_n(&opener, &former, process, false,
							      __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return;
	/* Nobody has added to them before us. */
	__atomic_sub_fetch(&lookup_pending, others, __ATOMIC_RELAXED);
}

void lookup_note_deepbind(void)
{
	/* musl has no RTLD_DEEPBIND: it binds every object to us. */
	if (!libc_is_glibc())
		return;
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

	libc_init();
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
