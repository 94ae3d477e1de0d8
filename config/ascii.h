/* SPDX-License-Identifier: MIT */
/*
 * <ctype.h> and <strings.h> for ASCII alone. The standard's ask the locale, in which "LOCATION" may
 * not be "Location" (Turkish has a dotless i), and are undefined for bytes above 127.
 */
#ifndef CURLRETRY_ASCII_H
#define CURLRETRY_ASCII_H

#include <stdbool.h>

static inline char ascii_lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static inline char ascii_upper(char c)
{
	return (char)(c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c);
}

static inline bool ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The value of a hexadecimal digit; -1 for what is none. */
static inline int ascii_hex(char c)
{
	char letter = ascii_lower(c);

	if (ascii_is_digit(c))
		return c - '0';
	return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* A letter or a digit. */
static inline bool ascii_is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
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

/* Whether TEXT begins with WORD, in any case. */
static inline bool ascii_begins(const char *text, const char *word)
{
	for (; *word; text++, word++) {
		if (*text != *word && ascii_lower(*text) != ascii_lower(*word))
			return false;
	}
	return true;
}

/* Whether A is B, in any case. */
static inline bool ascii_equals(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		if (ascii_lower(*a) != ascii_lower(*b))
			return false;
	}
	return *a == *b;
}

/* Whether WORD is in TEXT, in any case. */
static inline bool ascii_contains(const char *text, const char *word)
{
	for (; *text; text++) {
		if (ascii_begins(text, word))
			return true;
	}
	return false;
}

#endif
