/* SPDX-License-Identifier: MIT */
/* The parts of URLs. What of them is logged stands in unit_log. */
#include "check.h"

#include "../../config/url.h"

static void test_host(void)
{
	static const char *const urls[][2] = {
		{ "http://example.com/path", "example.com" },
		{ "HTTP://EXAMPLE.com:8080", "example.com" },
		{ "http://user:password@[::1]:80/path", "::1" },
		{ "http://[FE80::1%25eth0]/", "fe80::1%25eth0" },
		{ "http://a@b@c/@d", "c" },
		{ "http://h?@x", "h" },
		{ "http://h#@x", "h" },
		{ "http:/h/x", "h" },
		{ "http:///h/x", "h" },
		{ "h:80/x", "h" },
		{ "localhost", "localhost" },
		{ "u:pw@h/x", "h" },
		{ "h/path?next=http://other/", "h" },
		{ " \thttp://h/", "h" },
		{ "file:///a@b", "" },
		{ "file://localhost/a", "localhost" },
		{ "file:/a@b", "" },
		{ "http://[::1", "::1" },
		{ "http://", "" },
		{ "", "" },
		{ "@", "" },
		{ "://", "" },
	};

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		char host[64];
		struct url url;

		url_split(&url, urls[i][0]);
		url_host(host, sizeof(host), &url);
		CHECK_STR(host, urls[i][1]);
	}
}

static void test_scheme(void)
{
	static const struct {
		const char *text;
		size_t scheme;
	} urls[] = {
		{ "http://h/", 4 }, { "sftp:/h", 4 }, { "h:80/", 0 }, { "h/?u=http://x", 0 },
		{ "http:h", 0 },    { "", 0 },	      { "://h", 0 },  { "a@b://c", 0 },
	};

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct url url;

		url_split(&url, urls[i].text);
		CHECK_INT(url.scheme, urls[i].scheme);
	}
}

static void test_long_host(void)
{
	char host[4];
	struct url url;

	url_split(&url, "http://EXAMPLE.com/");
	url_host(host, sizeof(host), &url);
	CHECK_STR(host, "exa");
}

static void test_public(void)
{
	struct url url;
	bool cut;

	url_split(&url, "http://u:p@h:80/a?b#c");
	CHECK_INT(url_public(&url, &cut), strlen("h:80/a"));
	CHECK(!cut);
	url_split(&url, "http://u:p/w@h/");
	CHECK_INT(url_public(&url, &cut), 0);
	CHECK(cut);
}

int main(void)
{
	test_host();
	test_scheme();
	test_long_host();
	test_public();
	return check_done("unit_url");
}
