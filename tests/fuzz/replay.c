/* SPDX-License-Identifier: MIT */
/*
 * A fuzz target's main() without a fuzzer: each file, or file of a folder, that is named; of each
 * also its beginnings, and what comes of turning its bits over, so that the neighbourhood is tried
 * as well.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX 4096
/* Longer ones are tried as they are. */
#define NEIGHBOURS_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long inputs;

/* In memory of its very size, for the sanitizers. */
static void try(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);

	if (!exact)
		exit(1);
	memcpy(exact, data, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	inputs++;
}

static void try_neighbours(uint8_t *data, size_t size)
{
	for (size_t length = 0; length < size; length++)
		try(data, length);
	for (size_t bit = 0; bit < 8 * size; bit++) {
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		try(data, size);
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void try_file(const char *path)
{
	uint8_t data[INPUT_MAX];
	FILE *file = fopen(path, "re");
	size_t size;

	if (!file) {
		perror(path);
		exit(1);
	}
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	try(data, size);
	if (size <= NEIGHBOURS_MAX)
		try_neighbours(data, size);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void try_all(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_visible, alphasort);

	if (count < 0) {
		try_file(path);
		return;
	}
	for (int i = 0; i < count; i++) {
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
		try_file(file);
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		try_all(argv[i]);
	printf("%lu inputs\n", inputs);
	return inputs == 0;
}
