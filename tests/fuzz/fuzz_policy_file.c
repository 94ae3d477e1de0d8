/* SPDX-License-Identifier: MIT */
/*
 * The machine's file: whatever is in it, there is a policy, and what is wrong is said in one line.
 */
#include "fuzz.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../config/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *environment[] = { NULL };
	struct policy_problem problem = { "" };
	struct policy policy;
	char path[32];
	int fd = memfd_create("policy", MFD_CLOEXEC);

	demand(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	policy_init(&policy);
	if (!policy_load(&policy, path, environment, &problem)) {
		demand(problem.text[0] && !strpbrk(problem.text, "\r\n\x1b"));
		demand(strlen(problem.text) < sizeof(problem.text));
	}
	close(fd);
	return 0;
}
