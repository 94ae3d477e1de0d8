/* SPDX-License-Identifier: MIT */
/*
 * Policies that are borrowed by many threads while the file of rules changes under them: each is
 * one that was written, and none is left behind.
 */
#include "check.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../shim/process/policies.h"

enum { THREADS = 64, RELOADS = 10000, LEAST = 2, MOST = 40 };

static char path[64], fresh[80], variable[96];
static atomic_int_least64_t now;
static atomic_bool over;
static atomic_int wrong;

static void write_rules(int attempts)
{
	FILE *file = fopen(fresh, "w");

	fprintf(file, "attempts = 50\n[host a]\nattempts = %d\n[host b]\nattempts = %d\n", attempts,
		attempts);
	fclose(file);
	rename(fresh, path);
}

static int attempts_for(const char *host, int64_t at)
{
	struct policy_place place = { host, 80 };
	struct policy_loan loan;
	const struct policy *policy = policies_borrow(&loan, &place, at);
	int attempts = policy ? policy->attempts : 0;

	policies_give_back(&loan);
	return attempts;
}

static void *borrow(void *unused)
{
	static const struct timespec moment = { 0, 1000000 };

	while (!atomic_load(&over)) {
		for (int i = 0; i < 20; i++) {
			int attempts = attempts_for(i % 2 ? "a" : "b", atomic_load(&now));

			if (attempts < LEAST || attempts > MOST)
				atomic_fetch_add(&wrong, 1);
		}
		nanosleep(&moment, NULL);
	}
	return unused;
}

static size_t in_use(void)
{
#if __GLIBC_PREREQ(2, 33)
	return mallinfo2().uordblks;
#else
	return (size_t)mallinfo().uordblks;
#endif
}

static void reload(int times)
{
	for (int i = 0; i < times; i++) {
		write_rules(LEAST + i % (MOST - LEAST));
		atomic_fetch_add(&now, 1001);
		attempts_for("a", atomic_load(&now));
	}
}

static void test_many_threads_and_reloads(int reloads)
{
	pthread_t threads[THREADS];
	size_t before;

	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, borrow, NULL));
	reload(100);
	before = in_use();
	reload(reloads);
	/* A generation with its two policies takes more than that. */
	CHECK(in_use() < before + 1024 * 1024);
	atomic_store(&over, true);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK_INT(atomic_load(&wrong), 0);
}

static void test_a_loan_outlives_its_generation(void)
{
	struct policy_place place = { "a", 80 };
	struct policy_loan loan;
	const struct policy *policy;

	write_rules(7);
	policy = policies_borrow(&loan, &place, atomic_fetch_add(&now, 1001) + 1001);
	CHECK_INT(policy->attempts, 7);
	for (int i = 0; i < 200; i++) {
		write_rules(LEAST + i % 5);
		attempts_for("a", atomic_fetch_add(&now, 1001) + 1001);
	}
	CHECK_INT(policy->attempts, 7);
	policies_give_back(&loan);
	policies_give_back(&loan);
	CHECK_INT(attempts_for("a", atomic_load(&now)), LEAST + 199 % 5);
}

/* Other threads may have been in the midst of anything at the fork. */
static void test_a_forked_child_goes_on(void)
{
	pid_t child;
	int status;

	write_rules(9);
	atomic_fetch_add(&now, 1001);
	child = fork();
	if (!child)
		_exit(attempts_for("a", atomic_load(&now)));
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 9);
}

static void test_a_wrong_file_changes_nothing_and_a_removed_one_all(void)
{
	FILE *file;

	write_rules(11);
	CHECK_INT(attempts_for("a", atomic_fetch_add(&now, 1001) + 1001), 11);
	file = fopen(fresh, "w");
	fprintf(file, "[host a\nattempts = 12\n");
	fclose(file);
	rename(fresh, path);
	CHECK_INT(attempts_for("a", atomic_fetch_add(&now, 1001) + 1001), 11);
	unlink(path);
	CHECK_INT(attempts_for("a", atomic_fetch_add(&now, 1001) + 1001), 5);
}

/* unit_policies [RELOADS] */
int main(int argc, char **argv)
{
	int reloads = argc > 1 ? atoi(argv[1]) : RELOADS;
	char *environment[] = { variable, "CURLRETRY_LOG=none", NULL };
	struct policy_problem problem;
	static struct policy base;

	snprintf(path, sizeof(path), "/tmp/unit_policies.%d", (int)getpid());
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	snprintf(variable, sizeof(variable), "CURLRETRY_CONFIG=%s", path);
	write_rules(LEAST);
	CHECK(policies_load(environment, "program", &base, &problem));
	CHECK_STR(problem.text, "");
	test_a_loan_outlives_its_generation();
	test_many_threads_and_reloads(reloads);
	test_a_forked_child_goes_on();
	test_a_wrong_file_changes_nothing_and_a_removed_one_all();
	unlink(path);
	return check_done("unit_policies");
}
