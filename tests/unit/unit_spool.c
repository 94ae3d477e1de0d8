/* SPDX-License-Identifier: MIT */
/*
 * A spool gives back what it was given, from memory and from its file, and leaves nothing behind.
 */
#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shim/process/spool.h"

enum { CHUNK = 100 * 1000, CHUNKS = 30 };

static char chunk[CHUNK];
static char back[CHUNK];

/* The byte at OFFSET of what is kept: no two chunks are alike. */
static char byte_at(int64_t offset)
{
	return (char)((uint64_t)offset * 2654435761U >> 13);
}

static void fill(int64_t offset)
{
	for (int i = 0; i < CHUNK; i++)
		chunk[i] = byte_at(offset + i);
}

static bool append(struct spool *spool)
{
	fill(spool->length);
	return spool_append(spool, chunk, CHUNK);
}

static bool holds(const struct spool *spool, int64_t offset, size_t length)
{
	if (!spool_read(spool, offset, back, length))
		return false;
	for (size_t i = 0; i < length; i++) {
		if (back[i] != byte_at(offset + (int64_t)i))
			return false;
	}
	return true;
}

static int files_in(const char *dir)
{
	DIR *open = opendir(dir);
	int count = 0;

	while (readdir(open))
		count++;
	closedir(open);
	return count - 2;
}

static void test_what_goes_in_comes_out(void)
{
	struct spool spool = { 0 };

	for (int i = 0; i < CHUNKS; i++)
		CHECK(append(&spool));
	CHECK_INT(spool.length, (int64_t)CHUNK * CHUNKS);
	CHECK(spool.filed);
	for (int64_t at = 0; at + CHUNK <= spool.length; at += 77777)
		CHECK(holds(&spool, at, CHUNK));
	/* Across the border between memory and file, to the byte. */
	for (int before = 0; before < 3; before++)
		CHECK(holds(&spool, SPOOL_MEMORY - before, 2));
	spool_clear(&spool);
	CHECK(!spool.filed && !spool.length);
	CHECK(append(&spool) && holds(&spool, 0, CHUNK));
	spool_free(&spool);
}

static void test_the_first_mib_needs_no_file(void)
{
	struct spool spool = { 0 };

	while (spool.length + CHUNK <= SPOOL_MEMORY)
		CHECK(append(&spool));
	CHECK(spool_append(&spool, chunk, (size_t)(SPOOL_MEMORY - spool.length)));
	CHECK(!spool.filed);
	CHECK(spool_append(&spool, chunk, 1) && spool.filed);
	spool_free(&spool);
}

static void test_the_file_has_no_name_and_is_private(const char *dir)
{
	struct spool spool = { 0 };
	struct stat about;

	while (!spool.filed)
		CHECK(append(&spool));
	CHECK_INT(files_in(dir), 0);
	CHECK(!fstat(spool.fd, &about));
	CHECK_INT(about.st_mode & 07777, 0600);
	CHECK_INT(about.st_nlink, 0);
	CHECK(fcntl(spool.fd, F_GETFD) & FD_CLOEXEC);
	spool_free(&spool);
}

static void test_a_descriptor_that_is_anothers_is_left_alone(void)
{
	struct spool spool = { 0 };
	int other, number;

	while (!spool.filed)
		CHECK(append(&spool));
	number = spool.fd;
	other = open("/dev/null", O_RDWR);
	CHECK(dup2(other, number) == number);
	CHECK(!append(&spool) && errno == EBADF);
	CHECK(!holds(&spool, SPOOL_MEMORY, 1));
	CHECK(holds(&spool, 0, CHUNK));
	spool_free(&spool);
	CHECK(!close(number));
	close(other);
}

/* A daemon that has closed its standard output still prints. */
static void test_no_standard_stream_becomes_the_file(void)
{
	struct spool spool = { 0 };
	int saved = dup(STDIN_FILENO);

	close(STDIN_FILENO);
	while (!spool.filed)
		CHECK(append(&spool));
	CHECK(spool.fd > STDERR_FILENO && (fcntl(spool.fd, F_GETFD) & FD_CLOEXEC));
	CHECK(fcntl(STDIN_FILENO, F_GETFD) < 0);
	spool_free(&spool);
	if (saved >= 0)
		dup2(saved, STDIN_FILENO);
	close(saved);
}

static void test_a_file_that_may_not_grow_kills_nobody(void)
{
	struct rlimit before, small = { 64 * 1024, 64 * 1024 };
	struct spool spool = { 0 };
	int64_t kept;

	CHECK(!getrlimit(RLIMIT_FSIZE, &before));
	small.rlim_max = before.rlim_max;
	CHECK(!setrlimit(RLIMIT_FSIZE, &small));
	while (append(&spool))
		;
	CHECK_INT(errno, EFBIG);
	kept = spool.length;
	CHECK(kept && holds(&spool, kept - CHUNK, CHUNK));
	CHECK(!setrlimit(RLIMIT_FSIZE, &before));
	spool_free(&spool);
}

static void test_no_descriptor_is_left(void)
{
	struct rlimit before, none;
	struct spool spool = { 0 };

	CHECK(!getrlimit(RLIMIT_NOFILE, &before));
	none = before;
	none.rlim_cur = 0;
	CHECK(!setrlimit(RLIMIT_NOFILE, &none));
	while (append(&spool))
		;
	CHECK_INT(errno, EMFILE);
	CHECK(holds(&spool, 0, CHUNK));
	CHECK(!setrlimit(RLIMIT_NOFILE, &before));
	CHECK(append(&spool));
	spool_free(&spool);
}

static void test_a_folder_that_is_not_there(void)
{
	struct spool spool = { 0 };

	setenv("TMPDIR", "/nowhere", 1);
	while (append(&spool))
		;
	CHECK_INT(errno, ENOENT);
	spool_free(&spool);
}

static void test_never_in_shared_memory(void)
{
	struct stat about, shm, root;
	struct spool spool = { 0 };

	if (stat("/dev/shm", &shm) || stat("/", &root) || shm.st_dev == root.st_dev)
		return;
	setenv("TMPDIR", "/dev/shm", 1);
	while (!spool.filed)
		CHECK(append(&spool));
	CHECK(!fstat(spool.fd, &about) && about.st_dev != shm.st_dev);
	spool_free(&spool);
}

int main(void)
{
	char dir[] = "/tmp/unit_spool-XXXXXX";

	CHECK(mkdtemp(dir) != NULL);
	setenv("TMPDIR", dir, 1);
	test_what_goes_in_comes_out();
	test_the_first_mib_needs_no_file();
	test_the_file_has_no_name_and_is_private(dir);
	test_a_descriptor_that_is_anothers_is_left_alone();
	test_no_standard_stream_becomes_the_file();
	test_a_file_that_may_not_grow_kills_nobody();
	test_no_descriptor_is_left();
	CHECK_INT(files_in(dir), 0);
	CHECK(!rmdir(dir));
	test_a_folder_that_is_not_there();
	test_never_in_shared_memory();
	return check_done("unit_spool");
}
