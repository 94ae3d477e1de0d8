/* SPDX-License-Identifier: MIT */
#include "image.h"

#include <unistd.h>

#include "text.h"

/*
 * The linker's names for where the shim begins and ends; hidden, so that nobody else's are found.
 */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

bool image_is_ours(const void *address)
{
	uintptr_t start = (uintptr_t)__ehdr_start;

	return (uintptr_t)address - start < (uintptr_t)_end - start;
}

static void find_segments(struct image *image, const struct dl_phdr_info *object,
			  const ElfW(Dyn) **dynamic)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	image->start = UINTPTR_MAX;
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uintptr_t from = object->dlpi_addr + segment->p_vaddr;
		uintptr_t to = from + segment->p_memsz;

		if (segment->p_type == PT_LOAD) {
			image->start = from < image->start ? from : image->start;
			image->end = to > image->end ? to : image->end;
		} else if (segment->p_type == PT_DYNAMIC) {
			*dynamic = (const ElfW(Dyn) *)from;
		} else if (segment->p_type == PT_GNU_RELRO) {
			/* The loader's own rounding: a part of a page is left writable. */
			image->relro_start = from & -page;
			image->relro_end = to & -page;
		}
	}
}

/*
 * glibc relocates most of these in place; the few objects it leaves alone (the vDSO) hold offsets.
 */
static const void *at(const struct image *image, ElfW(Addr) value)
{
	return (const void *)(value < image->base ? image->base + value : value);
}

static bool read_dynamic(struct image *image, const ElfW(Dyn) *dynamic)
{
	for (; dynamic->d_tag != DT_NULL; dynamic++) {
		switch (dynamic->d_tag) {
		case DT_SYMTAB:
			image->symbols = at(image, dynamic->d_un.d_ptr);
			break;
		case DT_STRTAB:
			image->strings = at(image, dynamic->d_un.d_ptr);
			break;
		case DT_GNU_HASH:
			image->gnu_hash = at(image, dynamic->d_un.d_ptr);
			break;
		case DT_JMPREL:
			image->plt = at(image, dynamic->d_un.d_ptr);
			break;
		case DT_PLTRELSZ:
			image->plt_count = dynamic->d_un.d_val / sizeof(ElfW(Rela));
			break;
		case DT_RELA:
			image->data = at(image, dynamic->d_un.d_ptr);
			break;
		case DT_RELASZ:
			image->data_count = dynamic->d_un.d_val / sizeof(ElfW(Rela));
			break;
		}
	}
	return image->symbols && image->strings;
}

bool image_of(struct image *image, const struct dl_phdr_info *object)
{
	const ElfW(Dyn) *dynamic = NULL;

	*image = (struct image){ .base = object->dlpi_addr };
	find_segments(image, object, &dynamic);
	return dynamic && read_dynamic(image, dynamic);
}

struct wanted {
	struct image *image;
	uintptr_t address;
};

static int is_wanted(struct dl_phdr_info *object, size_t size, void *data)
{
	const struct wanted *wanted = data;

	(void)size;
	return image_of(wanted->image, object) && image_holds(wanted->image, wanted->address);
}

bool image_around(struct image *image, const void *address)
{
	struct wanted wanted = { image, (uintptr_t)address };

	return dl_iterate_phdr(is_wanted, &wanted);
}

bool image_of_map(struct image *image, const struct link_map *map)
{
	*image = (struct image){ .base = map->l_addr };
	return map->l_ld && read_dynamic(image, map->l_ld);
}

static uint32_t gnu_hash(const char *name)
{
	uint32_t hash = 5381;

	while (*name)
		hash = hash * 33 + (unsigned char)*name++;
	return hash;
}

static bool is_function(const struct image *image, uint32_t index, const char *name)
{
	const ElfW(Sym) *symbol = &image->symbols[index];

	return symbol->st_shndx != SHN_UNDEF && ELF64_ST_TYPE(symbol->st_info) == STT_FUNC &&
	       text_equal(image->strings + symbol->st_name, name);
}

/*
 * The table's layout: buckets count, first hashed symbol, bloom words, bloom shift; then the three
 * arrays.
 */
void *image_function(const struct image *image, const char *name)
{
	const uint32_t *table = image->gnu_hash;
	const uint32_t *buckets;
	const uint32_t *chain;
	uint32_t hash = gnu_hash(name);
	uint32_t index;

	if (!table || !table[0])
		return NULL;
	buckets = table + 4 + (size_t)table[2] * (sizeof(ElfW(Addr)) / sizeof(*table));
	chain = buckets + table[0];
	index = buckets[hash % table[0]];
	if (index < table[1])
		return NULL;
	for (;; index++) {
		uint32_t entry = chain[index - table[1]];

		if ((entry | 1) == (hash | 1) && is_function(image, index, name))
			return (void *)(image->base + image->symbols[index].st_value);
		if (entry & 1)
			return NULL;
	}
}
