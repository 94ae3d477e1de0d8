/* SPDX-License-Identifier: MIT */
#include "buffer.h"

#include <stdint.h>
#include <stdlib.h>

void *buffer_grow(void *memory, size_t *size, size_t needed, size_t first, size_t item)
{
	size_t larger = *size ? *size : first;
	void *grown;

	if (memory && needed <= *size)
		return memory;
	/* Room for twice as many as are needed must be countable in bytes. */
	if (needed > SIZE_MAX / 2 / item || first > SIZE_MAX / 2 / item)
		return NULL;
	while (larger < needed)
		larger *= 2;
	grown = realloc(memory, larger * item);
	if (grown)
		*size = larger;
	return grown;
}
