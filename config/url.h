/* SPDX-License-Identifier: MIT */
/*
 * A URL's parts, as libcurl reads them: one to three slashes after the scheme, which may be
 * missing, and user info that ends at the authority's last '@'. Pure.
 */
#ifndef CURLRETRY_URL_H
#define CURLRETRY_URL_H

#include <stdbool.h>
#include <stddef.h>

/* A host name with its end, as long as DNS has them (RFC 1035 §2.3.4). */
#define URL_HOST_MAX 256

/* The parts lie in the text. */
struct url {
	const char *text;	/* without the blanks before it */
	size_t scheme;		/* its length; 0: there is none, and the authority comes first */
	const char *authority;
	const char *host;	/* behind the user info; up to END with its port */
	const char *end;	/* of the authority */
};

void url_split(struct url *url, const char *text);

/* Its scheme in lower case, "http" where it names none. Cut to SIZE > 0. */
void url_scheme(char *scheme, size_t size, const struct url *url);

/*
 * The host's name in lower case, without port and brackets: "http://user:password@[::1]:80/path" to
 * "::1". Cut to SIZE > 0.
 */
void url_host(char *host, size_t size, const struct url *url);

/* Its port, or else its scheme's; 0: that has none. */
int url_port(const struct url *url);

/*
 * How many bytes from url->host on hold no secret: host, port and path, neither query nor fragment.
 * *cut: none, as a parser could take some of them for user info with a raw '/', '?' or '#' in it.
 */
size_t url_public(const struct url *url, bool *cut);

#endif
