/* SPDX-License-Identifier: MIT */
#include "resume.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/ascii.h"
#include "config/parse.h"
#include "process/process.h"
#include "program/fields.h"
#include "program/target.h"

/* INTERFACE: so much progress, and the attempts count from 1 again. */
#define PROGRESS_BYTES (64 * 1024)

struct text {
	const char *start;
	size_t length;
};

/* A field of the last block that is held; blanks around its value are cut. */
static bool find(const struct resume *resume, const char *name, struct text *value)
{
	if (!answer_field(resume->answer, name, &value->start, &value->length))
		return false;
	while (value->length && (value->start[0] == ' ' || value->start[0] == '\t')) {
		value->start++;
		value->length--;
	}
	while (value->length && (value->start[value->length - 1] == ' ' ||
				 value->start[value->length - 1] == '\t'))
		value->length--;
	return true;
}

/*
 * Whether a field that a continuation goes by stands twice, with two values: then the server, or
 * what lies between, is not to be trusted (RFC 9110 §5.3).
 */
static bool contradicts_itself(const struct resume *resume)
{
	static const char *const names[] = {
		"ETag",		  "Last-Modified", "Date",	       "Content-Range",
		"Content-Length", "Accept-Ranges", "Content-Encoding", "Transfer-Encoding",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (answer_field_differs(resume->answer, names[i]))
			return true;
	}
	return false;
}

static bool has_own_range_field(const struct curl_slist *fields)
{
	return fields_find(fields, "Range") != FIELD_NONE ||
	       fields_find(fields, "If-Range") != FIELD_NONE;
}

/* The program's own range, where it is one stretch from a byte on. */
static bool read_own_range(struct resume *resume, const struct options *set)
{
	resume->start = set->resume_from;
	resume->end = -1;
	if (!set->range)
		return set->resume_from >= 0;
	return set->resume_from == 0 && parse_range(&resume->start, &resume->end, set->range);
}

void resume_free(struct resume *resume)
{
	if (!resume->active)
		return;
	headers_free(&resume->headers);
	free(resume->content_type);
	free(resume->url);
	resume->content_type = NULL;
	resume->url = NULL;
	resume->active = false;
}

void resume_begin(struct resume *resume)
{
	const struct options *set = &resume->program->set;

	/* Until now the program may have asked for those of the last transfer. */
	resume_free(resume);
	resume->tally.bytes = 0;
	resume->counted = 0;
	resume->skip = 0;
	resume->ended = 0;
	resume->limit = -1;
	resume->own_field = false;
	/* With CURLOPT_HEADER, what the write callback gets is not the body alone. */
	resume->watched = resume->program->policy->resume && !set->header && !set->raw_transfer &&
			  read_own_range(resume, set);
	offset_begin(&resume->offset, resume->watched && resume->end < 0);
}

/* RFC 9110 §8.8.3: a weak ETag promises nothing about bytes. */
static bool read_etag(struct resume *resume, const struct text *etag)
{
	if (etag->length < 2 || etag->length >= sizeof(resume->validator) || etag->start[0] != '"')
		return false;
	memcpy(resume->validator, etag->start, etag->length);
	resume->validator[etag->length] = '\0';
	resume->by_date = false;
	return true;
}

/* RFC 9110 §8.8.2.2: strong only if the response was made at least a second later. */
static bool read_last_modified(struct resume *resume, const struct text *modified,
			       const struct text *date)
{
	time_t now = time(NULL);
	time_t modified_at;
	time_t made_at;

	if (modified->length >= sizeof(resume->validator) ||
	    !parse_http_date(&modified_at, modified->start, modified->length, now) ||
	    !parse_http_date(&made_at, date->start, date->length, now) || made_at - modified_at < 1)
		return false;
	memcpy(resume->validator, modified->start, modified->length);
	resume->validator[modified->length] = '\0';
	resume->by_date = true;
	return true;
}

static bool read_validator(struct resume *resume)
{
	struct text value;
	struct text date;

	if (find(resume, "ETag", &value))
		return read_etag(resume, &value);
	return find(resume, "Last-Modified", &value) && find(resume, "Date", &date) &&
	       read_last_modified(resume, &value, &date);
}

/* Whether libcurl decodes the body: the bytes that the program gets are not the server's then. */
static bool is_decoded(const struct resume *resume)
{
	struct text value;

	return resume->program->set.accept_encoding && find(resume, "Content-Encoding", &value);
}

/* What the body was encoded with (RFC 9110 §8.4), empty for nothing. */
static bool read_encoding(const struct resume *resume, char encoding[RESUME_ENCODING_MAX])
{
	struct text value;

	encoding[0] = '\0';
	if (!find(resume, "Content-Encoding", &value))
		return true;
	if (value.length >= RESUME_ENCODING_MAX)
		return false;
	memcpy(encoding, value.start, value.length);
	encoding[value.length] = '\0';
	return true;
}

static bool has_same_encoding(const struct resume *resume)
{
	char encoding[RESUME_ENCODING_MAX];

	return read_encoding(resume, encoding) &&
	       !strcmp(encoding, resume->encoding);
}

/* Several parts at once, with lines of their own between them (RFC 9110 §14.6). */
static bool is_multipart(const struct resume *resume)
{
	const char *type = NULL;

	resume->program->libcurl->easy_getinfo(resume->program->easy, CURLINFO_CONTENT_TYPE, &type);
	return type && ascii_begins(type, "multipart/byteranges");
}

/* The range that a 206 says it is: RFC 9110 §14.4. */
static bool find_content_range(const struct resume *resume, struct content_range *range)
{
	struct text value;

	return find(resume, "Content-Range", &value) && !is_multipart(resume) &&
	       parse_content_range(range, value.start, value.length);
}

/*
 * Whether the body's end is told by more than the connection's, which may have broken: by a length,
 * by its last chunk, or by HTTP/2's and HTTP/3's own frames (RFC 9112 §6.3, §8).
 */
static bool tells_its_end(const struct resume *resume)
{
	struct text value;
	long version = 0;

	resume->program->libcurl->easy_getinfo(resume->program->easy, CURLINFO_HTTP_VERSION,
					       &version);
	if (version >= CURL_HTTP_VERSION_2_0)
		return true;
	if (find(resume, "Transfer-Encoding", &value))
		return version == CURL_HTTP_VERSION_1_1 &&
		       parse_word("chunked", value.start, value.length);
	return find(resume, "Content-Length", &value);
}

/*
 * The program has written the range itself (CURLOPT_HTTPHEADER), and may have signed it: the same
 * request must do, so that the whole answer comes again and what is known of it is skipped.
 */
static bool reads_own_range(struct resume *resume)
{
	struct content_range *range = &resume->own;

	return resume->status == 206 && find_content_range(resume, range);
}

static bool reads_range(struct resume *resume)
{
	bool ranged = resume->program->set.range || resume->program->set.resume_from;
	struct content_range range = { .first = 0 };

	if (resume->own_field)
		return reads_own_range(resume);
	if (resume->status != (ranged ? 206 : 200))
		return false;
	return !ranged || (find_content_range(resume, &range) && range.first == resume->start);
}

/* Whether the first response is one that can be continued at all. */
static bool is_continuable(struct resume *resume)
{
	struct text value;
	int64_t length = -1;

	resume->status = resume->answer->status;
	if (contradicts_itself(resume) || !reads_range(resume) ||
	    !read_encoding(resume, resume->encoding))
		return false;
	if (find(resume, "Content-Length", &value) &&
	    !parse_length(&length, value.start, value.length))
		return false;
	resume->tally.total = length;
	resume->whole = length;
	if (is_decoded(resume) || !read_validator(resume))
		return false;
	if (!resume->by_date)
		return true;
	/* Then it will be the whole again, which a date does not vouch for. */
	return !resume->own_field && (!find(resume, "Accept-Ranges", &value) ||
				      !parse_word("none", value.start, value.length));
}

static bool learn_file(struct resume *resume)
{
	curl_off_t size = -1;
	bool may = offset_may(&resume->offset, resume->answer->status, &size);

	resume->tally.total = size;
	resume->whole = size;
	return may;
}

bool resume_may(struct resume *resume, const struct target *target)
{
	if (!resume->watched || strcmp(target->method, "GET"))
		return false;
	if (resume->active)
		return true;
	if (!target->http)
		return learn_file(resume);
	/* Read only now, when libcurl has read it too: elsewhere the program may have freed it. */
	resume->own_field = has_own_range_field(resume->program->set.http_header);
	if (resume->own_field && (resume->program->set.range || resume->program->set.resume_from))
		return false;
	return is_continuable(resume);
}

bool resume_has_progressed(struct resume *resume)
{
	if (resume->tally.bytes - resume->counted < PROGRESS_BYTES)
		return false;
	resume->counted = resume->tally.bytes;
	return true;
}

static void install_range(struct resume *resume)
{
	const struct libcurl *libcurl = resume->program->libcurl;

	snprintf(resume->if_range, sizeof(resume->if_range), "If-Range: %s", resume->validator);
	if (resume->end < 0)
		snprintf(resume->range, sizeof(resume->range), "%lld-",
			 (long long)(resume->start + resume->tally.bytes));
	else
		snprintf(resume->range, sizeof(resume->range), "%lld-%lld",
			 (long long)(resume->start + resume->tally.bytes), (long long)resume->end);
	/* An idempotency key stands there in a POST or PATCH only, and only a GET is continued. */
	assert(!(resume->program->ours & OURS_KEY));
	resume->list = (struct curl_slist){ resume->if_range, resume->program->set.http_header };
	libcurl->easy_setopt(resume->program->easy, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)0);
	libcurl->easy_setopt(resume->program->easy, CURLOPT_RANGE, resume->range);
	libcurl->easy_setopt(resume->program->easy, CURLOPT_HTTPHEADER, &resume->list);
}

/* A part need not repeat what the first response has said (RFC 9110 §15.3.7). */
static void keep_first(struct resume *resume)
{
	const struct libcurl *libcurl = resume->program->libcurl;
	char *type = NULL;
	char *url = NULL;

	libcurl->easy_getinfo(resume->program->easy, CURLINFO_CONTENT_TYPE, &type);
	resume->content_type = type ? strdup(type) : NULL;
	libcurl->easy_getinfo(resume->program->easy, CURLINFO_EFFECTIVE_URL, &url);
	resume->url = url ? strdup(url) : NULL;
	resume->file_time = -1;
	libcurl->easy_getinfo(resume->program->easy, CURLINFO_FILETIME_T, &resume->file_time);
	headers_keep(&resume->headers, resume->program);
}

void resume_install(struct resume *resume, CURLcode error)
{
	const struct options *set = &resume->program->set;

	if (!resume->active) {
		resume->error = error;
		snprintf(resume->message, sizeof(resume->message), "%s",
			 set->error_buffer ? set->error_buffer : "");
		keep_first(resume);
	}
	resume->active = true;
	resume->skip = 0;
	if (resume->own_field)
		return;
	resume->program->ours |= OURS_RANGE;
	if (resume->offset.possible)
		resume->skip = (curl_off_t)offset_install(&resume->offset,
							  resume->start + resume->tally.bytes);
	else
		install_range(resume);
}

/*
 * Whether the answer comes from where the first one came: a validator says nothing of another
 * resource (RFC 9110 §8.8.1). The query may differ: redirects to object stores are signed anew
 * each time.
 */
static bool has_same_url(const struct resume *resume)
{
	const char *first = resume->url;
	const char *url = NULL;
	size_t length;

	resume->program->libcurl->easy_getinfo(resume->program->easy, CURLINFO_EFFECTIVE_URL, &url);
	if (!first || !url)
		return false;
	length = strcspn(first, "?#");
	return strcspn(url, "?#") == length && !memcmp(url, first, length);
}

static bool has_same_validator(const struct resume *resume)
{
	struct text value;

	return find(resume, resume->by_date ? "Last-Modified" : "ETag", &value) &&
	       value.length == strlen(resume->validator) &&
	       !memcmp(value.start, resume->validator, value.length);
}

/* Where the first response did not say how long it is, the size of the whole must now be known. */
static bool learn_whole(struct resume *resume, const struct content_range *range)
{
	if (resume->whole >= 0)
		return true;
	if (range->size < 0)
		return false;
	resume->whole = range->size - resume->start;
	if (resume->end >= 0 && resume->end < range->size)
		resume->whole = resume->end + 1 - resume->start;
	return true;
}

/* Whether the response says no other length than LENGTH; -1: any will do. */
static bool has_length(const struct resume *resume, int64_t length)
{
	struct text value;
	int64_t said;

	return length < 0 || !find(resume, "Content-Length", &value) ||
	       (parse_length(&said, value.start, value.length) && said == length);
}

/* The part that was asked for: to the end that was promised. */
static bool is_the_rest(struct resume *resume, const struct content_range *range)
{
	int64_t end;

	if (!learn_whole(resume, range))
		return false;
	end = resume->start + resume->whole;
	return range->first == resume->start + resume->tally.bytes && range->last < end &&
	       (resume->end >= 0 || range->size < 0 || range->size == end);
}

/* The same answer once more, to the request that has the program's own range. */
static bool is_the_same_again(const struct resume *resume)
{
	struct content_range range = { .first = 0 };

	return resume->answer->status == 206 && has_length(resume, resume->whole) &&
	       find_content_range(resume, &range) && range.first == resume->own.first &&
	       range.last == resume->own.last && range.size == resume->own.size;
}

/* A server that ignores ranges: the whole again, if its end cannot be mistaken. */
static bool is_the_whole(const struct resume *resume)
{
	return !resume->by_date && resume->status == 200 && has_length(resume, resume->whole) &&
	       (resume->whole >= 0 || tells_its_end(resume));
}

static enum resume_answer skip_what_is_known(struct resume *resume)
{
	resume->skip = resume->tally.bytes;
	resume->limit = resume->whole;
	return RESUME_JOIN;
}

static enum resume_answer judge_part(struct resume *resume)
{
	struct content_range range;

	if (!find_content_range(resume, &range) || !is_the_rest(resume, &range) ||
	    !has_length(resume, range.last - range.first + 1))
		return RESUME_REFUSE;
	resume->limit = range.last + 1 - resume->start;
	return RESUME_JOIN;
}

enum resume_answer resume_judge(struct resume *resume)
{
	resume->limit = -1;
	if (resume->offset.possible)
		return offset_joins(&resume->offset, resume->answer->status,
				    resume->whole - resume->tally.bytes + resume->skip) ?
			       RESUME_JOIN :
			       RESUME_REFUSE;
	if (!has_same_url(resume) || contradicts_itself(resume) || is_decoded(resume) ||
	    !has_same_validator(resume) || !has_same_encoding(resume))
		return RESUME_REFUSE;
	if (resume->own_field)
		return is_the_same_again(resume) ? skip_what_is_known(resume) : RESUME_REFUSE;
	switch (resume->answer->status) {
	case 206:
		return judge_part(resume);
	case 200:
		return is_the_whole(resume) ? skip_what_is_known(resume) : RESUME_REFUSE;
	default:
		return RESUME_REFUSE;
	}
}

static bool exceeds(const struct resume *resume, size_t more)
{
	curl_off_t bytes = resume->tally.bytes;

	return (resume->whole >= 0 && (curl_off_t)more > resume->whole - bytes) ||
	       (resume->limit >= 0 && (curl_off_t)more > resume->limit - bytes);
}

size_t resume_known(const struct resume *resume, const char *data, size_t length)
{
	size_t known = (curl_off_t)length < resume->skip ? length : (size_t)resume->skip;

	if (known && resume->offset.possible &&
	    !offset_has(&resume->offset, data, known, (size_t)resume->skip))
		return RESUME_STRANGE;
	return exceeds(resume, length - known) ? RESUME_STRANGE : known;
}

void resume_skip(struct resume *resume, size_t length)
{
	resume->skip -= (curl_off_t)length;
}

bool resume_is_complete(struct resume *resume)
{
	return !resume->skip && resume->tally.bytes == resume->whole &&
	       offset_is_same(&resume->offset, resume->answer->status);
}

/*
 * Another response may well have the same status and length; hardly one takes the same time, to the
 * us.
 */
static void ask_libcurl(const struct resume *resume, long *status, curl_off_t *took)
{
	resume->program->libcurl->easy_getinfo(resume->program->easy, CURLINFO_RESPONSE_CODE,
					       status);
	resume->program->libcurl->easy_getinfo(resume->program->easy, CURLINFO_TOTAL_TIME_T, took);
}

void resume_end(struct resume *resume, bool joined)
{
	if (!resume->active)
		return;
	if (joined)
		headers_add_trailers(&resume->headers, resume->program);
	resume->ended = process_now();
	ask_libcurl(resume, &resume->real_status, &resume->real_took);
}

/* Since then, the handle may have been in a multi handle that we do not manage. */
static bool is_stale(const struct resume *resume)
{
	curl_off_t took = 0;
	long status = 0;

	if (!resume->ended)
		return false;
	ask_libcurl(resume, &status, &took);
	return status != resume->real_status || took != resume->real_took;
}

bool resume_is_told(const struct resume *resume)
{
	return resume->active && !is_stale(resume);
}

CURLcode resume_fail(const struct resume *resume)
{
	if (resume->program->set.error_buffer)
		memcpy(resume->program->set.error_buffer, resume->message, sizeof(resume->message));
	return resume->error;
}

static curl_off_t speed(const struct resume *resume)
{
	int64_t ended = resume->ended ? resume->ended : process_now();
	int64_t took = ended - resume->program->started;

	return resume->tally.bytes * 1000 / (took > 0 ? took : 1);
}

bool resume_getinfo(const struct resume *resume, CURLINFO info, void *out)
{
	if (offset_getinfo(&resume->offset, info, out))
		return true;
	if (!resume_is_told(resume))
		return false;
	switch (info) {
	case CURLINFO_RESPONSE_CODE:
		/* FTP's is the last reply's. */
		if (!resume->status)
			return false;
		*(long *)out = resume->status;
		return true;
	case CURLINFO_CONTENT_TYPE:
		*(char **)out = resume->content_type;
		return true;
	case CURLINFO_FILETIME:
		*(long *)out = (long)resume->file_time;
		return true;
	case CURLINFO_FILETIME_T:
		*(curl_off_t *)out = resume->file_time;
		return true;
	case CURLINFO_SIZE_DOWNLOAD:
		*(double *)out = (double)resume->tally.bytes;
		return true;
	case CURLINFO_SIZE_DOWNLOAD_T:
		*(curl_off_t *)out = resume->tally.bytes;
		return true;
	case CURLINFO_CONTENT_LENGTH_DOWNLOAD:
		*(double *)out = (double)resume->tally.total;
		return true;
	case CURLINFO_CONTENT_LENGTH_DOWNLOAD_T:
		*(curl_off_t *)out = resume->tally.total;
		return true;
	case CURLINFO_SPEED_DOWNLOAD:
		*(double *)out = (double)speed(resume);
		return true;
	case CURLINFO_SPEED_DOWNLOAD_T:
		*(curl_off_t *)out = speed(resume);
		return true;
	default:
		return false;
	}
}
