/* SPDX-License-Identifier: MIT */
/* curlretry --check: whether the shim reaches a program, told without running it. */
#ifndef CURLRETRY_CHECK_H
#define CURLRETRY_CHECK_H

#include <limits.h>

enum check { CHECK_REACHES = 0, CHECK_DOES_NOT_REACH = 1, CHECK_CANNOT_TELL = 2 };

/* COMMAND as a shell would find it, or the number of a running process; prints its verdict. */
enum check check_command(const char *command);

/*
 * Why ld.so will not load the shim into COMMAND, as far as one look at its
 * file tells; NULL where nothing is found. PATH is where it is.
 */
const char *check_obstacle(char path[PATH_MAX], const char *command);

#endif
