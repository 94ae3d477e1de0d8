/* SPDX-License-Identifier: MIT */
/*
 * The functions that stand in front of libcurl's multi interface. libcurl's own
 * curl_easy_perform is built on them: such calls are the most frequent ones,
 * and told by their caller's address.
 */
#include <stdarg.h>

#include "interpose.h"
#include "run/multi.h"
#include "process/process.h"
#include "libcurl/symbols.h"

#define EXPORT __attribute__((visibility("default")))

/* The libcurl to pass a call on to; *managed is set where it is not to be passed on. */
static const struct libcurl *behind(CURLM *multi, struct multi **managed, const void *caller)
{
	const struct libcurl *libcurl = libcurl_at(caller);
	struct multi *known = libcurl ? NULL : multi_of(multi);
	bool internal;

	*managed = known && known->managed ? known : NULL;
	if (known)
		return known->libcurl;
	return libcurl ? libcurl : libcurl_of_caller(caller, &internal);
}

static CURLM *multi_init(const struct libcurl *libcurl)
{
	bool inert = process_is_inert();
	CURLM *multi = libcurl ? libcurl->multi_init() : NULL;

	if (inert)
		libcurl_pass_all();
	if (multi)
		multi_add(multi, libcurl, !inert);
	return multi;
}

EXPORT CURLM *curl_multi_init(void)
{
	bool internal;
	const struct libcurl *libcurl = libcurl_of_caller(__builtin_return_address(0), &internal);

	return internal ? libcurl->multi_init() : multi_init(libcurl);
}

DEFINE_FOR_EACH_LIBCURL(interpose_multi_init, multi_init, void *, (void))

EXPORT CURLMcode curl_multi_cleanup(CURLM *multi)
{
	const struct libcurl *libcurl = libcurl_at(__builtin_return_address(0));
	struct multi *known = libcurl ? NULL : multi_of(multi);
	bool internal;

	if (known)
		return multi_cleanup(known);
	if (!libcurl)
		libcurl = libcurl_of_caller(__builtin_return_address(0), &internal);
	return libcurl ? libcurl->multi_cleanup(multi) : CURLM_BAD_HANDLE;
}

EXPORT CURLMcode curl_multi_add_handle(CURLM *multi, CURL *easy)
{
	struct multi *managed;
	const struct libcurl *libcurl = libcurl_first_at(__builtin_return_address(0));

	if (libcurl)
		return libcurl->multi_add_handle(multi, easy);
	libcurl = behind(multi, &managed, __builtin_return_address(0));
	if (managed)
		return multi_add_handle(managed, easy);
	return libcurl ? libcurl->multi_add_handle(multi, easy) : CURLM_BAD_HANDLE;
}

EXPORT CURLMcode curl_multi_remove_handle(CURLM *multi, CURL *easy)
{
	struct multi *managed;
	const struct libcurl *libcurl = libcurl_first_at(__builtin_return_address(0));

	if (libcurl)
		return libcurl->multi_remove_handle(multi, easy);
	libcurl = behind(multi, &managed, __builtin_return_address(0));
	if (managed)
		return multi_remove_handle(managed, easy);
	return libcurl ? libcurl->multi_remove_handle(multi, easy) : CURLM_BAD_HANDLE;
}

EXPORT CURLMcode curl_multi_perform(CURLM *multi, int *running)
{
	struct multi *managed;
	const struct libcurl *libcurl = libcurl_first_at(__builtin_return_address(0));

	if (libcurl)
		return libcurl->multi_perform(multi, running);
	libcurl = behind(multi, &managed, __builtin_return_address(0));
	if (managed)
		return multi_perform(managed, running);
	return libcurl ? libcurl->multi_perform(multi, running) : CURLM_BAD_HANDLE;
}

EXPORT CURLMcode curl_multi_socket_action(CURLM *multi, curl_socket_t socket, int events,
					  int *running)
{
	struct multi *managed;
	const struct libcurl *libcurl = libcurl_first_at(__builtin_return_address(0));

	if (libcurl)
		return libcurl->multi_socket_action(multi, socket, events, running);
	libcurl = behind(multi, &managed, __builtin_return_address(0));
	if (managed)
		return multi_socket_action(managed, socket, events, running);
	return libcurl ? libcurl->multi_socket_action(multi, socket, events, running) :
			 CURLM_BAD_HANDLE;
}

EXPORT CURLMcode curl_multi_socket_all(CURLM *multi, int *running)
{
	struct multi *managed;
	const struct libcurl *libcurl = libcurl_first_at(__builtin_return_address(0));

	if (libcurl)
		return libcurl->multi_socket_all(multi, running);
	libcurl = behind(multi, &managed, __builtin_return_address(0));
	if (managed)
		return multi_socket_all(managed, running);
	return libcurl ? libcurl->multi_socket_all(multi, running) : CURLM_BAD_HANDLE;
}

EXPORT CURLMsg *curl_multi_info_read(CURLM *multi, int *left)
{
	struct multi *managed;
	const struct libcurl *libcurl = libcurl_first_at(__builtin_return_address(0));

	if (libcurl)
		return libcurl->multi_info_read(multi, left);
	libcurl = behind(multi, &managed, __builtin_return_address(0));
	if (managed)
		return multi_info_read(managed, left);
	return libcurl ? libcurl->multi_info_read(multi, left) : NULL;
}

EXPORT CURLMcode curl_multi_timeout(CURLM *multi, long *ms)
{
	struct multi *managed;
	const struct libcurl *libcurl = libcurl_first_at(__builtin_return_address(0));

	if (libcurl)
		return libcurl->multi_timeout(multi, ms);
	libcurl = behind(multi, &managed, __builtin_return_address(0));
	if (managed)
		return multi_timeout(managed, ms);
	return libcurl ? libcurl->multi_timeout(multi, ms) : CURLM_BAD_HANDLE;
}

EXPORT CURLMcode curl_multi_wait(CURLM *multi, struct curl_waitfd fds[], unsigned count, int ms,
				 int *ready)
{
	struct multi *managed;
	const struct libcurl *libcurl = libcurl_first_at(__builtin_return_address(0));

	if (libcurl)
		return libcurl->multi_wait(multi, fds, count, ms, ready);
	libcurl = behind(multi, &managed, __builtin_return_address(0));
	if (managed)
		return multi_wait(managed, fds, count, ms, ready);
	return libcurl ? libcurl->multi_wait(multi, fds, count, ms, ready) : CURLM_BAD_HANDLE;
}

EXPORT CURLMcode curl_multi_poll(CURLM *multi, struct curl_waitfd fds[], unsigned count, int ms,
				 int *ready)
{
	struct multi *managed;
	const struct libcurl *libcurl = libcurl_first_at(__builtin_return_address(0));

	if (libcurl)
		return libcurl->multi_poll(multi, fds, count, ms, ready);
	libcurl = behind(multi, &managed, __builtin_return_address(0));
	if (managed)
		return multi_poll(managed, fds, count, ms, ready);
	return libcurl ? libcurl->multi_poll(multi, fds, count, ms, ready) : CURLM_BAD_HANDLE;
}

EXPORT CURLMcode curl_multi_fdset(CURLM *multi, fd_set *readable, fd_set *writable,
				  fd_set *exceptional, int *max)
{
	struct multi *managed;
	const struct libcurl *libcurl = libcurl_first_at(__builtin_return_address(0));

	if (libcurl)
		return libcurl->multi_fdset(multi, readable, writable, exceptional, max);
	libcurl = behind(multi, &managed, __builtin_return_address(0));
	if (managed)
		return multi_fdset(managed, readable, writable, exceptional, max);
	return libcurl ? libcurl->multi_fdset(multi, readable, writable, exceptional, max) :
			 CURLM_BAD_HANDLE;
}

EXPORT CURLMcode curl_multi_waitfds(CURLM *multi, struct curl_waitfd *fds, unsigned size,
				    unsigned *count)
{
	struct multi *managed;
	const struct libcurl *libcurl = behind(multi, &managed, __builtin_return_address(0));

	if (!libcurl || !libcurl->multi_waitfds)
		return CURLM_BAD_HANDLE;
	return managed ? multi_waitfds(managed, fds, size, count) :
			 libcurl->multi_waitfds(multi, fds, size, count);
}

EXPORT CURLMcode curl_multi_socket(CURLM *multi, curl_socket_t socket, int *running)
{
	struct multi *managed;
	const struct libcurl *libcurl = behind(multi, &managed, __builtin_return_address(0));

	if (managed)
		return multi_socket_action(managed, socket, 0, running);
	return libcurl ? libcurl->multi_socket(multi, socket, running) : CURLM_BAD_HANDLE;
}

EXPORT CURLMcode curl_multi_setopt(CURLM *multi, CURLMoption option, ...)
{
	struct multi *managed;
	const struct libcurl *libcurl = behind(multi, &managed, __builtin_return_address(0));
	curl_word value;
	va_list arguments;

	va_start(arguments, option);
	value = va_arg(arguments, curl_word);
	va_end(arguments);
	if (managed)
		return multi_setopt(managed, option, value);
	return libcurl ? libcurl->multi_setopt(multi, option, value) : CURLM_BAD_HANDLE;
}

EXPORT CURL **curl_multi_get_handles(CURLM *multi)
{
	struct multi *managed;
	const struct libcurl *libcurl = behind(multi, &managed, __builtin_return_address(0));

	if (!libcurl || !libcurl->multi_get_handles)
		return NULL;
	return managed ? multi_get_handles(managed) : libcurl->multi_get_handles(multi);
}

EXPORT CURLMcode curl_multi_get_offt(CURLM *multi, CURLMinfo_offt info, curl_off_t *value)
{
	struct multi *managed;
	const struct libcurl *libcurl = behind(multi, &managed, __builtin_return_address(0));

	if (!libcurl || !libcurl->multi_get_offt)
		return CURLM_BAD_FUNCTION_ARGUMENT;
	return managed ? multi_get_offt(managed, info, value) :
			 libcurl->multi_get_offt(multi, info, value);
}

EXPORT CURLMcode curl_multi_notify_enable(CURLM *multi, unsigned notification)
{
	struct multi *managed;
	const struct libcurl *libcurl = behind(multi, &managed, __builtin_return_address(0));

	if (!libcurl || !libcurl->multi_notify_enable)
		return CURLM_BAD_HANDLE;
	return managed ? multi_notify_enable(managed, notification) :
			 libcurl->multi_notify_enable(multi, notification);
}

EXPORT CURLMcode curl_multi_notify_disable(CURLM *multi, unsigned notification)
{
	struct multi *managed;
	const struct libcurl *libcurl = behind(multi, &managed, __builtin_return_address(0));

	if (!libcurl || !libcurl->multi_notify_disable)
		return CURLM_BAD_HANDLE;
	return managed ? multi_notify_disable(managed, notification) :
			 libcurl->multi_notify_disable(multi, notification);
}
