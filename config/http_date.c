/* SPDX-License-Identifier: MIT */
/* What HTTP says about time: HTTP-date and Retry-After. */
#include <string.h>

#include "ascii.h"
#include "calendar.h"
#include "parse.h"

/* Past any wait that a policy can allow, and far enough from overflow to be added to. */
#define ABSURD_MS (INT64_MAX / 4)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const day_names[] = {
	"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
};

static const char *const month_names[] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
};

/*
 * strptime()'s letters, as far as they are needed; it would read the names in the locale's
 * language.
 */
static const char *const formats[] = {
	"%a, %d %b %Y %H:%M:%S GMT",	/* IMF-fixdate */
	"%A, %d-%b-%y %H:%M:%S GMT",	/* RFC 850 */
	"%a %b %e %H:%M:%S %Y",		/* asctime() */
};

struct text {
	const char *at;
	size_t left;
};

static void skip(struct text *text, size_t length)
{
	text->at += length;
	text->left -= length;
}

/* WORD's first LENGTH letters, in any case. */
static bool take_word(struct text *text, const char *word, size_t length)
{
	char head[16] = "";

	if (length > text->left || length >= sizeof(head))
		return false;
	memcpy(head, word, length);
	if (!parse_word(head, text->at, length))
		return false;
	skip(text, length);
	return true;
}

/*
 * The index of the name that comes next, -1 for none of them. LETTERS: how many of a name are
 * written, 0 for all.
 */
static int take_name(struct text *text, const char *const *names, size_t count, size_t letters)
{
	for (size_t i = 0; i < count; i++) {
		if (take_word(text, names[i], letters ? letters : strlen(names[i])))
			return (int)i;
	}
	return -1;
}

/* A number of exactly WIDTH digits, -1 for anything else. */
static int take_number(struct text *text, size_t width)
{
	int number = 0;

	if (width > text->left)
		return -1;
	for (size_t i = 0; i < width; i++) {
		if (!ascii_is_digit(text->at[i]))
			return -1;
		number = number * 10 + (text->at[i] - '0');
	}
	skip(text, width);
	return number;
}

/*
 * One letter of a format into *date. Two digits of a year are left below 100, for the caller to
 * complete.
 */
static bool take_part(struct text *text, char letter, struct moment *date)
{
	switch (letter) {
	case 'a':
		return take_name(text, day_names, COUNT(day_names), 3) >= 0;
	case 'A':
		return take_name(text, day_names, COUNT(day_names), 0) >= 0;
	case 'b':
		return (date->month = take_name(text, month_names, COUNT(month_names), 3) + 1) > 0;
	case 'd':
		return (date->day = take_number(text, 2)) >= 0;
	case 'e':
		return (date->day = take_number(text, take_word(text, " ", 1) ? 1 : 2)) >= 0;
	case 'H':
		return (date->hour = take_number(text, 2)) >= 0;
	case 'M':
		return (date->minute = take_number(text, 2)) >= 0;
	case 'S':
		return (date->second = take_number(text, 2)) >= 0;
	case 'y':
		return (date->year = take_number(text, 2)) >= 0;
	case 'Y':
		return (date->year = take_number(text, 4)) >= 1900;
	}
	return false;
}

static bool take_format(struct text text, const char *format, struct moment *date)
{
	for (; *format; format++) {
		if (*format == '%' ? !take_part(&text, *++format, date) :
				     !take_word(&text, format, 1))
			return false;
	}
	return text.left == 0;
}

/* A second of 60 is a leap second, which counts as the next minute's first. */
static bool is_in_calendar(const struct moment *date)
{
	return date->day >= 1 && date->day <= calendar_days(date->year, date->month) &&
	       date->hour < 24 && date->minute < 60 && date->second <= 60;
}

/*
 * RFC 9110 §5.6.7: what appears to be more than 50 years ahead is the most recent such year of the
 * past.
 */
static void complete_year(struct moment *date, time_t now)
{
	struct moment limit = calendar_moment(now);

	date->year += (limit.year / 100 + 1) * 100;
	limit.year += 50;
	while (calendar_seconds(date) > calendar_seconds(&limit))
		date->year -= 100;
}

bool parse_http_date(time_t *date, const char *text, size_t length, time_t now)
{
	for (size_t i = 0; i < COUNT(formats); i++) {
		struct moment parts = { 0 };

		if (!take_format((struct text){ text, length }, formats[i], &parts))
			continue;
		if (strchr(formats[i], 'y'))
			complete_year(&parts, now);
		if (!is_in_calendar(&parts))
			return false;
		*date = calendar_seconds(&parts);
		return true;
	}
	return false;
}

static struct text without_blanks(struct text text)
{
	while (text.left && ascii_is_blank(text.at[0]))
		skip(&text, 1);
	while (text.left && ascii_is_blank(text.at[text.left - 1]))
		text.left--;
	return text;
}

/* Of any length: what is too long to count is absurd, not wrong. */
static bool parse_delay_seconds(int64_t *ms, struct text text)
{
	int64_t total = 0;

	if (!text.left)
		return false;
	for (size_t i = 0; i < text.left; i++) {
		int digit = take_number(&(struct text){ text.at + i, 1 }, 1);

		if (digit < 0)
			return false;
		if (total <= ABSURD_MS / 10 - 9000)
			total = total * 10 + INT64_C(1000) * digit;
		else
			total = ABSURD_MS;
	}
	*ms = total;
	return true;
}

bool parse_retry_after(int64_t *ms, const char *text, size_t length, time_t now)
{
	struct text value = without_blanks((struct text){ text, length });
	time_t date;

	if (parse_delay_seconds(ms, value))
		return true;
	if (!parse_http_date(&date, value.at, value.left, now))
		return false;
	*ms = date > now ? (int64_t)(date - now) * 1000 : 0;
	return true;
}
