/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl */
/*
 * sandbox easy|multi|mem URL: a program that shuts itself in once libcurl is initialised, by a
 * filter that ends the process at a system call which its own transfers do not need.
 */
#include <curl/curl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static const int denied[] = {
#ifdef SYS_open
	SYS_open, SYS_readlink, SYS_stat, SYS_access,
#endif
	SYS_openat, SYS_readlinkat, SYS_getrandom, SYS_nanosleep, SYS_clock_nanosleep,
	SYS_timerfd_create, SYS_rt_sigtimedwait, SYS_rt_sigpending, SYS_execve, SYS_getdents64,
	SYS_sched_yield,
};

#define DENIED (sizeof(denied) / sizeof(denied[0]))

static struct sock_filter statement(unsigned short code, unsigned value)
{
	return (struct sock_filter)BPF_STMT(code, value);
}

static int shut_in(void)
{
	struct sock_filter code[2 * DENIED + 2];
	struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	code[0] = statement(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < DENIED; i++) {
		code[2 * i + 1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							       (unsigned)denied[i], 0, 1);
		code[2 * i + 2] = statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	}
	code[2 * DENIED + 1] = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static CURLcode run_multi(CURL *easy)
{
	CURLM *multi = curl_multi_init();
	CURLcode code = CURLE_FAILED_INIT;
	int running = 1;
	int left;

	curl_multi_add_handle(multi, easy);
	while (running) {
		curl_multi_perform(multi, &running);
		if (running)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	for (CURLMsg *message; (message = curl_multi_info_read(multi, &left));)
		code = message->data.result;
	curl_multi_remove_handle(multi, easy);
	curl_multi_cleanup(multi);
	return code;
}

int main(int argc, char **argv)
{
	CURLcode code;
	CURL *easy;

	if (argc != 3)
		return 2;
	if (!strcmp(argv[1], "mem"))
		curl_global_init_mem(CURL_GLOBAL_ALL, malloc, free, realloc, strdup, calloc);
	else
		curl_global_init(CURL_GLOBAL_ALL);
	if (shut_in()) {
		perror("seccomp");
		return 77;
	}
	easy = curl_easy_init();
	curl_easy_setopt(easy, CURLOPT_URL, argv[2]);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	code = strcmp(argv[1], "multi") ? curl_easy_perform(easy) : run_multi(easy);
	curl_easy_cleanup(easy);
	return (int)code;
}
