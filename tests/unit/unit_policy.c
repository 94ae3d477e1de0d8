/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../config/errors.h"
#include "../../config/policy.h"
#include "../../config/rules_file.h"
#include "check.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NO_FILE RULES_NO_FILE
static const char long_entry[] = "CURLRETRY_A_NAME_THAT_IS_LONGER_THAN_ANY_SETTING_THERE_EVER_IS=1";

/* INTERFACE.md's table, once more. */
static const struct {
	const char *name, *value;
} interface_table[] = {
	{ "MODE", "on" },
	{ "ATTEMPTS", "5" },
	{ "BASE_DELAY", "1s" },
	{ "MULTIPLIER", "2" },
	{ "MAX_DELAY", "60s" },
	{ "JITTER", "full" },
	{ "MIN_DELAY", "100ms" },
	{ "MAX_TIME", "0" },
	{ "MAX_RETRY_AFTER", "5m" },
	{ "ON_STATUS", "408,425,429,500,502-504,522,524" },
	{ "ON_ERROR", "dns,connect,timeout,network,http2,partial" },
	{ "METHODS", "GET,HEAD,OPTIONS,TRACE,PUT,DELETE,PROPFIND,REPORT" },
	{ "IDEMPOTENCY_KEY", "off" },
	{ "IDEMPOTENCY_HEADER", "Idempotency-Key" },
	{ "RESUME", "on" },
	{ "HOLD", "64KiB" },
	{ "UPLOAD_BUFFER", "64MiB" },
	{ "CONNECT_TIMEOUT", "off" },
	{ "ATTEMPT_TIMEOUT", "off" },
	{ "STALL_TIMEOUT", "off" },
	{ "LEDGER", "on" },
	{ "BUDGET", "2" },
	{ "BUDGET_FLOOR", "5" },
	{ "PROGRAMS", "*" },
	{ "HOSTS", "*" },
	{ "CONFIG", "/etc/curlretry.conf" },
	{ "LOG", "stderr" },
	{ "LOG_LEVEL", "warn" },
	{ "LOG_FORMAT", "text" },
	{ "TRACE", "off" },
	{ "TRACE_SECRETS", "off" },
	{ "INJECT", "off" },
	{ "SEED", "unset" },
};

#define DEFAULT_METHODS "GET,HEAD,OPTIONS,TRACE,PUT,DELETE,PROPFIND,REPORT"
#define DEFAULT_ERRORS "dns,connect,timeout,network,http2,partial"

/* A value, and how it prints. */
static const struct {
	const char *name, *value, *printed;
} good[] = {
	{ "MODE", "on", "on" },
	{ "MODE", "observe", "observe" },
	{ "MODE", "OFF", "off" },
	{ "ATTEMPTS", "1", "1" },
	{ "ATTEMPTS", "100", "100" },
	{ "ATTEMPTS", "007", "7" },
	{ "BASE_DELAY", "0", "0" },
	{ "BASE_DELAY", "250ms", "250ms" },
	{ "BASE_DELAY", "1000ms", "1s" },
	{ "BASE_DELAY", "1.5", "1.5s" },
	{ "BASE_DELAY", "60", "1m" },
	{ "BASE_DELAY", "90s", "90s" },
	{ "BASE_DELAY", "120m", "2h" },
	{ "BASE_DELAY", "1.234s", "1.234s" },
	{ "BASE_DELAY", "1.05s", "1.05s" },
	{ "BASE_DELAY", "61.5", "61.5s" },
	{ "MULTIPLIER", "1", "1" },
	{ "MULTIPLIER", "10", "10" },
	{ "MULTIPLIER", "1.5", "1.5" },
	{ "MULTIPLIER", "2.50", "2.5" },
	{ "MULTIPLIER", "1.1", "1.1" },
	{ "MULTIPLIER", "9.999999999", "9.999999999" },
	{ "MAX_DELAY", "1m", "60s" },
	{ "MAX_DELAY", "2m", "2m" },
	{ "MAX_DELAY", "87600h", "87600h" },
	{ "JITTER", "none", "none" },
	{ "JITTER", "full", "full" },
	{ "JITTER", "equal", "equal" },
	{ "JITTER", "proportional", "proportional" },
	{ "JITTER", "Decorrelated", "decorrelated" },
	{ "MIN_DELAY", "0", "0" },
	{ "MIN_DELAY", "0s", "0" },
	{ "MIN_DELAY", "0.1", "100ms" },
	{ "MAX_TIME", "0", "0" },
	{ "MAX_TIME", "30s", "30s" },
	{ "MAX_TIME", "1h", "1h" },
	{ "MAX_RETRY_AFTER", "0", "0" },
	{ "MAX_RETRY_AFTER", "300", "5m" },
	{ "MAX_RETRY_AFTER", "10m", "10m" },
	{ "ON_STATUS", "503", "503" },
	{ "ON_STATUS", "500-504", "500-504" },
	{ "ON_STATUS", "5xx", "500-599" },
	{ "ON_STATUS", "3XX,4xx,5Xx", "300-599" },
	{ "ON_STATUS", " 503 ,\t429 ", "429,503" },
	{ "ON_STATUS", "500,501,502,504", "500-502,504" },
	{ "ON_STATUS", "503,503", "503" },
	{ "ON_STATUS", "+418", "408,418,425,429,500,502-504,522,524" },
	{ "ON_STATUS", "-429", "408,425,500,502-504,522,524" },
	{ "ON_STATUS", "-429,503", "408,425,500,502,504,522,524" },
	{ "ON_STATUS", "+418,-429,503,+5xx", "408,418,425,500-599" },
	{ "ON_STATUS", " - 502-504", "408,425,429,500,522,524" },
	{ "ON_STATUS", "-404", "408,425,429,500,502-504,522,524" },
	{ "ON_STATUS", "-4xx,5xx", "none" },
	{ "ON_STATUS", "none", "none" },
	{ "ON_STATUS", "None", "none" },
	{ "ON_STATUS", "200,599", "200,599" },
	{ "ON_STATUS", "503-503", "503" },
	{ "ON_ERROR", "dns", "dns" },
	{ "ON_ERROR", "COULDNT_RESOLVE_HOST", "COULDNT_RESOLVE_HOST" },
	{ "ON_ERROR", "couldnt_resolve_host, CURLE_COULDNT_RESOLVE_PROXY", "dns" },
	{ "ON_ERROR", "HTTP2", "http2" },
	{ "ON_ERROR", "CURLE_HTTP2", "CURLE_HTTP2" },
	{ "ON_ERROR", "-CURLE_HTTP2", "dns,connect,timeout,network,partial,HTTP2_STREAM,HTTP3" },
	{ "ON_ERROR", "+SSH", DEFAULT_ERRORS ",SSH" },
	{ "ON_ERROR", "-dns,connect,+AGAIN", "timeout,network,http2,partial,AGAIN" },
	{ "ON_ERROR", "-GOT_NOTHING", "dns,connect,timeout,http2,partial,SEND_ERROR,RECV_ERROR" },
	{ "ON_ERROR", "-WRITE_ERROR", DEFAULT_ERRORS },
	{ "ON_ERROR", "none", "none" },
	{ "ON_ERROR", "-HTTP_RETURNED_ERROR", DEFAULT_ERRORS },
	{ "METHODS", "GET", "GET" },
	{ "METHODS", "GET, POST", "GET,POST" },
	{ "METHODS", "GET,GET,HEAD,GET", "GET,HEAD" },
	{ "METHODS", "+POST", DEFAULT_METHODS ",POST" },
	{ "METHODS", "+GET", DEFAULT_METHODS },
	{ "METHODS", "-PUT,DELETE", "GET,HEAD,OPTIONS,TRACE,PROPFIND,REPORT" },
	{ "METHODS", "-GET", "HEAD,OPTIONS,TRACE,PUT,DELETE,PROPFIND,REPORT" },
	{ "METHODS", "-REPORT,+M-SEARCH", "GET,HEAD,OPTIONS,TRACE,PUT,DELETE,PROPFIND,M-SEARCH" },
	{ "METHODS", "-get,HEA,EPORT", DEFAULT_METHODS },
	{ "METHODS", "none", "none" },
	{ "METHODS", "-" DEFAULT_METHODS, "none" },
	{ "METHODS", "get", "get" },
	{ "METHODS", " nonE ", "none" },
	{ "IDEMPOTENCY_KEY", "on", "on" },
	{ "IDEMPOTENCY_KEY", "off", "off" },
	{ "IDEMPOTENCY_KEY", "1", "on" },
	{ "IDEMPOTENCY_KEY", "no", "off" },
	{ "IDEMPOTENCY_KEY", "TRUE", "on" },
	{ "IDEMPOTENCY_HEADER", "X-Request-Id", "X-Request-Id" },
	{ "RESUME", "0", "off" },
	{ "RESUME", "yes", "on" },
	{ "RESUME", "false", "off" },
	{ "HOLD", "0", "0" },
	{ "HOLD", "1024GiB", "1024GiB" },
	{ "HOLD", "1GiB", "1GiB" },
	{ "HOLD", "100", "100" },
	{ "UPLOAD_BUFFER", "0", "0" },
	{ "UPLOAD_BUFFER", "65536", "64KiB" },
	{ "UPLOAD_BUFFER", "1GiB", "1GiB" },
	{ "UPLOAD_BUFFER", "1025", "1025" },
	{ "UPLOAD_BUFFER", "1048576", "1MiB" },
	{ "CONNECT_TIMEOUT", "off", "off" },
	{ "CONNECT_TIMEOUT", "OFF", "off" },
	{ "CONNECT_TIMEOUT", "0", "off" },
	{ "CONNECT_TIMEOUT", "5s", "5s" },
	{ "ATTEMPT_TIMEOUT", "0ms", "off" },
	{ "ATTEMPT_TIMEOUT", "1m", "1m" },
	{ "STALL_TIMEOUT", "off", "off" },
	{ "STALL_TIMEOUT", "1ms", "1ms" },
	{ "PROGRAMS", "git*", "git*" },
	{ "PROGRAMS", "curl, wget", "curl,wget" },
	{ "PROGRAMS", "!git", "!git" },
	{ "PROGRAMS", "+!git", "*,!git" },
	{ "PROGRAMS", "-git", "*,!git" },
	{ "PROGRAMS", "-git,git", "*,!git" },
	{ "PROGRAMS", "-*,+curl", "curl" },
	{ "PROGRAMS", "[a-c]?", "[a-c]?" },
	{ "HOSTS", "*.example.com,!test.example.com", "*.example.com,!test.example.com" },
	{ "HOSTS", "::1", "::1" },
	{ "LOG", "stderr", "stderr" },
	{ "LOG", "none", "none" },
	{ "LOG", "syslog", "syslog" },
	{ "LOG", "journal", "journal" },
	{ "LOG", "NONE", "none" },
	{ "LOG", "/var/log/x y.log", "/var/log/x y.log" },
	{ "LOG", "./none", "./none" },
	{ "LOG_LEVEL", "error", "error" },
	{ "LOG_LEVEL", "warn", "warn" },
	{ "LOG_LEVEL", "info", "info" },
	{ "LOG_LEVEL", "debug", "debug" },
	{ "LOG_FORMAT", "json", "json" },
	{ "LOG_FORMAT", "text", "text" },
	{ "LEDGER", "on", "on" },
	{ "LEDGER", "OFF", "off" },
	{ "LEDGER", "On-call_2.b", "On-call_2.b" },
	{ "LEDGER", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz01234567890",
	  "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz01234567890" },
	{ "BUDGET", "off", "off" },
	{ "BUDGET", "Off", "off" },
	{ "BUDGET", "1.1", "1.1" },
	{ "BUDGET", "100", "100" },
	{ "BUDGET", "1.250", "1.25" },
	{ "BUDGET_FLOOR", "0.1", "0.1" },
	{ "BUDGET_FLOOR", "1000", "1000" },
	{ "BUDGET_FLOOR", "12.345", "12.345" },
	{ "TRACE", "/var/log/trace", "/var/log/trace" },
	{ "TRACE", "OFF", "off" },
	{ "TRACE_SECRETS", "yes", "on" },
	{ "SEED", "0", "0" },
	{ "SEED", "18446744073709551615", "18446744073709551615" },
	{ "SEED", "0xff", "255" },
	{ "SEED", "unset", "unset" },
};

/* A value, and what the problem says of it beside the value as a whole. */
static const struct {
	const char *name, *value, *reason;
} bad[] = {
	{ "MODE", "", "" },
	{ "MODE", "onn", "" },
	{ "MODE", " on", "" },
	{ "ATTEMPTS", "0", "" },
	{ "ATTEMPTS", "101", "" },
	{ "ATTEMPTS", "-1", "" },
	{ "ATTEMPTS", "5.0", "" },
	{ "ATTEMPTS", "4294967297", "" },
	{ "ATTEMPTS", "18446744073709551617", "" },
	{ "ATTEMPTS", "five", "" },
	{ "BASE_DELAY", "", "" },
	{ "BASE_DELAY", "off", "" },
	{ "BASE_DELAY", "1,5s", "" },
	{ "BASE_DELAY", "-1s", "" },
	{ "BASE_DELAY", "11y", "" },
	{ "BASE_DELAY", "0.0001ms", "" },
	{ "MULTIPLIER", "0.99", "" },
	{ "MULTIPLIER", "10.01", "" },
	{ "MULTIPLIER", "0", "" },
	{ "MULTIPLIER", "2x", "" },
	{ "MULTIPLIER", "1,5", "" },
	{ "MAX_DELAY", "1 s", "" },
	{ "JITTER", "some", "" },
	{ "MIN_DELAY", "nan", "" },
	{ "MAX_TIME", "1e3", "" },
	{ "MAX_TIME", "off", "" },
	{ "MAX_RETRY_AFTER", "never", "" },
	{ "ON_STATUS", "", "\"\" is an empty element" },
	{ "ON_STATUS", "503,", "\"\" is an empty element" },
	{ "ON_STATUS", ",503", "\"\" is an empty element" },
	{ "ON_STATUS", "+", "\"\" is an empty element" },
	{ "ON_STATUS", "429,,503", "\"\" is an empty element" },
	{ "ON_STATUS", "199", "\"199\" is no status, range or class within 200 to 599" },
	{ "ON_STATUS", "199-503", "\"199-503\" is no status, range or class within 200 to 599" },
	{ "ON_STATUS", "600", "\"600\" is no status, range or class within 200 to 599" },
	{ "ON_STATUS", "1xx", "\"1xx\" is no status, range or class within 200 to 599" },
	{ "ON_STATUS", "6xx", "\"6xx\" is no status, range or class within 200 to 599" },
	{ "ON_STATUS", "xxx", "\"xxx\" is no status, range or class within 200 to 599" },
	{ "ON_STATUS", "504-502", "\"504-502\" is no status, range or class within 200 to 599" },
	{ "ON_STATUS", "503 504", "\"503 504\" is no status, range or class within 200 to 599" },
	{ "ON_STATUS", "503;504", "\"503;504\" is no status, range or class within 200 to 599" },
	{ "ON_STATUS", "502-", "\"502-\" is no status, range or class within 200 to 599" },
	{ "ON_STATUS", "500-502-504",
	  "\"500-502-504\" is no status, range or class within 200 to 599" },
	{ "ON_STATUS", "503,+418", "\"+418\" has a sign, but the list does not begin with one" },
	{ "ON_STATUS", "503,-418", "\"-418\" has a sign, but the list does not begin with one" },
	{ "ON_STATUS", "+none", "\"none\" is no status, range or class within 200 to 599" },
	{ "ON_STATUS", "--503", "\"-503\" has two signs" },
	{ "HOSTS", "+-", "\"-\" has two signs" },
	{ "ON_ERROR", "nope", "\"nope\" is neither a CURLcode nor a group of them" },
	{ "ON_ERROR", "+CURLE_OK", "\"CURLE_OK\" is neither a CURLcode nor a group of them" },
	{ "ON_ERROR", "dns,+connect",
	  "\"+connect\" has a sign, but the list does not begin with one" },
	{ "ON_ERROR", "+HTTP_RETURNED_ERROR",
	  "\"HTTP_RETURNED_ERROR\" depends on the status, see CURLRETRY_ON_STATUS" },
	{ "ON_ERROR", "7", "\"7\" is neither a CURLcode nor a group of them" },
	{ "METHODS", "GE T", "\"GE T\" is not a method's name" },
	{ "METHODS", "GET;POST", "\"GET;POST\" is not a method's name" },
	{ "METHODS", "GET,None", "\"None\" stands alone, for the empty list" },
	{ "METHODS", "GET,", "\"\" is an empty element" },
	{ "METHODS", "G\303\211T", "\"G\303\211T\" is not a method's name" },
	{ "IDEMPOTENCY_KEY", "maybe", "" },
	{ "IDEMPOTENCY_KEY", "2", "" },
	{ "IDEMPOTENCY_HEADER", "", "" },
	{ "IDEMPOTENCY_HEADER", "A: b", "" },
	{ "IDEMPOTENCY_HEADER", "A\r\nB", "" },
	{ "IDEMPOTENCY_HEADER", "content-length", "HTTP has its own use for this header" },
	{ "IDEMPOTENCY_HEADER", "Host", "HTTP has its own use for this header" },
	{ "RESUME", "", "" },
	{ "HOLD", "1025GiB", "" },
	{ "HOLD", "off", "" },
	{ "HOLD", "1.5MiB", "" },
	{ "HOLD", "-1", "" },
	{ "UPLOAD_BUFFER", "2GiB", "" },
	{ "UPLOAD_BUFFER", "1MB", "" },
	{ "UPLOAD_BUFFER", "-1", "" },
	{ "CONNECT_TIMEOUT", "none", "" },
	{ "ATTEMPT_TIMEOUT", "-1", "" },
	{ "STALL_TIMEOUT", "0.1ms", "" },
	{ "PROGRAMS", "", "\"\" is an empty element" },
	{ "PROGRAMS", "curl git", "\"curl git\" is not a pattern (blanks are written as ?)" },
	{ "PROGRAMS", "!", "\"!\" is not a pattern (blanks are written as ?)" },
	{ "PROGRAMS", "!!a", "\"!!a\" is not a pattern (blanks are written as ?)" },
	{ "PROGRAMS", "-*", "\"-*\" leaves nothing of the list" },
	{ "PROGRAMS", "-!a", "\"!a\" is not in the list" },
	{ "HOSTS", "a,,b", "\"\" is an empty element" },
	{ "HOSTS", "a\tb", "\"a\\x09b\" is not a pattern (blanks are written as ?)" },
	{ "LOG", "", "" },
	{ "LOG", "/tmp/", "" },
	{ "LOG", "a\nb", "" },
	{ "LOG_LEVEL", "warning", "" },
	{ "LOG_FORMAT", "xml", "" },
	{ "LEDGER", "", "" },
	{ "LEDGER", "a b", "" },
	{ "LEDGER", "a/b", "" },
	{ "LEDGER", "\303\244", "" },
	{ "LEDGER", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz012345678901", "" },
	{ "BUDGET", "1", "" },
	{ "BUDGET", "1.09", "" },
	{ "BUDGET", "100.1", "" },
	{ "BUDGET", "0", "" },
	{ "BUDGET", "-2", "" },
	{ "BUDGET", "on", "" },
	{ "BUDGET", "2x", "" },
	{ "BUDGET", "nan", "" },
	{ "BUDGET_FLOOR", "off", "" },
	{ "BUDGET_FLOOR", "0", "" },
	{ "BUDGET_FLOOR", "0.09", "" },
	{ "BUDGET_FLOOR", "1000.1", "" },
	{ "BUDGET_FLOOR", "", "" },
	{ "TRACE", "", "" },
	{ "TRACE", "/tmp/", "" },
	{ "TRACE_SECRETS", "some", "" },
	{ "SEED", "-1", "" },
	{ "SEED", "18446744073709551616", "" },
	{ "SEED", "", "" },
};

static const struct setting *setting_of(const char *name)
{
	char variable[64];

	snprintf(variable, sizeof(variable), "CURLRETRY_%s", name);
	return setting_by_variable(variable);
}

static const char *printed(const char *name, const struct policy *policy)
{
	static char text[POLICY_VALUE_MAX];
	const struct setting *setting = setting_of(name);

	setting->print(setting, policy, text, sizeof(text));
	return text;
}

static bool set(struct policy *policy, const char *name, const char *value)
{
	struct policy_problem problem = { "untouched" };

	return policy_set(policy, setting_of(name), value, SOURCE_OPTION, &problem);
}

/* In all that can be printed, and in where it came from. */
static bool is_same(const struct policy *policy, const struct policy *other)
{
	for (size_t i = 0; i < POLICY_SETTINGS; i++) {
		char text[POLICY_VALUE_MAX], other_text[POLICY_VALUE_MAX];

		settings[i].print(&settings[i], policy, text, sizeof(text));
		settings[i].print(&settings[i], other, other_text, sizeof(other_text));
		if (strcmp(text, other_text) || policy->source[i] != other->source[i])
			return false;
	}
	return true;
}

static void table_is_that_of_the_interface(void)
{
	struct policy policy;

	policy_init(&policy);
	CHECK_INT(COUNT(interface_table), POLICY_SETTINGS);
	for (size_t i = 0; i < POLICY_SETTINGS; i++) {
		CHECK_STR(settings[i].name, interface_table[i].name);
		CHECK_STR(settings[i].value, interface_table[i].value);
		CHECK(setting_of(settings[i].name) == &settings[i]);
		CHECK_STR(printed(settings[i].name, &policy), interface_table[i].value);
		CHECK_INT(policy.source[i], SOURCE_DEFAULT);
		CHECK(settings[i].allowed[0] && settings[i].meaning[0] &&
		      !strchr(settings[i].meaning, '\n'));
	}
	CHECK(!setting_by_variable("CURLRETRY_") && !setting_by_variable("ATTEMPTS") &&
	      !setting_by_variable(""));
	CHECK(!setting_by_variable("CURLRETRY_ATTEMPT") &&
	      !setting_by_variable("curlretry_attempts"));
}

static void defaults_have_their_meaning(void)
{
	struct policy policy;

	policy_init(&policy);
	CHECK(policy.mode == MODE_ON && policy.attempts == 5 && policy.base_delay_ms == 1000 &&
	      policy.multiplier == 2);
	CHECK(policy.max_delay_ms == 60000 && policy.jitter == JITTER_FULL &&
	      policy.min_delay_ms == 100);
	CHECK(policy.max_time_ms == 0 && policy.max_retry_after_ms == 300000 &&
	      !policy.idempotency_key && policy.resume);
	CHECK(policy.hold == 65536 && policy.upload_buffer == 67108864 &&
	      !policy.connect_timeout_ms && !policy.attempt_timeout_ms);
	CHECK(!policy.stall_timeout_ms && policy.log_sink == SINK_STDERR &&
	      policy.log_level == LEVEL_WARN);
	CHECK(policy.log_format == FORMAT_TEXT && !policy.seeded);
	CHECK_STR(policy.idempotency_header, "Idempotency-Key");
	for (int status = -1; status <= POLICY_STATUS_END + 100; status++) {
		bool expected = status == 408 || status == 425 || status == 429 || status == 500 ||
				(status >= 502 && status <= 504) || status == 522 || status == 524;

		CHECK(policy_status_is_transient(&policy, status) == expected);
	}
	for (int code = -1; code <= POLICY_ERROR_END + 100; code++) {
		static const int transient[] = { 5,  6,	 7,  35, 96, 97, 28, 12,
						 55, 56, 52, 16, 92, 95, 18 };
		bool expected = false;

		for (size_t i = 0; i < COUNT(transient); i++)
			expected |= transient[i] == code;
		CHECK(policy_error_is_transient(&policy, code) == expected);
	}
}

static void good_values_print_as_they_may_be_typed(void)
{
	for (size_t i = 0; i < COUNT(good); i++) {
		const struct setting *setting = setting_of(good[i].name);
		struct policy policy;

		policy_init(&policy);
		if (!CHECK(set(&policy, good[i].name, good[i].value)))
			fprintf(stderr, "  for %s=%s\n", good[i].name, good[i].value);
		CHECK_STR(printed(good[i].name, &policy), good[i].printed);
		CHECK_INT(policy.source[setting - settings], SOURCE_OPTION);
		CHECK(set(&policy, good[i].name, good[i].printed));
		CHECK_STR(printed(good[i].name, &policy), good[i].printed);
	}
}

static void bad_values_are_named(void)
{
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct setting *setting = setting_of(bad[i].name);
		struct policy_problem problem = { "untouched" };
		struct policy policy, before;
		char expected[1024];

		policy_init(&policy);
		policy_init(&before);
		if (!CHECK(!policy_set(&policy, setting, bad[i].value, SOURCE_ENVIRONMENT,
				       &problem)))
			fprintf(stderr, "  for %s=%s\n", bad[i].name, bad[i].value);
		CHECK(is_same(&policy, &before));
		snprintf(expected, sizeof(expected),
			 "CURLRETRY_%s: bad value \"%s\"%s%s (allowed: %s)", bad[i].name,
			 bad[i].value, bad[i].reason[0] ? ": " : "", bad[i].reason,
			 setting->allowed);
		if (!strpbrk(bad[i].value, "\r\n\t"))
			CHECK_STR(problem.text, expected);
		CHECK(!strpbrk(problem.text, "\r\n\t"));
	}
}

/* The ones INTERFACE.md names, and all others that error_is_permanent() knows, one by one. */
static void permanent_errors_cannot_be_added(void)
{
	for (int code = 1; code <= 101; code++) {
		bool addable = !error_is_permanent(code) && code != 22;
		struct policy policy;
		char value[64];

		policy_init(&policy);
		snprintf(value, sizeof(value), "+%s", error_name(code));
		CHECK(set(&policy, "ON_ERROR", value) == addable);
		CHECK(policy_error_is_transient(&policy, code) == addable);
		snprintf(value, sizeof(value), "-%s", error_name(code));
		CHECK(set(&policy, "ON_ERROR", value));
		CHECK(!policy_error_is_transient(&policy, code));
	}
}

static void permanent_errors_stay_so_in_any_policy(void)
{
	struct policy policy;

	policy_init(&policy);
	memset(policy.on_error, 0xff, sizeof(policy.on_error));
	for (int code = 1; code < POLICY_ERROR_END; code++)
		CHECK(policy_error_is_transient(&policy, code) == !error_is_permanent(code));
}

static void every_error_at_once_fits(void)
{
	struct policy policy;
	char value[POLICY_VALUE_MAX] = "", small[16];
	size_t length = 0;

	policy_init(&policy);
	for (int code = 1; code <= 101; code++) {
		if (!error_is_permanent(code) && code != 22 && code != 6 && code != 7 &&
		    code != 92 && code != 28 && code != 55)
			length += (size_t)snprintf(value + length, sizeof(value) - length, "%s%s",
						   length ? "," : "", error_name(code));
	}
	CHECK(length < sizeof(value));
	CHECK(set(&policy, "ON_ERROR", value));
	CHECK(strlen(printed("ON_ERROR", &policy)) < POLICY_VALUE_MAX - 1);
	CHECK(set(&policy, "ON_ERROR", printed("ON_ERROR", &policy)));
	setting_of("ON_ERROR")->print(setting_of("ON_ERROR"), &policy, small, sizeof(small));
	CHECK_INT(strlen(small), sizeof(small) - 1);
	for (int status = 300, n = 0; status <= 598; status += 2)
		n += snprintf(value + n, sizeof(value) - (size_t)n, "%s%d", n ? "," : "", status);
	CHECK(set(&policy, "ON_STATUS", value));
	CHECK_STR(printed("ON_STATUS", &policy), value);
}

static void problems_are_one_printable_line(void)
{
	struct policy_problem problem;
	struct policy policy;
	char value[5000];

	policy_init(&policy);
	policy_set(&policy, setting_of("ATTEMPTS"), "0", SOURCE_OPTION, &problem);
	CHECK_STR(problem.text,
		  "--attempts: bad value \"0\" (allowed: a whole number from 1 to 100)");
	policy_set(&policy, setting_of("BASE_DELAY"), "x", SOURCE_OPTION, &problem);
	CHECK(!strncmp(problem.text, "--base-delay: bad value \"x\" (allowed: ", 38));
	policy_set(&policy, setting_of("MODE"), "a\n\x1b[31m\x7f\tb", SOURCE_FILE, &problem);
	CHECK_STR(problem.text, "CURLRETRY_MODE: bad value \"a\\x0a\\x1b[31m\\x7f\\x09b\" "
				"(allowed: on, observe or off)");
	/* Whole characters stay; parts of them, overlong ones, surrogates and C1 do not. */
	policy_set(&policy, setting_of("MODE"), "\303\251\342\202\254\360\237\230\200", SOURCE_FILE,
		   &problem);
	CHECK_STR(problem.text,
		  "CURLRETRY_MODE: bad value \"\303\251\342\202\254\360\237\230\200\" (allowed: "
		  "on, observe or off)");
	policy_set(&policy, setting_of("MODE"),
		   "\303|\300\200|\355\240\200|\302\233|\364\220\200\200|\342\202", SOURCE_FILE,
		   &problem);
	CHECK_STR(problem.text,
		  "CURLRETRY_MODE: bad value \"\\xc3|\\xc0\\x80|\\xed\\xa0\\x80|\\xc2\\x9b|"
		  "\\xf4\\x90\\x80\\x80|\\xe2\\x82\" (allowed: on, observe or off)");
	memset(value, '\1', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	for (size_t i = 0; i < POLICY_SETTINGS; i++) {
		CHECK(!policy_set(&policy, &settings[i], value, SOURCE_ENVIRONMENT, &problem));
		CHECK(strstr(problem.text, "\\x01...\""));
		CHECK_INT(problem.text[strlen(problem.text) - 1], ')');
	}
}

static void long_lists_are_refused_or_fit(void)
{
	struct policy_problem problem;
	struct policy policy;
	char value[POLICY_LIST_MAX + 1];

	policy_init(&policy);
	memset(value, 'A', sizeof(value));
	value[POLICY_LIST_MAX - 1] = '\0';
	CHECK(set(&policy, "METHODS", value));
	CHECK_INT(strlen(policy.methods), POLICY_LIST_MAX - 1);
	CHECK(set(&policy, "LOG", value));
	value[POLICY_LIST_MAX - 1] = 'A';
	value[POLICY_LIST_MAX] = '\0';
	CHECK(!policy_set(&policy, setting_of("METHODS"), value, SOURCE_FILE, &problem));
	CHECK(strstr(problem.text, "the list has no room for it"));
	CHECK_INT(strlen(policy.methods), POLICY_LIST_MAX - 1);
	CHECK(!set(&policy, "LOG", value));
	value[POLICY_LIST_MAX - 4] = ',';
	CHECK(!set(&policy, "METHODS", value));
	value[POLICY_LIST_MAX - 1] = '\0';
	CHECK(set(&policy, "METHODS", value));
	memset(value, 'A', sizeof(value));
	value[127] = '\0';
	CHECK(set(&policy, "IDEMPOTENCY_HEADER", value));
	value[127] = 'A';
	value[128] = '\0';
	CHECK(!set(&policy, "IDEMPOTENCY_HEADER", value));
}

static void methods_match_exactly(void)
{
	struct policy policy;

	policy_init(&policy);
	CHECK(policy_method_is_idempotent(&policy, "GET") &&
	      policy_method_is_idempotent(&policy, "REPORT"));
	CHECK(policy_method_is_idempotent(&policy, "PUT"));
	CHECK(!policy_method_is_idempotent(&policy, "POST") &&
	      !policy_method_is_idempotent(&policy, "get"));
	CHECK(!policy_method_is_idempotent(&policy, "GE") &&
	      !policy_method_is_idempotent(&policy, "GETS"));
	CHECK(!policy_method_is_idempotent(&policy, "") &&
	      !policy_method_is_idempotent(&policy, "GET,HEAD"));
	set(&policy, "METHODS", "none");
	CHECK(!policy_method_is_idempotent(&policy, "GET") &&
	      !policy_method_is_idempotent(&policy, ""));
}

static void patterns_choose(void)
{
	static const struct {
		const char *list, *name;
		bool program, host;
	} cases[] = {
		{ "*", "anything", true, true },
		{ "*", "", true, true },
		{ "git*", "git-remote-https", true, true },
		{ "git*", "agit", false, false },
		{ "curl,wget", "wget", true, true },
		{ "curl,wget", "wge", false, false },
		{ "!git", "git", false, false },
		{ "!git", "curl", true, true },
		{ "!git,!curl", "curl", false, false },
		{ "git*,!git-lfs", "git-lfs", false, false },
		{ "git*,!git-lfs", "git", true, true },
		{ "!git-lfs,git*", "git-lfs", false, false },
		{ "git*,!git-lfs", "curl", false, false },
		{ "GIT", "git", false, true },
		{ "git", "GIT", false, true },
		{ "*.Example.COM", "api.example.com", false, true },
		{ "!*.Internal", "X.INTERNAL", true, false },
		{ "*.example.com", "example.com", false, false },
		{ "[A-C]x", "bX", false, true },
		{ "::1", "::1", true, true },
		{ "10.*", "10.1.2.3", true, true },
		{ "py?hon3", "python3", true, true },
		{ "*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaa", false, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct policy policy;
		bool ok;

		policy_init(&policy);
		CHECK(set(&policy, "PROGRAMS", cases[i].list) &&
		      set(&policy, "HOSTS", cases[i].list));
		ok = CHECK(policy_program_matches(&policy, cases[i].name) == cases[i].program);
		ok &= CHECK(policy_host_matches(&policy, cases[i].name) == cases[i].host);
		if (!ok)
			fprintf(stderr, "  for \"%s\" in \"%s\"\n", cases[i].name, cases[i].list);
	}
}

static bool load(struct policy *policy, const char *file, const char *const *environment,
		 struct policy_problem *problem)
{
	struct policy_values values;
	struct rules_version version;
	struct rules_match match;
	struct rules *rules = rules_read_first(file, &version, problem);

	policy_init(policy);
	if (rules) {
		rules_match_program(rules, "", &match);
		rules_apply(rules, &match, policy);
		free(rules);
	}
	policy_values_of(&values, (char *const *)environment);
	policy_set_values(policy, &values, NULL, SOURCE_ENVIRONMENT, problem);
	return !problem->text[0];
}

static void environment_is_read(void)
{
	struct policy_problem problem;
	struct policy policy;
	size_t attempts = (size_t)(setting_of("ATTEMPTS") - settings);

	errno = 1234;
	CHECK(load(&policy, NO_FILE,
		   (const char *const[]){ "PATH=/bin", "CURLRETRY_ATTEMPTS=7",
					  "CURLRETRY_ATTEMPTS=8",
					  "CURLRETRY_MODE=", "CURLRETRY_FUTURE=1", "CURLRETRY_",
					  "CURLRETRY_ATTEMPTS", "CURLRETRY_=x", "",
					  long_entry,
					  "CURLRETRY_JITTER=none", NULL },
		   &problem));
	CHECK_INT(errno, 1234);
	CHECK_INT(policy.attempts, 7);
	CHECK_INT(policy.source[attempts], SOURCE_ENVIRONMENT);
	CHECK(policy.mode == MODE_ON && policy.source[0] == SOURCE_DEFAULT &&
	      policy.jitter == JITTER_NONE);
	/* As getenv(): an empty first one hides the second. */
	CHECK(load(&policy, NO_FILE,
		   (const char *const[]){ "CURLRETRY_ATTEMPTS=", "CURLRETRY_ATTEMPTS=8", NULL },
		   &problem));
	CHECK_INT(policy.attempts, 5);
	CHECK(!load(&policy, NO_FILE, (const char *const[]){ "CURLRETRY_ATTEMPTS=x", NULL },
		    &problem));
	CHECK_STR(problem.text,
		  "CURLRETRY_ATTEMPTS: bad value \"x\" (allowed: a whole number from 1 to 100)");
	CHECK(load(&policy, NO_FILE, (const char *const[]){ NULL }, &problem));
}

static void options_win_before_and_after(void)
{
	const char *const environment[] = { "CURLRETRY_ATTEMPTS=7", "CURLRETRY_MIN_DELAY=2m",
					    NULL };
	struct policy_problem problem;
	struct policy policy;

	struct policy_values values, options = { { NULL } };

	policy_init(&policy);
	problem.text[0] = '\0';
	options.of[setting_of("ATTEMPTS") - settings] = "3";
	policy_values_of(&values, (char *const *)environment);
	CHECK(policy_set_values(&policy, &values, &options, SOURCE_ENVIRONMENT, &problem));
	CHECK_INT(policy.attempts, 5);
	CHECK(policy_set_values(&policy, &options, NULL, SOURCE_OPTION, &problem));
	CHECK_INT(policy.attempts, 3);
	CHECK_INT(policy.min_delay_ms, 120000);
	CHECK(set(&policy, "ATTEMPTS", "4"));
	CHECK_INT(policy.attempts, 4);
}

/* Loads a file with CONTENT, and puts $FILE for its name in the problem. */
static bool load_content(struct policy *policy, const char *content, size_t length,
			 const char *const *environment, struct policy_problem *problem)
{
	char file[] = "/tmp/unit_policy.XXXXXX", *found;
	int fd = mkstemp(file);
	bool ok;

	CHECK(fd >= 0 && write(fd, content, length) == (ssize_t)length && !close(fd));
	ok = load(policy, file, environment, problem);
	unlink(file);
	found = strstr(problem->text, file);
	if (found) {
		memmove(found + 5, found + strlen(file), strlen(found + strlen(file)) + 1);
		memcpy(found, "$FILE", 5);
	}
	return ok;
}

static const char *const nothing[] = { NULL };

static void file_is_read(void)
{
	static const char content[] =
		"# a comment\n\n  \t\r\n  # another\n"
		"CURLRETRY_ATTEMPTS=7\n"
		"CURLRETRY_ATTEMPTS = 9\r\n"
		"CURLRETRY_METHODS=\"GET, POST\"\n"
		"CURLRETRY_LOG='/var/log/a#b'\n"
		"CURLRETRY_JITTER=\n"
		"CURLRETRY_SEED=\"\"\n"
		"\tCURLRETRY_MODE=observe\n"
		"CURLRETRY_HOSTS=a";		/* no newline at the end */
	const char *const environment[] = { "CURLRETRY_MODE=off", NULL };
	struct policy_problem problem;
	struct policy policy;

	CHECK(load_content(&policy, content, sizeof(content) - 1, nothing, &problem));
	CHECK_INT(policy.attempts, 9);
	CHECK_INT(policy.source[1], SOURCE_FILE);
	CHECK_STR(policy.methods, "GET,POST");
	CHECK_STR(policy.log_path, "/var/log/a#b");
	CHECK_STR(policy.hosts, "a");
	CHECK(policy.mode == MODE_OBSERVE && policy.jitter == JITTER_FULL && !policy.seeded);
	CHECK(load_content(&policy, content, sizeof(content) - 1, environment, &problem));
	CHECK(policy.mode == MODE_OFF && policy.source[0] == SOURCE_ENVIRONMENT);
	CHECK(load_content(&policy, "", 0, nothing, &problem));
}

static void file_problems_name_the_line(void)
{
	static const struct {
		const char *content, *problem;
	} cases[] = {
		{ "\nCURLRETRY_ATTEMPTS=0\n", "$FILE:2: CURLRETRY_ATTEMPTS: bad value \"0\" "
					      "(allowed: a whole number from 1 to 100)" },
		{ "CURLRETRY_ATTEMPT=3", "$FILE:1: \"CURLRETRY_ATTEMPT\" is not a setting "
					 "(allowed: NAME=value, NAME as CURLRETRY_ATTEMPTS)" },
		{ "#\n#\nPATH=/bin\n", "$FILE:3: \"PATH\" is not a setting (allowed: NAME=value, "
				       "NAME as CURLRETRY_ATTEMPTS)" },
		{ "CURLRETRY_ATTEMPTS\n", "$FILE:1: \"CURLRETRY_ATTEMPTS\" is not a setting "
					  "(allowed: NAME=value, NAME as CURLRETRY_ATTEMPTS)" },
		{ "=3\n", "$FILE:1: \"\" is not a setting (allowed: NAME=value, NAME as "
			  "CURLRETRY_ATTEMPTS)" },
		{ "export CURLRETRY_ATTEMPTS=3\n",
		  "$FILE:1: \"export CURLRETRY_ATTEMPTS\" is not a setting (allowed: NAME=value, "
		  "NAME as CURLRETRY_ATTEMPTS)" },
		{ "CURLRETRY_ATTEMPTS=\"3\n", "$FILE:1: CURLRETRY_ATTEMPTS: bad value \"\"3\" "
					      "(allowed: a whole number from 1 to 100)" },
	};
	struct policy_problem problem;
	struct policy policy;
	static char big[70000];

	for (size_t i = 0; i < COUNT(cases); i++) {
		CHECK(!load_content(&policy, cases[i].content, strlen(cases[i].content), nothing,
				    &problem));
		CHECK_STR(problem.text, cases[i].problem);
	}
	CHECK(!load_content(&policy, "#\n#\0\n", 5, nothing, &problem));
	CHECK_STR(problem.text, "$FILE:2: a line too long, or with a NUL byte (allowed: text)");
	memset(big, 'x', sizeof(big));
	CHECK(!load_content(&policy, big, 5000, nothing, &problem));
	CHECK_STR(problem.text, "$FILE:1: a line too long, or with a NUL byte (allowed: text)");
	memset(big, '\n', sizeof(big));
	CHECK(load_content(&policy, big, 65536, nothing, &problem));
	CHECK(!load_content(&policy, big, 65537, nothing, &problem));
	CHECK(!load_content(&policy, big, sizeof(big), nothing, &problem));
	CHECK_STR(problem.text, "$FILE:65537: the file is too long (allowed: up to 64KiB)");
}

static void the_first_problem_is_told_and_the_rest_is_set(void)
{
	static const char content[] = "CURLRETRY_MODE=x\nCURLRETRY_ATTEMPTS=0\nCURLRETRY_LOG="
				      "none\nCURLRETRY_JITTER=none\n";
	const char *const environment[] = { "CURLRETRY_SEED=x", "CURLRETRY_JITTER=equal",
					    "CURLRETRY_LOG_FORMAT=json", NULL };
	struct policy_problem problem;
	struct policy policy;

	CHECK(!load_content(&policy, content, sizeof(content) - 1, environment, &problem));
	CHECK_STR(problem.text,
		  "$FILE:1: CURLRETRY_MODE: bad value \"x\" (allowed: on, observe or off)");
	CHECK(policy.mode == MODE_ON && policy.attempts == 5 && !policy.seeded);
	CHECK(policy.log_sink == SINK_NONE && policy.log_format == FORMAT_JSON &&
	      policy.jitter == JITTER_EQUAL);
	CHECK(!load(&policy, NO_FILE, environment, &problem));
	CHECK_STR(problem.text,
		  "CURLRETRY_SEED: bad value \"x\" (allowed: a whole number below 2^64, or unset)");
}

static void what_is_no_file_of_settings_is_told(void)
{
	char directory[] = "/tmp/unit_policy.XXXXXX", fifo[64];
	struct policy_problem problem;
	struct policy policy;

	CHECK(mkdtemp(directory) != NULL);
	snprintf(fifo, sizeof(fifo), "%s/fifo", directory);
	CHECK(!mkfifo(fifo, 0600));
	CHECK(!load(&policy, directory, nothing, &problem));
	CHECK(!load(&policy, fifo, nothing, &problem));
	CHECK(!load(&policy, "/dev/zero", nothing, &problem));
	CHECK_STR(problem.text, "/dev/zero: it is not a regular file");
	CHECK(!load(&policy, "/nonexistent/curlretry.conf", nothing, &problem));
	CHECK(load(&policy, NO_FILE, nothing, &problem));
	unlink(fifo);
	rmdir(directory);
}

int main(void)
{
	setlocale(LC_ALL, "de_DE.UTF-8");
	table_is_that_of_the_interface();
	defaults_have_their_meaning();
	good_values_print_as_they_may_be_typed();
	bad_values_are_named();
	permanent_errors_cannot_be_added();
	permanent_errors_stay_so_in_any_policy();
	every_error_at_once_fits();
	problems_are_one_printable_line();
	long_lists_are_refused_or_fit();
	methods_match_exactly();
	patterns_choose();
	environment_is_read();
	options_win_before_and_after();
	file_is_read();
	file_problems_name_the_line();
	the_first_problem_is_told_and_the_rest_is_set();
	what_is_no_file_of_settings_is_told();
	return check_done("unit_policy");
}
