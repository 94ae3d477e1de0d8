/* SPDX-License-Identifier: MIT */
/* UTF-8 (RFC 3629) as far as a log or a terminal must know it. */
#ifndef CURLRETRY_UTF8_H
#define CURLRETRY_UTF8_H

#include <stddef.h>

/*
 * The length of the printable character that TEXT, of LENGTH > 0 bytes, begins with. 0: it begins
 * with none, but with a control character (C0, DEL, C1) or with bytes that are not UTF-8.
 */
size_t utf8_printable(const char *text, size_t length);

#endif
