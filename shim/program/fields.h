/* SPDX-License-Identifier: MIT */
/* The header fields that a program gives a request (CURLOPT_HTTPHEADER). */
#ifndef CURLRETRY_FIELDS_H
#define CURLRETRY_FIELDS_H

#include "libcurl/symbols.h"

enum field { FIELD_NONE, FIELD_EMPTY, FIELD_VALUE };

/*
 * What becomes of the field NAME: "Name:" keeps it out of the request, "Name;"
 * sends it without a value. Only of an HTTP request: a program may have freed
 * the list that libcurl will not look at.
 */
enum field fields_find(const struct curl_slist *fields, const char *name);

#endif
