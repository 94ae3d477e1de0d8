/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -ldl -Wl,-z,dynamic-undefined-weak */
/*
 * curl_easy_header and curl_easy_nextheader after a transfer: headers URL... tells what they say
 * after the last one, or "absent" where a look-up finds no such functions. With HTTP2 in the
 * environment it speaks that.
 */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

/* As curl/header.h has it, which older releases lack. */
struct header {
	char *name;
	char *value;
	size_t amount;
	size_t index;
	unsigned int origin;
	void *anchor;
};

#define ALL 31U
#define HEADER 1U
#define TRAILER 2U

typedef int (*header_function)(CURL *, const char *, size_t, unsigned int, int, struct header **);
typedef struct header *(*next_function)(CURL *, unsigned int, int, struct header *);

/* Whatever stands behind the name; with an older libcurl, the shim's own. */
int weak_header(CURL *easy, const char *name, size_t index, unsigned int origin, int request,
		struct header **out) __asm__("curl_easy_header") __attribute__((weak));
void *weak_next(CURL *easy, unsigned int origin, int request, void *previous)
	__asm__("curl_easy_nextheader") __attribute__((weak));

static header_function get;
static next_function next;

static size_t ignore(char *data, size_t size, size_t count, void *user)
{
	(void)data;
	(void)user;
	return size * count;
}

static void show(CURL *easy, const char *name, size_t index, unsigned int origin, int request)
{
	struct header *found;
	int code = get(easy, name, index, origin, request, &found);

	printf("%s[%zu] %d: ", name ? name : "NULL", index, request);
	if (code)
		printf("code %d\n", code);
	else
		printf("%s (%zu of %zu, origin %u)\n", found->value, found->index, found->amount,
		       found->origin & ALL);
}

static void walk(CURL *easy, unsigned int origin, int request)
{
	struct header *each = NULL;

	while ((each = next(easy, origin, request, each)))
		printf("%d: %s=%s (%zu of %zu, origin %u)\n", request, each->name, each->value,
		       each->index, each->amount, each->origin & ALL);
}

static void show_all(CURL *easy)
{
	show(easy, "content-LENGTH", 0, HEADER, -1);
	show(easy, "X-Many", 0, HEADER, -1);
	show(easy, "X-Many", 1, HEADER, -1);
	show(easy, "X-Many", 2, HEADER, -1);
	show(easy, "Content-Range", 0, ALL, -1);
	show(easy, "Location", 0, HEADER, 0);
	show(easy, "X-Trailer", 0, TRAILER, -1);
	show(easy, "X-Trailer", 0, HEADER, -1);
	show(easy, "ETag", 0, HEADER, 7);
	show(easy, "ETag", 0, 0, 0);
	show(easy, "ETag", 0, ALL + 1, 0);
	show(easy, "ETag", 0, HEADER, -2);
	show(easy, NULL, 0, HEADER, 0);
	walk(easy, ALL, -1);
	walk(easy, HEADER, 0);
	walk(easy, ALL, 7);
}

int main(int argc, char **argv)
{
	CURL *easy = curl_easy_init();
	CURLcode code = CURLE_OK;

	*(void **)&get = dlsym(RTLD_DEFAULT, "curl_easy_header");
	*(void **)&next = dlsym(RTLD_DEFAULT, "curl_easy_nextheader");
	if (!get || !next) {
		if (weak_header)
			printf("behind the name: %d\n",
			       weak_header(easy, "ETag", 0, HEADER, -1, NULL));
		if (weak_next)
			printf("behind the next: %d\n", weak_next(easy, HEADER, -1, NULL) != NULL);
		puts("absent");
		return 0;
	}
	show(easy, "ETag", 0, HEADER, -1);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	if (getenv("HTTP2"))
		curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
				 (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
	for (int i = 1; i < argc; i++) {
		curl_easy_setopt(easy, CURLOPT_URL, argv[i]);
		code = curl_easy_perform(easy);
	}
	printf("code=%d\n", code);
	show_all(easy);
	curl_easy_cleanup(easy);
	return 0;
}
