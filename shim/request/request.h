/* SPDX-License-Identifier: MIT */
/*
 * Rewinding and replaying request bodies that a read callback gives.
 *
 * For the next attempt the body is taken from the first of these that works:
 * a seek in the FILE that the default fread reads, what was kept of it (up to
 * CURLRETRY_UPLOAD_BUFFER bytes), the program's seek or ioctl callback.
 * Bodies that libcurl holds or reads itself (POSTFIELDS, forms) never come here; see mime.h.
 */
#ifndef CURLRETRY_REQUEST_H
#define CURLRETRY_REQUEST_H

#include <stdbool.h>

#include "mime.h"
#include "replay.h"
#include "program/progress.h"

struct request {
	struct program *program;
	struct progress *progress;	/* which is told that bytes go */
	bool touched;		/* the body has been read in this attempt */
	bool rewound;		/* for the next attempt: this one gets no more of it */
	bool aborted;		/* which is how we ended it */
	bool ended;		/* the program has said so; it is not asked again */
	bool located;		/* file_start is known */
	curl_off_t file_start;	/* of the default fread's FILE; -1: not to be sought in */
	struct replay replay;	/* the body from its first byte */
	struct form form;
};

/*
 * At the start of a transfer: installs our callbacks around the program's, if it may send a body
 * from one.
 */
void request_arm(struct request *request);

/* A new attempt. */
void request_begin(struct request *request);

/*
 * Whether the body cannot be sent again, for all that is known: a form's parts
 * are libcurl's to rewind; and a callback that was set when the transfer had
 * begun is not behind ours. KEYED: under an idempotency key, where each byte must be the same.
 */
bool request_is_lost(const struct request *request, bool keyed);

/* Makes the body ready to be sent once more. False: it is lost. */
bool request_rewind(struct request *request);

/* At the end of a transfer. */
void request_disarm(struct request *request);

/* The easy handle is about to go. */
void request_free(struct request *request);

#endif
