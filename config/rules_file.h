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
	enum rules_presence {
		RULES_ABSENT,
		RULES_HIDDEN,	/* this process may not look at it, or cannot */
		RULES_PRESENT,	/* what follows is known */
	} presence;
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
 * When FILE, of that version, was written last; of one that is absent, when its folder was
 * changed. In ns since the epoch, or INT64_MIN: not known.
 */
int64_t rules_written(const char *file, const struct rules_version *version);

/* What has come of reading a file. */
enum rules_state {
	RULES_READ,
	RULES_NONE,		/* there is none: a problem only where it has been named */
	RULES_WRONG,		/* *problem says why; what of it could be read counts */
	RULES_FORBIDDEN,	/* this process may not read it, which *problem says */
	/* it has been written meanwhile, or memory or descriptors are lacking: to be read again */
	RULES_UNREAD,
};

/*
 * Reads FILE, of which *version is the version read. The rules are the caller's;
 * NULL: there are none. *problem is what is wrong first, or empty. A file that
 * another user may write is refused in root's processes.
 */
struct rules *rules_read(const char *file, struct rules_version *version, enum rules_state *state,
			 struct policy_problem *problem);

/* As rules_read(), at a process's start, where RULES_FILE is nobody's who may not read it. */
struct rules *rules_read_first(const char *file, struct rules_version *version,
			       struct policy_problem *problem);

#endif
