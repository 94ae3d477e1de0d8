/* SPDX-License-Identifier: MIT */
/* curlretry --top: the ledger, live. */
#ifndef CURLRETRY_TOP_H
#define CURLRETRY_TOP_H

#include <stdbool.h>

#include "entries.h"

/*
 * Shows what READ reads once a second, until it is left; once, where standard output is not a
 * terminal.
 */
void top_run(void (*read)(struct entries *entries, void *context), void *context);

#endif
