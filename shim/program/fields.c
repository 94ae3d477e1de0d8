/* SPDX-License-Identifier: MIT */
#include "fields.h"

#include <string.h>

#include "config/ascii.h"

enum field fields_find(const struct curl_slist *fields, const char *name)
{
	size_t length = strlen(name);
	enum field found = FIELD_NONE;

	for (; fields; fields = fields->next) {
		const char *end = fields->data + length;

		if (!ascii_begins(fields->data, name) || (*end != ':' && *end != ';'))
			continue;
		if (*end == ':' && end[1 + strspn(end + 1, " \t\r\n\v\f")])
			return FIELD_VALUE;
		found = FIELD_EMPTY;
	}
	return found;
}
