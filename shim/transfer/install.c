/* SPDX-License-Identifier: MIT */
#include "install.h"

#include "response.h"

/* What libcurl takes CONNECTTIMEOUT 0 for (CURLOPT_CONNECTTIMEOUT). */
#define CONNECT_TIMEOUT_DEFAULT_MS 300000

/* The stricter of the program's timeout and ours; 0: none. */
static long stricter(long own, int64_t imposed)
{
	return imposed && (!own || own > imposed) ? (long)imposed : own;
}

static void install_timeouts(struct program *program)
{
	const struct policy *policy = program->policy;
	const struct options *set = &program->set;
	long own = set->connect_timeout_ms ? set->connect_timeout_ms : CONNECT_TIMEOUT_DEFAULT_MS;
	long connect = stricter(own, policy->connect_timeout_ms);
	long whole = stricter(set->timeout_ms, policy->attempt_timeout_ms);

	if (connect == own && whole == set->timeout_ms)
		return;
	program_set_long(program, CURLOPT_CONNECTTIMEOUT_MS, connect);
	program_set_long(program, CURLOPT_TIMEOUT_MS, whole);
	program->ours |= OURS_TIMEOUTS;
}

void install_callbacks(struct handle *handle)
{
	struct program *program = &handle->program;

	program->libcurl->easy_setopt(program->easy, CURLOPT_HEADERFUNCTION, response_header);
	program_set_pointer(program, CURLOPT_HEADERDATA, handle);
	program->libcurl->easy_setopt(program->easy, CURLOPT_WRITEFUNCTION, response_body);
	program_set_pointer(program, CURLOPT_WRITEDATA, handle);
	program->ours |= OURS_CALLBACKS;
}

void install(struct handle *handle)
{
	if (!(handle->program.ours & OURS_CALLBACKS))
		install_callbacks(handle);
	progress_arm(&handle->progress);
	install_timeouts(&handle->program);
}

void install_fresh_connect(struct program *program)
{
	program_set_long(program, CURLOPT_FRESH_CONNECT, 1);
	program->ours |= OURS_CONNECTION;
}

void install_no_hsts_read(struct program *program)
{
	if (!program->set.hsts_read_function)
		return;
	program_set_pointer(program, CURLOPT_HSTSREADFUNCTION, NULL);
	program->ours |= OURS_HSTS;
}

void uninstall(const struct handle *handle, CURL *easy)
{
	const struct program *program = &handle->program;

	options_restore(&program->set, program->libcurl, easy, program->ours);
}

void install_end(struct program *program)
{
	options_restore(&program->set, program->libcurl, program->easy,
			program->ours & OURS_OF_A_RUN);
	program->ours &= ~OURS_OF_A_RUN;
}
