/* SPDX-License-Identifier: MIT */
#include <locale.h>
#include <stdint.h>
#include <string.h>

#include "../../config/parse.h"
#include "check.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define UNTOUCHED (-77)
#define SECOND INT64_C(1000)

static void durations(void)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {
		{ "0", 0 },
		{ "0ms", 0 },
		{ "0s", 0 },
		{ "0.0h", 0 },
		{ "250ms", 250 },
		{ "1", 1000 },
		{ "1.5s", 1500 },
		{ "1.5", 1500 },
		{ ".5", 500 },
		{ "2m", 120000 },
		{ "1h", 3600000 },
		{ "0.25h", 900000 },
		{ "007s", 7000 },
		{ "0.0005", 1 },
		{ "1.4ms", 1 },
		{ "1.5ms", 2 },
		{ "0.5ms", 1 },
		{ "1.0004999999999", 1000 },
		{ "0.001", 1 },
		{ "87600h", 315360000 * SECOND },
		{ "315360000", 315360000 * SECOND },
		{ "315360000000ms", 315360000 * SECOND },
	};
	static const char *const bad[] = {
		"",
		" ",
		"1 s",
		" 1s",
		"1s ",
		"-1s",
		"+1s",
		"-0",
		"1e3",
		"nan",
		"inf",
		"off",
		"s",
		"ms",
		".",
		"1.",
		"1.s",
		".s",
		"1,5s",
		"1.5.5",
		"1S",
		"1MS",
		"1us",
		"1d",
		"1mm",
		"1sm",
		"0x10",
		"0.4ms",
		"0.0004",
		"0.00000000000001",
		"315360000.001",
		"87601h",
		"315360000001ms",
		"18446744073709551615",
		"18446744073709551616",
		"18446744073709551616ms",
		"5124095576030431h",
		"99999999999999999999999999999999999s",
		"1\ns",
		"1s\n",
		"\x11s",
	};

	for (size_t i = 0; i < COUNT(good); i++) {
		int64_t ms = UNTOUCHED;
		bool ok;

		ok = CHECK(parse_duration(&ms, good[i].text));
		ok &= CHECK_INT(ms, good[i].ms);
		if (!ok)
			fprintf(stderr, "  in \"%s\"\n", good[i].text);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		int64_t ms = UNTOUCHED;
		bool ok;

		ok = CHECK(!parse_duration(&ms, bad[i]));
		ok &= CHECK_INT(ms, UNTOUCHED);
		if (!ok)
			fprintf(stderr, "  in \"%s\"\n", bad[i]);
	}
}

static void sizes(void)
{
	static const struct {
		const char *text;
		int64_t bytes;
	} good[] = {
		{ "0", 0 }, { "1", 1 }, { "65536", 65536 }, { "64KiB", 65536 }, { "1MiB", 1 << 20 },
		{ "1GiB", 1 << 30 }, { "0GiB", 0 }, { "8589934591GiB", INT64_C(8589934591) << 30 },
		{ "9223372036854775807", INT64_MAX },
	};
	static const char *const bad[] = {
		"",
		"KiB",
		"1K",
		"1k",
		"1KB",
		"1M",
		"1kib",
		"1KIB",
		"1.5MiB",
		"-1",
		"+1",
		" 1",
		"1 ",
		"1 KiB",
		"0x10",
		"8589934592GiB",
		"9223372036854775808",
		"18446744073709551616",
		"1TiB",
	};

	for (size_t i = 0; i < COUNT(good); i++) {
		int64_t bytes = UNTOUCHED;
		bool ok;

		ok = CHECK(parse_size(&bytes, good[i].text));
		ok &= CHECK_INT(bytes, good[i].bytes);
		if (!ok)
			fprintf(stderr, "  in \"%s\"\n", good[i].text);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		int64_t bytes = UNTOUCHED;
		bool ok;

		ok = CHECK(!parse_size(&bytes, bad[i]));
		ok &= CHECK_INT(bytes, UNTOUCHED);
		if (!ok)
			fprintf(stderr, "  in \"%s\"\n", bad[i]);
	}
}

static void numbers(void)
{
	static const char *const not_integers[] = { "",	   "-1",  "+1",
						    "1.0", "1a",  " 1",
						    "1 ",  "0x1", "9223372036854775808" };
	static const char *const not_decimals[] = { "",	   "-1",  "+1",	 "1.", ".",  "1e1",
						    "1,5", "nan", "inf", " 1", "1 ", "0x1p3" };
	static const char *const not_seeds[] = { "",
						 "-1",
						 "+1",
						 "1.5",
						 "0x",
						 "0xg",
						 "x1",
						 "18446744073709551616",
						 "0x10000000000000000",
						 "ff",
						 " 1",
						 "\x11" };
	int64_t integer = UNTOUCHED;
	double decimal = UNTOUCHED;
	uint64_t seed = 77;

	for (size_t i = 0; i < COUNT(not_integers); i++)
		CHECK(!parse_integer(&integer, not_integers[i]));
	for (size_t i = 0; i < COUNT(not_decimals); i++)
		CHECK(!parse_decimal(&decimal, not_decimals[i]));
	for (size_t i = 0; i < COUNT(not_seeds); i++)
		CHECK(!parse_seed(&seed, not_seeds[i]));
	CHECK_INT(integer, UNTOUCHED);
	CHECK(decimal == UNTOUCHED);
	CHECK(seed == 77);

	CHECK(parse_integer(&integer, "0") && integer == 0);
	CHECK(parse_integer(&integer, "0100") && integer == 100);
	CHECK(parse_integer(&integer, "9223372036854775807") && integer == INT64_MAX);
	CHECK(parse_decimal(&decimal, "2") && decimal == 2);
	CHECK(parse_decimal(&decimal, "1.5") && decimal == 1.5);
	CHECK(parse_decimal(&decimal, "1.1") && decimal == 1.1);
	CHECK(parse_decimal(&decimal, ".25") && decimal == .25);
	CHECK(parse_decimal(&decimal, "1.50000000000000000000000000000000001") && decimal == 1.5);
	CHECK(parse_seed(&seed, "0") && seed == 0);
	CHECK(parse_seed(&seed, "18446744073709551615") && seed == UINT64_MAX);
	CHECK(parse_seed(&seed, "0xFFFFffffFFFFffff") && seed == UINT64_MAX);
	CHECK(parse_seed(&seed, "0X1f") && seed == 31);
}

static void words_and_tokens(void)
{
	CHECK(parse_word("Timeout", "tIMEOUT!", 7));
	CHECK(!parse_word("timeout", "timeouts", 8));
	CHECK(!parse_word("timeout", "timeou", 6));
	CHECK(!parse_word("a@", "a`", 2));
	CHECK(!parse_word("a[", "a{", 2));
	CHECK(parse_word("", "x", 0));
	CHECK(parse_token("M-SEARCH", 8));
	CHECK(parse_token("a!#$%&'*+-.^_`|~9Z", 18));
	CHECK(!parse_token("", 0));
	for (int byte = 0; byte < 256; byte++) {
		char text = (char)byte;
		bool token = byte > 0x20 && byte < 0x7f && !strchr("\"(),/:;<=>?@[\\]{}", byte);

		if (!CHECK(parse_token(&text, 1) == token))
			fprintf(stderr, "  for byte %d\n", byte);
	}
}

/* 1994-11-06 08:49:37, the example of RFC 9110. */
#define EXAMPLE 784111777

static bool date_at(time_t *date, const char *text, time_t now)
{
	return parse_http_date(date, text, strlen(text), now);
}

static void http_dates(void)
{
	static const struct {
		const char *text;
		time_t date;
	} good[] = {
		{ "Sun, 06 Nov 1994 08:49:37 GMT", EXAMPLE },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", EXAMPLE },
		{ "Sun Nov  6 08:49:37 1994", EXAMPLE },
		{ "sUN, 06 nOV 1994 08:49:37 gmt", EXAMPLE },
		{ "Wed Nov 16 08:49:37 1994", EXAMPLE + 10 * 86400 },
		{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
		{ "Mon, 01 Jan 1900 00:00:00 GMT", -2208988800 },
		{ "Fri, 31 Dec 9999 23:59:59 GMT", 253402300799 },
		{ "Tue, 29 Feb 2000 12:00:00 GMT", 951825600 },
		{ "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 },	/* a leap second */
		/* the day's name is not checked */
		{ "Mon, 06 Nov 1994 08:49:37 GMT", EXAMPLE },
	};
	static const char *const bad[] = {
		"",
		"Sun",
		"Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 06 Nov 1994 08:49:37 GMTx",
		"Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 94 08:49:37 GMT",
		"Sun, 06  Nov 1994 08:49:37 GMT",
		"Xyz, 06 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nox 1994 08:49:37 GMT",
		"Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 31 Nov 1994 08:49:37 GMT",
		"Tue, 29 Feb 1900 12:00:00 GMT",
		"Tue, 29 Feb 2001 12:00:00 GMT",
		"Sun, 06 Nov 1994 24:00:00 GMT",
		"Sun, 06 Nov 1994 08:60:37 GMT",
		"Sun, 06 Nov 1994 08:49:61 GMT",
		"Sun, 06 Nov 1899 08:49:37 GMT",
		"Sun, 06 Nov -994 08:49:37 GMT",
		"Sun, 06 Nov 1994 8:49:37 GMT",
		"Sun, 06-Nov-94 08:49:37 GMT",
		"Sunday, 06-Nov-1994 08:49:37 GMT",
		"Sun Nov 6 08:49:37 1994",
		"Sun Nov 06 08:49:37 94",
		"Sunday Nov  6 08:49:37 1994",
		"Sun, 06 November 1994 08:49:37 GMT",
		"784111777",
		"1994-11-06T08:49:37Z",
	};
	time_t date = UNTOUCHED;

	for (size_t i = 0; i < COUNT(good); i++) {
		bool ok;

		date = UNTOUCHED;
		ok = CHECK(date_at(&date, good[i].text, EXAMPLE));
		ok &= CHECK_INT(date, good[i].date);
		if (!ok)
			fprintf(stderr, "  in \"%s\"\n", good[i].text);
	}
	date = UNTOUCHED;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (!CHECK(!date_at(&date, bad[i], EXAMPLE)))
			fprintf(stderr, "  in \"%s\"\n", bad[i]);
	}
	CHECK_INT(date, UNTOUCHED);
	CHECK(!parse_http_date(&date, good[0].text, strlen(good[0].text) - 1, EXAMPLE));
}

/* The century of a year of two digits: never more than 50 years ahead of now. */
static void two_digit_years(void)
{
	const time_t now = 1732447000;		/* 2024-11-24 11:16:40 */
	time_t date = 0;

	CHECK(date_at(&date, "Sunday, 24-Nov-24 11:16:40 GMT", now) && date == now);
	CHECK(date_at(&date, "Sunday, 24-Nov-25 11:16:40 GMT", now) && date == now + 31536000);
	CHECK(date_at(&date, "Saturday, 24-Nov-74 11:16:40 GMT", now) && date == 3310283800);
	CHECK(date_at(&date, "Saturday, 24-Nov-74 11:16:41 GMT", now) && date == 154523801);
	CHECK(date_at(&date, "Saturday, 01-Jan-00 00:00:00 GMT", now) && date == 946684800);
	CHECK(date_at(&date, "Friday, 31-Dec-99 23:59:59 GMT", now) && date == 946684799);
	CHECK(date_at(&date, "Tuesday, 29-Feb-00 00:00:00 GMT", now) && date == 951782400);
	/* In 1999, 00 is the next year; in 2099 likewise. */
	CHECK(date_at(&date, "Saturday, 01-Jan-00 00:00:00 GMT", 946684000) && date == 946684800);
	CHECK(date_at(&date, "Friday, 01-Jan-00 00:00:00 GMT", 4102444000) && date == 4102444800);
}

static void retry_after(void)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {
		{ "0", 0 },
		{ "00", 0 },
		{ "120", 120000 },
		{ " 120 ", 120000 },
		{ "\t120\t ", 120000 },
		{ "0000000000000000000000000120", 120000 },
		{ "86400", 86400000 },
		{ "Sun, 06 Nov 1994 08:51:37 GMT", 120000 },
		{ " Sun, 06 Nov 1994 08:51:37 GMT ", 120000 },
		{ "Sunday, 06-Nov-94 08:51:37 GMT", 120000 },
		{ "Sun Nov  6 08:51:37 1994", 120000 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 0 },
		{ "Sun, 06 Nov 1994 08:49:36 GMT", 0 },
		{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
	};
	static const char *const bad[] = {
		"",	   " ",	  "-5",	     "+5",	 "12abc",
		"1.5",	   "1,5", "1 2",     "0x10",	 "5s",
		"soon",	   "1e3", "120\r\n", "\xd9\xa1", "Sun, 06 Nov 1994 08:49:37",
		"120 120",
	};
	static const char *const absurd[] = {
		"999999999999999999",
		"9223372036854775807",
		"9223372036854775808",
		"18446744073709551616",
		"99999999999999999999999999999999999999999999",
	};

	for (size_t i = 0; i < COUNT(good); i++) {
		int64_t ms = UNTOUCHED;
		bool ok;

		ok = CHECK(parse_retry_after(&ms, good[i].text, strlen(good[i].text), EXAMPLE));
		ok &= CHECK_INT(ms, good[i].ms);
		if (!ok)
			fprintf(stderr, "  in \"%s\"\n", good[i].text);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		int64_t ms = UNTOUCHED;
		bool ok;

		ok = CHECK(!parse_retry_after(&ms, bad[i], strlen(bad[i]), EXAMPLE));
		ok &= CHECK_INT(ms, UNTOUCHED);
		if (!ok)
			fprintf(stderr, "  in \"%s\"\n", bad[i]);
	}
	for (size_t i = 0; i < COUNT(absurd); i++) {
		int64_t ms = UNTOUCHED;

		CHECK(parse_retry_after(&ms, absurd[i], strlen(absurd[i]), EXAMPLE));
		CHECK(ms > 315360000 * SECOND && ms <= INT64_MAX / 4);
	}
}

static void ends_where_length_says(void)
{
	int64_t ms = 0;
	char text[3] = { '1', '2', '0' };

	CHECK(parse_retry_after(&ms, text, 3, 0) && ms == 120000);
	CHECK(parse_retry_after(&ms, text, 2, 0) && ms == 12000);
	CHECK(!parse_retry_after(&ms, text, 0, 0));
	CHECK(!parse_retry_after(&ms, "1\0002", 3, 0));
}

static void own_ranges(void)
{
	static const struct {
		const char *text;
		int64_t first, last;
	} good[] = {
		{ "0-", 0, -1 }, { "5-9", 5, 9 }, { "5-5", 5, 5 }, { "007-", 7, -1 },
		{ "9223372036854775807-", INT64_MAX, -1 },
	};
	static const char *const bad[] = {
		"",
		"-",
		"-5",
		"5",
		"9-5",
		"5-9,",
		"5-9,11-",
		" 5-",
		"5- ",
		"5 -9",
		"bytes=5-",
		"5--9",
		"x-",
		"9223372036854775808-",
		"0-9223372036854775808",
	};

	for (size_t i = 0; i < COUNT(good); i++) {
		int64_t first = UNTOUCHED, last = UNTOUCHED;

		CHECK(parse_range(&first, &last, good[i].text));
		CHECK_INT(first, good[i].first);
		CHECK_INT(last, good[i].last);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		int64_t first = UNTOUCHED, last = UNTOUCHED;

		if (!CHECK(!parse_range(&first, &last, bad[i])) || !CHECK_INT(first, UNTOUCHED) ||
		    !CHECK_INT(last, UNTOUCHED))
			fprintf(stderr, "  in \"%s\"\n", bad[i]);
	}
}

static void content_ranges(void)
{
	static const struct {
		const char *text;
		int64_t first, last, size;
	} good[] = {
		{ "bytes 5-9/10", 5, 9, 10 },
		{ "bytes 0-0/1", 0, 0, 1 },
		{ "bytes 5-9/*", 5, 9, -1 },
		{ "bytes 0-9223372036854775806/9223372036854775807", 0, INT64_MAX - 1, INT64_MAX },
	};
	static const char *const bad[] = {
		"",
		"bytes",
		"bytes ",
		"bytes */10",
		"bytes 5-9",
		"bytes 5-9/",
		"bytes 9-5/10",
		"bytes 5-10/10",
		"bytes 5-9/10 ",
		"bytes  5-9/10",
		"bytes=5-9/10",
		"items 5-9/10",
		"bytes 5-/10",
		"bytes -9/10",
		"bytes 5-9/**",
		"bytes 5-9/1x",
		"bytes 5-9223372036854775808/*",
	};

	for (size_t i = 0; i < COUNT(good); i++) {
		struct content_range range = { 0 };

		CHECK(parse_content_range(&range, good[i].text, strlen(good[i].text)));
		CHECK_INT(range.first, good[i].first);
		CHECK_INT(range.last, good[i].last);
		CHECK_INT(range.size, good[i].size);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct content_range range = { .first = UNTOUCHED };

		if (!CHECK(!parse_content_range(&range, bad[i], strlen(bad[i]))) ||
		    !CHECK_INT(range.first, UNTOUCHED))
			fprintf(stderr, "  in \"%s\"\n", bad[i]);
	}
	/* Where LENGTH ends it, whatever follows. */
	for (size_t length = 0; length < strlen("bytes 5-9/10"); length++) {
		struct content_range range;

		CHECK(!parse_content_range(&range, "bytes 5-9/10", length));
	}
}

static void lengths(void)
{
	int64_t bytes = UNTOUCHED;

	CHECK(parse_length(&bytes, "12345", 3));
	CHECK_INT(bytes, 123);
	CHECK(!parse_length(&bytes, "", 0));
	CHECK(!parse_length(&bytes, "-1", 2));
	CHECK(!parse_length(&bytes, "1, 1", 4));
	CHECK(!parse_length(&bytes, "9223372036854775808", 19));
	CHECK_INT(bytes, 123);
}

int main(void)
{
	/*
	 * Where the machine has one: a locale with a decimal comma and another alphabet for its
	 * months.
	 */
	setlocale(LC_ALL, "de_DE.UTF-8");
	durations();
	sizes();
	numbers();
	words_and_tokens();
	http_dates();
	two_digit_years();
	retry_after();
	ends_where_length_says();
	own_ranges();
	content_ranges();
	lengths();
	return check_done("unit_parse");
}
