/* SPDX-License-Identifier: MIT */
/* What easy.h and multi.h have in common: how a client fails, the clock, a hash of bytes. */
#ifndef CURLRETRY_TEST_CLIENT_H
#define CURLRETRY_TEST_CLIENT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline void fail(const char *what)
{
	printf("FAILED: %s\n", what);
	exit(1);
}

static inline int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* FNV-1a, without its offset: HASH is 0 before the first byte. */
static inline uint64_t hash_more(uint64_t hash, const char *data, size_t length)
{
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)data[i]) * UINT64_C(0x100000001b3);
	return hash;
}

#endif
