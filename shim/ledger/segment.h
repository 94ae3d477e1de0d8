/* SPDX-License-Identifier: MIT */
/*
 * Where the ledger lies: in a segment of System V's shared memory. Unrelated processes find it by
 * a key of the user, the layout and the ledger's name; and unlike a file that is mapped it cannot
 * be truncated under those who use it, which would kill them. It lasts until the machine is
 * started anew, or its user logs out for good (see RemoveIPC in logind.conf(5)). Containers and
 * others with an IPC namespace of their own have their own.
 */
#ifndef CURLRETRY_SEGMENT_H
#define CURLRETRY_SEGMENT_H

#include <stdbool.h>

#include "ledger.h"

#define SEGMENT_DEFAULT "on"	/* the name of the ledger that has none */

/*
 * The ledger NAME of the user that the process acts as (geteuid); MAKE: where there is none, it is
 * made. NULL, and an errno in *error: there is none, or it is refused: by the system (ENOSYS,
 * EPERM, ENOSPC: no more segments), or by us, since another user could have a hand in it (EACCES).
 * It is inherited by fork, and is the caller's to close.
 */
struct ledger *segment_open(const char *name, bool make, int *error);

void segment_close(struct ledger *ledger);

#endif
