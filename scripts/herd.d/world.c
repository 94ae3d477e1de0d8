/* SPDX-License-Identifier: MIT */
#include "world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/backoff.h"
#include "config/pacer.h"
#include "config/policy.h"

#define LATENCY 20		/* of an answer and of a refusal alike, ms */
#define WHEEL (1 << 17)		/* no event is so far ahead */
#define START 100000		/* of the clock: accounts have been unused for long */

#define LEAST_SHARE 0.1		/* of its capacity, which an overloaded server always gives */

/* As before: for so long, answers as many and refusals as few. */
#define STEADY_S 5
#define STEADY_ANSWERS 0.9
#define STEADY_REFUSED 0.05

enum step { BEGIN, SEND, ANSWERED, REFUSED, UNSENT, WAIT };

struct process {
	enum step step;
	int next;		/* in the same ms */
	int attempt;
	int machine;
	int64_t began, decided, delay, waited;
	int64_t due;		/* its next transfer, whatever becomes of this one */
	struct pacer_wait wait;
};

struct server {
	double capacity;	/* a second */
	int64_t down, up;
	double sinks;
	double level, burst;
	double load;		/* requests a second, of the last one */
	int64_t last;
};

/* In one second. */
struct second {
	int64_t requests, refused, answers;
};

struct world {
	const struct scene *scene;
	const struct way *way;
	struct policy policy;
	struct pacer_settings pacing;
	struct process *process;
	struct budget *budget;
	struct pacer_account *account;
	struct server server;
	int *slot;		/* first process of each ms, or -1 */
	int64_t now, end;
	int live;
	uint64_t random;
	struct second *second;
	int64_t requests, answers, failed, longest, last;
};

/* SplitMix64. */
static uint64_t draw(struct world *world)
{
	uint64_t z = world->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static double draw_share(struct world *world)
{
	return (double)(draw(world) >> 11) / (double)(UINT64_C(1) << 53);
}

static void schedule(struct world *world, struct process *process, enum step step, int64_t after)
{
	int *slot = &world->slot[(world->now + (after > 0 ? after : 1)) % WHEEL];

	process->step = step;
	process->next = *slot;
	*slot = (int)(process - world->process);
}

/* --- the server --- */

/* What it can do a second, as it is asked. */
static double ability(const struct server *server)
{
	double able = (server->capacity - server->sinks * server->load) / (1 - server->sinks);

	if (server->load <= server->capacity)
		return server->capacity;
	return fmax(able, LEAST_SHARE * server->capacity);
}

static bool takes(struct server *server, int64_t now)
{
	double passed = (double)(now - server->last) / 1000;

	server->load = server->load * exp(-passed) + 1;
	server->level = fmax(0, server->level - passed * ability(server));
	server->last = now;
	if ((now >= server->down && now < server->up) || server->level + 1 > server->burst)
		return false;
	server->level++;
	return true;
}

/* --- one process --- */

static struct budget *budget_of(struct world *world, const struct process *process)
{
	return &world->budget[world->way->by_machine ? process->machine :
						       process - world->process];
}

static struct pacer_account *account_of(struct world *world, const struct process *process)
{
	return &world->account[process->machine];
}

static struct second *this_second(struct world *world)
{
	return &world->second[(world->now - START) / 1000];
}

/* Transfers come by themselves. Those that have found the process busy have failed. */
static int64_t until_next(struct world *world, struct process *process)
{
	while (process->due <= world->now) {
		process->due += 1 - (int64_t)(log(1 - draw_share(world)) *
					      (double)world->scene->pause);
		world->failed += process->due <= world->now;
	}
	return process->due - world->now;
}

static void begin(struct world *world, struct process *process)
{
	process->due = world->now;
	process->attempt = 1;
	process->began = world->now;
	process->delay = 0;
	process->waited = 0;
	process->wait = (struct pacer_wait){ 0 };
	if (world->way->begin)
		world->way->begin(budget_of(world, process), world->now);
	schedule(world, process, SEND, 0);
}

static void finish(struct world *world, struct process *process, bool answered)
{
	int64_t took = world->now - process->began;

	world->answers += answered;
	world->failed += !answered;
	this_second(world)->answers += answered;
	world->last = world->now;
	if (answered && took > world->longest)
		world->longest = took;
	if (world->way->end)
		world->way->end(budget_of(world, process));
	if (world->scene->pause)
		schedule(world, process, BEGIN, until_next(world, process) % WHEEL);
	else
		world->live--;
}

static void transmit(struct world *world, struct process *process)
{
	bool (*sends)(struct budget *, int64_t, double) = world->way->sends;
	double luck = draw_share(world);
	bool taken;

	if (sends && !sends(budget_of(world, process), world->now, draw_share(world))) {
		schedule(world, process, UNSENT, 0);
		return;
	}
	taken = takes(&world->server, world->now) && luck >= world->scene->flaky;
	world->requests++;
	this_second(world)->requests++;
	this_second(world)->refused += !taken;
	schedule(world, process, taken ? ANSWERED : REFUSED, LATENCY);
}

/* As the shim counts it: what is left of the sum of all backoffs before jitter. */
static int64_t patience_of(const struct world *world, const struct process *process)
{
	int64_t patience = -process->waited;

	for (int attempt = 1; attempt < world->policy.attempts; attempt++)
		patience += backoff_ceiling(&world->policy, attempt);
	return patience > process->delay ? patience : process->delay;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* As the shim's turn.c does. */
static void ask_ledger(struct world *world, struct process *process)
{
	struct pacer_account *account = account_of(world, process);
	struct pacer_request request = {
		.delay = process->delay,
		.least = least(process->delay, world->policy.base_delay_ms),
		.patience = patience_of(world, process),
	};
	struct pacer_wait try;
	int64_t look = 0;

	process->decided = world->now;
	pacer_ask(account, &world->pacing, world->now, &request, &process->wait);
	try = process->wait;
	if (try.queued &&
	    pacer_turn(account, &world->pacing, world->now, &try, &look) == PACER_NEVER)
		finish(world, process, false);
	else
		schedule(world, process, WAIT,
			 try.queued ? least(process->delay, PACER_LOOK_MS) : process->delay);
}

static void wait_for_turn(struct world *world, struct process *process)
{
	int64_t look = 0;

	switch (pacer_turn(account_of(world, process), &world->pacing, world->now, &process->wait,
			   &look)) {
	case PACER_GO:
		process->waited += world->now - process->decided;
		transmit(world, process);
		break;
	case PACER_WAIT:
		schedule(world, process, WAIT, look);
		break;
	case PACER_NEVER:
		finish(world, process, false);
		break;
	}
}

static void retry(struct world *world, struct process *process)
{
	bool (*retries)(struct budget *, int64_t) = world->way->retries;

	if (process->attempt >= world->policy.attempts ||
	    (retries && !retries(budget_of(world, process), world->now))) {
		finish(world, process, false);
		return;
	}
	process->delay = backoff_delay(&world->policy, process->attempt, process->delay,
				       draw(world));
	process->attempt++;
	if (world->way->ledger)
		ask_ledger(world, process);
	else
		schedule(world, process, SEND, process->delay);
}

static void end_attempt(struct world *world, struct process *process, enum step how)
{
	bool answered = how == ANSWERED, first = process->attempt == 1;

	if (world->way->ledger)
		pacer_ended(account_of(world, process), &world->pacing, world->now, LATENCY, first,
			    answered ? PACER_ANSWERED : PACER_FAILED);
	if (world->way->ended && how != UNSENT)
		world->way->ended(budget_of(world, process), world->now, answered, !first);
	if (answered)
		finish(world, process, true);
	else
		retry(world, process);
}

static void step(struct world *world, struct process *process)
{
	switch (process->step) {
	case BEGIN:
		begin(world, process);
		break;
	case SEND:
		transmit(world, process);
		break;
	case WAIT:
		wait_for_turn(world, process);
		break;
	default:
		end_attempt(world, process, process->step);
		break;
	}
}

/* --- all of them --- */

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory) {
		perror("simulate");
		exit(1);
	}
	return memory;
}

static int people(const struct scene *scene)
{
	return scene->machines * scene->processes;
}

static void set_up(struct world *world)
{
	const struct scene *scene = world->scene;
	int count = people(scene);

	policy_init(&world->policy);
	world->policy.attempts = scene->attempts;
	world->policy.jitter = world->way->jitter;
	world->pacing = (struct pacer_settings){ world->way->ledger, world->policy.budget_floor };
	world->process = allocate((size_t)count, sizeof(*world->process));
	world->budget = allocate((size_t)count, sizeof(*world->budget));
	world->account = aligned_alloc(64, (size_t)scene->machines * sizeof(*world->account));
	world->slot = allocate(WHEEL, sizeof(*world->slot));
	world->end = START + scene->end;
	world->second = allocate((size_t)scene->end / 1000 + 2, sizeof(*world->second));
	world->now = START;
	world->live = count;
	world->server = (struct server){
		.capacity = count / scene->drain,
		.down = START + scene->warm_up,
		.up = START + scene->warm_up + scene->outage,
		.sinks = scene->sinks,
		.burst = fmax(1, count / scene->drain / 5),
		.last = START,
	};
	for (int i = 0; i < WHEEL; i++)
		world->slot[i] = -1;
	for (int i = 0; i < scene->machines; i++)
		world->account[i] = (struct pacer_account){ 0 };
}

/* Within a second, or within a pause. */
static void start(struct world *world)
{
	const struct scene *scene = world->scene;
	int64_t within = scene->pause ? scene->pause : 1000;

	for (int i = 0; i < people(scene); i++) {
		world->budget[i].tokens = world->way->tokens;
		world->process[i].machine = i % scene->machines;
		schedule(world, &world->process[i], BEGIN,
			 (int64_t)(draw_share(world) * (double)within));
	}
}

static void run(struct world *world)
{
	while (world->live && ++world->now < world->end) {
		int *slot = &world->slot[world->now % WHEEL];
		int i = *slot;

		*slot = -1;
		while (i >= 0) {
			struct process *process = &world->process[i];

			i = process->next;
			step(world, process);
		}
	}
}

/* --- what came of it --- */

static bool is_steady(const struct world *world, int64_t from)
{
	int64_t requests = 0, refused = 0, answers = 0;
	double asked = (double)people(world->scene) * 1000 / (double)world->scene->pause;

	for (int64_t i = from; i < from + STEADY_S; i++) {
		requests += world->second[i].requests;
		refused += world->second[i].refused;
		answers += world->second[i].answers;
	}
	return (double)answers >= STEADY_ANSWERS * STEADY_S * asked &&
	       (double)refused <= (STEADY_REFUSED + world->scene->flaky) * (double)requests;
}

/* Seconds from the outage's end. */
static double recovery_of(const struct world *world)
{
	const struct scene *scene = world->scene;
	int64_t up = (scene->warm_up + scene->outage) / 1000;

	if (!scene->pause)
		return world->live ? INFINITY : (double)(world->last - world->server.up) / 1000;
	for (int64_t i = up; i + STEADY_S < scene->end / 1000; i++) {
		if (is_steady(world, i))
			return (double)(i - up);
	}
	return INFINITY;
}

static double peak_of(const struct world *world)
{
	const struct scene *scene = world->scene;
	int64_t peak = 0;

	for (int64_t i = (scene->warm_up + scene->outage) / 1000; i < scene->end / 1000; i++) {
		if (world->second[i].requests > peak)
			peak = world->second[i].requests;
	}
	return (double)peak / world->server.capacity;
}

static struct result result_of(const struct world *world)
{
	const struct scene *scene = world->scene;
	double outage = (double)scene->outage / 1000;

	return (struct result){
		.load = world->answers ? (double)world->requests / (double)world->answers :
					 INFINITY,
		.recovery = world->answers ? recovery_of(world) / scene->drain : INFINITY,
		.longest = (double)world->longest / 1000 / (outage + scene->drain),
		.failed = (double)world->failed / (double)(world->failed + world->answers),
		.peak = peak_of(world),
	};
}

static void tear_down(struct world *world)
{
	free(world->process);
	free(world->budget);
	free(world->account);
	free(world->slot);
	free(world->second);
}

struct result world_run(const struct scene *scene, const struct way *way, uint64_t seed)
{
	struct world world = { .scene = scene, .way = way, .random = seed };
	struct result result;

	set_up(&world);
	start(&world);
	run(&world);
	result = result_of(&world);
	tear_down(&world);
	return result;
}
