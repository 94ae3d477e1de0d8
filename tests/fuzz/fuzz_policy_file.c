/* SPDX-License-Identifier: MIT */
/*
 * The file of rules: whatever is in it, there is a policy for each host, and what is wrong is said
 * in one line.
 */
#include "fuzz.h"

#include <stdlib.h>

#include "../../config/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy_problem problem;
	struct rules_match match;
	struct policy policy;
	struct rules *rules = rules_parse((const char *)data, size, "file", &problem);

	demand(rules != NULL);
	demand(!strpbrk(problem.text, "\r\n\x1b"));
	demand(strlen(problem.text) < sizeof(problem.text));
	policy_init(&policy);
	rules_match_program(rules, "curl", &match);
	rules_match_host(rules, "curl", "api.example.com", 443, &match);
	rules_match_host(rules, "curl", "::1", 80, &match);
	rules_ask_host(rules, "curl");
	rules_may_set(rules, "curl", &settings[0]);
	rules_apply(rules, &match, &policy);
	demand(policy.attempts >= 1 && policy.attempts <= 100);
	free(rules);
	return 0;
}
