/* SPDX-License-Identifier: MIT */
/*
 * Our callbacks and timeouts on an easy handle. Those for headers and body stay
 * from the first transfer to the handle's end: to change them twice in each
 * would cost a quarter of all that is added to it. The others stand around a run.
 */
#ifndef CURLRETRY_INSTALL_H
#define CURLRETRY_INSTALL_H

#include "handle.h"

void install(struct handle *handle);

/* Those for headers and body, whoever stands there. */
void install_callbacks(struct handle *handle);

/* The next attempt gets a connection of its own. */
void install_fresh_connect(struct program *program);

/*
 * What the program had to say of HSTS it has said in the first attempt (CURLOPT_HSTSREADFUNCTION).
 */
void install_no_hsts_read(struct program *program);

/* At the end of a transfer: what stands around a run only goes. */
void install_end(struct program *program);

/* Puts all the program's own values on EASY, the handle itself or a copy of it. */
void uninstall(const struct handle *handle, CURL *easy);

#endif
