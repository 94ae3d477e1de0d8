/* SPDX-License-Identifier: MIT */
#include "show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/backoff.h"

/* Of the help, in columns. */
#define WIDTH 90
#define INDENT 6

static const char *const sources[] = {
	[SOURCE_DEFAULT] = "default",
	[SOURCE_FILE] = "file",
	[SOURCE_ENVIRONMENT] = "environment",
	[SOURCE_OPTION] = "option",
};

void show_option_name(char option[OPTION_MAX], const char *name)
{
	size_t i = 0;

	for (; name[i] && i + 1 < OPTION_MAX; i++)
		option[i] = (char)(name[i] == '_' ? '-' : name[i] >= 'A' && name[i] <= 'Z' ?
				   name[i] - 'A' + 'a' : name[i]);
	option[i] = '\0';
}

static void print_wrapped(const char *text)
{
	while (strlen(text) > WIDTH - INDENT) {
		size_t length = WIDTH - INDENT;

		while (length && text[length] != ' ')
			length--;
		if (!length)
			break;
		printf("%*s%.*s\n", INDENT, "", (int)length, text);
		text += length + 1;
	}
	printf("%*s%s\n", INDENT, "", text);
}

static void print_labelled(const char *label, const char *text)
{
	char labelled[POLICY_VALUE_MAX];

	snprintf(labelled, sizeof(labelled), "%s%s", label, text);
	print_wrapped(labelled);
}

void show_help(void)
{
	char option[OPTION_MAX];

	puts("Usage: curlretry [OPTION]... [--] COMMAND [ARG]...\n"
	     "Runs COMMAND, and runs again those of its libcurl transfers that fail transiently.\n"
	     "\n"
	     "  -n N               attempts in all, as --attempts=N\n"
	     "  -q                 log nothing, as --log=none\n"
	     "  -v                 log every transfer, as --log-level=debug\n"
	     "\n"
	     "Without running a command:\n"
	     "  --show [URL]       print the policy in force, and where each value comes from\n"
	     "  --explain METHOD URL OUTCOME\n"
	     "                     tell whether such a request is retried, and why; OUTCOME is a\n"
	     "                     status, or an error as CURLE_COULDNT_CONNECT; exit status 0: "
	     "retried\n"
	     "  --program=NAME     for these two: as that program would have it\n"
	     "  --plan             print the schedule of delays\n"
	     "  --check COMMAND    tell whether the shim reaches this program (or running "
	     "process)\n"
	     "  --report FILE      print what a trace tells; FILE may be - for standard input\n"
	     "  --as=FORM          for it: text, html or har\n"
	     "  --since=DURATION   for it: leave out transfers that were over before\n"
	     "  --stats[=FORM]     print what the ledger holds of each destination: a table; "
	     "json;\n"
	     "                     openmetrics, for a scrape or a text file collector; reset: "
	     "forget it\n"
	     "  --top              the same, live, until q\n"
	     "  --unit SERVICE     print a systemd drop-in for a service\n"
	     "  --dockerfile       print the lines for an image\n"
	     "  --completion SHELL print completions for bash, zsh or fish\n"
	     "  --help, --version\n"
	     "\n"
	     "Settings; each is also a variable, --base-delay being CURLRETRY_BASE_DELAY:");
	for (size_t i = 0; i < POLICY_SETTINGS; i++) {
		show_option_name(option, settings[i].name);
		printf("  --%s=VALUE\n", option);
		print_wrapped(settings[i].meaning);
		print_labelled("default: ", settings[i].value);
		print_labelled("allowed: ", settings[i].allowed);
	}
	puts("\n"
	     "Durations: 250ms, 1.5s, 2m, 1h; a bare number is seconds. Sizes: 64KiB, 1MiB, "
	     "bytes.\n"
	     "A list that begins with + or - changes what is in force without it.\n"
	     "\n"
	     "Exit status: COMMAND's own; 125 curlretry itself failed, 126 COMMAND cannot be run,\n"
	     "127 COMMAND was not found.\n"
	     "\n"
	     "Examples:\n"
	     "  curlretry curl -fsS URL -o FILE\n"
	     "  curlretry -n 10 --max-delay=5m cmake --build .\n"
	     "  curlretry --methods=+POST --on-status=+418 ./vendor-tool");
}

static int widest_value(const struct policy *policy)
{
	char value[POLICY_VALUE_MAX];
	size_t widest = 0;

	for (size_t i = 0; i < POLICY_SETTINGS; i++) {
		settings[i].print(&settings[i], policy, value, sizeof(value));
		if (strlen(value) > widest)
			widest = strlen(value);
	}
	return (int)widest;
}

static void print_source(const struct policy *policy, size_t i, bool lines)
{
	if (lines && policy->source[i] == SOURCE_FILE)
		printf("%s:%d\n", policy->config, policy->line[i]);
	else
		puts(sources[policy->source[i]]);
}

void show_policy(const struct policy *policy, bool lines)
{
	char value[POLICY_VALUE_MAX];
	int width = widest_value(policy);

	for (size_t i = 0; i < POLICY_SETTINGS; i++) {
		settings[i].print(&settings[i], policy, value, sizeof(value));
		printf(POLICY_VARIABLE "%-18s  %-*s  ", settings[i].name, width, value);
		print_source(policy, i, lines);
	}
}

/* The delays before an attempt, or their sums. */
struct delays {
	int64_t least, mean, most;
};

/* After ATTEMPT. A decorrelated delay grows from the one before, each bound from its like. */
static struct delays delays_after(const struct policy *policy, int attempt,
				  const struct delays *previous)
{
	struct delays delays;
	int64_t other;

	backoff_range(policy, attempt, previous->least, &delays.least, &other, &other);
	backoff_range(policy, attempt, previous->mean, &other, &delays.mean, &other);
	backoff_range(policy, attempt, previous->most, &other, &other, &delays.most);
	return delays;
}

static void print_seconds(int64_t ms)
{
	printf(" %9" PRId64 ".%03d", ms / 1000, (int)(ms % 1000));
}

static void print_attempt(int attempt, const struct delays *delays, const struct delays *sum,
			  int64_t max_time)
{
	printf("%7d", attempt);
	print_seconds(delays->least);
	print_seconds(delays->mean);
	print_seconds(delays->most);
	print_seconds(sum->mean);
	if (max_time && sum->least >= max_time)
		fputs("  never: CURLRETRY_MAX_TIME", stdout);
	else if (max_time && sum->most >= max_time)
		fputs("  perhaps not: CURLRETRY_MAX_TIME", stdout);
	putchar('\n');
}

void show_plan(const struct policy *policy)
{
	struct delays delays = { 0, 0, 0 };
	struct delays sum = { 0, 0, 0 };

	printf("%7s %13s %13s %13s %13s\n", "attempt", "least", "mean", "most", "sum so far");
	print_attempt(1, &delays, &sum, policy->max_time_ms);
	for (int attempt = 2; attempt <= policy->attempts; attempt++) {
		delays = delays_after(policy, attempt - 1, &delays);
		sum.least += delays.least;
		sum.mean += delays.mean;
		sum.most += delays.most;
		print_attempt(attempt, &delays, &sum, policy->max_time_ms);
	}
	puts("In seconds: the delay before each attempt; the sum is of the means. Retry-After, and "
	     "what\n"
	     "the attempts themselves take, come on top.");
	if (policy->mode != MODE_ON)
		puts("CURLRETRY_MODE is not on: nothing is retried.");
}
