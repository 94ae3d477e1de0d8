/* SPDX-License-Identifier: MIT */
#include "file_url.h"

#include <stddef.h>

#include "config/ascii.h"

enum file_url file_url_of(const char *url)
{
	static const char *const begins[] = { "ftp://", "ftps://", "sftp://", "ftp." };

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		/* ";type=a" is text, ";type=d" a list (RFC 1738 §3.2.2). */
		if (ascii_begins(url, begins[i]))
			return ascii_contains(url, ";type=") ? FILE_NONE :
			       begins[i][0] == 's'	? FILE_SFTP :
							  FILE_FTP;
	}
	return FILE_NONE;
}
