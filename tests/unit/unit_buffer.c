/* SPDX-License-Identifier: MIT */
/* Memory that grows by doubling, and what becomes of it where none is to be had. */
#include "check.h"

#include <stdint.h>
#include <stdlib.h>

#include "../../config/buffer.h"

static void test_first(void)
{
	size_t size = 0;
	char *memory = buffer_grow(NULL, &size, 0, 16, 1);

	CHECK(memory);
	CHECK_INT(size, 16);
	free(memory);
	size = 0;
	memory = buffer_grow(NULL, &size, 17, 16, 1);
	CHECK_INT(size, 32);
	free(memory);
}

static void test_growth(void)
{
	size_t size = 0, grown = 0;
	int *memory = NULL;

	for (size_t i = 0; i < 1000; i++) {
		size_t before = size;
		int *now = buffer_grow(memory, &size, i + 1, 2, sizeof(*memory));

		if (!CHECK(now))
			break;
		CHECK(before == size ? now == memory : size == (before ? 2 * before : 2));
		grown += before != size;
		memory = now;
		memory[i] = (int)i;
	}
	CHECK_INT(size, 1024);
	CHECK_INT(grown, 10);
	for (int i = 0; memory && i < 1000; i++)
		CHECK_INT(memory[i], i);
	free(memory);
}

static void test_too_much(void)
{
	size_t size = 0;
	char *memory = buffer_grow(NULL, &size, 4, 4, 1);

	CHECK(!buffer_grow(memory, &size, SIZE_MAX / 2 + 1, 4, 1));
	CHECK(!buffer_grow(memory, &size, SIZE_MAX / 8, 4, sizeof(int64_t)));
	CHECK(!buffer_grow(memory, &size, SIZE_MAX / 4, 4, 1));
	CHECK_INT(size, 4);
	free(memory);
}

int main(void)
{
	test_first();
	test_growth();
	test_too_much();
	return check_done("unit_buffer");
}
