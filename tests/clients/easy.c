/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -lpthread -ldl */
/*
 * What no stock client does with the easy interface: easy SCENARIO URL [ARG].
 * Each scenario prints what the program saw, for the test to compare.
 */
#define CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_DEPRECATION
#include <curl/curl.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct seen {
	CURL *easy;
	size_t headers;
	size_t bytes;
	uint64_t hash;
	int pauses;
	int calls;
	int abort_at;
	long zero_calls;
	int64_t started_ms;
	int64_t aborted_ms;
	char text[4096];
	const char *mark;
	char error[CURL_ERROR_SIZE];
};

static const char *argument;

static void fail(const char *what)
{
	printf("FAILED: %s\n", what);
	exit(1);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
	struct seen *seen = user;

	for (size_t i = 0; i < size * count; i++)
		seen->hash = (seen->hash ^ (unsigned char)data[i]) * UINT64_C(0x100000001b3);
	seen->bytes += size * count;
	return size * count;
}

static size_t on_header(char *data, size_t size, size_t count, void *user)
{
	struct seen *seen = user;

	(void)data;
	seen->headers++;
	return size * count;
}

static CURL *new_easy(const char *url, struct seen *seen)
{
	CURL *easy = curl_easy_init();

	memset(seen, 0, sizeof(*seen));
	seen->easy = easy;
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, seen);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, seen);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, seen->error);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	return easy;
}

static void report(const struct seen *seen, CURLcode code)
{
	long status = 0;

	curl_easy_getinfo(seen->easy, CURLINFO_RESPONSE_CODE, &status);
	printf("code=%d status=%ld headers=%zu bytes=%zu error=%s\n", code, status, seen->headers,
	       seen->bytes, seen->error[0] ? "set" : "empty");
	fflush(stdout);
}

/* Twice on one handle. */
static int twice(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	for (int i = 0; i < 2; i++) {
		CURLcode code = curl_easy_perform(easy);

		printf("hash=%016" PRIx64 " ", seen.hash);
		report(&seen, code);
		seen.hash = 0;
		seen.bytes = 0;
		seen.headers = 0;
	}
	curl_easy_cleanup(easy);
	return 0;
}

static int plain(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

/*
 * ---- threads: 8 (or ARG/1000) threads of transfers, URL ending in a prefix for a key of each ----
 */

static int transfers_per_thread;
static int wrong;

static void *thread_main(void *user)
{
	const char *url = user;
	static int next;
	int thread = __atomic_add_fetch(&next, 1, __ATOMIC_RELAXED);
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	for (int i = 0; i < transfers_per_thread; i++) {
		char each[1024];
		long status = 0;

		/* A third of them fails first. */
		snprintf(each, sizeof(each), url, i % 3 ? "200" : "503,200", thread, i);
		seen.bytes = 0;
		curl_easy_setopt(easy, CURLOPT_URL, each);
		CURLcode code = curl_easy_perform(easy);
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
		if (code || status != 200 || !seen.bytes)
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
	}
	curl_easy_cleanup(easy);
	return NULL;
}

static int threads(const char *url)
{
	pthread_t thread[8];

	curl_global_init(CURL_GLOBAL_ALL);
	transfers_per_thread = argument ? atoi(argument) : 100;
	for (int i = 0; i < 8; i++)
		pthread_create(&thread[i], NULL, thread_main, (void *)url);
	for (int i = 0; i < 8; i++)
		pthread_join(thread[i], NULL);
	printf("wrong=%d\n", wrong);
	return wrong != 0;
}

/* ---- the program's options after the call, as libcurl itself holds them ---- */

/* Past the shim, which dlsym would answer for: from libcurl's own symbol table. */
static CURLcode (*real_perform(void))(CURL *)
{
	void *self = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_NOLOAD);
	struct link_map *map = NULL;
	const ElfW(Sym) *symbols = NULL;
	const char *names = NULL;
	CURLcode (*real)(CURL *);

	if (!self || dlinfo(self, RTLD_DI_LINKMAP, &map))
		fail("no libcurl.so.4");
	for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
		if (entry->d_tag == DT_SYMTAB)
			symbols = (const void *)entry->d_un.d_ptr;
		if (entry->d_tag == DT_STRTAB)
			names = (const void *)entry->d_un.d_ptr;
	}
	/* The linker puts the names right behind the table. */
	for (const ElfW(Sym) *symbol = symbols; (const char *)symbol < names; symbol++) {
		if (symbol->st_shndx && !strcmp(names + symbol->st_name, "curl_easy_perform")) {
			*(void **)&real = (char *)map->l_addr + symbol->st_value;
			return real;
		}
	}
	fail("no real curl_easy_perform");
	return NULL;
}

/* With ARG, the URL of the second call, past the shim. */
static int restored(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	report(&seen, curl_easy_perform(easy));
	seen.headers = 0;
	seen.bytes = 0;
	if (argument)
		curl_easy_setopt(easy, CURLOPT_URL, argument);
	report(&seen, real_perform()(easy));
	curl_easy_cleanup(easy);
	return 0;
}

static int on_progress(void *user, curl_off_t dt, curl_off_t dn, curl_off_t ut, curl_off_t un);
static int on_old_progress(void *user, double dt, double dn, double ut, double un);
static size_t on_read(char *buffer, size_t size, size_t count, void *user);

/* Each call counts its progress callbacks: one kind replaces the other, in libcurl as in us. */
static int restored_progress(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &seen);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_perform(easy);
	seen.calls = 0;
	real_perform()(easy);
	printf("xferinfo=%s ", seen.calls ? "called" : "lost");
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, NULL);
	curl_easy_setopt(easy, CURLOPT_PROGRESSFUNCTION, on_old_progress);
	curl_easy_setopt(easy, CURLOPT_URL, argument);
	curl_easy_perform(easy);
	seen.calls = 0;
	real_perform()(easy);
	printf("progress=%s ", seen.calls ? "called" : "lost");
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
	curl_easy_perform(easy);
	seen.calls = 0;
	real_perform()(easy);
	printf("off=%s\n", seen.calls ? "called" : "quiet");
	curl_easy_cleanup(easy);
	return 0;
}

static int restored_upload(const char *url)
{
	struct seen seen;
	struct seen body = { 0 };
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(easy, CURLOPT_READDATA, &body);
	curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)sizeof(body.text));
	report(&seen, curl_easy_perform(easy));
	printf("read=%zu\n", body.bytes);
	body.bytes = 0;
	report(&seen, real_perform()(easy));
	printf("read=%zu\n", body.bytes);
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- CURLOPT_WILDCARDMATCH: how often the program is told of a file ---- */

static long on_chunk(const void *info, void *user, int left)
{
	(void)info;
	(void)left;
	++*(int *)user;
	return CURL_CHUNK_BGN_FUNC_OK;
}

static int wildcard(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);
	CURLcode code;
	int chunks = 0;

	curl_easy_setopt(easy, CURLOPT_WILDCARDMATCH, 1L);
	curl_easy_setopt(easy, CURLOPT_CHUNK_BGN_FUNCTION, on_chunk);
	curl_easy_setopt(easy, CURLOPT_CHUNK_DATA, &chunks);
	code = curl_easy_perform(easy);
	printf("code=%d bytes=%zu chunks=%d\n", code, seen.bytes, chunks);
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- duphandle, before and in the middle of a transfer ---- */

static size_t dup_in_body(char *data, size_t size, size_t count, void *user)
{
	struct seen *seen = user;

	if (!seen->calls++) {
		CURL *copy = curl_easy_duphandle(seen->easy);
		struct seen other = { .easy = copy };

		curl_easy_setopt(copy, CURLOPT_WRITEFUNCTION, on_body);
		curl_easy_setopt(copy, CURLOPT_WRITEDATA, &other);
		curl_easy_setopt(copy, CURLOPT_HEADERDATA, &other);
		curl_easy_setopt(copy, CURLOPT_ERRORBUFFER, NULL);
		curl_easy_setopt(copy, CURLOPT_URL, argument);
		CURLcode code = curl_easy_perform(copy);
		printf("copy: ");
		report(&other, code);
		curl_easy_cleanup(copy);
	}
	return on_body(data, size, count, user);
}

/* The original is gone before its copy is used. */
static int dup_before(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	seen.easy = curl_easy_duphandle(easy);
	curl_easy_cleanup(easy);
	report(&seen, curl_easy_perform(seen.easy));
	curl_easy_cleanup(seen.easy);
	return 0;
}

/* What is set after a transfer counts for the next, and for a copy that outlives the original. */
static int dup_after(const char *url)
{
	struct seen first, other = { 0 };
	CURL *easy = new_easy(url, &first);
	CURL *copy;

	report(&first, curl_easy_perform(easy));
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &other);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, NULL);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, NULL);
	copy = curl_easy_duphandle(easy);
	other.easy = easy;
	report(&other, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	other.easy = copy;
	report(&other, curl_easy_perform(copy));
	curl_easy_cleanup(copy);
	printf("first=%zu\n", first.bytes);
	return 0;
}

static int duphandle(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, dup_in_body);
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- a handle reset and reused, N times; memory must not grow ---- */

static long resident_kb(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static int churn(const char *url)
{
	int rounds = argument ? atoi(argument) : 100000;
	struct seen seen;
	CURL *easy = new_easy(url, &seen);
	long before = 0;

	report(&seen, curl_easy_perform(easy));
	for (int i = 0; i < rounds; i++) {
		if (i == rounds / 10)
			before = resident_kb();
		curl_easy_setopt(easy, CURLOPT_REFERER, "http://127.0.0.1/referer");
		curl_easy_setopt(easy, CURLOPT_WRITEDATA, &seen);
		curl_easy_reset(easy);
		if (i % 100 == 0) {
			CURL *other = curl_easy_init();

			curl_easy_setopt(other, CURLOPT_REFERER, "http://127.0.0.1/referer");
			curl_easy_cleanup(curl_easy_duphandle(other));
			curl_easy_cleanup(other);
		}
	}
	printf("grown=%s\n", resident_kb() - before > 512 ? "yes" : "no");
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- reset: nothing of what was set before is left, and retries go on ---- */

static int reset(const char *url)
{
	struct seen seen;
	struct seen old;
	CURL *easy = new_easy(url, &old);

	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "before");
	curl_easy_setopt(easy, CURLOPT_HEADER, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 1L);
	curl_easy_reset(easy);
	memset(&seen, 0, sizeof(seen));
	seen.easy = easy;
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &seen);
	report(&seen, curl_easy_perform(easy));
	printf("old=%zu\n", old.headers + old.bytes);
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- many handles at once, more than any first table holds; each then used ---- */

static int many(const char *url)
{
	enum { MANY = 20000 };
	static CURL *easy[MANY];
	struct seen seen;
	int failed = 0;

	for (int i = 0; i < MANY; i++) {
		easy[i] = curl_easy_init();
		failed += !easy[i];
	}
	for (int i = 0; i < MANY; i += 2)
		curl_easy_cleanup(easy[i]);
	for (int i = 1; i < MANY; i += 2000) {
		char each[1024];

		memset(&seen, 0, sizeof(seen));
		snprintf(each, sizeof(each), "%s%d", url, i);
		curl_easy_setopt(easy[i], CURLOPT_URL, each);
		curl_easy_setopt(easy[i], CURLOPT_WRITEFUNCTION, on_body);
		curl_easy_setopt(easy[i], CURLOPT_WRITEDATA, &seen);
		long status = 0;
		CURLcode code = curl_easy_perform(easy[i]);
		curl_easy_getinfo(easy[i], CURLINFO_RESPONSE_CODE, &status);
		failed += code || status != 200 || !seen.bytes;
	}
	for (int i = 1; i < MANY; i += 2)
		curl_easy_cleanup(easy[i]);
	printf("failed=%d\n", failed);
	return 0;
}

/* ---- progress: counts calls, aborts ARG ms after the start ---- */

static int on_progress(void *user, curl_off_t dt, curl_off_t dn, curl_off_t ut, curl_off_t un)
{
	struct seen *seen = user;

	(void)dt;
	(void)ut;
	(void)un;
	seen->calls++;
	seen->zero_calls += dn == 0;
	if (!seen->abort_at || now_ms() - seen->started_ms < seen->abort_at)
		return 0;
	if (!seen->aborted_ms)
		seen->aborted_ms = now_ms();
	return 1;
}

static int on_old_progress(void *user, double dt, double dn, double ut, double un)
{
	return on_progress(user, (curl_off_t)dt, (curl_off_t)dn, (curl_off_t)ut, (curl_off_t)un);
}

static int progress_with(const char *url, bool old)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	seen.abort_at = argument ? atoi(argument) : 0;
	seen.started_ms = now_ms();
	if (old)
		curl_easy_setopt(easy, CURLOPT_PROGRESSFUNCTION, on_old_progress);
	else
		curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &seen);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	CURLcode code = curl_easy_perform(easy);
	printf("calls=%d zero=%ld ", seen.calls, seen.zero_calls);
	if (seen.aborted_ms)
		printf("ended=%s ", now_ms() - seen.aborted_ms < 1000 ? "soon" : "late");
	report(&seen, code);
	curl_easy_cleanup(easy);
	return 0;
}

static int progress(const char *url)
{
	return progress_with(url, false);
}

static int old_progress(const char *url)
{
	return progress_with(url, true);
}

/*
 * ---- pauses: the first ARG calls of each callback return PAUSE; the progress callback goes on
 * ----
 */

static size_t pausing(struct seen *seen, size_t length)
{
	if (seen->pauses < seen->abort_at) {
		seen->pauses++;
		return CURL_WRITEFUNC_PAUSE;
	}
	return length;
}

static size_t pausing_header(char *data, size_t size, size_t count, void *user)
{
	size_t result = pausing(user, size * count);

	return result == CURL_WRITEFUNC_PAUSE ? result : on_header(data, size, count, user);
}

static size_t pausing_body(char *data, size_t size, size_t count, void *user)
{
	struct seen *seen = user;
	size_t result;

	seen->calls++;
	if (seen->calls % 2)
		return CURL_WRITEFUNC_PAUSE;
	result = on_body(data, size, count, user);
	return result;
}

static int unpausing(void *user, curl_off_t dt, curl_off_t dn, curl_off_t ut, curl_off_t un)
{
	struct seen *seen = user;

	(void)dt;
	(void)dn;
	(void)ut;
	(void)un;
	curl_easy_pause(seen->easy, CURLPAUSE_CONT);
	return 0;
}

static int pauses(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	seen.abort_at = argument ? atoi(argument) : 1;
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, pausing_header);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, pausing_body);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, unpausing);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &seen);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	CURLcode code = curl_easy_perform(easy);
	printf("hash=%016" PRIx64 " ", seen.hash);
	report(&seen, code);
	curl_easy_cleanup(easy);
	return 0;
}

/*
 * ---- pauses of ARG ms, from the first byte of the body on and again from byte 100000 on: one that
 * the write callback asks for, then one that the progress callback makes ----
 */

enum held_up { RUNNING, BY_RETURN, BETWEEN, BY_CALL, OVER };

struct holding {
	struct seen seen;
	enum held_up state;
	int rounds;
	bool early;		/* libcurl has given a body in a pause */
	int64_t since;
};

static size_t holding_body(char *data, size_t size, size_t count, void *user)
{
	struct holding *holding = user;

	holding->early |= holding->state == BY_CALL;
	if (holding->state == OVER && holding->rounds < 2 && holding->seen.bytes >= 100000)
		holding->state = RUNNING;
	if (holding->state == RUNNING) {
		holding->state = BY_RETURN;
		holding->since = now_ms();
		return CURL_WRITEFUNC_PAUSE;
	}
	return on_body(data, size, count, &holding->seen);
}

static int holding_progress(void *user, curl_off_t dt, curl_off_t dn, curl_off_t ut, curl_off_t un)
{
	struct holding *holding = user;
	bool due = now_ms() - holding->since >= atoi(argument);

	(void)dt;
	(void)dn;
	(void)ut;
	(void)un;
	if (holding->state == BY_RETURN && due) {
		holding->state = BETWEEN;
		curl_easy_pause(holding->seen.easy, CURLPAUSE_CONT);
	} else if (holding->state == BETWEEN) {
		holding->state = BY_CALL;
		holding->since = now_ms();
		curl_easy_pause(holding->seen.easy, CURLPAUSE_RECV);
	} else if (holding->state == BY_CALL && due) {
		holding->state = OVER;
		holding->rounds++;
		curl_easy_pause(holding->seen.easy, CURLPAUSE_CONT);
	}
	return 0;
}

static int long_pauses(const char *url)
{
	struct holding holding = { 0 };
	CURL *easy = new_easy(url, &holding.seen);

	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, holding_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &holding);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, holding_progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &holding);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	CURLcode code = curl_easy_perform(easy);
	printf("rounds=%d early=%d hash=%016" PRIx64 " ", holding.rounds, holding.early,
	       holding.seen.hash);
	report(&holding.seen, code);
	curl_easy_cleanup(easy);
	return 0;
}

/*
 * ---- the program refuses what it is given, ARG: body, header, a header line that comes as body,
 * or a body's later bytes ----
 */

static size_t refusing(char *data, size_t size, size_t count, void *user)
{
	struct seen *seen = user;

	(void)data;
	seen->calls++;
	return size * count - 1;
}

static size_t refusing_later(char *data, size_t size, size_t count, void *user)
{
	struct seen *seen = user;

	if (seen->bytes)
		return 0;
	return on_body(data, size, count, user);
}

/* Of a HEAD, whose header lines are all there is. */
static size_t refusing_length(char *data, size_t size, size_t count, void *user)
{
	if (size * count > 15 && !memcmp(data, "Content-Length:", 15))
		return 0;
	return on_header(data, size, count, user);
}

static int refuse_head(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, refusing_length);
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

static int refuse(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	if (!strcmp(argument, "header"))
		curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, refusing);
	else
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION,
				 !strcmp(argument, "later") ? refusing_later : refusing);
	if (!strcmp(argument, "line"))
		curl_easy_setopt(easy, CURLOPT_HEADER, 1L);
	CURLcode code = curl_easy_perform(easy);
	printf("calls=%d ", seen.calls);
	report(&seen, code);
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- what the call leaves behind for getinfo, and in the error buffer ---- */

static int info(const char *url)
{
	static const struct {
		const char *name;
		CURLINFO info;
	} longs[] = {
		{ "response_code", CURLINFO_RESPONSE_CODE },
		{ "redirect_count", CURLINFO_REDIRECT_COUNT },
		{ "header_size", CURLINFO_HEADER_SIZE },
		{ "request_size", CURLINFO_REQUEST_SIZE },
		{ "http_version", CURLINFO_HTTP_VERSION },
		{ "proxy_error", CURLINFO_PROXY_ERROR },
	};
	static const struct {
		const char *name;
		CURLINFO info;
	} offsets[] = {
		{ "size_download", CURLINFO_SIZE_DOWNLOAD_T },
		{ "size_upload", CURLINFO_SIZE_UPLOAD_T },
		{ "content_length", CURLINFO_CONTENT_LENGTH_DOWNLOAD_T },
		{ "filetime", CURLINFO_FILETIME_T },
		{ "retry_after", CURLINFO_RETRY_AFTER },
	};
	struct seen seen;
	CURL *easy = new_easy(url, &seen);
	char *type = NULL;
	char *path = NULL;

	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	CURLcode code = curl_easy_perform(easy);
	for (size_t i = 0; i < sizeof(longs) / sizeof(longs[0]); i++) {
		long value = 0;

		curl_easy_getinfo(easy, longs[i].info, &value);
		printf("%s=%ld\n", longs[i].name, value);
	}
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		curl_off_t value = 0;

		curl_easy_getinfo(easy, offsets[i].info, &value);
		printf("%s=%" PRId64 "\n", offsets[i].name, (int64_t)value);
	}
	curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &path);
	printf("content_type=%s\nmessage=%s\nlast=%s\n", type ? type : "-", seen.error,
	       path ? strrchr(path, '/') : "-");
	report(&seen, code);
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- what getinfo answers inside the header callback, hop by hop ---- */

static size_t asking_header(char *data, size_t size, size_t count, void *user)
{
	struct seen *seen = user;
	char *url = NULL, *type = NULL, *address = NULL;
	long status = 0, port = 0;

	if (size * count > 5 && !memcmp(data, "HTTP/", 5)) {
		curl_easy_getinfo(seen->easy, CURLINFO_RESPONSE_CODE, &status);
		curl_easy_getinfo(seen->easy, CURLINFO_EFFECTIVE_URL, &url);
		printf("%ld %s | %.*s", status, strrchr(url, '/'), (int)(size * count), data);
	}
	if (*data == '\r') {
		curl_easy_getinfo(seen->easy, CURLINFO_CONTENT_TYPE, &type);
		curl_easy_getinfo(seen->easy, CURLINFO_PRIMARY_IP, &address);
		curl_easy_getinfo(seen->easy, CURLINFO_PRIMARY_PORT, &port);
		printf("  of %s:%ld, type %s\n", address, port, type ? type : "none");
	}
	return on_header(data, size, count, user);
}

static int hops(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, asking_header);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- where each header line and each body goes, marked by the data pointer ---- */

static size_t marking(char *data, size_t size, size_t count, void *user)
{
	printf("%s%.*s", (const char *)user, (int)(size * count), data);
	return size * count;
}

static int header_data_alone(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, NULL);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, "H:");
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, marking);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, "B:");
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

static int header_in_body(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_HEADER, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, marking);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, "H:");
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, marking);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, "B:");
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- CURLOPT_HEADER: the program has enough at ARG bytes, header included ---- */

static size_t enough(char *data, size_t size, size_t count, void *user)
{
	struct seen *seen = user;

	on_body(data, size, count, user);
	return seen->bytes >= (size_t)atoi(argument) ? 0 : size * count;
}

static int header_streams(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_HEADER, 1L);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, enough);
	/* For one that never comes to see that many. */
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, 20L);
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- setopt from inside a callback ---- */

static size_t switching_header(char *data, size_t size, size_t count, void *user)
{
	struct seen *seen = user;

	if (size * count == 2) {
		curl_easy_setopt(seen->easy, CURLOPT_WRITEFUNCTION, marking);
		curl_easy_setopt(seen->easy, CURLOPT_WRITEDATA, "switched:");
	}
	return on_header(data, size, count, user);
}

static int setopt_in_callback(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, switching_header);
	report(&seen, curl_easy_perform(easy));
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- perform on another handle inside a callback ---- */

static size_t performing_body(char *data, size_t size, size_t count, void *user)
{
	struct seen other;
	CURL *easy = new_easy(argument, &other);
	CURLcode code = curl_easy_perform(easy);

	printf("inner: ");
	report(&other, code);
	curl_easy_cleanup(easy);
	return on_body(data, size, count, user);
}

static int nested(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, performing_body);
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- a request body from a read callback; ARG: how it ends ---- */

static size_t on_read(char *buffer, size_t size, size_t count, void *user)
{
	struct seen *seen = user;
	size_t left = sizeof(seen->text) - seen->bytes;
	size_t n = size * count < left ? size * count : left;

	if (argument && !strcmp(argument, "abort"))
		return CURL_READFUNC_ABORT;
	for (size_t i = 0; i < n; i++)
		buffer[i] = (char)('a' + (seen->bytes + i) / 100);
	seen->bytes += n;
	return n;
}

static int on_trailers(struct curl_slist **list, void *user)
{
	(void)user;
	*list = curl_slist_append(*list, "X-Sum: 1");
	return CURL_TRAILERFUNC_OK;
}

static int upload(const char *url)
{
	struct seen seen;
	struct seen body = { 0 };
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(easy, CURLOPT_READDATA, &body);
	curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)sizeof(body.text));
	if (argument && !strcmp(argument, "resume"))
		curl_easy_setopt(easy, CURLOPT_RESUME_FROM, 100L);
	if (argument && !strcmp(argument, "trailers")) {
		curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)-1);
		curl_easy_setopt(easy, CURLOPT_TRAILERFUNCTION, on_trailers);
	}
	report(&seen, curl_easy_perform(easy));
	printf("read=%zu\n", body.bytes);
	curl_easy_cleanup(easy);
	return 0;
}

static int on_seek(void *user, curl_off_t offset, int origin)
{
	struct seen *seen = user;

	(void)origin;
	seen->bytes = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

static curl_mime *new_mime(CURL *easy, struct seen *body)
{
	curl_mime *mime = curl_mime_init(easy);
	curl_mimepart *part = curl_mime_addpart(mime);

	curl_mime_name(part, "field");
	if (!strcmp(argument, "mime"))
		curl_mime_data(part, "value", CURL_ZERO_TERMINATED);
	else
		curl_mime_data_cb(part, sizeof(body->text), on_read,
				  !strcmp(argument, "mime-seek") ? on_seek : NULL, NULL, body);
	return mime;
}

static struct curl_httppost *new_form(struct seen *body)
{
	struct curl_httppost *form = NULL;
	struct curl_httppost *last = NULL;

	curl_formadd(&form, &last, CURLFORM_COPYNAME, "field", CURLFORM_STREAM, body,
		     CURLFORM_CONTENTSLENGTH, (long)sizeof(body->text), CURLFORM_END);
	return form;
}

/* ---- the same body through each of libcurl's ways in; ARG: which ---- */

static int post(const char *url)
{
	struct seen seen;
	struct seen body = { 0 };
	CURL *easy = new_easy(url, &seen);
	struct curl_slist *headers = curl_slist_append(NULL, "X-Test: yes");
	struct curl_httppost *form = NULL;
	curl_mime *mime = NULL;

	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	if (!strcmp(argument, "fields")) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "a=1&b=2");
	} else if (!strcmp(argument, "copy")) {
		char text[] = "a=1&b=2";

		curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, text);
		memset(text, 'x', sizeof(text) - 1);
	} else if (!strncmp(argument, "mime", 4)) {
		mime = new_mime(easy, &body);
		curl_easy_setopt(easy, CURLOPT_MIMEPOST, mime);
	} else if (!strcmp(argument, "stream")) {
		form = new_form(&body);
		curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
		curl_easy_setopt(easy, CURLOPT_HTTPPOST, form);
	} else if (!strcmp(argument, "null")) {
		/* From standard input, then. */
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, NULL);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)sizeof(body.text));
	} else if (!strcmp(argument, "callback") || !strcmp(argument, "null-callback")) {
		if (!strcmp(argument, "callback"))
			curl_easy_setopt(easy, CURLOPT_POST, 1L);
		else
			curl_easy_setopt(easy, CURLOPT_POSTFIELDS, NULL);
		curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
		curl_easy_setopt(easy, CURLOPT_READDATA, &body);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)sizeof(body.text));
	}
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	curl_formfree(form);
	curl_mime_free(mime);
	curl_slist_free_all(headers);
	return 0;
}

/* ---- a signal in the middle of a wait ---- */

static volatile sig_atomic_t signals;

static void on_signal(int number)
{
	(void)number;
	signals++;
}

static int signalled(const char *url)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct itimerval often = { { 0, 20000 }, { 0, 20000 } };
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	CURLcode code = curl_easy_perform(easy);
	printf("signals=%s ", signals > 5 ? "many" : "few");
	report(&seen, code);
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- descriptors: all closed, and 2 opened as a file of the program's ---- */

static int descriptors(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);
	int out = dup(1);

	for (int i = 0; i < 64; i++) {
		if (i != out)
			close(i);
	}
	for (int i = 0; i < 8; i++)
		open(argument, O_WRONLY | O_CREAT, 0600);
	CURLcode code = curl_easy_perform(easy);
	dprintf(out, "code=%d bytes=%zu\n", code, seen.bytes);
	return 0;
}

/* ---- children: each waits its own jitter ---- */

static int forks(const char *url)
{
	for (int i = 0; i < 4; i++) {
		if (!fork()) {
			struct seen seen;
			char each[1024];

			snprintf(each, sizeof(each), "%s%d", url, i);
			CURL *easy = new_easy(each, &seen);
			CURLcode code = curl_easy_perform(easy);
			_exit(code ? 1 : 0);
		}
	}
	for (int i = 0; i < 4; i++) {
		int status;

		wait(&status);
		printf("status=%d\n", status);
	}
	return 0;
}

/* ---- forks while other threads wait: the children work, the threads too ---- */

static void *waiting_thread(void *user)
{
	struct seen seen;
	CURL *easy = new_easy(user, &seen);

	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return NULL;
}

static int fork_in_threads(const char *url)
{
	pthread_t thread[4];
	char each[4][1024];
	int failed = 0;

	curl_global_init(CURL_GLOBAL_ALL);
	for (int i = 0; i < 4; i++) {
		snprintf(each[i], sizeof(each[i]), "%sthread%d", url, i);
		pthread_create(&thread[i], NULL, waiting_thread, each[i]);
	}
	for (int i = 0; i < 8; i++) {
		pid_t pid = fork();
		int status;

		if (!pid) {
			struct seen seen;
			char own[1024];

			snprintf(own, sizeof(own), "%schild%d", url, i);
			CURL *easy = new_easy(own, &seen);
			CURLcode code = curl_easy_perform(easy);
			curl_easy_cleanup(easy);
			_exit(code || !seen.bytes);
		}
		waitpid(pid, &status, 0);
		failed += status != 0;
	}
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	printf("failed=%d\n", failed);
	return 0;
}

static size_t exiting_body(char *data, size_t size, size_t count, void *user)
{
	(void)data;
	(void)size;
	(void)count;
	(void)user;
	_exit(42);
}

static int exit_in_callback(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, exiting_body);
	curl_easy_perform(easy);
	return 0;
}

static int no_perform(const char *url)
{
	struct seen seen;

	curl_easy_cleanup(new_easy(url, &seen));
	curl_easy_cleanup(NULL);
	curl_easy_cleanup(curl_easy_init());
	puts("done");
	return 0;
}

/* ---- cookies: what is in the jar after the call ---- */

static void print_jar(CURL *easy)
{
	struct curl_slist *list = NULL;

	curl_easy_getinfo(easy, CURLINFO_COOKIELIST, &list);
	for (struct curl_slist *each = list; each; each = each->next)
		printf("%s\n",
		       strstr(each->data, "\t0\t") ? strstr(each->data, "\t0\t") + 3 : each->data);
	curl_slist_free_all(list);
}

static int cookies(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_COOKIEFILE, "");
	curl_easy_setopt(easy, CURLOPT_COOKIELIST, "127.0.0.1\tFALSE\t/\tFALSE\t0\tkept\told");
	report(&seen, curl_easy_perform(easy));
	print_jar(easy);
	curl_easy_cleanup(easy);
	return 0;
}

/*
 * ---- a jar shared with another handle, which logs in by ARG while this one's attempt is failing
 * ----
 */

static CURLSH *jar;

static int logging_in(void *user, curl_off_t dt, curl_off_t dn, curl_off_t ut, curl_off_t un)
{
	struct seen *seen = user;
	struct seen other;
	long status = 0;
	CURL *easy;

	(void)dt;
	(void)dn;
	(void)ut;
	(void)un;
	curl_easy_getinfo(seen->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status != 503 || seen->calls++)
		return 0;
	easy = new_easy(argument, &other);
	curl_easy_setopt(easy, CURLOPT_COOKIEFILE, "");
	curl_easy_setopt(easy, CURLOPT_SHARE, jar);
	report(&other, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

static int shared_cookies(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	jar = curl_share_init();
	curl_share_setopt(jar, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
	curl_easy_setopt(easy, CURLOPT_COOKIEFILE, "");
	curl_easy_setopt(easy, CURLOPT_SHARE, jar);
	curl_easy_setopt(easy, CURLOPT_COOKIELIST, "127.0.0.1\tFALSE\t/\tFALSE\t0\tkept\told");
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, logging_in);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &seen);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	report(&seen, curl_easy_perform(easy));
	print_jar(easy);
	curl_easy_cleanup(easy);
	curl_share_cleanup(jar);
	return 0;
}

static int referer(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(easy, CURLOPT_AUTOREFERER, 1L);
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- no handle at all ---- */

static int no_handle(const char *url)
{
	curl_easy_cleanup(NULL);
	printf("setopt=%d perform=%d pause=%d\n", curl_easy_setopt(NULL, CURLOPT_URL, url),
	       curl_easy_perform(NULL), curl_easy_pause(NULL, CURLPAUSE_CONT));
	return 0;
}

/* ---- a handle made in one thread and used in another ---- */

static void *performing_thread(void *user)
{
	struct seen *seen = user;

	report(seen, curl_easy_perform(seen->easy));
	return NULL;
}

static int handed_over(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);
	pthread_t thread;

	pthread_create(&thread, NULL, performing_thread, &seen);
	pthread_join(thread, NULL);
	curl_easy_cleanup(easy);
	return 0;
}

/* ---- a multi handle, and easy again ---- */

static CURLcode perform_in_multi(CURL *easy)
{
	CURLM *pool = curl_multi_init();
	CURLcode code = CURLE_FAILED_INIT;
	CURLMsg *message;
	int running = 1;
	int left;

	curl_multi_add_handle(pool, easy);
	while (running) {
		curl_multi_perform(pool, &running);
		if (running)
			curl_multi_wait(pool, NULL, 0, 1000, NULL);
	}
	message = curl_multi_info_read(pool, &left);
	if (message)
		code = message->data.result;
	curl_multi_remove_handle(pool, easy);
	curl_multi_cleanup(pool);
	return code;
}

static int multi_then_easy(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	report(&seen, perform_in_multi(easy));
	report(&seen, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
	return 0;
}

/* With ARG, a range of the program's own, or "+" and where to go on from. */
static int multi_after(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);
	struct curl_slist *headers = curl_slist_append(NULL, "X-Test: yes");

	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	if (argument && argument[0] == '+')
		curl_easy_setopt(easy, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)atoi(argument));
	else
		curl_easy_setopt(easy, CURLOPT_RANGE, argument);
	for (int i = 0; i < 2; i++) {
		curl_off_t length = 0;
		curl_off_t bytes = 0;

		seen.bytes = 0;
		report(&seen, i ? perform_in_multi(easy) : curl_easy_perform(easy));
		curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
		curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
		printf("size=%" PRId64 " length=%" PRId64 "\n", (int64_t)bytes, (int64_t)length);
	}
	curl_easy_cleanup(easy);
	curl_slist_free_all(headers);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(const char *url);
} scenarios[] = {
	{ "plain", plain },
	{ "twice", twice },
	{ "threads", threads },
	{ "restored", restored },
	{ "restored-progress", restored_progress },
	{ "restored-upload", restored_upload },
	{ "wildcard", wildcard },
	{ "dup-before", dup_before },
	{ "dup-after", dup_after },
	{ "reset", reset },
	{ "many", many },
	{ "refuse", refuse },
	{ "refuse-head", refuse_head },
	{ "info", info },
	{ "post", post },
	{ "fork-in-threads", fork_in_threads },
	{ "no-handle", no_handle },
	{ "handed-over", handed_over },
	{ "multi", multi_then_easy },
	{ "multi-after", multi_after },
	{ "duphandle", duphandle },
	{ "churn", churn },
	{ "progress", progress },
	{ "old-progress", old_progress },
	{ "pauses", pauses },
	{ "long-pauses", long_pauses },
	{ "hops", hops },
	{ "header-data-alone", header_data_alone },
	{ "header-in-body", header_in_body },
	{ "header-streams", header_streams },
	{ "setopt-in-callback", setopt_in_callback },
	{ "nested", nested },
	{ "upload", upload },
	{ "signalled", signalled },
	{ "descriptors", descriptors },
	{ "forks", forks },
	{ "exit-in-callback", exit_in_callback },
	{ "no-perform", no_perform },
	{ "cookies", cookies },
	{ "shared-cookies", shared_cookies },
	{ "referer", referer },
};

int main(int argc, char **argv)
{
	if (argc < 3)
		fail("usage: easy SCENARIO URL [ARG]");
	argument = argc > 3 ? argv[3] : NULL;
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		if (!strcmp(argv[1], scenarios[i].name))
			return scenarios[i].run(argv[2]);
	}
	fail("no such scenario");
	return 1;
}
