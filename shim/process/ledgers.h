/* SPDX-License-Identifier: MIT */
/*
 * The ledgers that this process has open: one, unless its policy changes or the user that it acts
 * as. Thread-safe, without locks, usable in a forked child. Nothing is closed: other threads may
 * be using it.
 */
#ifndef CURLRETRY_LEDGERS_H
#define CURLRETRY_LEDGERS_H

#include <stdint.h>

#include "ledger/ledger.h"

/*
 * To be called once, with the policy's ledger, before anything else and before the program enters
 * a sandbox: where system calls are filtered already it is opened at once, or never, since another
 * filter may come and kill who opens it later. Elsewhere that is left to the first transfer.
 */
void ledgers_prepare(const char *name);

/*
 * The ledger NAME for a transfer that begins at NOW, in ms; opened by the first. NULL: there is
 * none. *problem, an errno, is set, and only once in a process, where that is news, else 0.
 */
struct ledger *ledgers_get(const char *name, int64_t now, int *problem);

#endif
