/* SPDX-License-Identifier: MIT */
/* <ctype.h> for ASCII alone: the standard's asks the locale, and is undefined for bytes above 127. */
#ifndef CURLRETRY_ASCII_H
#define CURLRETRY_ASCII_H

#include <stdbool.h>

static inline char ascii_lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static inline bool ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool ascii_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Of C0, and DEL. */
static inline bool ascii_is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

#endif
