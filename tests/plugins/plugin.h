/* SPDX-License-Identifier: MIT */
/* What a plugin gives to its host. */
#ifndef CURLRETRY_TESTS_PLUGIN_H
#define CURLRETRY_TESTS_PLUGIN_H

#include <stddef.h>

const char *plugin_version(void);
void *plugin_open(void);
int plugin_get(void *easy, const char *url, long *status, size_t *bytes);
void plugin_close(void *easy);

#endif
