/* SPDX-License-Identifier: MIT */
#include "show.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../config/backoff.h"

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
	     "  --show             print the policy in force, and where each value comes from\n"
	     "  --plan             print the schedule of delays\n"
	     "  --check COMMAND    tell whether the shim reaches this program (or running process)\n"
	     "  --help, --version\n"
	     "\n"
	     "Settings; each is also a variable, --base-delay being CURLRETRY_BASE_DELAY:");
	for (size_t i = 0; i < POLICY_SETTINGS; i++) {
		show_option_name(option, settings[i].name);
		printf("  --%s=…\n      %s\n      default: %s; allowed: %s\n", option,
		       settings[i].meaning, settings[i].value, settings[i].allowed);
	}
	puts("\n"
	     "Durations: 250ms, 1.5s, 2m, 1h; a bare number is seconds. Sizes: 64KiB, 1MiB, bytes.\n"
	     "A list that begins with + or - changes the default list.\n"
	     "\n"
	     "Exit status: COMMAND's own; 125 curlretry itself failed, 126 COMMAND cannot be run,\n"
	     "127 COMMAND was not found.\n"
	     "\n"
	     "Examples:\n"
	     "  curlretry curl -fsS URL -o FILE\n"
	     "  curlretry -n 10 --max-delay=5m cmake --build .\n"
	     "  curlretry --methods=+POST --on-status=+418 ./vendor-tool");
}

void show_policy(const struct policy *policy)
{
	char value[POLICY_VALUE_MAX];

	for (size_t i = 0; i < POLICY_SETTINGS; i++) {
		settings[i].print(&settings[i], policy, value, sizeof(value));
		printf("CURLRETRY_%-18s %-30s %s\n", settings[i].name, value,
		       sources[policy->source[i]]);
	}
}

static void print_seconds(int64_t ms)
{
	printf(" %8" PRId64 ".%03d s", ms / 1000, (int)(ms % 1000));
}

void show_plan(const struct policy *policy)
{
	int64_t sum = 0;
	int64_t previous = 0;

	printf("%-8s %12s %12s %12s %12s\n", "attempt", "least", "mean", "most", "sum so far");
	printf("%-8d", 1);
	for (int i = 0; i < 4; i++)
		print_seconds(0);
	putchar('\n');
	for (int attempt = 2; attempt <= policy->attempts; attempt++) {
		int64_t least;
		int64_t mean;
		int64_t most;

		backoff_range(policy, attempt - 1, previous, &least, &mean, &most);
		sum += mean;
		previous = mean;
		printf("%-8d", attempt);
		print_seconds(least);
		print_seconds(mean);
		print_seconds(most);
		print_seconds(sum);
		putchar('\n');
	}
	puts("Delays before each attempt; the sum is of the means. Retry-After, and what the attempts\n"
	     "themselves take, come on top.");
	if (policy->max_time_ms) {
		fputs("No attempt starts later than", stdout);
		print_seconds(policy->max_time_ms);
		puts(" after the first (CURLRETRY_MAX_TIME).");
	}
}
