/* SPDX-License-Identifier: MIT */
/* What curl_easy_getinfo says after an attempt that a fault on purpose has ended. */
/* What programs still use. */
#define CURL_DISABLE_DEPRECATION

#include <string.h>

#include "config/ascii.h"
#include "injection.h"
#include "program/target.h"

/* How an answer that has come, for the program has not. */
enum unknown { ZERO_LONG, MINUS_OFFSET, ZERO_OFFSET, ZERO_DOUBLE, MINUS_DOUBLE, NO_TEXT, NO_TIME };

static const struct {
	CURLINFO info;
	enum unknown unknown;
} of_answer[] = {
	{ CURLINFO_RESPONSE_CODE, ZERO_LONG },
	{ CURLINFO_HEADER_SIZE, ZERO_LONG },
	{ CURLINFO_HTTP_VERSION, ZERO_LONG },
	{ CURLINFO_HTTPAUTH_AVAIL, ZERO_LONG },
	{ CURLINFO_CONTENT_TYPE, NO_TEXT },
	{ CURLINFO_REDIRECT_URL, NO_TEXT },
	{ CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, MINUS_OFFSET },
	{ CURLINFO_CONTENT_LENGTH_DOWNLOAD, MINUS_DOUBLE },
	{ CURLINFO_SIZE_DOWNLOAD_T, ZERO_OFFSET },
	{ CURLINFO_SIZE_DOWNLOAD, ZERO_DOUBLE },
	{ CURLINFO_SPEED_DOWNLOAD_T, ZERO_OFFSET },
	{ CURLINFO_SPEED_DOWNLOAD, ZERO_DOUBLE },
	{ CURLINFO_STARTTRANSFER_TIME_T, ZERO_OFFSET },
	{ CURLINFO_STARTTRANSFER_TIME, ZERO_DOUBLE },
	{ CURLINFO_RETRY_AFTER, ZERO_OFFSET },
	{ CURLINFO_FILETIME, NO_TIME },
	{ CURLINFO_FILETIME_T, MINUS_OFFSET },
};

static void write_unknown(enum unknown unknown, void *out)
{
	switch (unknown) {
	case ZERO_LONG:
		*(long *)out = 0;
		break;
	case NO_TIME:
		*(long *)out = -1;
		break;
	case ZERO_OFFSET:
	case MINUS_OFFSET:
		*(curl_off_t *)out = unknown == ZERO_OFFSET ? 0 : -1;
		break;
	case ZERO_DOUBLE:
	case MINUS_DOUBLE:
		*(double *)out = unknown == ZERO_DOUBLE ? 0 : -1;
		break;
	case NO_TEXT:
		*(char **)out = NULL;
		break;
	}
}

static bool tell_nothing(CURLINFO info, void *out)
{
	for (size_t i = 0; i < sizeof(of_answer) / sizeof(of_answer[0]); i++) {
		if (of_answer[i].info != info)
			continue;
		write_unknown(of_answer[i].unknown, out);
		return true;
	}
	return false;
}

static curl_off_t speed_of(const struct program *program, curl_off_t size)
{
	curl_off_t us = 0;

	program->libcurl->easy_getinfo(program->easy, CURLINFO_TOTAL_TIME_T, &us);
	return us > 0 ? (curl_off_t)((double)size * 1000000 / (double)us) : size;
}

static bool tell_size(const struct program *program, curl_off_t size, CURLINFO info, void *out)
{
	switch (info) {
	case CURLINFO_SIZE_DOWNLOAD_T:
		*(curl_off_t *)out = size;
		return true;
	case CURLINFO_SIZE_DOWNLOAD:
		*(double *)out = (double)size;
		return true;
	case CURLINFO_SPEED_DOWNLOAD_T:
		*(curl_off_t *)out = speed_of(program, size);
		return true;
	case CURLINFO_SPEED_DOWNLOAD:
		*(double *)out = (double)speed_of(program, size);
		return true;
	default:
		return false;
	}
}

/* "https" or, of older versions, "HTTPS", as libcurl writes the decoy's. */
static bool tell_scheme(const struct program *program, char **out)
{
	bool secure = !strcmp(program->set.scheme, "wss");
	char *plain = NULL;

	program->libcurl->easy_getinfo(program->easy, CURLINFO_SCHEME, &plain);
	if (!plain)
		return false;
	if (ascii_lower(plain[0]) == plain[0])
		*out = secure ? "wss" : "https";
	else
		*out = secure ? "WSS" : "HTTPS";
	return true;
}

/* CURLINFO_PROTOCOL tells no WebSocket. */
static bool tell_of_swapped(const struct program *program, CURLINFO info, void *out)
{
	if (info == CURLINFO_EFFECTIVE_URL && program->shown_url) {
		*(const char **)out = program->shown_url;
		return true;
	}
	if (!target_is_encrypted(program->set.scheme))
		return false;
	if (info == CURLINFO_PROTOCOL) {
		*(long *)out = CURLPROTO_HTTPS;
		return true;
	}
	return info == CURLINFO_SCHEME && tell_scheme(program, out);
}

bool injection_getinfo(const struct handle *handle, CURLINFO info, void *out)
{
	const struct injection *injection = &handle->injection;

	return (injection->swapped && tell_of_swapped(&handle->program, info, out)) ||
	       (injection->unanswered && tell_nothing(info, out)) ||
	       (injection->shortened &&
		tell_size(&handle->program, injection->body, info, out));
}
