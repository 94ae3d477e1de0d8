/* SPDX-License-Identifier: MIT */
#include "summary.h"

#include <stdlib.h>
#include <string.h>

int64_t transfer_duration(const struct transfer *transfer)
{
	return transfer->end - transfer->start;
}

int64_t transfer_waited_ms(const struct trace *trace, const struct transfer *transfer)
{
	int64_t sum = 0;

	for (size_t i = 0; i < transfer->count; i++) {
		const struct attempt *attempt = &trace->attempts[transfer->first + i];

		if (attempt_is_followed(attempt))
			sum_add(&sum, attempt->delay_ms);
	}
	return sum;
}

static void count_attempt(struct totals *totals, const struct attempt *attempt)
{
	totals->attempts++;
	totals->injected += attempt->injected != 0;
	sum_add(&totals->sent, attempt->sent);
	sum_add(&totals->received, attempt->received);
	if (attempt->reused > 0)
		totals->reused++;
	else if (!attempt->reused && attempt->remote)
		totals->connected++;
	if (attempt_is_followed(attempt)) {
		sum_add(&totals->waited_ms, attempt->delay_ms);
		sum_add(&totals->turn_ms, attempt->turn_ms);
	}
}

static void count_transfer(struct totals *totals, const struct trace *trace,
			   const struct transfer *transfer)
{
	totals->transfers++;
	totals->ended[transfer->ending]++;
	for (size_t i = 0; i < transfer->count; i++)
		count_attempt(totals, &trace->attempts[transfer->first + i]);
}

static int by_attempts(const void *a, const void *b)
{
	const struct host *left = a, *right = b;

	if (left->totals.attempts != right->totals.attempts)
		return left->totals.attempts > right->totals.attempts ? -1 : 1;
	return left->name < right->name ? -1 : 1;
}

/* INDEX: of a host by the number of its name, from 1; 0: none yet. */
static void count_hosts(struct summary *summary, const struct trace *trace, uint32_t *index)
{
	for (size_t i = 0; i < trace->transfer_count; i++) {
		const struct transfer *transfer = &trace->transfers[i];
		uint32_t *place = &index[transfer->host];
		struct host *host;

		if (!*place) {
			*place = (uint32_t)++summary->host_count;
			summary->hosts[*place - 1].name = transfer->host;
		}
		host = &summary->hosts[*place - 1];
		count_transfer(&host->totals, trace, transfer);
		if (transfer_duration(transfer) > host->slowest)
			host->slowest = transfer_duration(transfer);
	}
	if (summary->host_count)
		qsort(summary->hosts, summary->host_count, sizeof(*summary->hosts), by_attempts);
}

bool summary_make(struct summary *summary, const struct trace *trace)
{
	uint32_t *index = calloc(trace->texts.count, sizeof(*index));

	*summary = (struct summary){ 0 };
	/* As many as there can be. */
	summary->hosts = calloc(trace->transfer_count + 1, sizeof(*summary->hosts));
	if (!index || !summary->hosts) {
		free(index);
		return false;
	}
	if (trace->transfer_count)
		summary->start = trace->transfers[0].start;
	for (size_t i = 0; i < trace->transfer_count; i++) {
		count_transfer(&summary->totals, trace, &trace->transfers[i]);
		if (trace->transfers[i].end > summary->end)
			summary->end = trace->transfers[i].end;
	}
	count_hosts(summary, trace, index);
	free(index);
	return true;
}

void summary_free(struct summary *summary)
{
	free(summary->hosts);
}

/* Of a transfer in a list that is being sorted. */
struct rank {
	int64_t weight;
	uint32_t index;
};

static int by_weight(const void *a, const void *b)
{
	const struct rank *left = a, *right = b;

	if (left->weight != right->weight)
		return left->weight > right->weight ? -1 : 1;
	return left->index < right->index ? -1 : 1;
}

static uint32_t *sorted(struct rank *ranks, size_t count)
{
	uint32_t *list = malloc((count + 1) * sizeof(*list));

	if (list && count)
		qsort(ranks, count, sizeof(*ranks), by_weight);
	for (size_t i = 0; list && i < count; i++)
		list[i] = ranks[i].index;
	free(ranks);
	return list;
}

uint32_t *summary_by_duration(const struct trace *trace)
{
	struct rank *ranks = calloc(trace->transfer_count + 1, sizeof(*ranks));

	for (size_t i = 0; ranks && i < trace->transfer_count; i++)
		ranks[i] = (struct rank){ transfer_duration(&trace->transfers[i]), (uint32_t)i };
	return ranks ? sorted(ranks, trace->transfer_count) : NULL;
}

uint32_t *summary_by_attempts(const struct trace *trace, size_t *count)
{
	struct rank *ranks = calloc(trace->transfer_count + 1, sizeof(*ranks));

	*count = 0;
	for (size_t i = 0; ranks && i < trace->transfer_count; i++) {
		const struct transfer *transfer = &trace->transfers[i];

		if (transfer->count > 1)
			ranks[(*count)++] = (struct rank){ (int64_t)transfer->count, (uint32_t)i };
	}
	return ranks ? sorted(ranks, *count) : NULL;
}
