/* SPDX-License-Identifier: MIT */
#include "line.h"

#include <stdarg.h>
#include <stdio.h>

#include "utf8.h"

#define QUOTED_MAX 200	/* bytes of a quoted text that are shown */

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

void line_add_quoted(struct line *line, const char *text, size_t length)
{
	size_t end = line->length + QUOTED_MAX;

	line_add(line, "\"");
	while (length && line->length < end) {
		size_t step = utf8_printable(text, length);

		if (step)
			line_add(line, "%.*s", (int)step, text);
		else
			line_add(line, "\\x%02x", (unsigned char)text[0]);
		text += step ? step : 1;
		length -= step ? step : 1;
	}
	line_add(line, length ? "...\"" : "\"");
}

void line_add_fraction(struct line *line, int64_t number, int digits)
{
	int64_t scale = 1;

	for (; digits && number % 10 == 0; digits--)
		number /= 10;
	for (int i = 0; i < digits; i++)
		scale *= 10;
	line_add(line, "%lld", (long long)(number / scale));
	if (digits)
		line_add(line, ".%0*lld", digits, (long long)(number % scale));
}
