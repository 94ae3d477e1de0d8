/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a server's answers, cut into lines and into pieces of any size,
 * through a whole transfer. The first byte decides how they are cut and what
 * the program does; 0xff ends an attempt.
 */
#include "fuzz.h"

#include <stdio.h>

#include "../unit/fake/fake.h"
#include "run/easy.h"
#include "transfer/handles.h"
#include "transfer/transfer.h"

#define ATTEMPT_END 0xff
#define PIECE_MAX 97

static struct {
	const uint8_t *at, *end;
	unsigned state;
	unsigned refuse_at, pause_at;	/* of the program's calls; 0: none */
	unsigned calls;
	bool refused;
} input;

static unsigned draw(unsigned below)
{
	input.state = input.state * 1103515245 + 12345;
	return (input.state >> 16) % below;
}

/* --- the program --- */

static size_t take(char *data, size_t size, size_t count, void *user)
{
	(void)data;
	(void)user;
	/* Whoever has refused is given nothing more. */
	demand(!input.refused);
	input.calls++;
	if (input.calls == input.pause_at)
		return CURL_WRITEFUNC_PAUSE;
	input.refused = input.calls == input.refuse_at;
	return input.refused ? 0 : size * count;
}

/* --- the server --- */

static bool give(struct fake *fake, bool body, char *data, size_t length)
{
	curl_write_callback function = body ? fake->write_function : fake->header_function;
	void *user = body ? fake->write_data : fake->header_data;
	size_t taken = function(data, 1, length, user);

	for (int i = 0; taken == CURL_WRITEFUNC_PAUSE && i < 3; i++) {
		fake->on_pause(fake);
		taken = function(data, 1, length, user);
	}
	return taken == length;
}

/* What libcurl would read of a line itself. */
static void read_line(struct fake *fake, const char *line)
{
	if (!strncmp(line, "HTTP/", 5) && strchr(line, ' '))
		fake->status = strtol(strchr(line, ' '), NULL, 10) % 1000;
	if (!strncmp(line, "Content-Length:", 15))
		fake->length = strtol(line + 15, NULL, 10);
}

/* False: it was not taken. */
static bool play_header(struct fake *fake)
{
	char line[512];
	size_t length;

	do {
		for (length = 0; length < sizeof(line) - 1 && input.at < input.end &&
				 *input.at != ATTEMPT_END;) {
			line[length] = (char)*input.at++;
			if (line[length++] == '\n')
				break;
		}
		line[length] = '\0';
		if (!length)
			return true;
		read_line(fake, line);
		if (!give(fake, false, line, length))
			return false;
	} while (line[0] != '\n' && line[0] != '\r');
	return true;
}

static bool play_body(struct fake *fake, curl_off_t *came)
{
	char piece[PIECE_MAX];

	while (input.at < input.end && *input.at != ATTEMPT_END) {
		size_t length = 0;
		size_t most = 1 + draw(PIECE_MAX);

		while (length < most && input.at < input.end && *input.at != ATTEMPT_END)
			piece[length++] = (char)*input.at++;
		*came += (curl_off_t)length;
		if (!give(fake, true, piece, length))
			return false;
	}
	return true;
}

static CURLcode perform(CURL *easy)
{
	struct fake *fake = easy;
	curl_off_t came = 0;

	fake->status = 0;
	fake->length = -1;
	if (input.at == input.end)
		return CURLE_COULDNT_CONNECT;
	if (!play_header(fake) || !play_body(fake, &came))
		return CURLE_WRITE_ERROR;
	if (input.at < input.end)
		input.at++;
	if (!fake->status)
		return CURLE_GOT_NOTHING;
	return came < fake->length ? CURLE_PARTIAL_FILE : CURLE_OK;
}

static void set_free(struct fake *fake)
{
	struct handle *handle = handle_of(fake);

	if (!transfer_pause(handle, CURLPAUSE_CONT))
		transfer_paused(handle, CURLPAUSE_CONT, CURLE_OK);
}

static void set_policy(void)
{
	static const char *const names[] = {
		"CURLRETRY_BASE_DELAY", "CURLRETRY_MIN_DELAY", "CURLRETRY_MAX_DELAY",
		"CURLRETRY_MAX_RETRY_AFTER",
	};

	setenv("CURLRETRY_CONFIG", "none", 1);
	setenv("CURLRETRY_LOG", "none", 1);
	setenv("CURLRETRY_LEDGER", "off", 1);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		setenv(names[i], "0", 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct libcurl libcurl = fake_libcurl;
	struct handle *handle;
	struct fake *fake;

	if (!size)
		return 0;
	set_policy();
	libcurl.easy_perform = perform;
	input.state = data[0];
	input.at = data + 1;
	input.end = data + size;
	input.calls = 0;
	input.refused = false;
	input.pause_at = draw(2) ? 0 : 1 + draw(8);
	input.refuse_at = draw(4) ? 0 : 1 + draw(8);
	fake = fake_new(NULL, NULL);
	fake->on_pause = set_free;
	handle_add(fake, &libcurl);
	handle = handle_of(fake);
	handle_setopt(handle, CURLOPT_HEADERFUNCTION, (curl_word)take);
	handle_setopt(handle, CURLOPT_WRITEFUNCTION, (curl_word)take);
	handle_setopt(handle, CURLOPT_URL, (curl_word) "http://fake.test/file");
	handle_setopt(handle, CURLOPT_HEADER, draw(4) ? NULL : (curl_word)1);
	handle_setopt(handle, CURLOPT_FOLLOWLOCATION, (curl_word)1);
	easy_perform(handle);
	handle_drop(fake);
	fake_free(fake);
	return 0;
}
