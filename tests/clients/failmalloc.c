/* SPDX-License-Identifier: MIT */
/* LIBS: -shared -fPIC -fvisibility=default -ldl */
/*
 * Preloaded behind libcurlretry.so: the FAILMALLOC_NTH allocation that it asks
 * for fails, and all of them from there on with FAILMALLOC_ALL. How many there
 * were is appended to the file FAILMALLOC_COUNT when the process ends.
 */
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

/* Where the shim is mapped; written once, before main(). */
static uintptr_t start, end;
static long nth, all;
static long counted;

static int find_shim(struct dl_phdr_info *object, size_t size, void *data)
{
	(void)size;
	(void)data;
	if (!strstr(object->dlpi_name, "libcurlretry.so"))
		return 0;
	start = UINTPTR_MAX;
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uintptr_t from = object->dlpi_addr + segment->p_vaddr;

		if (segment->p_type != PT_LOAD)
			continue;
		if (from < start)
			start = from;
		if (from + segment->p_memsz > end)
			end = from + segment->p_memsz;
	}
	return 1;
}

static long number(const char *name)
{
	const char *text = getenv(name);

	return text ? atol(text) : 0;
}

__attribute__((constructor)) static void begin(void)
{
	nth = number("FAILMALLOC_NTH");
	all = number("FAILMALLOC_ALL");
	dl_iterate_phdr(find_shim, NULL);
}

__attribute__((destructor)) static void finish(void)
{
	const char *path = getenv("FAILMALLOC_COUNT");
	FILE *file = path ? fopen(path, "a") : NULL;

	if (!file)
		return;
	fprintf(file, "%ld\n", counted);
	fclose(file);
}

static bool fails(const void *caller)
{
	long n;

	if ((uintptr_t)caller < start || (uintptr_t)caller >= end)
		return false;
	n = __atomic_add_fetch(&counted, 1, __ATOMIC_RELAXED);
	if (!nth || n < nth || (n > nth && !all))
		return false;
	errno = ENOMEM;
	return true;
}

#define FAILS fails(__builtin_return_address(0))

void *malloc(size_t size)
{
	return FAILS ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return FAILS ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return FAILS ? NULL : __libc_realloc(old, size);
}

/* Asks for its memory from within libc. */
char *strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = FAILS ? NULL : __libc_malloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}
