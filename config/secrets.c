/* SPDX-License-Identifier: MIT */
#include "secrets.h"

#include <stdio.h>
#include <string.h>

#include "ascii.h"
#include "parse.h"

/*
 * In lower case; anywhere in a name. In groups by their first letter, since most names have none.
 */
static const char *const words[] = {
	"authorization", "assertion", "cookie",     "credential", "jwt",	"key",	 "otp",
	"passw",	 "passphrase", "pwd",	    "secret",	  "signature",	"session",
	"token",	 "x-auth",
};

/* Too short to be looked for within a name. */
static const char *const names[] = { "sig", "sid", "pass", "auth", "code", "pin", "hmac" };

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

	if (!strchr("acjkopstx", first))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && words[i][0] <= first; i++) {
		if (words[i][0] == first && begins(text, length, words[i]))
			return true;
	}
	return false;
}

bool secrets_is_name(const char *name, size_t length)
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

static size_t hide(char *out, size_t length)
{
	return (size_t)sprintf(out, "\xe2\x80\xa6 (%zu)", length);
}

static bool is_name_character(char c)
{
	return ascii_is_alphanumeric(c) || c == '-' || c == '_' || c == '.' || c == '[' ||
	       c == ']' || c == '%' || c == '$';
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
	static const char *const schemes[] = { "bearer ", "basic ", "digest ", "negotiate ",
					       "ntlm ", "aws4-hmac-sha256 ", "token " };

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

/* Where a value ends that stands behind "name=". */
static size_t length_of_value(const char *text, size_t length)
{
	size_t n = 0;

	if (n < length && (text[n] == '"' || text[n] == '\'')) {
		const char *end = memchr(text + 1, text[0], length - 1);

		return end ? (size_t)(end - text) + 1 : length;
	}
	while (n < length && !strchr("&;, \t\r\n\"'<>#", text[n]))
		n++;
	return n;
}

/*
 * What may be user info behind "://", without the '@'; 0: nothing. A password may have a raw '/',
 * which other parsers take for the path's beginning: then what stands before the ':' is *kept.
 */
static size_t length_of_user_info(const char *text, size_t length, size_t *kept)
{
	size_t end = 0, authority, last = 0, colon = 0;

	while (end < length && !strchr(" \t\r\n\"'<>", text[end]))
		end++;
	for (authority = 0; authority < end && !strchr("/?#", text[authority]); authority++)
		;
	for (size_t n = 0; n < end; n++) {
		if ((n < authority || !last) && text[n] == '@')
			last = n;
		if (n < authority && !colon && text[0] != '[' && text[n] == ':')
			colon = n + 1;
	}
	if (!last || last < authority)
		return last;
	*kept = colon;
	return colon ? last - colon : 0;
}

/* The length of the name that ends at TEXT[AT]. */
static size_t length_of_name(const char *text, size_t at)
{
	size_t n = 0;

	while (n < at && is_name_character(text[at - n - 1]))
		n++;
	return n;
}

/* What is to be hidden at TEXT[AT]: its length, 0 for nothing; *kept bytes before it are shown. */
static size_t secret_at(const char *text, size_t at, size_t length, size_t *kept)
{
	size_t left = length - at;
	size_t n;

	*kept = 0;
	if (at >= 3 && !memcmp(text + at - 3, "://", 3) &&
	    (n = length_of_user_info(text + at, left, kept)))
		return n;
	*kept = 0;
	if (at && (text[at - 1] == '=' || text[at - 1] == ':')) {
		n = length_of_name(text, at - 1);
		if (n && secrets_is_name(text + at - 1 - n, n))
			return length_of_value(text + at, left);
	}
	if (at && is_name_character(text[at - 1]))
		return 0;
	n = length_of_scheme(text + at, left);
	if (n) {
		*kept = n;
		return left - n;
	}
	return length_of_jwt(text + at, left);
}

/* Whether a secret could begin at TEXT[AT]: asked of each byte, and mostly not so. */
static bool may_begin(const char *text, size_t at)
{
	char before = at ? text[at - 1] : ' ';

	if (before == '=' || before == ':' || before == '/')
		return true;
	/* A word, and the first letter of a scheme or a JWT. */
	return !is_name_character(before) && strchr("bBdDnNaAtTe", text[at]) && text[at];
}

size_t secrets_hide_text(char *out, const char *text, size_t length)
{
	size_t used = 0;

	for (size_t at = 0; at < length;) {
		size_t kept;
		size_t secret = may_begin(text, at) ? secret_at(text, at, length, &kept) : 0;

		if (!secret) {
			out[used++] = text[at++];
			continue;
		}
		memcpy(out + used, text + at, kept);
		used += kept;
		used += hide(out + used, secret);
		at += kept + secret;
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
