/* SPDX-License-Identifier: MIT */
/*
 * soak SECONDS THREADS URL SEED <SCENARIOS: threads that transfer until the
 * time is over, half of them over an easy handle each, half over a multi handle
 * with eight. A scenario is a line "METHOD UPLOAD SCRIPT"; UPLOAD is the length
 * of the request body.
 *
 * For each transfer a line on standard output: the scenario's number, the key,
 * the CURLcode, the status, the length of the body and its CRC-32. At the end
 * on standard error the resident memory, in KiB, at half time and now.
 */
#include <curl/curl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SCENARIOS_MAX 4096
#define PARALLEL 8

struct scenario {
	char method[8];
	long upload;
	char script[256];
};

struct transfer {
	CURL *easy;
	int scenario;
	char key[48];
	long sent;
	uint64_t length;
	uint32_t crc;
};

struct worker {
	pthread_t thread;
	int number;
	uint64_t random;
	uint64_t transfers;
};

/* Written before the threads start. */
static struct scenario scenarios[SCENARIOS_MAX];
static int scenario_count;
static const char *base;
static uint32_t crc_table[256];
static double end_time;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void make_crc_table(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int k = 0; k < 8; k++)
			c = c & 1 ? 0xEDB88320U ^ (c >> 1) : c >> 1;
		crc_table[i] = c;
	}
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
	struct transfer *transfer = user;

	for (size_t i = 0; i < size * count; i++)
		transfer->crc = crc_table[(transfer->crc ^ (uint8_t)data[i]) & 255] ^
				(transfer->crc >> 8);
	transfer->length += size * count;
	return size * count;
}

static size_t on_read(char *buffer, size_t size, size_t count, void *user)
{
	struct transfer *transfer = user;
	long left = scenarios[transfer->scenario].upload - transfer->sent;
	size_t n = size * count < (size_t)left ? size * count : (size_t)left;

	for (size_t i = 0; i < n; i++)
		buffer[i] = (char)((transfer->sent + (long)i) * 31 % 251);
	transfer->sent += (long)n;
	return n;
}

/* xorshift64*: any sequence will do, so long as it is the seed's. */
static uint64_t draw(struct worker *worker)
{
	worker->random ^= worker->random >> 12;
	worker->random ^= worker->random << 25;
	worker->random ^= worker->random >> 27;
	return worker->random * UINT64_C(0x2545F4914F6CDD1D);
}

static void set_method(struct transfer *transfer, const struct scenario *scenario)
{
	CURL *easy = transfer->easy;

	if (!strcmp(scenario->method, "HEAD")) {
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	} else if (!strcmp(scenario->method, "PUT")) {
		curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
		curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
		curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)scenario->upload);
	} else if (!strcmp(scenario->method, "POST")) {
		curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, "amount=100");
		/* On a connection used before, libcurl would send it again by itself. */
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	} else if (strcmp(scenario->method, "GET") != 0) {
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, scenario->method);
	}
}

static void begin(struct worker *worker, struct transfer *transfer)
{
	const struct scenario *scenario;
	char url[512];

	transfer->scenario = (int)(draw(worker) % (uint64_t)scenario_count);
	transfer->sent = 0;
	transfer->length = 0;
	transfer->crc = 0xFFFFFFFF;
	scenario = &scenarios[transfer->scenario];
	snprintf(transfer->key, sizeof(transfer->key), "k%d-%llu", worker->number,
		 (unsigned long long)worker->transfers++);
	snprintf(url, sizeof(url), "%s/s/%s/%s", base, scenario->script, transfer->key);
	curl_easy_reset(transfer->easy);
	curl_easy_setopt(transfer->easy, CURLOPT_URL, url);
	curl_easy_setopt(transfer->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(transfer->easy, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
	curl_easy_setopt(transfer->easy, CURLOPT_NOSIGNAL, 1L);
	set_method(transfer, scenario);
}

static void report(const struct transfer *transfer, CURLcode code)
{
	long status = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	printf("%d %s %d %ld %llu %u\n", transfer->scenario, transfer->key, (int)code, status,
	       (unsigned long long)transfer->length, transfer->crc ^ 0xFFFFFFFF);
}

static void *run_easy(void *user)
{
	struct worker *worker = user;
	struct transfer transfer = { .easy = curl_easy_init() };

	while (now() < end_time) {
		begin(worker, &transfer);
		report(&transfer, curl_easy_perform(transfer.easy));
	}
	curl_easy_cleanup(transfer.easy);
	return NULL;
}

static int read_messages(struct worker *worker, CURLM *multi)
{
	struct transfer *transfer;
	CURLMsg *message;
	int ended = 0;
	int left;

	while ((message = curl_multi_info_read(multi, &left))) {
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
		report(transfer, message->data.result);
		curl_multi_remove_handle(multi, transfer->easy);
		ended++;
		if (now() < end_time) {
			begin(worker, transfer);
			curl_multi_add_handle(multi, transfer->easy);
			ended--;
		}
	}
	return ended;
}

static void *run_multi(void *user)
{
	struct worker *worker = user;
	struct transfer transfers[PARALLEL];
	CURLM *multi = curl_multi_init();
	int open = PARALLEL;
	int running;

	for (int i = 0; i < PARALLEL; i++) {
		transfers[i].easy = curl_easy_init();
		begin(worker, &transfers[i]);
		curl_multi_add_handle(multi, transfers[i].easy);
	}
	while (open) {
		curl_multi_perform(multi, &running);
		open -= read_messages(worker, multi);
		if (open)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	for (int i = 0; i < PARALLEL; i++)
		curl_easy_cleanup(transfers[i].easy);
	curl_multi_cleanup(multi);
	return NULL;
}

static long resident(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long pages = 0;

	if (file) {
		if (fscanf(file, "%*d %ld", &pages) != 1)
			pages = 0;
		fclose(file);
	}
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static int read_scenarios(void)
{
	while (scenario_count < SCENARIOS_MAX) {
		struct scenario *scenario = &scenarios[scenario_count];

		if (scanf("%7s %ld %255s", scenario->method, &scenario->upload, scenario->script) !=
		    3)
			break;
		scenario_count++;
	}
	return scenario_count;
}

int main(int argc, char **argv)
{
	struct worker *workers;
	double seconds;
	long half;
	int threads;

	if (argc != 5 || !read_scenarios())
		return 2;
	seconds = atof(argv[1]);
	threads = atoi(argv[2]);
	base = argv[3];
	make_crc_table();
	curl_global_init(CURL_GLOBAL_ALL);
	workers = calloc((size_t)threads, sizeof(*workers));
	if (!workers)
		return 2;
	end_time = now() + seconds;
	for (int i = 0; i < threads; i++) {
		workers[i].number = i;
		workers[i].random =
			(strtoull(argv[4], NULL, 10) + 1) * UINT64_C(0x9E3779B97F4A7C15) +
			(uint64_t)i * 2 + 1;
		if (pthread_create(&workers[i].thread, NULL, i % 2 ? run_multi : run_easy,
				   &workers[i]))
			return 2;
	}
	usleep((useconds_t)(seconds * 500000));
	half = resident();
	for (int i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	fprintf(stderr, "%ld %ld\n", half, resident());
	free(workers);
	curl_global_cleanup();
	return 0;
}
