/* SPDX-License-Identifier: MIT */
/* What a trace comes to: totals, hosts, and the transfers that stand out. */
#ifndef CURLRETRY_REPORT_SUMMARY_H
#define CURLRETRY_REPORT_SUMMARY_H

#include "trace.h"

/* Adds what is known, up to what 64 bits hold. */
static inline void sum_add(int64_t *sum, int64_t number)
{
	if (number > 0 && __builtin_add_overflow(*sum, number, sum))
		*sum = INT64_MAX;
}

struct totals {
	uint64_t transfers, attempts;
	uint64_t ended[ENDINGS];	/* transfers */
	int64_t waited_ms, turn_ms;	/* before attempts after the first; for a turn, of that */
	int64_t sent, received;
	uint64_t injected;		/* attempts that a fault on purpose has hit */
	uint64_t connected, reused;	/* attempts on a new connection, and on one from before */
};

struct host {
	uint32_t name;
	struct totals totals;
	int64_t slowest;		/* of its transfers, waits included */
};

struct summary {
	struct totals totals;
	int64_t start, end;		/* of all */
	struct host *hosts;		/* by the number of their attempts */
	size_t host_count;
};

/* False: no memory. To be freed in any case. */
bool summary_make(struct summary *summary, const struct trace *trace);

void summary_free(struct summary *summary);

/* From its first attempt's start to its last one's end, in us. */
int64_t transfer_duration(const struct transfer *transfer);

/* How long it waited between its attempts, as was decided. */
int64_t transfer_waited_ms(const struct trace *trace, const struct transfer *transfer);

/*
 * Index in trace->transfers of all, the slowest first; or of those with several attempts, those
 * with the most first. To be freed; NULL: no memory.
 */
uint32_t *summary_by_duration(const struct trace *trace);
uint32_t *summary_by_attempts(const struct trace *trace, size_t *count);

#endif
