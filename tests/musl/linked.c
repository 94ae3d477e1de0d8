/* SPDX-License-Identifier: MIT */
/* A program of musl's that is linked to a libcurl, and looks one function up besides. */
#include <dlfcn.h>
#include <stdio.h>

int curl_global_init(const char *flags);
void *curl_easy_init(void);
int curl_easy_setopt(void *easy, int option, ...);
int curl_easy_perform(void *easy);
void curl_easy_cleanup(void *easy);
void *curl_multi_init(void);
int curl_multi_setopt(void *multi, int option, ...);
int curl_multi_add_handle(void *multi, void *easy);
int curl_multi_perform(void *multi, int *running);
int curl_multi_remove_handle(void *multi, void *easy);
int curl_multi_cleanup(void *multi);

int main(void)
{
	int (*perform)(void *) = (int (*)(void *))dlsym(RTLD_DEFAULT, "curl_easy_perform");
	int running = 0;
	void *multi;
	void *easy;

	printf("init: %d\n", curl_global_init(NULL));
	easy = curl_easy_init();
	multi = curl_multi_init();
	curl_easy_setopt(easy, 10002, "http://localhost/");
	printf("perform: %d\n", curl_easy_perform(easy));
	printf("perform: %d\n", perform(easy));
	curl_multi_setopt(multi, 10001, "value");
	curl_multi_add_handle(multi, easy);
	curl_multi_perform(multi, &running);
	curl_multi_remove_handle(multi, easy);
	curl_multi_cleanup(multi);
	curl_easy_cleanup(easy);
	return 0;
}
