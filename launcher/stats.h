/* SPDX-License-Identifier: MIT */
/* curlretry --stats: what the ledger holds, to standard output. */
#ifndef CURLRETRY_STATS_H
#define CURLRETRY_STATS_H

#include <stdbool.h>

#include "entries.h"

enum stats_form { STATS_TEXT, STATS_JSON, STATS_OPENMETRICS, STATS_RESET };

/* "json", "openmetrics" or "reset"; NULL for text. False: none of these. */
bool stats_take_form(enum stats_form *form, const char *word);

/* A table, JSON or OpenMetrics, not STATS_RESET. */
void stats_print(enum stats_form form, const struct entries *entries);

/*
 * NAME without what a terminal would obey; TEXT is room for it. What is no character becomes '?'.
 */
const char *stats_printable(char text[LEDGER_NAME_MAX], const char *name);

/* How long ago: "12s", "3m", "2h", "5d". */
#define AGE_MAX 32
const char *stats_age(char text[AGE_MAX], int64_t seconds);

#endif
