/* SPDX-License-Identifier: MIT */
/* What is hidden of header fields, URLs and commands, and what is not. */
#include "check.h"

#include <stdlib.h>
#include <time.h>

#include "../../config/secrets.h"

#define HIDDEN "\xe2\x80\xa6"

static char shown[8192];

static const char *hide_text(const char *text)
{
	size_t length = secrets_hide_text(shown, text, strlen(text));

	CHECK_INT(length, strlen(shown));
	CHECK(length < SECRETS_ROOM(strlen(text)));
	return shown;
}

static const char *hide_field(const char *name, const char *value)
{
	secrets_hide_field(shown, name, strlen(name), value, strlen(value));
	return shown;
}

static const char *hide_command(const char *line)
{
	secrets_hide_command(shown, line, strlen(line));
	return shown;
}

static void test_names(void)
{
	static const char *const secret[] = {
		"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Api-Key",
		"api_key", "x-amz-security-token", "X-Amz-Signature", "client_secret", "password",
		"PASSWD", "userPassword", "session_id", "PHPSESSIONID", "Idempotency-Key", "sig",
		"access_token", "X-Auth-User", "code", "jwt", "X-CSRF", "to%6ben", "%74oken",
	};
	static const char *const open[] = {
		"Accept", "Host", "Content-Type", "User-Agent", "Location", "page", "id", "Date",
		"WWW-Authenticate", "Author", "design", "encode", "compass", "ETag", "Via",
	};

	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++) {
		if (!CHECK(secrets_is_name(secret[i], strlen(secret[i]))))
			fprintf(stderr, "  %s\n", secret[i]);
	}
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
		if (!CHECK(!secrets_is_name(open[i], strlen(open[i]))))
			fprintf(stderr, "  %s\n", open[i]);
	}
}

static void test_fields(void)
{
	CHECK_STR(hide_field("Cookie", "a=b; c=d"), HIDDEN " (8)");
	CHECK_STR(hide_field("X-Custom", "Bearer abc.def"), "Bearer " HIDDEN " (7)");
	CHECK_STR(hide_field("X-Custom", "basic dXNlcjpw"), "basic " HIDDEN " (8)");
	CHECK_STR(hide_field("Location", "https://b.test/x?X-Amz-Signature=0a1b&part=2"),
		  "https://b.test/x?X-Amz-Signature=" HIDDEN " (4)&part=2");
	CHECK_STR(hide_field("X-Forwarded", "a eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2ln b"),
		  "a " HIDDEN " (35) b");
	CHECK_STR(hide_field("Accept", "*/*"), "*/*");
	CHECK_STR(hide_field("Cache-Control", "max-age=3600, public"), "max-age=3600, public");
	CHECK_STR(hide_field("Accept", ""), "");
}

static void test_texts(void)
{
	CHECK_STR(hide_text("http://user:pw@host/p"), "http://" HIDDEN " (7)@host/p");
	CHECK_STR(hide_text("http://us:1/SECRET@host/"), "http://us:" HIDDEN " (8)@host/");
	CHECK_STR(hide_text("http://host/p?a=1&token=abc&b=2#f"),
		  "http://host/p?a=1&token=" HIDDEN " (3)&b=2#f");
	CHECK_STR(hide_text("GET /?apikey=k HTTP/1.1"), "GET /?apikey=" HIDDEN " (1) HTTP/1.1");
	CHECK_STR(hide_text("http://host/me@home"), "http://host/me@home");
	CHECK_STR(hide_text("http://host:80/@scope/x"), "http://host:" HIDDEN " (3)@scope/x");
	CHECK_STR(hide_text("http://[::1]:80/?q=a:b"), "http://[::1]:80/?q=a:b");
	CHECK_STR(hide_text("password=\"a b\" x"), "password=" HIDDEN " (5) x");
	CHECK_STR(hide_text("http://host/?password=a,b;c'd(e)&b=2"),
		  "http://host/?password=" HIDDEN " (10)&b=2");
	CHECK_STR(hide_text("http://host/?a=1#token=a,b"), "http://host/?a=1#token=" HIDDEN " (3)");
	CHECK_STR(hide_text("/?x=Bearer%20abc&b=2"), "/?x=Bearer%20" HIDDEN " (3)&b=2");
	CHECK_STR(hide_text("//us:pw@host/?to%6ben=x"),
		  "//" HIDDEN " (5)@host/?to%6ben=" HIDDEN " (1)");
	CHECK_STR(hide_text("<http://host/?key=a>; rel=\"x\""),
		  "<http://host/?key=" HIDDEN " (1)>; rel=\"x\"");
	CHECK_STR(hide_text("{\"password\": \"a b\", \"c\":1}"),
		  "{\"password\": " HIDDEN " (5), \"c\":1}");
	CHECK_STR(hide_text("password = a; b"), "password = " HIDDEN " (1); b");
	CHECK_STR(hide_text("a//b@c"), "a//b@c");
	CHECK_STR(hide_text("token="), "token=");
	CHECK_STR(hide_text("token= "), "token= ");
	CHECK_STR(hide_text(":="), ":=");
	CHECK_STR(hide_text(""), "");
}

static void test_commands(void)
{
	CHECK_STR(hide_command("PASS hunter2"), "PASS " HIDDEN " (7)");
	CHECK_STR(hide_command("AUTH PLAIN AGEAYg=="), "AUTH " HIDDEN " (14)");
	CHECK_STR(hide_command("RETR a file"), "RETR a file");
	CHECK_STR(hide_command("AGFsaWNlAHNlY3JldA=="), HIDDEN " (20)");
	CHECK_STR(hide_command("QUIT"), "QUIT");
}

#define LONG (128 * 1024)

/* What it takes to read a long text of nothing but PIECE. */
static clock_t cost_of(const char *piece)
{
	size_t size = strlen(piece);
	char *text = malloc(LONG), *out = malloc(SECRETS_ROOM(LONG));
	clock_t begun;

	for (size_t i = 0; i < LONG; i++)
		text[i] = piece[i % size];
	begun = clock();
	secrets_hide_text(out, text, LONG);
	begun = clock() - begun;
	free(text);
	free(out);
	return begun;
}

/* A server can send what it likes: none of it takes very much longer than a harmless text. */
static void test_costs(void)
{
	static const char *const pieces[] = {
		"://",	  "://a:",  "://a:b",	   "//@",  "?key=a&",
		"key=a ", "key = ", "\"key\":'", "a=b:", "eyJ.",
	};
	clock_t harmless = cost_of("ab cd ") + 1000;

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		if (!CHECK(cost_of(pieces[i]) < 300 * harmless))
			fprintf(stderr, "  %s\n", pieces[i]);
	}
}

int main(void)
{
	test_names();
	test_fields();
	test_texts();
	test_commands();
	test_costs();
	return check_done("unit_secrets");
}
