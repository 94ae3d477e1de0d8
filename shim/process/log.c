/* SPDX-License-Identifier: MIT */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "sink.h"

/*
 * The program's name once it is read: a sandbox that the program enters later may forbid to read
 * it. Whoever is first to set "taken" writes it, and then sets "known".
 */
static struct {
	atomic_bool taken;
	atomic_bool known;
	char name[NAME_MAX + 1];
} executable;

/* Set by the first line that could not go to the log's file. */
static atomic_bool file_failed;

/* Lines that could not be written, and that no later line has told of yet. */
static atomic_uint dropped;

static int syslog_severity(const struct log_event *event)
{
	return event->kind == LOG_BAD_POLICY ? LOG_ERR :
	       event->kind == LOG_TRANSFER || event->kind == LOG_NO_LEDGER ? LOG_DEBUG :
					       LOG_WARNING;
}

static int daemon_socket(int type, const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address))) {
		close(fd);
		return -1;
	}
	return fd;
}

/*
 * Not by syslog(3): it keeps a descriptor, and speaks with the name and the
 * facility that the program has given to openlog. The format is RFC 3164's.
 */
static bool write_syslog(const struct log_event *event, const struct log_origin *origin, char *line,
			 size_t length)
{
	static const struct sockaddr_un address = { AF_UNIX, "/dev/log" };
	char tag[LOG_TAG_MAX];
	struct iovec parts[] = {
		{ tag, log_tag(tag, LOG_USER | syslog_severity(event), origin) },
		{ line, length },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	int fd = daemon_socket(SOCK_DGRAM, &address);
	ssize_t sent;

	if (fd < 0 && errno == EPROTOTYPE) {
		/* On a stream, a NUL ends the message. */
		fd = daemon_socket(SOCK_STREAM, &address);
		line[length] = '\0';
		parts[1].iov_len++;
	}
	if (fd < 0)
		return false;
	/* A full socket must not keep the program waiting. */
	sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
	return sent == (ssize_t)(parts[0].iov_len + parts[1].iov_len);
}

/* On the heap: twice a line is too much for a small thread's stack. */
static bool write_journal(const struct log_event *event, const struct log_origin *origin,
			  const char *line)
{
	static const struct sockaddr_un address = { AF_UNIX, "/run/systemd/journal/socket" };
	char *entry = malloc(LOG_ENTRY_MAX);
	size_t length;
	ssize_t sent;
	int fd;

	if (!entry)
		return false;
	length = log_entry(entry, line, syslog_severity(event), event, origin);
	fd = daemon_socket(SOCK_DGRAM, &address);
	sent = fd < 0 ? -1 : send(fd, entry, length, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (fd >= 0)
		close(fd);
	free(entry);
	return sent == (ssize_t)length;
}

/* Once a process; LINE is room for a line. */
static void complain(char line[LOG_LINE_MAX], const char *path, int error)
{
	int length;

	if (atomic_exchange(&file_failed, true))
		return;
	length =
		snprintf(line, LOG_LINE_MAX,
			 "curlretry: cannot open the log %s: error %d; logging to standard error\n",
			 path, error);
	(void)sink_standard_error(line, (size_t)length);
}

/* The log's file; -1: it cannot be opened, and standard error has been told so. */
static int open_log(char line[LOG_LINE_MAX], const char *path)
{
	int fd =
		open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);

	if (fd < 0)
		complain(line, path, errno);
	return fd;
}

static enum policy_log_level level_of(enum log_kind kind)
{
	return kind == LOG_BAD_POLICY ? LEVEL_ERROR :
	       kind == LOG_TRANSFER || kind == LOG_NO_LEDGER ? LEVEL_DEBUG :
					LEVEL_WARN;
}

/* Not program_invocation_short_name alone: programs change it. */
static const char *read_program(char *path, size_t size)
{
	static const char deleted[] = " (deleted)";	/* Linux adds it */
	const size_t suffix = sizeof(deleted) - 1;
	ssize_t length = readlink("/proc/self/exe", path, size - 1);
	const char *slash;

	if (length < 0 || (size_t)length == size - 1)
		return program_invocation_short_name;
	path[length] = '\0';
	if ((size_t)length > suffix && !strcmp(path + length - suffix, deleted))
		path[(size_t)length - suffix] = '\0';
	slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

const char *log_program(char *path, size_t size)
{
	const char *name;

	if (atomic_load_explicit(&executable.known, memory_order_acquire))
		return executable.name;
	name = read_program(path, size);
	if (strlen(name) < sizeof(executable.name) && !atomic_exchange(&executable.taken, true)) {
		strcpy(executable.name, name);
		atomic_store_explicit(&executable.known, true, memory_order_release);
	}
	return name;
}

const char *log_known_program(void)
{
	bool known = atomic_load_explicit(&executable.known, memory_order_acquire);

	return known ? executable.name : program_invocation_short_name;
}

/* Tells whether the line was written. */
static bool write_line(const struct policy *policy, const struct log_event *event,
		       const struct log_origin *origin)
{
	char line[LOG_LINE_MAX];
	bool to_file = policy->log_sink == SINK_FILE;
	int fd = to_file ? open_log(line, policy->log_path) : -1;
	size_t length;
	bool written;

	length = policy->log_format == FORMAT_JSON ? log_json(line, event, origin) :
						     log_text(line, event);
	if (policy->log_sink == SINK_SYSLOG)
		return write_syslog(event, origin, line, length);
	if (policy->log_sink == SINK_JOURNAL)
		return write_journal(event, origin, line);
	line[length++] = '\n';
	if (fd < 0)
		return sink_standard_error(line, length);
	written = sink_own(fd, line, length);
	close(fd);
	return written;
}

/*
 * Those dropped so far are told of first, in a line of their own. Tells whether there is room for
 * more.
 */
static bool tell_of_dropped(const struct policy *policy, const struct log_origin *origin)
{
	char problem[64];
	struct log_event event = {
		.kind = LOG_DROPPED,
		.problem = problem,
		.delay_ms = -1,
		.retry_after_ms = -1,
		.elapsed_ms = -1,
		.bytes_kept = -1,
	};
	unsigned int lines = atomic_exchange(&dropped, 0);

	if (!lines)
		return true;
	snprintf(problem, sizeof(problem), "%u line%s dropped before this one", lines,
		 lines == 1 ? "" : "s");
	if (write_line(policy, &event, origin))
		return true;
	atomic_fetch_add(&dropped, lines);
	return false;
}

static void write_event(const struct policy *policy, const struct log_event *event)
{
	struct log_origin origin = {
		.pid = (int)getpid(),
		.program = log_known_program(),
	};

	clock_gettime(CLOCK_REALTIME, &origin.now);
	if (!tell_of_dropped(policy, &origin) || !write_line(policy, event, &origin))
		atomic_fetch_add(&dropped, 1);
}

void log_event(const struct policy *policy, const struct log_event *event)
{
	int saved = errno;

	if (policy->log_sink != SINK_NONE && level_of(event->kind) <= policy->log_level &&
	    (policy->mode != MODE_OFF || event->kind == LOG_INJECTED ||
	     event->kind >= LOG_BAD_POLICY))
		write_event(policy, event);
	errno = saved;
}
