/* SPDX-License-Identifier: MIT */
#include "slots.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "entries.h"
#include "libcurl/image.h"

#ifdef __x86_64__
#define JUMP_SLOT R_X86_64_JUMP_SLOT
#define GLOB_DAT R_X86_64_GLOB_DAT
#define POINTER R_X86_64_64
#else
#define JUMP_SLOT R_AARCH64_JUMP_SLOT
#define GLOB_DAT R_AARCH64_GLOB_DAT
#define POINTER R_AARCH64_ABS64
#endif

/* Read and written under the loader's lock, which dl_iterate_phdr holds. */
static struct {
	size_t objects;			/* so many, from the front, have been looked through */
	unsigned long long removals;	/* as long as none has been unloaded since */
} done;

struct walk {
	size_t index;
	bool complete;
};

/* An address as /proc/self/maps has it: hexadecimal, up to a character that is no digit. */
static const char *parse_hex(const char *text, uintptr_t *value)
{
	*value = 0;
	for (;; text++) {
		int digit = *text >= '0' && *text <= '9' ? *text - '0' :
			    *text >= 'a' && *text <= 'f' ? *text - 'a' + 10 : -1;

		if (digit < 0)
			return text;
		*value = *value * 16 + (uintptr_t)digit;
	}
}

/* "7f00-7f80 r--p …": whether the line covers ADDRESS, and if so whether it may be written to. */
static bool covers(const char *line, uintptr_t address, bool *writable)
{
	uintptr_t from;
	uintptr_t to;

	line = parse_hex(line, &from);
	if (*line++ != '-')
		return false;
	line = parse_hex(line, &to);
	if (*line++ != ' ' || address < from || address >= to)
		return false;
	*writable = line[0] == 'r' && line[1] == 'w';
	return true;
}

/*
 * A page under RELRO becomes read-only as the last step of its object's
 * relocation; until then another thread's loader writes to it. Where that
 * cannot be told, it is taken for writable, and left alone.
 */
static bool is_writable(uintptr_t address)
{
	char buffer[4096];
	size_t used = 0;
	bool writable = true;
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return true;
	for (;;) {
		ssize_t n = read(fd, buffer + used, sizeof(buffer) - 1 - used);
		char *line = buffer;
		char *end;

		if (n <= 0)
			break;
		used += (size_t)n;
		buffer[used] = '\0';
		for (; (end = strchr(line, '\n')); line = end + 1) {
			if (covers(line, address, &writable))
				goto out;
		}
		used -= (size_t)(line - buffer);
		memmove(buffer, line, used);
		if (used == sizeof(buffer) - 1)
			break;
	}
out:
	close(fd);
	return writable;
}

/* False: the slot is not relocated yet. */
static bool point(const struct image *image, uintptr_t *slot, void *function)
{
	uintptr_t address = (uintptr_t)slot;
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	void *start = (void *)(address & -page);
	bool protected = address >= image->relro_start && address < image->relro_end;

	if (protected && is_writable(address))
		return false;
	if (protected && mprotect(start, page, PROT_READ | PROT_WRITE))
		return true;
	__atomic_store_n(slot, (uintptr_t)function, __ATOMIC_RELEASE);
	if (protected)
		mprotect(start, page, PROT_READ);
	return true;
}

/*
 * A pointer in the object's data, as in a table of functions. It is the program's
 * own to write to: only one that leads to the function it was made for is ours.
 */
static bool leads_to(uintptr_t address, const char *name)
{
	struct image image;

	return image_around(&image, (const void *)address) &&
	       (uintptr_t)image_function(&image, name) == address;
}

static bool patch_slot(const struct image *image, const ElfW(Rela) *relocation)
{
	unsigned long type = ELF64_R_TYPE(relocation->r_info);
	uintptr_t *slot = (uintptr_t *)(image->base + relocation->r_offset);
	const ElfW(Sym) *symbol = &image->symbols[ELF64_R_SYM(relocation->r_info)];
	const struct entry *entry;

	if (type != JUMP_SLOT && type != GLOB_DAT && type != POINTER)
		return true;
	entry = entry_named(image->strings + symbol->st_name);
	if (!entry || *slot == (uintptr_t)entry->function)
		return true;
	/* In a packed structure it could not be written in one go. */
	if (type == POINTER && ((uintptr_t)slot % sizeof(*slot) || !leads_to(*slot, entry->name)))
		return true;
	/* A weak reference that found nothing stays so. */
	if (!*slot && ELF64_ST_BIND(symbol->st_info) == STB_WEAK)
		return true;
	/* An offset, not an address: the loader has not been here. */
	if (*slot < image->end - image->start)
		return false;
	return point(image, slot, entry->function);
}

static bool patch_object(const struct image *image)
{
	bool complete = true;

	for (size_t i = 0; i < image->plt_count; i++)
		complete &= patch_slot(image, &image->plt[i]);
	for (size_t i = 0; i < image->data_count; i++)
		complete &= patch_slot(image, &image->data[i]);
	return complete;
}

/* libcurl itself, other interposers, and we. */
static bool is_provider(const struct image *image)
{
	return image_function(image, "curl_easy_init") != NULL;
}

static int visit(struct dl_phdr_info *object, size_t size, void *data)
{
	struct walk *walk = data;
	struct image image;

	(void)size;
	if (object->dlpi_subs != done.removals) {
		done.objects = 0;
		done.removals = object->dlpi_subs;
	}
	if (walk->index++ < done.objects)
		return 0;
	if (image_of(&image, object) && !is_provider(&image))
		walk->complete &= patch_object(&image);
	if (walk->complete)
		done.objects = walk->index;
	return 0;
}

bool slots_patch(void)
{
	struct walk walk = { .complete = true };

	dl_iterate_phdr(visit, &walk);
	return walk.complete;
}
