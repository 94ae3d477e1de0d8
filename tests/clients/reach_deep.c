/* SPDX-License-Identifier: MIT */
/* LIBS: -lpthread -ldl */
/*
 * A program without libcurl that opens plugins as PHP does, RTLD_DEEPBIND|RTLD_LOCAL:
 * reach_deep get URL PLUGIN...      each opened, then asked, in this order; %s in URL is its number
 * reach_deep twice URL PLUGIN       opened, opened again, and only then asked
 * reach_deep failed URL PLUGIN      opened, another one that is not there, and only then asked
 * reach_deep forked URL PLUGIN      a child's first transfer, forked while another thread is
 * opening it reach_deep pages PLUGIN           the protections of its pages and where its slots
 * lead reach_deep churn URL COUNT PLUGIN...   a thread each opens, asks and closes, COUNT times
 * reach_deep churn-local URL COUNT PLUGIN...   the same without RTLD_DEEPBIND, which sanitizers
 * refuse
 */
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEEP (RTLD_LAZY | RTLD_LOCAL | RTLD_DEEPBIND)

static const char *url;
static int count;
static int flags = DEEP;
static int wrong;

static void *load(const char *path)
{
	void *object = dlopen(path, flags);

	if (!object) {
		printf("FAILED: %s\n", dlerror());
		exit(1);
	}
	return object;
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

static long get(void *object, const char *key)
{
	long (*plugin_get)(const char *);
	char full[1024];

	*(void **)&plugin_get = need(object, "plugin_get");
	snprintf(full, sizeof(full), url, key);
	return plugin_get(full);
}

/* The lines of /proc/self/maps within the object, without what differs between runs. */
static void print_pages(void *object, const char *path)
{
	struct link_map *map;
	char line[4096];
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start = 0;

	dlinfo(object, RTLD_DI_LINKMAP, &map);
	while (maps && fgets(line, sizeof(line), maps)) {
		unsigned long from, to, offset;
		char protection[8];

		if (!strstr(line, path) ||
		    sscanf(line, "%lx-%lx %7s %lx", &from, &to, protection, &offset) != 4)
			continue;
		start = map->l_addr;
		printf("%lx-%lx %s %lx\n", from - start, to - start, protection, offset);
	}
	if (maps)
		fclose(maps);
}

static void pages(const char *path)
{
	void *object = load(path);
	void (*slots)(void);

	*(void **)&slots = need(object, "plugin_slots");
	slots();
	fflush(stdout);
	print_pages(object, path);
}

static void *churn(void *path)
{
	for (int i = 0; i < count; i++) {
		void *object = load(path);
		char key[256];

		snprintf(key, sizeof(key), "%s-%d-%lx", strrchr(path, '/') + 1, i,
			 (unsigned long)pthread_self());
		if (get(object, key) != 200)
			__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
		dlclose(object);
	}
	return NULL;
}

static void churn_all(char **paths, int number)
{
	pthread_t threads[16];

	for (int i = 0; i < number; i++)
		pthread_create(&threads[i], NULL, churn, paths[i]);
	for (int i = 0; i < number; i++)
		pthread_join(threads[i], NULL);
	printf("wrong %d\n", wrong);
}

static int under_lock(struct dl_phdr_info *object, size_t size, void *ready)
{
	(void)object;
	(void)size;
	if (write(*(int *)ready, "", 1) == 1)
		pause();
	return 1;
}

struct opener {
	const char *path;
	int ready;
};

/* Opens the plugin, and then holds the loader's lock as in the middle of opening another one. */
static void *open_and_hold(void *data)
{
	struct opener *opener = data;

	load(opener->path);
	dl_iterate_phdr(under_lock, &opener->ready);
	return NULL;
}

static int forked(const char *path)
{
	void *object = load(path);
	struct opener opener = { .path = path };
	pthread_t thread;
	int status = 1;
	int ready[2];
	char byte;
	pid_t child;

	need(object, "plugin_get");
	if (pipe(ready))
		return 1;
	opener.ready = ready[1];
	pthread_create(&thread, NULL, open_and_hold, &opener);
	if (read(ready[0], &byte, 1) != 1)
		return 1;
	child = fork();
	if (!child) {
		/* Who waits for us gives up in the end. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		printf("%ld\n", get(object, "1"));
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, &status, 0);
	return status;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "pages")) {
		pages(argv[2]);
		return 0;
	}
	if (argc < 4)
		return 2;
	url = argv[2];
	if (!strcmp(argv[1], "churn-local"))
		flags = RTLD_NOW | RTLD_LOCAL;
	if (!strncmp(argv[1], "churn", 5) && argc <= 4 + 16) {
		count = atoi(argv[3]);
		churn_all(argv + 4, argc - 4);
	} else if (!strcmp(argv[1], "get")) {
		for (int i = 3; i < argc; i++) {
			char key[16];

			snprintf(key, sizeof(key), "%d", i - 2);
			printf("%ld\n", get(load(argv[i]), key));
		}
	} else if (!strcmp(argv[1], "forked")) {
		return forked(argv[3]);
	} else if (!strcmp(argv[1], "twice")) {
		void *object = load(argv[3]);

		load(argv[3]);
		printf("%ld\n", get(object, "1"));
	} else if (!strcmp(argv[1], "failed")) {
		void *object = load(argv[3]);

		if (dlopen("no_such_plugin.so", DEEP))
			return 1;
		printf("%ld\n", get(object, "1"));
	} else {
		return 2;
	}
	return 0;
}
