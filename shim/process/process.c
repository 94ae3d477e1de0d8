/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "libcurl/libc.h"
#include "ledgers.h"
#include "log.h"
#include "policies.h"

extern char **environ;

/*
 * While the policy is loaded, the number of the process that does: one forked meanwhile loads its
 * own.
 */
enum { NOT_LOADED = 0, ACTIVE = -1, INERT = -2 };

static atomic_int state;

static atomic_uint_least64_t transfers;

/*
 * libc's own, past libraries that fake it: by a clock that stands still a wait would never end.
 * Set before the policy is published.
 */
static _Atomic(int (*)(clockid_t, struct timespec *)) read_clock = clock_gettime;

/* From the kernel, before the policy is published; 0: it gave none. */
static atomic_uint_least64_t entropy;

/* Where the log goes, as far as that is set well, wherever the bad setting stood. */
static void report(const struct policy *policy, const struct policy_problem *problem)
{
	struct log_event event = {
		.kind = LOG_BAD_POLICY,
		.problem = problem->text,
		.delay_ms = -1,
		.retry_after_ms = -1,
		.elapsed_ms = -1,
		.bytes_kept = -1,
	};

	log_event(policy, &event);
}

/*
 * At the first call and not for each draw: a sandbox that the program enters later may forbid it.
 */
static void draw_entropy(void)
{
	uint64_t bits;

	if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) == sizeof(bits))
		atomic_store_explicit(&entropy, bits, memory_order_relaxed);
}

static void find_clock(void)
{
	void *libc = libc_loaded("libc.so.6");
	void *found = libc ? libc_dlsym(libc, "clock_gettime", NULL) : NULL;

	if (found)
		atomic_store_explicit(&read_clock, found, memory_order_relaxed);
}

/* What it takes is too much for a thread's stack that may be small. */
struct loading {
	struct policy policy;
	struct policy_problem problem;
	char path[PATH_MAX];
};

static int load(void)
{
	struct loading *loading;
	bool active;

	if (getauxval(AT_SECURE) || !libc_is_ours() || !(loading = malloc(sizeof(*loading))))
		return INERT;
	draw_entropy();
	find_clock();
	active = policies_load(environ, log_program(loading->path, sizeof(loading->path)),
			       &loading->policy, &loading->problem);
	if (loading->problem.text[0])
		report(&loading->policy, &loading->problem);
	if (active && strcmp(loading->policy.ledger, "off"))
		ledgers_prepare(loading->policy.ledger);
	free(loading);
	return active ? ACTIVE : INERT;
}

/* By the first thread; the others wait for it, which takes as long as a small file to read. */
static int load_once(void)
{
	int saved = errno;
	int pid = (int)getpid();
	int now = NOT_LOADED;

	while (now >= 0) {
		if (now == pid) {
			sched_yield();
			now = atomic_load_explicit(&state, memory_order_acquire);
		} else if (atomic_compare_exchange_strong_explicit(
				   &state, &now, pid, memory_order_acq_rel, memory_order_acquire)) {
			now = load();
			atomic_store_explicit(&state, now, memory_order_release);
		}
	}
	errno = saved;
	return now;
}

bool process_is_inert(void)
{
	int now = atomic_load_explicit(&state, memory_order_acquire);

	return (now < 0 ? now : load_once()) == INERT;
}

static struct timespec monotonic(void)
{
	struct timespec now;

	atomic_load_explicit(&read_clock, memory_order_relaxed)(CLOCK_MONOTONIC, &now);
	return now;
}

int64_t process_now(void)
{
	struct timespec now = monotonic();

	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t process_next_transfer(void)
{
	return atomic_fetch_add_explicit(&transfers, 1, memory_order_relaxed) + 1;
}

/* The output function of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
static uint64_t mix(uint64_t x)
{
	x += UINT64_C(0x9E3779B97F4A7C15);
	x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
	return x ^ (x >> 31);
}

uint64_t process_random(const struct policy *policy, uint64_t transfer, int attempt)
{
	struct timespec now = monotonic();
	uint64_t bits;

	if (policy->seeded)
		return mix(mix(policy->seed ^ mix(transfer)) + (uint64_t)attempt);
	/*
	 * The clock and the process tell a forked child's draws from its parent's and from its
	 * brothers'.
	 */
	bits = mix(atomic_load_explicit(&entropy, memory_order_relaxed) ^
		   mix((uint64_t)now.tv_nsec));
	return mix(mix(bits ^ mix((uint64_t)getpid()) ^ (uint64_t)now.tv_sec) ^ mix(transfer));
}
