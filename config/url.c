/* SPDX-License-Identifier: MIT */
#include "url.h"

#include <string.h>

#include "ascii.h"
#include "parse.h"

/* What comes later in a URL may look like a scheme, too. */
static size_t scheme_of(const char *text)
{
	size_t length = strcspn(text, ":/?#@");

	return text[length] == ':' && text[length + 1] == '/' ? length : 0;
}

static const char *authority_of(const char *text, size_t scheme)
{
	if (!scheme)
		return text;
	/* A file's is mostly empty, and its path may have an '@'. */
	if (parse_word("file", text, scheme))
		return text + scheme + 1 + (text[scheme + 2] == '/' ? 2 : 0);
	return text + scheme + 1 + strspn(text + scheme + 1, "/");
}

void url_split(struct url *url, const char *text)
{
	const char *at;

	url->text = text + strspn(text, " \t\r\n\v\f");
	url->scheme = scheme_of(url->text);
	url->authority = authority_of(url->text, url->scheme);
	url->end = url->authority + strcspn(url->authority, "/?#");
	at = memrchr(url->authority, '@', (size_t)(url->end - url->authority));
	url->host = at ? at + 1 : url->authority;
}

void url_scheme(char *scheme, size_t size, const struct url *url)
{
	const char *text = url->scheme ? url->text : "http";
	size_t length = url->scheme ? url->scheme : strlen(text);

	if (length >= size)
		length = size - 1;
	for (size_t i = 0; i < length; i++)
		scheme[i] = ascii_lower(text[i]);
	scheme[length] = '\0';
}

void url_host(char *host, size_t size, const struct url *url)
{
	bool brackets = *url->host == '[';
	const char *start = url->host + brackets;
	const char *stop = memchr(start, brackets ? ']' : ':', (size_t)(url->end - start));
	size_t length = (size_t)((stop ? stop : url->end) - start);

	if (length >= size)
		length = size - 1;
	for (size_t i = 0; i < length; i++)
		host[i] = ascii_lower(start[i]);
	host[length] = '\0';
}

/* The ':' before what stands where a port would; NULL for none. */
static const char *port_colon_of(const struct url *url)
{
	size_t length = (size_t)(url->end - url->host);
	const char *bracket = *url->host == '[' ? memchr(url->host, ']', length) : NULL;
	const char *after = bracket ? bracket : url->host;

	return memchr(after, ':', (size_t)(url->end - after));
}

/*
 * Whether a parser could take more than the user info that was found for some. A port of digits may
 * be a password's begin where an '@', or "%40", comes later: "http://us:1/SECRET@host/". So may be
 * what follows user info: "http://us:p@ss/SECRET@host/". Without either there is no password, and
 * npm's "https://host/@scope/name" stays whole.
 */
static bool may_hide_secrets(const struct url *url)
{
	const char *colon = port_colon_of(url);

	if (colon && colon + 1 + strspn(colon + 1, "0123456789") < url->end)
		return true;
	return (colon || url->host != url->authority) &&
	       (strchr(url->end, '@') || strstr(url->end, "%40"));
}

size_t url_public(const struct url *url, bool *cut)
{
	*cut = may_hide_secrets(url);
	return *cut ? 0 : strcspn(url->host, "?#");
}

static const struct {
	const char *scheme;
	int port;
} ports[] = {
	{ "http", 80 },	  { "https", 443 }, { "ws", 80 },      { "wss", 443 },	 { "ftp", 21 },
	{ "ftps", 990 },  { "sftp", 22 },   { "scp", 22 },     { "smtp", 25 },	 { "smtps", 465 },
	{ "imap", 143 },  { "imaps", 993 }, { "pop3", 110 },   { "pop3s", 995 }, { "ldap", 389 },
	{ "ldaps", 636 }, { "dict", 2628 }, { "tftp", 69 },    { "mqtt", 1883 }, { "mqtts", 8883 },
	{ "gopher", 70 }, { "rtsp", 554 },  { "telnet", 23 },
};

/* Of the scheme; libcurl takes http, mostly, where there is none. */
static int usual_port(const struct url *url)
{
	if (!url->scheme)
		return 80;
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		if (parse_word(ports[i].scheme, url->text, url->scheme))
			return ports[i].port;
	}
	return 0;
}

int url_port(const struct url *url)
{
	const char *at = url->end;
	int port = 0;

	while (at > url->host && ascii_is_digit(at[-1]))
		at--;
	if (at == url->host || at == url->end || at[-1] != ':')
		return usual_port(url);
	for (; at < url->end && port <= 65535; at++)
		port = port * 10 + (*at - '0');
	return port;
}
