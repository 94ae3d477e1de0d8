/* SPDX-License-Identifier: MIT */
/*
 * What a policy consists of, and what one row of the table of settings says.
 * Both are plain data: see policy.h.
 */
#ifndef CURLRETRY_SETTING_H
#define CURLRETRY_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"

enum policy_mode { MODE_ON, MODE_OBSERVE, MODE_OFF };

enum policy_jitter {
	JITTER_NONE,
	JITTER_FULL,
	JITTER_EQUAL,
	JITTER_PROPORTIONAL,
	JITTER_DECORRELATED,
};

enum policy_log_level { LEVEL_ERROR, LEVEL_WARN, LEVEL_INFO, LEVEL_DEBUG };
enum policy_log_format { FORMAT_TEXT, FORMAT_JSON };
enum policy_log_sink { SINK_STDERR, SINK_NONE, SINK_SYSLOG, SINK_JOURNAL, SINK_FILE };

/* Where a setting's value came from; a later one wins. */
enum policy_source { SOURCE_DEFAULT, SOURCE_FILE, SOURCE_ENVIRONMENT, SOURCE_OPTION };

#define POLICY_SETTINGS 33
#define POLICY_VARIABLE "CURLRETRY_"	/* before a setting's name */
#define POLICY_LIST_MAX 1024	/* longest list of methods, programs or hosts, with its NUL */
#define POLICY_NAME_MAX 64	/* longest name of a ledger, with its NUL */
#define POLICY_STATUS_END 1000	/* HTTP statuses are below this */
#define POLICY_ERROR_END 256	/* CURLcodes are below this */
#define POLICY_VALUE_MAX 2048	/* room for any value that setting.print() prints */

struct policy {
	enum policy_mode mode;
	int attempts;
	int64_t base_delay_ms;
	double multiplier;
	int64_t max_delay_ms;
	enum policy_jitter jitter;
	int64_t min_delay_ms;
	int64_t max_time_ms;		/* 0: no limit */
	int64_t max_retry_after_ms;	/* 0: Retry-After is ignored */
	uint64_t on_status[(POLICY_STATUS_END + 63) / 64];
	uint64_t on_error[POLICY_ERROR_END / 64];
	char methods[POLICY_LIST_MAX];	/* "GET,HEAD", as parsed: no blanks, +/- applied */
	bool idempotency_key;
	char idempotency_header[128];
	bool resume;
	int64_t hold;			/* bytes, 0: off */
	int64_t upload_buffer;		/* bytes */
	int64_t connect_timeout_ms;	/* 0: off, here and in the next two */
	int64_t attempt_timeout_ms;
	int64_t stall_timeout_ms;
	char ledger[POLICY_NAME_MAX];	/* "on", "off", or its name */
	int64_t budget;			/* requests for each answer, in thousandths, 0: off */
	int64_t budget_floor;		/* retries a second, in thousandths */
	char programs[POLICY_LIST_MAX];	/* glob patterns, comma-separated */
	char hosts[POLICY_LIST_MAX];
	enum policy_log_sink log_sink;
	char log_path[POLICY_LIST_MAX];	/* SINK_FILE only */
	enum policy_log_level log_level;
	enum policy_log_format log_format;
	char config[POLICY_LIST_MAX];	/* the file of rules; "none": there is none */
	char trace[POLICY_LIST_MAX];	/* the file; empty: off */
	bool trace_secrets;
	struct inject inject;
	bool seeded;
	uint64_t seed;
	enum policy_source source[POLICY_SETTINGS];	/* by index in settings[] */
	int line[POLICY_SETTINGS];	/* of the file, where that is the source */
};

/* Says what is wrong with a value, in one line without a newline. */
struct policy_problem {
	char text[1024];
};

/*
 * One row of INTERFACE's table. The variable is "CURLRETRY_" + name
 * ("BASE_DELAY"), the option "--" + name in lower case with dashes.
 *
 * parse() is for policy_set(), which see: on failure it leaves in *problem
 * only what is to be said beside the value and `allowed`, if anything.
 * print() gives a text that parse() takes; it is cut where it exceeds SIZE.
 */
struct setting {
	const char *name;
	const char *value;	/* the default, as a user would type it; "unset" for none */
	const char *allowed;	/* ends the sentence "allowed: …" */
	const char *meaning;	/* one line, for --help */
	bool (*parse)(const struct setting *setting, struct policy *policy,
		      const char *value, struct policy_problem *problem);
	void (*print)(const struct setting *setting, const struct policy *policy,
		      char *text, size_t size);
	size_t field;		/* offset in struct policy, for parse and print */
	const char *const *words;	/* of an enumeration, in its order, with NULL at the end */
	int64_t least, most;	/* of a number or a size */
};

#endif
