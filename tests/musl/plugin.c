/* SPDX-License-Identifier: MIT */
/* What musl_program opens; it asks from where it stands. */
#include <dlfcn.h>

int plugin_answer(int flag);

int plugin_answer(int flag)
{
	return flag + (dlsym(RTLD_NEXT, "curl_easy_init") ? 1000 : 0) +
	       (dlsym(RTLD_DEFAULT, "curl_multi_init") ? 2000 : 0);
}
