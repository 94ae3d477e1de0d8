/* SPDX-License-Identifier: MIT */
/*
 * To be preloaded behind the shim: says at the end of the process how often
 * memory was allocated in it, in all and by calls from the shim itself.
 */
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* glibc's own, which need no look-up and so no memory. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

/* Where the shim is mapped; written by the constructor only. */
static uintptr_t shim_start, shim_end;

static atomic_ulong all, from_shim;

static int note_shim(struct dl_phdr_info *object, size_t size, void *user)
{
	(void)size;
	(void)user;
	if (!strstr(object->dlpi_name, "libcurlretry.so"))
		return 0;
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];

		if (segment->p_type == PT_LOAD && segment->p_flags & PF_X) {
			shim_start = object->dlpi_addr + segment->p_vaddr;
			shim_end = shim_start + segment->p_memsz;
		}
	}
	return 1;
}

__attribute__((constructor)) static void begin(void)
{
	dl_iterate_phdr(note_shim, NULL);
}

__attribute__((destructor)) static void end(void)
{
	fprintf(stderr, "allocations: %lu, from the shim: %lu\n", all, from_shim);
}

static void count_call(const void *caller)
{
	atomic_fetch_add(&all, 1);
	if ((uintptr_t)caller >= shim_start && (uintptr_t)caller < shim_end)
		atomic_fetch_add(&from_shim, 1);
}

void *malloc(size_t size)
{
	count_call(__builtin_return_address(0));
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	count_call(__builtin_return_address(0));
	return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	count_call(__builtin_return_address(0));
	return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	count_call(__builtin_return_address(0));
	return __libc_memalign(alignment, size);
}
