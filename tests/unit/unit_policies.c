/* SPDX-License-Identifier: MIT */
/*
 * Policies that are borrowed by many threads while the file of rules changes under them: each is
 * one that was written, and none is left behind.
 */
#include "check.h"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../shim/process/policies.h"

enum { THREADS = 64, RELOADS = 10000, LEAST = 2, MOST = 40 };

static char folder[] = "/tmp/unit_policies.XXXXXX";
static char path[64], fresh[80], variable[96];
static atomic_int_least64_t now;
static atomic_bool over;
static atomic_int wrong;

/* What is looked at next is SECONDS old. */
static void age(const char *what, int seconds)
{
	struct timespec times[2];

	clock_gettime(CLOCK_REALTIME, &times[0]);
	times[0].tv_sec -= seconds;
	times[1] = times[0];
	CHECK(!utimensat(AT_FDCWD, what, times, 0));
}

static void write_text(const char *to, const char *text)
{
	FILE *file = fopen(to, "w");

	fputs(text, file);
	fclose(file);
}

/* The file has that TEXT, since SECONDS. */
static void put(const char *text, int seconds)
{
	write_text(fresh, text);
	age(fresh, seconds);
	rename(fresh, path);
}

static void write_rules(int attempts)
{
	char text[100];

	snprintf(text, sizeof(text),
		 "attempts = 50\n[host a]\nattempts = %d\n[host b]\nattempts = %d\n", attempts,
		 attempts);
	put(text, 10);
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

/* A second later. */
static int attempts_then(void)
{
	return attempts_for("a", atomic_fetch_add(&now, 1001) + 1001);
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
	write_rules(11);
	CHECK_INT(attempts_then(), 11);
	put("[host a\nattempts = 12\n", 10);
	CHECK_INT(attempts_then(), 11);
	unlink(path);
	age(folder, 10);
	CHECK_INT(attempts_then(), 5);
}

/* In place, line by line: each of these parses. */
static void test_half_a_file_is_not_taken(void)
{
	static const char *const parts[] = { "", "attempts = 12\n", "attempts = 12\n[host a]\n" };

	write_rules(11);
	CHECK_INT(attempts_then(), 11);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		write_text(path, parts[i]);
		CHECK_INT(attempts_then(), 11);
	}
	write_text(path, "attempts = 12\n[host a]\nattempts = 13\n");
	age(path, 1);
	CHECK_INT(attempts_then(), 13);
}

/* An editor moves the file away before it writes it anew. */
static void test_a_file_that_is_away_for_a_moment_is_missed_by_nobody(void)
{
	write_rules(14);
	CHECK_INT(attempts_then(), 14);
	unlink(path);
	CHECK_INT(attempts_then(), 14);
	write_rules(15);
	CHECK_INT(attempts_then(), 15);
}

/* Not at the file's next change only. */
static void test_what_no_descriptor_was_left_for_is_read_later(void)
{
	struct rlimit before, none;

	write_rules(16);
	CHECK(!getrlimit(RLIMIT_NOFILE, &before));
	none = before;
	none.rlim_cur = 0;
	CHECK(!setrlimit(RLIMIT_NOFILE, &none));
	CHECK_INT(attempts_then(), 15);
	CHECK(!setrlimit(RLIMIT_NOFILE, &before));
	CHECK_INT(attempts_then(), 16);
}

/* That a process may not look at the file any more does not mean that it is gone. */
static void test_who_gives_up_his_rights_keeps_his_rules(void)
{
	int status = 0;
	pid_t child;

	if (geteuid() != 0)
		return;
	write_rules(17);
	CHECK_INT(attempts_then(), 17);
	child = fork();
	if (!child) {
		CHECK(!chmod(folder, 0700) && !setgid(65534) && !setuid(65534));
		_exit(attempts_then());
	}
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 17);
}

/* A process that begins with a path of its folder goes to another. */
static void load_from(const char *config)
{
	char *environment[] = { variable, "CURLRETRY_LOG=none", NULL };
	static struct policy_problem problem;
	static struct policy base;

	snprintf(variable, sizeof(variable), "CURLRETRY_CONFIG=%s", config);
	CHECK(!chdir(folder));
	CHECK(policies_load(environment, "program", &base, &problem));
	CHECK_STR(problem.text, "");
	CHECK(!chdir("/"));
}

/* unit_policies [RELOADS] */
int main(int argc, char **argv)
{
	int reloads = argc > 1 ? atoi(argv[1]) : RELOADS;

	CHECK(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/rules", folder);
	snprintf(fresh, sizeof(fresh), "%s/new", folder);
	write_rules(LEAST);
	load_from("rules");
	test_a_loan_outlives_its_generation();
	test_many_threads_and_reloads(reloads);
	test_a_forked_child_goes_on();
	test_a_wrong_file_changes_nothing_and_a_removed_one_all();
	test_half_a_file_is_not_taken();
	test_a_file_that_is_away_for_a_moment_is_missed_by_nobody();
	test_what_no_descriptor_was_left_for_is_read_later();
	test_who_gives_up_his_rights_keeps_his_rules();
	unlink(path);
	rmdir(folder);
	return check_done("unit_policies");
}
