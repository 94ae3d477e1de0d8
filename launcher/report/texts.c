/* SPDX-License-Identifier: MIT */
#include "texts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "config/buffer.h"

#define CHUNK (256 * 1024)
#define FIRST_SLOTS 1024	/* a power of two, as all that follow */

struct chunk {
	struct chunk *next;
	char bytes[];
};

static uint64_t turn(uint64_t value, int bits)
{
	return value << bits | value >> (64 - bits);
}

static void mix(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = turn(v[1], 13) ^ v[0];
	v[3] = turn(v[3], 16) ^ v[2];
	v[0] = turn(v[0], 32) + v[3];
	v[2] += v[1];
	v[3] = turn(v[3], 21) ^ v[0];
	v[1] = turn(v[1], 17) ^ v[2];
	v[2] = turn(v[2], 32);
}

static void absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	mix(v);
	v[0] ^= word;
}

/* SipHash-1-3: servers choose what is in a trace, and could choose texts that collide. */
static uint64_t hash(const uint64_t seed[2], const char *bytes, size_t length)
{
	uint64_t v[4] = { seed[0] ^ 0x736f6d6570736575, seed[1] ^ 0x646f72616e646f6d,
			  seed[0] ^ 0x6c7967656e657261, seed[1] ^ 0x7465646279746573 };
	uint64_t last = (uint64_t)length << 56;
	uint64_t word;
	size_t i;

	for (i = 0; i + sizeof(word) <= length; i += sizeof(word)) {
		memcpy(&word, bytes + i, sizeof(word));
		absorb(v, word);
	}
	word = 0;
	memcpy(&word, bytes + i, length - i);
	absorb(v, last | word);
	v[2] ^= 0xff;
	for (i = 0; i < 3; i++)
		mix(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The slot of that text, or the free one where it belongs. */
static uint32_t *slot_of(const struct texts *texts, const char *bytes, size_t length)
{
	size_t i = hash(texts->seed, bytes, length);

	for (;; i++) {
		uint32_t *slot = &texts->slots[i & (texts->slot_count - 1)];
		const struct text *text = &texts->of[*slot];

		if (!*slot || (text->length == length && !memcmp(text->bytes, bytes, length)))
			return slot;
	}
}

static bool make_slots(struct texts *texts)
{
	size_t count = texts->slot_count ? 2 * texts->slot_count : FIRST_SLOTS;
	uint32_t *slots = calloc(count, sizeof(*slots));

	if (!slots)
		return false;
	free(texts->slots);
	texts->slots = slots;
	texts->slot_count = count;
	for (uint32_t i = 1; i < texts->count; i++)
		*slot_of(texts, texts->of[i].bytes, texts->of[i].length) = i;
	return true;
}

static char *make_bytes(struct texts *texts, size_t length)
{
	char *bytes;

	if (length > texts->chunk_left) {
		size_t size = length > CHUNK ? length : CHUNK;
		struct chunk *chunk = malloc(sizeof(*chunk) + size);

		if (!chunk)
			return NULL;
		chunk->next = texts->chunks;
		texts->chunks = chunk;
		texts->chunk_at = chunk->bytes;
		texts->chunk_left = size;
	}
	bytes = texts->chunk_at;
	texts->chunk_at += length;
	texts->chunk_left -= length;
	return bytes;
}

static bool append(struct texts *texts, const char *bytes, size_t length)
{
	struct text *of = buffer_grow(texts->of, &texts->room, texts->count + 1, 256, sizeof(*of));
	char *kept;

	if (!of)
		return false;
	texts->of = of;
	kept = texts->count < UINT32_MAX ? make_bytes(texts, length + 1) : NULL;
	if (!kept)
		return false;
	memcpy(kept, bytes, length);
	kept[length] = '\0';
	of[texts->count++] = (struct text){ kept, length };
	return true;
}

bool texts_init(struct texts *texts)
{
	*texts = (struct texts){ 0 };
	/* Without random numbers it is the same seed in each run: slower at worst. */
	if (getrandom(texts->seed, sizeof(texts->seed), GRND_NONBLOCK) < 0)
		texts->seed[0] = texts->seed[1] = 0;
	texts->failed = !append(texts, "", 0) || !make_slots(texts);
	return !texts->failed;
}

uint32_t texts_add(struct texts *texts, const char *bytes, size_t length)
{
	uint32_t number;

	if (!length || texts->failed)
		return 0;
	number = *slot_of(texts, bytes, length);
	if (number)
		return number;
	number = (uint32_t)texts->count;
	if (!append(texts, bytes, length) ||
	    (2 * texts->count > texts->slot_count && !make_slots(texts))) {
		texts->failed = true;
		return 0;
	}
	*slot_of(texts, bytes, length) = number;
	return number;
}

void texts_free(struct texts *texts)
{
	while (texts->chunks) {
		struct chunk *next = texts->chunks->next;

		free(texts->chunks);
		texts->chunks = next;
	}
	free(texts->slots);
	free(texts->of);
	*texts = (struct texts){ 0 };
}
