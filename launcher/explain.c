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

/* "(CURLRETRY_METHODS, default)" */
static void print_setting(const struct policy *policy, const char *name)
{
	static const char *const sources[] = { "default", "", "environment", "option" };
	const struct setting *setting = NULL;
	size_t i;

	for (i = 0; i < POLICY_SETTINGS && !setting; i++) {
		if (!strcmp(settings[i].name, name))
			setting = &settings[i];
	}
	if (!setting)
		return;
	i = (size_t)(setting - settings);
	if (policy->source[i] == SOURCE_FILE)
		printf(" (" POLICY_VARIABLE "%s, %s:%d)", name, policy->config, policy->line[i]);
	else
		printf(" (" POLICY_VARIABLE "%s, %s)", name, sources[policy->source[i]]);
}

/* The three lines to put into the file. */
static void print_way_out(const struct policy *policy, const struct question *question,
			  const char *what, const char *name, const char *value)
{
	char option[OPTION_MAX];
	const char *file = strcmp(policy->config, RULES_NO_FILE) != 0 ? policy->config : RULES_FILE;

	show_option_name(option, name);
	printf("\n%s, put into %s:\n\n\t# %s %s: %s\n\t[host %s]\n\t%s = %s\n", what, file,
	       question->method, question->host, question->outcome, question->host, option, value);
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

static void print_retried(const struct policy *policy, const struct question *question)
{
	int64_t least, mean, most;

	backoff_range(policy, 1, 0, &least, &mean, &most);
	printf("retried: %s is transient", question->outcome);
	print_setting(policy, question->curlcode ? "ON_ERROR" : "ON_STATUS");
	printf(",\nand %s may be sent again", question->method);
	if (policy_method_is_idempotent(policy, question->method))
		print_setting(policy, "METHODS");
	else if (policy->idempotency_key)
		print_setting(policy, "IDEMPOTENCY_KEY");
	else
		printf(", since the answer says that it was not carried out");
	printf(";\nup to %d attempts in all", policy->attempts);
	print_setting(policy, "ATTEMPTS");
	printf(", the second after %lld to %lld ms\n", (long long)least, (long long)most);
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

	if (policy->mode == MODE_OFF) {
		printf("not retried: curlretry is switched off");
		print_setting(policy, "MODE");
		puts("");
		print_way_out(policy, question, "To switch it on for this host", "MODE", "on");
		return 1;
	}
	switch (verdict.decision) {
	case DECISION_RETRY:
		print_retried(policy, question);
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
