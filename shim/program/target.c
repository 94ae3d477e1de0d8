/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <string.h>

#include "config/ascii.h"
#include "config/url.h"
#include "program.h"

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

static void find_scheme_and_host(const struct program *program, struct target *target)
{
	const char *known = NULL;
	struct url url;

	url_split(&url, target->url);
	url_host(target->host, sizeof(target->host), &url);
	if (url.scheme) {
		copy_lower(target->scheme, sizeof(target->scheme), url.text, url.scheme);
		return;
	}
	program->libcurl->easy_getinfo(program->easy, CURLINFO_SCHEME, &known);
	if (!known)
		known = guess_scheme(target->host);
	copy_lower(target->scheme, sizeof(target->scheme), known, strlen(known));
}

bool target_is_http(const char *scheme)
{
	return !strcmp(scheme, "http") || !strcmp(scheme, "https") ||
	       !strcmp(scheme, "ws") || !strcmp(scheme, "wss");
}

bool target_is_encrypted(const char *scheme)
{
	static const char *const schemes[] = {
		"https", "wss",	    "ftps",  "smtps", "imaps", "pop3s", "ldaps",
		"smbs",	 "gophers", "mqtts", "rtmps",
	};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (!strcmp(scheme, schemes[i]))
			return true;
	}
	return false;
}

static const char *method_of_other(const struct program *program, const struct target *target)
{
	for (size_t i = 0; i < sizeof(readable) / sizeof(readable[0]); i++) {
		if (strcmp(target->scheme, readable[i]))
			continue;
		if (program->set.commands)
			return "QUOTE";
		/* libcurl appends, too, where it resumes an upload. */
		if (program->set.ftp_append ||
		    (program->set.resume_from && strcmp(target->method, "GET")))
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

void target_of(const struct program *program, struct target *target)
{
	const struct libcurl *libcurl = program->libcurl;
	char *text = NULL;

	*target = (struct target){ .url = "", .method = "GET" };
	libcurl->easy_getinfo(program->easy, CURLINFO_EFFECTIVE_URL, &text);
	if (program->shown_url)
		target->url = program->shown_url;
	else if (text)
		target->url = text;
	text = NULL;
	libcurl->easy_getinfo(program->easy, CURLINFO_EFFECTIVE_METHOD, &text);
	if (text)
		target->method = text;
	find_scheme_and_host(program, target);
	target->http = target_is_http(target->scheme);
	if (!target->http)
		target->method = method_of_other(program, target);
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

bool target_is_conditional(const struct program *program, const struct target *target)
{
	if (!target->http || !strcmp(target->method, "GET") || !strcmp(target->method, "HEAD"))
		return false;
	if (program->set.time_condition == CURL_TIMECOND_IFUNMODSINCE)
		return true;
	for (const struct curl_slist *at = program->set.http_header; at; at = at->next) {
		if (at->data && is_condition(at->data))
			return true;
	}
	return false;
}
