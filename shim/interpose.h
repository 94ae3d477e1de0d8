/* SPDX-License-Identifier: MIT */
#ifndef CURLRETRY_INTERPOSE_H
#define CURLRETRY_INTERPOSE_H

#include "symbols.h"

/*
 * TABLE of functions with PARAMETERS, in parentheses, that call FUNCTION with the libcurl of their
 * index, since they are told no handle to know it by, and with the arguments that are named last.
 */
#define DEFINE_FOR_LIBCURL(function, index, result, parameters, ...)                               \
	static result function##_##index parameters                                                \
	{                                                                                          \
		return function(libcurl_by_index(index), ##__VA_ARGS__);                           \
	}
#define DEFINE_FOR_EACH_LIBCURL(table, function, ...)                                              \
	DEFINE_FOR_LIBCURL(function, 0, __VA_ARGS__)                                                          \
	DEFINE_FOR_LIBCURL(function, 1, __VA_ARGS__)                                                          \
	DEFINE_FOR_LIBCURL(function, 2, __VA_ARGS__)                                                          \
	DEFINE_FOR_LIBCURL(function, 3, __VA_ARGS__)                                                          \
	DEFINE_FOR_LIBCURL(function, 4, __VA_ARGS__)                                                          \
	DEFINE_FOR_LIBCURL(function, 5, __VA_ARGS__)                                                          \
	DEFINE_FOR_LIBCURL(function, 6, __VA_ARGS__)                                                          \
	DEFINE_FOR_LIBCURL(function, 7, __VA_ARGS__)                                                          \
	void *const table[LIBCURLS_MAX] = {                                                        \
		(void *)function##_0, (void *)function##_1, (void *)function##_2,                  \
		(void *)function##_3, (void *)function##_4, (void *)function##_5,                  \
		(void *)function##_6, (void *)function##_7,                                        \
	};
_Static_assert(LIBCURLS_MAX == 8, "one function for each libcurl");

/* These functions of each libcurl's, for callers whose address does not tell which they mean. */
extern void *const interpose_global_init[LIBCURLS_MAX];
extern void *const interpose_global_init_mem[LIBCURLS_MAX];
extern void *const interpose_easy_init[LIBCURLS_MAX];
extern void *const interpose_multi_init[LIBCURLS_MAX];

#if LIBCURL_VERSION_NUM < 0x080400
CURL **curl_multi_get_handles(CURLM *multi);
#endif
#if LIBCURL_VERSION_NUM < 0x080800
CURLMcode curl_multi_waitfds(CURLM *multi, struct curl_waitfd *fds, unsigned size, unsigned *count);
#endif
#if LIBCURL_VERSION_NUM < 0x081000
CURLMcode curl_multi_get_offt(CURLM *multi, CURLMinfo_offt info, curl_off_t *value);
#endif
#if LIBCURL_VERSION_NUM < 0x081100
CURLMcode curl_multi_notify_enable(CURLM *multi, unsigned notification);
CURLMcode curl_multi_notify_disable(CURLM *multi, unsigned notification);
#endif

#endif
