/* SPDX-License-Identifier: MIT */
/*
 * The transfer's place in the account that all processes keep of its
 * destination (CURLRETRY_LEDGER): what its attempts came to is told there, and
 * a retry goes when its turn has come. See ledger/ledger.h, config/pacer.h.
 *
 * Without a ledger the drawn delays stand.
 */
#ifndef CURLRETRY_TURN_H
#define CURLRETRY_TURN_H

#include "handle.h"
#include "process/log.h"

/* At the start of a transfer. */
void turn_begin(struct handle *handle);

/* A new attempt. */
void turn_begin_attempt(struct turn *turn);

/* The attempt's end, or its answer's header, has been judged by VERDICT; counts it once. */
void turn_note(struct handle *handle, const struct verdict *verdict);

/*
 * Decides on the retry that VERDICT wants. False: it would have to wait longer than the transfer
 * may in all. SERVER_ASKS: the delay is the server's.
 */
bool turn_ask(struct handle *handle, const struct verdict *verdict, bool server_asks);

/* When turn_come() has to be asked first, monotonic ms; transfer.verdict is the retry's. */
int64_t turn_due(const struct handle *handle);

/*
 * Whether the retry may begin at NOW, monotonic ms. PACER_WAIT: to be asked again at transfer.due.
 */
enum pacer_answer turn_come(struct handle *handle, int64_t now);

/* The attempt has failed, with STATUS or CODE. */
void turn_failed(struct handle *handle, int status, CURLcode code);

/* The transfer has ended as KIND, which is not LOG_TRANSFER, with STATUS or CODE. */
void turn_end(struct handle *handle, enum log_kind kind, int status, CURLcode code);

#endif
