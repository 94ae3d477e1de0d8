/* SPDX-License-Identifier: MIT */
/* LIBS: -ldl */
/*
 * reach_host lookups THIRD           who answers each look-up of the library's and of ours
 * reach_host open THIRD NAME         NAME opened by the library and by us, in each way, and again
 * reach_host new NAME                NAME in a namespace of its own
 * reach_host move NAME COUNT         closed, something else mapped in its place, opened again
 * Everything is told by the name of the object it lies in, so that two runs can be compared.
 */
#include <dlfcn.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void *(*next)(const char *);
static void *(*next_version)(const char *, const char *);
static void *(*by_default)(const char *);
static void *(*default_version)(const char *, const char *);
static void *(*in)(void *, const char *);
static void *(*open_by)(const char *, int);
static void (*inside)(const char *, const char *, void (*)(const char *, void *));

static const char *asked;

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void tell(const char *way, void *found)
{
	/* The text ends with the next call. */
	const char *said = dlerror();
	char *error = strdup(said ? said : "no error");
	Dl_info info;

	printf("%s %s: ", asked, way);
	if (found)
		printf("%s", dladdr(found, &info) ? base(info.dli_fname) : "nowhere");
	else
		printf("NULL");
	printf("; %s%s\n", error, dlerror() ? ", twice" : "");
	free(error);
}

static void *need(void *object, const char *name)
{
	void *found = dlsym(object, name);

	if (!found) {
		printf("FAILED: %s\n", dlerror());
		exit(1);
	}
	return found;
}

static void *load(const char *path, int flags)
{
	void *object = dlopen(path, flags);

	if (!object) {
		printf("FAILED: %s\n", dlerror());
		exit(1);
	}
	return object;
}

static void load_third(const char *path)
{
	void *object = load(path, RTLD_NOW | RTLD_LOCAL);

	*(void **)&next = need(object, "third_next");
	*(void **)&next_version = need(object, "third_next_version");
	*(void **)&by_default = need(object, "third_default");
	*(void **)&default_version = need(object, "third_default_version");
	*(void **)&in = need(object, "third_in");
	*(void **)&open_by = need(object, "third_open");
	*(void **)&inside = need(object, "third_inside");
}

static void look_up(const char *name, const char *version)
{
	void *self = dlopen(NULL, RTLD_NOW);

	asked = name;
	inside(name, version, tell);
	tell("main next", dlsym(RTLD_NEXT, name));
	tell("main next version", dlvsym(RTLD_NEXT, name, version));
	tell("main default", dlsym(RTLD_DEFAULT, name));
	tell("main default version", dlvsym(RTLD_DEFAULT, name, version));
	tell("main self", dlsym(self, name));
	tell("main self version", dlvsym(self, name, version));
	tell("main wrong version", dlvsym(self, name, "NO_SUCH_1"));
	tell("asked next", next(name));
	tell("asked next version", next_version(name, version));
	tell("asked default", by_default(name));
	tell("asked default version", default_version(name, version));
	tell("asked self", in(self, name));
	dlclose(self);
}

static void look_all_up(void)
{
	static const char *const names[][2] = {
		{ "malloc", "GLIBC_2.2.5" }, { "getenv", "GLIBC_2.2.5" },
		{ "calloc", "GLIBC_2.2.5" }, { "close", "GLIBC_2.2.5" },
		{ "curl_easy_init", "CURL_OPENSSL_4" }, { "curl_easy_perform", "CURL_OPENSSL_4" },
		{ "curl_version", "CURL_OPENSSL_4" }, { "curl_easy_strerror", "CURL_OPENSSL_4" },
		{ "curl_easy_ini", "CURL_OPENSSL_4" }, { "curl_easy_init2", "CURL_OPENSSL_4" },
		{ "curl_", "CURL_OPENSSL_4" }, { "c", "GLIBC_2.2.5" }, { "", "GLIBC_2.2.5" },
		{ "third_next", "GLIBC_2.2.5" }, { "no_such", "GLIBC_2.2.5" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		look_up(names[i][0], names[i][1]);
}

static void opened(const char *way, void *object, bool keep)
{
	struct link_map *map;

	if (object && !dlinfo(object, RTLD_DI_LINKMAP, &map))
		printf("%s: %s\n", way, map->l_name);
	else
		printf("%s: NULL; %s\n", way, dlerror());
	if (object && !keep)
		dlclose(object);
}

static void open_all(const char *name)
{
	static const int deep = RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND;

	opened("main", dlopen(name, RTLD_NOW | RTLD_LOCAL), false);
	opened("main deep", dlopen(name, deep), false);
	opened("third not loaded", open_by(name, RTLD_NOW | RTLD_NOLOAD), false);
	opened("third not loaded deep", open_by(name, deep | RTLD_NOLOAD), false);
	opened("third", open_by(name, RTLD_LAZY | RTLD_LOCAL), false);
	opened("third deep", open_by(name, deep), true);
	opened("third loaded", open_by(name, RTLD_NOW | RTLD_NOLOAD), false);
	opened("main loaded", dlopen(name, RTLD_NOW | RTLD_NOLOAD), false);
	opened("self", dlopen(NULL, RTLD_LAZY), false);
	opened("self deep", dlopen(NULL, RTLD_LAZY | RTLD_DEEPBIND), false);
	opened("empty", dlopen("", RTLD_LAZY), false);
	opened("wrong mode", dlopen(name, 0), false);
	opened("wrong mode deep", dlopen(name, RTLD_DEEPBIND), false);
	opened("not there", dlopen("/no/such.so", RTLD_NOW), false);
	opened("not there deep", open_by("no_such.so", deep), false);
	opened("no object", dlopen("/etc/passwd", RTLD_NOW), false);
	opened("origin", open_by("$ORIGIN/private/libreach_hidden.so", RTLD_NOW), false);
	opened("origin main", dlopen("$ORIGIN/private/libreach_hidden.so", RTLD_NOW), false);
}

static void open_apart(const char *name)
{
	void *object = dlmopen(LM_ID_NEWLM, name, RTLD_NOW | RTLD_LOCAL);
	void *found;
	Lmid_t space = LM_ID_BASE;

	asked = name;
	opened("apart", object, true);
	if (!object)
		return;
	dlinfo(object, RTLD_DI_LMID, &space);
	printf("space of its own: %d\n", space != LM_ID_BASE);
	found = dlsym(object, "curl_easy_init");
	tell("apart", found);
	tell("apart version", dlvsym(object, "curl_easy_init", "CURL_OPENSSL_4"));
	opened("here", dlopen(name, RTLD_NOW | RTLD_NOLOAD), false);
	if (found) {
		void *(*init)(void);
		void (*cleanup)(void *);
		void *easy;

		*(void **)&init = found;
		*(void **)&cleanup = need(object, "curl_easy_cleanup");
		easy = init();
		printf("handle: %d\n", easy != NULL);
		cleanup(easy);
	}
	printf("closed: %d\n", dlclose(object));
}

static void move(const char *name, int count)
{
	void *previous = NULL;

	asked = base(name);
	for (int i = 0; i < count; i++) {
		void *object = load(name, RTLD_NOW | RTLD_LOCAL | (i % 2 ? RTLD_DEEPBIND : 0));
		void *function = need(object, "plugin_get");
		struct link_map *map;

		dlinfo(object, RTLD_DI_LINKMAP, &map);
		printf("moved: %s\n", i && (void *)map->l_addr == previous ? "no" : "yes");
		tell("found", function);
		previous = (void *)map->l_addr;
		printf("closed: %d\n", dlclose(object));
		opened("gone", dlopen(name, RTLD_NOW | RTLD_NOLOAD), false);
		/* Something in its place, so that it must go elsewhere. */
		if (mmap(previous, 4096, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != previous)
			printf("the place is taken\n");
	}
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "lookups")) {
		load_third(argv[2]);
		look_all_up();
	} else if (argc == 4 && !strcmp(argv[1], "open")) {
		load_third(argv[2]);
		open_all(argv[3]);
	} else if (argc == 3 && !strcmp(argv[1], "new")) {
		open_apart(argv[2]);
	} else if (argc == 4 && !strcmp(argv[1], "move")) {
		move(argv[2], atoi(argv[3]));
	} else {
		return 2;
	}
	return 0;
}
