/* SPDX-License-Identifier: MIT */
/* Faults on purpose: what is read, how it is written again, and how often each is drawn. */
#include "check.h"

#include "../../config/inject.h"
#include "../../config/policy.h"

static struct policy policy;

static bool set(const char *value)
{
	struct policy_problem problem;

	return policy_set(&policy, setting_by_variable("CURLRETRY_INJECT"), value,
			  SOURCE_ENVIRONMENT, &problem);
}

static const char *shown(const char *value)
{
	static char text[POLICY_VALUE_MAX];
	const struct setting *setting = setting_by_variable("CURLRETRY_INJECT");

	if (!set(value))
		return NULL;
	setting->print(setting, &policy, text, sizeof(text));
	return text;
}

static void test_values(void)
{
	CHECK_STR(shown("off"), "off");
	CHECK_STR(shown("503@10%"), "503@10%");
	CHECK_STR(shown(" 503/ra=5@0.1% , Refused@5%"), "503/ra=5@0.1%,refused@5%");
	CHECK_STR(shown("dns@1%,tls@1%,reset@5%,cut:4KiB@3%,delay:2s@20%,stall:1m@100%"),
		  "dns@1%,tls@1%,reset@5%,cut:4096@3%,delay:2s@20%,stall:60s@100%");
	CHECK_STR(shown("delay:250ms@1%,delay:1.5s@1%,cut:0@1%"),
		  "delay:250ms@1%,delay:1.5s@1%,cut:0@1%");
	CHECK_STR(shown("503@10%,503@20%"), "503@20%");
	set("503@10%,dns@1%");
	CHECK_STR(shown("+reset@2%,-503"), "dns@1%,reset@2%");
	CHECK_STR(shown("-dns,-reset"), "off");
}

static void test_mistakes(void)
{
	static const char *const wrong[] = {
		"",
		"on",
		"503",
		"503@",
		"503@10",
		"503@0%",
		"503@101%",
		"503@-1%",
		"399@1%",
		"600@1%",
		"5xx@1%",
		"503/@1%",
		"503/ra@1%",
		"503/ra=x@1%",
		"503/ra=1.5@1%",
		"refused:1@1%",
		"cut@1%",
		"cut:@1%",
		"cut:x@1%",
		"delay@1%",
		"delay:0@1%",
		"stall:-1s@1%",
		"503@1%,",
		"503@1%,off",
		"nothing@1%",
		"503@0.0000001%",
		"503@1%@2%",
	};
	char many[1024] = "";

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (!CHECK(!set(wrong[i])))
			fprintf(stderr, "  %s\n", wrong[i]);
	}
	for (int i = 0; i < INJECT_MAX + 1; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many), "%s%d@1%%", i ? "," : "",
			 400 + i);
	CHECK(!set(many));
	*strrchr(many, ',') = '\0';
	CHECK_STR(shown(many), many);
	CHECK_INT(policy.inject.count, INJECT_MAX);
}

#define EVERYTHING (~0U)
#define DRAWS 1000000

/* How many of so many draws hit the fault of index FAULT. */
static int hits(unsigned can, int fault)
{
	uint64_t random = 0;
	int count = 0;

	for (int i = 0; i < DRAWS; i++) {
		random += UINT64_C(0x9E3779B97F4A7C15);
		count += inject_draw(&policy.inject, can, random) == &policy.inject.faults[fault];
	}
	return count;
}

/* Within five standard deviations. */
static bool is_share(int count, double share)
{
	double distance = count - share * DRAWS;

	return distance * distance < 25 * share * (1 - share) * DRAWS + 1;
}

static void test_draws(void)
{
	set("503@10%,refused@20%,dns@100%");
	CHECK(is_share(hits(EVERYTHING, 0), 0.1));
	CHECK(is_share(hits(EVERYTHING, 1), 0.9 * 0.2));
	CHECK(is_share(hits(EVERYTHING, 2), 0.9 * 0.8));
	CHECK_INT(hits(EVERYTHING & ~(1U << FAULT_STATUS), 0), 0);
	CHECK(is_share(hits(EVERYTHING & ~(1U << FAULT_STATUS), 1), 0.2));
	set("503@0.01%");
	CHECK(is_share(hits(EVERYTHING, 0), 0.0001));
	CHECK_INT(hits(0, 0), 0);
	set("503@100%");
	CHECK_INT(hits(EVERYTHING, 0), DRAWS);
	set("off");
	CHECK(!inject_draw(&policy.inject, EVERYTHING, 1));
}

int main(void)
{
	policy_init(&policy);
	CHECK_STR(shown("off"), "off");
	test_values();
	test_mistakes();
	test_draws();
	return check_done("unit_inject");
}
