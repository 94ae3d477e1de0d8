/* SPDX-License-Identifier: MIT */
/* LIBS: -ldl */
/*
 * A program that is not linked with libcurl:
 * reach_dlsym handle|default|self|version LIBRARY URL    loads one and looks it up in that way
 * reach_dlsym probe                                      looks whether there is one
 * reach_dlsym count dlsym|dlopen|deep NAME COUNT         so many calls, to be counted from outside
 */
#include <stdlib.h>
#include <string.h>

#include "looked_up.h"

static const char *way;
static void *object;

static void *look_up(const char *name)
{
	void *found;

	if (!strcmp(way, "default"))
		found = dlsym(RTLD_DEFAULT, name);
	else if (!strcmp(way, "self"))
		found = dlsym(dlopen(NULL, RTLD_LAZY), name);
	else if (!strcmp(way, "version"))
		found = dlvsym(object, name, "CURL_OPENSSL_4");
	else
		found = dlsym(object, name);
	if (!found) {
		printf("FAILED: %s\n", dlerror());
		exit(1);
	}
	return found;
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
	*(size_t *)user += size * count;
	fwrite(data, size, count, stdout);
	return size * count;
}

static void tell(const char *how, const void *found)
{
	const char *error = dlerror();

	printf("%s: %s, %s\n", how, found ? "found" : "NULL", error ? "error" : "no error");
}

static void probe(void)
{
	static const char *const names[] = { "curl_easy_init", "curl_easy_perform",
					     "curl_version" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		tell("default", dlsym(RTLD_DEFAULT, names[i]));
		tell("self", dlsym(dlopen(NULL, RTLD_LAZY), names[i]));
		tell("default version", dlvsym(RTLD_DEFAULT, names[i], "CURL_OPENSSL_4"));
		tell("self version", dlvsym(dlopen(NULL, RTLD_LAZY), names[i], "CURL_OPENSSL_4"));
		tell("next version", dlvsym(RTLD_NEXT, names[i], "CURL_OPENSSL_4"));
		tell("next", dlsym(RTLD_NEXT, names[i]));
	}
}

static void count(const char *what, const char *name, int times)
{
	/* Not RTLD_DEFAULT: its scope has one object more with us. */
	void *libc = dlopen("libc.so.6", RTLD_NOW);
	int flags = RTLD_NOW | RTLD_LOCAL | (!strcmp(what, "deep") ? RTLD_DEEPBIND : 0);

	for (int i = 0; i < times; i++) {
		if (!strcmp(what, "dlsym")) {
			if (!dlsym(libc, name))
				exit(1);
		} else if (!dlopen(name, flags)) {
			exit(1);
		}
	}
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "probe")) {
		probe();
		return 0;
	}
	if (argc == 5 && !strcmp(argv[1], "count")) {
		count(argv[2], argv[3], atoi(argv[4]));
		return 0;
	}
	if (argc != 4)
		return 2;
	way = argv[1];
	object = dlopen(argv[2], RTLD_NOW | (!strcmp(way, "handle") ? RTLD_LOCAL : RTLD_GLOBAL));
	if (!object) {
		printf("FAILED: %s\n", dlerror());
		return 1;
	}
	fetch(look_up, argv[3], on_body);
	return 0;
}
