/* SPDX-License-Identifier: MIT */
/*
 * strtod(), isdigit() and strcasecmp() ask the locale, and the program may
 * have set one with a decimal comma: hence the few lines of our own here.
 */
#include <string.h>

#include "ascii.h"
#include "parse.h"

#define NANO 1000000000
#define TEN_YEARS_MS (INT64_C(10) * 365 * 24 * 3600 * 1000)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct unit {
	const char *suffix;
	int64_t factor;
};

static const struct unit duration_units[] = {
	{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "", 1000 },
};

static const struct unit size_units[] = {
	{ "KiB", 1 << 10 }, { "MiB", 1 << 20 }, { "GiB", 1 << 30 }, { "", 1 },
};

struct decimal {
	uint64_t whole;
	int64_t nano;		/* billionths */
};

/* The value of a digit in any base up to 16; 16 for what is none. */
static unsigned int digit_value(char c)
{
	int value = ascii_hex(c);

	return value < 0 ? 16 : (unsigned int)value;
}

/* Reads at least one digit; NULL where there is none, or more than 64 bits hold. */
static const char *scan_digits(uint64_t *number, const char *text, unsigned int base)
{
	const char *p = text;

	for (*number = 0; digit_value(*p) < base; p++) {
		if (__builtin_mul_overflow(*number, base, number) ||
		    __builtin_add_overflow(*number, digit_value(*p), number))
			return NULL;
	}
	return p == text ? NULL : p;
}

/* "2", "2.5" or ".5"; NULL for anything else. */
static const char *scan_decimal(struct decimal *decimal, const char *text)
{
	int64_t place = NANO / 10;

	decimal->whole = 0;
	decimal->nano = 0;
	if (*text != '.')
		text = scan_digits(&decimal->whole, text, 10);
	if (!text || *text != '.')
		return text;
	if (!ascii_is_digit(*++text))
		return NULL;
	for (; ascii_is_digit(*text); text++, place /= 10)
		decimal->nano += place * (*text - '0');
	return text;
}

/* The factor of the unit that SUFFIX is, 0 for none. */
static int64_t unit_factor(const struct unit *units, size_t count, const char *suffix)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(units[i].suffix, suffix))
			return units[i].factor;
	}
	return 0;
}

bool parse_duration(int64_t *ms, const char *text)
{
	struct decimal decimal;
	const char *suffix = scan_decimal(&decimal, text);
	int64_t factor = suffix ? unit_factor(duration_units, COUNT(duration_units), suffix) : 0;
	int64_t total;

	if (!factor || decimal.whole > TEN_YEARS_MS / (uint64_t)factor)
		return false;
	total = (int64_t)decimal.whole * factor + (decimal.nano * factor + NANO / 2) / NANO;
	if (total > TEN_YEARS_MS || (!total && strpbrk(text, "123456789")))
		return false;
	*ms = total;
	return true;
}

bool parse_size(int64_t *bytes, const char *text)
{
	uint64_t number;
	const char *suffix = scan_digits(&number, text, 10);
	int64_t factor = suffix ? unit_factor(size_units, COUNT(size_units), suffix) : 0;

	if (!factor || number > INT64_MAX / (uint64_t)factor)
		return false;
	*bytes = (int64_t)number * factor;
	return true;
}

bool parse_integer(int64_t *number, const char *text)
{
	uint64_t value;
	const char *end = scan_digits(&value, text, 10);

	if (!end || *end || value > INT64_MAX)
		return false;
	*number = (int64_t)value;
	return true;
}

bool parse_decimal(double *number, const char *text)
{
	struct decimal decimal;
	const char *end = scan_decimal(&decimal, text);

	if (!end || *end)
		return false;
	*number = (double)decimal.whole + (double)decimal.nano / NANO;
	return true;
}

bool parse_seed(uint64_t *seed, const char *text)
{
	bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	uint64_t value;
	const char *end =
		hexadecimal ? scan_digits(&value, text + 2, 16) : scan_digits(&value, text, 10);

	if (!end || *end)
		return false;
	*seed = value;
	return true;
}

bool parse_word(const char *word, const char *text, size_t length)
{
	if (strlen(word) != length)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (ascii_lower(word[i]) != ascii_lower(text[i]))
			return false;
	}
	return true;
}

bool parse_token(const char *text, size_t length)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < length; i++) {
		char letter = ascii_lower(text[i]);

		if (!ascii_is_digit(letter) && !(letter >= 'a' && letter <= 'z') &&
		    !memchr(marks, letter, sizeof(marks) - 1))
			return false;
	}
	return length > 0;
}

/* Digits up to END, at least one; NULL where there is none, or more than 63 bits hold. */
static const char *scan_bytes(int64_t *number, const char *text, const char *end)
{
	const char *p = text;

	for (*number = 0; p < end && ascii_is_digit(*p); p++) {
		if (__builtin_mul_overflow(*number, 10, number) ||
		    __builtin_add_overflow(*number, *p - '0', number))
			return NULL;
	}
	return p == text ? NULL : p;
}

bool parse_length(int64_t *bytes, const char *text, size_t length)
{
	int64_t number;

	if (scan_bytes(&number, text, text + length) != text + length)
		return false;
	*bytes = number;
	return true;
}

bool parse_range(int64_t *first, int64_t *last, const char *text)
{
	const char *end = text + strlen(text);
	int64_t from;
	int64_t to = -1;

	text = scan_bytes(&from, text, end);
	if (!text || *text != '-')
		return false;
	if (++text != end && (scan_bytes(&to, text, end) != end || to < from))
		return false;
	*first = from;
	*last = to;
	return true;
}

bool parse_content_range(struct content_range *range, const char *text, size_t length)
{
	static const char unit[] = "bytes ";
	const char *end = text + length;
	struct content_range found = { .size = -1 };

	if (length < sizeof(unit) - 1 || memcmp(text, unit, sizeof(unit) - 1))
		return false;
	text = scan_bytes(&found.first, text + sizeof(unit) - 1, end);
	if (!text || text == end || *text != '-')
		return false;
	text = scan_bytes(&found.last, text + 1, end);
	if (!text || text == end || *text != '/' || found.last < found.first)
		return false;
	if (++text == end)
		return false;
	if (*text == '*')
		text++;
	else
		text = scan_bytes(&found.size, text, end);
	if (text != end || (found.size >= 0 && found.last >= found.size))
		return false;
	*range = found;
	return true;
}
