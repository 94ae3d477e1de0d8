/* SPDX-License-Identifier: MIT */
/* The modes that print what to write elsewhere: for a service, for an image, for a shell. */
#ifndef CURLRETRY_SERVICES_H
#define CURLRETRY_SERVICES_H

#include <stdbool.h>

/* A systemd drop-in for SERVICE, which preloads SHIM. */
void services_unit(const char *service, const char *shim);

/* The lines of a Dockerfile that take SHIM into an image and preload it there. */
void services_dockerfile(const char *shim);

/* Whether NAME can be a service's: as systemd.unit(5) has it. */
bool services_is_name(const char *name);

#endif
