/* SPDX-License-Identifier: MIT */
/*
 * A transfer, by both interfaces, through a libcurl that plays scripts: what
 * the program sees of each, whichever call or allocation fails, and of attempts
 * made at random by a server that is honest.
 */
#include "check.h"

#include <stdint.h>
#include <stdlib.h>

#include "fake/fake.h"
#include "run/easy.h"
#include "run/multi.h"
#include "transfer/handles.h"
#include "transfer/transfer.h"

#define BODY_MAX 400000
#define PAGE 900000	/* where the bytes of error pages are */

/* What the program has been handed. */
struct seen {
	CURLcode code;
	unsigned attempts;
	bool late;			/* something came after it had refused */
	bool refused;
	unsigned pause_at;		/* it pauses at this call; 0: never */
	unsigned refuse_at;		/* likewise */
	unsigned calls;
	size_t header_length;
	size_t body_length;
	char headers[4096];
	unsigned char body[BODY_MAX];
};

static struct seen seen;

/* Returns what the program's callback shall; LENGTH: it takes all. */
static size_t answer_of_program(size_t length)
{
	seen.late |= seen.refused;
	seen.calls++;
	if (seen.calls == seen.pause_at)
		return CURL_WRITEFUNC_PAUSE;
	seen.refused |= seen.calls == seen.refuse_at;
	return seen.calls == seen.refuse_at ? 0 : length;
}

static size_t take_header(char *data, size_t size, size_t count, void *user)
{
	size_t length = answer_of_program(size * count);

	(void)user;
	if (length == size * count && seen.header_length + length < sizeof(seen.headers)) {
		memcpy(seen.headers + seen.header_length, data, length);
		seen.header_length += length;
		seen.headers[seen.header_length] = '\0';
	}
	return length;
}

static size_t take_body(char *data, size_t size, size_t count, void *user)
{
	size_t length = answer_of_program(size * count);

	(void)user;
	if (length == size * count && seen.body_length + length <= BODY_MAX) {
		memcpy(seen.body + seen.body_length, data, length);
		seen.body_length += length;
	}
	return length;
}

static bool body_is_from(size_t first)
{
	for (size_t i = 0; i < seen.body_length; i++) {
		if (seen.body[i] != fake_byte(first + i))
			return false;
	}
	return true;
}

/* --- running --- */

static void set_options(struct fake *fake, struct handle *handle)
{
	static const struct {
		CURLoption option;
		curl_word value;
	} options[] = {
		{ CURLOPT_HEADERFUNCTION, (curl_word)take_header },
		{ CURLOPT_WRITEFUNCTION, (curl_word)take_body },
		{ CURLOPT_URL, "http://fake.test/file" },
		{ CURLOPT_FOLLOWLOCATION, (curl_word)1 },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (handle)
			handle_setopt(handle, options[i].option, options[i].value);
		else
			fake_libcurl.easy_setopt(fake, options[i].option, options[i].value);
	}
}

static CURLcode run_by_multi(struct fake *fake)
{
	CURLM *real = fake_multi_new();
	struct multi *multi;
	CURLcode code = CURLE_OUT_OF_MEMORY;
	CURLMsg *message = NULL;
	int running = 1;
	int left;

	multi_add(real, &fake_libcurl, true);
	multi = multi_of(real);
	if (multi && multi_add_handle(multi, fake) == CURLM_OK) {
		for (int i = 0; !message && i < 100000; i++) {
			multi_perform(multi, &running);
			multi_poll(multi, NULL, 0, 1, NULL);
			message = multi_info_read(multi, &left);
		}
		code = message ? message->data.result : CURLE_OPERATION_TIMEDOUT;
		multi_remove_handle(multi, fake);
	}
	if (multi)
		multi_cleanup(multi);
	fake_multi_free(real);
	return code;
}

enum interface { EASY, MULTI, INTERFACES };

/* What curl_easy_pause does. */
static void set_free(struct fake *fake)
{
	struct handle *handle = handle_of(fake);

	if (handle && !transfer_pause(handle, CURLPAUSE_CONT))
		transfer_paused(handle, CURLPAUSE_CONT, CURLE_OK);
}

static void run(enum interface interface, fake_script script, void *user)
{
	struct fake *fake = fake_new(script, user);
	struct handle *handle;

	fake->on_pause = set_free;
	handle_add(fake, &fake_libcurl);
	handle = handle_of(fake);
	set_options(fake, handle);
	if (!handle)
		seen.code = fake_libcurl.easy_perform(fake);
	else if (interface == EASY)
		seen.code = easy_perform(handle);
	else
		seen.code = run_by_multi(fake);
	seen.attempts = fake->attempts;
	handle_drop(fake);
	fake_free(fake);
}

static void forget(void)
{
	memset(&seen, 0, offsetof(struct seen, body));
}

/* --- scenarios --- */

struct scenario {
	const char *name;
	const char *attempts[5];	/* the last is played again and again */
	CURLcode code;
	const char *status_line;	/* the last one that the program sees */
	size_t first, length;		/* of the body that it gets */
	unsigned used;			/* attempts */
};

#define OK_9 "HTTP/1.1 200 OK\nContent-Length: 9\n\n0+9\n"
#define PAGE_503 "HTTP/1.1 503 Busy\nContent-Length: 4\n\n900000+4\n"
#define BIG "HTTP/1.1 200 OK\nContent-Length: 300000\nETag: \"a\"\n\n"
#define REST "HTTP/1.1 206 Part\nContent-Length: 200000\nETag: \"a\"\n" \
	     "Content-Range: bytes 100000-299999/300000\n\n100000+200000\n"

static const struct scenario scenarios[] = {
	{ "a success", { OK_9 }, CURLE_OK, "HTTP/1.1 200 OK", 0, 9, 1 },
	{ "no body", { "HTTP/1.1 204 None\n\n" }, CURLE_OK, "HTTP/1.1 204 None", 0, 0, 1 },
	{ "a 404",
	  { "HTTP/1.1 404 No\nContent-Length: 4\n\n900000+4\n" },
	  CURLE_OK,
	  "HTTP/1.1 404 No",
	  PAGE,
	  4,
	  1 },
	{ "a 503", { PAGE_503, OK_9 }, CURLE_OK, "HTTP/1.1 200 OK", 0, 9, 2 },
	{ "a 503 that stays", { PAGE_503 }, CURLE_OK, "HTTP/1.1 503 Busy", PAGE, 4, 3 },
	{ "no connection", { "!7", OK_9 }, CURLE_OK, "HTTP/1.1 200 OK", 0, 9, 2 },
	{ "never one", { "!7" }, CURLE_COULDNT_CONNECT, "", 0, 0, 3 },
	{ "a cut within the header",
	  { "HTTP/1.1 200 OK\nContent-Length: 9\n!0", OK_9 },
	  CURLE_OK,
	  "HTTP/1.1 200 OK",
	  0,
	  9,
	  2 },
	{ "a cut within what is held",
	  { "HTTP/1.1 200 OK\nContent-Length: 9\n\n0+5\n!18", OK_9 },
	  CURLE_OK,
	  "HTTP/1.1 200 OK",
	  0,
	  9,
	  2 },
	{ "a cut, and the rest",
	  { BIG "0+100000\n!18", REST },
	  CURLE_OK,
	  "HTTP/1.1 200 OK",
	  0,
	  300000,
	  2 },
	{ "a cut, and a 503 before the rest",
	  { BIG "0+100000\n!18", PAGE_503, REST },
	  CURLE_OK,
	  "HTTP/1.1 200 OK",
	  0,
	  300000,
	  3 },
	{ "a cut, and the whole again",
	  { BIG "0+100000\n!18", BIG "0+300000\n" },
	  CURLE_OK,
	  "HTTP/1.1 200 OK",
	  0,
	  300000,
	  2 },
	{ "a cut, and another file",
	  { BIG "0+100000\n!18",
	    "HTTP/1.1 200 OK\nContent-Length: 300000\nETag: \"b\"\n\n500000+300000\n" },
	  CURLE_PARTIAL_FILE,
	  "HTTP/1.1 200 OK",
	  0,
	  100000,
	  2 },
	{ "a part from elsewhere",
	  { BIG "0+100000\n!18", "HTTP/1.1 206 Part\nETag: \"a\"\n"
				 "Content-Range: bytes 99999-299999/300000\n\n99999+200001\n" },
	  CURLE_PARTIAL_FILE,
	  "HTTP/1.1 200 OK",
	  0,
	  100000,
	  2 },
	{ "more than the whole",
	  { BIG "0+100000\n!18", "HTTP/1.1 206 Part\nETag: \"a\"\n"
				 "Content-Range: bytes 100000-299999/300000\n\n100000+250000\n" },
	  CURLE_PARTIAL_FILE,
	  "HTTP/1.1 200 OK",
	  0,
	  296608,
	  2 },
	{ "a redirect to a 503",
	  { "HTTP/1.1 302 There\nLocation: /b\n\n" PAGE_503,
	    "HTTP/1.1 302 There\nLocation: /b\n\n" OK_9 },
	  CURLE_OK,
	  "HTTP/1.1 200 OK",
	  0,
	  9,
	  2 },
	{ "a 100 first",
	  { "HTTP/1.1 100 Go on\n\n" PAGE_503, "HTTP/1.1 100 Go on\n\n" OK_9 },
	  CURLE_OK,
	  "HTTP/1.1 200 OK",
	  0,
	  9,
	  2 },
	{ "the program's own abort",
	  { "HTTP/1.1 200 OK\n\n!42" },
	  CURLE_ABORTED_BY_CALLBACK,
	  "HTTP/1.1 200 OK",
	  0,
	  0,
	  1 },
};

#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

static const char *play(struct fake *fake, void *user)
{
	const struct scenario *scenario = user;
	unsigned number = 0;

	while (number + 1 < fake->attempts && number < 4 && scenario->attempts[number + 1])
		number++;
	return scenario->attempts[number];
}

static const char *last_status_line(void)
{
	static char line[64];
	const char *at = seen.headers;
	const char *found = "";

	while ((at = strstr(at, "HTTP/1.1"))) {
		found = at;
		at++;
	}
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(found, "\r"), found);
	return line;
}

static void play_once(const struct scenario *scenario, enum interface interface)
{
	forget();
	run(interface, play, (void *)scenario);
	if (!CHECK_INT(seen.code, scenario->code) ||
	    !CHECK_STR(last_status_line(), scenario->status_line) ||
	    !CHECK_INT(seen.body_length, scenario->length) ||
	    !CHECK(body_is_from(scenario->first)) || !CHECK_INT(seen.attempts, scenario->used))
		fprintf(stderr, "  in \"%s\", interface %d\n", scenario->name, (int)interface);
}

/* Whatever fails: nothing of another body, and no success that is none. */
static bool is_sound(const struct scenario *scenario)
{
	bool page = body_is_from(PAGE);
	bool right = body_is_from(scenario->first);

	if (seen.late || (!page && !right))
		return false;
	return seen.code != CURLE_OK || page || seen.body_length == scenario->length;
}

typedef void (*failing)(unsigned number);

static void sweep(const struct scenario *scenario, enum interface interface, failing fail,
		  const char *what)
{
	bool fails = true;

	for (unsigned number = 1; fails && number < 2000; number++) {
		forget();
		fail(number);
		run(interface, play, (void *)scenario);
		fails = fake_has_failed();
		fail(0);
		if (!CHECK(is_sound(scenario)))
			fprintf(stderr,
				"  in \"%s\", interface %d, with %s %u failing: code %d, %zu "
				"bytes\n",
				scenario->name, (int)interface, what, number, (int)seen.code,
				seen.body_length);
	}
	CHECK(!fails);
}

/* The program pauses, or refuses, at each of its calls in turn. */
static void sweep_program(const struct scenario *scenario, enum interface interface)
{
	unsigned calls;

	play_once(scenario, interface);
	calls = seen.calls;
	for (unsigned number = 1; number <= calls; number++) {
		forget();
		seen.pause_at = number;
		run(interface, play, (void *)scenario);
		CHECK_INT(seen.code, scenario->code);
		CHECK_INT(seen.body_length, scenario->length);
		CHECK(body_is_from(scenario->first));
		forget();
		seen.refuse_at = number;
		run(interface, play, (void *)scenario);
		CHECK(seen.code != CURLE_OK && !seen.late);
	}
}

/* --- at random --- */

static uint64_t state;

static unsigned draw(unsigned below)
{
	state = state * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(state >> 33) % below;
}

struct file {
	size_t size;
	bool told;		/* its length is */
	bool tagged;
	bool ranges;		/* are honoured */
	char text[1024];
};

/* A block and the bytes from FIRST on, which may be cut. */
static void answer_from(struct file *file, size_t first)
{
	size_t left = file->size - first;
	size_t comes = draw(3) ? left : draw((unsigned)left + 1);
	int n = snprintf(file->text, sizeof(file->text), "%sHTTP/1.1 %s\n",
			 draw(6) ? "" : "HTTP/1.1 302 There\nLocation: /b\n\n",
			 first ? "206 Part" : "200 OK");

	if (file->told)
		n += snprintf(file->text + n, sizeof(file->text) - (size_t)n,
			      "Content-Length: %zu\n", left);
	if (file->tagged)
		n += snprintf(file->text + n, sizeof(file->text) - (size_t)n, "ETag: \"a\"\n");
	if (first)
		n += snprintf(file->text + n, sizeof(file->text) - (size_t)n,
			      "Content-Range: bytes %zu-%zu/%zu\n", first, file->size - 1,
			      file->size);
	snprintf(file->text + n, sizeof(file->text) - (size_t)n, "\n%zu+%zu\n%s", first, comes,
		 comes < left ? "!18" : "");
}

static const char *serve(struct fake *fake, void *user)
{
	static const char *const troubles[] = {
		PAGE_503, "!7", "!56", "HTTP/1.1 200 OK\nX: y\n!56",
		("HTTP/1.1 100 Go on\n\n" PAGE_503), "HTTP/1.1 429 Slow\nRetry-After: 0\n\n",
	};
	struct file *file = user;
	size_t first = fake->range && file->ranges ? strtoul(fake->range, NULL, 10) : 0;

	if (!draw(3))
		return troubles[draw(sizeof(troubles) / sizeof(troubles[0]))];
	answer_from(file, first);
	return file->text;
}

static void test_random(void)
{
	static const size_t sizes[] = { 0, 1, 9, 5000, 65536, 65537, 200000 };

	for (unsigned seed = 1; seed <= 3000; seed++) {
		struct file file = { 0 };
		bool page;

		state = seed;
		file.size = sizes[draw(sizeof(sizes) / sizeof(sizes[0]))];
		file.told = draw(4) > 0;
		file.tagged = draw(2);
		file.ranges = draw(2);
		forget();
		seen.pause_at = draw(4) ? 0 : 1 + draw(12);
		run(seed % 2 ? EASY : MULTI, serve, &file);
		page = seen.body_length && body_is_from(PAGE);
		if (!CHECK(page || body_is_from(0)) ||
		    !CHECK(seen.code != CURLE_OK || page || seen.body_length == file.size ||
			   !strstr(seen.headers, " 200 ")) ||
		    !CHECK(!strstr(seen.headers, " 206 ")))
			fprintf(stderr, "  with seed %u: code %d, %zu of %zu bytes\n%s\n", seed,
				(int)seen.code, seen.body_length, file.size, seen.headers);
	}
}

static void set_policy(void)
{
	static const char *const values[][2] = {
		{ "CURLRETRY_CONFIG", "none" }, { "CURLRETRY_LOG", "none" },
		{ "CURLRETRY_LEDGER", "off" },
		{ "CURLRETRY_ATTEMPTS", "3" },	{ "CURLRETRY_JITTER", "none" },
		{ "CURLRETRY_BASE_DELAY", "0" }, { "CURLRETRY_MIN_DELAY", "0" },
		{ "CURLRETRY_MAX_DELAY", "0" },
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		setenv(values[i][0], values[i][1], 1);
}

int main(void)
{
	set_policy();
	for (size_t i = 0; i < SCENARIOS; i++) {
		for (enum interface interface = EASY; interface < INTERFACES; interface++) {
			play_once(&scenarios[i], interface);
			sweep(&scenarios[i], interface, fake_fail_call, "call");
			sweep(&scenarios[i], interface, fake_fail_allocation, "allocation");
			sweep_program(&scenarios[i], interface);
		}
	}
	test_random();
	return check_done("unit_transfer");
}
