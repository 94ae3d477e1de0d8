/* SPDX-License-Identifier: MIT */
/*
 * What the program has set on an easy handle, as far as a retry needs it, and
 * which of these options hold a value of ours in its place.
 *
 * One table says of each option how it is remembered and who of us may stand
 * over it: what remembers, holds back and restores goes by that.
 */
#ifndef CURLRETRY_OPTIONS_H
#define CURLRETRY_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "libcurl/symbols.h"
#include "config/url.h"
#include "file_url.h"

/* CURLOPT_PROTOCOLS_STR, newer than the oldest libcurl we build against (7.85): by its number. */
#define CURLOPT_PROTOCOLS_BY_NAME ((CURLoption)(CURLOPTTYPE_OBJECTPOINT + 318))

/* Who stands over an option. */
enum owner {
	OURS_CALLBACKS = 1 << 0,	/* for headers and body */
	OURS_PROGRESS = 1 << 1,
	OURS_TIMEOUTS = 1 << 2,
	OURS_CONNECTION = 1 << 3,	/* the next attempt gets one of its own */
	OURS_BODY = 1 << 4,		/* the callbacks for the request body */
	OURS_KEY = 1 << 5,		/* an idempotency key among the header fields */
	OURS_RANGE = 1 << 6,
	OURS_FILETIME = 1 << 7,
	OURS_HSTS = 1 << 8,
	OURS_REFUSALS = 1 << 9,		/* the callbacks by which it refuses names and addresses */
	OURS_TRACE = 1 << 10,		/* the callback for what goes over the wire */
	OURS_FAULT = 1 << 11,		/* the way to a decoy */
	OURS_URL = 1 << 12,		/* likewise, where it needs another URL */
};

/* All but those that stay from the first transfer to the handle's end. */
#define OURS_OF_A_RUN (~0U & ~(unsigned)OURS_CALLBACKS)

/* The program's values; libcurl's defaults where it has set none. */
struct options {
	curl_write_callback write_function;	/* NULL: libcurl's default, fwrite */
	void *write_data;
	curl_write_callback header_function;
	void *header_data;
	curl_read_callback read_function;	/* NULL: libcurl's default, fread */
	void *read_data;
	curl_seek_callback seek_function;
	void *seek_data;
	curl_ioctl_callback ioctl_function;
	void *ioctl_data;
	curl_xferinfo_callback xferinfo_function;
	curl_progress_callback progress_function;
	void *progress_data;
	curl_resolver_start_callback resolver_start_function;
	void *resolver_start_data;
	curl_opensocket_callback open_socket_function;
	void *open_socket_data;
	curl_closesocket_callback close_socket_function;
	void *close_socket_data;
	curl_sockopt_callback socket_option_function;
	void *socket_option_data;
	struct curl_slist *connect_to;		/* the program's own */
	char *proxy;				/* a copy; owned */
	char *pre_proxy;			/* a copy; owned */
	char *interface;			/* a copy; owned */
	char *protocol_names;			/* a copy; owned; PROTOCOLS_STR */
	curl_hstsread_callback hsts_read_function;
	void *hsts_read_data;
	curl_debug_callback debug_function;	/* NULL: libcurl's default, error_file */
	void *debug_data;
	FILE *error_file;			/* STDERR; NULL: standard error */
	char *error_buffer;
	char *referer;				/* a copy; owned */
	char *range;				/* a copy; owned */
	curl_off_t resume_from;
	struct curl_slist *http_header;		/* the program's own */
	/* of an HTTP request, where custom_request is empty */
	const char *method;
	char custom_request[8];			/* its beginning: enough to know POST and PATCH */
	/* HTTPPOST: the program's, to be read during a transfer with a form only */
	const struct curl_httppost *old_form;
	/* of its URL: libcurl's own may still be the last hop's */
	bool host_unknown;			/* of a URL handle's that does not tell */
	/* the program's, which comes before its URL; or NULL */
	CURLU *url_handle;
	char scheme[12];			/* in lower case; "http" where it names none */
	char host[URL_HOST_MAX];
	int url_port;
	bool moved;				/* one of these has been set */
	bool url_is_new;			/* it has been set; injection.c's to clear */
	/* libcurl's is that of a hop, since the handle is a copy of one that was redirected */
	bool url_is_hop;
	long port;				/* 0: the URL's */
	long verbose;
	long noprogress;
	long header;
	long follow_location;
	long auto_referer;
	long ftp_append;
	long file_time;
	long time_condition;
	long text;				/* FTP in ASCII */
	long wildcard;
	long fresh_connect;
	long forbid_reuse;
	long ip_resolve;
	long connect_only;
	long protocols;				/* 0: not set */
	long low_speed_limit;
	long low_speed_time;			/* s */
	long local_port;
	long local_port_range;
	long http_version;
	long connect_timeout_ms;
	long timeout_ms;
	bool unix_socket;			/* has been given one to connect to */
	bool hsts;				/* may be led from HTTP to HTTPS by it */
	bool accept_encoding;			/* libcurl decodes the body */
	bool doh;				/* names are looked up by DNS over HTTPS */
	enum file_url file_url;
	bool sends;				/* has asked for a request with a body */
	bool fields;				/* has a body in POSTFIELDS */
	bool commands;				/* has FTP commands of its own */
	/* its body is a form whose parts libcurl reads (HTTPPOST, MIMEPOST) */
	bool form;
	/* has been given one: a copy of the handle has it too */
	bool had_mime;
	bool trailers;				/* has a callback for those of a chunked body */
	bool raw_transfer;			/* HTTP_TRANSFER_DECODING is off */
	bool cookies;				/* has a cookie engine */
	bool shared;				/* it may be another handle's too (CURLOPT_SHARE) */
};

/* libcurl's defaults, over options that own nothing. */
void options_init(struct options *set);

/* The copy owns its texts; without memory it has none. */
void options_copy(struct options *to, const struct options *from);

/* What curl_easy_reset does. */
void options_reset(struct options *set);

void options_free(struct options *set);

/* libcurl has taken VALUE. */
void options_remember(struct options *set, CURLoption option, curl_word value);

/* Whether one of the OURS, a set of owners, stands over OPTION: its value is remembered only. */
bool options_are_ours(unsigned ours, CURLoption option);

/* Puts the program's values on EASY, a handle of LIBCURL, wherever OURS stand. */
void options_restore(const struct options *set, const struct libcurl *libcurl, CURL *easy,
		     unsigned ours);

#endif
