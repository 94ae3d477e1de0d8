/* SPDX-License-Identifier: MIT */
/* Settings from the environment, or from wherever else they come as texts. */
#include <string.h>

#include "policy.h"

#define VARIABLE_MAX 64		/* longer than any setting's */

/* The setting of an entry NAME=value of the environment, or NULL. */
static const struct setting *setting_of_entry(const char *entry)
{
	const char *equals = strchr(entry, '=');
	char variable[VARIABLE_MAX];
	size_t length;

	if (!equals || (size_t)(equals - entry) >= sizeof(variable))
		return NULL;
	length = (size_t)(equals - entry);
	memcpy(variable, entry, length);
	variable[length] = '\0';
	return setting_by_variable(variable);
}

/* Of several entries with one name, the first counts, as in getenv(). */
void policy_values_of(struct policy_values *values, char *const *environment)
{
	bool seen[POLICY_SETTINGS] = { false };

	*values = (struct policy_values){ { NULL } };
	for (; *environment; environment++) {
		const struct setting *setting;
		const char *value;

		if (strncmp(*environment, POLICY_VARIABLE, strlen(POLICY_VARIABLE)) != 0)
			continue;
		setting = setting_of_entry(*environment);
		if (!setting || seen[setting - settings])
			continue;
		seen[setting - settings] = true;
		value = strchr(*environment, '=') + 1;
		if (*value)
			values->of[setting - settings] = value;
	}
}

bool policy_set_values(struct policy *policy, const struct policy_values *values,
		       const struct policy_values *later, enum policy_source source,
		       struct policy_problem *problem)
{
	struct policy_problem found;
	bool good = true;

	for (size_t i = 0; i < POLICY_SETTINGS; i++) {
		if (!values->of[i] || (later && later->of[i]) ||
		    policy_set(policy, &settings[i], values->of[i], source, &found))
			continue;
		good = false;
		if (!problem->text[0])
			*problem = found;
	}
	return good;
}
