/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "ascii.h"
#include "errors.h"
#include "line.h"
#include "lists.h"
#include "parse.h"

#define STATUS_LEAST 200
#define STATUS_MOST 599
#define HTTP_RETURNED_ERROR 22

bool list_refuse(struct policy_problem *problem, const struct list_item *item, const char *why)
{
	struct line line = line_begin(problem->text, sizeof(problem->text));

	line_add_quoted(&line, item->text, item->length);
	line_add(&line, " %s", why);
	return false;
}

static bool is_sign(char c)
{
	return c == '+' || c == '-';
}

static void strip_blanks(struct list_item *item)
{
	for (; item->length && ascii_is_blank(item->text[0]); item->length--)
		item->text++;
	while (item->length && ascii_is_blank(item->text[item->length - 1]))
		item->length--;
}

static void cut_sign(struct list_item *item)
{
	item->removed = item->text[0] == '-';
	item->text++;
	item->length--;
	strip_blanks(item);
}

/* Applies each element of VALUE. Where it EDITS, a sign holds until the next one. */
static bool apply_items(const char *value, bool edits, list_apply *apply, void *set,
			struct policy_problem *problem)
{
	struct list_item item = { 0 };

	for (;;) {
		item.text = value;
		item.length = strcspn(value, ",");
		value += item.length;
		strip_blanks(&item);
		if (item.length && is_sign(item.text[0])) {
			if (!edits)
				return list_refuse(problem, &item,
					      "has a sign, but the list does not begin with one");
			cut_sign(&item);
			if (item.length && is_sign(item.text[0]))
				return list_refuse(problem, &item, "has two signs");
		}
		if (!item.length)
			return list_refuse(problem, &item, "is an empty element");
		if (!apply(set, &item, problem))
			return false;
		if (!*value++)
			return true;
	}
}

bool list_parse(const void *in_force, size_t size, const char *value, list_apply *apply, void *set,
		struct policy_problem *problem)
{
	bool edits = is_sign(value[strspn(value, " \t")]);

	if (edits)
		memcpy(set, in_force, size);
	return apply_items(value, edits, apply, set, problem);
}

static bool is_none(const char *value)
{
	struct list_item item = { .text = value, .length = strlen(value) };

	strip_blanks(&item);
	return parse_word("none", item.text, item.length);
}

static bool has_bit(const uint64_t *bits, int bit)
{
	return bits[bit / 64] >> bit % 64 & 1;
}

static void change_bit(uint64_t *bits, int bit, bool removed)
{
	uint64_t mask = UINT64_C(1) << bit % 64;

	bits[bit / 64] = removed ? bits[bit / 64] & ~mask : bits[bit / 64] | mask;
}

/* Three digits, -1 for anything else. */
static int status_of(const char *text, size_t length)
{
	int status = 0;

	if (length != 3)
		return -1;
	for (size_t i = 0; i < length; i++) {
		if (!ascii_is_digit(text[i]))
			return -1;
		status = status * 10 + (text[i] - '0');
	}
	return status;
}

static bool status_range(const struct list_item *item, int *first, int *last)
{
	const char *dash = memchr(item->text, '-', item->length);
	const char *end = item->text + item->length;

	if (item->length == 3 && parse_word("xx", item->text + 1, 2)) {
		*first = (item->text[0] - '0') * 100;
		*last = *first + 99;
	} else if (dash) {
		*first = status_of(item->text, (size_t)(dash - item->text));
		*last = status_of(dash + 1, (size_t)(end - dash - 1));
	} else {
		*first = *last = status_of(item->text, item->length);
	}
	return *first >= STATUS_LEAST && *first <= *last && *last <= STATUS_MOST;
}

static bool apply_statuses(void *set, const struct list_item *item, struct policy_problem *problem)
{
	int first, last;

	if (!status_range(item, &first, &last))
		return list_refuse(problem, item, "is no status, range or class within 200 to 599");
	for (int status = first; status <= last; status++)
		change_bit(set, status, item->removed);
	return true;
}

bool list_parse_statuses(const struct setting *setting, struct policy *policy, const char *value,
			 struct policy_problem *problem)
{
	uint64_t set[sizeof(policy->on_status) / sizeof(policy->on_status[0])] = { 0 };

	(void)setting;
	if (!is_none(value) &&
	    !list_parse(policy->on_status, sizeof(set), value, apply_statuses, set, problem))
		return false;
	memcpy(policy->on_status, set, sizeof(set));
	return true;
}

void list_print_statuses(const struct setting *setting, const struct policy *policy, char *text,
			 size_t size)
{
	struct line line = line_begin(text, size);

	(void)setting;
	for (int first = 0, last; first < POLICY_STATUS_END; first = last + 1) {
		char range[32];

		last = first;
		if (!has_bit(policy->on_status, first))
			continue;
		while (last + 1 < POLICY_STATUS_END && has_bit(policy->on_status, last + 1))
			last++;
		snprintf(range, sizeof(range), last > first ? "%d-%d" : "%d", first, last);
		line_add_item(&line, range);
	}
	if (!line.length)
		line_add(&line, "none");
}

static bool apply_errors(void *set, const struct list_item *item, struct policy_problem *problem)
{
	uint64_t bits[POLICY_ERROR_END / 64];

	if (!error_bits(bits, item->text, item->length))
		return list_refuse(problem, item, "is neither a CURLcode nor a group of them");
	for (int code = 0; code < POLICY_ERROR_END; code++) {
		if (!has_bit(bits, code))
			continue;
		if (!item->removed && error_is_permanent(code))
			return list_refuse(problem, item, "is never transient");
		if (!item->removed && code == HTTP_RETURNED_ERROR)
			return list_refuse(problem, item,
				      "depends on the status, see CURLRETRY_ON_STATUS");
		change_bit(set, code, item->removed);
	}
	return true;
}

bool list_parse_errors(const struct setting *setting, struct policy *policy, const char *value,
		       struct policy_problem *problem)
{
	uint64_t set[POLICY_ERROR_END / 64] = { 0 };

	(void)setting;
	if (!is_none(value) &&
	    !list_parse(policy->on_error, sizeof(set), value, apply_errors, set, problem))
		return false;
	memcpy(policy->on_error, set, sizeof(set));
	return true;
}

/* Whether all of PART is in SET. */
static bool has_bits(const uint64_t *set, const uint64_t *part)
{
	for (int word = 0; word < POLICY_ERROR_END / 64; word++) {
		if (part[word] & ~set[word])
			return false;
	}
	return true;
}

/* The short name, unless a group has it too. */
static const char *error_item(int code)
{
	const char *name = error_name(code);
	const char *short_name = strchr(name, '_') + 1;
	uint64_t bits[POLICY_ERROR_END / 64] = { 0 }, alone[POLICY_ERROR_END / 64] = { 0 };

	change_bit(alone, code, false);
	return error_bits(bits, short_name, strlen(short_name)) && has_bits(alone, bits) ?
		       short_name :
		       name;
}

void list_print_errors(const struct setting *setting, const struct policy *policy, char *text,
		       size_t size)
{
	struct line line = line_begin(text, size);
	uint64_t left[POLICY_ERROR_END / 64];
	const char *group;

	(void)setting;
	memcpy(left, policy->on_error, sizeof(left));
	for (size_t i = 0; (group = error_group_name(i)); i++) {
		uint64_t bits[POLICY_ERROR_END / 64];

		if (!error_bits(bits, group, strlen(group)) || !has_bits(left, bits))
			continue;
		line_add_item(&line, group);
		for (int word = 0; word < POLICY_ERROR_END / 64; word++)
			left[word] &= ~bits[word];
	}
	for (int code = 0; code < POLICY_ERROR_END; code++) {
		if (has_bit(left, code))
			line_add_item(&line, error_item(code));
	}
	if (!line.length)
		line_add(&line, "none");
}

const char *list_find(const char *list, const char *item, size_t length)
{
	while (*list) {
		size_t element = strcspn(list, ",");

		if (element == length && !memcmp(list, item, length))
			return list;
		list += element + (list[element] == ',');
	}
	return NULL;
}

/* One more element of LIST, which has room for POLICY_LIST_MAX. */
static bool append(char *list, const struct list_item *item, struct policy_problem *problem)
{
	size_t used = strlen(list);
	size_t comma = used > 0;

	if (item->length >= POLICY_LIST_MAX - used - comma)
		return list_refuse(problem, item, "is too much, the list has no room for it");
	if (comma)
		list[used++] = ',';
	memcpy(list + used, item->text, item->length);
	list[used + item->length] = '\0';
	return true;
}

static void cut_out(char *list, size_t at, size_t length)
{
	char *element = list + at;

	if (element[length] == ',')
		length++;		/* the comma after it */
	else if (at > 0)
		length++, element--;	/* or, of the last one, the comma before */
	memmove(element, element + length, strlen(element + length) + 1);
}

static bool change_element(char *list, const struct list_item *item, struct policy_problem *problem)
{
	const char *found = list_find(list, item->text, item->length);

	if (item->removed && found)
		cut_out(list, (size_t)(found - list), item->length);
	return item->removed || found || append(list, item, problem);
}

static bool apply_method(void *set, const struct list_item *item, struct policy_problem *problem)
{
	if (!parse_token(item->text, item->length))
		return list_refuse(problem, item, "is not a method's name");
	if (parse_word("none", item->text, item->length))
		return list_refuse(problem, item, "stands alone, for the empty list");
	return change_element(set, item, problem);
}

bool list_parse_methods(const struct setting *setting, struct policy *policy, const char *value,
			struct policy_problem *problem)
{
	char set[POLICY_LIST_MAX] = "";

	(void)setting;
	if (!is_none(value) &&
	    !list_parse(policy->methods, sizeof(set), value, apply_method, set, problem))
		return false;
	memcpy(policy->methods, set, sizeof(set));
	return true;
}

static bool is_pattern(const struct list_item *item)
{
	size_t excludes = item->text[0] == '!';

	for (size_t i = 0; i < item->length; i++) {
		if (ascii_is_control(item->text[i]) || ascii_is_blank(item->text[i]))
			return false;
	}
	return item->length > excludes && item->text[excludes] != '!';
}

/*
 * "-wget" takes the pattern out that the list has. Where it has none such,
 * wget is chosen by another one, "*" mostly, and must be excluded.
 */
static bool apply_pattern(void *set, const struct list_item *item, struct policy_problem *problem)
{
	char excluded[POLICY_LIST_MAX] = "!";

	if (!is_pattern(item))
		return list_refuse(problem, item, "is not a pattern (blanks are written as ?)");
	if (!item->removed || list_find(set, item->text, item->length))
		return change_element(set, item, problem);
	if (item->text[0] == '!')
		return list_refuse(problem, item, "is not in the list");
	if (item->length + 1 >= sizeof(excluded))
		return list_refuse(problem, item, "is too long");
	memcpy(excluded + 1, item->text, item->length);
	return change_element(
		set, &(struct list_item){ .text = excluded, .length = item->length + 1 }, problem);
}

bool list_parse_patterns(const struct setting *setting, struct policy *policy, const char *value,
			 struct policy_problem *problem)
{
	char *in_force = (char *)policy + setting->field;
	char set[POLICY_LIST_MAX] = "";

	if (!list_parse(in_force, sizeof(set), value, apply_pattern, set, problem))
		return false;
	if (!set[0])
		return list_refuse(problem,
				   &(struct list_item){ .text = value, .length = strlen(value) },
				   "leaves nothing of the list");
	memcpy(in_force, set, sizeof(set));
	return true;
}

void list_print_text(const struct setting *setting, const struct policy *policy, char *text,
		     size_t size)
{
	const char *list = (const char *)policy + setting->field;
	struct line line = line_begin(text, size);

	line_add(&line, "%s", list[0] ? list : "none");
}
