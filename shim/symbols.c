/* SPDX-License-Identifier: MIT */
#include "symbols.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "libcurl/libc.h"

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
};

static const struct function functions[] = {
	{ "curl_global_init", offsetof(struct libcurl, global_init) },
	{ "curl_global_init_mem", offsetof(struct libcurl, global_init_mem) },
	{ "curl_easy_init", offsetof(struct libcurl, easy_init) },
	{ "curl_easy_duphandle", offsetof(struct libcurl, easy_duphandle) },
	{ "curl_easy_reset", offsetof(struct libcurl, easy_reset) },
	{ "curl_easy_cleanup", offsetof(struct libcurl, easy_cleanup) },
	{ "curl_easy_setopt", offsetof(struct libcurl, easy_setopt) },
	{ "curl_easy_getinfo", offsetof(struct libcurl, easy_getinfo) },
	{ "curl_easy_pause", offsetof(struct libcurl, easy_pause) },
	{ "curl_easy_perform", offsetof(struct libcurl, easy_perform) },
	{ "curl_mime_filedata", offsetof(struct libcurl, mime_filedata) },
	{ "curl_mime_data_cb", offsetof(struct libcurl, mime_data_cb) },
	{ "curl_slist_free_all", offsetof(struct libcurl, slist_free_all) },
	{ "curl_free", offsetof(struct libcurl, free) },
	{ "curl_maprintf", offsetof(struct libcurl, maprintf) },
	{ "curl_multi_init", offsetof(struct libcurl, multi_init) },
	{ "curl_multi_cleanup", offsetof(struct libcurl, multi_cleanup) },
	{ "curl_multi_add_handle", offsetof(struct libcurl, multi_add_handle) },
	{ "curl_multi_remove_handle", offsetof(struct libcurl, multi_remove_handle) },
	{ "curl_multi_perform", offsetof(struct libcurl, multi_perform) },
	{ "curl_multi_socket", offsetof(struct libcurl, multi_socket) },
	{ "curl_multi_socket_all", offsetof(struct libcurl, multi_socket_all) },
	{ "curl_multi_socket_action", offsetof(struct libcurl, multi_socket_action) },
	{ "curl_multi_info_read", offsetof(struct libcurl, multi_info_read) },
	{ "curl_multi_timeout", offsetof(struct libcurl, multi_timeout) },
	{ "curl_multi_wait", offsetof(struct libcurl, multi_wait) },
	{ "curl_multi_poll", offsetof(struct libcurl, multi_poll) },
	{ "curl_multi_setopt", offsetof(struct libcurl, multi_setopt) },
	{ "curl_multi_fdset", offsetof(struct libcurl, multi_fdset) },
};

/* Not every version has these. */
static const struct function newer_functions[] = {
	{ "curl_easy_header", offsetof(struct libcurl, easy_header) },
	{ "curl_easy_nextheader", offsetof(struct libcurl, easy_nextheader) },
	{ "curl_multi_waitfds", offsetof(struct libcurl, multi_waitfds) },
	{ "curl_multi_get_handles", offsetof(struct libcurl, multi_get_handles) },
	{ "curl_multi_get_offt", offsetof(struct libcurl, multi_get_offt) },
	{ "curl_multi_notify_enable", offsetof(struct libcurl, multi_notify_enable) },
	{ "curl_multi_notify_disable", offsetof(struct libcurl, multi_notify_disable) },
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

/* Whoever reads one of both before this and the other after it takes the slow way, or the first libcurl's. */
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
	const struct link_map *map = libc_object_at(address, NULL);

	if (map && map->l_name[0])
		(void)libc_loaded(map->l_name);
}

static void enter(struct libcurl *libcurl, const struct function *function, void *address)
{
	memcpy((char *)libcurl + function->offset, &address, sizeof(address));
}

static void find_newer(struct libcurl *libcurl, void *scope, const struct function *function)
{
	void *address = libc_dlsym(scope, function->name, NULL);

	/* An older libcurl has none: the scope may see another one's then. */
	if ((uintptr_t)address >= libcurl->start && (uintptr_t)address < libcurl->end)
		enter(libcurl, function, address);
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
		void *function = libc_dlsym(scope, functions[i].name, NULL);

		if (!function)
			return NULL;
		enter(&found, &functions[i], function);
	}
	for (size_t i = 0; i < sizeof(newer_functions) / sizeof(newer_functions[0]); i++)
		find_newer(&found, scope, &newer_functions[i]);
	pin(easy_init);
	return remember(&found);
}

/* The real curl_easy_init as SCOPE sees it; NULL where it sees none but ours. */
static void *real_init(void *scope)
{
	void *found;

	libc_init();
	found = libc_dlsym(scope, "curl_easy_init", NULL);
	return found == (void *)curl_easy_init ? NULL : found;
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

static const struct libcurl *libcurl_of_object(const char *name)
{
	void *scope = libc_loaded(name);
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
	return libcurl_of_object(name);
}

/* The main program has no name: its scope begins with us. */
static const char *object_at(const void *address)
{
	const struct link_map *map = libc_object_at(address, NULL);

	return map && map->l_name[0] ? map->l_name : NULL;
}

const struct libcurl *libcurl_of_plugin(const void *address)
{
	const char *name = object_at(address);

	return name ? libcurl_of_object(name) : NULL;
}

bool libcurl_plugin_has(const void *address, const char *name, const char *version)
{
	const char *object = object_at(address);
	void *scope = object ? libc_loaded(object) : NULL;
	bool has;

	if (!scope)
		return false;
	has = libc_dlsym(scope, name, version) != NULL;
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

const struct libcurl *libcurl_of_caller(const void *caller, bool *internal)
{
	const struct libcurl *libcurl = known_at((uintptr_t)caller);

	*internal = libcurl != NULL;
	if (libcurl)
		return libcurl;
	/* The main program's own scope begins with us: there the next one is meant. */
	libcurl = libcurl_of_plugin(caller);
	if (!libcurl)
		libcurl = libcurl_in(RTLD_NEXT);
	if (!libcurl)
		libcurl = libcurl_by_name();
	*internal = libcurl && (uintptr_t)caller >= libcurl->start &&
		    (uintptr_t)caller < libcurl->end;
	return libcurl;
}
