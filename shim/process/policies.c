/* SPDX-License-Identifier: MIT */
#include "policies.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "config/rules_file.h"
#include "log.h"

#define LOOK_EVERY_MS 1000
/* A file that somebody may be writing is looked at again so soon. */
#define LOOK_AGAIN_MS 250
/*
 * What was written less than that ago, or removed to make room for another, somebody may be
 * writing. Together they leave a change within LOOK_EVERY_MS.
 */
#define SETTLED_NS INT64_C(500000000)

/* What a set of sections comes to. */
struct composed {
	struct rules_match match;
	struct policy meant;
	struct policy excluded;		/* the same, for hosts that CURLRETRY_HOSTS excludes */
	struct policy unknown;		/* the same, for hosts that it may exclude */
	struct composed *next;
};

struct generation {
	struct rules *rules;		/* NULL: there is no file, or none that is right */
	bool right;
	bool asks_host;
	/* for hosts that no section names; owned, as are the next */
	struct composed *general;
	_Atomic(struct composed *) special;
	/* once it is replaced; before, minus those that were given back */
	atomic_int_least64_t loans;
};

/* `current` holds the newest generation's slot and, below it, how many loans it has given. */
#define SLOTS 64
#define SLOT_SHIFT 48
#define LOANS_MASK ((UINT64_C(1) << SLOT_SHIFT) - 1)

/* A slot is filled by who replaces a generation, and emptied by who gives its last loan back. */
static _Atomic(struct generation *) slots[SLOTS];
static atomic_uint_least64_t current;

/* Written by policies_load() only. */
static struct policy_values environment_values;
static const char *program_name;
static const char *rules_path;

/*
 * When the file is looked at next, and by which process: one that was forked meanwhile does not
 * wait for another.
 */
static atomic_int_least64_t next_look;
static atomic_int looker;

/* The looker's own: the version that was taken, or told to be wrong. */
static struct rules_version known_version;

/* Of no file. */
static const struct rules_version unknown_version = { .presence = RULES_PRESENT };

/* The one that the process was told to be wrong when it began. */
static struct rules_version told_version = { .presence = RULES_PRESENT };

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

static void set_all(struct policy *policy, const struct rules *rules,
		    const struct rules_match *match, struct policy_problem *problem)
{
	policy_init(policy);
	if (rules)
		rules_apply(rules, match, policy);
	policy_set_values(policy, &environment_values, NULL, SOURCE_ENVIRONMENT, problem);
}

static struct composed *compose(const struct rules *rules, const struct rules_match *match)
{
	struct composed *composed = calloc(1, sizeof(*composed));
	struct policy_problem problem = { "" };
	struct policy *meant;

	if (!composed)
		return NULL;
	meant = &composed->meant;
	composed->match = *match;
	set_all(meant, rules, match, &problem);
	if (!policy_program_matches(meant, program_name)) {
		meant->mode = MODE_OFF;
		meant->trace[0] = '\0';
		meant->inject.count = 0;
	}
	if (meant->mode != MODE_ON)
		impose_nothing(meant);
	composed->unknown = *meant;
	impose_nothing(&composed->unknown);
	composed->unknown.idempotency_key = false;
	composed->excluded = composed->unknown;
	/* Nor one to which the transfer is redirected. */
	composed->excluded.inject.count = 0;
	strcpy(composed->excluded.hosts, "!*");
	return composed;
}

static void free_generation(struct generation *generation)
{
	struct composed *special = atomic_load_explicit(&generation->special, memory_order_relaxed);

	while (special) {
		struct composed *next = special->next;

		free(special);
		special = next;
	}
	free(generation->general);
	free(generation->rules);
	free(generation);
}

/* RULES is the new generation's, in any case. NULL: no memory. */
static struct generation *make_generation(struct rules *rules, bool right)
{
	struct generation *generation = calloc(1, sizeof(*generation));
	struct rules_match match = { { 0 } };

	if (!generation) {
		free(rules);
		return NULL;
	}
	generation->rules = rules;
	generation->right = right;
	if (rules) {
		rules_match_program(rules, program_name, &match);
		generation->asks_host = rules_ask_host(rules, program_name);
	}
	generation->general = compose(rules, &match);
	if (generation->general)
		return generation;
	free_generation(generation);
	return NULL;
}

static void dispose(unsigned slot)
{
	struct generation *generation =
		atomic_exchange_explicit(&slots[slot], NULL, memory_order_acq_rel);

	free_generation(generation);
}

/*
 * False: every slot is taken, by generations whose transfers last; or there was no memory for it.
 */
static bool publish(struct generation *generation)
{
	uint64_t before;
	unsigned slot = 0;
	int64_t loans;
	struct generation *old;

	while (slot < SLOTS && atomic_load_explicit(&slots[slot], memory_order_acquire))
		slot++;
	if (slot == SLOTS || !generation) {
		if (generation)
			free_generation(generation);
		return false;
	}
	atomic_store_explicit(&slots[slot], generation, memory_order_release);
	before = atomic_exchange_explicit(&current, (uint64_t)slot << SLOT_SHIFT,
					  memory_order_acq_rel);
	old = atomic_load_explicit(&slots[before >> SLOT_SHIFT], memory_order_acquire);
	if (old == generation)
		return true;
	loans = (int64_t)(before & LOANS_MASK);
	if (atomic_fetch_add_explicit(&old->loans, loans, memory_order_acq_rel) + loans == 0)
		dispose((unsigned)(before >> SLOT_SHIFT));
	return true;
}

static bool copy_values(const struct policy_values *from)
{
	for (size_t i = 0; i < POLICY_SETTINGS; i++) {
		if (!from->of[i])
			continue;
		environment_values.of[i] = strdup(from->of[i]);
		if (!environment_values.of[i])
			return false;
	}
	return true;
}

/* A path that lasts when the program changes its folder; to be freed. NULL: no memory. */
static char *lasting_path(const char *path)
{
	char *folder, *lasting;

	if (path[0] == '/' || !strcmp(path, RULES_NO_FILE))
		return strdup(path);
	folder = get_current_dir_name();
	if (!folder)
		return strdup(path);
	if (asprintf(&lasting, "%s/%s", folder, path) < 0)
		lasting = NULL;
	free(folder);
	return lasting;
}

/* Whether the environment alone, over which the file cannot win, leaves this process alone. */
static bool environment_forbids(const struct policy *policy)
{
	return (environment_values.of[setting_by_variable(POLICY_VARIABLE "MODE") - settings] &&
		policy_is_idle(policy)) ||
	       (environment_values.of[setting_by_variable(POLICY_VARIABLE "PROGRAMS") - settings] &&
		!policy_program_matches(policy, program_name));
}

/* Whether nobody is likely to be writing the file. A clock that is set back makes none wait. */
static bool is_settled(const struct rules_version *version)
{
	int64_t written = rules_written(rules_path, version);
	struct timespec now;
	int64_t age;

	if (written == INT64_MIN)
		return true;
	clock_gettime(CLOCK_REALTIME, &now);
	age = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec - written;
	return age >= SETTLED_NS || age <= -SETTLED_NS;
}

bool policies_load(char *const *environment, const char *program, struct policy *base,
		   struct policy_problem *problem)
{
	struct policy_values values;
	struct rules_match match = { { 0 } };
	struct rules *rules;
	bool right;

	problem->text[0] = '\0';
	policy_init(base);
	policy_values_of(&values, environment);
	program_name = strdup(program);
	if (!program_name || !copy_values(&values))
		return false;
	right = policy_set_values(base, &environment_values, NULL, SOURCE_ENVIRONMENT, problem);
	rules_path = lasting_path(base->config);
	if (!rules_path || (right && environment_forbids(base)))
		return false;
	rules = rules_read_first(rules_path, &known_version, problem);
	if (problem->text[0])
		told_version = known_version;
	/* What there is must do for the start; more of it may be about to come. */
	if (known_version.presence == RULES_PRESENT && !is_settled(&known_version))
		known_version = unknown_version;
	if (rules)
		rules_match_program(rules, program_name, &match);
	set_all(base, rules, &match, problem);
	if (!right) {
		free(rules);
		return false;
	}
	return publish(make_generation(rules, !problem->text[0]));
}

/* A loan of the newest generation, whatever it is of. */
static struct generation *enter(unsigned *slot)
{
	uint64_t before = atomic_fetch_add_explicit(&current, 1, memory_order_acq_rel);

	*slot = (unsigned)(before >> SLOT_SHIFT);
	return atomic_load_explicit(&slots[*slot], memory_order_acquire);
}

static void leave(unsigned slot)
{
	struct generation *generation = atomic_load_explicit(&slots[slot], memory_order_acquire);

	if (atomic_fetch_sub_explicit(&generation->loans, 1, memory_order_acq_rel) == 1)
		dispose(slot);
}

/* The policy before it stays in force. */
static void report(const struct policy_problem *problem)
{
	struct log_event event = {
		.kind = LOG_BAD_POLICY,
		.problem = problem->text,
		.kept = true,
		.delay_ms = -1,
		.retry_after_ms = -1,
		.elapsed_ms = -1,
		.bytes_kept = -1,
	};
	unsigned slot;

	log_event(&enter(&slot)->general->meant, &event);
	leave(slot);
}

static bool has_rules(void)
{
	unsigned slot;
	const struct generation *newest = enter(&slot);
	bool has = newest->rules != NULL;

	leave(slot);
	return has;
}

/*
 * Whether it is told to be wrong, and what is in force stays. RULES_FILE may be hidden from this
 * process: then it says so only if it has lost something.
 */
static bool is_wrong(enum rules_state state)
{
	return state == RULES_WRONG ||
	       (state == RULES_FORBIDDEN && (strcmp(rules_path, RULES_FILE) != 0 || has_rules()));
}

/* What was read becomes the newest generation, if it is right. */
static void take_file(struct policy_problem *problem)
{
	struct rules_version version;
	enum rules_state state;
	struct rules *rules = rules_read(rules_path, &version, &state, problem);

	if (state == RULES_READ || state == RULES_NONE) {
		if (publish(make_generation(rules, true)))
			known_version = version;
		return;
	}
	free(rules);
	if (is_wrong(state) && !rules_version_equal(&version, &told_version))
		report(problem);
	if (state != RULES_UNREAD)
		known_version = version;
}

/* Returns when to look again. */
static int64_t look(int64_t now)
{
	struct policy_problem *problem;
	struct rules_version version;

	rules_version(&version, rules_path);
	if (rules_version_equal(&version, &known_version))
		return now + LOOK_EVERY_MS;
	if (!is_settled(&version))
		return now + LOOK_AGAIN_MS;
	/* Too large for a thread's stack that may be small. */
	problem = malloc(sizeof(*problem));
	if (problem)
		take_file(problem);
	free(problem);
	return now + LOOK_EVERY_MS;
}

/* One at a time: who finds another of its own process at it goes by what there is. */
static void look_if_due(int64_t now)
{
	int pid, other = 0;

	if (now < atomic_load_explicit(&next_look, memory_order_relaxed))
		return;
	pid = (int)getpid();
	if (!atomic_compare_exchange_strong_explicit(&looker, &other, pid, memory_order_acq_rel,
						     memory_order_relaxed) &&
	    (other == pid ||
	     !atomic_compare_exchange_strong_explicit(&looker, &other, pid, memory_order_acq_rel,
						      memory_order_relaxed)))
		return;
	if (now >= atomic_load_explicit(&next_look, memory_order_relaxed))
		atomic_store_explicit(&next_look, look(now), memory_order_relaxed);
	atomic_store_explicit(&looker, 0, memory_order_release);
}

static bool is_match(const struct composed *composed, const struct rules_match *match)
{
	return !memcmp(&composed->match, match, sizeof(*match));
}

/* For a host that a section may name. NULL: no memory. */
static struct composed *compose_for(struct generation *generation, const char *host, int port)
{
	struct rules_match match = generation->general->match;
	struct composed *first, *composed;

	rules_match_host(generation->rules, program_name, host, port, &match);
	if (is_match(generation->general, &match))
		return generation->general;
	first = atomic_load_explicit(&generation->special, memory_order_acquire);
	for (composed = first; composed; composed = composed->next) {
		if (is_match(composed, &match))
			return composed;
	}
	composed = compose(generation->rules, &match);
	if (!composed)
		return NULL;
	/* Another thread may add the same: both are right. */
	do {
		composed->next = first;
	} while (!atomic_compare_exchange_weak_explicit(&generation->special, &first, composed,
							memory_order_acq_rel,
							memory_order_acquire));
	return composed;
}

/* NULL: no memory. */
static struct composed *find_composed(struct generation *generation,
				      const struct policy_place *where)
{
	if (!generation->asks_host || !where->host)
		return generation->general;
	return compose_for(generation, where->host, where->port);
}

static void choose(struct policy_loan *loan, struct generation *generation,
		   const struct policy_place *where)
{
	struct composed *composed = generation->right ? find_composed(generation, where) : NULL;

	loan->policy = NULL;
	loan->excluded = false;
	if (!composed || policy_is_idle(&composed->meant))
		return;
	loan->policy = &composed->meant;
	if (!excludes(&composed->meant))
		return;
	if (!where->host) {
		loan->policy = &composed->unknown;
	} else if (!policy_host_matches(&composed->meant, where->host)) {
		loan->policy = &composed->excluded;
		loan->excluded = true;
	}
}

const struct policy *policies_borrow(struct policy_loan *loan, const struct policy_place *where,
				     int64_t now)
{
	look_if_due(now);
	choose(loan, enter(&loan->slot), where);
	if (!loan->policy)
		leave(loan->slot);
	return loan->policy;
}

void policies_give_back(struct policy_loan *loan)
{
	if (loan->policy)
		leave(loan->slot);
	loan->policy = NULL;
}
