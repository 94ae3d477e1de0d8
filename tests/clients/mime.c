/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -lpthread */
/*
 * Forms with a part whose callback cannot seek: mime SCENARIO URL [SIZE]. SIZE bytes of a pattern,
 * 3,000 unless given. Each scenario prints what the program saw, for the test to compare. With
 * HTTP2 in the environment it speaks that.
 */
#define CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_DEPRECATION
#include <curl/curl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 8

/* What a part's callback reads, once. */
struct source {
	size_t size;
	size_t given;
	size_t asked;		/* how often */
	size_t pause_at;	/* call, 0: never */
	size_t abort_at;
	int freed;
};

static size_t size = 3000;

static char pattern(size_t at)
{
	return (char)('a' + (at * 31 + at / 251) % 26);
}

static size_t on_read(char *buffer, size_t each, size_t count, void *user)
{
	struct source *source = user;
	size_t length = each * count;

	source->asked++;
	if (source->asked == source->pause_at)
		return CURL_READFUNC_PAUSE;
	if (source->asked == source->abort_at)
		return CURL_READFUNC_ABORT;
	if (length > 1000)
		length = 1000;
	if (length > source->size - source->given)
		length = source->size - source->given;
	for (size_t i = 0; i < length; i++)
		buffer[i] = pattern(source->given + i);
	source->given += length;
	return length;
}

/* The same bytes whoever asks, and without a state: threads may share it. */
static size_t on_read_endless(char *buffer, size_t each, size_t count, void *user)
{
	(void)user;
	memset(buffer, 'x', each * count);
	return each * count;
}

static void on_free(void *user)
{
	struct source *source = user;

	source->freed++;
}

static size_t ignore(char *data, size_t each, size_t count, void *user)
{
	(void)data;
	(void)user;
	return each * count;
}

static curl_off_t announced = -1;

static void add_part(curl_mime *mime, struct source *source)
{
	curl_mimepart *part = curl_mime_addpart(mime);

	*source = (struct source){ .size = size };
	curl_mime_name(part, "stream");
	curl_mime_data_cb(part, announced, on_read, NULL, on_free, source);
}

static curl_mime *new_form(CURL *easy, struct source *source)
{
	curl_mime *mime = curl_mime_init(easy);
	curl_mimepart *part = curl_mime_addpart(mime);

	curl_mime_name(part, "field");
	curl_mime_data(part, "value", CURL_ZERO_TERMINATED);
	add_part(mime, source);
	return mime;
}

static CURL *new_easy(const char *url)
{
	CURL *easy = curl_easy_init();

	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	/* Of all that a 301 makes of a POST, none. */
	curl_easy_setopt(easy, CURLOPT_POSTREDIR, (long)CURL_REDIR_POST_ALL);
	if (getenv("HTTP2"))
		curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
				 (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
	return easy;
}

static void perform(CURL *easy)
{
	CURLcode code = curl_easy_perform(easy);
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	printf("code=%d status=%ld\n", code, status);
}

static void tell(const struct source *source)
{
	printf("given=%zu asked=%zu freed=%d\n", source->given, source->asked, source->freed);
}

static int send_form(const char *url, bool same_form_twice, size_t pause_at, size_t abort_at)
{
	struct source source;
	CURL *easy = new_easy(url);
	curl_mime *mime = new_form(easy, &source);

	source.pause_at = pause_at;
	source.abort_at = abort_at;
	curl_easy_setopt(easy, CURLOPT_MIMEPOST, mime);
	perform(easy);
	if (same_form_twice)
		perform(easy);
	curl_easy_cleanup(easy);
	curl_mime_free(mime);
	tell(&source);
	return 0;
}

static int form(const char *url)
{
	return send_form(url, false, 0, 0);
}

static int sized(const char *url)
{
	announced = (curl_off_t)size;
	return send_form(url, false, 0, 0);
}

static int reused(const char *url)
{
	return send_form(url, true, 0, 0);
}

static int aborting(const char *url)
{
	return send_form(url, false, 0, 2);
}

/* ---- in a multi handle ---- */

static int at_once(const char *url, int count)
{
	struct source sources[2];
	curl_mime *mimes[2];
	CURL *easies[2];
	CURLM *loop = curl_multi_init();
	char path[300];
	int running = 1;

	for (int i = 0; i < count; i++) {
		/* Each has its own script. */
		snprintf(path, sizeof(path), "%s%d", url, i);
		easies[i] = new_easy(path);
		mimes[i] = new_form(easies[i], &sources[i]);
		curl_easy_setopt(easies[i], CURLOPT_MIMEPOST, mimes[i]);
		curl_multi_add_handle(loop, easies[i]);
	}
	while (running && !curl_multi_perform(loop, &running))
		curl_multi_wait(loop, NULL, 0, 1000, NULL);
	for (int i = 0; i < count; i++) {
		long status = 0;

		curl_easy_getinfo(easies[i], CURLINFO_RESPONSE_CODE, &status);
		printf("status=%ld\n", status);
		curl_multi_remove_handle(loop, easies[i]);
		curl_easy_cleanup(easies[i]);
		curl_mime_free(mimes[i]);
		tell(&sources[i]);
	}
	curl_multi_cleanup(loop);
	return 0;
}

static int multi(const char *url)
{
	return at_once(url, 1);
}

static int two_in_multi(const char *url)
{
	return at_once(url, 2);
}

/* ---- a pause, ended by the progress callback ---- */

static int on_progress(void *user, curl_off_t dt, curl_off_t dn, curl_off_t ut, curl_off_t un)
{
	(void)dt;
	(void)dn;
	(void)ut;
	(void)un;
	curl_easy_pause(user, CURLPAUSE_CONT);
	return 0;
}

static int pausing(const char *url)
{
	struct source source;
	CURL *easy = new_easy(url);
	curl_mime *mime = new_form(easy, &source);

	source.pause_at = 2;
	curl_easy_setopt(easy, CURLOPT_MIMEPOST, mime);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, easy);
	perform(easy);
	curl_easy_cleanup(easy);
	curl_mime_free(mime);
	printf("given=%zu\n", source.given);
	return 0;
}

/* ---- a form within a form, a part given data twice, and one that never ran ---- */

static int nested(const char *url)
{
	struct source source;
	struct source replaced = { 0 };
	struct source unused;
	CURL *easy = new_easy(url);
	CURL *other = new_easy(url);
	curl_mime *mime = curl_mime_init(easy);
	curl_mimepart *outer = curl_mime_addpart(mime);
	curl_mimepart *part;
	curl_mime *inner = new_form(easy, &source);

	part = curl_mime_addpart(inner);
	curl_mime_data_cb(part, -1, on_read, NULL, on_free, &replaced);
	curl_mime_data(part, "instead", CURL_ZERO_TERMINATED);
	printf("replaced: freed=%d\n", replaced.freed);
	curl_mime_subparts(outer, inner);
	curl_mime_free(new_form(other, &unused));
	printf("unused: freed=%d\n", unused.freed);
	curl_easy_setopt(easy, CURLOPT_MIMEPOST, mime);
	perform(easy);
	curl_easy_cleanup(easy);
	curl_easy_cleanup(other);
	curl_mime_free(mime);
	tell(&source);
	printf("no part: %d\n", curl_mime_data_cb(NULL, -1, on_read, NULL, on_free, &source));
	return 0;
}

/* ---- a copy of the handle, whose part is another with the same argument ---- */

static int duplicate(const char *url)
{
	struct source source;
	CURL *easy = new_easy(url);
	CURL *copy;
	curl_mime *mime = new_form(easy, &source);

	curl_easy_setopt(easy, CURLOPT_MIMEPOST, mime);
	copy = curl_easy_duphandle(easy);
	perform(copy);
	curl_easy_cleanup(copy);
	tell(&source);
	source.given = 0;
	perform(easy);
	curl_easy_cleanup(easy);
	curl_mime_free(mime);
	tell(&source);
	return 0;
}

/* ---- the original and its copies at once ---- */

static void *perform_one(void *easy)
{
	for (int i = 0; i < 20; i++)
		curl_easy_perform(easy);
	return NULL;
}

static int duplicates_in_threads(const char *url)
{
	pthread_t thread[THREADS];
	CURL *easy[THREADS];
	curl_mime *mime;
	curl_mimepart *part;

	easy[0] = new_easy(url);
	mime = curl_mime_init(easy[0]);
	part = curl_mime_addpart(mime);
	curl_mime_name(part, "stream");
	curl_mime_data_cb(part, (curl_off_t)size, on_read_endless, NULL, NULL, NULL);
	curl_easy_setopt(easy[0], CURLOPT_MIMEPOST, mime);
	for (int i = 1; i < THREADS; i++)
		easy[i] = curl_easy_duphandle(easy[0]);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, perform_one, easy[i]);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	for (int i = 0; i < THREADS; i++)
		curl_easy_cleanup(easy[i]);
	curl_mime_free(mime);
	puts("done");
	return 0;
}

/* ---- forms of their own in threads ---- */

static int wrong;

static void *send_forms(void *user)
{
	static int next;
	int thread = __atomic_add_fetch(&next, 1, __ATOMIC_RELAXED);

	for (int i = 0; i < 20; i++) {
		char url[1024];
		struct source source;
		long status = 0;
		CURL *easy;
		curl_mime *mime;

		snprintf(url, sizeof(url), "%s-%d-%d", (const char *)user, thread, i);
		easy = new_easy(url);
		mime = new_form(easy, &source);
		curl_easy_setopt(easy, CURLOPT_MIMEPOST, mime);
		if (curl_easy_perform(easy))
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
		curl_easy_cleanup(easy);
		curl_mime_free(mime);
		if (status != 200 || source.given != size || source.freed != 1)
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static int threads(const char *url)
{
	pthread_t thread[THREADS];

	curl_global_init(CURL_GLOBAL_ALL);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, send_forms, (void *)url);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	printf("wrong=%d\n", wrong);
	return wrong != 0;
}

/* ---- an old form, which makes parts of its own ---- */

static size_t on_stream(char *buffer, size_t each, size_t count, void *user)
{
	return on_read(buffer, each, count, user);
}

static int old_form(const char *url)
{
	struct source source = { .size = size };
	CURL *easy = new_easy(url);
	struct curl_httppost *first = NULL;
	struct curl_httppost *last = NULL;

	curl_formadd(&first, &last, CURLFORM_COPYNAME, "stream", CURLFORM_STREAM, &source,
		     CURLFORM_CONTENTLEN, (curl_off_t)size, CURLFORM_FILENAME, "x", CURLFORM_END);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_stream);
	curl_easy_setopt(easy, CURLOPT_HTTPPOST, first);
	perform(easy);
	curl_easy_cleanup(easy);
	curl_formfree(first);
	printf("given=%zu\n", source.given);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(const char *url);
} scenarios[] = {
	{ "form", form },
	{ "sized", sized },
	{ "reused", reused },
	{ "aborting", aborting },
	{ "multi", multi },
	{ "two-in-multi", two_in_multi },
	{ "pausing", pausing },
	{ "nested", nested },
	{ "duplicate", duplicate },
	{ "duplicates-in-threads", duplicates_in_threads },
	{ "threads", threads },
	{ "old-form", old_form },
};

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	if (argc > 3)
		size = strtoul(argv[3], NULL, 10);
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		if (!strcmp(argv[1], scenarios[i].name))
			return scenarios[i].run(argv[2]);
	}
	return 2;
}
