/* SPDX-License-Identifier: MIT */
/*
 * Every parser on arbitrary bytes. Beyond not crashing: what a setting takes
 * it prints, and takes again; what it refuses is said in one line.
 *
 * clang -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined -o /tmp/fuzz_parse tests/fuzz/fuzz_parse.c config/?*.c
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../config/backoff.h"
#include "../../config/errors.h"
#include "../../config/parse.h"
#include "../../config/policy.h"

#define TEXT_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static void fuzz_values(const char *text)
{
	int64_t number = -1;
	double decimal = -1;
	uint64_t seed;

	demand(!parse_duration(&number, text) || (number >= 0 && number <= INT64_C(315360000000)));
	number = -1;
	demand(!parse_size(&number, text) || number >= 0);
	number = -1;
	demand(!parse_integer(&number, text) || number >= 0);
	demand(!parse_decimal(&decimal, text) || decimal >= 0);
	parse_seed(&seed, text);
}

/* On bytes without a NUL after them, so that a sanitizer sees one step too far. */
static void fuzz_fields(const char *text, size_t length)
{
	const time_t now = 1732447000;
	uint64_t bits[4];
	int64_t ms = -1;
	time_t date;

	demand(!parse_retry_after(&ms, text, length, now) || (ms >= 0 && ms <= INT64_MAX / 4));
	parse_http_date(&date, text, length, now);
	parse_token(text, length);
	error_bits(bits, text, length);
}

static void fuzz_setting(const struct setting *setting, const char *text)
{
	char printed[POLICY_VALUE_MAX], again[POLICY_VALUE_MAX];
	struct policy_problem problem;
	struct policy policy;

	policy_init(&policy);
	if (!policy_set(&policy, setting, text, SOURCE_OPTION, &problem)) {
		setting->print(setting, &policy, printed, sizeof(printed));
		demand(!strcmp(printed, setting->value));
		demand(problem.text[0] && !strpbrk(problem.text, "\r\n\x1b"));
		demand(strlen(problem.text) < sizeof(problem.text) - 1);
		return;
	}
	setting->print(setting, &policy, printed, sizeof(printed));
	demand(strlen(printed) < sizeof(printed) - 1);
	demand(policy_set(&policy, setting, printed, SOURCE_OPTION, &problem));
	setting->print(setting, &policy, again, sizeof(again));
	demand(!strcmp(printed, again));
	policy_host_matches(&policy, "api.example.com");
	policy_program_matches(&policy, "git-remote-https");
	policy_method_is_idempotent(&policy, "GET");
	demand(backoff_delay(&policy, 100, 0, UINT64_MAX) >= policy.min_delay_ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[TEXT_MAX];
	char *exact;

	if (!size || size > sizeof(text))
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	exact = malloc(size);
	demand(exact != NULL);
	memcpy(exact, data, size);
	fuzz_values(text);
	fuzz_fields(exact + 1, size - 1);
	free(exact);
	fuzz_setting(&settings[data[0] % POLICY_SETTINGS], text);
	return 0;
}
