/* SPDX-License-Identifier: MIT */
/* Stands for a libcurl built for musl, as far as its functions' names go: each says what came. */
#include <stdarg.h>
#include <stdio.h>

#define ANSWERS(name, value)                                                                       \
	long name(void *handle);                                                                   \
	long name(void *handle)                                                                    \
	{                                                                                          \
		printf(#name ": %s\n", handle ? (const char *)handle : "");                        \
		return value;                                                                      \
	}

#define MAKES(name, made)                                                                          \
	void *name(void);                                                                          \
	void *name(void)                                                                           \
	{                                                                                          \
		static char handle[] = made;                                                       \
		return handle;                                                                     \
	}

#define TAKES(name)                                                                                \
	int name(void *handle, int option, ...);                                                   \
	int name(void *handle, int option, ...)                                                    \
	{                                                                                          \
		va_list arguments;                                                                 \
		va_start(arguments, option);                                                       \
		printf(#name ": %s %d %s\n", (const char *)handle, option,                         \
		       va_arg(arguments, const char *));                                           \
		va_end(arguments);                                                                 \
		return 0;                                                                          \
	}

MAKES(curl_easy_init, "easy")
MAKES(curl_multi_init, "multi")
TAKES(curl_easy_setopt)
TAKES(curl_easy_getinfo)
TAKES(curl_multi_setopt)
ANSWERS(curl_global_init, 0)
ANSWERS(curl_global_init_mem, 0)
ANSWERS(curl_easy_duphandle, 0)
ANSWERS(curl_easy_reset, 0)
ANSWERS(curl_easy_cleanup, 0)
ANSWERS(curl_easy_pause, 0)
ANSWERS(curl_easy_perform, 7)
ANSWERS(curl_mime_filedata, 0)
ANSWERS(curl_mime_data_cb, 0)
ANSWERS(curl_share_setopt, 0)
ANSWERS(curl_slist_free_all, 0)
ANSWERS(curl_free, 0)
ANSWERS(curl_maprintf, 0)
ANSWERS(curl_multi_cleanup, 0)
ANSWERS(curl_multi_add_handle, 0)
ANSWERS(curl_multi_remove_handle, 0)
ANSWERS(curl_multi_perform, 0)
ANSWERS(curl_multi_socket, 0)
ANSWERS(curl_multi_socket_all, 0)
ANSWERS(curl_multi_socket_action, 0)
ANSWERS(curl_multi_info_read, 0)
ANSWERS(curl_multi_timeout, 0)
ANSWERS(curl_multi_wait, 0)
ANSWERS(curl_multi_poll, 0)
ANSWERS(curl_multi_fdset, 0)
