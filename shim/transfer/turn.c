/* SPDX-License-Identifier: MIT */
#include "turn.h"

#include <string.h>
#include <time.h>

#include "config/backoff.h"
#include "process/ledgers.h"
#include "process/process.h"
#include "program/events.h"

static struct ledger_place place_of(const struct options *set)
{
	return (struct ledger_place){
		.scheme = set->scheme,
		.scheme_length = strlen(set->scheme),
		.host = set->host,
		.host_length = strlen(set->host),
		.port = set->port ? (int)set->port : set->url_port,
	};
}

static struct pacer_settings settings_of(const struct policy *policy)
{
	return (struct pacer_settings){ policy->budget, policy->budget_floor };
}

static struct ledger *open_ledger(const struct program *program)
{
	const struct policy *policy = program->policy;
	const char *name = policy->ledger;
	struct ledger *ledger;
	int problem = 0;

	/* Faults on purpose say nothing of a destination to anybody else. */
	if (!memcmp(name, "off", sizeof("off")) || policy->mode == MODE_OFF ||
	    (policy->inject.count && !strcmp(name, "on")))
		return NULL;
	ledger = ledgers_get(name, program->started, &problem);
	if (problem)
		event_no_ledger(program, problem);
	return ledger;
}

/* A file of this machine's has none. */
static void find_destination(struct turn *turn, struct options *set)
{
	turn->destination = (struct ledger_destination){ 0 };
	turn->place = place_of(set);
	if (strcmp(set->scheme, "file") != 0)
		turn->destination.key = ledger_key(&turn->place);
	set->moved = false;
}

void turn_begin(struct handle *handle)
{
	struct turn *turn = &handle->turn;
	struct options *set = &handle->program.set;

	turn->ledger = handle->transfer.loan.excluded ? NULL : open_ledger(&handle->program);
	turn->wait = (struct pacer_wait){ 0 };
	turn->waited = 0;
	turn->turned = 0;
	turn->first = true;
	turn->asked = false;
	if (turn->ledger && set->moved)
		find_destination(turn, set);
	if (!turn->destination.key)
		turn->ledger = NULL;
}

void turn_begin_attempt(struct turn *turn)
{
	turn->noted = false;
	turn->asked = false;
}

static enum pacer_outcome outcome_for(const struct verdict *verdict)
{
	switch (verdict->decision) {
	case DECISION_RETRY:
	case DECISION_STOP:
		return PACER_FAILED;
	case DECISION_DONE:
		return PACER_ANSWERED;
	case DECISION_PERMANENT:
		break;
	}
	return verdict->why == WHY_ABORTED ? PACER_UNKNOWN : PACER_ANSWERED;
}

void turn_note(struct handle *handle, const struct verdict *verdict)
{
	const struct program *program = &handle->program;
	struct turn *turn = &handle->turn;
	struct pacer_settings pacing;
	int64_t now;

	if (!turn->ledger || turn->noted)
		return;
	pacing = settings_of(program->policy);
	now = process_now();
	ledger_ended(turn->ledger, &turn->destination, &turn->place, &pacing, now,
		     now - (turn->first ? program->started : handle->transfer.due), turn->first,
		     outcome_for(verdict));
	turn->noted = true;
	turn->first = false;
}

/* INTERFACE: the sum of the transfer's backoffs before jitter, or what MAX_TIME leaves. */
static int64_t patience_of(const struct handle *handle)
{
	const struct program *program = &handle->program;
	const struct policy *policy = program->policy;
	int64_t patience = -handle->turn.waited;
	int64_t left;

	for (int attempt = 1; attempt < policy->attempts; attempt++)
		patience += backoff_ceiling(policy, attempt);
	if (!policy->max_time_ms)
		return patience;
	left = policy->max_time_ms - event_elapsed(program);
	return patience < left ? patience : left;
}

static int64_t at_least(int64_t value, int64_t least)
{
	return value < least ? least : value;
}

int64_t turn_due(const struct handle *handle)
{
	const struct turn *turn = &handle->turn;
	int64_t delay = handle->transfer.verdict.delay;

	return turn->decided +
	       (turn->asked && turn->wait.queued && delay > PACER_LOOK_MS ? PACER_LOOK_MS : delay);
}

bool turn_ask(struct handle *handle, const struct verdict *verdict, bool server_asks)
{
	const struct policy *policy = handle->program.policy;
	struct pacer_settings pacing = settings_of(policy);
	struct turn *turn = &handle->turn;
	struct pacer_request request = { .delay = verdict->delay };
	struct pacer_wait wait;
	int64_t now, look = 0;

	turn->decided = process_now();
	if (!turn->ledger || !policy->budget)
		return true;
	now = turn->decided;
	request.least = server_asks || verdict->delay < policy->base_delay_ms ?
				verdict->delay :
				policy->base_delay_ms;
	/* What the server asks for, it may. */
	request.patience = at_least(patience_of(handle), verdict->delay);
	ledger_ask(turn->ledger, &turn->destination, &pacing, now, &request, &turn->wait);
	turn->asked = true;
	wait = turn->wait;
	return !turn->wait.queued ||
	       ledger_turn(turn->ledger, &turn->destination, &pacing, now, &wait, &look) !=
		       PACER_NEVER;
}

enum pacer_answer turn_come(struct handle *handle, int64_t now)
{
	struct transfer *transfer = &handle->transfer;
	struct pacer_settings pacing = settings_of(handle->program.policy);
	struct turn *turn = &handle->turn;
	enum pacer_answer answer;
	int64_t look = 0;

	if (!turn->asked)
		return now < transfer->due ? PACER_WAIT : PACER_GO;
	answer = ledger_turn(turn->ledger, &turn->destination, &pacing, now,
			     &turn->wait, &look);
	if (answer == PACER_WAIT) {
		transfer->due = now + at_least(look, 1);
		return answer;
	}
	turn->waited += now - turn->decided;
	turn->turned = turn->wait.queued ?
			       at_least(now - turn->decided - transfer->verdict.delay, 0) :
			       0;
	transfer->due = now;
	return answer;
}

void turn_failed(struct handle *handle, int status, CURLcode code)
{
	struct turn *turn = &handle->turn;

	if (turn->ledger)
		ledger_failed(turn->ledger, &turn->destination, (int)code, status, time(NULL));
}

void turn_end(struct handle *handle, enum log_kind kind, int status, CURLcode code)
{
	struct turn *turn = &handle->turn;

	if (!turn->ledger)
		return;
	ledger_count(turn->ledger, &turn->destination,
		     kind == LOG_RECOVERED ? LEDGER_RECOVERED :
		     kind == LOG_GAVE_UP   ? LEDGER_GAVE_UP :
					     LEDGER_NOT_RETRIED);
	if (kind != LOG_RECOVERED)
		turn_failed(handle, status, code);
}
