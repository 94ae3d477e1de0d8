/* SPDX-License-Identifier: MIT */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/buffer.h"
#include "rooms.h"

/* What does not go into a room begins with this, and doubles up to SPOOL_MEMORY. */
#define BEYOND_ROOM ((size_t)256 * 1024)

static const char shared_memory[] = "/dev/shm";

/* Whether DIR lies on the file system that is mounted at /dev/shm. */
static bool is_shared_memory(const char *dir)
{
	struct stat about, shm, root;

	return !stat(dir, &about) && !stat(shared_memory, &shm) && !stat("/", &root) &&
	       about.st_dev == shm.st_dev && shm.st_dev != root.st_dev;
}

static const char *folder(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir && !is_shared_memory(dir) ? dir : "/tmp";
}

/* Where the file system has no O_TMPFILE. */
static int open_unlinked(const char *dir)
{
	char *path;
	int fd;

	if (asprintf(&path, "%s/curlretry-XXXXXX", dir) < 0)
		return -1;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	free(path);
	return fd;
}

/* What a program has closed of its standard streams it may write to all the same. */
static int away_from_streams(int fd)
{
	int away, saved;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	away = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	saved = errno;
	close(fd);
	errno = saved;
	return away;
}

static bool open_file(struct spool *spool)
{
	const char *dir = folder();
	struct stat about;
	int fd = open(dir, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

	/* EISDIR: of a kernel without it (open(2)). */
	if (fd < 0 &&
	    (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT || errno == EINVAL))
		fd = open_unlinked(dir);
	fd = away_from_streams(fd);
	if (fd < 0)
		return false;
	if (fstat(fd, &about)) {
		close(fd);
		return false;
	}
	spool->filed = true;
	spool->fd = fd;
	spool->device = about.st_dev;
	spool->inode = about.st_ino;
	return true;
}

static bool is_our_file(const struct spool *spool)
{
	struct stat about;

	if (!fstat(spool->fd, &about) && about.st_dev == spool->device &&
	    about.st_ino == spool->inode)
		return true;
	errno = EBADF;
	return false;
}

/* A file that grows beyond RLIMIT_FSIZE raises SIGXFSZ, which would end the program. */
static bool may_grow(int64_t end)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) || limit.rlim_cur == RLIM_INFINITY ||
	    (rlim_t)end <= limit.rlim_cur)
		return true;
	errno = EFBIG;
	return false;
}

static bool write_file(const struct spool *spool, int64_t offset, const char *data, size_t length)
{
	if (!is_our_file(spool) || !may_grow(offset + (int64_t)length))
		return false;
	while (length) {
		ssize_t n = pwrite(spool->fd, data, length, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		offset += n;
		length -= (size_t)n;
	}
	return true;
}

static bool read_file(const struct spool *spool, int64_t offset, char *data, size_t length)
{
	if (!is_our_file(spool))
		return false;
	while (length) {
		ssize_t n = pread(spool->fd, data, length, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		offset += n;
		length -= (size_t)n;
	}
	return true;
}

/* How many of LENGTH bytes at OFFSET are, or will be, in memory. */
static size_t in_memory(int64_t offset, size_t length)
{
	size_t room = offset < SPOOL_MEMORY ? (size_t)(SPOOL_MEMORY - offset) : 0;

	return length < room ? length : room;
}

static void free_memory(struct spool *spool)
{
	if (spool->size == ROOM_SIZE)
		room_give(spool->memory);
	else
		free(spool->memory);
}

/* Out of a room. */
static bool move_out(struct spool *spool, size_t size)
{
	size_t larger = 0;
	char *memory = buffer_grow(NULL, &larger, size, BEYOND_ROOM, 1);

	if (!memory)
		return false;
	memcpy(memory, spool->memory, (size_t)spool->length);
	room_give(spool->memory);
	spool->memory = memory;
	spool->size = larger;
	return true;
}

static bool grow(struct spool *spool, size_t size)
{
	char *memory;

	if (size <= spool->size)
		return true;
	if (!spool->memory && size <= ROOM_SIZE) {
		spool->memory = room_take();
		spool->size = spool->memory ? ROOM_SIZE : 0;
		return spool->memory != NULL;
	}
	if (spool->memory && spool->size == ROOM_SIZE)
		return move_out(spool, size);
	memory = buffer_grow(spool->memory, &spool->size, size, BEYOND_ROOM, 1);
	if (memory)
		spool->memory = memory;
	return memory != NULL;
}

bool spool_make_room(struct spool *spool, size_t length)
{
	int64_t end = spool->length + (int64_t)length;

	return end <= SPOOL_MEMORY && grow(spool, (size_t)end);
}

bool spool_append(struct spool *spool, const void *data, size_t length)
{
	size_t here = in_memory(spool->length, length);
	const char *rest = (const char *)data + here;

	if (!length)
		return true;
	if (here && !grow(spool, (size_t)spool->length + here))
		return false;
	if (here < length) {
		if (!spool->filed && !open_file(spool))
			return false;
		if (!write_file(spool, spool->length + (int64_t)here - SPOOL_MEMORY, rest,
				length - here))
			return false;
	}
	if (here)
		memcpy(spool->memory + spool->length, data, here);
	spool->length += (int64_t)length;
	return true;
}

bool spool_read(const struct spool *spool, int64_t offset, void *data, size_t length)
{
	size_t here = in_memory(offset, length);

	if (here)
		memcpy(data, spool->memory + offset, here);
	return here == length || read_file(spool, offset + (int64_t)here - SPOOL_MEMORY,
					   (char *)data + here, length - here);
}

void spool_clear(struct spool *spool)
{
	if (spool->filed && is_our_file(spool))
		close(spool->fd);
	spool->filed = false;
	spool->length = 0;
}

void spool_free(struct spool *spool)
{
	spool_clear(spool);
	if (spool->memory)
		free_memory(spool);
	*spool = (struct spool){ 0 };
}
