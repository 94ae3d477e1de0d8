/* SPDX-License-Identifier: MIT */
/*
 * A place on this machine that an attempt is led to whose fault the server must not hear of: a
 * connection of this process to itself, whose other end has written its answer already, or a port
 * where nobody listens. Nothing leaves the machine.
 */
#ifndef CURLRETRY_DECOY_H
#define CURLRETRY_DECOY_H

#include <stdbool.h>
#include <stddef.h>

#include <curl/curl.h>

struct decoy {
	int door;	/* listens, or only keeps its port from others; -1: closed */
	int inside;	/* our end of the last connection; -1: none */
	int port;
	bool listens;
};

/* Closed. */
void decoy_init(struct decoy *decoy);

/* LISTENS: decoy_connect() will be called. False: the system allows none. */
bool decoy_open(struct decoy *decoy, bool listens);

/*
 * A socket that is connected as soon as libcurl connects it, with ANSWER, small, to be read and
 * nothing behind it; CURL_SOCKET_BAD: there is none.
 */
curl_socket_t decoy_connect(struct decoy *decoy, const char *answer, size_t length);

void decoy_close(struct decoy *decoy);

#endif
