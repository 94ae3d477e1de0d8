/* SPDX-License-Identifier: MIT */
/*
 * Which real libcurl stands behind a caller, and its functions.
 *
 * A process may hold several libcurls (Debian's OpenSSL and GnuTLS flavours, a
 * private copy); a handle of one given to another crashes. So each has a table
 * of its own, found from the caller's address. A libcurl that is known stays
 * loaded: the tables are never freed and may be used by any thread.
 */
#ifndef CURLRETRY_SYMBOLS_H
#define CURLRETRY_SYMBOLS_H

#include "platform.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_DEPRECATION
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt
#undef curl_multi_socket

/* The header we are built with may be older than these (7.83). */
#ifndef CURLH_HEADER
struct curl_header {
	char *name;
	char *value;
	size_t amount;
	size_t index;
	unsigned int origin;
	void *anchor;
};

#define CURLH_HEADER (1 << 0)
#define CURLH_TRAILER (1 << 1)
#define CURLH_CONNECT (1 << 2)
#define CURLH_1XX (1 << 3)
#define CURLH_PSEUDO (1 << 4)

typedef enum {
	CURLHE_OK,
	CURLHE_BADINDEX,
	CURLHE_MISSING,
	CURLHE_NOHEADERS,
	CURLHE_NOREQUEST,
	CURLHE_OUT_OF_MEMORY,
	CURLHE_BAD_ARGUMENT,
	CURLHE_NOT_BUILT_IN,
} CURLHcode;
#endif

/* An option's argument: one word whatever its type, since platform.h asks for 64 bits. */
typedef void *curl_word;

#if LIBCURL_VERSION_NUM < 0x081000
typedef int CURLMinfo_offt;
#endif

/* So many in one process; callers of more are told that there is no libcurl. */
#define LIBCURLS_MAX 8

struct libcurl {
	unsigned index;		/* below LIBCURLS_MAX */
	uintptr_t start;	/* where it is mapped */
	uintptr_t end;
/* NOLINTNEXTLINE(bugprone-macro-parentheses): a declaration has none there. */
#define FUNCTION(kind, since, result, name, parameters) result (*name) parameters;
#include "functions.def"
#undef FUNCTION
};

/*
 * The libcurl that CALLER, a return address, is bound to; NULL where there is
 * none. *internal tells that the caller is that libcurl itself. A look-up that
 * failed is not remembered: the library may be loaded later.
 */
const struct libcurl *libcurl_of_caller(const void *caller, bool *internal);

/* The libcurl that the object of ADDRESS depends on, not looking further; or NULL. */
const struct libcurl *libcurl_of_plugin(const void *address);

/* Whether the object of ADDRESS, or one that it depends on, has the symbol; VERSION may be NULL. */
bool libcurl_plugin_has(const void *address, const char *name, const char *version);

/* The libcurl that FUNCTION is a part of, or NULL. */
const struct libcurl *libcurl_of_function(const void *function);

/* The libcurl that was met first, mostly the only one, and whose calls go to it at once. */
extern struct libcurl_first {
	const struct libcurl *libcurl;	/* written before the others */
	_Atomic uintptr_t start;
	_Atomic uintptr_t size;		/* 0: none was met yet */
} libcurl_first;

/*
 * The shim is inert in this process: as long as one libcurl is all there is,
 * every call goes to it at once.
 */
void libcurl_pass_all(void);

/*
 * Whether what ADDRESS calls goes to that one at once: its libcurl, or NULL. For calls that must
 * cost little.
 */
static inline const struct libcurl *libcurl_first_at(const void *address)
{
	uintptr_t size = atomic_load_explicit(&libcurl_first.size, memory_order_acquire);

	uintptr_t from = atomic_load_explicit(&libcurl_first.start, memory_order_relaxed);

	return (uintptr_t)address - from < size ? libcurl_first.libcurl : NULL;
}

/* The libcurl that ADDRESS is in, if it is known already; else NULL. */
const struct libcurl *libcurl_at(const void *address);

/* One that is known already. */
const struct libcurl *libcurl_by_index(unsigned index);

#endif
