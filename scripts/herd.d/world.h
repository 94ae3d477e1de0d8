/* SPDX-License-Identifier: MIT */
/*
 * Many processes on many machines, one server, and a clock that jumps from event to event. Times
 * are in ms from the start.
 */
#ifndef HERD_WORLD_H
#define HERD_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "ways.h"

struct scene {
	const char *name;
	int machines, processes;	/* of each machine */
	int64_t warm_up;		/* before the outage; 0: nobody has been answered */
	int64_t outage;
	double drain;			/* seconds in which everybody could be answered once */
	double flaky;			/* share of requests that fail whatever the server can do */
	/* what a refusal costs an overloaded server, by what an answer does; 0: nothing */
	double sinks;
	/* between two transfers of a process, on average; 0: it makes one and is done */
	int64_t pause;
	int attempts;
	int64_t end;			/* the latest */
};

/* What came of it. */
struct result {
	double load;		/* requests for each answer */
	double recovery;	/* from the outage's end, by the ideal; infinite: never */
	double longest;		/* wait of a transfer that was answered, by the ideal */
	double failed;		/* of the transfers that ended, a share */
	double peak;		/* requests in the worst second after the outage, by the capacity */
};

/* Processes that make one transfer are all done at the ideal; others are answered as before. */
struct result world_run(const struct scene *scene, const struct way *way, uint64_t seed);

#endif
