/* SPDX-License-Identifier: MIT */
/*
 * What must not be shown of a request: known by its name, or by what it looks
 * like. Of a secret its length is shown: "… (24)". Pure.
 */
#ifndef CURLRETRY_SECRETS_H
#define CURLRETRY_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

/* How long a text of LENGTH bytes can get, with the NUL at its end. */
#define SECRETS_ROOM(length) ((length) * 8 + 32)

/*
 * Whether a header field, a parameter or the like of this name holds a secret: Authorization and
 * Cookie, and what says secret, token, key, password, signature, session and the like.
 */
bool secrets_is_name(const char *name, size_t length);

/* Copies the value of the header field NAME; OUT has SECRETS_ROOM(length). Returns its length. */
size_t secrets_hide_field(char *out, const char *name, size_t name_length, const char *value,
			  size_t length);

/*
 * Copies a text that may be a URL, or have some in it: user info, and what stands behind the name
 * of a secret ("token=…"), is hidden.
 */
size_t secrets_hide_text(char *out, const char *text, size_t length);

/*
 * A line of another protocol's dialogue: of a command that is not known to be harmless, its word.
 */
size_t secrets_hide_command(char *out, const char *line, size_t length);

#endif
