/* SPDX-License-Identifier: MIT */
/* What the shim is written for; anything else must not build. */
#ifndef CURLRETRY_PLATFORM_H
#define CURLRETRY_PLATFORM_H

#include <features.h>

#if !defined(__linux__)
#error "curlretry needs Linux: it relies on how its dynamic linkers bind symbols"
#endif
/* The C library that the shim is built for: musl, the other one, has no macro that tells it. */
#ifdef __GLIBC__
#define PLATFORM_GLIBC 1
#else
#define PLATFORM_GLIBC 0
#endif
#if !defined(__x86_64__) && !defined(__aarch64__)
#error "curlretry supports x86-64 and aarch64 only"
#endif
#if PLATFORM_GLIBC
#if !__GLIBC_PREREQ(2, 31)
#error "curlretry needs glibc 2.31 or later"
#endif
#endif
#if defined(__ILP32__)
#error "curlretry needs a 64-bit build: options are passed on as one 64-bit word"
#endif

#endif
