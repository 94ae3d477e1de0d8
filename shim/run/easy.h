/* SPDX-License-Identifier: MIT */
/* Transfers through curl_easy_perform: run, wait, run again. */
#ifndef CURLRETRY_EASY_H
#define CURLRETRY_EASY_H

#include "libcurl/symbols.h"

struct handle;

CURLcode easy_perform(struct handle *handle);

#endif
