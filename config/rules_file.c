/* SPDX-License-Identifier: MIT */
#include "rules_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "line.h"

/* A longer one's changes are not waited for. */
#define FOLDER_MAX 256

static int64_t nanoseconds(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

static void take_version(struct rules_version *version, const struct stat *about)
{
	*version = (struct rules_version){
		.presence = RULES_PRESENT,
		.device = about->st_dev,
		.inode = about->st_ino,
		.size = about->st_size,
		.modified_ns = nanoseconds(&about->st_mtim),
		.changed_ns = nanoseconds(&about->st_ctim),
	};
}

static bool is_absent(int error)
{
	return error == ENOENT || error == ENOTDIR;
}

void rules_version(struct rules_version *version, const char *file)
{
	int saved = errno;
	struct stat about;

	*version = (struct rules_version){ .presence = RULES_ABSENT };
	if (!strcmp(file, RULES_NO_FILE))
		return;
	if (!stat(file, &about))
		take_version(version, &about);
	else if (!is_absent(errno))
		version->presence = RULES_HIDDEN;
	errno = saved;
}

bool rules_version_equal(const struct rules_version *a, const struct rules_version *b)
{
	if (a->presence != RULES_PRESENT || b->presence != RULES_PRESENT)
		return a->presence == b->presence;
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->modified_ns == b->modified_ns && a->changed_ns == b->changed_ns;
}

/* Of FILE's folder. */
static int64_t folder_changed(const char *file)
{
	const char *slash = strrchr(file, '/');
	char folder[FOLDER_MAX] = ".";
	struct stat about;

	if (slash && slash - file >= FOLDER_MAX - 1)
		return INT64_MIN;
	if (slash)
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - file + 1), file);
	return stat(folder, &about) ? INT64_MIN : nanoseconds(&about.st_mtim);
}

int64_t rules_written(const char *file, const struct rules_version *version)
{
	int saved = errno;
	int64_t written = version->presence == RULES_PRESENT ? version->modified_ns :
			  version->presence == RULES_ABSENT  ? folder_changed(file) :
							       INT64_MIN;

	errno = saved;
	return written;
}

static void tell(struct policy_problem *problem, const char *file, const char *what)
{
	struct line line = line_begin(problem->text, sizeof(problem->text));

	line_add(&line, "%.255s: %s", file, what);
}

/* What may pass, so that the file is to be opened again. */
static bool is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM || error == EINTR;
}

static enum rules_state tell_of_open(struct policy_problem *problem, const char *file, int error)
{
	if (is_absent(error)) {
		if (strcmp(file, RULES_FILE) != 0)
			tell(problem, file,
			     "there is no such file (allowed: a file of settings, or none)");
		return RULES_NONE;
	}
	if (error == EACCES || error == EPERM) {
		tell(problem, file, "this user may not read it");
		return RULES_FORBIDDEN;
	}
	if (is_shortage(error)) {
		tell(problem, file, "no descriptor or no memory is left to read it");
		return RULES_UNREAD;
	}
	tell(problem, file,
	     error == ELOOP ? "its symbolic links form a loop" : "it cannot be opened");
	return RULES_WRONG;
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

/* Whether the file of that VERSION has not been written since. */
static bool is_still(int fd, const struct rules_version *version)
{
	struct rules_version now;
	struct stat about;

	if (fstat(fd, &about))
		return false;
	take_version(&now, &about);
	return rules_version_equal(&now, version);
}

static enum rules_state read_text(int fd, const char *file, char *text, struct rules **rules,
				  struct policy_problem *problem)
{
	ssize_t length = read_all(fd, text);

	if (length < 0) {
		tell(problem, file, "it cannot be read");
		return RULES_WRONG;
	}
	*rules = rules_parse(text, (size_t)length, file, problem);
	return !*rules ? RULES_UNREAD : problem->text[0] ? RULES_WRONG : RULES_READ;
}

static enum rules_state read_open(int fd, const char *file, struct rules_version *version,
				  struct rules **rules, struct policy_problem *problem)
{
	enum rules_state state = RULES_WRONG;
	struct stat about;
	char *text;

	if (fstat(fd, &about)) {
		tell(problem, file, "it cannot be read");
		return state;
	}
	take_version(version, &about);
	if (!is_usable(&about, file, problem))
		return state;
	text = malloc(RULES_SIZE_MAX + 1);
	state = text ? read_text(fd, file, text, rules, problem) : RULES_UNREAD;
	free(text);
	if (state == RULES_UNREAD)
		tell(problem, file, "no memory is left to read it");
	return is_still(fd, version) ? state : RULES_UNREAD;
}

struct rules *rules_read(const char *file, struct rules_version *version, enum rules_state *state,
			 struct policy_problem *problem)
{
	int saved = errno;
	struct rules *rules = NULL;
	int fd;

	*version = (struct rules_version){ .presence = RULES_ABSENT };
	*state = RULES_NONE;
	problem->text[0] = '\0';
	if (!strcmp(file, RULES_NO_FILE))
		return NULL;
	/* A FIFO would keep the program waiting. */
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		*state = tell_of_open(problem, file, errno);
		rules_version(version, file);
	} else {
		*state = read_open(fd, file, version, &rules, problem);
		close(fd);
	}
	errno = saved;
	return rules;
}

struct rules *rules_read_first(const char *file, struct rules_version *version,
			       struct policy_problem *problem)
{
	enum rules_state state;
	struct rules *rules = rules_read(file, version, &state, problem);

	if (state == RULES_FORBIDDEN && !strcmp(file, RULES_FILE))
		problem->text[0] = '\0';
	return rules;
}
