/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include "process/process.h"

bool progress_is_wanted(const struct program *program)
{
	const struct options *set = &program->set;

	return !set->noprogress && (set->xferinfo_function || set->progress_function);
}

static int call_program(const struct program *program, curl_off_t down_total, curl_off_t down,
			curl_off_t up_total, curl_off_t up)
{
	const struct options *set = &program->set;

	/* Where the program has none, libcurl's own meter goes on if it is on. */
	if (!progress_is_wanted(program))
		return set->noprogress ? 0 : CURL_PROGRESSFUNC_CONTINUE;
	if (set->xferinfo_function)
		return set->xferinfo_function(set->progress_data, down_total, down, up_total, up);
	return set->progress_function(set->progress_data, (double)down_total, (double)down,
				      (double)up_total, (double)up);
}

/* Neither a byte nor a header line has come or gone for longer than the policy allows. */
static bool is_stalled(struct progress *progress, curl_off_t bytes)
{
	int64_t allowed = progress->program->policy->stall_timeout_ms;

	if (!allowed)
		return false;
	if (bytes != progress->moved_bytes || progress->program->paused) {
		progress->moved_bytes = bytes;
		progress_note(progress);
		return false;
	}
	return process_now() - progress->moved >= allowed;
}

static bool is_overdue(const struct progress *progress)
{
	return progress->program->doomed && process_now() >= progress->drained_by;
}

/* For a program that has part of the body already, all attempts are one. */
static void tell_tally(const struct tally *tally, curl_off_t *total, curl_off_t *now)
{
	*total = tally->total > 0 ? tally->total : 0;
	*now = tally->bytes;
}

/* Of a body that was held and fetched again, the program has been told of bytes: they stay told. */
static void show_no_less(struct progress *progress, curl_off_t *total, curl_off_t *now)
{
	if (*now > progress->shown)
		progress->shown = *now;
	if (*now < progress->shown_before)
		*now = progress->shown_before;
	if (*total && *total < *now)
		*total = *now;
}

static int on_progress(void *user, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
		       curl_off_t up)
{
	struct progress *progress = user;
	bool stalled;
	int result;

	/* What is left of a doomed body must not hold up its retry, and is not shown. */
	if (progress->program->doomed) {
		progress->late = is_overdue(progress);
		down_total = 0;
		down = 0;
	}
	stalled = is_stalled(progress, down + up);
	if (progress->passed && down > *progress->passed)
		down = *progress->passed;
	if (progress->tally)
		tell_tally(progress->tally, &down_total, &down);
	else
		show_no_less(progress, &down_total, &down);
	result = call_program(progress->program, down_total, down, up_total, up);
	if (result && result != CURL_PROGRESSFUNC_CONTINUE)
		return result;
	progress->stalled = stalled;
	return progress->stalled || progress->late ? 1 : result;
}

void progress_begin(struct progress *progress)
{
	*progress = (struct progress){ .program = progress->program };
}

void progress_begin_attempt(struct progress *progress)
{
	progress->stalled = false;
	progress->late = false;
	progress->passed = NULL;
	progress->moved_bytes = 0;
	progress->shown_before = progress->shown;
	if (progress_is_watched(progress))
		progress_note(progress);
}

void progress_install(struct progress *progress)
{
	struct program *program = progress->program;

	if (program->ours & OURS_PROGRESS)
		return;
	program->libcurl->easy_setopt(program->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	program->libcurl->easy_setopt(program->easy, CURLOPT_XFERINFODATA, progress);
	program->libcurl->easy_setopt(program->easy, CURLOPT_NOPROGRESS, 0L);
	program->ours |= OURS_PROGRESS;
}

void progress_arm(struct progress *progress)
{
	const struct program *program = progress->program;

	if (progress_is_watched(progress) ||
	    (!program->once && (progress_is_wanted(program) || program->policy->max_time_ms)))
		progress_install(progress);
}

void progress_note(struct progress *progress)
{
	progress->moved = process_now();
}

void progress_drain(struct progress *progress, int64_t ms)
{
	progress->drained_by = process_now() + ms;
}

int64_t progress_due(const struct progress *progress)
{
	int64_t due = INT64_MAX;

	if (progress_is_watched(progress))
		due = progress->moved + progress->program->policy->stall_timeout_ms;
	if (progress->program->doomed && progress->drained_by < due)
		due = progress->drained_by;
	return due;
}

/* Not while libcurl has queued it for a connection (CURLMOPT_MAX_TOTAL_CONNECTIONS). */
static bool has_begun(const struct program *program)
{
	curl_off_t looked_up = 0;

	program->libcurl->easy_getinfo(program->easy, CURLINFO_NAMELOOKUP_TIME_T, &looked_up);
	return looked_up > 0;
}

bool progress_must_abort(struct progress *progress)
{
	if (!has_begun(progress->program))
		progress_note(progress);
	progress->late = is_overdue(progress);
	progress->stalled = is_stalled(progress, progress->moved_bytes);
	return progress->late || progress->stalled;
}

bool progress_aborts_wait(struct progress *progress)
{
	curl_off_t total = 0;
	curl_off_t now = progress->shown;
	int result;

	if (progress->tally)
		tell_tally(progress->tally, &total, &now);
	result = call_program(progress->program, total, now, 0, 0);
	return result && result != CURL_PROGRESSFUNC_CONTINUE;
}
