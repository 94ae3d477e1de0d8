/* SPDX-License-Identifier: MIT */
#include "outcome.h"

#include <stdio.h>
#include <string.h>

/* Newer than the oldest libcurl we build against: asked for by number (7.74 does not know it). */
#define INFO_EARLYDATA_SENT ((CURLINFO)(CURLINFO_OFF_T + 68))

static bool is_connect_error(CURLcode code)
{
	return code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_COULDNT_RESOLVE_HOST ||
	       code == CURLE_COULDNT_CONNECT;
}

/*
 * Of a TLS write that has not ended, libcurl counts nothing, though the first
 * of its records have gone. It begins with the handshake's end; of a connection
 * that is used again that is not told.
 */
static bool may_have_sent_uncounted(const struct handle *handle)
{
	const struct program *program = &handle->program;
	const struct libcurl *libcurl = program->libcurl;
	const char *address = NULL;
	curl_off_t handshake = 0;
	long connects = 1;

	libcurl->easy_getinfo(program->easy, CURLINFO_APPCONNECT_TIME_T, &handshake);
	libcurl->easy_getinfo(program->easy, CURLINFO_NUM_CONNECTS, &connects);
	libcurl->easy_getinfo(program->easy, CURLINFO_PRIMARY_IP, &address);
	return handshake > 0 || (!connects && address && *address);
}

/*
 * FTP connects a second time, for the data, when commands have been carried
 * out: whose lines have come to our header callback. Others show nothing of
 * what was said, but that there was a connection.
 */
static bool has_conversed(const struct handle *handle)
{
	const struct program *program = &handle->program;
	const struct libcurl *libcurl = program->libcurl;
	const struct answer *answer = &handle->answer;
	const char *address = NULL;
	curl_off_t connected = 0;
	long connects = 1;

	libcurl->easy_getinfo(program->easy, CURLINFO_CONNECT_TIME_T, &connected);
	libcurl->easy_getinfo(program->easy, CURLINFO_NUM_CONNECTS, &connects);
	libcurl->easy_getinfo(program->easy, CURLINFO_PRIMARY_IP, &address);
	return answer->spoken || connected > 0 || (!connects && address && *address);
}

/*
 * DESIGN: REQUEST_SIZE 0 is what shows, in every version, that libcurl counted no byte of an HTTP
 * request as sent.
 */
static bool is_unsent(const struct handle *handle, const struct target *target, CURLcode code)
{
	const struct program *program = &handle->program;
	const struct libcurl *libcurl = program->libcurl;
	curl_off_t early = 0;
	long size = 1;

	if (!target->http)
		return is_connect_error(code) && !has_conversed(handle);
	libcurl->easy_getinfo(program->easy, CURLINFO_REQUEST_SIZE, &size);
	libcurl->easy_getinfo(program->easy, INFO_EARLYDATA_SENT, &early);
	if (code == CURLE_OK || size || early > 0)
		return false;
	return is_connect_error(code) || code == CURLE_SSL_CONNECT_ERROR ||
	       !may_have_sent_uncounted(handle);
}

int outcome_status(const struct handle *handle, CURLcode code)
{
	const struct program *program = &handle->program;
	const struct answer *answer = &handle->answer;
	long status = 0;

	/*
	 * Under FAILONERROR libcurl 7.74 gives no header lines: the last block is an earlier hop's,
	 * or a 100.
	 */
	if (code == CURLE_HTTP_RETURNED_ERROR)
		program->libcurl->easy_getinfo(program->easy, CURLINFO_RESPONSE_CODE, &status);
	else if (answer->status >= 200 &&
		 (!answer->deferred || answer->last || code == CURLE_OK))
		status = answer->status;
	return (int)status;
}

/* The proxy's refusal; from getinfo where the program has suppressed its header lines. */
int outcome_connect_status(const struct handle *handle, CURLcode code)
{
	const struct program *program = &handle->program;
	const struct libcurl *libcurl = program->libcurl;
	long connect = handle->answer.connect_status;
	long status = 0;

	if (connect || code == CURLE_OK || handle->answer.status)
		return code == CURLE_OK ? 0 : (int)connect;
	libcurl->easy_getinfo(program->easy, CURLINFO_RESPONSE_CODE, &status);
	libcurl->easy_getinfo(program->easy, CURLINFO_HTTP_CONNECTCODE, &connect);
	return status || connect < 300 ? 0 : (int)connect;
}

int64_t outcome_retry_after(const struct handle *handle, int status, int connect_status)
{
	const struct answer *answer = &handle->answer;

	return connect_status || (status && status == answer->status) ? answer->retry_after :
									  -1;
}

/*
 * Under CURLOPT_WILDCARDMATCH the program has been told of files, for all that is known
 * (CURLOPT_CHUNK_BGN_FUNCTION).
 */
static bool is_delivered(struct handle *handle, const struct target *target, bool unsent)
{
	if (handle->program.set.wildcard && !target->http && !unsent)
		return true;
	return handle->delivery.begun && !resume_may(&handle->resume, target);
}

/*
 * Whether libcurl will close the connection after this answer, or we shall, since its body is long.
 */
static bool will_close(const struct handle *handle)
{
	const struct program *program = &handle->program;
	const struct answer *answer = &handle->answer;
	curl_off_t length = -1;
	const char *value;
	size_t size;
	long version = 0;

	program->libcurl->easy_getinfo(program->easy, CURLINFO_HTTP_VERSION, &version);
	program->libcurl->easy_getinfo(program->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	return version == CURL_HTTP_VERSION_1_0 || length > DRAIN_MAX ||
	       (length < 0 && !answer_field(answer, "Transfer-Encoding", &value, &size)) ||
	       (answer_field(answer, "Connection", &value, &size) &&
		memmem(value, size, "lose", strlen("lose")));
}

/* The answer is one on purpose, over a connection that has nothing of what the program asks for. */
static bool is_decoy(const struct handle *handle)
{
	const struct fault *fault = handle->injection.fault ? handle->injection.fault :
							      handle->program.fault;

	return fault && fault->kind < FAULT_RESET;
}

/*
 * A local port of the program's own choice (CURLOPT_LOCALPORT) cannot be bound again until the
 * connection that has it is forgotten, which takes minutes. An answer can be followed by another on
 * the same connection.
 */
static bool is_port_taken(const struct handle *handle, int status)
{
	const struct options *set = &handle->program.set;

	return set->local_port && set->local_port_range <= handle->program.policy->attempts &&
	       status && will_close(handle) && !is_decoy(handle);
}

struct outcome outcome_of(struct handle *handle, const struct target *target, CURLcode code,
			  int status, int connect_status)
{
	const struct transfer *transfer = &handle->transfer;
	bool hop = transfer->unsafe_method[0] != '\0';
	bool unsent = is_unsent(handle, target, code);
	bool keyed = handle->idempotency.keyed;

	return (struct outcome){
		.curlcode = (int)code,
		.status = status,
		.connect_status = connect_status,
		.retry_after = outcome_retry_after(handle, status, connect_status),
		.method = hop ? transfer->unsafe_method : target->method,
		.host = target->host,
		.conditional = hop ? transfer->unsafe_condition :
				     target_is_conditional(&handle->program, target),
		.redirected = hop,
		.unsent = unsent,
		.keyed = keyed,
		.body_lost = !unsent && request_is_lost(&handle->request, keyed),
		.port_taken = is_port_taken(handle, status),
		.delivered = is_delivered(handle, target, unsent),
	};
}

void outcome_passes_hop(struct handle *handle)
{
	struct transfer *transfer = &handle->transfer;
	struct target target;
	bool conditional;

	target_of(&handle->program, &target);
	conditional = target_is_conditional(&handle->program, &target);
	/*
	 * A continuation would send that hop's request again, with a range and without its body's
	 * meaning.
	 */
	if (strcmp(target.method, "GET"))
		handle->resume.watched = false;
	if (policy_method_is_idempotent(handle->program.policy, target.method) && !conditional)
		return;
	transfer->unsafe_condition = conditional;
	snprintf(transfer->unsafe_method, sizeof(transfer->unsafe_method), "%s", target.method);
}
