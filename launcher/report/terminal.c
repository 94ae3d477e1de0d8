/* SPDX-License-Identifier: MIT */
#include "terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "config/parse.h"
#include "config/utf8.h"

/* Also what it is where nobody says. */
#define LEAST_WIDTH 80
#define MOST_WIDTH 400
/* Characters of a text that are looked at; no terminal has room for so many. */
#define DATA_MAX 4096
#define ELLIPSIS 0x2026

static const char *const escapes[PAINTS] = {
	[PLAIN] = "0",	[BOLD] = "1",  [DIM] = "2",	 [RED] = "31",	[GREEN] = "32",
	[YELLOW] = "33", [BLUE] = "34", [MAGENTA] = "35", [CYAN] = "36",
};

static bool speaks_utf8(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool utf8;

	if (!locale)
		return false;
	utf8 = !strcmp(nl_langinfo_l(CODESET, locale), "UTF-8");
	freelocale(locale);
	return utf8;
}

static bool is_coloured(int fd)
{
	const char *none = getenv("NO_COLOR");
	const char *kind = getenv("TERM");

	return isatty(fd) && !(none && *none) && kind && strcmp(kind, "dumb") != 0;
}

static int width_of(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	int64_t width = LEAST_WIDTH;

	if (!ioctl(fd, TIOCGWINSZ, &size) && size.ws_col)
		width = size.ws_col;
	else if (columns)
		parse_integer(&width, columns);
	if (width < LEAST_WIDTH)
		return LEAST_WIDTH;
	return width > MOST_WIDTH ? MOST_WIDTH : (int)width;
}

void terminal_begin(struct terminal *terminal, FILE *out)
{
	*terminal = (struct terminal){
		.out = out,
		.width = width_of(fileno(out)),
		.coloured = is_coloured(fileno(out)),
		.utf8 = speaks_utf8(),
	};
}

void terminal_paint(const struct terminal *terminal, enum paint paint)
{
	if (terminal->coloured)
		fprintf(terminal->out, "\033[%sm", escapes[paint]);
}

void terminal_say(const struct terminal *terminal, enum paint paint, const char *format, ...)
{
	va_list arguments;

	if (paint != PLAIN)
		terminal_paint(terminal, paint);
	va_start(arguments, format);
	vfprintf(terminal->out, format, arguments);
	va_end(arguments);
	if (paint != PLAIN)
		terminal_paint(terminal, PLAIN);
}

void terminal_skip(const struct terminal *terminal, int count)
{
	if (count > 0)
		fprintf(terminal->out, "%*s", count, "");
}

/* What stands in one column. */
struct glyph {
	char bytes[5];
};

struct glyphs {
	struct glyph of[DATA_MAX];
	int count;
};

static uint32_t character_of(const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;
	uint32_t character = length == 1 ? bytes[0] : bytes[0] & (0xffu >> (length + 1));

	for (size_t i = 1; i < length; i++)
		character = character << 6 | (bytes[i] & 0x3f);
	return character;
}

/*
 * Latin, Greek and Cyrillic, and our own ellipsis: of others a terminal may make two columns, or
 * none, or turn the line's direction round.
 */
static bool fills_a_column(uint32_t character)
{
	return (character > 0xa0 && character < 0x2b0 && character != 0xad) ||
	       (character >= 0x370 && character <= 0x482) ||
	       (character >= 0x48a && character <= 0x52f) || character == ELLIPSIS;
}

static void add_glyph(struct glyphs *glyphs, const char *bytes, size_t length)
{
	struct glyph *glyph = &glyphs->of[glyphs->count];

	if (glyphs->count == DATA_MAX)
		return;
	memcpy(glyph->bytes, bytes, length);
	glyph->bytes[length] = '\0';
	glyphs->count++;
}

static void add_escaped(struct glyphs *glyphs, const char *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)bytes[i];
		char escape[4] = { '\\', 'x', digits[byte >> 4], digits[byte & 15] };

		for (size_t j = 0; j < sizeof(escape); j++)
			add_glyph(glyphs, &escape[j], 1);
	}
}

/* Adds the character that TEXT begins with; returns its length. */
static size_t add_character(struct glyphs *glyphs, const char *text, size_t length, bool utf8)
{
	size_t n = utf8_printable(text, length);
	uint32_t character = n ? character_of(text, n) : 0;

	if (!n)
		add_escaped(glyphs, text, 1);
	else if (n == 1 || (utf8 && fills_a_column(character)))
		add_glyph(glyphs, text, n);
	else if (character == ELLIPSIS)
		for (int i = 0; i < 3; i++)
			add_glyph(glyphs, ".", 1);
	else
		add_escaped(glyphs, text, n);
	return n ? n : 1;
}

static void print_glyphs(const struct terminal *terminal, const struct glyphs *glyphs, int first,
			 int end)
{
	for (int i = first; i < end; i++)
		fputs(glyphs->of[i].bytes, terminal->out);
}

/* Two thirds of what there is room for from the beginning, the rest from the end. */
static void print_ends(const struct terminal *terminal, const struct glyphs *glyphs, int columns)
{
	const char *ellipsis = terminal->utf8 ? "\xe2\x80\xa6" : "..";
	int room = columns - (terminal->utf8 ? 1 : 2);
	int head = (2 * room + 2) / 3;

	print_glyphs(terminal, glyphs, 0, head);
	fputs(ellipsis, terminal->out);
	print_glyphs(terminal, glyphs, glyphs->count - (room - head), glyphs->count);
}

int terminal_data(const struct terminal *terminal, const char *text, size_t length, int columns)
{
	struct glyphs glyphs;

	glyphs.count = 0;
	for (size_t i = 0; i < length && glyphs.count < DATA_MAX;)
		i += add_character(&glyphs, text + i, length - i, terminal->utf8);
	if (glyphs.count <= columns) {
		print_glyphs(terminal, &glyphs, 0, glyphs.count);
		return glyphs.count;
	}
	print_ends(terminal, &glyphs, columns);
	return columns;
}
