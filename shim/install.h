/* SPDX-License-Identifier: MIT */
/*
 * Our callbacks and timeouts on an easy handle, around a run only: what is
 * installed would be copied by curl_easy_duphandle, and seen by the program.
 */
#ifndef CURLRETRY_INSTALL_H
#define CURLRETRY_INSTALL_H

#include <stdbool.h>

#include "symbols.h"

struct handle;

/* Which of them stand. */
struct installed {
	bool callbacks;
	bool progress;
	bool timeouts;
	bool fresh_connect;
};

void install(struct handle *handle);

/* The next attempt gets a connection of its own. */
void install_fresh_connect(struct handle *handle);

/* Puts the program's own values on EASY, the handle itself or a copy of it. */
void uninstall(struct handle *handle, CURL *easy);

/* Whether OPTION, set now, must be remembered only, since ours stands there. */
bool installed_over(const struct handle *handle, CURLoption option);

#endif
