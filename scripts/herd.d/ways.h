/* SPDX-License-Identifier: MIT */
/*
 * Ways to decide on retries, by what their documentation says of them. A budget is one process's,
 * or one machine's where the real thing is shared by it.
 */
#ifndef HERD_WAYS_H
#define HERD_WAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/setting.h"

#define SLOTS 12

/* A sum over the last slots. */
struct window {
	int64_t slot[SLOTS];
	int64_t now;		/* number of the newest slot */
};

struct budget {
	double tokens;
	struct window requests, accepts;
	int active, retrying;
};

struct way {
	const char *name;
	enum policy_jitter jitter;
	/* its budget: config/pacer decides, and none of the functions is there; 0: they do */
	int64_t ledger;
	bool by_machine;	/* a budget is a machine's */
	double tokens;		/* with which a budget begins */
	/* All may be NULL. A transfer begins; a request would be sent: false, it fails at once. */
	void (*begin)(struct budget *budget, int64_t now);
	bool (*sends)(struct budget *budget, int64_t now, double random);
	/* A request has ended, a transfer's first or a retry. */
	void (*ended)(struct budget *budget, int64_t now, bool answered, bool retry);
	/* Whether one that failed is retried. */
	bool (*retries)(struct budget *budget, int64_t now);
	void (*end)(struct budget *budget);
};

#define WAYS 11

/* The last two are ours. */
extern const struct way ways[WAYS];

#endif
