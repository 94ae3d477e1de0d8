/* SPDX-License-Identifier: MIT */
#include "entries.h"

#include <stddef.h>

#include "interpose.h"
#include "text.h"

static const struct entry entries[] = {
	{ "curl_easy_cleanup", (void *)curl_easy_cleanup, NULL },
	{ "curl_easy_duphandle", (void *)curl_easy_duphandle, NULL },
	{ "curl_easy_getinfo", (void *)curl_easy_getinfo, NULL },
	{ "curl_easy_header", (void *)curl_easy_header, NULL },
	{ "curl_easy_init", (void *)curl_easy_init, interpose_easy_init },
	{ "curl_easy_nextheader", (void *)curl_easy_nextheader, NULL },
	{ "curl_easy_pause", (void *)curl_easy_pause, NULL },
	{ "curl_easy_perform", (void *)curl_easy_perform, NULL },
	{ "curl_easy_reset", (void *)curl_easy_reset, NULL },
	{ "curl_easy_setopt", (void *)curl_easy_setopt, NULL },
	{ "curl_global_init", (void *)curl_global_init, interpose_global_init },
	{ "curl_global_init_mem", (void *)curl_global_init_mem, interpose_global_init_mem },
	{ "curl_mime_data_cb", (void *)curl_mime_data_cb, NULL },
	{ "curl_multi_add_handle", (void *)curl_multi_add_handle, NULL },
	{ "curl_multi_cleanup", (void *)curl_multi_cleanup, NULL },
	{ "curl_multi_fdset", (void *)curl_multi_fdset, NULL },
	{ "curl_multi_get_handles", (void *)curl_multi_get_handles, NULL },
	{ "curl_multi_get_offt", (void *)curl_multi_get_offt, NULL },
	{ "curl_multi_info_read", (void *)curl_multi_info_read, NULL },
	{ "curl_multi_init", (void *)curl_multi_init, interpose_multi_init },
	{ "curl_multi_notify_disable", (void *)curl_multi_notify_disable, NULL },
	{ "curl_multi_notify_enable", (void *)curl_multi_notify_enable, NULL },
	{ "curl_multi_perform", (void *)curl_multi_perform, NULL },
	{ "curl_multi_poll", (void *)curl_multi_poll, NULL },
	{ "curl_multi_remove_handle", (void *)curl_multi_remove_handle, NULL },
	{ "curl_multi_setopt", (void *)curl_multi_setopt, NULL },
	{ "curl_multi_socket", (void *)curl_multi_socket, NULL },
	{ "curl_multi_socket_action", (void *)curl_multi_socket_action, NULL },
	{ "curl_multi_socket_all", (void *)curl_multi_socket_all, NULL },
	{ "curl_multi_timeout", (void *)curl_multi_timeout, NULL },
	{ "curl_multi_wait", (void *)curl_multi_wait, NULL },
	{ "curl_multi_waitfds", (void *)curl_multi_waitfds, NULL },
	{ "curl_mime_filedata", (void *)curl_mime_filedata, NULL },
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
