/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl */
/* Callbacks that pause a transfer, and set it free. */
#include "easy.h"

/*
 * ---- often: the header callback's first ARG calls, and each other one of the write callback's;
 * the progress callback goes on ----
 */

static int header_pauses;

static size_t pausing_header(char *data, size_t size, size_t count, void *user)
{
	if (header_pauses) {
		header_pauses--;
		return CURL_WRITEFUNC_PAUSE;
	}
	return on_header(data, size, count, user);
}

static size_t pausing_body(char *data, size_t size, size_t count, void *user)
{
	struct seen *seen = user;

	seen->calls++;
	if (seen->calls % 2)
		return CURL_WRITEFUNC_PAUSE;
	return on_body(data, size, count, user);
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

static int often(const char *url)
{
	struct seen seen;
	CURL *easy = new_easy(url, &seen);

	header_pauses = argument ? atoi(argument) : 1;
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
 * ---- long: of ARG ms, from the first byte of the body on and again from byte 100000 on: one that
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

static int long_ones(const char *url)
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

static const struct scenario scenarios[] = {
	{ "often", often },
	{ "long", long_ones },
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_scenario(scenarios, argc, argv);
}
