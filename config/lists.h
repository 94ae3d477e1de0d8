/* SPDX-License-Identifier: MIT */
/* The settings that are lists: setting.parse and setting.print of their rows, and their look-up. */
#ifndef CURLRETRY_LISTS_H
#define CURLRETRY_LISTS_H

#include "setting.h"

/* An element of a list as it is read. */
struct list_item {
	const char *text;
	size_t length;
	bool removed;		/* by a '-' before it */
};

/* Adds ITEM to, or removes it from, the set that is built. */
typedef bool list_apply(void *set, const struct list_item *item, struct policy_problem *problem);

/* *problem becomes the quoted ITEM and WHY; returns false. */
bool list_refuse(struct policy_problem *problem, const struct list_item *item, const char *why);

/* Builds SET from VALUE, or from IN_FORCE, of SIZE bytes, and what VALUE changes in it. */
bool list_parse(const void *in_force, size_t size, const char *value, list_apply *apply, void *set,
		struct policy_problem *problem);

/* Sets of bits. "none" is the empty list, here and in methods. */
bool list_parse_statuses(const struct setting *setting, struct policy *policy, const char *value,
			 struct policy_problem *problem);
bool list_parse_errors(const struct setting *setting, struct policy *policy, const char *value,
		       struct policy_problem *problem);
void list_print_statuses(const struct setting *setting, const struct policy *policy, char *text,
			 size_t size);
void list_print_errors(const struct setting *setting, const struct policy *policy, char *text,
		       size_t size);

/* Comma-separated texts of at most POLICY_LIST_MAX. */
bool list_parse_methods(const struct setting *setting, struct policy *policy, const char *value,
			struct policy_problem *problem);
bool list_parse_patterns(const struct setting *setting, struct policy *policy, const char *value,
			 struct policy_problem *problem);
void list_print_text(const struct setting *setting, const struct policy *policy, char *text,
		     size_t size);

/* Where in the comma-separated LIST the element is that is exactly ITEM, or NULL. */
const char *list_find(const char *list, const char *item, size_t length);

#endif
