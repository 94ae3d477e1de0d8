/* SPDX-License-Identifier: MIT */
#include "utf8.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * By the first byte (RFC 3629 §4). The second byte's bounds leave out overlong forms, surrogates
 * and what is beyond U+10FFFF; further, U+0080 to U+009F, which are control characters too.
 */
static const struct form {
	unsigned char first, last;
	unsigned char length;
	unsigned char second_least, second_most;
} forms[] = {
	{ 0x20, 0x7e, 1, 0, 0 },
	{ 0xc2, 0xc2, 2, 0xa0, 0xbf },
	{ 0xc3, 0xdf, 2, 0x80, 0xbf },
	{ 0xe0, 0xe0, 3, 0xa0, 0xbf },
	{ 0xe1, 0xec, 3, 0x80, 0xbf },
	{ 0xed, 0xed, 3, 0x80, 0x9f },
	{ 0xee, 0xef, 3, 0x80, 0xbf },
	{ 0xf0, 0xf0, 4, 0x90, 0xbf },
	{ 0xf1, 0xf3, 4, 0x80, 0xbf },
	{ 0xf4, 0xf4, 4, 0x80, 0x8f },
};

static const struct form *form_of(unsigned char first)
{
	for (size_t i = 0; i < COUNT(forms); i++) {
		if (first >= forms[i].first && first <= forms[i].last)
			return &forms[i];
	}
	return NULL;
}

size_t utf8_printable(const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;
	const struct form *form = form_of(bytes[0]);

	if (!form || form->length > length)
		return 0;
	if (form->length > 1 && (bytes[1] < form->second_least || bytes[1] > form->second_most))
		return 0;
	for (size_t i = 2; i < form->length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	}
	return form->length;
}
