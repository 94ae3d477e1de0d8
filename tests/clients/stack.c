/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -lpthread */
/* stack URL: how many bytes of its stack a thread uses whose first and only act is to get URL. */
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define SIZE ((size_t)1 << 20)
#define PAINT 0xa5

static size_t ignore(char *data, size_t size, size_t count, void *user)
{
	(void)data;
	(void)user;
	return size * count;
}

static void *get(void *url)
{
	CURL *handle = curl_easy_init();

	curl_easy_setopt(handle, CURLOPT_URL, url);
	curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_perform(handle);
	curl_easy_cleanup(handle);
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned char *stack =
		mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_attr_t attributes;
	pthread_t thread;
	size_t untouched = 0;

	if (argc != 2 || stack == MAP_FAILED)
		return 2;
	curl_global_init(CURL_GLOBAL_ALL);
	memset(stack, PAINT, SIZE);
	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, stack, SIZE);
	if (pthread_create(&thread, &attributes, get, argv[1]))
		return 2;
	pthread_join(thread, NULL);
	while (untouched < SIZE && stack[untouched] == PAINT)
		untouched++;
	printf("%zu\n", SIZE - untouched);
	return 0;
}
