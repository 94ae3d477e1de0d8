/* SPDX-License-Identifier: MIT */
#include "inject.h"

#include <string.h>

#include "ascii.h"
#include "line.h"
#include "lists.h"
#include "parse.h"

#define MILLION 1000000
#define PERCENT 10000	/* of a million */
#define STATUS_LEAST 400
#define STATUS_MOST 599

/* The names, and what stands behind a name's colon. */
enum argument { NO_ARGUMENT, BYTES, TIME };

static const struct {
	const char *name;
	enum fault_kind kind;
	enum argument argument;
} kinds[] = {
	{ "refused", FAULT_REFUSED, NO_ARGUMENT }, { "dns", FAULT_DNS, NO_ARGUMENT },
	{ "tls", FAULT_TLS, NO_ARGUMENT },	   { "reset", FAULT_RESET, NO_ARGUMENT },
	{ "cut", FAULT_CUT, BYTES },		   { "delay", FAULT_DELAY, TIME },
	{ "stall", FAULT_STALL, TIME },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* A part of an item, as a text of its own. */
struct word {
	char text[32];
};

static bool cut_word(struct word *word, const char *text, size_t length)
{
	if (!length || length >= sizeof(word->text))
		return false;
	memcpy(word->text, text, length);
	word->text[length] = '\0';
	return true;
}

static bool parse_status(struct fault *fault, const char *text)
{
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	struct word word;
	int64_t status;

	if (length != 3 || !cut_word(&word, text, length) || !parse_integer(&status, word.text) ||
	    status < STATUS_LEAST || status > STATUS_MOST)
		return false;
	*fault = (struct fault){ .kind = FAULT_STATUS, .status = (int)status, .amount = -1 };
	if (!slash)
		return true;
	/* Retry-After has whole seconds (RFC 9110 §10.2.3). */
	return ascii_begins(slash, "/ra=") && parse_duration(&fault->amount, slash + 4) &&
	       fault->amount % 1000 == 0;
}

static bool parse_argument(struct fault *fault, enum argument argument, const char *text)
{
	switch (argument) {
	case BYTES:
		return parse_size(&fault->amount, text);
	case TIME:
		return parse_duration(&fault->amount, text) && fault->amount > 0;
	case NO_ARGUMENT:
		break;
	}
	return false;
}

static bool parse_fault(struct fault *fault, const char *text)
{
	const char *colon = strchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : strlen(text);

	if (ascii_is_digit(text[0]))
		return parse_status(fault, text);
	for (size_t i = 0; i < KINDS; i++) {
		if (!parse_word(kinds[i].name, text, length))
			continue;
		*fault = (struct fault){ .kind = kinds[i].kind };
		return colon ? parse_argument(fault, kinds[i].argument, colon + 1) :
			       kinds[i].argument == NO_ARGUMENT;
	}
	return false;
}

/* "10%", "0.1%". */
static bool parse_share(int32_t *share, const char *text)
{
	size_t length = strlen(text);
	struct word word;
	double percent;

	if (!length || text[length - 1] != '%' || !cut_word(&word, text, length - 1) ||
	    !parse_decimal(&percent, word.text) || percent > 100)
		return false;
	*share = (int32_t)(percent * PERCENT + 0.5);
	return *share > 0;
}

static bool same_fault(const struct fault *one, const struct fault *other)
{
	return one->kind == other->kind && one->status == other->status &&
	       one->amount == other->amount;
}

/* Takes a fault out of the list that is built; there may be none. */
static void take_out(struct inject *inject, const struct fault *fault)
{
	int kept = 0;

	for (int i = 0; i < inject->count; i++) {
		if (!same_fault(&inject->faults[i], fault))
			inject->faults[kept++] = inject->faults[i];
	}
	memset(inject->faults + kept, 0,
	       sizeof(inject->faults[0]) * (size_t)(inject->count - kept));
	inject->count = kept;
}

static bool apply_fault(void *set, const struct list_item *item, struct policy_problem *problem)
{
	const char *at = memchr(item->text, '@', item->length);
	size_t length = at ? (size_t)(at - item->text) : item->length;
	struct inject *inject = set;
	struct word name, share;
	struct fault fault;

	if (!cut_word(&name, item->text, length) || !parse_fault(&fault, name.text))
		return list_refuse(problem, item, "is no fault");
	if (item->removed && !at) {
		take_out(inject, &fault);
		return true;
	}
	if (!at || !cut_word(&share, at + 1, item->length - length - 1) ||
	    !parse_share(&fault.share, share.text))
		return list_refuse(problem, item,
				   "has no share above 0% and up to 100% behind an @");
	take_out(inject, &fault);
	if (item->removed)
		return true;
	if (inject->count == INJECT_MAX)
		return list_refuse(problem, item, "is one too many: there is room for 16");
	inject->faults[inject->count++] = fault;
	return true;
}

bool inject_parse(const struct setting *setting, struct policy *policy, const char *value,
		  struct policy_problem *problem)
{
	struct inject set = { 0 };

	(void)setting;
	if (!parse_word("off", value, strlen(value)) &&
	    !list_parse(&policy->inject, sizeof(set), value, apply_fault, &set, problem))
		return false;
	policy->inject = set;
	return true;
}

static void add_time(struct line *line, int64_t ms)
{
	line_add(line, ":");
	line_add_fraction(line, ms, ms < 1000 ? 0 : 3);
	line_add(line, ms < 1000 ? "ms" : "s");
}

void inject_text(const struct fault *fault, char text[FAULT_TEXT_MAX])
{
	struct line line = line_begin(text, FAULT_TEXT_MAX);

	if (fault->kind == FAULT_STATUS) {
		line_add(&line, "%d", fault->status);
		if (fault->amount >= 0)
			line_add(&line, "/ra=%lld", (long long)(fault->amount / 1000));
		return;
	}
	for (size_t i = 0; i < KINDS; i++) {
		if (kinds[i].kind != fault->kind)
			continue;
		line_add(&line, "%s", kinds[i].name);
		if (kinds[i].argument == BYTES)
			line_add(&line, ":%lld", (long long)fault->amount);
		else if (kinds[i].argument == TIME)
			add_time(&line, fault->amount);
	}
}

void inject_print(const struct setting *setting, const struct policy *policy, char *text,
		  size_t size)
{
	const struct inject *inject = &policy->inject;
	struct line line = line_begin(text, size);

	(void)setting;
	if (!inject->count)
		line_add(&line, "off");
	for (int i = 0; i < inject->count; i++) {
		char fault[FAULT_TEXT_MAX];

		inject_text(&inject->faults[i], fault);
		line_add_item(&line, fault);
		line_add(&line, "@");
		line_add_fraction(&line, inject->faults[i].share, 4);
		line_add(&line, "%%");
	}
}

/* Another number for each fault of an attempt: a multiplier of Knuth's MMIX generator. */
static uint64_t next(uint64_t random)
{
	random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return random ^ random >> 29;
}

const struct fault *inject_draw(const struct inject *inject, unsigned can, uint64_t random)
{
	for (int i = 0; i < inject->count; i++) {
		const struct fault *fault = &inject->faults[i];

		random = next(random);
		/* The upper half as a fraction of 1. */
		if ((can >> fault->kind & 1) &&
		    ((random >> 32) * MILLION >> 32) < (uint64_t)fault->share)
			return fault;
	}
	return NULL;
}
