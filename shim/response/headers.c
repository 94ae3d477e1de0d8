/* SPDX-License-Identifier: MIT */
#include "headers.h"

#include <stdlib.h>
#include <string.h>

#include "config/ascii.h"
#include "config/buffer.h"

#define ALL_ORIGINS (CURLH_HEADER | CURLH_TRAILER | CURLH_CONNECT | CURLH_1XX | CURLH_PSEUDO)
/* libcurl sets it in each struct it returns, so that nobody compares origins by ==. */
#define RESERVED_ORIGIN (1U << 27)

struct header {
	char *name;		/* owned; the value lies behind it */
	char *value;
	unsigned origin;
	int request;
};

enum { FOUND, FOUND_NEXT };

static bool copy(struct header *header, const struct curl_header *from, int request)
{
	size_t name = strlen(from->name) + 1;
	size_t value = strlen(from->value) + 1;

	header->name = malloc(name + value);
	if (!header->name)
		return false;
	header->value = header->name + name;
	memcpy(header->name, from->name, name);
	memcpy(header->value, from->value, value);
	header->origin = from->origin & ALL_ORIGINS;
	header->request = request;
	return true;
}

static bool add(struct headers *headers, const struct curl_header *from, int request)
{
	struct header *list =
		buffer_grow(headers->list, &headers->size, headers->count + 1, 32, sizeof(*list));

	if (!list)
		return false;
	headers->list = list;
	if (!copy(&headers->list[headers->count], from, request))
		return false;
	headers->count++;
	return true;
}

/* FROM is libcurl's number of the request, -1 for the last; TO is ours. */
static void add_all(struct headers *headers, const struct program *program, unsigned origin,
		    int from, int to)
{
	const struct libcurl *libcurl = program->libcurl;
	struct curl_header *each = NULL;

	while ((each = libcurl->easy_nextheader(program->easy, origin, from, each))) {
		if (!add(headers, each, to))
			headers->lost = true;
	}
}

static bool libcurl_can(const struct libcurl *libcurl)
{
	return libcurl->easy_header && libcurl->easy_nextheader;
}

static bool has_request(const struct program *program, int request)
{
	struct curl_header *found;
	CURLHcode code =
		program->libcurl->easy_header(program->easy, "", 0, ALL_ORIGINS, request, &found);

	return code == CURLHE_OK || code == CURLHE_MISSING;
}

void headers_keep(struct headers *headers, const struct program *program)
{
	headers_free(headers);
	if (!libcurl_can(program->libcurl))
		return;
	for (int request = 0; has_request(program, request); request++) {
		add_all(headers, program, ALL_ORIGINS, request, request);
		headers->requests = request;
	}
}

void headers_add_trailers(struct headers *headers, const struct program *program)
{
	if (libcurl_can(program->libcurl))
		add_all(headers, program, CURLH_TRAILER, -1, headers->requests);
}

/* As libcurl counts: among those of one name in one request, of these origins. */
static void describe(const struct headers *headers, size_t at, unsigned origin,
		     struct curl_header *out)
{
	const struct header *header = &headers->list[at];

	*out = (struct curl_header){
		.name = header->name,
		.value = header->value,
		.origin = header->origin | RESERVED_ORIGIN,
		.anchor = &headers->list[at],
	};
	for (size_t i = 0; i < headers->count; i++) {
		const struct header *each = &headers->list[i];

		if (i == at)
			out->index = out->amount;
		if (each->request == header->request && (each->origin & origin) &&
		    ascii_equals(each->name, header->name))
			out->amount++;
	}
}

static bool is_wanted(const struct header *header, unsigned origin, int request)
{
	return (header->origin & origin) && header->request == request;
}

CURLHcode headers_get(struct headers *headers, const char *name, size_t index, unsigned origin,
		      int request, struct curl_header **out)
{
	size_t amount = 0;

	if (!name || !out || !origin || origin > ALL_ORIGINS || request < -1)
		return CURLHE_BAD_ARGUMENT;
	if (headers->lost)
		return CURLHE_OUT_OF_MEMORY;
	if (!headers->count)
		return CURLHE_NOHEADERS;
	if (request > headers->requests)
		return CURLHE_NOREQUEST;
	if (request == -1)
		request = headers->requests;
	for (size_t i = 0; i < headers->count; i++) {
		if (!is_wanted(&headers->list[i], origin, request) ||
		    !ascii_equals(headers->list[i].name, name) || amount++ != index)
			continue;
		describe(headers, i, origin, &headers->found[FOUND]);
		*out = &headers->found[FOUND];
		return CURLHE_OK;
	}
	return amount ? CURLHE_BADINDEX : CURLHE_MISSING;
}

struct curl_header *headers_next(struct headers *headers, unsigned origin, int request,
				 struct curl_header *previous)
{
	size_t at = 0;

	if (headers->lost)
		return NULL;
	if (previous) {
		at = (size_t)((struct header *)previous->anchor - headers->list) + 1;
		/* Of another transfer. */
		if (at > headers->count)
			return NULL;
	}
	if (request == -1)
		request = headers->requests;
	for (; at < headers->count; at++) {
		if (!is_wanted(&headers->list[at], origin, request))
			continue;
		describe(headers, at, origin, &headers->found[FOUND_NEXT]);
		return &headers->found[FOUND_NEXT];
	}
	return NULL;
}

void headers_free(struct headers *headers)
{
	for (size_t i = 0; i < headers->count; i++)
		free(headers->list[i].name);
	free(headers->list);
	*headers = (struct headers){ 0 };
}
