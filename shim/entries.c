/* SPDX-License-Identifier: MIT */
#include "entries.h"

#include <stddef.h>

#include "interpose.h"
#include "text.h"

static const struct entry entries[] = {
	{ "curl_easy_cleanup", (void *)curl_easy_cleanup, NULL },
	{ "curl_easy_duphandle", (void *)curl_easy_duphandle, NULL },
	{ "curl_easy_getinfo", (void *)curl_easy_getinfo, NULL },
	{ "curl_easy_init", (void *)curl_easy_init, interpose_easy_init },
	{ "curl_easy_pause", (void *)curl_easy_pause, NULL },
	{ "curl_easy_perform", (void *)curl_easy_perform, NULL },
	{ "curl_easy_reset", (void *)curl_easy_reset, NULL },
	{ "curl_easy_setopt", (void *)curl_easy_setopt, NULL },
	{ "curl_mime_data_cb", (void *)curl_mime_data_cb, NULL },
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
