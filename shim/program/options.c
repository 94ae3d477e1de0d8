/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/url.h"

/* How an option's value is remembered in its field. */
enum kind {
	WORD,		/* as it is: a long, a pointer, a function, a curl_off_t */
	ALIAS,		/* likewise, in another option's field, by which it is restored */
	SECONDS,	/* likewise, in ms */
	TEXT,		/* a copy */
	GIVEN,		/* a bool: it is not NULL */
	EVER,		/* a bool: it was once not NULL */
	BODY,		/* WORD; and the program may send a body */
	SPECIAL,	/* by remember_special() */
};

/*
 * In the order in which they are restored. The field of a SPECIAL row is not
 * looked at.
 */
#define OPTIONS(ROW)                                                           \
	ROW(WRITEFUNCTION, WORD, write_function, OURS_CALLBACKS)               \
	ROW(WRITEDATA, WORD, write_data, OURS_CALLBACKS)                       \
	ROW(HEADERFUNCTION, WORD, header_function, OURS_CALLBACKS)             \
	ROW(HEADERDATA, WORD, header_data, OURS_CALLBACKS)                     \
	ROW(XFERINFOFUNCTION, WORD, xferinfo_function, OURS_PROGRESS)          \
	ROW(PROGRESSFUNCTION, WORD, progress_function, OURS_PROGRESS)          \
	ROW(XFERINFODATA, WORD, progress_data, OURS_PROGRESS)                  \
	ROW(NOPROGRESS, WORD, noprogress, OURS_PROGRESS)                       \
	ROW(CONNECTTIMEOUT_MS, WORD, connect_timeout_ms, OURS_TIMEOUTS)        \
	ROW(CONNECTTIMEOUT, SECONDS, connect_timeout_ms, OURS_TIMEOUTS)        \
	ROW(TIMEOUT_MS, WORD, timeout_ms, OURS_TIMEOUTS)                       \
	ROW(TIMEOUT, SECONDS, timeout_ms, OURS_TIMEOUTS)                       \
	ROW(FRESH_CONNECT, WORD, fresh_connect, OURS_CONNECTION | OURS_FAULT)  \
	ROW(FORBID_REUSE, WORD, forbid_reuse, OURS_FAULT)                      \
	ROW(CONNECT_TO, WORD, connect_to, OURS_FAULT)                          \
	ROW(PROXY, TEXT, proxy, OURS_FAULT)                                    \
	ROW(PRE_PROXY, TEXT, pre_proxy, OURS_FAULT)                            \
	ROW(INTERFACE, TEXT, interface, OURS_FAULT)                            \
	ROW(IPRESOLVE, WORD, ip_resolve, OURS_FAULT)                           \
	ROW(CLOSESOCKETFUNCTION, WORD, close_socket_function, OURS_FAULT)      \
	ROW(CLOSESOCKETDATA, WORD, close_socket_data, OURS_FAULT)              \
	ROW(SOCKOPTFUNCTION, WORD, socket_option_function, OURS_FAULT)         \
	ROW(SOCKOPTDATA, WORD, socket_option_data, OURS_FAULT)                 \
	ROW(READFUNCTION, BODY, read_function, OURS_BODY)                      \
	ROW(READDATA, BODY, read_data, OURS_BODY)                              \
	ROW(SEEKFUNCTION, WORD, seek_function, OURS_BODY)                      \
	ROW(SEEKDATA, WORD, seek_data, OURS_BODY)                              \
	ROW(RANGE, TEXT, range, OURS_RANGE)                                    \
	ROW(RESUME_FROM_LARGE, WORD, resume_from, OURS_RANGE)                  \
	ROW(RESUME_FROM, ALIAS, resume_from, OURS_RANGE)                       \
	ROW(HTTPHEADER, WORD, http_header, OURS_KEY | OURS_RANGE)              \
	ROW(FILETIME, WORD, file_time, OURS_FILETIME)                          \
	ROW(IOCTLFUNCTION, WORD, ioctl_function, OURS_BODY)                    \
	ROW(IOCTLDATA, WORD, ioctl_data, OURS_BODY)                            \
	ROW(DEBUGFUNCTION, WORD, debug_function, OURS_TRACE)                   \
	ROW(DEBUGDATA, WORD, debug_data, OURS_TRACE)                           \
	ROW(VERBOSE, WORD, verbose, OURS_TRACE)                                \
	ROW(STDERR, WORD, error_file, 0)                                       \
	ROW(ERRORBUFFER, WORD, error_buffer, 0)                                \
	ROW(REFERER, TEXT, referer, 0)                                         \
	ROW(HEADER, WORD, header, 0)                                           \
	ROW(FOLLOWLOCATION, WORD, follow_location, 0)                          \
	ROW(AUTOREFERER, WORD, auto_referer, 0)                                \
	ROW(APPEND, WORD, ftp_append, 0)                                       \
	ROW(TIMECONDITION, WORD, time_condition, 0)                            \
	ROW(TRANSFERTEXT, WORD, text, 0)                                       \
	ROW(WILDCARDMATCH, WORD, wildcard, 0)                                  \
	ROW(HTTP_VERSION, WORD, http_version, 0)                                        \
	ROW(LOCALPORT, WORD, local_port, OURS_FAULT)                               \
	ROW(LOCALPORTRANGE, WORD, local_port_range, 0)                               \
	ROW(CONNECT_ONLY, WORD, connect_only, 0)                               \
	ROW(LOW_SPEED_LIMIT, WORD, low_speed_limit, 0)                         \
	ROW(LOW_SPEED_TIME, WORD, low_speed_time, 0)                           \
	ROW(PROTOCOLS, WORD, protocols, 0)                                     \
	ROW(PROTOCOLS_BY_NAME, TEXT, protocol_names, 0)                        \
	ROW(UNIX_SOCKET_PATH, GIVEN, unix_socket, 0)                           \
	ROW(ABSTRACT_UNIX_SOCKET, GIVEN, unix_socket, 0)                       \
	ROW(HSTS, EVER, hsts, 0)                                               \
	ROW(HSTS_CTRL, EVER, hsts, 0)                                          \
	ROW(ACCEPT_ENCODING, GIVEN, accept_encoding, 0)                        \
	ROW(DOH_URL, GIVEN, doh, 0)                                            \
	ROW(TRAILERFUNCTION, GIVEN, trailers, 0)                               \
	ROW(QUOTE, EVER, commands, 0)                                          \
	ROW(PREQUOTE, EVER, commands, 0)                                       \
	ROW(POSTQUOTE, EVER, commands, 0)                                      \
	ROW(COOKIEFILE, EVER, cookies, 0)                                      \
	ROW(COOKIEJAR, EVER, cookies, 0)                                       \
	ROW(COOKIELIST, EVER, cookies, 0)                                      \
	ROW(SHARE, SPECIAL, shared, 0)                                         \
	ROW(RESOLVER_START_FUNCTION, WORD, resolver_start_function, OURS_REFUSALS | OURS_FAULT) \
	ROW(RESOLVER_START_DATA, WORD, resolver_start_data, OURS_REFUSALS | OURS_FAULT)     \
	ROW(OPENSOCKETFUNCTION, WORD, open_socket_function, OURS_REFUSALS | OURS_FAULT)     \
	ROW(OPENSOCKETDATA, WORD, open_socket_data, OURS_REFUSALS | OURS_FAULT)             \
	ROW(HSTSREADFUNCTION, WORD, hsts_read_function, OURS_HSTS)             \
	ROW(HSTSREADDATA, WORD, hsts_read_data, OURS_HSTS)                     \
	ROW(HTTP_TRANSFER_DECODING, SPECIAL, raw_transfer, 0)                  \
	ROW(UPLOAD, SPECIAL, method, 0)                                        \
	ROW(PUT, SPECIAL, method, 0)                                           \
	ROW(POST, SPECIAL, method, 0)                                          \
	ROW(HTTPGET, SPECIAL, method, 0)                                       \
	ROW(NOBODY, SPECIAL, method, 0)                                        \
	ROW(POSTFIELDS, SPECIAL, method, 0)                                    \
	ROW(COPYPOSTFIELDS, SPECIAL, method, 0)                                \
	ROW(HTTPPOST, SPECIAL, old_form, 0)                                    \
	ROW(MIMEPOST, SPECIAL, form, 0)                                        \
	ROW(CUSTOMREQUEST, SPECIAL, custom_request, 0)                         \
	ROW(URL, SPECIAL, file_url, OURS_URL)                                         \
	ROW(CURLU, WORD, url_handle, OURS_URL)                                          \
	ROW(PORT, SPECIAL, port, 0)

struct row {
	CURLoption option;
	unsigned short field;
	unsigned char kind;
	unsigned short owners;
};

#define AS_ROW(name, kind, field, owners) \
	{ CURLOPT_##name, offsetof(struct options, field), kind, owners },
#define AS_NUMBER(name, kind, field, owners) ROW_##name,
#define AS_INDEX(name, kind, field, owners) \
	[(CURLOPT_##name) % CURLOPTTYPE_OBJECTPOINT] = ROW_##name,

enum { ROW_NONE, OPTIONS(AS_NUMBER) ROWS };

static const struct row rows[ROWS] = { { 0 }, OPTIONS(AS_ROW) };

/* A row's number by its option's, which is another one for each, whatever its type. */
static const unsigned char row_numbers[] = { OPTIONS(AS_INDEX) };

_Static_assert(ROWS <= UCHAR_MAX && sizeof(struct options) <= USHRT_MAX, "fits struct row");

static const struct row *row_of(CURLoption option)
{
	unsigned index = (unsigned)option % CURLOPTTYPE_OBJECTPOINT;
	const struct row *row = &rows[index < sizeof(row_numbers) ? row_numbers[index] : ROW_NONE];

	return row->option == option ? row : &rows[ROW_NONE];
}

static void *field_of(struct options *set, const struct row *row)
{
	return (char *)set + row->field;
}

void options_init(struct options *set)
{
	*set = (struct options){
		.write_data = stdout,
		.read_data = stdin,
		.noprogress = 1,
		.method = "GET",
	};
}

static char *duplicate(const char *text)
{
	return text ? strdup(text) : NULL;
}

void options_copy(struct options *to, const struct options *from)
{
	*to = *from;
	for (const struct row *row = rows; row < rows + ROWS; row++) {
		char **text = field_of(to, row);

		if (row->kind == TEXT)
			*text = duplicate(*text);
	}
}

void options_free(struct options *set)
{
	for (const struct row *row = rows; row < rows + ROWS; row++) {
		if (row->kind == TEXT)
			free(*(char **)field_of(set, row));
	}
}

void options_reset(struct options *set)
{
	bool cookies = set->cookies;
	bool shared = set->shared;

	options_free(set);
	options_init(set);
	/* The cookies stay, and so does what keeps them (curl_easy_reset(3)). */
	set->cookies = cookies;
	set->shared = shared;
}

static long as_long(curl_word value)
{
	return (long)(intptr_t)value;
}

static long in_ms(curl_word seconds)
{
	long s = as_long(seconds);

	return s > LONG_MAX / 1000 ? LONG_MAX : s * 1000;
}

static void remember_method(struct options *set, const char *method)
{
	set->method = method;
	set->form = false;
}

/* CURLOPT_UPLOAD and the like: each of them, switched off, leaves a GET. */
static void remember_switch(struct options *set, const char *method, curl_word value)
{
	set->sends |= as_long(value) != 0;
	remember_method(set, as_long(value) ? method : "GET");
}

static void remember_no_body(struct options *set, curl_word value)
{
	if (as_long(value))
		remember_method(set, "HEAD");
	else if (!strcmp(set->method, "HEAD"))
		set->method = "GET";
}

static void remember_form(struct options *set, CURLoption option, curl_word value)
{
	set->method = "POST";
	set->form = value != NULL;
	set->old_form = option == CURLOPT_HTTPPOST ? value : NULL;
	set->had_mime |= option == CURLOPT_MIMEPOST;
}

static void remember_url(struct options *set, const char *url)
{
	struct url parts;

	set->file_url = file_url_of(url);
	url_split(&parts, url);
	url_scheme(set->scheme, sizeof(set->scheme), &parts);
	url_host(set->host, sizeof(set->host), &parts);
	set->url_port = url_port(&parts);
	set->moved = true;
	set->url_is_new = true;
	set->url_is_hop = false;
}

static void remember_special(struct options *set, CURLoption option, curl_word value)
{
	switch (option) {
	case CURLOPT_SHARE:
		set->shared = value != NULL;
		set->cookies |= set->shared;
		break;
	case CURLOPT_HTTP_TRANSFER_DECODING:
		set->raw_transfer = !as_long(value);
		break;
	case CURLOPT_UPLOAD:
	case CURLOPT_PUT:
		remember_switch(set, "PUT", value);
		break;
	case CURLOPT_POST:
		remember_switch(set, "POST", value);
		break;
	case CURLOPT_HTTPGET:
		if (as_long(value))
			remember_method(set, "GET");
		break;
	case CURLOPT_NOBODY:
		remember_no_body(set, value);
		break;
	case CURLOPT_POSTFIELDS:
	case CURLOPT_COPYPOSTFIELDS:
		remember_method(set, "POST");
		set->sends |= value == NULL;
		set->fields = value != NULL;
		break;
	case CURLOPT_HTTPPOST:
	case CURLOPT_MIMEPOST:
		remember_form(set, option, value);
		break;
	case CURLOPT_CUSTOMREQUEST:
		snprintf(set->custom_request, sizeof(set->custom_request), "%s",
			 value ? (const char *)value : "");
		break;
	case CURLOPT_PORT:
		set->port = as_long(value);
		set->moved = true;
		break;
	case CURLOPT_URL:
		remember_url(set, value ? value : "");
		break;
	default:
		break;
	}
}

void options_remember(struct options *set, CURLoption option, curl_word value)
{
	const struct row *row = row_of(option);
	void *field = field_of(set, row);

	if (row == rows)
		return;
	switch ((enum kind)row->kind) {
	case BODY:
		set->sends = true;
		memcpy(field, &value, sizeof(value));
		break;
	case WORD:
	case ALIAS:
		memcpy(field, &value, sizeof(value));
		break;
	case SECONDS:
		*(long *)field = in_ms(value);
		break;
	case TEXT:
		free(*(char **)field);
		*(char **)field = duplicate(value);
		break;
	case GIVEN:
		*(bool *)field = value != NULL;
		break;
	case EVER:
		*(bool *)field |= value != NULL;
		break;
	case SPECIAL:
		remember_special(set, option, value);
		break;
	}
}

bool options_are_ours(unsigned ours, CURLoption option)
{
	return ours & row_of(option)->owners;
}

/* ALIAS and SECONDS share another row's field. */
static bool is_restored(const struct row *row)
{
	return row->kind == WORD || row->kind == BODY || row->kind == TEXT;
}

void options_restore(const struct options *set, const struct libcurl *libcurl, CURL *easy,
		     unsigned ours)
{
	if (!ours)
		return;
	for (const struct row *row = rows; row < rows + ROWS; row++) {
		curl_word value;

		if (!(ours & row->owners) || !is_restored(row))
			continue;
		memcpy(&value, (const char *)set + row->field, sizeof(value));
		libcurl->easy_setopt(easy, row->option, value);
	}
	/* Each of the two turns libcurl's own meter off or on: the one in use comes last. */
	if ((ours & OURS_PROGRESS) && set->xferinfo_function)
		libcurl->easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, set->xferinfo_function);
}
