/* SPDX-License-Identifier: MIT */
#ifndef CURLRETRY_INTERPOSE_H
#define CURLRETRY_INTERPOSE_H

#include "symbols.h"

/*
 * TABLE of functions without parameters that call FUNCTION with the libcurl of
 * their index, since the index is all they are told.
 */
#define DEFINE_FOR_LIBCURL(function, index)                                                        \
	static void *function##_##index(void)                                                      \
	{                                                                                          \
		return function(libcurl_by_index(index));                                          \
	}
#define DEFINE_FOR_EACH_LIBCURL(table, function)                                                   \
	DEFINE_FOR_LIBCURL(function, 0)                                                            \
	DEFINE_FOR_LIBCURL(function, 1)                                                            \
	DEFINE_FOR_LIBCURL(function, 2)                                                            \
	DEFINE_FOR_LIBCURL(function, 3)                                                            \
	DEFINE_FOR_LIBCURL(function, 4)                                                            \
	DEFINE_FOR_LIBCURL(function, 5)                                                            \
	DEFINE_FOR_LIBCURL(function, 6)                                                            \
	DEFINE_FOR_LIBCURL(function, 7)                                                            \
	void *const table[LIBCURLS_MAX] = {                                                        \
		(void *)function##_0, (void *)function##_1, (void *)function##_2,                  \
		(void *)function##_3, (void *)function##_4, (void *)function##_5,                  \
		(void *)function##_6, (void *)function##_7,                                        \
	};
_Static_assert(LIBCURLS_MAX == 8, "one function for each libcurl");

/* curl_easy_init and curl_multi_init of each libcurl, for callers whose address does not tell which they mean. */
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
