/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include "transfer/handle.h"
#include "process/process.h"

bool progress_is_wanted(const struct handle *handle)
{
	const struct options *set = &handle->set;

	return !set->noprogress && (set->xferinfo_function || set->progress_function);
}

bool progress_is_needed(const struct handle *handle)
{
	const struct policy *policy = handle->transfer.policy;

	if (policy->stall_timeout_ms)
		return true;
	return !handle->transfer.once && (progress_is_wanted(handle) || policy->max_time_ms);
}

static int call_program(const struct handle *handle, curl_off_t down_total, curl_off_t down,
			curl_off_t up_total, curl_off_t up)
{
	const struct options *set = &handle->set;

	/* Where the program has none, libcurl's own meter goes on if it is on. */
	if (!progress_is_wanted(handle))
		return set->noprogress ? 0 : CURL_PROGRESSFUNC_CONTINUE;
	if (set->xferinfo_function)
		return set->xferinfo_function(set->progress_data, down_total, down, up_total, up);
	return set->progress_function(set->progress_data, (double)down_total, (double)down,
				      (double)up_total, (double)up);
}

/* Neither a byte nor a header line has come or gone for longer than the policy allows. */
static bool is_stalled(struct transfer *transfer, curl_off_t bytes)
{
	int64_t allowed = transfer->policy->stall_timeout_ms;

	if (!allowed)
		return false;
	if (bytes != transfer->moved_bytes || transfer->paused) {
		transfer->moved_bytes = bytes;
		transfer->moved = process_now();
		return false;
	}
	return process_now() - transfer->moved >= allowed;
}

/* For a program that has part of the body already, all attempts are one. */
static void down_so_far(const struct resume *resume, curl_off_t *total, curl_off_t *now)
{
	*total = resume->total > 0 ? resume->total : 0;
	*now = resume->bytes;
}

/* Of a body that was held and fetched again, the program has been told of bytes: they stay told. */
static void show_no_less(struct transfer *transfer, curl_off_t *total, curl_off_t *now)
{
	if (*now > transfer->shown)
		transfer->shown = *now;
	if (*now < transfer->shown_before)
		*now = transfer->shown_before;
	if (*total && *total < *now)
		*total = *now;
}

int progress_callback(void *user, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
		      curl_off_t up)
{
	struct handle *handle = user;
	struct transfer *transfer = &handle->transfer;
	bool stalled;
	int result;

	if (transfer->response.phase == PHASE_DOOMED) {
		/* What is left of a doomed body must not hold up its retry. */
		transfer->late = process_now() >= transfer->drained_by;
		down_total = 0;
		down = 0;
	}
	stalled = is_stalled(transfer, down + up);
	if (transfer->resume.active)
		down_so_far(&transfer->resume, &down_total, &down);
	else
		show_no_less(transfer, &down_total, &down);
	result = call_program(handle, down_total, down, up_total, up);
	if (result && result != CURL_PROGRESSFUNC_CONTINUE)
		return result;
	transfer->stalled = stalled;
	if (transfer->stalled || transfer->late)
		return 1;
	return result;
}

/* Not while libcurl has queued it for a connection (CURLMOPT_MAX_TOTAL_CONNECTIONS). */
static bool has_begun(const struct handle *handle)
{
	curl_off_t looked_up = 0;

	handle->libcurl->easy_getinfo(handle->easy, CURLINFO_NAMELOOKUP_TIME_T, &looked_up);
	return looked_up > 0;
}

bool progress_must_cut(struct handle *handle)
{
	struct transfer *transfer = &handle->transfer;

	if (!has_begun(handle))
		transfer->moved = process_now();
	transfer->late =
		transfer->response.phase == PHASE_DOOMED && process_now() >= transfer->drained_by;
	transfer->stalled = is_stalled(transfer, transfer->moved_bytes);
	return transfer->late || transfer->stalled;
}

bool progress_aborts_wait(struct handle *handle)
{
	curl_off_t total = 0;
	curl_off_t now = handle->transfer.shown_before;
	int result;

	if (handle->transfer.resume.active)
		down_so_far(&handle->transfer.resume, &total, &now);
	result = call_program(handle, total, now, 0, 0);

	return result && result != CURL_PROGRESSFUNC_CONTINUE;
}
