/* SPDX-License-Identifier: MIT */
#include "install.h"

#include "handle.h"
#include "program/progress.h"

/* What libcurl takes CONNECTTIMEOUT 0 for (CURLOPT_CONNECTTIMEOUT). */
#define CONNECT_TIMEOUT_DEFAULT_MS 300000

static void set_long(struct handle *handle, CURL *easy, CURLoption option, long value)
{
	handle->libcurl->easy_setopt(easy, option, value);
}

static void set_pointer(struct handle *handle, CURL *easy, CURLoption option, void *value)
{
	handle->libcurl->easy_setopt(easy, option, value);
}

/* The stricter of the program's timeout and ours; 0: none. */
static long stricter(long own, int64_t imposed)
{
	return imposed && (!own || own > imposed) ? (long)imposed : own;
}

static void install_timeouts(struct handle *handle)
{
	const struct policy *policy = handle->transfer.policy;
	const struct options *set = &handle->set;
	long own = set->connect_timeout_ms ? set->connect_timeout_ms : CONNECT_TIMEOUT_DEFAULT_MS;
	long connect = stricter(own, policy->connect_timeout_ms);
	long whole = stricter(set->timeout_ms, policy->attempt_timeout_ms);

	if (connect == own && whole == set->timeout_ms)
		return;
	set_long(handle, handle->easy, CURLOPT_CONNECTTIMEOUT_MS, connect);
	set_long(handle, handle->easy, CURLOPT_TIMEOUT_MS, whole);
	handle->ours |= OURS_TIMEOUTS;
}

static void install_callbacks(struct handle *handle)
{
	CURL *easy = handle->easy;

	handle->libcurl->easy_setopt(easy, CURLOPT_HEADERFUNCTION, response_header);
	set_pointer(handle, easy, CURLOPT_HEADERDATA, handle);
	handle->libcurl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, response_body);
	set_pointer(handle, easy, CURLOPT_WRITEDATA, handle);
	handle->ours |= OURS_CALLBACKS;
}

void install_progress(struct handle *handle)
{
	CURL *easy = handle->easy;

	handle->libcurl->easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, progress_callback);
	set_pointer(handle, easy, CURLOPT_XFERINFODATA, handle);
	set_long(handle, easy, CURLOPT_NOPROGRESS, 0);
	handle->ours |= OURS_PROGRESS;
}

void install(struct handle *handle)
{
	if (!(handle->ours & OURS_CALLBACKS))
		install_callbacks(handle);
	if (progress_is_needed(handle))
		install_progress(handle);
	install_timeouts(handle);
}

void install_fresh_connect(struct handle *handle)
{
	set_long(handle, handle->easy, CURLOPT_FRESH_CONNECT, 1);
	handle->ours |= OURS_CONNECTION;
}

void install_no_hsts_read(struct handle *handle)
{
	if (!handle->set.hsts_read_function)
		return;
	set_pointer(handle, handle->easy, CURLOPT_HSTSREADFUNCTION, NULL);
	handle->ours |= OURS_HSTS;
}

void uninstall(struct handle *handle, CURL *easy)
{
	options_restore(&handle->set, handle->libcurl, easy, handle->ours);
}

void install_end(struct handle *handle)
{
	options_restore(&handle->set, handle->libcurl, handle->easy,
			handle->ours & OURS_OF_A_RUN);
	handle->ours &= ~OURS_OF_A_RUN;
}
