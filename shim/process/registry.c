/* SPDX-License-Identifier: MIT */
#include "registry.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/*
 * A chain of tables, each eight times as large as the one before. A key lives
 * in one bucket of one table and never moves, so a look-up needs no lock: it
 * scans that key's bucket in each table there is. A taken entry frees its
 * place; no table is ever given back.
 */
#define BUCKET 8
#define FIRST_BUCKETS 64
#define GROWTH 8

struct bucket {
	_Atomic(const void *) key[BUCKET];
	_Atomic(void *) value[BUCKET];
};

struct table {
	size_t buckets;
	_Atomic(struct table *) next;
	struct bucket *bucket;
};

static struct bucket first_buckets[FIRST_BUCKETS];
static struct table first = { .buckets = FIRST_BUCKETS, .bucket = first_buckets };

/* Stands in a key's place while its value is written. */
static const char reserved;

static struct bucket *bucket_of(const struct table *table, const void *key)
{
	/* Fibonacci hashing; the low bits of an address say nothing. */
	uint64_t hash = ((uintptr_t)key >> 4) * UINT64_C(0x9E3779B97F4A7C15);

	return &table->bucket[(hash >> 32) & (table->buckets - 1)];
}

static struct bucket *find(const void *key, int *index)
{
	struct table *table = &first;

	while (table) {
		struct bucket *bucket = bucket_of(table, key);

		for (int i = 0; i < BUCKET; i++) {
			if (atomic_load_explicit(&bucket->key[i], memory_order_acquire) == key) {
				*index = i;
				return bucket;
			}
		}
		table = atomic_load_explicit(&table->next, memory_order_acquire);
	}
	return NULL;
}

void *registry_get(const void *key)
{
	struct bucket *bucket;
	int i;

	if (!key)
		return NULL;
	bucket = find(key, &i);
	return bucket ? atomic_load_explicit(&bucket->value[i], memory_order_relaxed) : NULL;
}

static bool put_in(struct table *table, const void *key, void *value)
{
	struct bucket *bucket = bucket_of(table, key);

	for (int i = 0; i < BUCKET; i++) {
		const void *nothing = NULL;

		if (atomic_load_explicit(&bucket->key[i], memory_order_relaxed))
			continue;
		if (!atomic_compare_exchange_strong_explicit(&bucket->key[i], &nothing, &reserved,
							     memory_order_acquire,
							     memory_order_relaxed))
			continue;
		atomic_store_explicit(&bucket->value[i], value, memory_order_relaxed);
		atomic_store_explicit(&bucket->key[i], key, memory_order_release);
		return true;
	}
	return false;
}

static struct table *table_after(struct table *table)
{
	struct table *next = atomic_load_explicit(&table->next, memory_order_acquire);
	struct table *fresh;

	if (next)
		return next;
	fresh = calloc(1, sizeof(*fresh));
	if (!fresh)
		return NULL;
	fresh->buckets = table->buckets * GROWTH;
	fresh->bucket = calloc(fresh->buckets, sizeof(*fresh->bucket));
	if (!fresh->bucket) {
		free(fresh);
		return NULL;
	}
	if (atomic_compare_exchange_strong_explicit(&table->next, &next, fresh,
						    memory_order_acq_rel, memory_order_acquire))
		return fresh;
	free(fresh->bucket);
	free(fresh);
	return next;
}

bool registry_put(const void *key, void *value, void **stale)
{
	int i;
	struct bucket *bucket = find(key, &i);

	*stale = NULL;
	if (bucket) {
		*stale = atomic_exchange_explicit(&bucket->value[i], value, memory_order_acq_rel);
		return true;
	}
	for (struct table *table = &first; table; table = table_after(table)) {
		if (put_in(table, key, value))
			return true;
	}
	return false;
}

void *registry_take(const void *key)
{
	struct bucket *bucket;
	void *value;
	int i;

	if (!key)
		return NULL;
	bucket = find(key, &i);
	if (!bucket)
		return NULL;
	value = atomic_load_explicit(&bucket->value[i], memory_order_relaxed);
	atomic_store_explicit(&bucket->key[i], NULL, memory_order_release);
	return value;
}
