/* SPDX-License-Identifier: MIT */
/* What reach_third.c and reach_plugin.c give to their hosts. */
#ifndef CURLRETRY_TESTS_REACH_H
#define CURLRETRY_TESTS_REACH_H

void *third_next(const char *name);
void *third_next_version(const char *name, const char *version);
void *third_default(const char *name);
void *third_default_version(const char *name, const char *version);
void *third_in(void *handle, const char *name);
void *third_open(const char *name, int flags);
void third_inside(const char *name, const char *version, void (*tell)(const char *, void *));

/* One transfer: the status, or minus libcurl's error, or -1000 where there is no libcurl. */
long plugin_get(const char *url);
/* Which object each of the plugin's own slots leads to. */
void plugin_slots(void);

#endif
