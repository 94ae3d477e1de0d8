/* SPDX-License-Identifier: MIT */
/* Which bytes are a printable character. */
#include "check.h"

#include "../../config/utf8.h"

/* The character's bytes for CODE, by the definition, surrogates included. */
static size_t encode(char text[4], unsigned code)
{
	if (code < 0x80) {
		text[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		text[0] = (char)(0xc0 | code >> 6);
		text[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		text[0] = (char)(0xe0 | code >> 12);
		text[1] = (char)(0x80 | (code >> 6 & 0x3f));
		text[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	text[0] = (char)(0xf0 | code >> 18);
	text[1] = (char)(0x80 | (code >> 12 & 0x3f));
	text[2] = (char)(0x80 | (code >> 6 & 0x3f));
	text[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

static bool is_printable(unsigned code)
{
	bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
	bool surrogate = code >= 0xd800 && code < 0xe000;

	return !control && !surrogate && code < 0x110000;
}

static void test_every_code(void)
{
	for (unsigned code = 0; code < 0x200000; code++) {
		char text[4];
		size_t length = encode(text, code);

		if (!CHECK_INT(utf8_printable(text, length), is_printable(code) ? length : 0))
			break;
		if (length > 1 && !CHECK_INT(utf8_printable(text, length - 1), 0))
			break;
	}
}

static void test_broken(void)
{
	static const char *const broken[] = {
		"\x80",
		"\xbf",
		"\xc0\xaf",
		"\xc1\xbf",
		"\xe0\x9f\xbf",
		"\xf0\x8f\xbf\xbf",
		"\xf5\x80\x80\x80",
		"\xff",
		"\xc3x",
		"\xe2\x82x",
		"\xf0\x9f\x98x",
		"\xe2x\xac",
	};

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		CHECK_INT(utf8_printable(broken[i], strlen(broken[i])), 0);
	CHECK_INT(utf8_printable("ab", 2), 1);
	CHECK_INT(utf8_printable("\xc3\xa4xx", 4), 2);
}

int main(void)
{
	test_every_code();
	test_broken();
	return check_done("unit_utf8");
}
