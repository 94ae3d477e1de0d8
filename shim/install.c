/* SPDX-License-Identifier: MIT */
#include "install.h"

#include "handle.h"
#include "progress.h"

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
	handle->transfer.installed.timeouts = true;
}

static void install_callbacks(struct handle *handle)
{
	CURL *easy = handle->easy;

	handle->libcurl->easy_setopt(easy, CURLOPT_HEADERFUNCTION, response_header);
	set_pointer(handle, easy, CURLOPT_HEADERDATA, handle);
	handle->libcurl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, response_body);
	set_pointer(handle, easy, CURLOPT_WRITEDATA, handle);
	handle->transfer.installed.callbacks = true;
}

void install(struct handle *handle)
{
	struct installed *installed = &handle->transfer.installed;
	CURL *easy = handle->easy;

	if (!installed->callbacks)
		install_callbacks(handle);
	if (progress_is_needed(handle)) {
		handle->libcurl->easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, progress_callback);
		set_pointer(handle, easy, CURLOPT_XFERINFODATA, handle);
		set_long(handle, easy, CURLOPT_NOPROGRESS, 0);
		installed->progress = true;
	}
	install_timeouts(handle);
}

void install_fresh_connect(struct handle *handle)
{
	set_long(handle, handle->easy, CURLOPT_FRESH_CONNECT, 1);
	handle->transfer.installed.fresh_connect = true;
}

static void uninstall_progress(struct handle *handle, CURL *easy)
{
	const struct options *set = &handle->set;

	/* Each of the two turns libcurl's own meter off or on: the one in use comes last. */
	if (set->xferinfo_function) {
		handle->libcurl->easy_setopt(easy, CURLOPT_PROGRESSFUNCTION, set->progress_function);
		handle->libcurl->easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, set->xferinfo_function);
	} else {
		handle->libcurl->easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, NULL);
		handle->libcurl->easy_setopt(easy, CURLOPT_PROGRESSFUNCTION, set->progress_function);
	}
	set_pointer(handle, easy, CURLOPT_XFERINFODATA, set->progress_data);
	set_long(handle, easy, CURLOPT_NOPROGRESS, set->noprogress);
}

static void uninstall_callbacks(struct handle *handle, CURL *easy)
{
	const struct options *set = &handle->set;

	handle->libcurl->easy_setopt(easy, CURLOPT_HEADERFUNCTION, set->header_function);
	set_pointer(handle, easy, CURLOPT_HEADERDATA, set->header_data);
	handle->libcurl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, set->write_function);
	set_pointer(handle, easy, CURLOPT_WRITEDATA, set->write_data);
}

/* What stands around a run. */
static void uninstall_run(struct handle *handle, CURL *easy)
{
	const struct installed *installed = &handle->transfer.installed;
	const struct options *set = &handle->set;

	if (installed->progress)
		uninstall_progress(handle, easy);
	if (installed->timeouts) {
		set_long(handle, easy, CURLOPT_CONNECTTIMEOUT_MS, set->connect_timeout_ms);
		set_long(handle, easy, CURLOPT_TIMEOUT_MS, set->timeout_ms);
	}
	if (installed->fresh_connect)
		set_long(handle, easy, CURLOPT_FRESH_CONNECT, set->fresh_connect);
	request_uninstall(handle, easy);
	idempotency_uninstall(handle, easy);
	resume_uninstall(handle, easy);
}

void uninstall(struct handle *handle, CURL *easy)
{
	if (handle->transfer.installed.callbacks)
		uninstall_callbacks(handle, easy);
	uninstall_run(handle, easy);
}

void install_end(struct handle *handle)
{
	struct installed *installed = &handle->transfer.installed;

	uninstall_run(handle, handle->easy);
	*installed = (struct installed){ .callbacks = installed->callbacks };
}

bool installed_over(const struct handle *handle, CURLoption option)
{
	const struct installed *installed = &handle->transfer.installed;

	switch (option) {
	case CURLOPT_WRITEFUNCTION:
	case CURLOPT_WRITEDATA:
	case CURLOPT_HEADERFUNCTION:
	case CURLOPT_HEADERDATA:
		return installed->callbacks;
	case CURLOPT_XFERINFOFUNCTION:
	case CURLOPT_PROGRESSFUNCTION:
	case CURLOPT_XFERINFODATA:
	case CURLOPT_NOPROGRESS:
		return installed->progress;
	case CURLOPT_CONNECTTIMEOUT:
	case CURLOPT_CONNECTTIMEOUT_MS:
	case CURLOPT_TIMEOUT:
	case CURLOPT_TIMEOUT_MS:
		return installed->timeouts;
	case CURLOPT_FRESH_CONNECT:
		return installed->fresh_connect;
	case CURLOPT_READFUNCTION:
	case CURLOPT_READDATA:
	case CURLOPT_SEEKFUNCTION:
	case CURLOPT_SEEKDATA:
		return handle->transfer.request.armed;
	case CURLOPT_HTTPHEADER:
		return handle->transfer.idempotency.installed || handle->transfer.resume.installed;
	case CURLOPT_RANGE:
	case CURLOPT_RESUME_FROM:
	case CURLOPT_RESUME_FROM_LARGE:
		return handle->transfer.resume.installed;
	case CURLOPT_FILETIME:
		return handle->transfer.resume.offset.asks;
	default:
		return false;
	}
}
