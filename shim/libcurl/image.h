/* SPDX-License-Identifier: MIT */
/*
 * The ELF objects that are loaded, read where they lie in memory: for what the
 * dynamic linker's own functions cannot tell, or would tell in our own name.
 */
#ifndef CURLRETRY_IMAGE_H
#define CURLRETRY_IMAGE_H

#include "platform.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image {
	ElfW(Addr) base;
	uintptr_t start;		/* where it is mapped */
	uintptr_t end;
	uintptr_t relro_start;		/* whole pages that are read-only once relocated */
	uintptr_t relro_end;
	const ElfW(Sym) *symbols;
	const char *strings;
	const uint32_t *gnu_hash;	/* NULL: none */
	const ElfW(Rela) *plt;		/* the JUMP_SLOTs */
	size_t plt_count;
	const ElfW(Rela) *data;		/* the GLOB_DATs, among others */
	size_t data_count;
};

/* Whether ADDRESS is in the object. */
static inline bool image_holds(const struct image *image, uintptr_t address)
{
	return address - image->start < image->end - image->start;
}

/* Whether ADDRESS is in the shim itself. */
bool image_is_ours(const void *address);

/* False: not an object with a symbol table. Valid as long as it stays loaded. */
bool image_of(struct image *image, const struct dl_phdr_info *object);

/* That of the object that ADDRESS is in, by dl_iterate_phdr. */
bool image_around(struct image *image, const void *address);

/* The same from the loader's own list, without the segments; calls nothing. */
bool image_of_map(struct image *image, const struct link_map *map);

/* The address of a function that the object defines, whatever its version; NULL: none. */
void *image_function(const struct image *image, const char *name);

#endif
