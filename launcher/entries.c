/* SPDX-License-Identifier: MIT */
#include "entries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/errors.h"

const char *health_name(enum health health)
{
	static const char *const names[] = { "down", "failing", "ok" };

	return names[health];
}

/*
 * As the account has it, which does not slow a destination down for a few failures; and who asks a
 * few times only, and gets nothing, is not told that all is well.
 */
static enum health health_of(const struct pacer_view *view)
{
	if (view->state == PACER_DOWN || (view->requests && !view->answers))
		return HEALTH_DOWN;
	return view->state == PACER_PACED || view->requests > 2 * view->answers ? HEALTH_FAILING :
										  HEALTH_OK;
}

static void complete(struct entry *entry)
{
	const uint64_t *events = entry->view.events;

	entry->health = health_of(&entry->view.pacer);
	entry->requests = events[LEDGER_TRANSFERS] + events[LEDGER_RETRIES];
	entry->rate = (double)entry->view.pacer.requests / PACER_WINDOW_S;
	entry->amplification = events[LEDGER_TRANSFERS] ?
				       (double)entry->requests / (double)events[LEDGER_TRANSFERS] :
				       0;
}

/* By health, then the last used first, then by name: who looks twice finds them where they were. */
static int compare(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->health != b->health)
		return a->health < b->health ? -1 : 1;
	if (a->view.unused / PACER_WINDOW_S != b->view.unused / PACER_WINDOW_S)
		return a->view.unused < b->view.unused ? -1 : 1;
	return strcmp(a->view.name, b->view.name);
}

void entries_read(struct entries *entries, const struct ledger *ledger)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	entries->time = time(NULL);
	entries->count = 0;
	for (int i = 0; ledger && i < LEDGER_ACCOUNTS; i++) {
		struct entry *entry = &entries->entry[entries->count];

		if (!ledger_look(ledger, i, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000,
				 &entry->view))
			continue;
		complete(entry);
		entries->count++;
	}
	qsort(entries->entry, entries->count, sizeof(entries->entry[0]), compare);
}

const char *entry_failure(const struct entry *entry, char text[FAILURE_MAX])
{
	const struct ledger_view *view = &entry->view;

	text[0] = '\0';
	if (view->failed_at && view->status)
		snprintf(text, FAILURE_MAX, "%d", view->status);
	else if (view->failed_at)
		snprintf(text, FAILURE_MAX, "%s", error_name(view->curlcode));
	return text;
}
