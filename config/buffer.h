/* SPDX-License-Identifier: MIT */
/* Memory that grows by doubling. */
#ifndef CURLRETRY_BUFFER_H
#define CURLRETRY_BUFFER_H

#include <stddef.h>

/*
 * Room for NEEDED items of ITEM bytes in MEMORY, which has room for *SIZE of them (NULL and 0 at
 * first). The first time room for at least FIRST > 0 is made. Returns where the memory is now, and
 * sets *SIZE; NULL where none is to be had: then all is as before.
 */
void *buffer_grow(void *memory, size_t *size, size_t needed, size_t first, size_t item);

#endif
