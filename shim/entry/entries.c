/* SPDX-License-Identifier: MIT */
#include "entries.h"

#include <stddef.h>

#include "interpose.h"
#include "libcurl/text.h"

static const struct entry entries[] = {
#define NAMED_ENTRY(name) { "curl_" #name, (void *)curl_##name, NULL },
#define NAMED_INIT(name) { "curl_" #name, (void *)curl_##name, interpose_##name },
#define NAMED_CALL(name)
#define FUNCTION(kind, since, result, name, parameters) NAMED_##kind(name)
#include "libcurl/functions.def"
#undef FUNCTION
};

const struct entry *entry_named(const char *name)
{
	if (!text_begins(name, "curl_"))
		return NULL;
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		if (text_equal(name, entries[i].name))
			return &entries[i];
	}
	return NULL;
}

void *entry_for(const struct entry *entry, const struct libcurl *libcurl)
{
	return entry->by_libcurl ? entry->by_libcurl[libcurl->index] : entry->function;
}
