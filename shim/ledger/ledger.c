/* SPDX-License-Identifier: MIT */
#include "ledger.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "config/ascii.h"

/*
 * A key may lie in any place of one set. Who finds no room there takes the place that was unused
 * for the longest time: by a swap of its key, so that one of several wins it. What lies in it is
 * made for the new key then, by whoever first sees that it is not: a maker may have died. Two who
 * make it at once lose a count at most, and so does who still counts for the destination before.
 */
#define TRIES 4

static uint64_t load(const _Atomic(uint64_t) *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static void store(_Atomic(uint64_t) *word, uint64_t value)
{
	atomic_store_explicit(word, value, memory_order_relaxed);
}

static void add(_Atomic(uint64_t) *word, uint64_t value)
{
	atomic_fetch_add_explicit(word, value, memory_order_relaxed);
}

static void swap(_Atomic(uint64_t) *word, uint64_t before, uint64_t after)
{
	atomic_compare_exchange_strong_explicit(word, &before, after, memory_order_relaxed,
						memory_order_relaxed);
}

/* --- keys --- */

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
	return hash ^ hash >> 29;
}

static uint64_t word_at(const char *text)
{
	uint64_t word;

	memcpy(&word, text, sizeof(word));
	return word;
}

/* LENGTH is below 8: the first four bytes and the last, or all of them. */
static uint64_t short_word(const char *text, size_t length)
{
	uint32_t first, last;
	uint64_t word = 0;

	if (length >= sizeof(first)) {
		memcpy(&first, text, sizeof(first));
		memcpy(&last, text + length - sizeof(last), sizeof(last));
		return (uint64_t)first << 32 | last;
	}
	for (size_t i = 0; i < length; i++)
		word = word << 8 | (unsigned char)text[i];
	return word;
}

/* By eight bytes, of which the last overlap with those before. */
static uint64_t mix_text(uint64_t hash, const char *text, size_t length)
{
	const size_t step = sizeof(uint64_t);

	hash = mix(hash, length);
	if (length < step)
		return mix(hash, short_word(text, length));
	for (size_t i = 0; i + step < length; i += step)
		hash = mix(hash, word_at(text + i));
	return mix(hash, word_at(text + length - step));
}

/* Letters of both cases are alike, and digits, '+', '-' and '.' have that bit. */
#define LOWER UINT64_C(0x2020202020202020)

static uint64_t scheme_word(const struct ledger_place *place)
{
	return (place->scheme_length < sizeof(uint64_t) ?
			short_word(place->scheme, place->scheme_length) :
			word_at(place->scheme)) |
	       LOWER;
}

uint64_t ledger_key(const struct ledger_place *place)
{
	uint64_t hash = mix(scheme_word(place), place->scheme_length << 32 | (unsigned)place->port);

	hash = mix_text(hash, place->host, place->host_length);
	/* The low bits choose the set: all of them shall be mixed well. */
	hash = mix(hash, hash >> 32);
	return hash ? hash : 1;
}

/* --- names --- */

/* Ends with a NUL, whatever the words say. */
static uint64_t read_name(char name[LEDGER_NAME_MAX], const struct ledger_account *account)
{
	uint64_t check = 1;

	for (size_t i = 0; i < LEDGER_NAME_WORDS; i++) {
		uint64_t word = load(&account->name[i]);

		check = mix(check, word);
		memcpy(name + i * sizeof(word), &word, sizeof(word));
	}
	name[LEDGER_NAME_MAX - 1] = '\0';
	return check;
}

static void write_name(struct ledger_account *account, const struct ledger_place *place)
{
	bool literal = memchr(place->host, ':', place->host_length) != NULL;
	char name[LEDGER_NAME_MAX] = "";
	uint64_t check = 1;

	snprintf(name, sizeof(name), "%.*s://%s%.*s%s:%d", (int)place->scheme_length, place->scheme,
		 literal ? "[" : "", (int)place->host_length, place->host, literal ? "]" : "",
		 place->port);
	for (size_t i = 0; i < place->scheme_length && i < sizeof(name) - 1; i++)
		name[i] = ascii_lower(name[i]);
	for (size_t i = 0; i < LEDGER_NAME_WORDS; i++) {
		uint64_t word = word_at(name + i * sizeof(word));

		check = mix(check, word);
		store(&account->name[i], word);
	}
	store(&account->name_check, check);
}

/* --- accounts --- */

static void clear(struct ledger_account *account)
{
	/* All members of both are words of this type. */
	_Atomic(uint64_t) *word = account->pacer.bucket;

	for (size_t i = 0; i < sizeof(account->pacer) / sizeof(*word); i++)
		store(&word[i], 0);
	for (size_t i = 0; i < LEDGER_EVENTS; i++)
		store(&account->events[i], 0);
	store(&account->waiting, 0);
	store(&account->name_check, 0);
	store(&account->failure, 0);
	store(&account->failed_at, 0);
}

static void make_for(struct ledger_account *account, uint64_t key, const struct ledger_place *place)
{
	clear(account);
	write_name(account, place);
	store(&account->owner, key);
}

static uint64_t second_of(int64_t now)
{
	return (uint64_t)(now / 1000);
}

/* Written once a second at most: who only reads shares the line with the others. */
static void touch(struct ledger *ledger, size_t index, int64_t now)
{
	uint64_t second = second_of(now);

	if (load(&ledger->used[index]) != second)
		store(&ledger->used[index], second);
}

static size_t first_of_set(uint64_t key)
{
	return (size_t)(key % LEDGER_SETS) * LEDGER_WAYS;
}

/* Below LEDGER_ACCOUNTS; that: there is none. */
static size_t index_of(const struct ledger *ledger, uint64_t key)
{
	size_t first = first_of_set(key);

	for (size_t i = first; i < first + LEDGER_WAYS; i++) {
		if (load(&ledger->key[i]) == key)
			return i;
	}
	return LEDGER_ACCOUNTS;
}

/* The place that is free, or was unused for the longest time. */
static size_t victim_of(const struct ledger *ledger, uint64_t key, int64_t now)
{
	size_t first = first_of_set(key), victim = first;
	uint64_t longest = 0;

	for (size_t i = first; i < first + LEDGER_WAYS; i++) {
		uint64_t unused = second_of(now) - load(&ledger->used[i]);

		if (!load(&ledger->key[i]))
			return i;
		/* Of a time to come, too, which only garbage can be. */
		if (unused >= longest) {
			longest = unused;
			victim = i;
		}
	}
	return victim;
}

/* Whether the account is where it was last. */
static bool is_there(const struct ledger *ledger, const struct ledger_destination *destination)
{
	uint64_t key = destination->key;
	size_t index = destination->index;

	return ledger && key && load(&ledger->key[index]) == key &&
	       load(&ledger->account[index].owner) == key;
}

/* Where the account is; LEDGER_ACCOUNTS: it has none. */
static size_t find(const struct ledger *ledger, struct ledger_destination *destination)
{
	uint64_t key = destination->key;
	size_t index = destination->index;

	if (!ledger || !key)
		return LEDGER_ACCOUNTS;
	if (load(&ledger->key[index]) != key)
		index = index_of(ledger, key);
	if (index == LEDGER_ACCOUNTS || load(&ledger->account[index].owner) != key)
		return LEDGER_ACCOUNTS;
	destination->index = index;
	return index;
}

/* LEDGER_ACCOUNTS: there is no ledger, or others are faster. */
static __attribute__((noinline)) size_t make(struct ledger *ledger,
					     struct ledger_destination *destination,
					     const struct ledger_place *place, int64_t now)
{
	uint64_t key = destination->key;
	size_t index;

	if (!ledger || !key)
		return LEDGER_ACCOUNTS;
	index = index_of(ledger, key);
	for (int i = 0; i < TRIES && index == LEDGER_ACCOUNTS; i++) {
		size_t victim = victim_of(ledger, key, now);
		uint64_t before = load(&ledger->key[victim]);

		store(&ledger->used[victim], second_of(now));
		swap(&ledger->key[victim], before, key);
		index = index_of(ledger, key);
	}
	if (index == LEDGER_ACCOUNTS)
		return index;
	make_for(&ledger->account[index], key, place);
	destination->index = index;
	return index;
}

/* --- what happens --- */

static inline void ended(struct ledger *ledger, size_t index,
			 const struct pacer_settings *settings, int64_t now, int64_t took,
			 bool first, enum pacer_outcome outcome)
{
	touch(ledger, index, now);
	if (first)
		add(&ledger->account[index].events[LEDGER_TRANSFERS], 1);
	pacer_ended(&ledger->account[index].pacer, settings, now, took, first, outcome);
}

static __attribute__((noinline)) void
ended_elsewhere(struct ledger *ledger, struct ledger_destination *destination,
		const struct ledger_place *place, const struct pacer_settings *settings,
		int64_t now, int64_t took, bool first, enum pacer_outcome outcome)
{
	size_t index = find(ledger, destination);

	if (index == LEDGER_ACCOUNTS)
		index = make(ledger, destination, place, now);
	if (index < LEDGER_ACCOUNTS)
		ended(ledger, index, settings, now, took, first, outcome);
}

/* Nothing of it has to outlast a call, so no register is saved for each transfer. */
void ledger_ended(struct ledger *ledger, struct ledger_destination *destination,
		  const struct ledger_place *place, const struct pacer_settings *settings,
		  int64_t now, int64_t took, bool first, enum pacer_outcome outcome)
{
	if (is_there(ledger, destination))
		ended(ledger, destination->index, settings, now, took, first, outcome);
	else
		ended_elsewhere(ledger, destination, place, settings, now, took, first, outcome);
}

void ledger_count(struct ledger *ledger, struct ledger_destination *destination,
		  enum ledger_event event)
{
	size_t index = find(ledger, destination);

	if (index < LEDGER_ACCOUNTS)
		add(&ledger->account[index].events[event], 1);
}

void ledger_failed(struct ledger *ledger, struct ledger_destination *destination, int curlcode,
		   int status, int64_t time_of_day)
{
	size_t index = find(ledger, destination);
	struct ledger_account *account;

	if (index == LEDGER_ACCOUNTS)
		return;
	account = &ledger->account[index];
	store(&account->failure, (uint64_t)(uint32_t)curlcode << 32 | (uint32_t)status);
	store(&account->failed_at, (uint64_t)time_of_day);
}

/* Second, those counted in it, and in the one before. */
#define COUNT_BITS 24
#define COUNT_MASK ((UINT64_C(1) << COUNT_BITS) - 1)

static uint64_t waiting_at(uint64_t word, int64_t now, uint64_t more)
{
	uint16_t age = (uint16_t)(second_of(now) - (word >> 2 * COUNT_BITS));
	uint64_t counted = word >> COUNT_BITS & COUNT_MASK;
	uint64_t before = age == 0 ? word & COUNT_MASK : age == 1 ? counted : 0;

	return (second_of(now) & UINT16_MAX) << 2 * COUNT_BITS |
	       (((age ? 0 : counted) + more) & COUNT_MASK) << COUNT_BITS | before;
}

/* Each is counted once a second, while it looks: those who have died are not. */
static void count_waiting(struct ledger_account *account, int64_t now)
{
	uint64_t word = load(&account->waiting);

	for (int i = 0; i < TRIES; i++) {
		if (atomic_compare_exchange_strong_explicit(
			    &account->waiting, &word, waiting_at(word, now, 1),
			    memory_order_relaxed, memory_order_relaxed))
			return;
	}
}

/* By an account that nobody has written to. */
static void ask_nobody(int64_t now, const struct pacer_request *request, struct pacer_wait *wait)
{
	static const struct pacer_settings no_limit = { 0, 1 };
	struct pacer_account account = { 0 };

	pacer_ask(&account, &no_limit, now, request, wait);
}

void ledger_ask(struct ledger *ledger, struct ledger_destination *destination,
		const struct pacer_settings *settings, int64_t now,
		const struct pacer_request *request, struct pacer_wait *wait)
{
	size_t index = find(ledger, destination);

	if (index == LEDGER_ACCOUNTS) {
		ask_nobody(now, request, wait);
		return;
	}
	touch(ledger, index, now);
	pacer_ask(&ledger->account[index].pacer, settings, now, request, wait);
	if (wait->queued)
		count_waiting(&ledger->account[index], now);
}

static enum pacer_answer turn_of_nobody(int64_t now, const struct pacer_wait *wait, int64_t *look)
{
	*look = wait->due > now ? wait->due - now : 1;
	return now >= wait->due ? PACER_GO : PACER_WAIT;
}

enum pacer_answer ledger_turn(struct ledger *ledger, struct ledger_destination *destination,
			      const struct pacer_settings *settings, int64_t now,
			      struct pacer_wait *wait, int64_t *look)
{
	size_t index = find(ledger, destination);
	struct ledger_account *account;
	enum pacer_answer answer;

	if (index == LEDGER_ACCOUNTS)
		return turn_of_nobody(now, wait, look);
	account = &ledger->account[index];
	touch(ledger, index, now);
	if (wait->queued && second_of(wait->looked) != second_of(now))
		count_waiting(account, now);
	answer = pacer_turn(&account->pacer, settings, now, wait, look);
	if (answer == PACER_GO)
		add(&account->events[LEDGER_RETRIES], 1);
	return answer;
}

/* --- for statistics --- */

bool ledger_look(const struct ledger *ledger, int index, int64_t now, struct ledger_view *view)
{
	const struct ledger_account *account = &ledger->account[index];
	uint64_t key = load(&ledger->key[index]);
	uint64_t waiting = load(&account->waiting), counted;
	uint64_t failure = load(&account->failure);

	if (!key || load(&account->owner) != key ||
	    read_name(view->name, account) != load(&account->name_check))
		return false;
	for (size_t i = 0; i < LEDGER_EVENTS; i++)
		view->events[i] = load(&account->events[i]);
	waiting = waiting_at(waiting, now, 0);
	counted = waiting >> COUNT_BITS & COUNT_MASK;
	view->waiting = waiting & COUNT_MASK;
	if (counted > view->waiting)
		view->waiting = counted;
	view->curlcode = (int)(uint32_t)(failure >> 32);
	view->status = (int)(uint32_t)failure;
	view->failed_at = (int64_t)load(&account->failed_at);
	view->unused = (int64_t)(second_of(now) - load(&ledger->used[index]));
	pacer_view(&account->pacer, now, &view->pacer);
	return true;
}

void ledger_reset(struct ledger *ledger)
{
	for (size_t i = 0; i < LEDGER_ACCOUNTS; i++) {
		store(&ledger->key[i], 0);
		store(&ledger->used[i], 0);
		store(&ledger->account[i].owner, 0);
	}
}
