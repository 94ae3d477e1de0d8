/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>

#include "line.h"

#define QUOTED_MAX 200	/* bytes of a quoted text that are shown */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* UTF-8 by its first byte (RFC 3629 §4), without U+0080 to U+009F, which are control characters too. */
static const struct utf8_form {
	unsigned char first, last;
	unsigned char length;
	unsigned char second_least, second_most;
} utf8_forms[] = {
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

struct line line_begin(char *buffer, size_t size)
{
	buffer[0] = '\0';
	return (struct line){ buffer, size, 0 };
}

void line_add(struct line *line, const char *format, ...)
{
	size_t left = line->size - line->length;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line->text + line->length, left, format, arguments);
	va_end(arguments);
	if (length > 0)
		line->length += (size_t)length < left ? (size_t)length : left - 1;
}

void line_add_item(struct line *line, const char *item)
{
	line_add(line, "%s%s", line->length ? "," : "", item);
}

static const struct utf8_form *utf8_form_of(unsigned char first)
{
	for (size_t i = 0; i < COUNT(utf8_forms); i++) {
		if (first >= utf8_forms[i].first && first <= utf8_forms[i].last)
			return &utf8_forms[i];
	}
	return NULL;
}

/* The length of the printable character that TEXT begins with, 0 where it begins with none. */
static size_t printable_length(const unsigned char *text, size_t length)
{
	const struct utf8_form *form = utf8_form_of(text[0]);

	if (!form || form->length > length)
		return 0;
	if (form->length > 1 && (text[1] < form->second_least || text[1] > form->second_most))
		return 0;
	for (size_t i = 2; i < form->length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	return form->length;
}

void line_add_quoted(struct line *line, const char *text, size_t length)
{
	size_t end = line->length + QUOTED_MAX;

	line_add(line, "\"");
	while (length && line->length < end) {
		size_t step = printable_length((const unsigned char *)text, length);

		if (step)
			line_add(line, "%.*s", (int)step, text);
		else
			line_add(line, "\\x%02x", (unsigned char)text[0]);
		text += step ? step : 1;
		length -= step ? step : 1;
	}
	line_add(line, length ? "...\"" : "\"");
}
