/* SPDX-License-Identifier: MIT */
/* curlretry --check: whether the shim reaches a program, told without running it. */
#ifndef CURLRETRY_CHECK_H
#define CURLRETRY_CHECK_H

enum check { CHECK_REACHES = 0, CHECK_DOES_NOT_REACH = 1, CHECK_CANNOT_TELL = 2 };

/* COMMAND as a shell would find it, or the number of a running process; prints its verdict. */
enum check check_command(const char *command);

#endif
