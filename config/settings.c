/* SPDX-License-Identifier: MIT */
/* The table of settings, and the kinds of value that are not lists. */
#include <string.h>

#include "ascii.h"
#include "inject.h"
#include "line.h"
#include "lists.h"
#include "parse.h"
#include "policy.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void *field_of(const struct setting *setting, struct policy *policy)
{
	return (char *)policy + setting->field;
}

static const void *value_of(const struct setting *setting, const struct policy *policy)
{
	return (const char *)policy + setting->field;
}

/* The index of VALUE among WORDS, -1 for none of them. */
static int word_index(const char *const *words, const char *value)
{
	for (int i = 0; words[i]; i++) {
		if (parse_word(words[i], value, strlen(value)))
			return i;
	}
	return -1;
}

static bool parse_enumeration(const struct setting *setting, struct policy *policy,
			      const char *value, struct policy_problem *problem)
{
	int index = word_index(setting->words, value);

	(void)problem;
	if (index >= 0)
		*(unsigned int *)field_of(setting, policy) = (unsigned int)index;
	return index >= 0;
}

static void print_enumeration(const struct setting *setting, const struct policy *policy,
			      char *text, size_t size)
{
	struct line line = line_begin(text, size);

	line_add(&line, "%s", setting->words[*(const unsigned int *)value_of(setting, policy)]);
}

static bool parse_switch(const struct setting *setting, struct policy *policy, const char *value,
			 struct policy_problem *problem)
{
	static const char *const words[] = { "off",  "on", "0",	  "1", "false",
					     "true", "no", "yes", NULL };
	int index = word_index(words, value);

	(void)problem;
	if (index >= 0)
		*(bool *)field_of(setting, policy) = index % 2;
	return index >= 0;
}

static void print_switch(const struct setting *setting, const struct policy *policy, char *text,
			 size_t size)
{
	struct line line = line_begin(text, size);

	line_add(&line, "%s", *(const bool *)value_of(setting, policy) ? "on" : "off");
}

static bool parse_count(const struct setting *setting, struct policy *policy, const char *value,
			struct policy_problem *problem)
{
	int64_t number;

	(void)problem;
	if (!parse_integer(&number, value) || number < setting->least || number > setting->most)
		return false;
	*(int *)field_of(setting, policy) = (int)number;
	return true;
}

static void print_count(const struct setting *setting, const struct policy *policy, char *text,
			size_t size)
{
	struct line line = line_begin(text, size);

	line_add(&line, "%d", *(const int *)value_of(setting, policy));
}

static bool parse_factor(const struct setting *setting, struct policy *policy, const char *value,
			 struct policy_problem *problem)
{
	double number;

	(void)problem;
	if (!parse_decimal(&number, value) || number < (double)setting->least ||
	    number > (double)setting->most)
		return false;
	*(double *)field_of(setting, policy) = number;
	return true;
}

/* Least and most are in thousandths, and so is what is kept; 0 for off, where that is a word. */
static bool parse_thousandths(const struct setting *setting, struct policy *policy,
			      const char *value, struct policy_problem *problem)
{
	double number;

	(void)problem;
	if (setting->words && word_index(setting->words, value) >= 0) {
		*(int64_t *)field_of(setting, policy) = 0;
		return true;
	}
	if (!parse_decimal(&number, value) || number * 1000 < (double)setting->least ||
	    number * 1000 > (double)setting->most)
		return false;
	*(int64_t *)field_of(setting, policy) = (int64_t)(number * 1000 + 0.5);
	return true;
}

static void print_factor(const struct setting *setting, const struct policy *policy, char *text,
			 size_t size)
{
	struct line line = line_begin(text, size);

	line_add_fraction(&line, (int64_t)(*(const double *)value_of(setting, policy) * 1e9 + 0.5),
			  9);
}

static void print_thousandths(const struct setting *setting, const struct policy *policy,
			      char *text, size_t size)
{
	struct line line = line_begin(text, size);
	int64_t number = *(const int64_t *)value_of(setting, policy);

	if (number)
		line_add_fraction(&line, number, 3);
	else
		line_add(&line, "%s", setting->words[0]);
}

static bool parse_time(const struct setting *setting, struct policy *policy, const char *value,
		       struct policy_problem *problem)
{
	bool off = !strcmp(setting->value, "off") && parse_word("off", value, strlen(value));

	(void)problem;
	return parse_duration(field_of(setting, policy), off ? "0" : value);
}

/* The default as the table has it, and what else is in the unit that suits it. */
static void print_time(const struct setting *setting, const struct policy *policy, char *text,
		       size_t size)
{
	struct line line = line_begin(text, size);
	int64_t ms = *(const int64_t *)value_of(setting, policy);
	int64_t standard = 0;

	if (strcmp(setting->value, "off"))
		parse_duration(&standard, setting->value);
	if (ms == standard) {
		line_add(&line, "%s", setting->value);
	} else if (ms % 3600000 == 0 && ms) {
		line_add(&line, "%lldh", (long long)(ms / 3600000));
	} else if (ms % 60000 == 0 && ms) {
		line_add(&line, "%lldm", (long long)(ms / 60000));
	} else if (ms >= 1000) {
		line_add_fraction(&line, ms, 3);
		line_add(&line, "s");
	} else {
		line_add(&line, ms ? "%lldms" : "%lld", (long long)ms);
	}
}

static bool parse_bytes(const struct setting *setting, struct policy *policy, const char *value,
			struct policy_problem *problem)
{
	int64_t bytes;

	(void)problem;
	if (!parse_size(&bytes, value) || bytes < setting->least || bytes > setting->most)
		return false;
	*(int64_t *)field_of(setting, policy) = bytes;
	return true;
}

static void print_bytes(const struct setting *setting, const struct policy *policy, char *text,
			size_t size)
{
	static const char *const units[] = { "", "KiB", "MiB", "GiB" };
	struct line line = line_begin(text, size);
	int64_t number = *(const int64_t *)value_of(setting, policy);
	size_t unit = 0;

	for (; number && number % 1024 == 0 && unit + 1 < COUNT(units); unit++)
		number /= 1024;
	line_add(&line, "%lld%s", (long long)number, units[unit]);
}

/* A field that means something else already would break the request, or give a secret away. */
static bool parse_header(const struct setting *setting, struct policy *policy, const char *value,
			 struct policy_problem *problem)
{
	static const char *const taken[] = {
		"Host",		 "Content-Length",
		"Content-Type",	 "Transfer-Encoding",
		"Connection",	 "Upgrade",
		"Expect",	 "TE",
		"Trailer",	 "Range",
		"Authorization", "Proxy-Authorization",
		"Cookie",	 NULL,
	};
	size_t length = strlen(value);
	struct line line = line_begin(problem->text, sizeof(problem->text));

	if (!parse_token(value, length) || length >= sizeof(policy->idempotency_header))
		return false;
	if (word_index(taken, value) >= 0) {
		line_add(&line, "HTTP has its own use for this header");
		return false;
	}
	memcpy(field_of(setting, policy), value, length + 1);
	return true;
}

static void print_text(const struct setting *setting, const struct policy *policy, char *text,
		       size_t size)
{
	struct line line = line_begin(text, size);

	line_add(&line, "%s", (const char *)value_of(setting, policy));
}

static bool is_name(const char *value)
{
	size_t length = strlen(value);

	for (size_t i = 0; i < length; i++) {
		char c = ascii_lower(value[i]);

		if (!ascii_is_digit(c) && (c < 'a' || c > 'z') && c != '-' && c != '_' && c != '.')
			return false;
	}
	return length && length < POLICY_NAME_MAX;
}

/* One of the words, or a name that stays as it is. */
static bool parse_ledger(const struct setting *setting, struct policy *policy, const char *value,
			 struct policy_problem *problem)
{
	int word = word_index(setting->words, value);

	(void)problem;
	if (!is_name(value))
		return false;
	memset(policy->ledger, 0, sizeof(policy->ledger));
	strcpy(policy->ledger, word < 0 ? value : setting->words[word]);
	return true;
}

static bool is_path(const char *value)
{
	size_t length = strlen(value);

	for (size_t i = 0; i < length; i++) {
		if (ascii_is_control(value[i]))
			return false;
	}
	return length && length < POLICY_LIST_MAX && value[length - 1] != '/';
}

static bool parse_path(const struct setting *setting, struct policy *policy, const char *value,
		       struct policy_problem *problem)
{
	char *path = field_of(setting, policy);

	(void)problem;
	if (!is_path(value))
		return false;
	memset(path, 0, POLICY_LIST_MAX);
	memcpy(path, value, strlen(value));
	return true;
}

/* A path, or "off", which is kept as an empty one. */
static bool parse_optional_path(const struct setting *setting, struct policy *policy,
				const char *value, struct policy_problem *problem)
{
	char *path = field_of(setting, policy);

	if (!parse_word("off", value, strlen(value)))
		return parse_path(setting, policy, value, problem);
	memset(path, 0, POLICY_LIST_MAX);
	return true;
}

static void print_optional_path(const struct setting *setting, const struct policy *policy,
				char *text, size_t size)
{
	const char *path = value_of(setting, policy);
	struct line line = line_begin(text, size);

	line_add(&line, "%s", path[0] ? path : "off");
}

static bool parse_sink(const struct setting *setting, struct policy *policy, const char *value,
		       struct policy_problem *problem)
{
	int sink = word_index(setting->words, value);

	(void)problem;
	if (sink < 0 && !is_path(value))
		return false;
	policy->log_sink = sink < 0 ? SINK_FILE : (enum policy_log_sink)sink;
	memset(policy->log_path, 0, sizeof(policy->log_path));
	if (sink < 0)
		memcpy(policy->log_path, value, strlen(value));
	return true;
}

static void print_sink(const struct setting *setting, const struct policy *policy, char *text,
		       size_t size)
{
	struct line line = line_begin(text, size);

	line_add(&line, "%s",
		 policy->log_sink == SINK_FILE ? policy->log_path :
						 setting->words[policy->log_sink]);
}

static bool parse_seed_or_unset(const struct setting *setting, struct policy *policy,
				const char *value, struct policy_problem *problem)
{
	uint64_t seed = 0;
	bool unset = parse_word("unset", value, strlen(value));

	(void)setting;
	(void)problem;
	if (!unset && !parse_seed(&seed, value))
		return false;
	policy->seeded = !unset;
	policy->seed = seed;
	return true;
}

static void print_seed(const struct setting *setting, const struct policy *policy, char *text,
		       size_t size)
{
	struct line line = line_begin(text, size);

	(void)setting;
	line_add(&line, policy->seeded ? "%llu" : "unset", (unsigned long long)policy->seed);
}

/* Each in the order of its enum. */
static const char *const mode_words[] = { "on", "observe", "off", NULL };
static const char *const jitter_words[] = { "none",	    "full",	    "equal",
					    "proportional", "decorrelated", NULL };
static const char *const sink_words[] = { "stderr", "none", "syslog", "journal", NULL };
static const char *const level_words[] = { "error", "warn", "info", "debug", NULL };
static const char *const ledger_words[] = { "on", "off", NULL };
static const char *const budget_words[] = { "off", NULL };
static const char *const format_words[] = { "text", "json", NULL };

#define FIELD(name) .field = offsetof(struct policy, name)
#define ENUMERATION .parse = parse_enumeration, .print = print_enumeration
#define SWITCH .parse = parse_switch, .print = print_switch
#define TIME .parse = parse_time, .print = print_time
#define THOUSANDTHS .parse = parse_thousandths, .print = print_thousandths
#define METHODS .parse = list_parse_methods, .print = list_print_text
#define PATTERNS .parse = list_parse_patterns, .print = list_print_text

#define ALLOWED_TIME "a duration as 250ms, 1.5s, 2m or 1h, at most ten years"
#define ALLOWED_PATTERNS "glob patterns between commas, !pattern to exclude"

const struct setting settings[POLICY_SETTINGS] = {
	{
		.name = "MODE",
		.value = "on",
		ENUMERATION,
		FIELD(mode),
		.words = mode_words,
		.allowed = "on, observe or off",
		.meaning = "on; observe: retry nothing, log what would be retried; off: pass "
			   "everything through",
	},
	{
		.name = "ATTEMPTS",
		.value = "5",
		.parse = parse_count,
		.print = print_count,
		FIELD(attempts),
		.least = 1,
		.most = 100,
		.allowed = "a whole number from 1 to 100",
		.meaning = "attempts in all, the first included",
	},
	{
		.name = "BASE_DELAY",
		.value = "1s",
		TIME,
		FIELD(base_delay_ms),
		.allowed = ALLOWED_TIME,
		.meaning = "backoff before the second attempt",
	},
	{
		.name = "MULTIPLIER",
		.value = "2",
		.parse = parse_factor,
		.print = print_factor,
		FIELD(multiplier),
		.least = 1,
		.most = 10,
		.allowed = "a number from 1 to 10, as 2 or 1.5",
		.meaning = "growth of the backoff from attempt to attempt",
	},
	{
		.name = "MAX_DELAY",
		.value = "60s",
		TIME,
		FIELD(max_delay_ms),
		.allowed = ALLOWED_TIME,
		.meaning = "cap on the backoff, before the jitter",
	},
	{
		.name = "JITTER",
		.value = "full",
		ENUMERATION,
		FIELD(jitter),
		.words = jitter_words,
		.allowed = "none, full, equal, proportional or decorrelated",
		.meaning = "how a delay is drawn from the backoff",
	},
	{
		.name = "MIN_DELAY",
		.value = "100ms",
		TIME,
		FIELD(min_delay_ms),
		.allowed = ALLOWED_TIME,
		.meaning = "floor under every delay",
	},
	{
		.name = "MAX_TIME",
		.value = "0",
		TIME,
		FIELD(max_time_ms),
		.allowed = ALLOWED_TIME "; 0 for no limit",
		.meaning = "no attempt starts later than this after the start of the call; 0: no "
			   "limit",
	},
	{
		.name = "MAX_RETRY_AFTER",
		.value = "5m",
		TIME,
		FIELD(max_retry_after_ms),
		.allowed = ALLOWED_TIME "; 0 to ignore the header",
		.meaning = "longest Retry-After honoured; longer: the call ends at once; 0: ignore "
			   "the header",
	},
	{
		.name = "ON_STATUS",
		.value = "408,425,429,500,502-504,522,524",
		.parse = list_parse_statuses,
		.print = list_print_statuses,
		FIELD(on_status),
		.allowed = "statuses from 200 to 599, ranges as 502-504 and classes as 5xx, "
			   "between commas; "
			   "a leading + or - changes the default list",
		.meaning = "transient HTTP statuses",
	},
	{
		.name = "ON_ERROR",
		.value = "dns,connect,timeout,network,http2,partial",
		.parse = list_parse_errors,
		.print = list_print_errors,
		FIELD(on_error),
		.allowed = "dns, connect, timeout, network, http2, partial and CURLcode names, "
			   "between commas; "
			   "a leading + or - changes the default list",
		.meaning = "transient transport errors",
	},
	{
		.name = "METHODS",
		.value = "GET,HEAD,OPTIONS,TRACE,PUT,DELETE,PROPFIND,REPORT",
		METHODS,
		FIELD(methods),
		.allowed = "HTTP methods between commas; a leading + or - changes the default list",
		.meaning = "methods that may be sent twice",
	},
	{
		.name = "IDEMPOTENCY_KEY",
		.value = "off",
		SWITCH,
		FIELD(idempotency_key),
		.allowed = "on or off",
		.meaning = "give a POST or PATCH an idempotency key, and retry it",
	},
	{
		.name = "IDEMPOTENCY_HEADER",
		.value = "Idempotency-Key",
		.parse = parse_header,
		.print = print_text,
		FIELD(idempotency_header),
		.allowed = "a header's name of at most 127 bytes",
		.meaning = "the header that carries the key",
	},
	{
		.name = "RESUME",
		.value = "on",
		SWITCH,
		FIELD(resume),
		.allowed = "on or off",
		.meaning =
			"go on with a broken body from the byte where it broke, where that is safe",
	},
	{
		.name = "HOLD",
		.value = "64KiB",
		.parse = parse_bytes,
		.print = print_bytes,
		FIELD(hold),
		.least = 0,
		.most = INT64_C(1) << 40,
		.allowed = "a size as 65536, 64KiB, 1MiB or 4GiB, at most 1024GiB; 0 for off",
		.meaning = "a response body of known length up to this is handed over when it is "
			   "whole",
	},
	{
		.name = "UPLOAD_BUFFER",
		.value = "64MiB",
		.parse = parse_bytes,
		.print = print_bytes,
		FIELD(upload_buffer),
		.least = 0,
		.most = 1 << 30,
		.allowed = "a size as 65536, 64KiB or 1MiB, at most 1GiB",
		.meaning = "how much of a request body that cannot be rewound is kept for the next "
			   "attempt",
	},
	{
		.name = "CONNECT_TIMEOUT",
		.value = "off",
		TIME,
		FIELD(connect_timeout_ms),
		.allowed = ALLOWED_TIME ", or off",
		.meaning = "time to connect, where the program sets none or a longer one",
	},
	{
		.name = "ATTEMPT_TIMEOUT",
		.value = "off",
		TIME,
		FIELD(attempt_timeout_ms),
		.allowed = ALLOWED_TIME ", or off",
		.meaning = "likewise, for a whole attempt",
	},
	{
		.name = "STALL_TIMEOUT",
		.value = "off",
		TIME,
		FIELD(stall_timeout_ms),
		.allowed = ALLOWED_TIME ", or off",
		.meaning = "likewise: an attempt that receives and sends nothing for so long has "
			   "failed",
	},
	{
		.name = "LEDGER",
		.value = "on",
		.parse = parse_ledger,
		.print = print_text,
		FIELD(ledger),
		.words = ledger_words,
		.allowed = "on, off, or a name of at most 63 letters, digits, dots, dashes and "
			   "underscores",
		.meaning = "keep one account of each destination for all processes of the user, or "
			   "for those with the same name",
	},
	{
		.name = "BUDGET",
		.value = "2",
		THOUSANDTHS,
		FIELD(budget),
		.words = budget_words,
		.least = 1100,
		.most = 100000,
		.allowed = "a number from 1.1 to 100, as 2 or 1.5, or off",
		.meaning = "requests that may go to a destination for each that it answers, all "
			   "processes together; off: no limit",
	},
	{
		.name = "BUDGET_FLOOR",
		.value = "5",
		THOUSANDTHS,
		FIELD(budget_floor),
		.least = 100,
		.most = 1000000,
		.allowed = "a number from 0.1 to 1000",
		.meaning = "retries a second that are allowed whatever a destination answers",
	},
	{
		.name = "PROGRAMS",
		.value = "*",
		PATTERNS,
		FIELD(programs),
		.allowed = ALLOWED_PATTERNS,
		.meaning = "names of the programs to act in",
	},
	{
		.name = "HOSTS",
		.value = "*",
		PATTERNS,
		FIELD(hosts),
		.allowed = ALLOWED_PATTERNS,
		.meaning = "names of the hosts to retry for",
	},
	{
		.name = "CONFIG",
		.value = "/etc/curlretry.conf",
		.parse = parse_path,
		.print = print_text,
		FIELD(config),
		.allowed = "a file's path, or none",
		.meaning = "the file of rules by host and program, see curlretry.conf(5)",
	},
	{
		.name = "LOG",
		.value = "stderr",
		.parse = parse_sink,
		.print = print_sink,
		FIELD(log_sink),
		.words = sink_words,
		.allowed = "stderr, none, syslog, journal or a file's path",
		.meaning = "where to log",
	},
	{
		.name = "LOG_LEVEL",
		.value = "warn",
		ENUMERATION,
		FIELD(log_level),
		.words = level_words,
		.allowed = "error, warn, info or debug",
		.meaning = "warn: each retry and how it ended; debug: every transfer",
	},
	{
		.name = "LOG_FORMAT",
		.value = "text",
		ENUMERATION,
		FIELD(log_format),
		.words = format_words,
		.allowed = "text or json",
		.meaning = "the form of a log line",
	},
	{
		.name = "TRACE",
		.value = "off",
		.parse = parse_optional_path,
		.print = print_optional_path,
		FIELD(trace),
		.allowed = "off, or a file's path",
		.meaning = "a line of JSON for each attempt, see curlretry --report",
	},
	{
		.name = "TRACE_SECRETS",
		.value = "off",
		SWITCH,
		FIELD(trace_secrets),
		.allowed = "on or off",
		.meaning = "write passwords and tokens into the trace",
	},
	{
		.name = "INJECT",
		.value = "off",
		.parse = inject_parse,
		.print = inject_print,
		.allowed = "off, or faults between commas, each with its share of the attempts: "
			   "503@10%, 503/ra=5@1%, refused@5%, dns@1%, tls@1%, reset@5%, "
			   "cut:4096@3%, delay:2s@20%, stall:30s@1%",
		.meaning = "faults on purpose, to see what a program does then",
	},
	{
		.name = "SEED",
		.value = "unset",
		.parse = parse_seed_or_unset,
		.print = print_seed,
		FIELD(seed),
		.allowed = "a whole number below 2^64, or unset",
		.meaning = "reproducible jitter and faults, for tests",
	},
};
