/* SPDX-License-Identifier: MIT */
/* An ELF file: whoever made it, its texts end and its lists are bounded. */
#include "fuzz.h"

#include "../../launcher/object.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text file = { (const char *)data, size };
	static struct object object;
	bool elf;

	memset(&object, 0, sizeof(object));
	elf = object_read_text(&object, &file, true);
	demand(elf == (size >= 64 && !memcmp(data, "\177ELF", 4)));
	demand(elf || !object.native);
	demand(object.native || (!object.dynamic && !object.interpreter[0]));
	demand(object.needed_count <= OBJECT_NEEDED_MAX);
	for (size_t i = 0; i < object.needed_count; i++)
		demand(strlen(object.needed[i]) < size);
	demand(strnlen(object.interpreter, PATH_MAX) < PATH_MAX);
	object_free(&object);
	return 0;
}
