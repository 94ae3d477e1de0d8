/* SPDX-License-Identifier: MIT */
#include "replay.h"

#include <stdlib.h>
#include <string.h>

#include "../config/buffer.h"

#define SIZE_MIN (16 * 1024)

static bool make_room(struct replay *replay, size_t more, size_t limit)
{
	char *kept;

	if (replay->used + more > limit)
		return false;
	kept = buffer_grow(replay->kept, &replay->size, replay->used + more, SIZE_MIN, 1);
	if (!kept)
		return false;
	replay->kept = kept;
	return true;
}

void replay_keep(struct replay *replay, const char *data, size_t length, size_t limit)
{
	if (replay->overflowed)
		return;
	if (!make_room(replay, length, limit)) {
		replay_drop(replay);
		replay->overflowed = true;
		return;
	}
	memcpy(replay->kept + replay->used, data, length);
	replay->used += length;
	replay->at = replay->used;
}

size_t replay_read(struct replay *replay, char *buffer, size_t length)
{
	size_t left = replay->used - replay->at;
	size_t n = length < left ? length : left;

	if (!n)
		return 0;
	memcpy(buffer, replay->kept + replay->at, n);
	replay->at += n;
	return n;
}

bool replay_seek(struct replay *replay, size_t offset)
{
	if (replay->overflowed || offset > replay->used)
		return false;
	replay->at = offset;
	return true;
}

void replay_begin(struct replay *replay)
{
	replay->used = 0;
	replay->at = 0;
	replay->overflowed = false;
}

void replay_drop(struct replay *replay)
{
	free(replay->kept);
	*replay = (struct replay){ 0 };
}
