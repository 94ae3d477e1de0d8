/* SPDX-License-Identifier: MIT */
/* The destinations of the ledger, as they are shown: what is worst first. */
#ifndef CURLRETRY_ENTRIES_H
#define CURLRETRY_ENTRIES_H

#include <stddef.h>
#include <stdint.h>

#include "shim/ledger/ledger.h"

/* As INTERFACE names them; in the order in which they are shown. */
enum health { HEALTH_DOWN, HEALTH_FAILING, HEALTH_OK };

struct entry {
	struct ledger_view view;
	enum health health;
	uint64_t requests;		/* retries included, since its account was made */
	double rate;			/* requests a second, over PACER_WINDOW_S */
	double amplification;		/* requests for each transfer; 0: there was none */
};

struct entries {
	int64_t time;			/* of day, in s */
	size_t count;
	struct entry entry[LEDGER_ACCOUNTS];
};

/* "ok", "failing", "down". */
const char *health_name(enum health health);

/* What LEDGER, or NULL, holds now. */
void entries_read(struct entries *entries, const struct ledger *ledger);

/* "503" or "CURLE_COULDNT_CONNECT"; "" where there was no failure. TEXT is room for it. */
#define FAILURE_MAX 64
const char *entry_failure(const struct entry *entry, char text[FAILURE_MAX]);

#endif
