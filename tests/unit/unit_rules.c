/* SPDX-License-Identifier: MIT */
/* The file of rules: its sections, what they match, and what they come to. */
#include "check.h"

#include <stdlib.h>

#include "../../config/rules.h"

static struct policy_problem problem;

static struct rules *parse(const char *text)
{
	return rules_parse(text, strlen(text), "file", &problem);
}

/* The policy that TEXT gives PROGRAM for HOST, NULL for none. */
static struct policy policy_of(const char *text, const char *program, const char *host, int port)
{
	struct rules *rules = parse(text);
	struct rules_match match;
	struct policy policy;

	policy_init(&policy);
	CHECK_STR(problem.text, "");
	rules_match_program(rules, program, &match);
	if (host)
		rules_match_host(rules, program, host, port, &match);
	rules_apply(rules, &match, &policy);
	free(rules);
	return policy;
}

static const char example[] =
	"# before the first section\n"
	"attempts = 8\n"
	"\n"
	"[host *.amazonaws.com]\n"
	"on-status = +404\n"
	"[host api.stripe.com]\n"
	"idempotency-key = on\n"
	"CURLRETRY_MAX_TIME = 20s\n"
	"[program git-remote-http*]\n"
	"methods = +POST\n"
	"[program php-fpm*, host 10.1.*]\n"
	"mode = observe\n"
	"[host 10.1.2.3:8080 [::1]:80 [fe80::1] !10.1.2.3:8081]\n"
	"jitter = none\n";

static void test_the_example_of_the_manual(void)
{
	struct policy policy = policy_of(example, "curl", NULL, 0);

	CHECK(policy.attempts == 8 && !policy.idempotency_key && policy.max_time_ms == 0);
	CHECK(!policy_status_is_transient(&policy, 404));
	policy = policy_of(example, "curl", "s3.amazonaws.com", 443);
	CHECK(policy.attempts == 8 && policy_status_is_transient(&policy, 404));
	CHECK(policy_status_is_transient(&policy, 503));
	policy = policy_of(example, "curl", "api.stripe.com", 443);
	CHECK(policy.idempotency_key && policy.max_time_ms == 20000);
	policy = policy_of(example, "git-remote-https", "10.1.0.1", 80);
	CHECK(policy_method_is_idempotent(&policy, "POST") && policy.mode == MODE_ON);
	policy = policy_of(example, "php-fpm8.2", "10.1.0.1", 80);
	CHECK(policy.mode == MODE_OBSERVE);
	policy = policy_of(example, "php-fpm8.2", "10.2.0.1", 80);
	CHECK(policy.mode == MODE_ON);
}

static void test_ports_and_addresses(void)
{
	static const struct {
		const char *host;
		int port;
		bool chosen;
	} cases[] = {
		{ "10.1.2.3", 8080, true }, { "10.1.2.3", 8081, false }, { "10.1.2.3", 80, false },
		{ "::1", 80, true },	    { "::1", 81, false },	 { "fe80::1", 1234, true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct policy policy = policy_of(example, "curl", cases[i].host, cases[i].port);

		if (!CHECK((policy.jitter == JITTER_NONE) == cases[i].chosen))
			fprintf(stderr, "  for %s port %d\n", cases[i].host, cases[i].port);
	}
}

static void test_later_over_earlier_and_lists_over_what_is_in_force(void)
{
	static const char text[] =
		"on-status = 503\n"
		"[host a]\non-status = +404\nattempts = 2\n"
		"[host *]\non-status = -503\n"
		"[host a b]\nattempts = 3\n"
		"[program x]\nattempts = 4\n";
	struct policy policy = policy_of(text, "curl", "a", 80);

	CHECK(policy_status_is_transient(&policy, 404) &&
	      !policy_status_is_transient(&policy, 503));
	CHECK_INT(policy.attempts, 3);
	CHECK_INT(policy.line[1], 8);
	CHECK_INT(policy.source[1], SOURCE_FILE);
	policy = policy_of(text, "x", "a", 80);
	CHECK_INT(policy.attempts, 4);
}

static void test_names_however_written(void)
{
	CHECK_INT(policy_of("Attempts=3", "p", NULL, 0).attempts, 3);
	CHECK_INT(policy_of("\xef\xbb\xbf" "CURLRETRY_ATTEMPTS=3\r\n", "p", NULL, 0).attempts, 3);
	CHECK_INT(policy_of("curlretry_base-delay = \"2s\"", "p", NULL, 0).base_delay_ms, 2000);
	CHECK_INT(policy_of("; a comment\nbase_delay = 3s", "p", NULL, 0).base_delay_ms, 3000);
	CHECK_INT(policy_of("attempts =", "p", NULL, 0).attempts, 5);
}

static void test_what_is_wrong_is_named(void)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
		{ "[site x]\n", "file:1: \"site\" is no kind of section" },
		{ "\n[]\n", "file:2: \"\" is no kind of section" },
		{ "[host]\n", "file:1: a section's head names no pattern" },
		{ "[host a, host b]\n", "file:1: \"host\" stands twice" },
		{ "[host a\nattempts = 3\n", "file:1: a section's head is not closed" },
		{ "[host !!a]", "file:1: \"!!a\" is not a pattern" },
		{ "[host a]\nlog = none\n", "file:2: \"log\" is one for a whole program" },
		{ "[program p, host a]\nhosts = b\n",
		  "file:2: \"hosts\" is one for a whole program" },
		{ "[host a]\nseed = 1\n", "file:2: \"seed\" is one for a whole program" },
		{ "config = /x", "file:1: \"config\" names another file" },
		{ "[program p]\nattempt = 1\n", "file:2: \"attempt\" is not a setting" },
		{ "[host a]\non-status = +4xy\n",
		  "file:2: CURLRETRY_ON_STATUS: bad value \"+4xy\"" },
		{ "attempts\n", "file:1: \"attempts\" is not a setting" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		free(parse(cases[i].text));
		if (!CHECK(!strncmp(problem.text, cases[i].problem, strlen(cases[i].problem))))
			fprintf(stderr, "  %s\n  %s\n", problem.text, cases[i].problem);
	}
}

/* A head that is wrong takes its settings with it: they are not for everybody. */
static void test_a_wrong_head_applies_to_nobody(void)
{
	struct rules *rules = parse("[host a\nattempts = 3\n");
	struct rules_match match;
	struct policy policy;

	policy_init(&policy);
	rules_match_program(rules, "p", &match);
	rules_match_host(rules, "p", "a", 80, &match);
	rules_apply(rules, &match, &policy);
	CHECK_INT(policy.attempts, 5);
	free(rules);
}

static void test_limits(void)
{
	static char text[200000];
	size_t length = 0;
	struct rules *rules;

	for (int i = 0; i < 300; i++)
		length += (size_t)sprintf(text + length, "[host h%d]\nattempts = 2\n", i);
	free(parse(text));
	CHECK(strstr(problem.text, "too many sections") != NULL);
	memset(text, '#', sizeof(text));
	rules = rules_parse(text, 65536, "file", &problem);
	CHECK(strstr(problem.text, "line too long") != NULL);
	free(rules);
	for (size_t i = 0; i < sizeof(text); i += 80)
		text[i] = '\n';
	rules = rules_parse(text, 65536, "file", &problem);
	CHECK_STR(problem.text, "");
	free(rules);
	rules = rules_parse(text, 65537, "file", &problem);
	CHECK(strstr(problem.text, "too long (allowed: up to 64KiB)") != NULL);
	free(rules);
}

static void test_whether_the_host_matters(void)
{
	struct rules *rules = parse("attempts = 3\n[host a]\n[program p, host b]\nmode = off\n");

	CHECK(rules_ask_host(rules, "p") && !rules_ask_host(rules, "q"));
	CHECK(rules_may_set(rules, "p", &settings[0]) && !rules_may_set(rules, "q", &settings[0]));
	CHECK(rules_may_set(rules, "q", &settings[1]));
	free(rules);
}

int main(void)
{
	test_the_example_of_the_manual();
	test_ports_and_addresses();
	test_later_over_earlier_and_lists_over_what_is_in_force();
	test_names_however_written();
	test_what_is_wrong_is_named();
	test_a_wrong_head_applies_to_nobody();
	test_limits();
	test_whether_the_host_matters();
	return check_done("unit_rules");
}
