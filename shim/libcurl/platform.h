/* SPDX-License-Identifier: MIT */
/* What the shim is written for; anything else must not build. */
#ifndef CURLRETRY_PLATFORM_H
#define CURLRETRY_PLATFORM_H

#include <features.h>

#if !defined(__linux__) || !defined(__GLIBC__)
#error "curlretry needs Linux with glibc: it relies on how glibc's dynamic linker binds symbols"
#endif
#if !defined(__x86_64__) && !defined(__aarch64__)
#error "curlretry supports x86-64 and aarch64 only"
#endif
#if !__GLIBC_PREREQ(2, 31)
#error "curlretry needs glibc 2.31 or later"
#endif
#if defined(__ILP32__)
#error "curlretry needs a 64-bit build: options are passed on as one 64-bit word"
#endif

#endif
