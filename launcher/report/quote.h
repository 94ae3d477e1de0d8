/* SPDX-License-Identifier: MIT */
/* Texts as JSON has them, in ASCII: the same in a page and in a file. */
#ifndef CURLRETRY_REPORT_QUOTE_H
#define CURLRETRY_REPORT_QUOTE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * In quotes. TEXT is UTF-8. No byte of it that means something in HTML is written as it is: neither
 * "</script>" nor "<!--" can stand there.
 */
void quote_string(FILE *out, const char *text, size_t length);

/* The same of a text that ends in NUL. */
void quote_text(FILE *out, const char *text);

#endif
