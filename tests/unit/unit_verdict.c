/* SPDX-License-Identifier: MIT */
#include <stdint.h>

#include "../../config/backoff.h"
#include "../../config/errors.h"
#include "../../config/verdict.h"
#include "check.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct policy policy_with(const char *name, const char *value)
{
	struct policy_problem problem;
	struct policy policy;
	char variable[64];

	policy_init(&policy);
	snprintf(variable, sizeof(variable), "CURLRETRY_%s", name);
	CHECK(policy_set(&policy, setting_by_variable(variable), value, SOURCE_OPTION, &problem));
	return policy;
}

/* A GET in its first attempt; the cases below say what is different. */
#define GET .retry_after = -1, .method = "GET", .host = "example.com"
#define POST .retry_after = -1, .method = "POST", .host = "example.com"
#define PUT .retry_after = -1, .method = "PUT", .host = "example.com"

static const struct history first = { .attempt = 1 };

struct example {
	const char *sentence;
	struct outcome outcome;
	enum decision decision;
	enum why why;
};

/* With the default policy, in the first attempt. */
static const struct example examples[] = {
	{ "200 is done", { .status = 200, GET }, DECISION_DONE, WHY_NONE },
	{ "a file is done", { GET }, DECISION_DONE, WHY_NONE },
	{ "a redirect that is not followed is done",
	  { .status = 302, GET },
	  DECISION_DONE,
	  WHY_NONE },
	{ "done whatever else",
	  { .status = 200, POST, .delivered = true, .body_lost = true },
	  DECISION_DONE,
	  WHY_NONE },
	{ "503 is retried", { .status = 503, GET }, DECISION_RETRY, WHY_NONE },
	{ "404 is permanent", { .status = 404, GET }, DECISION_PERMANENT, WHY_PERMANENT },
	{ "501 is permanent", { .status = 501, GET }, DECISION_PERMANENT, WHY_PERMANENT },
	{ "503 under FAILONERROR is retried",
	  { 22, .status = 503, GET },
	  DECISION_RETRY,
	  WHY_NONE },
	{ "404 under FAILONERROR is permanent",
	  { 22, .status = 404, GET },
	  DECISION_PERMANENT,
	  WHY_PERMANENT },
	{ "503 that ends as RECV_ERROR is retried",
	  { 56, .status = 503, GET },
	  DECISION_RETRY,
	  WHY_NONE },
	{ "404 that ends as RECV_ERROR is permanent",
	  { 56, .status = 404, GET },
	  DECISION_PERMANENT,
	  WHY_PERMANENT },
	{ "503 that ends in an error that is not transient is retried",
	  { 61, .status = 503, GET },
	  DECISION_RETRY,
	  WHY_NONE },
	{ "HTTP_RETURNED_ERROR without a status is permanent",
	  { 22, GET },
	  DECISION_PERMANENT,
	  WHY_PERMANENT },
	{ "200 cut in the middle is retried",
	  { 18, .status = 200, GET },
	  DECISION_RETRY,
	  WHY_NONE },
	{ "a refused connection is retried", { 7, GET }, DECISION_RETRY, WHY_NONE },
	{ "an unknown CURLcode is permanent", { 200, GET }, DECISION_PERMANENT, WHY_PERMANENT },
	{ "a CURLcode past all is permanent", { 100000, GET }, DECISION_PERMANENT, WHY_PERMANENT },
	{ "TOO_MANY_REDIRECTS is permanent",
	  { 47, .status = 302, GET },
	  DECISION_PERMANENT,
	  WHY_PERMANENT },
	{ "a bad certificate is permanent", { 60, GET }, DECISION_PERMANENT, WHY_PERMANENT },
	{ "a bad certificate is permanent behind a 503 too",
	  { 60, .status = 503, GET },
	  DECISION_PERMANENT,
	  WHY_PERMANENT },
	{ "the program's abort is aborted", { 42, GET }, DECISION_PERMANENT, WHY_ABORTED },
	{ "the program's short write is aborted",
	  { 23, .status = 503, GET },
	  DECISION_PERMANENT,
	  WHY_ABORTED },
	{ "the program's failed read is aborted", { 26, POST }, DECISION_PERMANENT, WHY_ABORTED },
	{ "an abort goes before the proxy's refusal",
	  { 42, .connect_status = 503, GET },
	  DECISION_PERMANENT,
	  WHY_ABORTED },
	{ "a proxy's 503 is retried",
	  { 56, .connect_status = 503, GET },
	  DECISION_RETRY,
	  WHY_NONE },
	{ "a proxy's 503 is retried for POST, which was not sent",
	  { 56, .connect_status = 503, POST },
	  DECISION_RETRY,
	  WHY_NONE },
	{ "a proxy's 407 is permanent",
	  { 56, .connect_status = 407, GET },
	  DECISION_PERMANENT,
	  WHY_PERMANENT },
	{ "a proxy's 403 is permanent, whatever the CURLcode",
	  { 7, .connect_status = 403, GET },
	  DECISION_PERMANENT,
	  WHY_PERMANENT },
	{ "a proxy's 200 decides nothing",
	  { 56, .connect_status = 200, GET },
	  DECISION_RETRY,
	  WHY_NONE },
	{ "a proxy's 200 has let the POST through",
	  { 56, .connect_status = 200, POST },
	  DECISION_STOP,
	  WHY_METHOD },
	{ "POST is not retried", { .status = 503, POST }, DECISION_STOP, WHY_METHOD },
	{ "POST is retried where nothing was sent",
	  { 7, POST, .unsent = true },
	  DECISION_RETRY,
	  WHY_NONE },
	{ "POST with a key is retried",
	  { .status = 503, POST, .keyed = true },
	  DECISION_RETRY,
	  WHY_NONE },
	{ "PATCH with a key is retried",
	  { .status = 503, .retry_after = -1, .method = "PATCH", .host = "", .keyed = true },
	  DECISION_RETRY,
	  WHY_NONE },
	{ "LOCK with a key is not retried",
	  { .status = 503, .retry_after = -1, .method = "LOCK", .host = "", .keyed = true },
	  DECISION_STOP,
	  WHY_METHOD },
	{ "methods are case-sensitive",
	  { .status = 503, .retry_after = -1, .method = "get", .host = "" },
	  DECISION_STOP,
	  WHY_METHOD },
	{ "409 to a POST with a key is retried",
	  { .status = 409, POST, .keyed = true },
	  DECISION_RETRY,
	  WHY_NONE },
	{ "409 without a key is permanent",
	  { .status = 409, POST },
	  DECISION_PERMANENT,
	  WHY_PERMANENT },
	{ "409 to a GET is permanent, key or not",
	  { .status = 409, GET, .keyed = true },
	  DECISION_PERMANENT,
	  WHY_PERMANENT },
	{ "409 under FAILONERROR is judged alike",
	  { 22, .status = 409, POST, .keyed = true },
	  DECISION_RETRY,
	  WHY_NONE },
	{ "422 to a POST with a key is permanent",
	  { .status = 422, POST, .keyed = true },
	  DECISION_PERMANENT,
	  WHY_PERMANENT },
	{ "425 has not been processed, whatever the method",
	  { .status = 425, POST },
	  DECISION_RETRY,
	  WHY_NONE },
	{ "nor has 429", { .status = 429, POST }, DECISION_RETRY, WHY_NONE },
	{ "a conditional request is not repeated",
	  { 56, PUT, .conditional = true },
	  DECISION_STOP,
	  WHY_CONDITIONAL },
	{ "nor after a 503",
	  { .status = 503, PUT, .conditional = true },
	  DECISION_STOP,
	  WHY_CONDITIONAL },
	{ "nor after a redirect's 429",
	  { .status = 429, PUT, .conditional = true, .redirected = true },
	  DECISION_STOP,
	  WHY_CONDITIONAL },
	{ "but where nothing was sent",
	  { 7, PUT, .conditional = true, .unsent = true },
	  DECISION_RETRY,
	  WHY_NONE },
	{ "or it was refused",
	  { .status = 429, PUT, .conditional = true },
	  DECISION_RETRY,
	  WHY_NONE },
	{ "or the proxy has",
	  { 56, .connect_status = 503, PUT, .conditional = true },
	  DECISION_RETRY,
	  WHY_NONE },
	{ "a key goes before the condition",
	  { .status = 503, POST, .keyed = true, .conditional = true },
	  DECISION_RETRY,
	  WHY_NONE },
	{ "the method goes before the condition",
	  { .status = 503, POST, .conditional = true },
	  DECISION_STOP,
	  WHY_METHOD },
	{ "425 after a redirect says nothing of the POST",
	  { .status = 425, POST, .redirected = true },
	  DECISION_STOP,
	  WHY_METHOD },
	{ "a proxy's 503 after a redirect likewise",
	  { 56, .connect_status = 503, POST, .redirected = true },
	  DECISION_STOP,
	  WHY_METHOD },
	{ "unsent is unsent, redirected or not",
	  { 7, POST, .redirected = true, .unsent = true },
	  DECISION_RETRY,
	  WHY_NONE },
	{ "421 is permanent unless it is in ON_STATUS",
	  { .status = 421, POST },
	  DECISION_PERMANENT,
	  WHY_PERMANENT },
	{ "a lost body is not sent again",
	  { .status = 503, GET, .body_lost = true },
	  DECISION_STOP,
	  WHY_BODY },
	{ "what was delivered cannot be taken back",
	  { 56, .status = 200, GET, .delivered = true },
	  DECISION_STOP,
	  WHY_DELIVERED },
	{ "the method goes before the body",
	  { .status = 503, POST, .body_lost = true, .delivered = true },
	  DECISION_STOP,
	  WHY_METHOD },
	{ "the body goes before delivery",
	  { .status = 503, GET, .body_lost = true, .delivered = true },
	  DECISION_STOP,
	  WHY_BODY },
	{ "Retry-After of 5 minutes is waited for",
	  { .status = 503, .retry_after = 300000, .method = "GET", .host = "" },
	  DECISION_RETRY,
	  WHY_NONE },
	{ "Retry-After of more is not",
	  { .status = 503, .retry_after = 300001, .method = "GET", .host = "" },
	  DECISION_STOP,
	  WHY_RETRY_AFTER },
	{ "an absurd Retry-After is not",
	  { .status = 503, .retry_after = INT64_MAX / 4, .method = "GET", .host = "" },
	  DECISION_STOP,
	  WHY_RETRY_AFTER },
	{ "Retry-After of a cut 200 is none",
	  { 18, .status = 200, .retry_after = 300001, .method = "GET", .host = "" },
	  DECISION_RETRY,
	  WHY_NONE },
	{ "Retry-After of a proxy counts",
	  { 56, .connect_status = 503, .retry_after = 300001, .method = "GET", .host = "" },
	  DECISION_STOP,
	  WHY_RETRY_AFTER },
};

static void examples_hold(void)
{
	struct policy policy;

	policy_init(&policy);
	for (size_t i = 0; i < COUNT(examples); i++) {
		struct verdict verdict = verdict_of(&policy, &examples[i].outcome, &first, 12345);
		bool ok;

		ok = CHECK_INT(verdict.decision, examples[i].decision);
		ok &= CHECK_INT(verdict.why, examples[i].why);
		if (!ok)
			fprintf(stderr, "  %s\n", examples[i].sentence);
	}
}

static void delays_are_those_of_backoff(void)
{
	const struct outcome plain = { .status = 503, GET };
	struct outcome asked = { .status = 503, GET };
	const struct history third = { .attempt = 3, .elapsed = 5000, .previous = 700 };
	struct policy policy = policy_with("JITTER", "decorrelated");

	asked.retry_after = 7000;
	CHECK_INT(verdict_of(&policy, &plain, &third, 99).delay,
		  backoff_delay(&policy, 3, 700, 99));
	CHECK_INT(verdict_of(&policy, &asked, &third, 99).delay, backoff_after(&policy, 7000, 99));
	asked.retry_after = 0;
	CHECK_INT(verdict_of(&policy, &asked, &third, 99).delay,
		  backoff_delay(&policy, 3, 700, 99));
	policy = policy_with("MAX_RETRY_AFTER", "0");
	asked.retry_after = INT64_MAX / 4;
	CHECK_INT(verdict_of(&policy, &asked, &third, 99).decision, DECISION_RETRY);
	CHECK_INT(verdict_of(&policy, &asked, &third, 99).delay,
		  backoff_delay(&policy, 3, 700, 99));
}

static void limits_hold(void)
{
	struct outcome outcome = { .status = 503, GET };
	struct policy policy = policy_with("ATTEMPTS", "1");

	CHECK_INT(verdict_of(&policy, &outcome, &first, 0).why, WHY_ATTEMPTS);
	policy = policy_with("ATTEMPTS", "3");
	CHECK_INT(verdict_of(&policy, &outcome, &(struct history){ .attempt = 2 }, 0).decision,
		  DECISION_RETRY);
	CHECK_INT(verdict_of(&policy, &outcome, &(struct history){ .attempt = 3 }, 0).why,
		  WHY_ATTEMPTS);
	CHECK_INT(verdict_of(&policy, &outcome, &(struct history){ .attempt = 4 }, 0).why,
		  WHY_ATTEMPTS);

	policy = policy_with("JITTER", "none");
	policy.max_time_ms = 10000;
	CHECK_INT(verdict_of(&policy, &outcome, &(struct history){ 1, 8999, 0 }, 0).decision,
		  DECISION_RETRY);
	CHECK_INT(verdict_of(&policy, &outcome, &(struct history){ 1, 9000, 0 }, 0).why,
		  WHY_DEADLINE);
	CHECK_INT(verdict_of(&policy, &outcome, &(struct history){ 1, 20000, 0 }, 0).decision,
		  DECISION_STOP);
	outcome.retry_after = 10000;
	CHECK_INT(verdict_of(&policy, &outcome, &first, 0).why, WHY_DEADLINE);
	outcome.retry_after = 9999;
	CHECK_INT(verdict_of(&policy, &outcome, &first, 0).delay, 9999);
	outcome.retry_after = 300001;
	CHECK_INT(verdict_of(&policy, &outcome, &first, 0).why, WHY_RETRY_AFTER);
}

static void hosts_go_before_all(void)
{
	struct policy policy = policy_with("HOSTS", "*.example.com");
	struct outcome outcome = { .status = 503, POST };

	CHECK_INT(verdict_of(&policy, &outcome, &first, 0).why, WHY_HOST);
	outcome.host = "API.Example.com";
	CHECK_INT(verdict_of(&policy, &outcome, &first, 0).why, WHY_METHOD);
}

static void observing_says_the_delay(void)
{
	struct policy policy = policy_with("MODE", "observe");
	struct outcome outcome = { .status = 503, GET };
	struct verdict verdict = verdict_of(&policy, &outcome, &first, 77);

	CHECK_INT(verdict.decision, DECISION_STOP);
	CHECK_INT(verdict.why, WHY_OBSERVE);
	CHECK_INT(verdict.delay, backoff_delay(&policy, 1, 0, 77));
	outcome.method = "POST";
	CHECK_INT(verdict_of(&policy, &outcome, &first, 77).why, WHY_METHOD);
}

static void the_policy_decides_what_is_transient(void)
{
	const struct outcome found = { .status = 302, GET }, teapot = { .status = 418, GET };
	const struct outcome unavailable = { .status = 503, GET }, refused = { 7, GET },
			     ssh = { 79, GET };
	const struct outcome misdirected = { .status = 421, POST };
	const struct outcome other_payload = { .status = 422, POST, .keyed = true };
	struct policy policy = policy_with("ON_STATUS", "302,418");

	CHECK_INT(verdict_of(&policy, &found, &first, 0).decision, DECISION_RETRY);
	CHECK_INT(verdict_of(&policy, &teapot, &first, 0).decision, DECISION_RETRY);
	CHECK_INT(verdict_of(&policy, &unavailable, &first, 0).decision, DECISION_PERMANENT);
	policy = policy_with("ON_STATUS", "+421,422");
	CHECK_INT(verdict_of(&policy, &misdirected, &first, 0).decision, DECISION_RETRY);
	CHECK_INT(verdict_of(&policy, &other_payload, &first, 0).decision, DECISION_PERMANENT);
	policy = policy_with("ON_ERROR", "-connect,+SSH");
	CHECK_INT(verdict_of(&policy, &refused, &first, 0).decision, DECISION_PERMANENT);
	CHECK_INT(verdict_of(&policy, &ssh, &first, 0).decision, DECISION_RETRY);
}

static void whys_have_names(void)
{
	static const char *const names[] = {
		NULL,	     "host",	  "method",   "method",	     "body",
		"delivered", "attempts",  "attempts", "retry_after", "deadline",
		"budget",    "observe",	  "permanent", "aborted",
	};

	CHECK_INT(COUNT(names), WHY_ABORTED + 1);
	for (size_t why = 0; why < COUNT(names); why++)
		CHECK_STR(verdict_why_name((enum why)why), names[why]);
}

/* What must never happen, said without the code's own notions, for any policy. */
static bool is_sound(const struct policy *policy, const struct outcome *outcome,
		     const struct history *history, struct verdict verdict)
{
	bool again = verdict.decision == DECISION_RETRY;
	bool post = !strcmp(outcome->method, "POST") || !strcmp(outcome->method, "PATCH");
	bool idempotent = !strcmp(outcome->method, "GET") || !strcmp(outcome->method, "PUT");
	bool refused = outcome->connect_status >= 300;

	if ((verdict.why == WHY_NONE) != (verdict.decision == DECISION_DONE || again))
		return false;
	if ((verdict.decision == DECISION_PERMANENT) !=
	    (verdict.why == WHY_PERMANENT || verdict.why == WHY_ABORTED))
		return false;
	if (verdict.decision == DECISION_DONE)
		return outcome->curlcode == 0 && outcome->status < 400 && !refused &&
		       verdict.delay == 0;
	if (!again && verdict.why != WHY_OBSERVE)
		return verdict.delay == 0;
	/* From here on: it is retried, or would be. */
	if (outcome->delivered || outcome->body_lost || history->attempt >= policy->attempts)
		return false;
	if (!idempotent && !outcome->unsent && !(outcome->keyed && post) &&
	    (outcome->redirected || !(refused || outcome->status == 425 || outcome->status == 429)))
		return false;
	if (outcome->conditional && !outcome->unsent && !(outcome->keyed && post) &&
	    (outcome->redirected || !(refused || outcome->status == 425 || outcome->status == 429)))
		return false;
	if (error_is_permanent(outcome->curlcode))
		return false;
	if (outcome->curlcode == 0 && outcome->status < 400 && !refused)
		return false;
	if (policy->max_time_ms && history->elapsed + verdict.delay >= policy->max_time_ms)
		return false;
	if (again != (policy->mode == MODE_ON) || verdict.delay < policy->min_delay_ms)
		return false;
	if (policy->max_retry_after_ms && outcome->retry_after > 0 &&
	    (refused || outcome->status >= 400))
		return outcome->retry_after <= policy->max_retry_after_ms &&
		       verdict.delay >= outcome->retry_after;
	return verdict.delay <= policy->max_delay_ms;
}

/* And the other way round: what has no reason against it is retried. */
static bool must_retry(const struct policy *policy, const struct outcome *outcome,
		       const struct history *history)
{
	bool idempotent = !strcmp(outcome->method, "GET") || !strcmp(outcome->method, "PUT");
	bool clear = outcome->status == 503 &&
		     (outcome->curlcode == 0 || outcome->curlcode == 22) &&
		     !outcome->connect_status;
	bool broken = outcome->curlcode == 56 && outcome->status == 200 && !outcome->connect_status;

	return policy->mode == MODE_ON && (clear || broken) && idempotent &&
	       !outcome->conditional && !outcome->delivered && !outcome->body_lost &&
	       history->attempt < policy->attempts && !policy->max_time_ms &&
	       outcome->retry_after <= 0;
}

static const int curlcodes[] = { 0,  7,	 18, 22, 23,  26,  28,	42, 47,
				 56, 60, 61, 92, 101, 150, 255, 256 };
static const int statuses[] = { 0, 200, 302, 401, 404, 409, 422, 425, 429, 500, 501, 503, 599 };
static const int connect_statuses[] = { 0, 200, 407, 503 };
static const int64_t retry_afters[] = { -1, 0, 1, 2000, 300001 };
static const char *const methods[] = { "GET", "PUT", "POST", "PATCH", "LOCK" };

/* The six flags of an outcome are the bits of a number. */
static unsigned long check_flags(const struct policy *policy, struct outcome outcome,
				 const struct history *history)
{
	unsigned long wrong = 0;

	for (int flags = 0; flags < 64; flags++) {
		struct verdict verdict;

		outcome.unsent = flags & 1;
		outcome.keyed = flags & 2;
		outcome.body_lost = flags & 4;
		outcome.delivered = flags & 8;
		outcome.redirected = flags & 16;
		outcome.conditional = flags & 32;
		verdict = verdict_of(policy, &outcome, history,
				     UINT64_C(0x9e3779b97f4a7c15) * (unsigned int)(flags + 1));
		wrong += !is_sound(policy, &outcome, history, verdict);
		wrong +=
			must_retry(policy, &outcome, history) && verdict.decision != DECISION_RETRY;
	}
	return wrong;
}

static void check_outcomes(const struct policy *policy, const struct history *history)
{
	for (size_t c = 0; c < COUNT(curlcodes); c++)
	for (size_t s = 0; s < COUNT(statuses); s++)
	for (size_t p = 0; p < COUNT(connect_statuses); p++)
	for (size_t r = 0; r < COUNT(retry_afters); r++)
	for (size_t m = 0; m < COUNT(methods); m++) {
		struct outcome outcome = {
			.curlcode = curlcodes[c],
			.status = statuses[s],
			.connect_status = connect_statuses[p],
			.retry_after = retry_afters[r],
			.method = methods[m],
			.host = "example.com",
		};

		if (!CHECK_INT(check_flags(policy, outcome, history), 0))
			fprintf(stderr,
				"  curlcode %d, status %d, connect %d, Retry-After %lld, %s, "
				"attempt %d\n",
				curlcodes[c], statuses[s], connect_statuses[p],
				(long long)retry_afters[r], methods[m], history->attempt);
	}
}

static void nothing_is_retried_that_must_not_be(void)
{
	static const struct history histories[] = {
		{ 1, 0, 0 }, { 2, 900, 800 }, { 4, 58000, 30000 }, { 5, 90000, 60000 }
	};
	static const char *const changes[][2] = {
		{ "MODE", "on" },	    { "MODE", "observe" },	  { "MAX_TIME", "60s" },
		{ "MAX_RETRY_AFTER", "0" }, { "JITTER", "decorrelated" }, { "ATTEMPTS", "2" },
	};

	for (size_t i = 0; i < COUNT(changes); i++) {
		struct policy policy = policy_with(changes[i][0], changes[i][1]);

		for (size_t h = 0; h < COUNT(histories); h++)
			check_outcomes(&policy, &histories[h]);
	}
}

int main(void)
{
	examples_hold();
	delays_are_those_of_backoff();
	limits_hold();
	hosts_go_before_all();
	observing_says_the_delay();
	the_policy_decides_what_is_transient();
	whys_have_names();
	nothing_is_retried_that_must_not_be();
	return check_done("unit_verdict");
}
