/* SPDX-License-Identifier: MIT */
/* libcurl's own functions: dlsym would answer with the shim's, so libcurl's table is read. */
#ifndef CURLRETRY_TEST_PAST_SHIM_H
#define CURLRETRY_TEST_PAST_SHIM_H

#include <dlfcn.h>
#include <link.h>
#include <string.h>

#include "client.h"

/* glibc relocates these in place, musl does not. */
static const void *table(const struct link_map *map, const ElfW(Dyn) *entry)
{
	ElfW(Addr) value = entry->d_un.d_ptr;

	return (const void *)(value < map->l_addr ? map->l_addr + value : value);
}

static void *past_shim(const char *name)
{
	void *libcurl = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_NOLOAD);
	const ElfW(Sym) *symbols = NULL;
	const char *names = NULL;
	struct link_map *map = NULL;

	if (!libcurl || dlinfo(libcurl, RTLD_DI_LINKMAP, &map))
		fail("no libcurl.so.4");
	for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
		if (entry->d_tag == DT_SYMTAB)
			symbols = table(map, entry);
		if (entry->d_tag == DT_STRTAB)
			names = table(map, entry);
	}
	/* The linker puts the names right behind the table. */
	for (const ElfW(Sym) *symbol = symbols; (const char *)symbol < names; symbol++) {
		if (symbol->st_shndx && !strcmp(names + symbol->st_name, name))
			return (char *)map->l_addr + symbol->st_value;
	}
	fail(name);
	return NULL;
}

#endif
