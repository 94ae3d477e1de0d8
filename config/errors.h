/* SPDX-License-Identifier: MIT */
/*
 * The CURLcodes by name and by group (https://curl.se/libcurl/c/libcurl-errors.html).
 * By number, not by the header at hand, so that names newer than it are known too.
 */
#ifndef CURLRETRY_ERRORS_H
#define CURLRETRY_ERRORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "CURLE_COULDNT_CONNECT"; "CURLE_UNKNOWN" for a number that has no name. */
const char *error_name(int curlcode);

/* "dns", "connect", … in INTERFACE's order; NULL past the last. */
const char *error_group_name(size_t index);

/*
 * The bits of a group ("dns") or of a name, with or without CURLE_
 * ("PARTIAL_FILE"); any case. CURLE_OK is not among them. False, *bits unchanged, for what is
 * neither.
 */
bool error_bits(uint64_t bits[4], const char *name, size_t length);

/* The program caused it, or a certificate did: never transient, whatever is set. */
bool error_is_permanent(int curlcode);

#endif
