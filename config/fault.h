/* SPDX-License-Identifier: MIT */
/* The faults on purpose that a policy asks for (CURLRETRY_INJECT). Plain data: see inject.h. */
#ifndef CURLRETRY_FAULT_H
#define CURLRETRY_FAULT_H

#include <stdint.h>

enum fault_kind {
	FAULT_NONE,
	/* of these the server hears nothing */
	FAULT_STATUS,
	FAULT_REFUSED,
	FAULT_DNS,
	FAULT_TLS,
	/* of these it does */
	FAULT_RESET,
	FAULT_CUT,
	FAULT_DELAY,
	FAULT_STALL,
};

struct fault {
	enum fault_kind kind;
	int status;		/* FAULT_STATUS only */
	/*
	 * STATUS: its Retry-After in ms, -1: none; CUT: bytes of the body that come; DELAY, STALL:
	 * ms
	 */
	int64_t amount;
	int32_t share;		/* of all attempts, in millionths */
};

#define INJECT_MAX 16

struct inject {
	int count;		/* 0: off */
	struct fault faults[INJECT_MAX];
};

#endif
