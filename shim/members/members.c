/* SPDX-License-Identifier: MIT */
#include "members.h"

#include <assert.h>

void members_init(struct members *members)
{
	TAILQ_INIT(&members->list);
}

bool members_reserve(struct members *members)
{
	return timers_reserve(&members->timers, members->count + 1);
}

void members_add(struct members *members, struct member *member)
{
	assert(!member->of && members->timers.size > members->count);
	TAILQ_INSERT_TAIL(&members->list, member, link);
	members->count++;
	members->detached++;
	member->of = members;
}

void members_remove(struct member *member)
{
	struct members *members = member->of;

	assert(members->count > 0 && members->waiting >= member->waiting);
	timers_clear(&members->timers, &member->timer);
	messages_drop(&member->message);
	members->waiting -= member->waiting;
	members->detached -= !member->attached;
	members->count--;
	TAILQ_REMOVE(&members->list, member, link);
	*member = (struct member){ .message.told = member->message.told };
}

void member_set_attached(struct member *member, bool attached)
{
	assert(member->of);
	if (member->attached == attached)
		return;
	member->attached = attached;
	if (attached)
		member->of->detached--;
	else
		member->of->detached++;
}

void member_set_waiting(struct member *member, bool waiting)
{
	assert(member->of && !(waiting && member->attached));
	if (member->waiting == waiting)
		return;
	member->waiting = waiting;
	if (waiting)
		member->of->waiting++;
	else
		member->of->waiting--;
}

void member_watch(struct member *member, int64_t at)
{
	if (!member->of)
		return;
	if (at != INT64_MAX)
		timers_set(&member->of->timers, &member->timer, at);
	else
		timers_clear(&member->of->timers, &member->timer);
}

struct member *members_first_due(const struct members *members, int64_t now)
{
	struct timer *timer = timers_first(&members->timers);

	if (!timer || timer->at > now)
		return NULL;
	return (struct member *)((char *)timer - offsetof(struct member, timer));
}

void members_free(struct members *members)
{
	timers_free(&members->timers);
}
