/* SPDX-License-Identifier: MIT */
#include "object.h"

#include <elf.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __x86_64__
#define NATIVE_MACHINE EM_X86_64
#else
#define NATIVE_MACHINE EM_AARCH64
#endif

static const struct {
	const char *name;
	unsigned calls;
} functions[] = {
	{ "curl_easy_perform", CALLS_EASY },
	{ "curl_multi_add_handle", CALLS_MULTI },
	{ "curl_multi_perform", CALLS_MULTI },
	{ "curl_multi_socket_action", CALLS_MULTI },
};

static void read_needed(struct object *object, Elf *elf, const GElf_Shdr *header, Elf_Data *data)
{
	GElf_Dyn entry;

	for (int i = 0; gelf_getdyn(data, i, &entry) && entry.d_tag != DT_NULL; i++) {
		const char *text = elf_strptr(elf, header->sh_link, entry.d_un.d_val);

		if (!text)
			continue;
		if (entry.d_tag == DT_NEEDED && object->needed_count < OBJECT_NEEDED_MAX)
			object->needed[object->needed_count++] = strdup(text);
		/* RUNPATH makes ld.so forget RPATH. */
		object->run_path_inherits |= entry.d_tag == DT_RPATH && !object->run_path;
		object->run_path_inherits &= entry.d_tag != DT_RUNPATH;
		if (entry.d_tag == DT_RUNPATH || (entry.d_tag == DT_RPATH && !object->run_path)) {
			free(object->run_path);
			object->run_path = strdup(text);
		}
	}
}

static void note_symbol(struct object *object, const GElf_Sym *symbol, const char *name)
{
	bool defined = symbol->st_shndx != SHN_UNDEF;

	if (defined) {
		object->provides_curl |= !strcmp(name, "curl_easy_perform");
		return;
	}
	object->calls_dlopen |= !strcmp(name, "dlopen");
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		if (!strcmp(name, functions[i].name))
			object->calls |= functions[i].calls;
	}
}

static void read_symbols(struct object *object, Elf *elf, const GElf_Shdr *header, Elf_Data *data)
{
	GElf_Sym symbol;

	for (int i = 0; gelf_getsym(data, i, &symbol); i++) {
		const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);

		if (name)
			note_symbol(object, &symbol, name);
	}
}

static void read_sections(struct object *object, Elf *elf)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section))) {
		Elf_Data *data;

		if (!gelf_getshdr(section, &header) || !(data = elf_getdata(section, NULL)))
			continue;
		if (header.sh_type == SHT_DYNAMIC) {
			object->dynamic = true;
			read_needed(object, elf, &header, data);
		} else if (header.sh_type == SHT_DYNSYM) {
			read_symbols(object, elf, &header, data);
		}
	}
}

static bool starts(const char *text, const char *end, const char *word)
{
	size_t length = strlen(word);

	return (size_t)(end - text) >= length && !memcmp(text, word, length);
}

/* At each "libcurl", so that a large file is searched once. */
static void search(struct object *object, const char *start, size_t size)
{
	static const char word[] = "libcurl";
	const char *end = start + size;
	const char *text = start;

	object->opens_tokens =
		memmem(start, size, "C_GetFunctionList", strlen("C_GetFunctionList"));
	while ((text = memmem(text, (size_t)(end - text), word, strlen(word)))) {
		/*
		 * What stands before is compared apart, or this program would find the message in
		 * itself.
		 */
		object->contains_curl |=
			text - start >= 2 && !memcmp(text - 2, "A ", 2) &&
			starts(text, end, "libcurl function was given a bad argument");
		object->names_curl |= starts(text, end, "libcurl.so") ||
				      starts(text, end, "libcurl-gnutls.so");
		text += strlen(word);
	}
}

static void read_interpreter(struct object *object, Elf *elf)
{
	GElf_Phdr segment;
	size_t size = 0;
	const char *text = elf_rawfile(elf, &size);

	for (int i = 0; text && gelf_getphdr(elf, i, &segment); i++) {
		if (segment.p_type == PT_INTERP && segment.p_offset < size)
			snprintf(object->interpreter, sizeof(object->interpreter), "%.*s",
				 (int)strnlen(text + segment.p_offset, size - segment.p_offset),
				 text + segment.p_offset);
	}
}

static bool read_headers(struct object *object, Elf *elf)
{
	GElf_Ehdr header;

	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header))
		return false;
	object->native = header.e_machine == NATIVE_MACHINE &&
			 header.e_ident[EI_CLASS] == ELFCLASS64;
	read_interpreter(object, elf);
	return true;
}

static bool read_whole(struct object *object, Elf *elf)
{
	if (!read_headers(object, elf))
		return false;
	read_sections(object, elf);
	return true;
}

static bool read_by(bool (*reader)(struct object *object, Elf *elf), struct object *object,
		    const char *path)
{
	bool read = false;
	int fd;

	memset(object, 0, sizeof(*object));
	snprintf(object->path, sizeof(object->path), "%s", path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	if (elf_version(EV_CURRENT) != EV_NONE) {
		Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);

		read = reader(object, elf);
		elf_end(elf);
	}
	close(fd);
	return read;
}

bool object_read(struct object *object, const char *path)
{
	return read_by(read_whole, object, path);
}

bool object_read_headers(struct object *object, const char *path)
{
	return read_by(read_headers, object, path);
}

bool object_runs_on_musl(const struct object *object)
{
	return strstr(object->interpreter, "/ld-musl-") != NULL;
}

void object_search(struct object *object)
{
	struct text text;

	if (text_map(&text, object->path)) {
		search(object, text.start, text.size);
		text_unmap(&text);
	}
}

bool text_map(struct text *text, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat about;
	void *start = MAP_FAILED;

	if (fd < 0)
		return false;
	if (!fstat(fd, &about) && about.st_size > 0) {
		text->size = (size_t)about.st_size;
		start = mmap(NULL, text->size, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	close(fd);
	text->start = start;
	return start != MAP_FAILED;
}

void text_unmap(struct text *text)
{
	munmap((void *)text->start, text->size);
}

void object_free(struct object *object)
{
	for (size_t i = 0; i < object->needed_count; i++)
		free(object->needed[i]);
	free(object->run_path);
}
