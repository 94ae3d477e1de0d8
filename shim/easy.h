/* SPDX-License-Identifier: MIT */
/* Transfers through curl_easy_perform: run, wait, run again. */
#ifndef CURLRETRY_EASY_H
#define CURLRETRY_EASY_H

#include "symbols.h"

struct handle;

CURLcode easy_perform(struct handle *handle);

/* The handle whose transfer this thread is in by easy_perform(), the innermost one; or NULL. */
struct handle *easy_running(void);

#endif
