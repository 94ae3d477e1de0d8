/* SPDX-License-Identifier: MIT */
#include "refusals.h"

#include "transfer/handle.h"

static int on_resolve(void *state, void *reserved, void *user)
{
	struct handle *handle = user;
	const struct options *set = &handle->set;
	int result = 0;

	if (set->resolver_start_function)
		result = set->resolver_start_function(state, reserved, set->resolver_start_data);
	handle->transfer.refusals.name |= result != 0;
	return result;
}

static curl_socket_t on_open(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct handle *handle = user;
	const struct options *set = &handle->set;
	struct refusals *refusals = &handle->transfer.refusals;
	curl_socket_t opened = CURL_SOCKET_BAD;

	if (set->open_socket_function)
		opened = set->open_socket_function(set->open_socket_data, purpose, address);
	if (opened == CURL_SOCKET_BAD)
		refusals->address = true;
	else
		refusals->address_taken = true;
	return opened;
}

void refusals_arm(struct handle *handle)
{
	const struct libcurl *libcurl = handle->libcurl;
	const struct options *set = &handle->set;

	if (!set->resolver_start_function && !set->open_socket_function)
		return;
	if (set->resolver_start_function) {
		libcurl->easy_setopt(handle->easy, CURLOPT_RESOLVER_START_FUNCTION, on_resolve);
		libcurl->easy_setopt(handle->easy, CURLOPT_RESOLVER_START_DATA, handle);
	}
	if (set->open_socket_function) {
		libcurl->easy_setopt(handle->easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
		libcurl->easy_setopt(handle->easy, CURLOPT_OPENSOCKETDATA, handle);
	}
	handle->ours |= OURS_REFUSALS;
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
