/* SPDX-License-Identifier: MIT */
/*
 * simulate [SCENE]: each scene with each way to retry, as a table; or those with SCENE in their
 * name. Where machines are 10,000 of 100 processes, 200 of them stand for all, and the server can
 * do a fiftieth: what a machine does goes by its own account and the server's answers alone.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "world.h"

#define S INT64_C(1000)

/* Who makes one transfer tries as often as it takes; who makes many has the default attempts. */
#define HERD(m, p, t, d) \
	.machines = (m), .processes = (p), .outage = (t), .drain = (d), .attempts = 60, \
	.end = 3600 * S
/* Who asks each 20 s, of a server that could answer all in D seconds, asks for D/20 of it. */
#define SERVICE(t, d) \
	.machines = 100, .processes = 200, .outage = (t), .drain = (d), .attempts = 5, \
	.pause = 20 * S, .warm_up = 30 * S, .end = (t) + 400 * S

static const struct scene scenes[] = {
	{ .name = "herd, 1 x 150, 3 s", HERD(1, 150, 3 * S, 5) },
	{ .name = "herd, 100 x 100, 10 s", HERD(100, 100, 10 * S, 20) },
	{ .name = "herd, 100 x 100, 1 min", HERD(100, 100, 60 * S, 60) },
	{ .name = "herd, 100 x 100, 10 min", HERD(100, 100, 600 * S, 60) },
	{ .name = "herd, 10,000 x 100, 1 min", HERD(200, 100, 60 * S, 60) },
	{ .name = "herd, 10,000 x 1, 1 min", HERD(10000, 1, 60 * S, 60) },
	{ .name = "herd, 100 x 100, 1 min, sinks 1/2", HERD(100, 100, 60 * S, 60), .sinks = 0.5 },
	{ .name = "herd, 100 x 100, 10 min, sinks 1/2", HERD(100, 100, 600 * S, 60),
	  .sinks = 0.5 },
	{ .name = "herd, 10,000 x 100, 1 min, sinks 1/2", HERD(200, 100, 60 * S, 60),
	  .sinks = 0.5 },
	{ .name = "service, 10 s", SERVICE(10 * S, 16) },
	{ .name = "service, 1 min", SERVICE(60 * S, 16) },
	{ .name = "service, 10 min", SERVICE(600 * S, 16) },
	{ .name = "service, 10 s, sinks 1/3", SERVICE(10 * S, 16), .sinks = 1. / 3 },
	{ .name = "service, 1 min, sinks 1/3", SERVICE(60 * S, 16), .sinks = 1. / 3 },
	{ .name = "service, 10 min, sinks 1/3", SERVICE(600 * S, 16), .sinks = 1. / 3 },
	{ .name = "service, 1 min, sinks 1/2", SERVICE(60 * S, 16), .sinks = 0.5 },
	{ .name = "service, 1 min, 40 % fail by chance", SERVICE(60 * S, 8), .flaky = 0.4 },
};

/* A column: never is told by a word. */
static void say(double value)
{
	if (isinf(value))
		printf(" %9s", "never");
	else
		printf(" %9.2f", value);
}

static void show(const struct scene *scene)
{
	printf("%-36s %9s %9s %9s %9s %9s\n", scene->name, "load", "recovery", "longest", "peak",
	       "failed");
	for (size_t i = 0; i < WAYS; i++) {
		struct result result = world_run(scene, &ways[i], 1);

		printf("  %-34s", ways[i].name);
		say(result.load);
		say(result.recovery);
		say(result.longest);
		say(result.peak);
		printf(" %8.1f%%\n", 100 * result.failed);
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
		if (argc < 2 || strstr(scenes[i].name, argv[1]))
			show(&scenes[i]);
	}
	return 0;
}
