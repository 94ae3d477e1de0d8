/* SPDX-License-Identifier: MIT */
#include "events.h"

#include <stdio.h>

#include "process/process.h"

int64_t event_elapsed(const struct program *program)
{
	return process_now() - program->started;
}

struct log_event event_of(const struct program *program, enum log_kind kind,
			  const struct target *target)
{
	return (struct log_event){
		.kind = kind,
		.transfer = program->id,
		.attempt = program->attempt,
		.attempts = program->policy->attempts,
		.method = target->method,
		.url = target->url,
		.delay_ms = -1,
		.retry_after_ms = -1,
		.elapsed_ms = event_elapsed(program),
		.bytes_kept = -1,
	};
}

void event_not_kept(const struct program *program, bool request, int error)
{
	struct target target;
	struct log_event event;

	target_of(program, &target);
	event = event_of(program, LOG_NOT_HELD, &target);
	event.error = error;
	event.request = request;
	log_event(program->policy, &event);
}

void event_no_ledger(const struct program *program, int error)
{
	struct policy_problem problem;
	struct log_event event = {
		.kind = LOG_NO_LEDGER,
		.problem = problem.text,
		.delay_ms = -1,
		.retry_after_ms = -1,
		.elapsed_ms = -1,
		.bytes_kept = -1,
	};

	snprintf(problem.text, sizeof(problem.text),
		 "there is no ledger here (error %d); each process decides alone", error);
	log_event(program->policy, &event);
}
