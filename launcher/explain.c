/* SPDX-License-Identifier: MIT */
#include "explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/ascii.h"
#include "config/backoff.h"
#include "config/errors.h"
#include "config/rules_file.h"
#include "config/url.h"
#include "config/verdict.h"
#include "show.h"

/*
 * A bit of the first word that is set; the one of the only bit there is, of a name that is no
 * group.
 */
static int code_of(const uint64_t bits[4])
{
	int found = -1;

	for (int code = 0; code < POLICY_ERROR_END; code++) {
		if (!(bits[code / 64] >> code % 64 & 1))
			continue;
		if (found >= 0)
			return -1;
		found = code;
	}
	return found;
}

bool explain_take(struct question *question, const char *method, const char *url,
		  const char *outcome)
{
	uint64_t bits[4] = { 0 };
	struct url parts;

	*question = (struct question){ .method = method, .url = url, .outcome = outcome };
	url_split(&parts, url);
	url_host(question->host, sizeof(question->host), &parts);
	if (strlen(outcome) == 3 && strspn(outcome, "0123456789") == 3) {
		question->status = atoi(outcome);
		return question->status >= 100 && question->status <= 599;
	}
	if (!error_bits(bits, outcome, strlen(outcome)))
		return false;
	question->curlcode = code_of(bits);
	return question->curlcode > 0;
}

static size_t index_of(const char *name)
{
	size_t i = 0;

	while (strcmp(settings[i].name, name) != 0)
		i++;
	return i;
}

/* " (CURLRETRY_METHODS, default)" */
static void print_setting(const struct policy *policy, const char *name)
{
	static const char *const sources[] = { "default", "", "environment", "option" };
	size_t i = index_of(name);

	if (policy->source[i] == SOURCE_FILE)
		printf(" (" POLICY_VARIABLE "%s, %s:%d)", name, policy->config, policy->line[i]);
	else
		printf(" (" POLICY_VARIABLE "%s, %s)", name, sources[policy->source[i]]);
}

/* The three lines to put into the file; or, where the file cannot win, what does. */
static void print_way_out(const struct policy *policy, const struct question *question,
			  const char *what, const char *name, const char *value)
{
	const char *file = strcmp(policy->config, RULES_NO_FILE) != 0 ? policy->config : RULES_FILE;
	enum policy_source source = policy->source[index_of(name)];
	char option[OPTION_MAX];

	show_option_name(option, name);
	if (source == SOURCE_OPTION) {
		printf("\n%s, change the option --%s: it wins over any file\n", what, option);
		return;
	}
	if (source == SOURCE_ENVIRONMENT) {
		printf("\n%s, change " POLICY_VARIABLE
		       "%s in the environment: it wins over any file\n",
		       what, name);
		return;
	}
	printf("\n%s, put at the end of %s:\n\n\t# %s %s: %s\n\t[host %s]\n\t%s = %s\n", what, file,
	       question->method, question->host, question->outcome,
	       question->host[0] ? question->host : "*", option, value);
}

static void print_permanent(const struct policy *policy, const struct question *question)
{
	char value[64];

	if (question->curlcode && error_is_permanent(question->curlcode)) {
		printf("not retried: %s would come again, whatever is set: the program or a "
		       "certificate caused it\n",
		       error_name(question->curlcode));
		return;
	}
	if (question->curlcode) {
		printf("not retried: %s is not among the transient errors",
		       error_name(question->curlcode));
		print_setting(policy, "ON_ERROR");
		snprintf(value, sizeof(value), "+%s",
			 strchr(error_name(question->curlcode), '_') + 1);
		puts("");
		print_way_out(policy, question, "To retry it for this host", "ON_ERROR", value);
		return;
	}
	printf("not retried: status %d is not among the transient ones", question->status);
	print_setting(policy, "ON_STATUS");
	snprintf(value, sizeof(value), "+%d", question->status);
	puts("");
	print_way_out(policy, question, "To retry it for this host", "ON_STATUS", value);
}

static void print_method(const struct policy *policy, const struct question *question)
{
	char value[64];

	printf("not retried: %s may not be sent twice", question->method);
	print_setting(policy, "METHODS");
	puts(",\nand it is not known that the server has not carried it out");
	snprintf(value, sizeof(value), "+%s", question->method);
	print_way_out(policy, question, "To allow it for this host, where it does no harm",
		      "METHODS", value);
	if (!strcmp(question->method, "POST") || !strcmp(question->method, "PATCH"))
		print_way_out(policy, question, "Or, where the service knows idempotency keys",
			      "IDEMPOTENCY_KEY", "on");
}

static void print_stop(const struct policy *policy, const struct question *question,
		       const struct verdict *verdict)
{
	switch (verdict->why) {
	case WHY_METHOD:
		print_method(policy, question);
		return;
	case WHY_HOST:
		printf("not retried: the host %s is excluded", question->host);
		print_setting(policy, "HOSTS");
		break;
	case WHY_ATTEMPTS:
		printf("not retried: there is only one attempt");
		print_setting(policy, "ATTEMPTS");
		puts("");
		print_way_out(policy, question, "To allow five for this host", "ATTEMPTS", "5");
		return;
	case WHY_DEADLINE:
		printf("not retried: the next attempt would start too late");
		print_setting(policy, "MAX_TIME");
		break;
	case WHY_OBSERVE:
		printf("not retried: it is only observed");
		print_setting(policy, "MODE");
		puts("");
		print_way_out(policy, question, "To retry it for this host", "MODE", "on");
		return;
	default:
		printf("not retried");
	}
	puts("");
}

/* Whether the request's method must be one that may be sent twice. */
static bool goes_by_method(const struct policy *policy, const struct outcome *outcome)
{
	struct outcome other = *outcome;
	struct history history = { .attempt = 1 };

	other.method = "";
	return verdict_of(policy, &other, &history, 0).why == WHY_METHOD;
}

static void print_why_again(const struct policy *policy, const struct outcome *outcome)
{
	printf(",\nand %s may be sent again", outcome->method);
	if (outcome->unsent)
		printf(", since nothing of it has left this machine");
	else if (!goes_by_method(policy, outcome))
		printf(", since the answer says that it was not carried out");
	else if (policy_method_is_idempotent(policy, outcome->method))
		print_setting(policy, "METHODS");
	else
		print_setting(policy, "IDEMPOTENCY_KEY");
}

/* GET and HEAD change nothing, whatever their condition. */
static bool may_be_conditional(const struct policy *policy, const struct outcome *outcome)
{
	struct outcome conditional = *outcome;
	struct history history = { .attempt = 1 };

	conditional.conditional = true;
	return strcmp(outcome->method, "GET") != 0 && strcmp(outcome->method, "HEAD") != 0 &&
	       verdict_of(policy, &conditional, &history, 0).why == WHY_CONDITIONAL;
}

static void print_retried(const struct policy *policy, const struct question *question,
			  const struct outcome *outcome)
{
	int64_t least, mean, most;

	backoff_range(policy, 1, 0, &least, &mean, &most);
	printf("retried: %s is transient", question->outcome);
	print_setting(policy, question->curlcode ? "ON_ERROR" : "ON_STATUS");
	print_why_again(policy, outcome);
	printf(";\nup to %d attempts in all", policy->attempts);
	print_setting(policy, "ATTEMPTS");
	printf(", the second after %lld to %lld ms\n", (long long)least, (long long)most);
	if (policy->max_time_ms) {
		printf("Not retried where the next attempt would start later than %lld ms after "
		       "the first",
		       (long long)policy->max_time_ms);
		print_setting(policy, "MAX_TIME");
		puts("");
	}
	if (may_be_conditional(policy, outcome))
		printf("Not retried where it has a condition (If-Match, If-None-Match, "
		       "If-Unmodified-Since):\nonce %s has been carried out, the condition holds "
		       "no more\n",
		       outcome->method);
}

/*
 * Of an error that comes before anything was sent; what the shim knows of a request it looks at
 * itself.
 */
static bool is_unsent(int curlcode)
{
	static const char *const names[] = { "COULDNT_RESOLVE_HOST", "COULDNT_RESOLVE_PROXY",
					     "COULDNT_CONNECT",	     "SSL_CONNECT_ERROR",
					     "QUIC_CONNECT_ERROR",   "PROXY" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(error_name(curlcode) + strlen("CURLE_"), names[i]))
			return true;
	}
	return false;
}

/* A program that is not named may be any. */
static bool is_for_no_program(const struct policy *policy, const struct question *question)
{
	if (!question->program || policy_program_matches(policy, question->program))
		return false;
	printf("not retried: %s is excluded", question->program);
	print_setting(policy, "PROGRAMS");
	puts("");
	return true;
}

static bool is_off(const struct policy *policy, const struct question *question)
{
	if (policy->mode != MODE_OFF)
		return false;
	printf("not retried: curlretry is switched off");
	print_setting(policy, "MODE");
	puts("");
	print_way_out(policy, question, "To switch it on for this host", "MODE", "on");
	return true;
}

int explain_print(const struct policy *policy, const struct question *question)
{
	struct outcome outcome = {
		.curlcode = question->curlcode,
		.status = question->status,
		.retry_after = -1,
		.method = question->method,
		.host = question->host,
		.unsent = is_unsent(question->curlcode),
		.keyed = policy->idempotency_key,
	};
	struct history history = { .attempt = 1 };
	struct verdict verdict = verdict_of(policy, &outcome, &history, 0);

	if (is_off(policy, question) || is_for_no_program(policy, question))
		return 1;
	switch (verdict.decision) {
	case DECISION_RETRY:
		print_retried(policy, question, &outcome);
		return 0;
	case DECISION_DONE:
		printf("not retried: %s is no failure", question->outcome);
		print_setting(policy, "ON_STATUS");
		puts("");
		return 1;
	case DECISION_PERMANENT:
		print_permanent(policy, question);
		return 1;
	default:
		print_stop(policy, question, &verdict);
		return 1;
	}
}
