/* SPDX-License-Identifier: MIT */
#include "easy.h"

#include <limits.h>
#include <poll.h>

#include "process/process.h"
#include "transfer/transfer.h"

/*
 * From NOW on; returns the time then. A signal does not shorten the wait. It is a poll because
 * libcurl itself waits by that: a sandbox in which libcurl works lets it pass.
 */
static int64_t sleep_until(int64_t now, int64_t end)
{
	while (now < end) {
		int step = end - now < INT_MAX ? (int)(end - now) : INT_MAX;

		poll(NULL, 0, step);
		now = process_now();
	}
	return now;
}

/* False: the program's progress callback wants to end the call. */
static bool wait_until(struct handle *handle, int64_t due)
{
	bool calls = progress_is_wanted(&handle->program);
	int64_t now = process_now();

	while (now < due) {
		int64_t next =
			calls && due - now > PROGRESS_EVERY_MS ? now + PROGRESS_EVERY_MS : due;

		if (calls && progress_aborts_wait(&handle->progress))
			return false;
		now = sleep_until(now, next);
	}
	return true;
}

enum wait { WAIT_OVER, WAIT_ABORTED, WAIT_IN_VAIN };

static enum wait wait_for_turn(struct handle *handle)
{
	enum pacer_answer answer;

	while ((answer = transfer_turn(handle, process_now())) == PACER_WAIT) {
		if (!wait_until(handle, handle->transfer.due))
			return WAIT_ABORTED;
	}
	return answer == PACER_GO ? WAIT_OVER : WAIT_IN_VAIN;
}

/* What the program holds up it may set free from its progress callback. */
static CURLcode hand_over_the_rest(struct handle *handle, CURLcode code)
{
	while (handle->transfer.held_up) {
		if (progress_aborts_wait(&handle->progress))
			return transfer_abort(handle);
		if (transfer_is_held_up(handle))
			sleep_until(process_now(), process_now() + PROGRESS_EVERY_MS);
		else
			transfer_set_free(handle, &code);
	}
	return code;
}

static CURLcode perform(struct handle *handle)
{
	CURLcode code;

	for (;;) {
		transfer_attempt(handle);
		code = handle->program.libcurl->easy_perform(handle->program.easy);
		if (!transfer_judge(handle, &code))
			return hand_over_the_rest(handle, code);
		switch (wait_for_turn(handle)) {
		case WAIT_OVER:
			break;
		case WAIT_ABORTED:
			return transfer_abort(handle);
		case WAIT_IN_VAIN:
			return transfer_surrender(handle);
		}
	}
}

/* In an attempt libcurl knows by itself that the handle is in use; in a wait only we do. */
static CURLcode refuse(const struct handle *handle)
{
	program_say(&handle->program, "easy handle already used in multi handle");
	return CURLE_FAILED_INIT;
}

/* Performed by a callback of its own, or again after a jump or a cancellation has broken it off. */
static bool is_in_use(const struct handle *handle)
{
	return handle->member.of ? !handle->member.attached : handle->transfer.running;
}

CURLcode easy_perform(struct handle *handle)
{
	struct sender outer;
	CURLcode code;

	if (is_in_use(handle))
		return refuse(handle);
	if (handle->member.of || !transfer_begin(handle))
		return handle->program.libcurl->easy_perform(handle->program.easy);
	outer = mime_set_sender((struct sender){ .form = &handle->request.form });
	code = perform(handle);
	mime_set_sender(outer);
	transfer_end(handle, code);
	return code;
}
