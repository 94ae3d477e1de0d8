/* SPDX-License-Identifier: MIT */
#include "replay.h"

#include <errno.h>

bool replay_keep(struct replay *replay, const char *data, size_t length, int64_t limit)
{
	bool kept;

	if (replay->overflowed)
		return true;
	if (replay->kept.length + (int64_t)length > limit) {
		replay_drop(replay);
		replay->overflowed = true;
		return true;
	}
	kept = spool_append(&replay->kept, data, length);
	if (!kept) {
		int error = errno;

		replay_drop(replay);
		replay->overflowed = true;
		errno = error;
	}
	replay->at = replay->kept.length;
	return kept;
}

size_t replay_read(struct replay *replay, char *buffer, size_t length)
{
	int64_t left = replay->kept.length - replay->at;
	size_t n = (int64_t)length < left ? length : (size_t)left;

	if (!n)
		return 0;
	if (!spool_read(&replay->kept, replay->at, buffer, n))
		return REPLAY_LOST;
	replay->at += (int64_t)n;
	return n;
}

bool replay_seek(struct replay *replay, int64_t offset)
{
	if (replay->overflowed || offset > replay->kept.length)
		return false;
	replay->at = offset;
	return true;
}

void replay_begin(struct replay *replay)
{
	spool_clear(&replay->kept);
	replay->at = 0;
	replay->overflowed = false;
}

void replay_drop(struct replay *replay)
{
	spool_free(&replay->kept);
	*replay = (struct replay){ 0 };
}
