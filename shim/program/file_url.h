/* SPDX-License-Identifier: MIT */
/* Which URLs are of files that can be gone on with from a byte: see response/offset.h. */
#ifndef CURLRETRY_FILE_URL_H
#define CURLRETRY_FILE_URL_H

enum file_url { FILE_NONE, FILE_FTP, FILE_SFTP };

/* Whether URL, as a program gives it, is of a file that FTP or SFTP fetches as it is. */
enum file_url file_url_of(const char *url);

#endif
