/* SPDX-License-Identifier: MIT */
/* Faults on purpose: reading, writing and drawing them. Pure. */
#ifndef CURLRETRY_INJECT_H
#define CURLRETRY_INJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"
#include "setting.h"

#define FAULT_TEXT_MAX 64

/* setting.parse and setting.print of CURLRETRY_INJECT. */
bool inject_parse(const struct setting *setting, struct policy *policy, const char *value,
		  struct policy_problem *problem);
void inject_print(const struct setting *setting, const struct policy *policy, char *text,
		  size_t size);

/* The fault as a user types it, without its share: "503/ra=5", "cut:4096". */
void inject_text(const struct fault *fault, char text[FAULT_TEXT_MAX]);

/*
 * The first of the faults that hits, by the 64 random bits in RANDOM; NULL: none does. One whose
 * kind is not in CAN, a set of 1 << kind, is passed over as if it were not there.
 */
const struct fault *inject_draw(const struct inject *inject, unsigned can, uint64_t random);

#endif
