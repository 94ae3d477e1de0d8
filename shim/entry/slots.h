/* SPDX-License-Identifier: MIT */
/*
 * Objects whose references to libcurl did not bind to us (RTLD_DEEPBIND): their slots are pointed
 * at us.
 */
#ifndef CURLRETRY_SLOTS_H
#define CURLRETRY_SLOTS_H

#include <stdbool.h>

/*
 * Looks through the objects that are new since the last call. False: one was
 * still being relocated by another thread, and must be looked at again.
 */
bool slots_patch(void);

#endif
