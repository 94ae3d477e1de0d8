/* SPDX-License-Identifier: MIT */
/*
 * "CURLRETRY_ON_STATUS=+404": a setting and its value, a list, a duration, a word. What is taken is
 * printed, and taken again; what is refused changes nothing, and is said in one line.
 */
#include "fuzz.h"

#include "../../config/backoff.h"
#include "../../config/policy.h"

static void refused(const struct setting *setting, const struct policy *policy,
		    const struct policy_problem *problem)
{
	char printed[POLICY_VALUE_MAX];

	setting->print(setting, policy, printed, sizeof(printed));
	demand(!strcmp(printed, setting->value));
	demand(problem->text[0] && !strpbrk(problem->text, "\r\n\x1b"));
	demand(strlen(problem->text) < sizeof(problem->text) - 1);
}

static void taken(const struct setting *setting, struct policy *policy)
{
	char printed[POLICY_VALUE_MAX], again[POLICY_VALUE_MAX];
	struct policy_problem problem;

	setting->print(setting, policy, printed, sizeof(printed));
	demand(strlen(printed) < sizeof(printed) - 1);
	demand(policy_set(policy, setting, printed, SOURCE_OPTION, &problem));
	setting->print(setting, policy, again, sizeof(again));
	demand(!strcmp(printed, again));
	policy_host_matches(policy, "api.example.com");
	policy_program_matches(policy, "git-remote-https");
	policy_method_is_idempotent(policy, "GET");
	demand(backoff_delay(policy, 100, 0, UINT64_MAX) >= policy->min_delay_ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct setting *setting;
	struct policy_problem problem;
	char text[FUZZ_TEXT_MAX];
	struct policy policy;
	char *value;

	if (!fuzz_text(text, data, size) || !(value = strchr(text, '=')))
		return 0;
	*value++ = '\0';
	setting = setting_by_variable(text);
	if (!setting)
		return 0;
	policy_init(&policy);
	if (policy_set(&policy, setting, value, SOURCE_OPTION, &problem))
		taken(setting, &policy);
	else
		refused(setting, &policy, &problem);
	return 0;
}
