/* SPDX-License-Identifier: MIT */
/*
 * What we know of a libcurl handle, by its address.
 *
 * Lock-free, so that a child forked by another thread is never stuck. A value
 * is used only by the thread that libcurl allows to use the handle; the
 * registry itself may be used by all at once.
 */
#ifndef CURLRETRY_REGISTRY_H
#define CURLRETRY_REGISTRY_H

#include <stdbool.h>

/* The value of KEY, or NULL. */
void *registry_get(const void *key);

/*
 * Puts VALUE under KEY. False: out of memory, and nothing is changed. A value
 * already there (its handle was freed behind our back) comes back in *stale.
 */
bool registry_put(const void *key, void *value, void **stale);

/* Takes KEY out; returns its value, or NULL. */
void *registry_take(const void *key);

#endif
