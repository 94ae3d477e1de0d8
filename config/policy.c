/* SPDX-License-Identifier: MIT */
#include <fnmatch.h>
#include <string.h>

#include "ascii.h"
#include "errors.h"
#include "line.h"
#include "lists.h"
#include "policy.h"

#define VALUE_MAX 64	/* of a duration */
#define NAME_SIZE 256	/* longer than any name that a file or a host can have */

void policy_init(struct policy *policy)
{
	struct policy_problem problem;

	memset(policy, 0, sizeof(*policy));
	for (size_t i = 0; i < POLICY_SETTINGS; i++)
		policy_set(policy, &settings[i], settings[i].value, SOURCE_DEFAULT, &problem);
}

const struct setting *setting_by_variable(const char *variable)
{
	if (strncmp(variable, POLICY_VARIABLE, strlen(POLICY_VARIABLE)))
		return NULL;
	for (size_t i = 0; i < POLICY_SETTINGS; i++) {
		if (!strcmp(settings[i].name, variable + strlen(POLICY_VARIABLE)))
			return &settings[i];
	}
	return NULL;
}

/* What the user has typed: "--base-delay" or "CURLRETRY_BASE_DELAY". */
static void add_label(struct line *line, const struct setting *setting, enum policy_source source)
{
	if (source != SOURCE_OPTION) {
		line_add(line, POLICY_VARIABLE "%s", setting->name);
		return;
	}
	line_add(line, "--");
	for (const char *c = setting->name; *c; c++)
		line_add(line, "%c", *c == '_' ? '-' : ascii_lower(*c));
}

/* LABEL: bad value "VALUE": REASON (allowed: …) */
static void complete(struct policy_problem *problem, const struct setting *setting,
		     const char *value, enum policy_source source)
{
	struct policy_problem reason = *problem;
	struct line line = line_begin(problem->text, sizeof(problem->text));

	add_label(&line, setting, source);
	line_add(&line, ": bad value ");
	line_add_quoted(&line, value, strlen(value));
	line_add(&line, "%s%s (allowed: %s)", reason.text[0] ? ": " : "", reason.text,
		 setting->allowed);
}

bool policy_set(struct policy *policy, const struct setting *setting, const char *value,
		enum policy_source source, struct policy_problem *problem)
{
	problem->text[0] = '\0';
	if (!setting->parse(setting, policy, value, problem)) {
		complete(problem, setting, value, source);
		return false;
	}
	policy->source[setting - settings] = source;
	return true;
}

bool policy_is_idle(const struct policy *policy)
{
	return policy->mode == MODE_OFF && !policy->trace[0] && !policy->inject.count;
}

bool policy_repeats(const struct policy *policy)
{
	return policy->mode == MODE_ON && policy->attempts > 1;
}

bool policy_status_is_transient(const struct policy *policy, int status)
{
	return status >= 0 && status < POLICY_STATUS_END &&
	       policy->on_status[status / 64] >> status % 64 & 1;
}

bool policy_error_is_transient(const struct policy *policy, int curlcode)
{
	return curlcode > 0 && curlcode < POLICY_ERROR_END && !error_is_permanent(curlcode) &&
	       policy->on_error[curlcode / 64] >> curlcode % 64 & 1;
}

bool policy_method_is_idempotent(const struct policy *policy, const char *method)
{
	return list_find(policy->methods, method, strlen(method)) != NULL;
}

/* LENGTH bytes of TEXT, cut to SIZE. */
static const char *copy(char *buffer, size_t size, const char *text, size_t length, bool folded)
{
	if (length >= size)
		length = size - 1;
	for (size_t i = 0; i < length; i++)
		buffer[i] = (char)(folded ? ascii_lower(text[i]) : text[i]);
	buffer[length] = '\0';
	return buffer;
}

/*
 * FOLDED: case does not matter. Not FNM_CASEFOLD, which folds as the locale does: in Turkish, I is
 * not i.
 */
static bool is_chosen(const char *list, const char *name, bool folded)
{
	char folded_name[NAME_SIZE], pattern[POLICY_LIST_MAX];
	bool chosen = false, chooses = false;

	name = copy(folded_name, sizeof(folded_name), name, strlen(name), folded);
	while (*list) {
		size_t length = strcspn(list, ",");
		bool excludes = list[0] == '!';
		bool matches = !fnmatch(
			copy(pattern, sizeof(pattern), list + excludes, length - excludes, folded),
			name, 0);

		if (excludes && matches)
			return false;
		chooses |= !excludes;
		chosen |= matches;
		list += length + (list[length] == ',');
	}
	return chosen || !chooses;
}

bool policy_program_matches(const struct policy *policy, const char *name)
{
	return is_chosen(policy->programs, name, false);
}

bool policy_host_matches(const struct policy *policy, const char *name)
{
	return is_chosen(policy->hosts, name, true);
}
