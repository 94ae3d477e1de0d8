/* SPDX-License-Identifier: MIT */
#include "fake.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HANDLES_MAX 8
#define CHUNK 16384

struct fake_multi {
	struct fake *handles[HANDLES_MAX];
};

static unsigned calls_left, allocations_left;
static bool failed;

static bool counts_down(unsigned *left)
{
	if (!*left || --*left)
		return false;
	failed = true;
	return true;
}

void fake_fail_call(unsigned number)
{
	calls_left = number;
	failed = false;
}

void fake_fail_allocation(unsigned number)
{
	allocations_left = number;
	failed = false;
}

bool fake_has_failed(void)
{
	return failed;
}

/* --- allocations of ours: the test is linked with --wrap --- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size)
{
	return counts_down(&allocations_left) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return counts_down(&allocations_left) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return counts_down(&allocations_left) ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
	return counts_down(&allocations_left) ? NULL : __real_strdup(text);
}

/* --- an attempt --- */

unsigned char fake_byte(size_t place)
{
	return (unsigned char)(place * 31 + place / 251);
}

static void begin(struct fake *fake)
{
	fake->attempts++;
	fake->at = fake->script(fake, fake->user);
	fake->in_block = true;
	fake->status = 0;
	fake->length = -1;
	fake->told = true;
}

static void end(struct fake *fake, CURLcode code)
{
	fake->at = NULL;
	fake->code = code;
	fake->message = (CURLMsg){ .msg = CURLMSG_DONE, .easy_handle = fake };
	fake->message.data.result = code;
	fake->told = false;
}

static bool write_to(struct fake *fake, curl_write_callback function, void *data, char *bytes,
		     size_t length)
{
	size_t taken = function(bytes, 1, length, data);

	for (int i = 0; taken == CURL_WRITEFUNC_PAUSE && i < 3; i++) {
		fake->on_pause(fake);
		taken = function(bytes, 1, length, data);
	}
	return taken == length;
}

static bool give_header(struct fake *fake, const char *line, size_t length)
{
	char text[512];
	int n = snprintf(text, sizeof(text), "%.*s\r\n", (int)length, line);

	if (!strncmp(text, "HTTP/", 5)) {
		fake->status = strtol(strchr(text, ' '), NULL, 10);
		fake->length = -1;
	}
	if (!strncmp(text, "Content-Length:", 15))
		fake->length = strtol(text + 15, NULL, 10);
	return !fake->header_function ||
	       write_to(fake, fake->header_function, fake->header_data, text, (size_t)n);
}

static bool give_body(struct fake *fake, const char *line)
{
	static char bytes[CHUNK];
	char *rest;
	size_t at = strtoul(line, &rest, 10);
	size_t end_of = at + strtoul(rest + 1, NULL, 10);

	while (at < end_of) {
		size_t length = 0;

		for (; length < CHUNK && at + length < end_of; length++)
			bytes[length] = (char)fake_byte(at + length);
		if (!write_to(fake, fake->write_function, fake->write_data, bytes, length))
			return false;
		at += length;
	}
	return true;
}

static bool is_aborted(const struct fake *fake)
{
	return !fake->noprogress && fake->progress_function &&
	       fake->progress_function(fake->progress_data, 0, 0, 0, 0) != 0;
}

/* One event. */
static void step(struct fake *fake)
{
	const char *line = fake->at;
	size_t length = strcspn(line, "\n");
	bool taken = true;

	fake->at += length + (line[length] == '\n');
	if (is_aborted(fake)) {
		end(fake, CURLE_ABORTED_BY_CALLBACK);
	} else if (*line == '!') {
		end(fake, (CURLcode)strtol(line + 1, NULL, 10));
	} else if (fake->in_block || !strncmp(line, "HTTP/", 5)) {
		fake->in_block = length > 0;
		taken = give_header(fake, line, length);
	} else if (length) {
		taken = give_body(fake, line);
	} else {
		end(fake, CURLE_OK);
	}
	if (!taken)
		end(fake, CURLE_WRITE_ERROR);
	else if (fake->at && !*fake->at && !fake->in_block)
		end(fake, CURLE_OK);
}

/* --- the easy interface --- */

struct fake *fake_new(fake_script script, void *user)
{
	struct fake *fake = __real_calloc(1, sizeof(*fake));

	fake->script = script;
	fake->user = user;
	fake->noprogress = 1;
	fake->told = true;
	return fake;
}

void fake_free(struct fake *fake)
{
	free(fake->range);
	free(fake);
}

static CURLcode easy_setopt(CURL *easy, CURLoption option, ...)
{
	struct fake *fake = easy;
	va_list arguments;
	curl_word value;

	va_start(arguments, option);
	value = va_arg(arguments, curl_word);
	va_end(arguments);
	/* Only what libcurl copies can fail. */
	if (option == CURLOPT_RANGE && value && counts_down(&calls_left))
		return CURLE_OUT_OF_MEMORY;
	switch ((int)option) {
	case CURLOPT_HEADERFUNCTION:
		fake->header_function = (curl_write_callback)value;
		break;
	case CURLOPT_HEADERDATA:
		fake->header_data = value;
		break;
	case CURLOPT_WRITEFUNCTION:
		fake->write_function = (curl_write_callback)value;
		break;
	case CURLOPT_WRITEDATA:
		fake->write_data = value;
		break;
	case CURLOPT_XFERINFOFUNCTION:
		fake->progress_function = (curl_xferinfo_callback)value;
		break;
	case CURLOPT_XFERINFODATA:
		fake->progress_data = value;
		break;
	case CURLOPT_NOPROGRESS:
		fake->noprogress = (long)value;
		break;
	case CURLOPT_RANGE:
		free(fake->range);
		fake->range = value ? __real_strdup(value) : NULL;
		break;
	case CURLOPT_HTTPHEADER:
		fake->http_header = value;
		break;
	}
	return CURLE_OK;
}

static CURLcode easy_getinfo(CURL *easy, CURLINFO info, ...)
{
	struct fake *fake = easy;
	va_list arguments;
	void *out;

	va_start(arguments, info);
	out = va_arg(arguments, void *);
	va_end(arguments);
	if (counts_down(&calls_left))
		return CURLE_OUT_OF_MEMORY;
	switch ((int)info) {
	case CURLINFO_RESPONSE_CODE:
		*(long *)out = fake->status;
		break;
	case CURLINFO_EFFECTIVE_URL:
		*(const char **)out = "http://fake.test/file";
		break;
	case CURLINFO_EFFECTIVE_METHOD:
		*(const char **)out = "GET";
		break;
	case CURLINFO_SCHEME:
		*(const char **)out = "http";
		break;
	case CURLINFO_HTTP_VERSION:
		*(long *)out = CURL_HTTP_VERSION_1_1;
		break;
	case CURLINFO_REQUEST_SIZE:
		*(long *)out = fake->status ? 100 : 0;
		break;
	case CURLINFO_CONTENT_LENGTH_DOWNLOAD_T:
		*(curl_off_t *)out = fake->length;
		break;
	default:
		return CURLE_UNKNOWN_OPTION;
	}
	return CURLE_OK;
}

static CURLcode easy_perform(CURL *easy)
{
	struct fake *fake = easy;

	if (counts_down(&calls_left))
		return CURLE_OUT_OF_MEMORY;
	begin(fake);
	while (fake->at)
		step(fake);
	fake->told = true;
	return fake->code;
}

static CURLcode easy_pause(CURL *easy, int bitmask)
{
	(void)easy;
	(void)bitmask;
	return counts_down(&calls_left) ? CURLE_OUT_OF_MEMORY : CURLE_OK;
}

/* --- the multi interface --- */

CURLM *fake_multi_new(void)
{
	return __real_calloc(1, sizeof(struct fake_multi));
}

void fake_multi_free(CURLM *multi)
{
	free(multi);
}

static CURLMcode put(CURLM *multi, const struct fake *old, struct fake *fake)
{
	struct fake_multi *all = multi;

	for (size_t i = 0; i < HANDLES_MAX; i++) {
		if (all->handles[i] == old) {
			all->handles[i] = fake;
			return CURLM_OK;
		}
	}
	return CURLM_BAD_EASY_HANDLE;
}

static CURLMcode multi_add_handle(CURLM *multi, CURL *easy)
{
	struct fake *fake = easy;

	if (counts_down(&calls_left))
		return CURLM_OUT_OF_MEMORY;
	if (fake->multi)
		return CURLM_ADDED_ALREADY;
	fake->multi = multi;
	begin(fake);
	return put(multi, NULL, fake);
}

static CURLMcode multi_remove_handle(CURLM *multi, CURL *easy)
{
	struct fake *fake = easy;

	if (fake->multi != multi)
		return CURLM_BAD_EASY_HANDLE;
	fake->multi = NULL;
	fake->at = NULL;
	return put(multi, fake, NULL);
}

static CURLMcode multi_perform(CURLM *multi, int *running)
{
	const struct fake_multi *all = multi;

	if (counts_down(&calls_left))
		return CURLM_OUT_OF_MEMORY;
	*running = 0;
	for (size_t i = 0; i < HANDLES_MAX; i++) {
		if (all->handles[i] && all->handles[i]->at)
			step(all->handles[i]);
		*running += all->handles[i] && all->handles[i]->at;
	}
	return CURLM_OK;
}

static CURLMsg *multi_info_read(CURLM *multi, int *left)
{
	const struct fake_multi *all = multi;

	*left = 0;
	for (size_t i = 0; i < HANDLES_MAX; i++) {
		if (all->handles[i] && !all->handles[i]->told) {
			all->handles[i]->told = true;
			return &all->handles[i]->message;
		}
	}
	return NULL;
}

static CURLMcode multi_poll(CURLM *multi, struct curl_waitfd *fds, unsigned count, int ms,
			    int *ready)
{
	(void)multi;
	(void)fds;
	(void)count;
	(void)ms;
	if (ready)
		*ready = 0;
	return counts_down(&calls_left) ? CURLM_OUT_OF_MEMORY : CURLM_OK;
}

static CURLMcode multi_cleanup(CURLM *multi)
{
	(void)multi;
	return CURLM_OK;
}

const struct libcurl fake_libcurl = {
	.easy_setopt = easy_setopt,
	.easy_getinfo = easy_getinfo,
	.easy_perform = easy_perform,
	.easy_pause = easy_pause,
	.multi_add_handle = multi_add_handle,
	.multi_remove_handle = multi_remove_handle,
	.multi_perform = multi_perform,
	.multi_info_read = multi_info_read,
	.multi_poll = multi_poll,
	.multi_cleanup = multi_cleanup,
};
