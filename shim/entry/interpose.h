/* SPDX-License-Identifier: MIT */
#ifndef CURLRETRY_INTERPOSE_H
#define CURLRETRY_INTERPOSE_H

#include "libcurl/symbols.h"

/*
 * TABLE of functions with PARAMETERS, in parentheses, that call FUNCTION with the libcurl of their
 * index, since they are told no handle to know it by, and with the arguments that are named last.
 */
#define DEFINE_FOR_LIBCURL(function, index, result, parameters, ...)                               \
	static result function##_##index parameters                                                \
	{                                                                                          \
		return function(libcurl_by_index(index), ##__VA_ARGS__);                           \
	}
#define DEFINE_FOR_EACH_LIBCURL(table, function, ...) \
	DEFINE_FOR_LIBCURL(function, 0, __VA_ARGS__) \
	DEFINE_FOR_LIBCURL(function, 1, __VA_ARGS__) \
	DEFINE_FOR_LIBCURL(function, 2, __VA_ARGS__) \
	DEFINE_FOR_LIBCURL(function, 3, __VA_ARGS__) \
	DEFINE_FOR_LIBCURL(function, 4, __VA_ARGS__) \
	DEFINE_FOR_LIBCURL(function, 5, __VA_ARGS__) \
	DEFINE_FOR_LIBCURL(function, 6, __VA_ARGS__) \
	DEFINE_FOR_LIBCURL(function, 7, __VA_ARGS__) \
	void *const table[LIBCURLS_MAX] = { \
		(void *)function##_0, (void *)function##_1, (void *)function##_2, \
		(void *)function##_3, (void *)function##_4, (void *)function##_5, \
		(void *)function##_6, (void *)function##_7, \
	};
_Static_assert(LIBCURLS_MAX == 8, "one function for each libcurl");

/*
 * Of libcurl's INIT functions one for each libcurl, for callers whose address does not tell which
 * they mean.
 */
#define TABLE_ENTRY(name)
#define TABLE_CALL(name)
#define TABLE_INIT(name) extern void *const interpose_##name[LIBCURLS_MAX];
#define FUNCTION(kind, since, result, name, parameters) TABLE_##kind(name)
#include "libcurl/functions.def"
#undef FUNCTION

/*
 * The header that we are built with may not have the newer ones; of the others it must be the same
 * declaration.
 */
#define DECLARE_ENTRY(result, name, parameters) result curl_##name parameters;
#define DECLARE_INIT(result, name, parameters) result curl_##name parameters;
#define DECLARE_CALL(result, name, parameters)
#define FUNCTION(kind, since, result, name, parameters) DECLARE_##kind(result, name, parameters)
#include "libcurl/functions.def"
#undef FUNCTION

#endif
