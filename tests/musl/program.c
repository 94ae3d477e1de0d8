/* SPDX-License-Identifier: MIT */
/*
 * musl_program PLUGIN [ARGUMENT]: what a program of musl's may ask its dynamic linker, from its
 * main thread and from others. Each answer is a line.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 4

static const char *path;

/* glibc's RTLD_DEEPBIND, which musl has not. */
static const int flags[] = {
	RTLD_NOW, RTLD_LAZY | RTLD_GLOBAL, RTLD_NOW | 8, RTLD_LAZY | RTLD_NOLOAD,
};

static const char *error(void)
{
	const char *text = dlerror();

	return text ? text : "no error";
}

static void ask(const char *whom, void *handle, const char *name)
{
	void *found = dlsym(handle, name);
	const char *text = error();

	printf("%s %s: %s; %s\n", whom, name, found ? "found" : "NULL", text);
}

static void ask_for(const char *name)
{
	ask("RTLD_DEFAULT", RTLD_DEFAULT, name);
	ask("RTLD_NEXT", RTLD_NEXT, name);
}

static int open_plugin(int flag)
{
	void *plugin = dlopen(path, flag);
	int (*answer)(int) = plugin ? (int (*)(int))dlsym(plugin, "plugin_answer") : NULL;
	int value = answer ? answer(flag) : -1;

	if (!plugin || dlclose(plugin))
		printf("plugin: %s\n", error());
	return value;
}

static void *thread(void *argument)
{
	int *sum = argument;

	for (int i = 0; i < 100; i++)
		*sum += open_plugin(RTLD_NOW) + (dlsym(RTLD_DEFAULT, "printf") != NULL);
	return NULL;
}

static void run_threads(void)
{
	pthread_t threads[THREADS];
	int sums[THREADS] = { 0 };

	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, thread, &sums[i]);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		printf("thread: %d\n", sums[i]);
	}
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	path = argv[1];
	printf("%s with %d arguments, HOME %s\n", argv[0], argc, getenv("HOME"));
	ask_for("printf");
	ask_for("curl_easy_init");
	ask_for("no_such_function");
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		printf("plugin: %d\n", open_plugin(flags[i]));
	ask("NULL", dlopen(NULL, RTLD_NOW), "curl_easy_perform");
	printf("nothing: %s; %s\n", dlopen("/nowhere.so", RTLD_NOW) ? "found" : "NULL", error());
	run_threads();
	return 0;
}
