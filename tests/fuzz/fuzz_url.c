/* SPDX-License-Identifier: MIT */
/*
 * The parts lie in the text and in their order; nothing before the last '@' of the authority is
 * public.
 */
#include "fuzz.h"

#include "../../config/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[FUZZ_TEXT_MAX], host[16];
	struct url url;
	size_t length;
	bool cut;

	if (!fuzz_text(text, data, size))
		return 0;
	url_split(&url, text);
	demand(url.text >= text && url.authority >= url.text + url.scheme &&
	       url.host >= url.authority);
	demand(url.end >= url.host && url.end <= text + strlen(text));
	demand(!memchr(url.host, '@', (size_t)(url.end - url.host)));
	url_host(host, sizeof(host), &url);
	demand(strlen(host) <= (size_t)(url.end - url.host));
	length = url_public(&url, &cut);
	demand(length <= strlen(url.host) && (cut || length >= (size_t)(url.end - url.host)));
	demand(!memchr(url.host, '?', length) && !memchr(url.host, '#', length));
	return 0;
}
