/* SPDX-License-Identifier: MIT */
/*
 * Bytes kept to be read again: the first MiB in memory, what comes after it in
 * a file without a name, so that a crash leaves nothing behind.
 *
 * The file lies in TMPDIR, else in /tmp, and never on the file system of
 * /dev/shm, which is memory. Its mode is 0600 and it is closed by exec. A
 * program that closes descriptors it does not know may get its number for a
 * file of its own: that is noticed, and the bytes count as lost.
 *
 * A spool is used by one thread at a time. A zeroed one is empty. One that has
 * ROOM_SIZE bytes at most takes a room (rooms.h), and gives it back at its end.
 */
#ifndef CURLRETRY_SPOOL_H
#define CURLRETRY_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SPOOL_MEMORY (1024 * 1024)

struct spool {
	char *memory;		/* owned */
	size_t size;		/* of it, SPOOL_MEMORY at most */
	int64_t length;		/* bytes kept */
	bool filed;		/* there is a file: the next three tell which */
	int fd;
	dev_t device;
	ino_t inode;
};

/*
 * Keeps LENGTH bytes more. False: there is no memory, or no room on the disk,
 * or no file can be opened; errno tells which. What was kept before is kept still.
 */
bool spool_append(struct spool *spool, const void *data, size_t length);

/* Whether LENGTH bytes more have room in memory. */
static inline bool spool_has_room(const struct spool *spool, size_t length)
{
	return !spool->filed && spool->size - (size_t)spool->length >= length;
}

/* Makes room for them. False: they go into the file, or there is no memory. */
bool spool_make_room(struct spool *spool, size_t length);

/* Where there is room: returns where they are to be written, and are kept then. */
static inline char *spool_extend(struct spool *spool, size_t length)
{
	char *at = spool->memory + spool->length;

	spool->length += (int64_t)length;
	return at;
}

/* The LENGTH bytes at OFFSET, which were kept, where all of them are in memory; else NULL. */
static inline char *spool_at(const struct spool *spool, int64_t offset, size_t length)
{
	return offset + (int64_t)length <= SPOOL_MEMORY ? spool->memory + offset : NULL;
}

/*
 * The LENGTH bytes at OFFSET, which were kept. False: the file cannot be read, and they are lost.
 */
bool spool_read(const struct spool *spool, int64_t offset, void *data, size_t length);

/* Empties it; the file is closed, the memory stays. */
void spool_clear(struct spool *spool);

void spool_free(struct spool *spool);

#endif
