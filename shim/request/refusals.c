/* SPDX-License-Identifier: MIT */
#include "refusals.h"

static int on_resolve(void *state, void *reserved, void *user)
{
	struct refusals *refusals = user;
	const struct options *set = &refusals->program->set;
	int result = 0;

	if (set->resolver_start_function)
		result = set->resolver_start_function(state, reserved, set->resolver_start_data);
	refusals->name |= result != 0;
	return result;
}

static curl_socket_t on_open(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct refusals *refusals = user;
	const struct options *set = &refusals->program->set;
	curl_socket_t opened = CURL_SOCKET_BAD;

	if (set->open_socket_function)
		opened = set->open_socket_function(set->open_socket_data, purpose, address);
	if (opened == CURL_SOCKET_BAD)
		refusals->address = true;
	else
		refusals->address_taken = true;
	return opened;
}

void refusals_arm(struct refusals *refusals)
{
	struct program *program = refusals->program;
	const struct libcurl *libcurl = program->libcurl;
	const struct options *set = &program->set;

	if (!set->resolver_start_function && !set->open_socket_function)
		return;
	if (set->resolver_start_function) {
		libcurl->easy_setopt(program->easy, CURLOPT_RESOLVER_START_FUNCTION, on_resolve);
		libcurl->easy_setopt(program->easy, CURLOPT_RESOLVER_START_DATA, refusals);
	}
	if (set->open_socket_function) {
		libcurl->easy_setopt(program->easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
		libcurl->easy_setopt(program->easy, CURLOPT_OPENSOCKETDATA, refusals);
	}
	program->ours |= OURS_REFUSALS;
}

void refusals_begin(struct refusals *refusals)
{
	*refusals = (struct refusals){ .program = refusals->program };
}

bool refusals_explain(const struct refusals *refusals, CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return refusals->name;
	case CURLE_COULDNT_CONNECT:
		return refusals->address && !refusals->address_taken;
	default:
		return false;
	}
}
