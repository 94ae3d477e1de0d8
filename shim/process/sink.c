/* SPDX-License-Identifier: MIT */
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* The kernel's; musl's headers have it since 1.2.5. */
#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8
#endif

/* What standard error was when we were loaded; written once, before the program has a thread. */
static struct {
	bool open;
	dev_t device;
	ino_t inode;
} standard_error;

/* systemd-journald's sockets, those of its namespaces too. */
static bool is_journal(int fd)
{
	static const char journal[] = "/run/systemd/journal";
	struct sockaddr_un peer = { 0 };
	socklen_t length = sizeof(peer);

	return !getpeername(fd, (struct sockaddr *)&peer, &length) && peer.sun_family == AF_UNIX &&
	       !strncmp(peer.sun_path, journal, sizeof(journal) - 1);
}

static bool is_same(int fd, const struct stat *file)
{
	struct stat about;

	return !fstat(fd, &about) && about.st_dev == file->st_dev && about.st_ino == file->st_ino;
}

/* Whether the socket that is standard error is one that the program speaks with somebody by. */
static bool is_conversation(const struct stat *socket)
{
	return is_same(STDIN_FILENO, socket) ||
	       (is_same(STDOUT_FILENO, socket) && !is_journal(STDERR_FILENO));
}

/*
 * Not through libc: ld.so would look the function up, in each process of the machine, which takes
 * longer than the call. The kernel's struct stat is libc's on both machines.
 */
static long ask_kernel(long fd, struct stat *about)
{
#if defined(__x86_64__)
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"((long)SYS_fstat), "D"(fd), "S"(about)
			 : "rcx", "r11", "memory");
	return result;
#else
	register long number __asm__("x8") = SYS_fstat;
	register long first __asm__("x0") = fd;
	register struct stat *second __asm__("x1") = about;

	__asm__ volatile("svc 0" : "+r"(first) : "r"(number), "r"(second) : "memory");
	return first;
#endif
}

/* A privileged process (AT_SECURE) never comes to log. */
__attribute__((constructor)) void sink_init(void)
{
	struct stat about = { .st_mode = 0 };

	standard_error.open = !ask_kernel(STDERR_FILENO, &about) &&
			      (!S_ISSOCK(about.st_mode) || !is_conversation(&about));
	if (standard_error.open) {
		standard_error.device = about.st_dev;
		standard_error.inode = about.st_ino;
	}
}

/*
 * SIGPIPE: the reader has gone. SIGXFSZ: the file may not grow. SIGTTOU: a terminal refuses its
 * background.
 */
static const int signals[] = { SIGPIPE, SIGXFSZ, SIGTTOU };
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

/* Of these those that do not wait for the program already: only one that was BLOCKED can. */
static sigset_t not_pending(const sigset_t *blocked)
{
	sigset_t set, pending;
	bool asked = false;

	sigemptyset(&set);
	for (size_t i = 0; i < SIGNALS; i++) {
		if (!asked && sigismember(blocked, signals[i])) {
			sigpending(&pending);
			asked = true;
		}
		if (!sigismember(blocked, signals[i]) || !sigismember(&pending, signals[i]))
			sigaddset(&set, signals[i]);
	}
	return set;
}

/*
 * Splicing is the one way on any Linux to fill a pipe without waiting that asks for no right to
 * open it.
 */
static ssize_t splice_to_pipe(int fd, const char *text, size_t length)
{
	ssize_t moved = -1;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -1;
	if (write(ends[1], text, length) == (ssize_t)length)
		moved = splice(ends[0], NULL, fd, NULL, length, SPLICE_F_NONBLOCK);
	close(ends[0]);
	close(ends[1]);
	return moved;
}

/* Another writer may fill it between a poll and a write. Pipes know RWF_NOWAIT since Linux 6.5. */
static ssize_t write_to_pipe(int fd, const char *text, size_t length)
{
	struct iovec part = { (void *)text, length };
	ssize_t written = syscall(SYS_pwritev2, fd, &part, 1L, -1L, -1L, RWF_NOWAIT);

	if (written >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL))
		return written;
	return splice_to_pipe(fd, text, length);
}

/*
 * By a description of our own, as O_NONBLOCK would be the program's, too. Who may not open the
 * terminal (after su) asks whether it takes text: it does not while it is stopped.
 */
static ssize_t write_to_device(int fd, const char *text, size_t length)
{
	int own = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct pollfd ready = { .fd = fd, .events = POLLOUT };
	ssize_t written;

	if (own < 0)
		return poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) ?
			       write(fd, text, length) :
			       -1;
	written = write(own, text, length);
	close(own);
	return written;
}

static ssize_t write_to_socket(int fd, const char *text, size_t length)
{
	return send(fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static ssize_t write_to_file(int fd, const char *text, size_t length)
{
	return write(fd, text, length);
}

typedef ssize_t writer(int fd, const char *text, size_t length);

/*
 * Signals that a write raises go to the thread that writes: they are held back, and taken out if
 * they are ours. sigprocmask() is the thread's own on Linux; pthread_sigmask() is not in libc
 * before glibc 2.32. A terminal takes the text of a thread that holds SIGTTOU back.
 */
static bool write_with(writer *write_to, int fd, const char *text, size_t length)
{
	static const struct timespec at_once;
	sigset_t held, ours, before;
	ssize_t written;
	int error;

	sigemptyset(&held);
	for (size_t i = 0; i < SIGNALS; i++)
		sigaddset(&held, signals[i]);
	sigprocmask(SIG_BLOCK, &held, &before);
	ours = not_pending(&before);
	do {
		written = write_to(fd, text, length);
	} while (written < 0 && errno == EINTR);
	error = errno;
	if (written != (ssize_t)length) {
		while (sigtimedwait(&ours, NULL, &at_once) > 0 || errno == EINTR)
			;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return written == (ssize_t)length;
}

static writer *writer_for(mode_t mode)
{
	return S_ISFIFO(mode) ? write_to_pipe :
	       S_ISSOCK(mode) ? write_to_socket :
	       S_ISCHR(mode)  ? write_to_device :
				write_to_file;
}

bool sink_standard_error(const char *text, size_t length)
{
	struct stat about;

	if (!standard_error.open || fstat(STDERR_FILENO, &about) ||
	    about.st_dev != standard_error.device || about.st_ino != standard_error.inode ||
	    (S_ISSOCK(about.st_mode) && is_conversation(&about)))
		return true;
	return write_with(writer_for(about.st_mode), STDERR_FILENO, text, length);
}

bool sink_own(int fd, const char *text, size_t length)
{
	return write_with(write_to_file, fd, text, length);
}
