/* SPDX-License-Identifier: MIT */
#include "quote.h"

#include <stdbool.h>
#include <string.h>

static bool is_safe(unsigned char byte)
{
	return byte >= ' ' && byte < 0x7f && !strchr("\"\\<>&'", byte);
}

/* The character that TEXT, of LENGTH > 0 bytes of UTF-8, begins with, and its length. */
static uint32_t character_of(const char *text, size_t length, size_t *used)
{
	static const uint32_t lead[] = { 0x7f, 0, 0x1f, 0x0f, 0x07 };
	unsigned char first = (unsigned char)*text;
	size_t n = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	uint32_t character = first & lead[n == 1 ? 0 : n];

	for (size_t i = 1; i < n && i < length; i++)
		character = character << 6 | ((unsigned char)text[i] & 0x3f);
	*used = n < length ? n : length;
	return character;
}

static void print_escape(FILE *out, uint32_t character)
{
	if (character >= 0x10000) {
		character -= 0x10000;
		fprintf(out, "\\u%04x", 0xd800 + (character >> 10));
		character = 0xdc00 + (character & 0x3ff);
	}
	fprintf(out, "\\u%04x", character);
}

void quote_string(FILE *out, const char *text, size_t length)
{
	fputc('"', out);
	for (size_t i = 0; i < length;) {
		size_t run = i;
		size_t used;

		while (run < length && is_safe((unsigned char)text[run]))
			run++;
		fwrite(text + i, 1, run - i, out);
		i = run;
		if (i < length) {
			print_escape(out, character_of(text + i, length - i, &used));
			i += used;
		}
	}
	fputc('"', out);
}

void quote_text(FILE *out, const char *text)
{
	quote_string(out, text, strlen(text));
}
