/* SPDX-License-Identifier: MIT */
#include "ledgers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "config/policy.h"
#include "ledger/segment.h"

#define LEDGERS 4
#define USER_EVERY_MS 1000	/* a process may give its user's rights up */

/*
 * While a ledger is opened, the number of the process that does: one forked meanwhile tries anew.
 */
enum { FREE = 0, OPEN = -1, REFUSED = -2 };

/* Taken in their order, and never given back. */
static struct {
	atomic_int state;
	/* written before the state says OPEN or REFUSED */
	uid_t user;
	char name[POLICY_NAME_MAX];
	struct ledger *ledger;	/* NULL: refused, for this error */
	int error;
} ledgers[LEDGERS];

static atomic_uint user;
static atomic_int_least64_t user_asked;	/* when; in ms */
static atomic_bool filtered;		/* system calls were, when we were loaded */
static atomic_bool told;

/* The number of filters that /proc tells of, or -1. */
static long count_filters(const char *status)
{
	static const char field[] = "\nSeccomp_filters:";
	char text[4096];
	int fd = open(status, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	const char *found;

	if (fd >= 0)
		close(fd);
	text[length > 0 ? length : 0] = '\0';
	found = strstr(text, field);
	return found ? strtol(found + sizeof(field) - 1, NULL, 10) : -1;
}

static bool is_filtered(void)
{
	return prctl(PR_GET_SECCOMP) != 0;
}

/*
 * A container's filter answers what it forbids with an error; its first process has it, too. Of
 * any other it must be feared that it kills.
 */
static bool is_filter_of_container(void)
{
	long own = count_filters("/proc/self/status");

	return own > 0 && own == count_filters("/proc/1/status");
}

/* Of short names, for each transfer: a call of strcmp would cost more than its work. */
static bool is_same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static inline bool is_for(int i, const char *name, uid_t acting)
{
	int state = atomic_load_explicit(&ledgers[i].state, memory_order_acquire);

	return (state == OPEN || state == REFUSED) && ledgers[i].user == acting &&
	       is_same(ledgers[i].name, name);
}

/* -1: there is none. */
static int find(const char *name, uid_t acting)
{
	for (int i = 0; i < LEDGERS; i++) {
		if (is_for(i, name, acting))
			return i;
	}
	return -1;
}

/* -1: all are taken, or another thread is at it. */
static int take(void)
{
	int pid = (int)getpid();

	for (int i = 0; i < LEDGERS; i++) {
		int state = atomic_load_explicit(&ledgers[i].state, memory_order_relaxed);

		if (state == pid)
			return -1;
		if (state >= FREE)
			return atomic_compare_exchange_strong(&ledgers[i].state, &state, pid) ? i :
												-1;
	}
	return -1;
}

/* What the system refuses, or may answer with a kill, is remembered and not tried again. */
static int open_ledger(const char *name, uid_t acting, bool allowed)
{
	int i = take();

	if (i < 0)
		return -1;
	ledgers[i].user = acting;
	strcpy(ledgers[i].name, name);
	ledgers[i].error = EPERM;
	if (allowed)
		ledgers[i].ledger = segment_open(name, true, &ledgers[i].error);
	atomic_store_explicit(&ledgers[i].state, ledgers[i].ledger ? OPEN : REFUSED,
			      memory_order_release);
	return i;
}

static uid_t acting_user(int64_t now)
{
	int64_t asked = atomic_load_explicit(&user_asked, memory_order_relaxed);

	if (now - asked >= USER_EVERY_MS || now < asked) {
		atomic_store_explicit(&user_asked, now, memory_order_relaxed);
		atomic_store_explicit(&user, geteuid(), memory_order_relaxed);
	}
	return atomic_load_explicit(&user, memory_order_relaxed);
}

void ledgers_prepare(const char *name)
{
	bool filters = is_filtered();

	atomic_store(&filtered, filters);
	if (filters)
		open_ledger(name, geteuid(), is_filter_of_container());
}

/* The first transfer's, and all where it is not the first ledger that is wanted. */
static __attribute__((noinline)) struct ledger *get_or_open(const char *name, uid_t acting,
							    int *problem)
{
	int i = find(name, acting);

	if (i < 0)
		i = open_ledger(name, acting,
				atomic_load(&filtered) ? is_filter_of_container() : !is_filtered());
	if (i < 0)
		return NULL;
	if (!ledgers[i].ledger && !atomic_exchange(&told, true))
		*problem = ledgers[i].error;
	return ledgers[i].ledger;
}

struct ledger *ledgers_get(const char *name, int64_t now, int *problem)
{
	uid_t acting = acting_user(now);

	*problem = 0;
	return is_for(0, name, acting) && ledgers[0].ledger ? ledgers[0].ledger :
							      get_or_open(name, acting, problem);
}
