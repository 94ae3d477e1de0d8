/* SPDX-License-Identifier: MIT */
#include "libc.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "image.h"
#include "text.h"

#if !PLATFORM_GLIBC
/* glibc's, of which the headers of musl know nothing. */
int dladdr1(const void *address, Dl_info *info, void **extra, int which);
#define RTLD_DL_LINKMAP 2
#endif

/* NULL on musl, the one C library beside glibc whose programs a preload may meet. */
#pragma weak dladdr1

/* libc's own, found at the first look-up. */
static struct libc_functions real;
struct libc_functions libc_next;

bool libc_is_glibc(void)
{
	return dladdr1 != NULL;
}

bool libc_is_ours(void)
{
	return libc_is_glibc() == PLATFORM_GLIBC;
}

/* As the assembly has it. */
_Static_assert(offsetof(struct libc_functions, dlsym) == LIBC_DLSYM &&
		       offsetof(struct libc_functions, dlvsym) == LIBC_DLVSYM &&
		       offsetof(struct libc_functions, dlopen) == LIBC_DLOPEN,
	       "the jumps would lead elsewhere");

static const char *base_name(const char *path)
{
	const char *base = path;

	for (; *path; path++) {
		if (*path == '/')
			base = path + 1;
	}
	return base;
}

static bool is_complete(const struct libc_functions *functions)
{
	return functions->dlsym && functions->dlvsym && functions->dlopen;
}

/* Those that are not found yet. */
static void find_in(struct libc_functions *functions, const struct image *image)
{
	if (!functions->dlsym)
		functions->dlsym = image_function(image, "dlsym");
	if (!functions->dlvsym)
		functions->dlvsym = image_function(image, "dlvsym");
	if (!functions->dlopen)
		functions->dlopen = image_function(image, "dlopen");
}

static bool find_libc(struct libc_functions *found, const struct link_map *map,
		      const struct image *image)
{
	const char *base = base_name(map->l_name);

	*found = (struct libc_functions){ 0 };
	/* Since glibc 2.34 in libc, before that in libdl. */
	if (text_equal(base, "libc.so.6") || text_equal(base, "libdl.so.2"))
		find_in(found, image);
	return is_complete(found);
}

/* From MAP on; NEXT is what others on the way to libc stand in front of its functions with. */
static bool find_from(struct libc_functions *found, struct libc_functions *next,
		      const struct link_map *map)
{
	struct image image;

	*next = (struct libc_functions){ 0 };
	for (; map; map = map->l_next) {
		if (!image_of_map(&image, map))
			continue;
		if (find_libc(found, map, &image)) {
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
static bool find_in_glibc(struct libc_functions *found, struct libc_functions *next)
{
	struct link_map *map = libc_object_at((void *)libc_init, NULL);

	if (!map)
		return false;
	if (find_from(found, next, map->l_next))
		return true;
	/* We were not preloaded: libc is in front of us, and nobody's look-ups come here. */
	while (map->l_prev)
		map = map->l_prev;
	if (!find_from(found, next, map))
		return false;
	*next = *found;
	return true;
}

struct search {
	bool begun;			/* whether we have been come by */
	struct libc_functions found;
};

static int find_behind_us(struct dl_phdr_info *object, size_t size, void *data)
{
	struct search *search = data;
	struct image image;

	(void)size;
	if (!image_of(&image, object))
		return 0;
	if (image_holds(&image, (uintptr_t)libc_init))
		search->begun = true;
	else if (search->begun)
		find_in(&search->found, &image);
	return search->found.dlsym && search->found.dlopen;
}

/*
 * musl's dlsym looks at its return address, too, and its dlopen finds an object wherever it is
 * called from. There are no versions: a look-up that asks for one is a look-up.
 */
static bool find_in_musl(struct libc_functions *found, struct libc_functions *next)
{
	struct search behind = { .begun = false };
	struct search everywhere = { .begun = true };	/* for when we were not preloaded */
	struct libc_functions *functions;

	if (dl_iterate_phdr(find_behind_us, &behind))
		functions = &behind.found;
	else if (dl_iterate_phdr(find_behind_us, &everywhere))
		functions = &everywhere.found;
	else
		return false;
	if (!functions->dlvsym)
		functions->dlvsym = functions->dlsym;
	*found = *functions;
	*next = *functions;
	return true;
}

static bool find(struct libc_functions *found, struct libc_functions *next)
{
	return libc_is_glibc() ? find_in_glibc(found, next) : find_in_musl(found, next);
}

static void publish(struct libc_functions *to, const struct libc_functions *from)
{
	__atomic_store_n(&to->dlopen, from->dlopen, __ATOMIC_RELAXED);
	__atomic_store_n(&to->dlvsym, from->dlvsym, __ATOMIC_RELAXED);
	__atomic_store_n(&to->dlsym, from->dlsym, __ATOMIC_RELEASE);
}

void libc_init(void)
{
	struct libc_functions found;
	struct libc_functions next;

	if (__atomic_load_n(&real.dlsym, __ATOMIC_ACQUIRE) || !find(&found, &next))
		return;
	publish(&libc_next, &next);
	publish(&real, &found);
}

void *libc_dlsym(void *handle, const char *name, const char *version)
{
	if (version)
		return ((void *(*)(void *, const char *, const char *))real.dlvsym)(handle, name,
										    version);
	return ((void *(*)(void *, const char *))real.dlsym)(handle, name);
}

/* musl keeps an error until it is asked for, whatever has succeeded since. */
static void *or_no_error(void *found)
{
	if (!found && !libc_is_glibc())
		dlerror();
	return found;
}

void *libc_find(void *handle, const char *name, const char *version)
{
	return or_no_error(libc_dlsym(handle, name, version));
}

static void *open_loaded(const char *name)
{
	return ((void *(*)(const char *, int))real.dlopen)(name, RTLD_LAZY | RTLD_NOLOAD);
}

void *libc_loaded(const char *name)
{
	libc_init();
	return or_no_error(open_loaded(name));
}

/* The first object's, where the list begins. */
static struct link_map *first_map(void)
{
	struct link_map *map = NULL;
	void *handle = libc_loaded(NULL);

	return handle && !dlinfo(handle, RTLD_DI_LINKMAP, &map) ? map : NULL;
}

struct link_map *libc_object_at(const void *address, const void **start)
{
	struct link_map *map = NULL;
	Dl_info info;

	if (libc_is_glibc()) {
		if (!dladdr1(address, &info, (void **)&map, RTLD_DL_LINKMAP))
			return NULL;
	} else if (dladdr(address, &info)) {
		/* Instead of dladdr1. Both are the loader's own copy of the name. */
		for (map = first_map(); map && map->l_name != info.dli_fname; map = map->l_next)
			;
	}
	if (map && start)
		*start = info.dli_fbase;
	return map;
}

/*
 * musl's handles are the entries of its list, which begins with the main program; by its name an
 * object would be opened as a file, which may be out of sight by now.
 */
void *libc_scope_at(const void *address)
{
	struct link_map *map = libc_object_at(address, NULL);

	if (!map)
		return NULL;
	if (libc_is_glibc())
		return map->l_name[0] ? libc_loaded(map->l_name) : NULL;
	return map->l_prev ? map : NULL;
}

bool libc_image_at(struct image *image, const void *address)
{
	struct dl_phdr_info object = { 0 };
	const void *start = NULL;
	const struct link_map *map = libc_object_at(address, &start);
	const ElfW(Ehdr) *header = start;

	/* Where linkers put them: in the first page, at whose start the object is mapped. */
	if (!map || memcmp(header->e_ident, ELFMAG, SELFMAG) || header->e_phoff != sizeof(*header))
		return image_around(image, address);
	object.dlpi_addr = map->l_addr;
	object.dlpi_phdr = (const ElfW(Phdr) *)(header + 1);
	object.dlpi_phnum = header->e_phnum;
	return image_of(image, &object) && image_holds(image, (uintptr_t)address);
}
