/* SPDX-License-Identifier: MIT */
/* Words of lists: names of errors and groups, tokens such as methods. */
#include "fuzz.h"

#include "../../config/errors.h"
#include "../../config/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	uint64_t bits[4];

	error_bits(bits, text, size);
	demand(!parse_token(text, size) ||
	       (size && !memchr(text, ' ', size) && !memchr(text, '\0', size)));
	return 0;
}
