/* SPDX-License-Identifier: MIT */
#include "handle.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cookies.h"
#include "process.h"
#include "registry.h"
#include "target.h"

struct handle *handle_of(CURL *easy)
{
	return registry_get(easy);
}

static void set_defaults(struct options *set)
{
	*set = (struct options){
		.write_data = stdout,
		.read_data = stdin,
		.noprogress = 1,
		.method = "GET",
	};
}

static void free_strings(struct options *set)
{
	free(set->referer);
	free(set->range);
}

static void handle_free(struct handle *handle)
{
	multi_forget(handle);
	free_strings(&handle->set);
	cookies_forget(handle);
	response_free(&handle->transfer.response);
	request_disarm(&handle->transfer.request);
	resume_free(&handle->transfer.resume);
	free(handle);
}

static struct handle *add(CURL *easy, const struct libcurl *libcurl)
{
	struct handle *handle = calloc(1, sizeof(*handle));
	void *stale;

	if (!handle)
		return NULL;
	handle->easy = easy;
	handle->libcurl = libcurl;
	set_defaults(&handle->set);
	response_reserve(&handle->transfer.response);
	if (!registry_put(easy, handle, &stale)) {
		response_free(&handle->transfer.response);
		free(handle);
		return NULL;
	}
	if (stale)
		handle_free(stale);
	return handle;
}

void handle_add(CURL *easy, const struct libcurl *libcurl)
{
	add(easy, libcurl);
}

void handle_duplicate(CURL *easy, struct handle *from)
{
	struct handle *handle;

	/* In the middle of a transfer the copy carries our callbacks, known to us or not. */
	uninstall(from, easy);
	handle = add(easy, from->libcurl);
	if (!handle)
		return;
	handle->set = from->set;
	handle->set.referer = from->set.referer ? strdup(from->set.referer) : NULL;
	handle->set.range = from->set.range ? strdup(from->set.range) : NULL;
}

void handle_drop(CURL *easy)
{
	struct handle *handle = registry_take(easy);

	if (handle)
		handle_free(handle);
}

void handle_reset(struct handle *handle)
{
	bool cookies = handle->set.cookies;

	free_strings(&handle->set);
	set_defaults(&handle->set);
	/* The cookies stay, and so does what keeps them (curl_easy_reset(3)). */
	handle->set.cookies = cookies;
	/* libcurl has put its defaults where our callbacks stood. */
	handle->transfer.installed = (struct installed){ 0 };
	request_disarm(&handle->transfer.request);
	handle->transfer.idempotency.installed = false;
	handle->transfer.resume.installed = false;
	handle->transfer.resume.offset.asks = false;
	resume_free(&handle->transfer.resume);
}

static long as_long(curl_word value)
{
	return (long)(intptr_t)value;
}

static long seconds(curl_word value)
{
	long s = as_long(value);

	return s > LONG_MAX / 1000 ? LONG_MAX : s * 1000;
}

static void copy_string(char **to, const char *from)
{
	free(*to);
	*to = from ? strdup(from) : NULL;
}

/* The function pointers travel as words (POSIX dlsym's rule). */
static void remember_callback(struct options *set, CURLoption option, curl_word value)
{
	switch (option) {
	case CURLOPT_WRITEFUNCTION:
		set->write_function = (curl_write_callback)value;
		break;
	case CURLOPT_HEADERFUNCTION:
		set->header_function = (curl_write_callback)value;
		break;
	case CURLOPT_READFUNCTION:
		set->read_function = (curl_read_callback)value;
		set->sends = true;
		break;
	case CURLOPT_SEEKFUNCTION:
		set->seek_function = (curl_seek_callback)value;
		break;
	case CURLOPT_TRAILERFUNCTION:
		set->trailers = value != NULL;
		break;
	case CURLOPT_IOCTLFUNCTION:
		set->ioctl_function = (curl_ioctl_callback)value;
		break;
	case CURLOPT_XFERINFOFUNCTION:
		set->xferinfo_function = (curl_xferinfo_callback)value;
		break;
	case CURLOPT_PROGRESSFUNCTION:
		set->progress_function = (curl_progress_callback)value;
		break;
	default:
		break;
	}
}

static void remember_long(struct options *set, CURLoption option, curl_word value)
{
	switch (option) {
	case CURLOPT_NOPROGRESS:
		set->noprogress = as_long(value);
		break;
	case CURLOPT_HEADER:
		set->header = as_long(value);
		break;
	case CURLOPT_FOLLOWLOCATION:
		set->follow_location = as_long(value);
		break;
	case CURLOPT_AUTOREFERER:
		set->auto_referer = as_long(value);
		break;
	case CURLOPT_APPEND:
		set->ftp_append = as_long(value);
		break;
	case CURLOPT_FILETIME:
		set->file_time = as_long(value);
		break;
	case CURLOPT_TIMECONDITION:
		set->time_condition = as_long(value);
		break;
	case CURLOPT_TRANSFERTEXT:
		set->text = as_long(value);
		break;
	case CURLOPT_WILDCARDMATCH:
		set->wildcard = as_long(value);
		break;
	case CURLOPT_HTTP_TRANSFER_DECODING:
		set->raw_transfer = !as_long(value);
		break;
	case CURLOPT_RESUME_FROM:
		set->resume_from = as_long(value);
		break;
	case CURLOPT_FRESH_CONNECT:
		set->fresh_connect = as_long(value);
		break;
	case CURLOPT_HTTP_VERSION:
		set->http_version = as_long(value);
		break;
	case CURLOPT_CONNECTTIMEOUT:
		set->connect_timeout_ms = seconds(value);
		break;
	case CURLOPT_CONNECTTIMEOUT_MS:
		set->connect_timeout_ms = as_long(value);
		break;
	case CURLOPT_TIMEOUT:
		set->timeout_ms = seconds(value);
		break;
	case CURLOPT_TIMEOUT_MS:
		set->timeout_ms = as_long(value);
		break;
	case CURLOPT_UPLOAD:
	case CURLOPT_PUT:
		set->sends |= as_long(value) != 0;
		set->form = false;
		set->method = as_long(value) ? "PUT" : "GET";
		break;
	case CURLOPT_POST:
		set->sends |= as_long(value) != 0;
		set->form = false;
		set->method = as_long(value) ? "POST" : "GET";
		break;
	case CURLOPT_HTTPGET:
		if (as_long(value)) {
			set->method = "GET";
			set->form = false;
		}
		break;
	case CURLOPT_NOBODY:
		if (as_long(value)) {
			set->method = "HEAD";
			set->form = false;
		} else if (!strcmp(set->method, "HEAD")) {
			set->method = "GET";
		}
		break;
	default:
		break;
	}
}

static void remember_pointer(struct options *set, CURLoption option, curl_word value)
{
	switch (option) {
	case CURLOPT_URL:
		set->file_url = value && target_is_file(value);
		set->excluded = value && process_excludes(value);
		break;
	case CURLOPT_CURLU:
		/* Whose host is not asked for. */
		set->excluded = value && process_excludes("");
		break;
	case CURLOPT_WRITEDATA:
		set->write_data = value;
		break;
	case CURLOPT_HEADERDATA:
		set->header_data = value;
		break;
	case CURLOPT_READDATA:
		set->read_data = value;
		set->sends = true;
		break;
	case CURLOPT_SEEKDATA:
		set->seek_data = value;
		break;
	case CURLOPT_IOCTLDATA:
		set->ioctl_data = value;
		break;
	case CURLOPT_XFERINFODATA:
		set->progress_data = value;
		break;
	case CURLOPT_ERRORBUFFER:
		set->error_buffer = value;
		break;
	case CURLOPT_HTTPHEADER:
		set->http_header = value;
		break;
	case CURLOPT_CUSTOMREQUEST:
		snprintf(set->custom_request, sizeof(set->custom_request), "%s",
			 value ? (const char *)value : "");
		break;
	case CURLOPT_POSTFIELDS:
	case CURLOPT_COPYPOSTFIELDS:
		set->method = "POST";
		set->form = false;
		set->sends |= value == NULL;
		break;
	case CURLOPT_HTTPPOST:
	case CURLOPT_MIMEPOST:
		set->method = "POST";
		set->form = value != NULL;
		set->old_form = option == CURLOPT_HTTPPOST ? value : NULL;
		set->had_mime |= option == CURLOPT_MIMEPOST;
		break;
	case CURLOPT_RANGE:
		copy_string(&set->range, value);
		break;
	case CURLOPT_ACCEPT_ENCODING:
		set->accept_encoding = value != NULL;
		break;
	case CURLOPT_REFERER:
		copy_string(&set->referer, value);
		break;
	case CURLOPT_QUOTE:
	case CURLOPT_PREQUOTE:
	case CURLOPT_POSTQUOTE:
		set->commands |= value != NULL;
		break;
	case CURLOPT_COOKIEFILE:
	case CURLOPT_COOKIEJAR:
	case CURLOPT_COOKIELIST:
	case CURLOPT_SHARE:
		set->cookies |= value != NULL;
		break;
	default:
		break;
	}
}

static void remember(struct options *set, CURLoption option, curl_word value)
{
	if (option == CURLOPT_RESUME_FROM_LARGE)
		set->resume_from = (curl_off_t)(intptr_t)value;
	if (option >= CURLOPTTYPE_OFF_T)
		return;
	if (option >= CURLOPTTYPE_FUNCTIONPOINT)
		remember_callback(set, option, value);
	else if (option >= CURLOPTTYPE_OBJECTPOINT)
		remember_pointer(set, option, value);
	else
		remember_long(set, option, value);
}

CURLcode handle_setopt(struct handle *handle, CURLoption option, curl_word value)
{
	CURLcode code = CURLE_OK;

	if (!installed_over(handle, option))
		code = handle->libcurl->easy_setopt(handle->easy, option, value);
	if (code == CURLE_OK)
		remember(&handle->set, option, value);
	return code;
}
