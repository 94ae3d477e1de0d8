/* SPDX-License-Identifier: MIT */
/*
 * spawn LIBRARY N PROGRAM: runs PROGRAM N times with LIBRARY preloaded and N
 * times without, in turn, and says the median of each in microseconds.
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

static double now_us(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static double run(char *program, char **environment)
{
	char *argv[] = { program, NULL };
	double start = now_us();
	int status;
	pid_t pid;

	if (posix_spawn(&pid, program, NULL, NULL, argv, environment) ||
	    waitpid(pid, &status, 0) != pid || status) {
		fprintf(stderr, "spawn: cannot run %s\n", program);
		exit(1);
	}
	return now_us() - start;
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

int main(int argc, char **argv)
{
	char preload[4096];
	char *with[] = { preload, NULL }, *without[] = { NULL };
	double *shimmed, *plain;
	size_t count;

	if (argc < 4 || !(count = strtoul(argv[2], NULL, 10))) {
		fprintf(stderr, "usage: spawn LIBRARY N PROGRAM\n");
		return 2;
	}
	snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", argv[1]);
	shimmed = calloc(2 * count, sizeof(*shimmed));
	if (!shimmed)
		return 1;
	plain = shimmed + count;
	for (size_t i = 0; i < count; i++) {
		plain[i] = run(argv[3], without);
		shimmed[i] = run(argv[3], with);
	}
	printf("%.1f %.1f\n", median(shimmed, count), median(plain, count));
	free(shimmed);
	return 0;
}
