/* SPDX-License-Identifier: MIT */
#include "compose.h"

#include <stdlib.h>
#include <string.h>

#include "config/rules_file.h"
#include "config/url.h"

#define HOST_MAX 256

extern char **environ;

static void match(const struct rules *rules, const struct subject *subject,
		  struct rules_match *found)
{
	char host[HOST_MAX];
	struct url url;

	rules_match_program(rules, subject->program, found);
	if (!subject->url)
		return;
	url_split(&url, subject->url);
	url_host(host, sizeof(host), &url);
	rules_match_host(rules, subject->program, host, url_port(&url), found);
}

static bool set_later_sources(struct policy *policy, const struct policy_values *environment,
			      const struct policy_values *options, struct policy_problem *problem)
{
	bool good = policy_set_values(policy, environment, options, SOURCE_ENVIRONMENT, problem);

	return policy_set_values(policy, options, NULL, SOURCE_OPTION, problem) && good;
}

bool compose_policy(struct policy *policy, const struct policy_values *options,
		    const struct subject *subject, struct policy_problem *problem)
{
	struct policy_problem of_file;
	struct policy_values environment;
	struct rules_version version;
	struct rules_match found;
	struct rules *rules;

	problem->text[0] = '\0';
	policy_init(policy);
	policy_values_of(&environment, environ);
	if (!set_later_sources(policy, &environment, options, problem))
		return false;
	rules = rules_read_first(policy->config, &version, &of_file);
	if (of_file.text[0]) {
		*problem = of_file;
		free(rules);
		return false;
	}
	if (!rules)
		return true;
	match(rules, subject, &found);
	policy_init(policy);
	rules_apply(rules, &found, policy);
	free(rules);
	return set_later_sources(policy, &environment, options, problem);
}
