/* SPDX-License-Identifier: MIT */
/*
 * Completions for shells, made from the table of settings and the launcher's
 * own options: to standard output.
 */
#ifndef CURLRETRY_COMPLETE_H
#define CURLRETRY_COMPLETE_H

#include <stdbool.h>

/* For bash, zsh or fish. False: for no other SHELL. */
bool complete_print(const char *shell);

#endif
