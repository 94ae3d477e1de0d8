/* SPDX-License-Identifier: MIT */
/*
 * The functions that stand in front of libcurl's. libcurl calls some of them
 * itself, for handles of its own: those are not known, and pass through.
 */
#include <stdarg.h>

#include "response/cookies.h"
#include "run/easy.h"
#include "transfer/handles.h"
#include "transfer/injection.h"
#include "transfer/transfer.h"
#include "run/multi.h"
#include "transfer/install.h"
#include "interpose.h"
#include "request/mime.h"
#include "process/process.h"
#include "libcurl/symbols.h"

#define EXPORT __attribute__((visibility("default")))

/* For calls on a handle that was not seen created. */
static const struct libcurl *behind(const void *caller)
{
	bool internal;

	return libcurl_of_caller(caller, &internal);
}

/*
 * What a program does before it shuts itself in (seccomp, a change of root): which libcurl it is,
 * the policy and all else that we need the system for is found now.
 */
static CURLcode global_init(const struct libcurl *libcurl, long flags)
{
	process_is_inert();
	return libcurl ? libcurl->global_init(flags) : CURLE_FAILED_INIT;
}

EXPORT CURLcode curl_global_init(long flags)
{
	bool internal;
	const struct libcurl *libcurl = libcurl_of_caller(__builtin_return_address(0), &internal);

	return internal ? libcurl->global_init(flags) : global_init(libcurl, flags);
}

DEFINE_FOR_EACH_LIBCURL(interpose_global_init, global_init, CURLcode, (long flags), flags)

static CURLcode global_init_mem(const struct libcurl *libcurl, long flags,
				curl_malloc_callback allocate, curl_free_callback release,
				curl_realloc_callback resize, curl_strdup_callback duplicate,
				curl_calloc_callback clear)
{
	process_is_inert();
	return libcurl ? libcurl->global_init_mem(flags, allocate, release, resize, duplicate,
						  clear) :
			 CURLE_FAILED_INIT;
}

EXPORT CURLcode curl_global_init_mem(long flags, curl_malloc_callback allocate,
				     curl_free_callback release, curl_realloc_callback resize,
				     curl_strdup_callback duplicate, curl_calloc_callback clear)
{
	bool internal;
	const struct libcurl *libcurl = libcurl_of_caller(__builtin_return_address(0), &internal);

	if (internal)
		return libcurl->global_init_mem(flags, allocate, release, resize, duplicate, clear);
	return global_init_mem(libcurl, flags, allocate, release, resize, duplicate, clear);
}

DEFINE_FOR_EACH_LIBCURL(interpose_global_init_mem, global_init_mem, CURLcode,
			(long flags, curl_malloc_callback allocate, curl_free_callback release,
			 curl_realloc_callback resize, curl_strdup_callback duplicate,
			 curl_calloc_callback clear),
			flags, allocate, release, resize, duplicate, clear)

static CURL *easy_init(const struct libcurl *libcurl)
{
	CURL *easy;

	/*
	 * Now, before the program closes or opens more: what is standard error is remembered with
	 * it.
	 */
	process_is_inert();
	easy = libcurl ? libcurl->easy_init() : NULL;

	if (easy)
		handle_add(easy, libcurl);
	return easy;
}

EXPORT CURL *curl_easy_init(void)
{
	bool internal;
	const struct libcurl *libcurl = libcurl_of_caller(__builtin_return_address(0), &internal);

	return internal ? libcurl->easy_init() : easy_init(libcurl);
}

DEFINE_FOR_EACH_LIBCURL(interpose_easy_init, easy_init, void *, (void))

EXPORT CURL *curl_easy_duphandle(CURL *easy)
{
	struct handle *handle = handle_of(easy);
	const struct libcurl *libcurl;
	CURL *copy;

	if (!handle) {
		mime_note_duplication(NULL);
		libcurl = behind(__builtin_return_address(0));
		return libcurl ? libcurl->easy_duphandle(easy) : NULL;
	}
	mime_note_duplication(&handle->program);
	copy = handle->program.libcurl->easy_duphandle(easy);
	if (copy)
		handle_duplicate(copy, handle);
	return copy;
}

EXPORT void curl_easy_reset(CURL *easy)
{
	struct handle *handle = handle_of(easy);
	const struct libcurl *libcurl =
		handle ? handle->program.libcurl : behind(__builtin_return_address(0));

	if (libcurl)
		libcurl->easy_reset(easy);
	if (handle)
		handle_reset(handle);
}

EXPORT void curl_easy_cleanup(CURL *easy)
{
	struct handle *handle = handle_of(easy);
	const struct libcurl *libcurl =
		handle ? handle->program.libcurl : behind(__builtin_return_address(0));

	if (handle) {
		multi_leave(handle);
		/* libcurl may call back from there, when it closes connections. */
		uninstall(handle, easy);
		handle_drop(easy);
	}
	if (libcurl)
		libcurl->easy_cleanup(easy);
}

EXPORT CURLcode curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
	struct handle *handle = handle_of(easy);
	const struct libcurl *libcurl;
	curl_word value;
	va_list arguments;

	va_start(arguments, option);
	value = va_arg(arguments, curl_word);
	va_end(arguments);
	if (handle)
		return handle_setopt(handle, option, value);
	libcurl = behind(__builtin_return_address(0));
	return libcurl ? libcurl->easy_setopt(easy, option, value) : CURLE_FAILED_INIT;
}

EXPORT CURLcode curl_easy_getinfo(CURL *easy, CURLINFO info, ...)
{
	struct handle *handle = handle_of(easy);
	const struct libcurl *libcurl;
	va_list arguments;
	void *out;

	va_start(arguments, info);
	out = va_arg(arguments, void *);
	va_end(arguments);
	if (handle && handle_getinfo(handle, info, out))
		return CURLE_OK;
	libcurl = handle ? handle->program.libcurl : behind(__builtin_return_address(0));
	return libcurl ? libcurl->easy_getinfo(easy, info, out) : CURLE_FAILED_INIT;
}

EXPORT CURLHcode curl_easy_header(CURL *easy, const char *name, size_t index, unsigned int origin,
				  int request, struct curl_header **out)
{
	struct handle *handle = handle_of(easy);
	const struct libcurl *libcurl =
		handle ? handle->program.libcurl : behind(__builtin_return_address(0));

	if (!libcurl || !libcurl->easy_header)
		return CURLHE_NOT_BUILT_IN;
	if (handle && resume_is_told(&handle->resume))
		return headers_get(&handle->resume.headers, name, index, origin, request,
				   out);
	return libcurl->easy_header(easy, name, index, origin, request, out);
}

EXPORT struct curl_header *curl_easy_nextheader(CURL *easy, unsigned int origin, int request,
						struct curl_header *previous)
{
	struct handle *handle = handle_of(easy);
	const struct libcurl *libcurl =
		handle ? handle->program.libcurl : behind(__builtin_return_address(0));

	if (!libcurl || !libcurl->easy_nextheader)
		return NULL;
	if (handle && resume_is_told(&handle->resume))
		return headers_next(&handle->resume.headers, origin, request, previous);
	return libcurl->easy_nextheader(easy, origin, request, previous);
}

EXPORT CURLcode curl_easy_pause(CURL *easy, int bitmask)
{
	struct handle *handle = handle_of(easy);
	const struct libcurl *libcurl =
		handle ? handle->program.libcurl : behind(__builtin_return_address(0));
	int held_back;

	if (!handle)
		return libcurl ? libcurl->easy_pause(easy, bitmask) : CURLE_FAILED_INIT;
	if (transfer_pause(handle, bitmask)) {
		multi_wake(handle);
		return CURLE_OK;
	}
	held_back = bitmask | injection_pauses(handle);
	return transfer_paused(handle, bitmask,
			       handle->member.of ? multi_pause(handle, held_back) :
						      libcurl->easy_pause(easy, held_back));
}

EXPORT CURLcode curl_easy_perform(CURL *easy)
{
	struct handle *handle = handle_of(easy);
	const struct libcurl *libcurl;

	if (handle)
		return easy_perform(handle);
	libcurl = behind(__builtin_return_address(0));
	return libcurl ? libcurl->easy_perform(easy) : CURLE_FAILED_INIT;
}

EXPORT CURLcode curl_mime_data_cb(curl_mimepart *part, curl_off_t size, curl_read_callback read,
				  curl_seek_callback seek, curl_free_callback release, void *user)
{
	bool internal;
	const struct libcurl *libcurl = libcurl_of_caller(__builtin_return_address(0), &internal);

	if (!libcurl)
		return CURLE_FAILED_INIT;
	/* libcurl's own call: the copy of a part, or an old form's. */
	if (internal)
		return libcurl->mime_data_cb(part, size, read, seek, release, user);
	return mime_data_cb(libcurl, part, size, read, seek, release, user);
}

EXPORT CURLcode curl_mime_filedata(curl_mimepart *part, const char *file)
{
	const struct libcurl *libcurl = behind(__builtin_return_address(0));

	return libcurl ? mime_filedata(libcurl, part, file) : CURLE_FAILED_INIT;
}

/* Whatever the type of its value, it is one word. */
static CURLSHcode share_setopt(const struct libcurl *libcurl, CURLSH *share, CURLSHoption option,
			       curl_word value)
{
	if (option == CURLSHOPT_LOCKFUNC && value)
		cookies_note_lock();
	return libcurl ? libcurl->share_setopt(share, option, value) : CURLSHE_BAD_OPTION;
}

EXPORT CURLSHcode curl_share_setopt(CURLSH *share, CURLSHoption option, ...)
{
	curl_word value;
	va_list arguments;

	va_start(arguments, option);
	value = va_arg(arguments, curl_word);
	va_end(arguments);
	return share_setopt(behind(__builtin_return_address(0)), share, option, value);
}

DEFINE_FOR_EACH_LIBCURL(interpose_share_setopt, share_setopt, CURLSHcode,
			(CURLSH *share, CURLSHoption option, curl_word value), share, option, value)
