/* SPDX-License-Identifier: MIT */
/* The file of rules, on the disk. errno is preserved. */
#ifndef CURLRETRY_RULES_FILE_H
#define CURLRETRY_RULES_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "rules.h"

#define RULES_FILE "/etc/curlretry.conf"	/* CURLRETRY_CONFIG's default */
#define RULES_NO_FILE "none"

/* By which a file is known to have changed. */
struct rules_version {
	bool exists;
	dev_t device;
	ino_t inode;
	off_t size;
	int64_t modified_ns;	/* since the epoch, here and below */
	int64_t changed_ns;	/* its owner, its mode or its contents */
};

/* That of FILE, as it is now. */
void rules_version(struct rules_version *version, const char *file);

bool rules_version_equal(const struct rules_version *a, const struct rules_version *b);

/*
 * Reads FILE. NULL with an empty *problem: there are no rules, since there is
 * no file, or FILE is RULES_FILE and this process may not read it. What is
 * wrong first, *problem says: the rest counts as far as it could be read. A file
 * that another user may write is refused in root's processes. *whole is false
 * where the text ends within a line, or is empty: somebody may be writing it.
 */
struct rules *rules_read(const char *file, struct rules_version *version, bool *whole,
			 struct policy_problem *problem);

#endif
