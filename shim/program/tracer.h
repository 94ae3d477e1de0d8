/* SPDX-License-Identifier: MIT */
/*
 * What an attempt has sent and received, for the trace (CURLRETRY_TRACE): by
 * libcurl's debug callback, behind which the program's own is called as without
 * us. Where there is no trace, nothing is installed and nothing kept.
 */
#ifndef CURLRETRY_TRACER_H
#define CURLRETRY_TRACER_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "process/log.h"
#include "program.h"

struct tracer {
	struct program *program;
	bool open;			/* an attempt has begun that the trace has no line of */
	struct timespec begun;		/* it did, wall clock */
	char *headers;			/* struct trace_header, and the bytes of each; owned */
	size_t used, size;
};

/* At the start of a transfer. */
void tracer_arm(struct tracer *tracer);

/* A new attempt, of a transfer that is traced. */
void tracer_begin(struct tracer *tracer);

/* The attempt is over, and EVENT says of it what the log would. */
void tracer_end(struct tracer *tracer, const struct log_event *event);

/* At the end of a transfer. */
void tracer_free(struct tracer *tracer);

static inline bool tracer_is_on(const struct tracer *tracer)
{
	return tracer->program->policy->trace[0] != '\0';
}

#endif
