/* SPDX-License-Identifier: MIT */
/* What a request is aimed at, and by which method, as the verdict wants to know it. */
#ifndef CURLRETRY_TARGET_H
#define CURLRETRY_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "config/url.h"

struct program;

struct target {
	const char *url;	/* libcurl's, valid until its next call */
	char scheme[16];	/* lower case */
	char host[URL_HOST_MAX];	/* without brackets and port; cut if longer */
	const char *method;	/* libcurl's or static: see target_of() */
	bool http;
};

/*
 * The last hop's. For a protocol without methods a download is a GET and an
 * upload a PUT where sending it twice does no harm; else the protocol's name
 * stands for a method that no default list holds ("SMTP").
 */
void target_of(const struct program *program, struct target *target);

/* By its scheme, in lower case: WebSockets begin as HTTP does. */
bool target_is_http(const char *scheme);

/* Whether its connections begin with a TLS handshake. */
bool target_is_encrypted(const char *scheme);

/*
 * Whether the HTTP request changes something on the condition that nobody has done so before, which
 * may be itself (RFC 9110 §13.1). The program's list of header fields is read.
 */
bool target_is_conditional(const struct program *program, const struct target *target);

#endif
