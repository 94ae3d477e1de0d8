/* SPDX-License-Identifier: MIT */
#include "symbols.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "libc.h"

/*
 * Filled from the front by whichever thread first meets a libcurl, never
 * emptied. A slot counts once it is ready; one that a forked child inherits
 * half filled is passed over.
 */
static struct {
	atomic_bool taken;
	atomic_bool ready;
	struct libcurl libcurl;
} known[LIBCURLS_MAX];

struct function {
	const char *name;
	size_t offset;
	bool may_be_missing;
};

static const struct function functions[] = {
#define FUNCTION(kind, since, result, name, parameters)                                            \
	{ "curl_" #name, offsetof(struct libcurl, name), (since) != 0 },
#include "functions.def"
#undef FUNCTION
};

static inline bool is_in(size_t i, uintptr_t address)
{
	const struct libcurl *libcurl = &known[i].libcurl;

	return atomic_load_explicit(&known[i].ready, memory_order_acquire) &&
	       address - libcurl->start < libcurl->end - libcurl->start;
}

static const struct libcurl *known_at(uintptr_t address)
{
	for (size_t i = 0; i < LIBCURLS_MAX; i++) {
		if (is_in(i, address))
			return &known[i].libcurl;
		if (!atomic_load_explicit(&known[i].taken, memory_order_relaxed))
			break;
	}
	return NULL;
}

struct libcurl_first libcurl_first;

/*
 * Whoever reads one of both before this and the other after it takes the slow way, or the first
 * libcurl's.
 */
static void pass_own_calls(void)
{
	const struct libcurl *libcurl = &known[0].libcurl;

	atomic_store(&libcurl_first.start, libcurl->start);
	atomic_store(&libcurl_first.size, libcurl->end - libcurl->start);
}

void libcurl_pass_all(void)
{
	if (atomic_load(&known[1].taken) || !atomic_load(&known[0].ready))
		return;
	atomic_store(&libcurl_first.start, 0);
	atomic_store(&libcurl_first.size, UINTPTR_MAX);
	/* Another thread may have met a second one meanwhile. */
	if (atomic_load(&known[1].taken))
		pass_own_calls();
}

const struct libcurl *libcurl_at(const void *address)
{
	return known_at((uintptr_t)address);
}

/* The object is kept loaded for good: our tables and its handles point into it. */
static void pin(const void *address)
{
	(void)libc_scope_at(address);
}

static void enter(struct libcurl *libcurl, const struct function *function, void *address)
{
	memcpy((char *)libcurl + function->offset, &address, sizeof(address));
}

/*
 * False: it has no such function, and is no libcurl without. One that an older libcurl has not is
 * looked for in its own table: the scope may see another one's, and a look-up that fails would be
 * told by dlerror().
 */
static bool find(struct libcurl *libcurl, void *scope, const struct image *image,
		 const struct function *function)
{
	void *address = function->may_be_missing ? image_function(image, function->name) :
						   libc_find(scope, function->name, NULL);

	enter(libcurl, function, address);
	return address || function->may_be_missing;
}

/*
 * Another thread is filling slot I, maybe with the same libcurl. No lock, which
 * a forked child might find taken for good, nor a wait without end, for the same reason.
 */
static bool becomes_ready(size_t i)
{
	for (int yields = 0; yields < 100000; yields++) {
		if (atomic_load_explicit(&known[i].ready, memory_order_acquire))
			return true;
		sched_yield();
	}
	return false;
}

static void fill(size_t i, const struct libcurl *found)
{
	known[i].libcurl = *found;
	known[i].libcurl.index = (unsigned)i;
	if (i == 0)
		libcurl_first.libcurl = &known[0].libcurl;
	atomic_store_explicit(&known[i].ready, true, memory_order_release);
	/* With a second one, a call's own libcurl has to be looked for. */
	if (i <= 1 && atomic_load(&known[0].ready))
		pass_own_calls();
}

/* One slot for each libcurl, however many threads meet it at once: handles are compared by it. */
static const struct libcurl *remember(const struct libcurl *found)
{
	for (size_t i = 0; i < LIBCURLS_MAX; i++) {
		bool taken = false;

		if (atomic_compare_exchange_strong(&known[i].taken, &taken, true)) {
			fill(i, found);
			return &known[i].libcurl;
		}
		if (becomes_ready(i) && known[i].libcurl.start == found->start)
			return &known[i].libcurl;
	}
	return NULL;
}

static const struct libcurl *learn(void *scope, void *easy_init)
{
	struct libcurl found = { 0 };
	struct image image;

	if (!libc_image_at(&image, easy_init))
		return NULL;
	found.start = image.start;
	found.end = image.end;
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		if (!find(&found, scope, &image, &functions[i]))
			return NULL;
	}
	pin(easy_init);
	return remember(&found);
}

/* The real curl_easy_init as SCOPE sees it; NULL where it sees none but ours. */
static void *real_init(void *scope)
{
	void *found;

	libc_init();
	found = libc_find(scope, "curl_easy_init", NULL);
	return image_is_ours(found) ? NULL : found;
}

static const struct libcurl *libcurl_in(void *scope)
{
	void *init = real_init(scope);
	const struct libcurl *libcurl;

	if (!init)
		return NULL;
	libcurl = known_at((uintptr_t)init);
	return libcurl ? libcurl : learn(scope, init);
}

/* To be closed here. */
static const struct libcurl *libcurl_of_scope(void *scope)
{
	const struct libcurl *libcurl;

	if (!scope)
		return NULL;
	libcurl = libcurl_in(scope);
	dlclose(scope);
	return libcurl;
}

static int find_by_name(struct dl_phdr_info *object, size_t size, void *data)
{
	const char *base = strrchr(object->dlpi_name, '/');

	(void)size;
	if (!base || !strstr(base, "libcurl") || strstr(base, "libcurlretry") ||
	    strlen(object->dlpi_name) >= PATH_MAX)
		return 0;
	strcpy(data, object->dlpi_name);
	return 1;
}

/*
 * For callers that no dependency leads from: generated code, foreign function
 * interfaces, a plugin that left its libcurl to whoever loads it.
 */
static const struct libcurl *libcurl_by_name(void)
{
	char name[PATH_MAX];

	if (!dl_iterate_phdr(find_by_name, name))
		return NULL;
	return libcurl_of_scope(libc_loaded(name));
}

const struct libcurl *libcurl_of_plugin(const void *address)
{
	return libcurl_of_scope(libc_scope_at(address));
}

bool libcurl_plugin_has(const void *address, const char *name, const char *version)
{
	void *scope = libc_scope_at(address);
	bool has;

	if (!scope)
		return false;
	has = libc_find(scope, name, version) != NULL;
	dlclose(scope);
	return has;
}

const struct libcurl *libcurl_of_function(const void *function)
{
	const struct libcurl *libcurl = known_at((uintptr_t)function);

	if (libcurl)
		return libcurl;
	libcurl_of_plugin(function);
	return known_at((uintptr_t)function);
}

const struct libcurl *libcurl_by_index(unsigned index)
{
	return &known[index].libcurl;
}

/*
 * With versions an object's own libcurl is the one it was made for. Without, as on musl, it is
 * bound to the first of the global scope, also by the functions that we do not stand in front of.
 */
static const struct libcurl *libcurl_bound_to(const void *caller)
{
	const struct libcurl *libcurl;

	if (libc_is_glibc()) {
		libcurl = libcurl_of_plugin(caller);
		return libcurl ? libcurl : libcurl_in(RTLD_NEXT);
	}
	libcurl = libcurl_in(RTLD_NEXT);
	return libcurl ? libcurl : libcurl_of_plugin(caller);
}

const struct libcurl *libcurl_of_caller(const void *caller, bool *internal)
{
	const struct libcurl *libcurl = known_at((uintptr_t)caller);

	*internal = libcurl != NULL;
	if (libcurl)
		return libcurl;
	libcurl = libcurl_bound_to(caller);
	if (!libcurl)
		libcurl = libcurl_by_name();
	*internal = libcurl && (uintptr_t)caller >= libcurl->start &&
		    (uintptr_t)caller < libcurl->end;
	return libcurl;
}
