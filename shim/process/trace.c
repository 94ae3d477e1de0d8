/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "sink.h"

/* Set by the first line that could not be written: the next ones are tried, but nobody is told. */
static atomic_bool failed;

/*
 * O_CREAT makes the kernel lock the folder, also where the file is there already. Only the user may
 * read it: a trace knows more than a log.
 */
static int open_trace(const char *path)
{
	const int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	int fd = open(path, flags);

	return fd >= 0 || errno != ENOENT ? fd : open(path, flags | O_CREAT, 0600);
}

/* Returns 0, or an errno. */
static int append(const char *path, const char *line, size_t length)
{
	int fd = open_trace(path);
	int error = 0;

	if (fd < 0)
		return errno;
	errno = 0;
	if (!sink_own(fd, line, length))
		error = errno ? errno : ENOSPC;
	close(fd);
	return error;
}

bool trace_write(const struct policy *policy, const struct trace_attempt *attempt, int *reason)
{
	int saved = errno;
	size_t length = 0;
	char *line = trace_line(attempt, &length);

	*reason = line ? append(policy->trace, line, length) : ENOMEM;
	free(line);
	errno = saved;
	return !*reason || atomic_exchange(&failed, true);
}
