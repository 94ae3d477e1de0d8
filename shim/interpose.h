/* SPDX-License-Identifier: MIT */
#ifndef CURLRETRY_INTERPOSE_H
#define CURLRETRY_INTERPOSE_H

#include "symbols.h"

/* curl_easy_init of each libcurl, for callers whose address does not tell which they mean. */
extern void *const interpose_easy_init[LIBCURLS_MAX];

#endif
