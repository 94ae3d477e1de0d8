/* SPDX-License-Identifier: MIT */
#include "rules_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "line.h"

static int64_t nanoseconds(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

static void take_version(struct rules_version *version, const struct stat *about)
{
	*version = (struct rules_version){
		.exists = true,
		.device = about->st_dev,
		.inode = about->st_ino,
		.size = about->st_size,
		.modified_ns = nanoseconds(&about->st_mtim),
		.changed_ns = nanoseconds(&about->st_ctim),
	};
}

void rules_version(struct rules_version *version, const char *file)
{
	int saved = errno;
	struct stat about;

	*version = (struct rules_version){ .exists = false };
	if (!stat(file, &about))
		take_version(version, &about);
	errno = saved;
}

bool rules_version_equal(const struct rules_version *a, const struct rules_version *b)
{
	if (!a->exists || !b->exists)
		return a->exists == b->exists;
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->modified_ns == b->modified_ns && a->changed_ns == b->changed_ns;
}

static void tell(struct policy_problem *problem, const char *file, const char *what)
{
	struct line line = line_begin(problem->text, sizeof(problem->text));

	line_add(&line, "%.255s: %s", file, what);
}

static bool may_be_missing(const char *file, int error)
{
	bool standard = !strcmp(file, RULES_FILE);

	return standard &&
	       (error == ENOENT || error == ENOTDIR || error == EACCES || error == EPERM);
}

static void tell_of_open(struct policy_problem *problem, const char *file, int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		tell(problem, file, "there is no such file (allowed: a file of settings, or none)");
		break;
	case EACCES:
	case EPERM:
		tell(problem, file, "this user may not read it");
		break;
	case ELOOP:
		tell(problem, file, "its symbolic links form a loop");
		break;
	default:
		tell(problem, file, "it cannot be opened");
	}
}

/* What another user can write, he could use to steer root's programs. */
static bool is_trusted(const struct stat *about)
{
	return geteuid() != 0 || (about->st_uid == 0 && !(about->st_mode & S_IWOTH) &&
				  (about->st_gid == 0 || !(about->st_mode & S_IWGRP)));
}

static bool is_usable(const struct stat *about, const char *file, struct policy_problem *problem)
{
	if (!S_ISREG(about->st_mode))
		tell(problem, file, "it is not a regular file");
	else if (!is_trusted(about))
		tell(problem, file, "another user may write it, and this process is root's "
				    "(allowed: owner root, mode 0644)");
	else
		return true;
	return false;
}

/* Up to a byte more than a file may have. Returns the length; -1: it cannot be read. */
static ssize_t read_all(int fd, char *text)
{
	size_t length = 0;

	while (length <= RULES_SIZE_MAX) {
		ssize_t n = read(fd, text + length, RULES_SIZE_MAX + 1 - length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n)
			break;
		length += (size_t)n;
	}
	return (ssize_t)length;
}

static struct rules *read_open(int fd, const char *file, bool *whole,
			       struct policy_problem *problem)
{
	struct rules *rules = NULL;
	char *text = malloc(RULES_SIZE_MAX + 1);
	ssize_t length;

	if (!text)
		return NULL;
	length = read_all(fd, text);
	if (length < 0) {
		tell(problem, file, "it cannot be read");
	} else {
		*whole = length > 0 && text[length - 1] == '\n';
		rules = rules_parse(text, (size_t)length, file, problem);
	}
	free(text);
	return rules;
}

struct rules *rules_read(const char *file, struct rules_version *version, bool *whole,
			 struct policy_problem *problem)
{
	int saved = errno;
	struct rules *rules = NULL;
	struct stat about;
	int fd;

	*version = (struct rules_version){ .exists = false };
	*whole = true;
	problem->text[0] = '\0';
	if (!strcmp(file, RULES_NO_FILE))
		return NULL;
	/* A FIFO would keep the program waiting. */
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		rules_version(version, file);
		if (!may_be_missing(file, errno))
			tell_of_open(problem, file, errno);
	} else {
		if (fstat(fd, &about)) {
			tell(problem, file, "it cannot be read");
		} else {
			take_version(version, &about);
			if (is_usable(&about, file, problem))
				rules = read_open(fd, file, whole, problem);
		}
		close(fd);
	}
	errno = saved;
	return rules;
}
