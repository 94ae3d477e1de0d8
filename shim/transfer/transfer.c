/* SPDX-License-Identifier: MIT */
#include "transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "response/cookies.h"
#include "handle.h"
#include "install.h"
#include "config/url.h"
#include "process/log.h"
#include "process/process.h"
#include "program/progress.h"
#include "program/target.h"

/*
 * A doomed body is drained for so long at most. Of a silent one, curl_easy_perform
 * asks once in 1,000 ms: this is less, so that the first time is the last.
 */
#define DRAIN_MS 900

/* Newer than the oldest libcurl we build against: asked for by number (7.74 does not know it). */
#define INFO_EARLYDATA_SENT ((CURLINFO)(CURLINFO_OFF_T + 68))

static const struct policy nothing;

/* A part of the program's URL handle, to be freed by libcurl; or NULL. */
static char *part_of(const struct handle *handle, CURLUPart part)
{
	const struct libcurl *libcurl = handle->libcurl;
	char *text = NULL;

	if (libcurl->url_get)
		libcurl->url_get(handle->set.url_handle, part, &text, CURLU_DEFAULT_PORT);
	return text;
}

/* Where it leads now: the program may have changed it since it was set. */
static void read_url_handle(struct handle *handle)
{
	struct options *set = &handle->set;
	char *host = part_of(handle, CURLUPART_HOST);
	char *port = part_of(handle, CURLUPART_PORT);
	struct url parts;

	url_split(&parts, host ? host : "");
	url_host(set->host, sizeof(set->host), &parts);
	set->url_port = port ? (int)strtol(port, NULL, 10) : 0;
	set->host_unknown = !host;
	if (host)
		handle->libcurl->free(host);
	if (port)
		handle->libcurl->free(port);
}

static struct policy_place place_of(const struct options *set)
{
	return (struct policy_place){
		.host = set->url_handle && set->host_unknown ? NULL : set->host,
		.port = set->port ? (int)set->port : set->url_port,
	};
}

bool transfer_begin(struct handle *handle)
{
	struct transfer *transfer = &handle->transfer;
	struct policy_place where;
	const struct policy *policy;

	if (transfer->running || process_is_inert())
		return false;
	if (handle->set.url_handle)
		read_url_handle(handle);
	where = place_of(&handle->set);
	transfer->started = process_now();
	policy = policies_borrow(&transfer->loan, &where, transfer->started);
	if (!policy)
		return false;
	transfer->policy = policy;
	transfer->once = transfer->loan.excluded || !policy_repeats(policy);
	transfer->running = true;
	transfer->held_up = false;
	transfer->between = false;
	transfer->paused = CURLPAUSE_CONT;
	transfer->pause = CURLPAUSE_CONT;
	transfer->id = process_next_transfer();
	transfer->attempt = 0;
	transfer->retried = false;
	transfer->delay = 0;
	transfer->shown = 0;
	transfer->shown_before = 0;
	transfer->cookies_noted = false;
	install(handle);
	request_arm(handle);
	refusals_arm(handle);
	idempotency_begin(handle);
	resume_begin(handle);
	return true;
}

void transfer_attempt(struct handle *handle)
{
	struct transfer *transfer = &handle->transfer;

	transfer->attempt++;
	transfer->stalled = false;
	transfer->late = false;
	transfer->judged = false;
	transfer->refusals = (struct refusals){ false };
	transfer->between = false;
	transfer->paused = CURLPAUSE_CONT;
	transfer->unsafe_method[0] = '\0';
	transfer->unsafe_condition = false;
	transfer->moved_bytes = 0;
	transfer->moved = transfer->policy->stall_timeout_ms ? process_now() : 0;
	response_begin(&transfer->response, transfer->resume.active);
	if (transfer->once)
		response_watch(&transfer->response);
	request_begin(&transfer->request);
}

bool transfer_pause(struct handle *handle, int bitmask)
{
	struct transfer *transfer = &handle->transfer;

	if (transfer->between) {
		transfer->pause = bitmask;
		return true;
	}
	/* Before libcurl hears of it: 7.x calls back from within curl_easy_pause. */
	transfer->pause &= bitmask;
	transfer->paused &= bitmask;
	return false;
}

CURLcode transfer_paused(struct handle *handle, int bitmask, CURLcode code)
{
	struct transfer *transfer = &handle->transfer;

	if (code == CURLE_OK)
		transfer->paused |= bitmask;
	if (code != CURLE_BAD_FUNCTION_ARGUMENT || !transfer->running || !transfer->retried)
		return code;
	transfer->pause = bitmask;
	return CURLE_OK;
}

void transfer_moved(struct handle *handle)
{
	handle->transfer.moved = process_now();
}

void transfer_passes_hop(struct handle *handle)
{
	struct transfer *transfer = &handle->transfer;
	struct target target;
	bool conditional;

	target_of(handle, &target);
	conditional = target_is_conditional(handle, &target);
	/*
	 * A continuation would send that hop's request again, with a range and without its body's
	 * meaning.
	 */
	if (strcmp(target.method, "GET"))
		transfer->resume.watched = false;
	if (policy_method_is_idempotent(transfer->policy, target.method) && !conditional)
		return;
	transfer->unsafe_condition = conditional;
	snprintf(transfer->unsafe_method, sizeof(transfer->unsafe_method), "%s", target.method);
}

static int64_t elapsed(const struct transfer *transfer)
{
	return process_now() - transfer->started;
}

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
	const struct libcurl *libcurl = handle->libcurl;
	const char *address = NULL;
	curl_off_t handshake = 0;
	long connects = 1;

	libcurl->easy_getinfo(handle->easy, CURLINFO_APPCONNECT_TIME_T, &handshake);
	libcurl->easy_getinfo(handle->easy, CURLINFO_NUM_CONNECTS, &connects);
	libcurl->easy_getinfo(handle->easy, CURLINFO_PRIMARY_IP, &address);
	return handshake > 0 || (!connects && address && *address);
}

/*
 * FTP connects a second time, for the data, when commands have been carried
 * out: whose lines have come to our header callback. Others show nothing of
 * what was said, but that there was a connection.
 */
static bool has_conversed(const struct handle *handle)
{
	const struct libcurl *libcurl = handle->libcurl;
	const struct response *response = &handle->transfer.response;
	const char *address = NULL;
	curl_off_t connected = 0;
	long connects = 1;

	libcurl->easy_getinfo(handle->easy, CURLINFO_CONNECT_TIME_T, &connected);
	libcurl->easy_getinfo(handle->easy, CURLINFO_NUM_CONNECTS, &connects);
	libcurl->easy_getinfo(handle->easy, CURLINFO_PRIMARY_IP, &address);
	return response->spoken || connected > 0 || (!connects && address && *address);
}

/*
 * DESIGN: REQUEST_SIZE 0 is what shows, in every version, that libcurl counted no byte of an HTTP
 * request as sent.
 */
static bool is_unsent(const struct handle *handle, const struct target *target, CURLcode code)
{
	const struct libcurl *libcurl = handle->libcurl;
	curl_off_t early = 0;
	long size = 1;

	if (!target->http)
		return is_connect_error(code) && !has_conversed(handle);
	libcurl->easy_getinfo(handle->easy, CURLINFO_REQUEST_SIZE, &size);
	libcurl->easy_getinfo(handle->easy, INFO_EARLYDATA_SENT, &early);
	if (code == CURLE_OK || size || early > 0)
		return false;
	return is_connect_error(code) || code == CURLE_SSL_CONNECT_ERROR ||
	       !may_have_sent_uncounted(handle);
}

/* The status that the attempt ended with; 0 where it ended between a block and the next. */
static int final_status(const struct handle *handle, CURLcode code)
{
	const struct response *response = &handle->transfer.response;
	long status = 0;

	/*
	 * Under FAILONERROR libcurl 7.74 gives no header lines: the last block is an earlier hop's,
	 * or a 100.
	 */
	if (code == CURLE_HTTP_RETURNED_ERROR)
		handle->libcurl->easy_getinfo(handle->easy, CURLINFO_RESPONSE_CODE, &status);
	else if (response->status >= 200 &&
		 (!response->deferred || response->last || code == CURLE_OK))
		status = response->status;
	return (int)status;
}

/* The proxy's refusal; from getinfo where the program has suppressed its header lines. */
static int final_connect_status(const struct handle *handle, CURLcode code)
{
	const struct libcurl *libcurl = handle->libcurl;
	long connect = handle->transfer.response.connect_status;
	long status = 0;

	if (connect || code == CURLE_OK || handle->transfer.response.status)
		return code == CURLE_OK ? 0 : (int)connect;
	libcurl->easy_getinfo(handle->easy, CURLINFO_RESPONSE_CODE, &status);
	libcurl->easy_getinfo(handle->easy, CURLINFO_HTTP_CONNECTCODE, &connect);
	return status || connect < 300 ? 0 : (int)connect;
}

/* The last header block's, if the status is that block's. */
static int64_t retry_after_of(const struct transfer *transfer, int status, int connect_status)
{
	const struct response *response = &transfer->response;

	return connect_status || (status && status == response->status) ? response->retry_after :
									  -1;
}

/*
 * Under CURLOPT_WILDCARDMATCH the program has been told of files, for all that is known
 * (CURLOPT_CHUNK_BGN_FUNCTION).
 */
static bool is_delivered(struct handle *handle, const struct target *target, bool unsent)
{
	if (handle->set.wildcard && !target->http && !unsent)
		return true;
	return handle->transfer.response.delivered && !resume_may(handle, target);
}

/*
 * Whether libcurl will close the connection after this answer, or we shall, since its body is long.
 */
static bool will_close(const struct handle *handle)
{
	const struct response *response = &handle->transfer.response;
	curl_off_t length = -1;
	const char *value;
	size_t size;
	long version = 0;

	handle->libcurl->easy_getinfo(handle->easy, CURLINFO_HTTP_VERSION, &version);
	handle->libcurl->easy_getinfo(handle->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	return version == CURL_HTTP_VERSION_1_0 || length > DRAIN_MAX ||
	       (length < 0 && !response_field(response, "Transfer-Encoding", &value, &size)) ||
	       (response_field(response, "Connection", &value, &size) &&
		memmem(value, size, "lose", strlen("lose")));
}

/*
 * A local port of the program's own choice (CURLOPT_LOCALPORT) cannot be bound again until the
 * connection that has it is forgotten, which takes minutes. An answer can be followed by another on
 * the same connection.
 */
static bool is_port_taken(const struct handle *handle, int status)
{
	const struct options *set = &handle->set;

	return set->local_port && set->local_port_range <= handle->transfer.policy->attempts &&
	       status && will_close(handle);
}

static struct verdict judge_once(struct handle *handle, CURLcode code, int status,
				 int connect_status, bool body_lost)
{
	struct transfer *transfer = &handle->transfer;
	struct target target;

	target_of(handle, &target);
	bool unsent = is_unsent(handle, &target, code);
	struct outcome outcome = {
		.curlcode = (int)code,
		.status = status,
		.connect_status = connect_status,
		.retry_after = retry_after_of(transfer, status, connect_status),
		.method = transfer->unsafe_method[0] ? transfer->unsafe_method : target.method,
		.host = target.host,
		.conditional = transfer->unsafe_method[0] ? transfer->unsafe_condition :
							    target_is_conditional(handle, &target),
		.redirected = transfer->unsafe_method[0] != '\0',
		.unsent = unsent,
		.keyed = transfer->idempotency.keyed,
		.body_lost = body_lost || (!unsent && request_is_lost(handle)),
		.port_taken = is_port_taken(handle, status),
		.delivered = is_delivered(handle, &target, unsent),
	};
	struct history history = {
		.attempt = transfer->attempt,
		.elapsed = elapsed(transfer),
		.previous = transfer->delay,
	};

	/* DESIGN: file:// never. */
	if (!strcmp(target.scheme, "file") && code != CURLE_OK)
		return (struct verdict){ .decision = DECISION_PERMANENT, .why = WHY_PERMANENT };
	return verdict_of(transfer->policy, &outcome, &history,
			  process_random(transfer->policy, transfer->id, transfer->attempt));
}

/* What would be retried is, if its request body can be rewound: which is tried only then. */
static struct verdict judge(struct handle *handle, CURLcode code, int status, int connect_status)
{
	struct verdict verdict = judge_once(handle, code, status, connect_status, false);

	if (verdict.decision == DECISION_RETRY && !request_rewind(handle))
		return judge_once(handle, code, status, connect_status, true);
	return verdict;
}

bool transfer_dooms(struct handle *handle, int status)
{
	struct transfer *transfer = &handle->transfer;
	int64_t now;

	if (!verdict_may_be_transient(transfer->policy, status, transfer->idempotency.keyed))
		return false;
	transfer->verdict = judge(handle, CURLE_OK, status, 0);
	transfer->judged = true;
	if (transfer->verdict.decision != DECISION_RETRY)
		return false;
	/* The wait begins here: what draining the body takes counts towards it. */
	now = process_now();
	transfer->due = now + transfer->verdict.delay;
	transfer->drained_by =
		now + (transfer->verdict.delay < DRAIN_MS ? transfer->verdict.delay : DRAIN_MS);
	if (handle->member.multi)
		multi_watch(handle);
	else if (!(handle->ours & OURS_PROGRESS))
		install_progress(handle);
	return true;
}

static struct log_event event_of(const struct handle *handle, enum log_kind kind, CURLcode code,
				 const struct target *target)
{
	const struct transfer *transfer = &handle->transfer;
	int status = final_status(handle, code);
	int connect_status = final_connect_status(handle, code);

	return (struct log_event){
		.kind = kind,
		.transfer = transfer->id,
		.attempt = transfer->attempt,
		.attempts = transfer->policy->attempts,
		.method = target->method,
		.url = target->url,
		.status = connect_status ? connect_status : status,
		.curlcode = (int)code,
		.why = transfer->verdict.why,
		.delay_ms = -1,
		.retry_after_ms = retry_after_of(transfer, status, connect_status),
		.elapsed_ms = elapsed(transfer),
		.bytes_kept = -1,
	};
}

void transfer_cannot_keep(struct handle *handle, bool request, int error)
{
	struct transfer *transfer = &handle->transfer;
	struct target target;
	struct log_event event;

	target_of(handle, &target);
	event = event_of(handle, LOG_NOT_HELD, CURLE_OK, &target);
	event.error = error;
	event.request = request;
	log_event(transfer->policy, &event);
}

static void log_retry(struct handle *handle, CURLcode code)
{
	struct transfer *transfer = &handle->transfer;
	bool resumes = transfer->response.delivered || transfer->resume.active;
	struct target target;
	struct log_event event;

	target_of(handle, &target);
	event = event_of(handle, resumes ? LOG_RESUME : LOG_RETRY, code, &target);
	if (resumes)
		event.bytes_kept = transfer->resume.bytes;
	event.delay_ms = transfer->verdict.delay;
	log_event(transfer->policy, &event);
}

/* The code that an attempt ended with, where the abort was ours and not the program's. */
static CURLcode own_abort(const struct transfer *transfer, CURLcode code)
{
	if (transfer->response.overrun && code == CURLE_WRITE_ERROR)
		return CURLE_OK;
	if ((transfer->late || transfer->request.cut) && code == CURLE_ABORTED_BY_CALLBACK)
		return CURLE_OK;
	if (transfer->stalled && code == CURLE_ABORTED_BY_CALLBACK)
		return CURLE_OPERATION_TIMEDOUT;
	return code;
}

static void say(const struct handle *handle, const char *message)
{
	if (handle->set.error_buffer)
		snprintf(handle->set.error_buffer, CURL_ERROR_SIZE, "%s", message);
}

/* A doomed attempt is over. Its retry starts when it is due, unless that has become too late. */
static bool judge_doomed(struct handle *handle, CURLcode *code)
{
	struct transfer *transfer = &handle->transfer;
	const struct policy *policy = transfer->policy;

	if (*code == CURLE_ABORTED_BY_CALLBACK) {
		transfer->verdict.why = WHY_ABORTED;
		return false;
	}
	if (policy->max_time_ms && transfer->due < process_now() &&
	    elapsed(transfer) >= policy->max_time_ms) {
		transfer->verdict = (struct verdict){ .decision = DECISION_STOP,
						      .why = WHY_DEADLINE };
		*code = CURLE_OPERATION_TIMEDOUT;
		say(handle, "curlretry: no time left for another attempt");
		return false;
	}
	log_retry(handle, CURLE_OK);
	return true;
}

/*
 * A connection that a stream has failed on may still be in the pool; and with
 * prior knowledge libcurl 7.88 cannot use one again at all.
 */
static bool wants_fresh_connection(const struct handle *handle, CURLcode code)
{
	/* 421: this connection leads to a server that is not responsible (RFC 9110 §15.5.20). */
	return code == CURLE_HTTP2 || code == CURLE_HTTP2_STREAM || code == CURLE_HTTP3 ||
	       final_status(handle, code) == 421 ||
	       handle->set.http_version == CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
}

/*
 * Of an attempt that the program has seen nothing of; else they are what the next ones start from.
 */
static void take_back_cookies(struct handle *handle)
{
	struct transfer *transfer = &handle->transfer;

	if (transfer->response.delivered) {
		cookies_forget(handle);
		transfer->cookies_noted = false;
	} else if (transfer->response.cookies_length) {
		cookies_restore(handle);
	}
}

static void prepare_next(struct handle *handle, CURLcode code)
{
	struct transfer *transfer = &handle->transfer;

	transfer->retried = true;
	transfer->shown_before = transfer->shown;
	transfer->between = true;
	transfer->pause |= transfer->paused & CURLPAUSE_RECV;
	if (wants_fresh_connection(handle, code))
		install_fresh_connect(handle);
	install_no_hsts_read(handle);
	if (transfer->response.delivered || transfer->resume.active)
		resume_install(handle, code);

	transfer->failed = code;
	snprintf(transfer->failure, sizeof(transfer->failure), "%s",
		 handle->set.error_buffer ? handle->set.error_buffer : "");
	transfer->delay = transfer->verdict.delay;
	take_back_cookies(handle);
	/*
	 * The last hop's Referer would otherwise be sent in the next attempt (libcurl up to 8.19).
	 */
	if (handle->set.auto_referer)
		handle->libcurl->easy_setopt(handle->easy, CURLOPT_REFERER, handle->set.referer);
}

/* Asked first: what a transfer is aimed at matters only when it has failed. */
static bool went_well(const struct transfer *transfer, CURLcode code)
{
	return code == CURLE_OK && transfer->response.status < 400 &&
	       !policy_status_is_transient(transfer->policy, transfer->response.status);
}

/*
 * For libcurl, a header block that breaks off is a response. It is retried as what it is, if that
 * may be.
 */
static struct verdict judge_success(struct handle *handle, CURLcode *code)
{
	struct verdict verdict;

	if (resume_is_short(&handle->transfer.resume)) {
		*code = CURLE_PARTIAL_FILE;
		return judge(handle, *code, 0, 0);
	}

	if (response_is_broken_off(&handle->transfer.response)) {
		verdict = judge(handle, CURLE_PARTIAL_FILE, 0, 0);
		if (verdict.decision == DECISION_RETRY) {
			*code = CURLE_PARTIAL_FILE;
			return verdict;
		}
	}
	return (struct verdict){ .decision = DECISION_DONE };
}

/*
 * libcurl after 8.14 ends a transfer at once whose connection breaks while the
 * program holds it up; what is received can be held up in the next attempt too.
 * Not where half of a held header has been handed over, nor what is sent, if
 * anything is (CURLPAUSE_ALL); and a time that the program itself lets run out is over.
 */
static bool is_held_up_for_good(const struct handle *handle, CURLcode code)
{
	const struct transfer *transfer = &handle->transfer;
	const struct response *response = &transfer->response;
	const char *method = handle->set.method;
	bool sends;

	if (!transfer->paused || code == CURLE_OK)
		return false;
	sends = strcmp(method, "GET") && strcmp(method, "HEAD");
	return (sends && transfer->paused & CURLPAUSE_SEND) || code == CURLE_OPERATION_TIMEDOUT ||
	       (response->delivered && !held_is_empty(&response->held));
}

/* What SOCKS says of a request that it will refuse each time (CURLINFO_PROXY_ERROR(3)). */
static bool is_refused_by_proxy(const struct handle *handle)
{
	long reason = CURLPX_OK;

	handle->libcurl->easy_getinfo(handle->easy, CURLINFO_PROXY_ERROR, &reason);
	switch (reason) {
	case CURLPX_BAD_ADDRESS_TYPE:
	case CURLPX_BAD_VERSION:
	case CURLPX_GSSAPI:
	case CURLPX_GSSAPI_PERMSG:
	case CURLPX_GSSAPI_PROTECTION:
	case CURLPX_IDENTD:
	case CURLPX_IDENTD_DIFFER:
	case CURLPX_LONG_HOSTNAME:
	case CURLPX_LONG_PASSWD:
	case CURLPX_LONG_USER:
	case CURLPX_NO_AUTH:
	case CURLPX_REPLY_ADDRESS_TYPE_NOT_SUPPORTED:
	case CURLPX_REPLY_COMMAND_NOT_SUPPORTED:
	case CURLPX_REPLY_NOT_ALLOWED:
	case CURLPX_UNKNOWN_MODE:
	case CURLPX_USER_REJECTED:
		return true;
	default:
		return false;
	}
}

/* libcurl takes no more than 300 KB of a header, and calls what has more RECV_ERROR (to 8.5). */
#define LARGE_HEADER (200 * 1024)

static bool is_too_large(const struct handle *handle)
{
	long size = 0;

	handle->libcurl->easy_getinfo(handle->easy, CURLINFO_HEADER_SIZE, &size);
	return handle->transfer.response.in_block && size > LARGE_HEADER;
}

/* An error that is transient by its name, but not by what is known of it. */
static bool would_come_again(const struct handle *handle, CURLcode code)
{
	return (code == CURLE_PROXY && is_refused_by_proxy(handle)) ||
	       (code == CURLE_RECV_ERROR && is_too_large(handle));
}

static struct verdict judge_attempt(struct handle *handle, CURLcode *code)
{
	struct transfer *transfer = &handle->transfer;

	if (transfer->judged)
		return transfer->verdict;
	if (refusals_explain(&transfer->refusals, *code))
		return (struct verdict){ .decision = DECISION_PERMANENT, .why = WHY_ABORTED };
	/* What came after a reset has not been seen. */
	if (transfer->response.phase == PHASE_REFUSED || !(handle->ours & OURS_CALLBACKS) ||
	    is_held_up_for_good(handle, *code) || would_come_again(handle, *code))
		return (struct verdict){ .decision = DECISION_PERMANENT, .why = WHY_PERMANENT };
	if (went_well(transfer, *code))
		return judge_success(handle, code);
	return judge(handle, *code, final_status(handle, *code),
		     final_connect_status(handle, *code));
}

static void refuse(struct handle *handle, CURLcode *code)
{
	if (*code != CURLE_OK)
		return;
	*code = CURLE_WRITE_ERROR;
	say(handle, "Failed writing header");
	handle->transfer.verdict = (struct verdict){ .decision = DECISION_PERMANENT,
						     .why = WHY_ABORTED };
}

/*
 * The program has held up what it was handed when libcurl was done already. It can set it free from
 * where it gets to run: from its event loop, or its progress callback.
 */
static bool can_be_set_free(const struct handle *handle)
{
	return handle->member.multi || progress_is_wanted(handle);
}

static void flush(struct handle *handle, CURLcode *code)
{
	struct transfer *transfer = &handle->transfer;
	enum flushed flushed = response_flush(handle);

	transfer->held_up = flushed == FLUSH_PAUSED && can_be_set_free(handle);
	transfer->between = transfer->held_up;
	if (transfer->held_up) {
		transfer->pause = CURLPAUSE_RECV;
		transfer->due = INT64_MAX;
		return;
	}
	if (flushed == FLUSH_PAUSED)
		flushed = response_flush(handle);
	if (flushed != FLUSHED)
		refuse(handle, code);
}

bool transfer_is_held_up(const struct handle *handle)
{
	return handle->transfer.held_up && (handle->transfer.pause & CURLPAUSE_RECV);
}

bool transfer_set_free(struct handle *handle, CURLcode *code)
{
	flush(handle, code);
	return !handle->transfer.held_up;
}

static bool judge_ended(struct handle *handle, CURLcode *code)
{
	struct transfer *transfer = &handle->transfer;
	int attempt = transfer->attempt;

	if ((*code != CURLE_OK || resume_is_short(&transfer->resume)) &&
	    resume_has_progressed(&transfer->resume)) {
		transfer->attempt = 1;
		transfer->delay = 0;
	}
	transfer->verdict = judge_attempt(handle, code);
	if (transfer->verdict.decision == DECISION_RETRY) {
		transfer->due = process_now() + transfer->verdict.delay;
		log_retry(handle, *code);
		return true;
	}
	transfer->attempt = attempt;
	if (transfer->resume.active && transfer->response.phase == PHASE_HELD &&
	    *code == CURLE_OK && offset_is_complete(handle))
		response_join(&transfer->response);
	if (transfer->resume.active && transfer->response.phase != PHASE_PASS) {
		*code = resume_fail(handle);
		take_back_cookies(handle);
		if (transfer->verdict.decision == DECISION_DONE)
			transfer->verdict = (struct verdict){ .decision = DECISION_PERMANENT,
							      .why = WHY_PERMANENT };
		return false;
	}
	if (transfer->stalled)
		say(handle, "Operation timed out: nothing was received or sent");
	flush(handle, code);
	return false;
}

/*
 * The port that the attempt before has used is not free yet: what the program sees is that
 * attempt's end.
 */
static bool is_of_repetition_alone(const struct transfer *transfer, CURLcode code)
{
	return code == CURLE_INTERFACE_FAILED && transfer->attempt > 1 &&
	       transfer->failed != CURLE_OK && !transfer->resume.active;
}

bool transfer_judge(struct handle *handle, CURLcode *code)
{
	struct transfer *transfer = &handle->transfer;
	bool again;

	*code = own_abort(transfer, *code);
	if (is_of_repetition_alone(transfer, *code)) {
		*code = transfer->failed;
		say(handle, transfer->failure);
		transfer->verdict =
			(struct verdict){ .decision = DECISION_STOP, .why = WHY_ATTEMPTS };
		transfer->judged = true;
	}
	if (transfer->response.phase == PHASE_DOOMED)
		again = judge_doomed(handle, code);
	else
		again = judge_ended(handle, code);
	if (again)
		prepare_next(handle, *code);
	return again;
}

CURLcode transfer_abort(struct handle *handle)
{
	handle->transfer.verdict = (struct verdict){ .decision = DECISION_PERMANENT,
						     .why = WHY_ABORTED };
	say(handle, "Callback aborted");
	return CURLE_ABORTED_BY_CALLBACK;
}

void transfer_drop(struct handle *handle)
{
	handle->transfer.verdict = (struct verdict){ .decision = DECISION_PERMANENT,
						     .why = WHY_ABORTED };
	transfer_end(handle, CURLE_ABORTED_BY_CALLBACK);
}

/*
 * Whether an answer that is not transient was passed on, also if the program then wanted no more of
 * it.
 */
static bool has_answered(const struct handle *handle, CURLcode code)
{
	const struct transfer *transfer = &handle->transfer;
	int status = final_status(handle, code);

	if (transfer->between || transfer->response.phase != PHASE_PASS)
		return false;
	if (code != CURLE_OK && code != CURLE_HTTP_RETURNED_ERROR && code != CURLE_WRITE_ERROR &&
	    code != CURLE_ABORTED_BY_CALLBACK)
		return false;
	if (!status)
		return code != CURLE_OK && transfer->response.delivered;
	return !verdict_may_be_transient(transfer->policy, status, transfer->idempotency.keyed);
}

/*
 * INTERFACE's table of events: what a transfer that is over is called, LOG_TRANSFER for all that is
 * ordinary.
 */
static enum log_kind kind_of_end(const struct handle *handle, CURLcode code)
{
	const struct transfer *transfer = &handle->transfer;
	enum decision decision = transfer->verdict.decision;

	if (transfer->retried && (decision == DECISION_DONE ||
				  (decision == DECISION_PERMANENT && has_answered(handle, code))))
		return LOG_RECOVERED;
	if (transfer->retried)
		return LOG_GAVE_UP;
	return decision == DECISION_STOP ? LOG_NOT_RETRIED : LOG_TRANSFER;
}

static void log_end(struct handle *handle, enum log_kind kind, CURLcode code)
{
	struct transfer *transfer = &handle->transfer;
	struct target target;
	struct log_event event;

	if (kind == LOG_TRANSFER && transfer->policy->log_level < LEVEL_DEBUG)
		return;
	target_of(handle, &target);
	event = event_of(handle, kind, code, &target);
	if (kind != LOG_GAVE_UP && kind != LOG_NOT_RETRIED)
		event.why = WHY_NONE;
	else if (kind == LOG_GAVE_UP && event.why < WHY_ATTEMPTS)
		event.why = transfer->attempt >= transfer->policy->attempts ? WHY_ATTEMPTS :
									      WHY_PERMANENT;
	if ((event.why == WHY_METHOD || event.why == WHY_CONDITIONAL) && transfer->unsafe_method[0])
		event.method = transfer->unsafe_method;
	if (event.why == WHY_OBSERVE)
		event.delay_ms = transfer->verdict.delay;
	log_event(transfer->policy, &event);
}

void transfer_end(struct handle *handle, CURLcode code)
{
	struct transfer *transfer = &handle->transfer;
	enum log_kind kind = kind_of_end(handle, code);

	install_end(handle);
	resume_end(handle);
	response_end(&transfer->response);
	request_disarm(&transfer->request);
	cookies_forget(handle);
	log_end(handle, kind, code);
	transfer->pause = CURLPAUSE_CONT;
	transfer->between = false;
	transfer->running = false;
	/*
	 * Our callbacks for headers and body stay, and may be called where we do not manage a
	 * transfer.
	 */
	transfer->policy = &nothing;
	policies_give_back(&transfer->loan);
}
