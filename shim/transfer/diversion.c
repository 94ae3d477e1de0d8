/* SPDX-License-Identifier: MIT */
/* What programs still use. */
#define CURL_DISABLE_DEPRECATION

#include "diversion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "config/url.h"
#include "install.h"
#include "program/target.h"

/* A name that does not resolve (RFC 2606 §2). */
#define NOWHERE "curlretry.invalid"

/* A decoy does not speak TLS. */
bool diversion_needs_plain_url(const struct options *set)
{
	return target_is_encrypted(set->scheme) || set->hsts || set->hsts_read_function ||
	       set->shared;
}

/* A written answer as a small server would give it. */
static size_t write_answer(const struct fault *fault, char *answer, size_t size)
{
	char body[64], wait[48] = "";
	int length = snprintf(body, sizeof(body), "curlretry: %d, a fault on purpose\n",
			      fault->status);

	if (fault->amount >= 0)
		snprintf(wait, sizeof(wait), "Retry-After: %lld\r\n",
			 (long long)(fault->amount / 1000));
	return (size_t)snprintf(answer, size,
				"HTTP/1.1 %d Injected\r\nContent-Type: text/plain\r\n"
				"Content-Length: %d\r\n%sConnection: close\r\n\r\n%s",
				fault->status, length, wait, body);
}

/* RFC 8446 §6: the record of a fatal handshake_failure. */
static const char tls_alert[] = { 0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x28 };

static curl_socket_t on_open(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct injection *injection = user;
	char answer[320];

	(void)purpose;
	if (!injection->decoy.listens)
		return socket(address->family, address->socktype | SOCK_CLOEXEC,
			      address->protocol);
	if (injection->fault->kind == FAULT_TLS)
		return decoy_connect(&injection->decoy, tls_alert, sizeof(tls_alert));
	return decoy_connect(&injection->decoy, answer,
			     write_answer(injection->fault, answer, sizeof(answer)));
}

static int on_resolve(void *state, void *reserved, void *user)
{
	struct injection *injection = user;

	(void)state;
	(void)reserved;
	if (injection->fault->kind != FAULT_DNS)
		return 0;
	/* libcurl 8.23 calls it CURLE_ABORTED_BY_CALLBACK. */
	injection->ended = CURLE_COULDNT_RESOLVE_HOST;
	return 1;
}

/* Over a connection of its own, past what would lead elsewhere. */
static void divert(struct handle *handle)
{
	struct injection *injection = &handle->injection;
	struct program *program = &handle->program;

	injection->connect_to = (struct curl_slist){ .data = injection->place };
	program_set_pointer(program, CURLOPT_CONNECT_TO, &injection->connect_to);
	program_set_pointer(program, CURLOPT_PROXY, "");
	program_set_pointer(program, CURLOPT_PRE_PROXY, NULL);
	program_set_pointer(program, CURLOPT_INTERFACE, NULL);
	program_set_long(program, CURLOPT_LOCALPORT, 0);
	program_set_long(program, CURLOPT_IPRESOLVE, CURL_IPRESOLVE_WHATEVER);
	program_set_long(program, CURLOPT_FRESH_CONNECT, 1);
	program_set_long(program, CURLOPT_FORBID_REUSE, 1);
	program_set_pointer(program, CURLOPT_SOCKOPTFUNCTION, NULL);
	program_set_pointer(program, CURLOPT_CLOSESOCKETFUNCTION, NULL);
	program->libcurl->easy_setopt(program->easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	program_set_pointer(program, CURLOPT_OPENSOCKETDATA, injection);
	program->libcurl->easy_setopt(program->easy, CURLOPT_RESOLVER_START_FUNCTION, on_resolve);
	program_set_pointer(program, CURLOPT_RESOLVER_START_DATA, injection);
	program->ours |= OURS_FAULT;
}

static void allow_http(const struct program *program)
{
	if (program->set.protocol_names)
		program_set_pointer(program, CURLOPT_PROTOCOLS_BY_NAME, "all");
	else if (program->set.protocols)
		program_set_long(program, CURLOPT_PROTOCOLS, CURLPROTO_ALL);
}

static void restore_protocols(const struct program *program, CURL *easy)
{
	const struct options *set = &program->set;

	if (set->protocol_names)
		program->libcurl->easy_setopt(easy, CURLOPT_PROTOCOLS_BY_NAME, set->protocol_names);
	else if (set->protocols)
		program->libcurl->easy_setopt(easy, CURLOPT_PROTOCOLS, set->protocols);
}

/* The same path on the decoy itself. False: no memory. */
static bool swap_url(struct handle *handle)
{
	struct injection *injection = &handle->injection;
	struct program *program = &handle->program;
	struct url parts;
	char *plain;

	url_split(&parts, injection->url);
	plain = malloc(sizeof("http://" DIVERSION_HOST) + strlen(parts.end));
	if (!plain)
		return false;
	sprintf(plain, "http://" DIVERSION_HOST "%s", parts.end);
	allow_http(program);
	program_set_pointer(program, CURLOPT_CURLU, NULL);
	program_set_pointer(program, CURLOPT_URL, plain);
	free(plain);
	program->shown_url = injection->url;
	program->ours |= OURS_URL;
	injection->swapped = true;
	return true;
}

bool diversion_begin(struct handle *handle)
{
	struct injection *injection = &handle->injection;
	struct program *program = &handle->program;
	enum fault_kind kind = injection->fault->kind;
	bool encrypted = target_is_encrypted(program->set.scheme);
	bool listens = kind == FAULT_STATUS || (kind == FAULT_TLS && encrypted);

	if (kind == FAULT_DNS) {
		strcpy(injection->place, "::" NOWHERE ":1");
	} else {
		if (!decoy_open(&injection->decoy, listens))
			return false;
		snprintf(injection->place, sizeof(injection->place), "::" DIVERSION_HOST ":%d",
			 injection->decoy.port);
	}
	if (kind == FAULT_STATUS && diversion_needs_plain_url(&program->set) && !swap_url(handle)) {
		decoy_close(&injection->decoy);
		return false;
	}
	if (kind == FAULT_STATUS && program->set.http_version)
		program_set_long(program, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	divert(handle);
	return true;
}

void diversion_undo(const struct handle *handle, CURL *easy)
{
	const struct program *program = &handle->program;

	if (!(program->ours & OURS_FAULT))
		return;
	if (program->set.http_version)
		program->libcurl->easy_setopt(easy, CURLOPT_HTTP_VERSION,
					      program->set.http_version);
	if (!(program->ours & OURS_URL))
		return;
	restore_protocols(program, easy);
	program->libcurl->easy_setopt(easy, CURLOPT_URL, handle->injection.url);
}

void diversion_end(struct handle *handle)
{
	struct program *program = &handle->program;
	unsigned ours = program->ours & (OURS_FAULT | OURS_URL);

	decoy_close(&handle->injection.decoy);
	program->shown_url = NULL;
	if (!ours)
		return;
	options_restore(&program->set, program->libcurl, program->easy, ours);
	diversion_undo(handle, program->easy);
	program->ours &= ~ours;
	if (program->ours & OURS_CONNECTION)
		install_fresh_connect(program);
	if (program->ours & OURS_REFUSALS)
		refusals_arm(&handle->refusals);
}
