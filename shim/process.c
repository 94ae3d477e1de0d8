/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "../config/url.h"
#include "libcurl/libc.h"
#include "log.h"
#include "target.h"

extern char **environ;

/* Stands for "inert" once that is known; no policy is in force. */
static const struct policy inert = { .mode = MODE_OFF };

struct policies {
	struct policy meant;
	struct policy excluded;	/* the same, for hosts that it is not meant for */
	struct policy unknown;	/* the same, for hosts that it may not be meant for */
};

/* What loading needs room for, and a small stack has not. */
struct scratch {
	struct policy_problem problem;
	char path[PATH_MAX];
};

/*
 * Written once, by the first thread to have loaded it: the first of a struct policies, or &inert.
 */
static _Atomic(const struct policy *) active;

static atomic_uint_least64_t transfers;

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

/* Publishes POLICY unless another thread was first; tells whether it did. */
static bool publish(const struct policy *policy)
{
	const struct policy *none = NULL;

	return atomic_compare_exchange_strong_explicit(&active, &none, policy,
						       memory_order_acq_rel,
						       memory_order_acquire);
}

/* What is not to be run again must not be cut short. */
static void impose_nothing(struct policy *policy)
{
	policy->connect_timeout_ms = 0;
	policy->attempt_timeout_ms = 0;
	policy->stall_timeout_ms = 0;
}

/* Whether it is meant for some hosts only. */
static bool excludes(const struct policy *policy)
{
	return policy->hosts[0] != '*' || policy->hosts[1];
}

static void except_hosts(struct policies *policies)
{
	struct policy *unknown = &policies->unknown;

	*unknown = policies->meant;
	impose_nothing(unknown);
	unknown->idempotency_key = false;
	policies->excluded = *unknown;
	/* Nor one to which the transfer is redirected. */
	strcpy(policies->excluded.hosts, "!*");
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

/* Makes *policies of what the user has set; false: the process is to run as without us. */
static bool load_into(struct policies *policies, struct scratch *scratch)
{
	struct policy *policy = &policies->meant;
	const char *program = log_program(scratch->path, sizeof(scratch->path));

	draw_entropy();
	policy_init(policy);
	if (!policy_load(policy, POLICY_FILE, environ, &scratch->problem)) {
		if (publish(&inert))
			report(policy, &scratch->problem);
		return false;
	}
	if (policy->mode == MODE_OFF || !policy_program_matches(policy, program))
		return false;
	if (policy->mode == MODE_OBSERVE)
		impose_nothing(policy);
	if (excludes(policy))
		except_hosts(policies);
	return true;
}

static void load(void)
{
	bool inactive = getauxval(AT_SECURE) || !libc_is_glibc();
	struct policies *policies = inactive ? NULL : malloc(sizeof(*policies));
	struct scratch *scratch = inactive ? NULL : malloc(sizeof(*scratch));

	if (!policies || !scratch || !load_into(policies, scratch))
		publish(&inert);
	else if (publish(&policies->meant))
		policies = NULL;
	free(scratch);
	free(policies);
}

const struct policy *process_policy(void)
{
	const struct policy *policy = atomic_load_explicit(&active, memory_order_acquire);

	if (!policy) {
		int saved = errno;

		load();
		errno = saved;
		policy = atomic_load_explicit(&active, memory_order_acquire);
	}
	return policy == &inert ? NULL : policy;
}

bool process_excludes(const char *url)
{
	const struct policy *policy = process_policy();
	char host[TARGET_HOST_MAX];
	struct url parts;

	if (!policy || !excludes(policy))
		return false;
	url_split(&parts, url);
	url_host(host, sizeof(host), &parts);
	return !policy_host_matches(policy, host);
}

const struct policy *process_policy_for_excluded(const struct policy *policy)
{
	return &((const struct policies *)policy)->excluded;
}

const struct policy *process_policy_for_unknown(const struct policy *policy)
{
	return &((const struct policies *)policy)->unknown;
}

int64_t process_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
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
	struct timespec now;
	uint64_t bits;

	if (policy->seeded)
		return mix(mix(policy->seed ^ mix(transfer)) + (uint64_t)attempt);
	/*
	 * The clock and the process tell a forked child's draws from its parent's and from its
	 * brothers'.
	 */
	clock_gettime(CLOCK_MONOTONIC, &now);
	bits = mix(atomic_load_explicit(&entropy, memory_order_relaxed) ^
		   mix((uint64_t)now.tv_nsec));
	return mix(mix(bits ^ mix((uint64_t)getpid()) ^ (uint64_t)now.tv_sec) ^ mix(transfer));
}
