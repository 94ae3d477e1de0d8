/* SPDX-License-Identifier: MIT */
#include "secrets.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "ascii.h"
#include "parse.h"

/*
 * In lower case; anywhere in a name. In groups by their first letter, since most names have none.
 */
static const char *const words[] = {
	"authorization", "assertion", "cookie",	    "credential", "csrf",     "jwt",	 "key",
	"otp",		 "passw",     "passphrase", "pwd",	  "secret",   "signature",
	"session",	 "token",     "x-auth",	    "xsrf",
};

/* Too short to be looked for within a name. */
static const char *const names[] = { "sig", "sid", "pass", "auth", "code", "pin", "hmac" };

/*
 * A set of ASCII characters, those below 64 and the others: each byte of a trace is asked for some.
 */
struct set {
	uint64_t low, high;
};

#define ONE(c) (UINT64_C(1) << ((c) & 63))
#define FROM_TO(first, last) ((ONE(last) << 1) - ONE(first))

static inline bool is_in(struct set set, char c)
{
	unsigned char byte = (unsigned char)c;

	return byte < 128 && ((byte < 64 ? set.low : set.high) >> (byte & 63) & 1);
}

static const struct set name_characters = {
	FROM_TO('0', '9') | ONE('-') | ONE('.') | ONE('%') | ONE('$'),
	FROM_TO('A', 'Z') | FROM_TO('a', 'z') | ONE('_') | ONE('[') | ONE(']'),
};

static const struct set word_ends = {
	ONE(' ') | ONE('\t') | ONE('\r') | ONE('\n') | ONE('"') | ONE('\'') | ONE('<') | ONE('>'), 0
};

/* What a secret may stand behind. */
static const struct set openers = { ONE('=') | ONE(':') | ONE('/'), 0 };

/* The first letters of schemes, and of a JWT. */
static const struct set scheme_letters = {
	0, ONE('a') | ONE('b') | ONE('d') | ONE('e') | ONE('n') | ONE('t') | ONE('A') | ONE('B') |
		   ONE('D') | ONE('N') | ONE('T')
};

/* The first letters of the words. */
static const struct set word_letters = {
	0, ONE('a') | ONE('c') | ONE('j') | ONE('k') | ONE('o') | ONE('p') | ONE('s') | ONE('t') |
		   ONE('x')
};

static bool begins(const char *text, size_t length, const char *word)
{
	size_t n = 0;

	while (n < length && word[n] && ascii_lower(text[n]) == word[n])
		n++;
	return !word[n];
}

static bool begins_with_a_word(const char *text, size_t length)
{
	char first = ascii_lower(text[0]);

	if (!is_in(word_letters, first))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && words[i][0] <= first; i++) {
		if (words[i][0] == first && begins(text, length, words[i]))
			return true;
	}
	return false;
}

/* "to%6ben", of a parameter's name as it is compared. Returns its length, at most SIZE. */
static size_t decode(char *out, size_t size, const char *name, size_t length)
{
	size_t used = 0;

	for (size_t i = 0; i < length && used < size; i++) {
		bool coded = name[i] == '%' && length - i > 2 && ascii_hex(name[i + 1]) >= 0 &&
			     ascii_hex(name[i + 2]) >= 0;

		out[used++] = coded ? (char)(ascii_hex(name[i + 1]) * 16 + ascii_hex(name[i + 2])) :
				      name[i];
		i += coded ? 2 : 0;
	}
	return used;
}

static bool is_secret(const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (begins_with_a_word(name + i, length - i))
			return true;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i]) == length && begins(name, length, names[i]))
			return true;
	}
	return false;
}

bool secrets_is_name(const char *name, size_t length)
{
	char decoded[128];

	if (!memchr(name, '%', length))
		return is_secret(name, length);
	return is_secret(decoded, decode(decoded, sizeof(decoded), name, length));
}

static size_t hide(char *out, size_t length)
{
	return (size_t)sprintf(out, "\xe2\x80\xa6 (%zu)", length);
}

static bool is_name_character(char c)
{
	return is_in(name_characters, c);
}

/* RFC 7515 §3: three parts in base64url, of which the first is a JSON object. */
static size_t length_of_jwt(const char *text, size_t length)
{
	size_t dots = 0, n = 0;

	if (length < 20 || memcmp(text, "eyJ", 3) != 0)
		return 0;
	while (n < length && (is_name_character(text[n]) || text[n] == '=')) {
		dots += text[n] == '.';
		n++;
	}
	return dots >= 2 ? n : 0;
}

/* "Bearer abc" wherever it stands (RFC 6750, 7617): the length of what follows the word. */
static size_t length_of_scheme(const char *text, size_t length)
{
	static const char *const schemes[] = {
		"bearer ",    "bearer%20", "bearer+", "basic ", "basic%20", "basic+", "digest ",
		"negotiate ", "ntlm ",	   "token ",  "apikey ", "aws4-hmac-sha256 ",
	};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (begins(text, length, schemes[i]))
			return strlen(schemes[i]);
	}
	return 0;
}

size_t secrets_hide_field(char *out, const char *name, size_t name_length, const char *value,
			  size_t length)
{
	if (secrets_is_name(name, name_length))
		return hide(out, length);
	return secrets_hide_text(out, value, length);
}

/*
 * A text that is read once, from its beginning: what lies ahead is looked for only when that has
 * been passed, so that nobody can write a text that takes long.
 */
struct reader {
	const char *text;
	size_t length;
	size_t at;
	bool in_query;		/* in that of a URL, or in its fragment */
	size_t word_end;	/* a blank, a quote or the text's end */
	size_t at_sign;		/* or the text's end */
};

static bool ends_word(char c)
{
	return is_in(word_ends, c);
}

static void pass(struct reader *reader, size_t length)
{
	for (size_t end = reader->at + length; reader->at < end; reader->at++) {
		char c = reader->text[reader->at];

		reader->in_query = c == '?' || c == '#' || (reader->in_query && !ends_word(c));
	}
}

static size_t find_word_end(struct reader *reader)
{
	if (reader->word_end < reader->at)
		reader->word_end = reader->at;
	while (reader->word_end < reader->length && !ends_word(reader->text[reader->word_end]))
		reader->word_end++;
	return reader->word_end - reader->at;
}

static size_t find_at_sign(struct reader *reader)
{
	if (reader->at_sign < reader->at)
		reader->at_sign = reader->at;
	while (reader->at_sign < reader->length && reader->text[reader->at_sign] != '@')
		reader->at_sign++;
	return reader->at_sign - reader->at;
}

/* Where a value ends that stands behind "name=": in a query it may have more characters. */
static size_t length_of_value(const char *text, size_t length, bool in_query)
{
	size_t n = 0;

	if (in_query) {
		while (n < length && !strchr("& \t\r\n\"<>#", text[n]))
			n++;
		return n;
	}
	if (n < length && (text[n] == '"' || text[n] == '\'')) {
		const char *end = memchr(text + 1, text[0], length - 1);

		return end ? (size_t)(end - text) + 1 : length;
	}
	while (n < length && !strchr("&;, \t\r\n\"'<>#", text[n]))
		n++;
	return n;
}

/*
 * What may be user info behind "//", without the '@'; 0: nothing. A password may have a raw '/',
 * which other parsers take for the path's beginning: then what stands before the ':' is *kept.
 */
static size_t length_of_user_info(struct reader *reader, size_t *kept)
{
	const char *text = reader->text + reader->at;
	size_t end = find_word_end(reader), sign = find_at_sign(reader);
	size_t colon = 0, last = 0, n;

	if (sign >= end)
		return 0;
	for (n = 0; n < end && !strchr("/?#", text[n]); n++) {
		if (text[n] == '@')
			last = n;
		else if (!colon && text[0] != '[' && text[n] == ':')
			colon = n + 1;
	}
	if (sign < n)
		return last;
	*kept = colon;
	return colon ? sign - colon : 0;
}

/* The length of the name that ends at TEXT[AT]. */
static size_t length_of_name(const char *text, size_t at)
{
	size_t n = 0;

	while (n < at && is_name_character(text[at - n - 1]))
		n++;
	return n;
}

/* Of a secret behind "name=", "name: " or, in JSON, "\"name\": ". */
static size_t named_secret(const struct reader *reader, size_t *kept)
{
	const char *text = reader->text;
	size_t at = reader->at, end = at - 1, n;

	while (end && text[end - 1] == ' ')
		end--;
	if (end && (text[end - 1] == '"' || text[end - 1] == '\''))
		end--;
	n = length_of_name(text, end);
	if (!n || !secrets_is_name(text + end - n, n))
		return 0;
	while (at < reader->length && text[at] == ' ')
		at++;
	*kept = at - reader->at;
	return length_of_value(text + at, reader->length - at, reader->in_query);
}

/* "//user:password@host", of whatever scheme, or none. */
static bool is_authority(const char *text, size_t at)
{
	return at >= 2 && text[at - 1] == '/' && text[at - 2] == '/' &&
	       (at == 2 || text[at - 3] == ':' || text[at - 3] == '=' || ends_word(text[at - 3]));
}

/* What is to be hidden from here on: its length, 0 for nothing; *kept bytes before it are shown. */
static size_t secret_here(struct reader *reader, size_t *kept)
{
	const char *text = reader->text;
	size_t at = reader->at, left = reader->length - at;
	size_t n;

	*kept = 0;
	if (is_authority(text, at) && (n = length_of_user_info(reader, kept)))
		return n;
	*kept = 0;
	if (at && (text[at - 1] == '=' || text[at - 1] == ':') && (n = named_secret(reader, kept)))
		return n;
	*kept = 0;
	if (at && is_name_character(text[at - 1]))
		return 0;
	n = length_of_scheme(text + at, left);
	if (!n)
		return length_of_jwt(text + at, left);
	*kept = n;
	return reader->in_query ? length_of_value(text + at + n, left - n, true) : left - n;
}

/* Whether a secret could begin at TEXT[AT]: asked of each byte, and mostly not so. */
static bool may_begin(const char *text, size_t at)
{
	char before = at ? text[at - 1] : ' ';

	return is_in(openers, before) ||
	       (is_in(scheme_letters, text[at]) && !is_name_character(before));
}

static size_t length_of_harmless(const char *text, size_t at, size_t length)
{
	size_t n = 0;

	while (at + n < length && !may_begin(text, at + n))
		n++;
	return n;
}

size_t secrets_hide_text(char *out, const char *text, size_t length)
{
	struct reader reader = { .text = text, .length = length };
	size_t used = 0;

	while (reader.at < length) {
		size_t kept = length_of_harmless(text, reader.at, length);
		size_t secret = 0;

		if (!kept)
			secret = secret_here(&reader, &kept);
		if (!secret && !kept)
			kept = 1;
		memcpy(out + used, text + reader.at, kept);
		used += kept;
		if (secret)
			used += hide(out + used, secret);
		pass(&reader, kept + secret);
	}
	out[used] = '\0';
	return used;
}

size_t secrets_hide_command(char *out, const char *line, size_t length)
{
	static const char *const harmless[] = {
		"CWD",	"CDUP", "PWD",	"RETR", "STOR", "APPE", "SIZE", "MDTM",	  "PASV",
		"EPSV", "PORT", "EPRT", "TYPE", "LIST", "NLST", "REST", "QUIT",	  "FEAT",
		"SYST", "EHLO", "HELO", "MAIL", "RCPT", "DATA", "USER", "SELECT", "FETCH",
		"STAT", "UIDL", "TOP",	"CAPA", "PBSZ", "PROT",
	};
	size_t word = 0;

	while (word < length && ascii_lower(line[word]) >= 'a' && ascii_lower(line[word]) <= 'z')
		word++;
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
		if (parse_word(harmless[i], line, word))
			return secrets_hide_text(out, line, length);
	}
	if (!word || word > 12 || (word < length && line[word] != ' '))
		return hide(out, length);
	memcpy(out, line, word);
	out[word] = '\0';
	if (word + 1 >= length)
		return word;
	out[word] = ' ';
	return word + 1 + hide(out + word + 1, length - word - 1);
}
