/* SPDX-License-Identifier: MIT */
#ifndef CURLRETRY_INTERPOSE_H
#define CURLRETRY_INTERPOSE_H

#include "symbols.h"

/* curl_easy_init and curl_multi_init of each libcurl, for callers whose address does not tell which they mean. */
extern void *const interpose_easy_init[LIBCURLS_MAX];
extern void *const interpose_multi_init[LIBCURLS_MAX];

#if LIBCURL_VERSION_NUM < 0x080400
CURL **curl_multi_get_handles(CURLM *multi);
#endif
#if LIBCURL_VERSION_NUM < 0x080800
CURLMcode curl_multi_waitfds(CURLM *multi, struct curl_waitfd *fds, unsigned size, unsigned *count);
#endif
#if LIBCURL_VERSION_NUM < 0x081000
CURLMcode curl_multi_get_offt(CURLM *multi, CURLMinfo_offt info, curl_off_t *value);
#endif

#endif
