/* SPDX-License-Identifier: MIT */
#include "object.h"

#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
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

/* Copied, since nothing is aligned in a file that somebody has made up. False: not all is there. */
static bool take(const struct text *file, uint64_t offset, void *to, size_t size)
{
	if (size > file->size || offset > file->size - size)
		return false;
	memcpy(to, file->start + offset, size);
	return true;
}

/* In the table of strings SECTION; NULL: there is none, or it does not end. */
static const char *string_at(const struct text *file, const Elf64_Shdr *section, uint64_t offset)
{
	uint64_t room = section->sh_size;
	const char *text;

	if (section->sh_offset >= file->size || offset >= room)
		return NULL;
	if (room > file->size - section->sh_offset)
		room = file->size - section->sh_offset;
	if (offset >= room)
		return NULL;
	text = file->start + section->sh_offset + offset;
	return memchr(text, '\0', room - offset) ? text : NULL;
}

static void set_run_path(struct object *object, const char *text)
{
	free(object->run_path);
	object->run_path = strdup(text);
}

static void note_entry(struct object *object, int64_t tag, const char *text)
{
	if (tag == DT_NEEDED && object->needed_count < OBJECT_NEEDED_MAX)
		object->needed[object->needed_count++] = strdup(text);
	/* RUNPATH makes ld.so forget RPATH. */
	object->run_path_inherits |= tag == DT_RPATH && !object->run_path;
	object->run_path_inherits &= tag != DT_RUNPATH;
	if (tag == DT_RUNPATH || (tag == DT_RPATH && !object->run_path))
		set_run_path(object, text);
}

static void read_needed(struct object *object, const struct text *file, const Elf64_Shdr *section,
			const Elf64_Shdr *strings)
{
	Elf64_Dyn entry;

	for (uint64_t i = 0; i < section->sh_size / sizeof(entry); i++) {
		const char *text;

		if (!take(file, section->sh_offset + i * sizeof(entry), &entry, sizeof(entry)) ||
		    entry.d_tag == DT_NULL)
			break;
		text = string_at(file, strings, entry.d_un.d_val);
		if (text)
			note_entry(object, entry.d_tag, text);
	}
}

static void note_symbol(struct object *object, const Elf64_Sym *symbol, const char *name)
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

static void read_symbols(struct object *object, const struct text *file, const Elf64_Shdr *section,
			 const Elf64_Shdr *strings)
{
	Elf64_Sym symbol;

	for (uint64_t i = 0; i < section->sh_size / sizeof(symbol); i++) {
		const char *name;

		if (!take(file, section->sh_offset + i * sizeof(symbol), &symbol, sizeof(symbol)))
			break;
		name = string_at(file, strings, symbol.st_name);
		if (name)
			note_symbol(object, &symbol, name);
	}
}

static bool take_section(const struct text *file, const Elf64_Ehdr *header, uint64_t index,
			 Elf64_Shdr *section)
{
	return header->e_shoff && header->e_shentsize == sizeof(*section) &&
	       take(file, header->e_shoff + index * sizeof(*section), section, sizeof(*section));
}

/* Of more than 65,279 the first section tells how many there are. */
static uint64_t count_sections(const struct text *file, const Elf64_Ehdr *header)
{
	Elf64_Shdr first;

	if (header->e_shnum || !take_section(file, header, 0, &first))
		return header->e_shnum;
	return first.sh_size;
}

static void read_sections(struct object *object, const struct text *file, const Elf64_Ehdr *header)
{
	uint64_t count = count_sections(file, header);
	Elf64_Shdr section, strings;

	for (uint64_t i = 0; i < count && take_section(file, header, i, &section); i++) {
		if (section.sh_type != SHT_DYNAMIC && section.sh_type != SHT_DYNSYM)
			continue;
		object->dynamic |= section.sh_type == SHT_DYNAMIC;
		if (section.sh_link >= count ||
		    !take_section(file, header, section.sh_link, &strings))
			continue;
		if (section.sh_type == SHT_DYNAMIC)
			read_needed(object, file, &section, &strings);
		else
			read_symbols(object, file, &section, &strings);
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

static void read_interpreter(struct object *object, const struct text *file,
			     const Elf64_Ehdr *header)
{
	Elf64_Phdr segment;

	if (header->e_phentsize != sizeof(segment))
		return;
	for (unsigned i = 0; i < header->e_phnum; i++) {
		if (!take(file, header->e_phoff + i * sizeof(segment), &segment, sizeof(segment)))
			break;
		if (segment.p_type == PT_INTERP && segment.p_offset < file->size)
			snprintf(object->interpreter, sizeof(object->interpreter), "%.*s",
				 (int)strnlen(file->start + segment.p_offset,
					      file->size - segment.p_offset),
				 file->start + segment.p_offset);
	}
}

bool object_read_text(struct object *object, const struct text *file, bool whole)
{
	Elf64_Ehdr header;

	/* Of the other class, too, all that is looked at stands where it does here. */
	if (!take(file, 0, &header, sizeof(header)) || memcmp(header.e_ident, ELFMAG, SELFMAG))
		return false;
	object->native = header.e_machine == NATIVE_MACHINE &&
			 header.e_ident[EI_CLASS] == ELFCLASS64 &&
			 header.e_ident[EI_DATA] == ELFDATA2LSB;
	if (!object->native)
		return true;
	read_interpreter(object, file, &header);
	if (whole)
		read_sections(object, file, &header);
	return true;
}

static bool read_file(struct object *object, const char *path, bool whole)
{
	struct text file;
	bool read;

	memset(object, 0, sizeof(*object));
	snprintf(object->path, sizeof(object->path), "%s", path);
	if (!text_map(&file, path))
		return false;
	read = object_read_text(object, &file, whole);
	text_unmap(&file);
	return read;
}

bool object_read(struct object *object, const char *path)
{
	return read_file(object, path, true);
}

bool object_read_headers(struct object *object, const char *path)
{
	return read_file(object, path, false);
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
