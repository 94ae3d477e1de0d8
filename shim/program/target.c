/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <string.h>

#include "config/ascii.h"
#include "config/url.h"
#include "transfer/handle.h"

/* Protocols beside HTTP whose plain download may be sent twice. */
static const char *const readable[] = {
	"ftp", "ftps", "sftp", "scp", "tftp", "gopher", "gophers", "dict", "file",
};

/* The method's name for all others, by scheme. */
static const struct {
	const char *scheme;
	const char *method;
} others[] = {
	{ "smtp", "SMTP" },   { "smtps", "SMTP" }, { "imap", "IMAP" },	 { "imaps", "IMAP" },
	{ "pop3", "POP3" },   { "pop3s", "POP3" }, { "ldap", "LDAP" },	 { "ldaps", "LDAP" },
	{ "rtsp", "RTSP" },   { "mqtt", "MQTT" },  { "mqtts", "MQTT" },	 { "telnet", "TELNET" },
	{ "smb", "SMB" },     { "smbs", "SMB" },   { "rtmp", "RTMP" },
};

static void copy_lower(char *to, size_t size, const char *from, size_t length)
{
	size_t n = length < size ? length : size - 1;

	for (size_t i = 0; i < n; i++)
		to[i] = ascii_lower(from[i]);
	to[n] = '\0';
}

/*
 * libcurl's guess where neither the URL nor the program names a protocol
 * (CURLOPT_DEFAULT_PROTOCOL).
 */
static const char *guess_scheme(const char *host)
{
	static const char *const guessed[] = { "ftp", "dict", "ldap", "imap", "smtp", "pop3" };

	for (size_t i = 0; i < sizeof(guessed) / sizeof(guessed[0]); i++) {
		size_t length = strlen(guessed[i]);

		if (!strncmp(host, guessed[i], length) && host[length] == '.')
			return guessed[i];
	}
	return "http";
}

static void find_scheme_and_host(const struct handle *handle, struct target *target)
{
	const char *known = NULL;
	struct url url;

	url_split(&url, target->url);
	url_host(target->host, sizeof(target->host), &url);
	if (url.scheme) {
		copy_lower(target->scheme, sizeof(target->scheme), url.text, url.scheme);
		return;
	}
	handle->libcurl->easy_getinfo(handle->easy, CURLINFO_SCHEME, &known);
	if (!known)
		known = guess_scheme(target->host);
	copy_lower(target->scheme, sizeof(target->scheme), known, strlen(known));
}

enum file_url target_file(const char *url)
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

static bool is_http(const char *scheme)
{
	return !strcmp(scheme, "http") || !strcmp(scheme, "https") ||
	       !strcmp(scheme, "ws") || !strcmp(scheme, "wss");
}

static const char *method_of_other(const struct handle *handle, const struct target *target)
{
	for (size_t i = 0; i < sizeof(readable) / sizeof(readable[0]); i++) {
		if (strcmp(target->scheme, readable[i]))
			continue;
		if (handle->set.commands)
			return "QUOTE";
		/* libcurl appends, too, where it resumes an upload. */
		if (handle->set.ftp_append ||
		    (handle->set.resume_from && strcmp(target->method, "GET")))
			return "APPE";
		/*
		 * libcurl says GET for a download, PUT for an upload, and a command of the
		 * program's own.
		 */
		return target->method;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (!strcmp(target->scheme, others[i].scheme))
			return others[i].method;
	}
	return "OTHER";
}

void target_of(const struct handle *handle, struct target *target)
{
	const struct libcurl *libcurl = handle->libcurl;
	char *text = NULL;

	*target = (struct target){ .url = "", .method = "GET" };
	libcurl->easy_getinfo(handle->easy, CURLINFO_EFFECTIVE_URL, &text);
	if (text)
		target->url = text;
	text = NULL;
	libcurl->easy_getinfo(handle->easy, CURLINFO_EFFECTIVE_METHOD, &text);
	if (text)
		target->method = text;
	find_scheme_and_host(handle, target);
	target->http = is_http(target->scheme);
	if (!target->http)
		target->method = method_of_other(handle, target);
}

/* "Name: value"; without one, libcurl sends none (CURLOPT_HTTPHEADER). */
static bool has_value(const char *line, const char *name, const char **value)
{
	size_t length = strlen(name);

	if (!ascii_begins(line, name) || line[length] != ':')
		return false;
	*value = line + length + 1 + strspn(line + length + 1, " \t\r\n\v\f");
	return **value;
}

static bool is_condition(const char *line)
{
	static const char *const names[] = {
		"If-Match", "If-None-Match", "If-Unmodified-Since", "If-Schedule-Tag-Match",
	};
	const char *value;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (has_value(line, names[i], &value))
			return true;
	}
	/*
	 * RFC 4918 §10.4.2: an entity tag in brackets; a lock's token alone holds the second time
	 * too.
	 */
	return has_value(line, "If", &value) && strchr(value, '[');
}

bool target_is_conditional(const struct handle *handle, const struct target *target)
{
	if (!target->http || !strcmp(target->method, "GET") || !strcmp(target->method, "HEAD"))
		return false;
	if (handle->set.time_condition == CURL_TIMECOND_IFUNMODSINCE)
		return true;
	for (const struct curl_slist *at = handle->set.http_header; at; at = at->next) {
		if (at->data && is_condition(at->data))
			return true;
	}
	return false;
}
