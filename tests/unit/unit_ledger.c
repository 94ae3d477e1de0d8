/* SPDX-License-Identifier: MIT */
/*
 * The ledger: its table in memory of the test's own, the segment that processes share, and storms
 * of processes of which some are killed, stopped, or write garbage.
 *
 * unit_ledger			all that takes no rights, in some seconds
 * unit_ledger storm SECONDS	64 processes, one killed every 10 ms
 * unit_ledger threads		as many threads, for ThreadSanitizer
 * unit_ledger fill NAME	puts four destinations into it, of which one is waited for until
 *				standard input ends
 * unit_ledger remove NAME	removes its segment
 * unit_ledger open NAME	says "opened", or the error
 * unit_ledger squat UID NAME	puts segments where that user's ledger would be
 * unit_ledger get STEP...	as a process of the shim's: see get()
 * unit_ledger contain allow|error STEP...	the same, in a container with that filter
 */
#include "../../shim/ledger/ledger.h"
#include "../../shim/ledger/segment.h"
#include "../../shim/process/ledgers.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define NOW INT64_C(1000000000)

static const struct pacer_settings standard = { 2000, 5000 };
static const struct pacer_request at_once = { 0, 0, 1000000 };

static _Thread_local uint64_t seed = 42;

/* SplitMix64. */
static uint64_t next_random(void)
{
	uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint64_t below(uint64_t bound)
{
	return next_random() % bound;
}

static int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void pause_ms(int ms)
{
	nanosleep(&(struct timespec){ 0, ms * 1000000L }, NULL);
}

/* --- the table --- */

static struct ledger *new_table(void)
{
	struct ledger *ledger = aligned_alloc(64, sizeof(*ledger));

	memset(ledger, 0, sizeof(*ledger));
	return ledger;
}

static struct ledger_place place_of(const char *scheme, const char *host, int port)
{
	return (struct ledger_place){ scheme, strlen(scheme), host, strlen(host), port };
}

static struct ledger_destination begin(struct ledger *ledger, const char *scheme, const char *host,
				       int port, int64_t now)
{
	struct ledger_place place = place_of(scheme, host, port);
	struct ledger_destination destination = { ledger_key(&place), 0 };

	ledger_ended(ledger, &destination, &place, &standard, now, 1, true, PACER_ANSWERED);
	return destination;
}

/* What is shown of the destination NAME. */
static bool look_for(const struct ledger *ledger, const char *name, struct ledger_view *view)
{
	for (int i = 0; i < LEDGER_ACCOUNTS; i++) {
		if (ledger_look(ledger, i, NOW, view) && !strcmp(view->name, name))
			return true;
	}
	return false;
}

static int count_shown(const struct ledger *ledger)
{
	struct ledger_view view;
	int count = 0;

	for (int i = 0; i < LEDGER_ACCOUNTS; i++)
		count += ledger_look(ledger, i, NOW, &view);
	return count;
}

static void keys_tell_destinations_apart(void)
{
	static const struct {
		const char *scheme, *host;
		int port;
	} places[] = {
		{ "http", "a", 80 },
		{ "https", "a", 80 },
		{ "http", "a", 81 },
		{ "http", "b", 80 },
		{ "http", "aa", 80 },
		{ "http", "", 80 },
		{ "ftp", "a", 80 },
		{ "http", "a.example", 80 },
		{ "http", "example.a", 80 },
		{ "http", "12345678", 80 },
		{ "http", "1234567", 80 },
		{ "http", "123456781", 80 },
		{ "http", "1234567812345678", 80 },
		{ "http", "123456781234567", 80 },
	};
	uint64_t keys[sizeof(places) / sizeof(places[0])];
	int sets[LEDGER_SETS] = { 0 };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct ledger_place place =
			place_of(places[i].scheme, places[i].host, places[i].port);

		keys[i] = ledger_key(&place);
		CHECK(keys[i]);
		for (size_t j = 0; j < i; j++)
			CHECK(keys[i] != keys[j]);
	}
	CHECK(ledger_key(&(struct ledger_place){ "HTTP://", 4, "ab", 1, 80 }) == keys[0]);
	for (int i = 0; i < 64 * LEDGER_SETS; i++) {
		char host[64];
		struct ledger_place place;

		snprintf(host, sizeof(host), "node-%d.example.org", i);
		place = place_of("https", host, 443);
		sets[ledger_key(&place) % LEDGER_SETS]++;
	}
	for (int i = 0; i < LEDGER_SETS; i++)
		CHECK(sets[i] > 24 && sets[i] < 112);
}

static void an_account_has_a_name_and_counts(void)
{
	struct ledger *ledger = new_table();
	struct ledger_destination to = begin(ledger, "https", "example.org", 443, NOW);
	struct ledger_view view;

	CHECK(look_for(ledger, "https://example.org:443", &view));
	CHECK_INT(view.events[LEDGER_TRANSFERS], 1);
	CHECK_INT(view.failed_at, 0);
	CHECK_INT(view.unused, 0);
	begin(ledger, "https", "example.org", 443, NOW + 10);
	ledger_count(ledger, &to, LEDGER_GAVE_UP);
	ledger_failed(ledger, &to, 7, 503, 1700000000);
	CHECK(look_for(ledger, "https://example.org:443", &view));
	CHECK_INT(view.events[LEDGER_TRANSFERS], 2);
	CHECK_INT(view.events[LEDGER_GAVE_UP], 1);
	CHECK_INT(view.events[LEDGER_RECOVERED], 0);
	CHECK_INT(view.curlcode, 7);
	CHECK_INT(view.status, 503);
	CHECK_INT(view.failed_at, 1700000000);
	begin(ledger, "http", "::1", 8080, NOW);
	CHECK(look_for(ledger, "http://[::1]:8080", &view));
	CHECK_INT(count_shown(ledger), 2);
	ledger_reset(ledger);
	CHECK_INT(count_shown(ledger), 0);
	begin(ledger, "https", "example.org", 443, NOW);
	CHECK(look_for(ledger, "https://example.org:443", &view));
	CHECK_INT(view.events[LEDGER_TRANSFERS], 1);
	free(ledger);
}

static void a_name_that_is_too_long_is_cut(void)
{
	struct ledger *ledger = new_table();
	struct ledger_view view;
	char host[400];

	memset(host, 'x', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	begin(ledger, "http", host, 80, NOW);
	begin(ledger, "http", host, 81, NOW);
	CHECK_INT(count_shown(ledger), 2);
	for (int i = 0; i < LEDGER_ACCOUNTS; i++) {
		if (ledger_look(ledger, i, NOW, &view))
			CHECK_INT(strlen(view.name), LEDGER_NAME_MAX - 1);
	}
	free(ledger);
}

/* Ports of one set, as many as there are ways and one more. */
static void ports_of_one_set(int ports[LEDGER_WAYS + 1])
{
	uint64_t set = 0;
	int found = 0;

	for (int port = 1; found <= LEDGER_WAYS; port++) {
		struct ledger_place place = place_of("http", "h", port);
		uint64_t key = ledger_key(&place);

		if (!found)
			set = key % LEDGER_SETS;
		if (key % LEDGER_SETS == set)
			ports[found++] = port;
	}
}

static void the_least_recently_used_gives_way(void)
{
	struct ledger *ledger = new_table();
	int ports[LEDGER_WAYS + 1];
	struct pacer_wait wait = { 0 };
	struct ledger_view view;
	struct ledger_destination first;

	ports_of_one_set(ports);
	first = begin(ledger, "http", "h", ports[0], NOW);
	for (int i = 1; i < LEDGER_WAYS; i++)
		begin(ledger, "http", "h", ports[i], NOW + i * INT64_C(1000));
	/* The first is used once more, by a retry. */
	ledger_ask(ledger, &first, &standard, NOW + 60000, &at_once, &wait);
	begin(ledger, "http", "h", ports[LEDGER_WAYS], NOW + 61000);
	CHECK_INT(count_shown(ledger), LEDGER_WAYS);
	for (int i = 0; i <= LEDGER_WAYS; i++) {
		char name[64];

		snprintf(name, sizeof(name), "http://h:%d", ports[i]);
		CHECK(look_for(ledger, name, &view) == (i != 1));
	}
	/* Nothing of the one before is left. */
	snprintf(view.name, sizeof(view.name), "http://h:%d", ports[LEDGER_WAYS]);
	CHECK(look_for(ledger, view.name, &view));
	CHECK_INT(view.events[LEDGER_TRANSFERS], 1);
	free(ledger);
}

static void there_may_be_more_destinations_than_accounts(void)
{
	struct ledger *ledger = new_table();
	struct ledger_view view;

	for (int i = 0; i < 10 * LEDGER_ACCOUNTS; i++)
		begin(ledger, "http", "h", i, NOW + i);
	CHECK_INT(count_shown(ledger), LEDGER_ACCOUNTS);
	CHECK(look_for(ledger, "http://h:10239", &view));
	free(ledger);
}

/* Whoever made it died after he had won the place, or in the midst of its name. */
static void an_account_that_is_half_made_is_made_anew(void)
{
	struct ledger *ledger = new_table();
	struct ledger_place place = place_of("http", "h", 80);
	struct ledger_destination to = { ledger_key(&place), 0 };
	uint64_t key = to.key;
	size_t index = (size_t)(key % LEDGER_SETS) * LEDGER_WAYS;
	struct ledger_view view;

	atomic_store(&ledger->key[index], key);
	atomic_store(&ledger->account[index].events[LEDGER_TRANSFERS], 77);
	atomic_store(&ledger->account[index].pacer.tickets, 12345);
	CHECK(!look_for(ledger, "http://h:80", &view));
	ledger_count(ledger, &to, LEDGER_RETRIES);
	begin(ledger, "http", "h", 80, NOW);
	CHECK(look_for(ledger, "http://h:80", &view));
	CHECK_INT(view.events[LEDGER_TRANSFERS], 1);
	CHECK_INT(atomic_load(&ledger->account[index].pacer.tickets), 0);
	atomic_store(&ledger->account[index].name[0], next_random());
	CHECK(!look_for(ledger, "http://h:80", &view));
	CHECK_INT(count_shown(ledger), 0);
	free(ledger);
}

/* No ledger, or one in which the destination has lost its account. */
static void without_an_account_the_drawn_delay_stands(void)
{
	struct ledger *ledgers[] = { NULL, new_table() };

	for (int i = 0; i < 2; i++) {
		struct ledger_destination to = { 5, 0 };
		struct pacer_request request = { 700, 100, 1000 };
		struct pacer_wait wait = { 0 };
		int64_t look;

		ledger_ask(ledgers[i], &to, &standard, NOW, &request, &wait);
		CHECK_INT(ledger_turn(ledgers[i], &to, &standard, NOW, &wait, &look), PACER_WAIT);
		CHECK_INT(look, 700);
		CHECK_INT(ledger_turn(ledgers[i], &to, &standard, NOW + 700, &wait, &look),
			  PACER_GO);
		ledger_count(ledgers[i], &to, LEDGER_GAVE_UP);
		ledger_failed(ledgers[i], &to, 7, 0, 1);
	}
	free(ledgers[1]);
}

static void those_who_wait_are_counted(void)
{
	struct ledger *ledger = new_table();
	struct ledger_place place = place_of("http", "h", 80);
	struct ledger_destination to = begin(ledger, "http", "h", 80, NOW - 5000);
	struct pacer_wait waits[30] = { 0 };
	struct ledger_view view;
	int64_t look;

	for (int i = 0; i < 30; i++)
		ledger_ended(ledger, &to, &place, &standard, NOW, 10, true, PACER_FAILED);
	for (int i = 0; i < 30; i++)
		ledger_ask(ledger, &to, &standard, NOW, &at_once, &waits[i]);
	for (int64_t now = NOW; now < NOW + 900; now += 100) {
		for (int i = 0; i < 30; i++)
			ledger_turn(ledger, &to, &standard, now, &waits[i], &look);
	}
	/* An answer, 30 failures and 13 retries were within the budget. */
	CHECK(look_for(ledger, "http://h:80", &view));
	CHECK_INT(view.waiting, 17);
	CHECK_INT(view.pacer.state, PACER_DOWN);
	free(ledger);
}

/* Under sanitizers: nothing that is read is an index or a length before it was checked. */
static void garbage_harms_nobody(void)
{
	struct ledger *ledger = new_table();
	_Atomic(uint64_t) *words = &ledger->identity;
	const size_t count = sizeof(*ledger) / sizeof(*words);
	struct pacer_wait wait = { 0 };
	struct ledger_view view;

	for (int run = 0; run < 200; run++) {
		for (size_t i = 0; i < count; i++)
			atomic_store_explicit(&words[i], below(4) ? next_random() : UINT64_MAX,
					      memory_order_relaxed);
		for (int i = 0; i < 40; i++) {
			int64_t now = NOW + run * INT64_C(1000) + i * 10, look = 0;
			struct ledger_place place = place_of("http", "h", (int)below(5000));
			struct ledger_destination to = { ledger_key(&place), 0 };

			ledger_ended(ledger, &to, &place, &standard, now, 10, true, PACER_FAILED);
			ledger_ask(ledger, &to, &standard, now, &at_once, &wait);
			ledger_turn(ledger, &to, &standard, now, &wait, &look);
			CHECK(look >= 0 && look <= PACER_LOOK_MS);
			ledger_count(ledger, &to, LEDGER_RECOVERED);
		}
		for (int i = 0; i < LEDGER_ACCOUNTS; i++)
			CHECK(!ledger_look(ledger, i, NOW, &view) ||
			      strlen(view.name) < LEDGER_NAME_MAX);
	}
	free(ledger);
}

/* --- the segment --- */

static char name_of_test[32];

static struct ledger *open_named(const char *name)
{
	int error;
	struct ledger *ledger = segment_open(name, true, &error);

	if (!ledger)
		fprintf(stderr, "%s: %s\n", name, strerror(error));
	return ledger;
}

/* /proc says for each segment that is mapped which one it is: in the place of an inode's number. */
static void remove_segments(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	int id;

	while (maps && fgets(line, sizeof(line), maps)) {
		if (strstr(line, "/SYSV") && sscanf(line, "%*s %*s %*s %*s %d", &id) == 1)
			shmctl(id, IPC_RMID, NULL);
	}
	if (maps)
		fclose(maps);
}

static void processes_share_it(void)
{
	struct ledger *ledger = open_named(name_of_test);
	struct ledger_view view;
	int status = -1, error;
	pid_t child;

	CHECK(ledger);
	if (!ledger)
		return;
	child = fork();
	if (!child) {
		begin(ledger, "http", "inherited", 80, NOW);
		begin(open_named(name_of_test), "http", "opened", 80, NOW);
		_exit(0);
	}
	waitpid(child, &status, 0);
	CHECK_INT(status, 0);
	CHECK(look_for(ledger, "http://inherited:80", &view));
	CHECK(look_for(ledger, "http://opened:80", &view));
	CHECK(!segment_open("a name that nobody uses", false, &error));
	CHECK_INT(error, ENOENT);
	remove_segments();
	segment_close(ledger);
	CHECK(!segment_open(name_of_test, false, &error));
}

/* Of another version, or of a name with the same key: it is left alone. */
static void what_is_another_ledger_is_not_used(void)
{
	struct ledger *first = open_named(name_of_test), *second;

	CHECK(first);
	if (!first)
		return;
	atomic_store(&first->identity, 4711);
	second = open_named(name_of_test);
	CHECK(second && second != first);
	CHECK_INT(atomic_load(&first->identity), 4711);
	if (second) {
		begin(second, "http", "h", 80, NOW);
		CHECK_INT(count_shown(first), 0);
	}
	remove_segments();
	segment_close(first);
	if (second)
		segment_close(second);
}

static void what_others_may_write_to_is_not_used(void)
{
	struct ledger *first = open_named(name_of_test), *second;
	struct shmid_ds about;
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "r");
	int id = -1;

	while (first && fgets(line, sizeof(line), maps)) {
		if (strstr(line, "/SYSV"))
			sscanf(line, "%*s %*s %*s %*s %d", &id);
	}
	fclose(maps);
	CHECK(!shmctl(id, IPC_STAT, &about));
	about.shm_perm.mode = 0666;
	CHECK(!shmctl(id, IPC_SET, &about));
	second = open_named(name_of_test);
	CHECK(second && second != first);
	if (first && second) {
		begin(second, "http", "h", 80, NOW);
		CHECK_INT(count_shown(first), 0);
	}
	remove_segments();
	if (first)
		segment_close(first);
	if (second)
		segment_close(second);
}

/* --- storms --- */

enum { DESTINATIONS = 8, WORKERS = 64 };

/* Every fifth transfer fails; a third of the destinations answer nobody. */
static void transfer(struct ledger *ledger, int64_t patience)
{
	char host[16];
	struct ledger_place place;
	struct ledger_destination to = { 0 };
	struct pacer_request request = { (int64_t)below(5), 0, patience };
	struct pacer_wait wait = { 0 };
	uint64_t which = below(DESTINATIONS);
	int64_t now = clock_ms(), look;
	enum pacer_answer said = PACER_GO;

	snprintf(host, sizeof(host), "h%d", (int)which);
	place = place_of("http", host, 80);
	to.key = ledger_key(&place);
	for (int attempt = 0; attempt < 4 && said == PACER_GO; attempt++) {
		bool failed = which % 3 == 0 || !below(5);

		ledger_ended(ledger, &to, &place, &standard, now, 1, !attempt,
			     failed ? PACER_FAILED : PACER_ANSWERED);
		if (!failed)
			return;
		ledger_ask(ledger, &to, &standard, now, &request, &wait);
		while ((said = ledger_turn(ledger, &to, &standard, now, &wait, &look)) ==
		       PACER_WAIT) {
			pause_ms(look < 10 ? (int)look : 10);
			now = clock_ms();
		}
	}
	ledger_count(ledger, &to, LEDGER_GAVE_UP);
}

/* What each worker has got done, in memory that they share; it is what shows who is stuck. */
static _Atomic(uint64_t) *done;

static pid_t start_worker(int number, const char *name)
{
	pid_t child = fork();
	struct ledger *ledger;

	if (child)
		return child;
	alarm(120);
	seed = (uint64_t)getpid();
	ledger = open_named(name);
	if (!ledger)
		_exit(1);
	for (;;) {
		transfer(ledger, 50);
		atomic_fetch_add(&done[number], 1);
	}
}

/* Writes over anything, until it is killed. */
static pid_t start_vandal(const char *name)
{
	pid_t child = fork();
	struct ledger *ledger;
	_Atomic(uint64_t) *words;

	if (child)
		return child;
	alarm(120);
	ledger = open_named(name);
	if (!ledger)
		_exit(1);
	words = &ledger->identity;
	for (;;) {
		/* Half of it where it will be read. */
		size_t i = (size_t)below(below(2) ? sizeof(*ledger) / sizeof(*words) :
						    8 + 2 * LEDGER_ACCOUNTS);

		atomic_store(&words[i], below(2) ? next_random() : below(3) - 1);
	}
}

/* Whoever ended otherwise than by our signal has crashed. */
static void reap(pid_t child, int signal)
{
	int status = 0;

	CHECK_INT(waitpid(child, &status, 0), child);
	if (!CHECK(WIFSIGNALED(status) && WTERMSIG(status) == signal))
		fprintf(stderr, "  status 0x%x\n", (unsigned)status);
}

/* A retry of a destination that answers, in whatever state the others have left it. */
static void check_that_it_is_alive(const char *name)
{
	struct ledger *ledger = open_named(name);
	int64_t start = clock_ms();

	CHECK(ledger);
	for (int i = 0; ledger && i < 50; i++)
		transfer(ledger, 50);
	CHECK(clock_ms() - start < 60000);
}

static void storm(int workers, int64_t ms, bool vandal)
{
	struct ledger *ledger = open_named(name_of_test);
	pid_t pids[WORKERS], enemy = vandal ? start_vandal(name_of_test) : 0;
	uint64_t before[WORKERS];
	int64_t end;

	CHECK(ledger);
	for (int i = 0; i < workers; i++)
		pids[i] = start_worker(i, name_of_test);
	for (end = clock_ms() + ms; clock_ms() < end; pause_ms(10)) {
		int victim = (int)below((uint64_t)workers);

		if (!below(10)) {
			kill(pids[victim], SIGSTOP);
			victim = (int)below((uint64_t)workers);
		}
		kill(pids[victim], SIGKILL);
		reap(pids[victim], SIGKILL);
		pids[victim] = start_worker(victim, name_of_test);
	}
	if (enemy) {
		kill(enemy, SIGKILL);
		reap(enemy, SIGKILL);
	}
	/* All that live go on. */
	for (int i = 0; i < workers; i++) {
		kill(pids[i], SIGCONT);
		before[i] = atomic_load(&done[i]);
	}
	for (int i = 0; i < workers; i++) {
		for (end = clock_ms() + 60000; atomic_load(&done[i]) == before[i];) {
			if (!CHECK(clock_ms() < end))
				break;
			pause_ms(1);
		}
	}
	for (int i = 0; i < workers; i++) {
		kill(pids[i], SIGKILL);
		reap(pids[i], SIGKILL);
	}
	check_that_it_is_alive(name_of_test);
	remove_segments();
	segment_close(ledger);
}

static void *work(void *ledger)
{
	seed = (uint64_t)clock_ms() ^ (uint64_t)(uintptr_t)&ledger;
	for (int i = 0; i < 300; i++)
		transfer(ledger, 5);
	return NULL;
}

static void threads(void)
{
	struct ledger *ledger = new_table();
	pthread_t workers[16];

	for (int i = 0; i < 16; i++)
		CHECK(!pthread_create(&workers[i], NULL, work, ledger));
	for (int i = 0; i < 16; i++)
		pthread_join(workers[i], NULL);
	CHECK_INT(count_shown(ledger), DESTINATIONS);
	free(ledger);
}

/* --- what takes rights, by tests/ledger.bats --- */

static int open_and_tell(const char *name)
{
	int error;
	struct ledger *ledger = segment_open(name, true, &error);

	puts(ledger ? "opened" : strerror(error));
	fflush(stdout);
	return !ledger;
}

/* Segments under all keys of the user's ledger, which everybody may use, as it once was made. */
static int squat(uid_t user, const char *name)
{
	char line[512];
	FILE *maps;
	int id = -1;

	/* The keys are found by being that user for a moment. */
	for (int i = 0; i < 8; i++) {
		struct ledger *ledger;
		struct shmid_ds about;

		if (seteuid(user))
			return 1;
		ledger = open_named(name);
		if (seteuid(0) || !ledger)
			return ledger != NULL;
		maps = fopen("/proc/self/maps", "r");
		while (maps && fgets(line, sizeof(line), maps)) {
			if (strstr(line, "/SYSV"))
				sscanf(line, "%*s %*s %*s %*s %d", &id);
		}
		if (maps)
			fclose(maps);
		segment_close(ledger);
		if (shmctl(id, IPC_STAT, &about))
			return 1;
		about.shm_perm.uid = 0;
		about.shm_perm.mode = 0666;
		if (shmctl(id, IPC_SET, &about))
			return 1;
	}
	return 1;
}

/* COUNT transfers, each of which fails FAILURES times; then it is answered, unless it GIVES_UP. */
static void run_transfers(struct ledger *ledger, const char *host, int count, int failures,
			  bool gives_up)
{
	struct ledger_place place = place_of("http", host, 80);
	struct ledger_destination to = { ledger_key(&place), 0 };
	int64_t now = clock_ms(), look;

	for (int i = 0; i < count; i++) {
		struct pacer_wait wait = { 0 };

		for (int n = 0; n < failures; n++) {
			ledger_ended(ledger, &to, &place, &standard, now, 1, !n, PACER_FAILED);
			ledger_failed(ledger, &to, 0, 503, time(NULL) - 125);
			ledger_ask(ledger, &to, &standard, now, &at_once, &wait);
			ledger_turn(ledger, &to, &standard, now, &wait, &look);
		}
		if (!gives_up)
			ledger_ended(ledger, &to, &place, &standard, now, 1, !failures,
				     PACER_ANSWERED);
		if (failures)
			ledger_count(ledger, &to, gives_up ? LEDGER_GAVE_UP : LEDGER_RECOVERED);
	}
}

static void wait_in_queue(struct ledger *ledger)
{
	struct ledger_place place = place_of("https", "down.example", 443);
	struct ledger_destination to = { ledger_key(&place), 0 };
	struct pacer_request patient = { 3600000, 3600000, 3600000 };
	struct pacer_wait waits[5] = { 0 };
	struct pollfd input = { STDIN_FILENO, POLLIN, 0 };
	int64_t look;

	for (int i = 0; i < 40; i++)
		ledger_ended(ledger, &to, &place, &standard, clock_ms(), 1, true, PACER_FAILED);
	ledger_failed(ledger, &to, 7, 0, time(NULL) - 7);
	ledger_count(ledger, &to, LEDGER_NOT_RETRIED);
	for (int i = 0; i < 5; i++)
		ledger_ask(ledger, &to, &standard, clock_ms(), &patient, &waits[i]);
	puts("filled");
	fflush(stdout);
	do {
		for (int i = 0; i < 5; i++)
			ledger_turn(ledger, &to, &standard, clock_ms(), &waits[i], &look);
	} while (!poll(&input, 1, PACER_LOOK_MS));
}

static int fill(const char *name)
{
	static const char long_host[] =
		"a-name-that-is-longer-than-a-terminal.is-wide.in-its-column.example";
	struct ledger *ledger = open_named(name);

	if (!ledger)
		return 1;
	ledger_reset(ledger);
	run_transfers(ledger, "ok.example", 100, 0, false);
	run_transfers(ledger, "ok.example", 10, 1, false);
	run_transfers(ledger, "failing.example", 4, 2, true);
	run_transfers(ledger, "failing.example", 2, 0, false);
	run_transfers(ledger, long_host, 1, 0, false);
	wait_in_queue(ledger);
	return 0;
}

#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* Shared memory is answered with ACTION. */
static int filter(unsigned action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_shmget, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_shmat, 1, 0),
		ALLOW,
		BPF_STMT(BPF_RET | BPF_K, action),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/*
 * "load", as the policy is, "get" the ledger, "kill" who asks for shared memory, give it an
 * "error", "allow" it, become user "nobody"; one after the other. Says what was got.
 */
static int get(char **words)
{
	static const unsigned error = SECCOMP_RET_ERRNO | (EACCES & SECCOMP_RET_DATA);
	int64_t now = 1000;

	for (; *words; words++) {
		int problem, failed = 0;

		now += 2000;
		if (!strcmp(*words, "load"))
			ledgers_prepare("test");
		else if (!strcmp(*words, "kill"))
			failed = filter(SECCOMP_RET_KILL_PROCESS);
		else if (!strcmp(*words, "error"))
			failed = filter(error);
		else if (!strcmp(*words, "allow"))
			failed = filter(SECCOMP_RET_ALLOW);
		else if (!strcmp(*words, "nobody"))
			failed = setuid(65534);
		else if (ledgers_get("test", now, &problem))
			puts("got");
		else
			puts(problem ? strerror(problem) : "none");
		if (failed)
			return 77;
		fflush(stdout);
	}
	return 0;
}

/* The same in the first process of a namespace, which has the filter of its first word. */
static int get_contained(char **words)
{
	int status = -1;
	pid_t child;

	if (filter(!strcmp(words[0], "error") ? SECCOMP_RET_ERRNO | EACCES : SECCOMP_RET_ALLOW) ||
	    unshare(CLONE_NEWPID | CLONE_NEWNS))
		return 77;
	child = fork();
	if (!child) {
		if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("proc", "/proc", "proc", 0, NULL))
			_exit(77);
		_exit(get(words + 1));
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	int error;

	snprintf(name_of_test, sizeof(name_of_test), "test-%d", (int)getpid());
	done = mmap(NULL, WORKERS * sizeof(*done), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!strcmp(mode, "get"))
		return get(argv + 2);
	if (!strcmp(mode, "contain") && argc > 2)
		return get_contained(argv + 2);
	if (!strcmp(mode, "fill") && argc == 3)
		return fill(argv[2]);
	if (!strcmp(mode, "remove") && argc == 3) {
		segment_open(argv[2], false, &error);
		remove_segments();
		return 0;
	}
	if (!strcmp(mode, "open") && argc == 3)
		return open_and_tell(argv[2]);
	if (!strcmp(mode, "squat") && argc == 4)
		return squat((uid_t)atoi(argv[2]), argv[3]);
	if (!strcmp(mode, "storm") && argc == 3) {
		storm(WORKERS, atoi(argv[2]) * INT64_C(1000), false);
		return check_done("unit_ledger storm");
	}
	if (!strcmp(mode, "threads")) {
		threads();
		return check_done("unit_ledger threads");
	}
	keys_tell_destinations_apart();
	an_account_has_a_name_and_counts();
	a_name_that_is_too_long_is_cut();
	the_least_recently_used_gives_way();
	there_may_be_more_destinations_than_accounts();
	an_account_that_is_half_made_is_made_anew();
	without_an_account_the_drawn_delay_stands();
	those_who_wait_are_counted();
	garbage_harms_nobody();
	processes_share_it();
	what_is_another_ledger_is_not_used();
	what_others_may_write_to_is_not_used();
	storm(WORKERS, 2000, false);
	storm(16, 1000, true);
	return check_done("unit_ledger");
}
