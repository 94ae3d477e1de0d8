/* SPDX-License-Identifier: MIT */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

/* What standard error was at the first libcurl call; written before the policy is published. */
static struct {
	atomic_bool open;
	_Atomic(dev_t) device;
	_Atomic(ino_t) inode;
} standard_error;

/*
 * The program's name once it is read: a sandbox that the program enters later may forbid to read it.
 * Whoever is first to set "taken" writes it, and then sets "known".
 */
static struct {
	atomic_bool taken;
	atomic_bool known;
	char name[NAME_MAX + 1];
} executable;

/* Set by the first line that could not go to the log's file. */
static atomic_bool file_failed;

void log_init(void)
{
	struct stat about;

	if (fstat(STDERR_FILENO, &about))
		return;
	standard_error.device = about.st_dev;
	standard_error.inode = about.st_ino;
	standard_error.open = true;
}

static bool is_local_socket(int fd)
{
	int domain = AF_UNSPEC;
	socklen_t length = sizeof(domain);

	return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) && domain == AF_UNIX;
}

/*
 * A program that has closed its standard error may get descriptor 2 back as a
 * file or a connection of its own. What was there from the start is trusted;
 * what is there later must look like a log.
 */
static bool is_standard_error(void)
{
	struct stat about;
	int flags = fcntl(STDERR_FILENO, F_GETFL);

	if (!standard_error.open || flags < 0 || (flags & O_ACCMODE) == O_RDONLY ||
	    fstat(STDERR_FILENO, &about))
		return false;
	if (about.st_dev == standard_error.device && about.st_ino == standard_error.inode)
		return true;
	if (S_ISREG(about.st_mode))
		return (flags & O_APPEND) && (flags & O_ACCMODE) == O_WRONLY;
	if (S_ISSOCK(about.st_mode))
		return is_local_socket(STDERR_FILENO);
	/* Of devices a terminal only: text would be a command to some. */
	return S_ISFIFO(about.st_mode) || isatty(STDERR_FILENO);
}

static bool write_once(int fd, const char *line, size_t length)
{
	ssize_t written;

	do {
		written = write(fd, line, length);
	} while (written < 0 && errno == EINTR);
	return written >= 0;
}

static const int deadly[] = { SIGPIPE, SIGXFSZ };
#define DEADLY (sizeof(deadly) / sizeof(deadly[0]))

/* Of the deadly signals those that do not wait for the program already: only one that was BLOCKED can. */
static sigset_t not_pending(const sigset_t *blocked)
{
	sigset_t set, pending;
	bool asked = false;

	sigemptyset(&set);
	for (size_t i = 0; i < DEADLY; i++) {
		if (!asked && sigismember(blocked, deadly[i])) {
			sigpending(&pending);
			asked = true;
		}
		if (!sigismember(blocked, deadly[i]) || !sigismember(&pending, deadly[i]))
			sigaddset(&set, deadly[i]);
	}
	return set;
}

/*
 * A reader that has gone away (SIGPIPE) or a file that may not grow (SIGXFSZ)
 * must not kill the program: both are held back, and taken out if they are
 * ours. They go to the thread that writes, and sigprocmask() is the thread's
 * own on Linux; pthread_sigmask() is not in libc before glibc 2.32.
 */
static void write_safely(int fd, const char *line, size_t length)
{
	static const struct timespec at_once;
	sigset_t held, ours, before;

	sigemptyset(&held);
	for (size_t i = 0; i < DEADLY; i++)
		sigaddset(&held, deadly[i]);
	sigprocmask(SIG_BLOCK, &held, &before);
	ours = not_pending(&before);
	if (!write_once(fd, line, length)) {
		while (sigtimedwait(&ours, NULL, &at_once) > 0 || errno == EINTR)
			;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static void write_standard_error(const char *line, size_t length)
{
	if (is_standard_error())
		write_safely(STDERR_FILENO, line, length);
}

/* Once a process. */
static void complain(const char *path, int error)
{
	char complaint[POLICY_LIST_MAX + 128];
	int length;

	if (atomic_exchange(&file_failed, true))
		return;
	length = snprintf(complaint, sizeof(complaint),
			  "curlretry: cannot open the log %s: error %d; logging to standard error\n",
			  path, error);
	write_standard_error(complaint, (size_t)length);
}

static void write_file(const char *path, const char *line, size_t length)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);

	if (fd < 0) {
		complain(path, errno);
		write_standard_error(line, length);
		return;
	}
	write_safely(fd, line, length);
	close(fd);
}

static int syslog_severity(const struct log_event *event)
{
	return event->kind == LOG_BAD_POLICY ? LOG_ERR :
	       event->kind == LOG_TRANSFER   ? LOG_DEBUG :
					       LOG_WARNING;
}

static int syslog_socket(int type, const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

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
static void write_syslog(const struct log_event *event, const struct log_origin *origin,
			 const char *line, size_t length)
{
	static const struct sockaddr_un address = { AF_UNIX, "/dev/log" };
	char datagram[LOG_TAG_MAX + LOG_LINE_MAX];
	size_t n = log_tag(datagram, LOG_USER | syslog_severity(event), origin);
	int fd;

	memcpy(datagram + n, line, length);
	n += length;
	datagram[n] = '\0';
	fd = syslog_socket(SOCK_DGRAM, &address);
	if (fd < 0 && errno == EPROTOTYPE) {
		/* On a stream, a NUL ends the message. */
		fd = syslog_socket(SOCK_STREAM, &address);
		n++;
	}
	if (fd < 0)
		return;
	/* A full socket must not keep the program waiting. */
	(void)send(fd, datagram, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

static enum policy_log_level level_of(enum log_kind kind)
{
	return kind == LOG_BAD_POLICY ? LEVEL_ERROR : kind == LOG_TRANSFER ? LEVEL_DEBUG : LEVEL_WARN;
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

static void write_event(const struct policy *policy, const struct log_event *event)
{
	char path[1024];
	char line[LOG_LINE_MAX];
	struct log_origin origin = {
		.pid = (int)getpid(),
		.program = log_program(path, sizeof(path)),
	};
	size_t length;

	clock_gettime(CLOCK_REALTIME, &origin.now);
	length = policy->log_format == FORMAT_JSON ? log_json(line, event, &origin) :
						     log_text(line, event);
	if (policy->log_sink == SINK_SYSLOG) {
		write_syslog(event, &origin, line, length);
		return;
	}
	line[length++] = '\n';
	if (policy->log_sink == SINK_FILE)
		write_file(policy->log_path, line, length);
	else
		write_standard_error(line, length);
}

void log_event(const struct policy *policy, const struct log_event *event)
{
	int saved = errno;

	if (policy->log_sink != SINK_NONE && level_of(event->kind) <= policy->log_level)
		write_event(policy, event);
	errno = saved;
}
