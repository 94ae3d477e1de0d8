/* SPDX-License-Identifier: MIT */
#include "html.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "config/backoff.h"
#include "quote.h"
#include "summary.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NONCE_MAX 33

/* page.S */
extern const char page_html[], page_css[], page_js[];

/* Texts of the trace that are in the page, numbered anew. */
struct used_texts {
	uint32_t *number;	/* by that in the trace; 0: not used */
	uint32_t *of;		/* the other way round */
	uint32_t count;
};

struct page {
	FILE *out;
	const struct trace *trace;
	const char *name;
	const struct policy *policy;
	struct used_texts texts;
	char nonce[NONCE_MAX];
};

static void use(struct used_texts *texts, uint32_t text)
{
	if (!text || texts->number[text])
		return;
	texts->number[text] = ++texts->count;
	texts->of[texts->count] = text;
}

static void use_fields(struct used_texts *texts, const struct trace *trace, struct fields fields)
{
	for (size_t i = 0; i < fields.count; i++) {
		use(texts, trace->fields[fields.first + i].name);
		use(texts, trace->fields[fields.first + i].value);
	}
}

static bool find_used(struct used_texts *texts, const struct trace *trace)
{
	texts->number = calloc(trace->texts.count, sizeof(*texts->number));
	texts->of = calloc(trace->texts.count, sizeof(*texts->of));
	if (!texts->number || !texts->of)
		return false;
	for (size_t i = 0; i < trace->transfer_count; i++) {
		use(texts, trace->transfers[i].program);
		use(texts, trace->transfers[i].host);
	}
	for (size_t i = 0; i < trace->attempt_count; i++) {
		const struct attempt *attempt = &trace->attempts[i];
		const uint32_t own[] = { attempt->method, attempt->url,	  attempt->version,
					 attempt->error,  attempt->remote, attempt->local,
					 attempt->why,	  attempt->injected };

		for (size_t j = 0; j < COUNT(own); j++)
			use(texts, own[j]);
		use_fields(texts, trace, attempt->request);
		use_fields(texts, trace, attempt->response);
	}
	return true;
}

static void print_texts(const struct page *page)
{
	fputs("\"texts\":[\"\"", page->out);
	for (uint32_t i = 1; i <= page->texts.count; i++) {
		const struct text *text = &page->trace->texts.of[page->texts.of[i]];

		fputs(",\n", page->out);
		quote_string(page->out, text->bytes, text->length);
	}
	fputs("]", page->out);
}

static void print_fields(const struct page *page, struct fields fields)
{
	fputs(",[", page->out);
	for (size_t i = 0; i < fields.count; i++) {
		const struct field *field = &page->trace->fields[fields.first + i];

		fprintf(page->out, "%s%" PRIu32 ",%" PRIu32, i ? "," : "",
			page->texts.number[field->name], page->texts.number[field->value]);
	}
	fputc(']', page->out);
}

/* In the order that page.js names. */
static void print_attempt(const struct page *page, const struct attempt *attempt)
{
	const uint32_t texts[] = { attempt->method, attempt->url,    attempt->version,
				   attempt->error,  attempt->remote, attempt->local,
				   attempt->why,    attempt->injected };
	const int64_t numbers[] = { attempt->number,   attempt->status,  attempt->total,
				    attempt->sent,     attempt->received, attempt->delay_ms,
				    attempt->turn_ms,  attempt->redirects, attempt->reused };

	fprintf(page->out, "[%" PRId64 ",%d", attempt->start / 1000, (int)attempt->decision);
	for (size_t i = 0; i < COUNT(texts); i++)
		fprintf(page->out, ",%" PRIu32, page->texts.number[texts[i]]);
	for (size_t i = 0; i < COUNT(numbers); i++)
		fprintf(page->out, ",%" PRId64, numbers[i]);
	for (size_t i = 0; i < PHASES; i++)
		fprintf(page->out, ",%" PRId64, attempt->phase[i]);
	print_fields(page, attempt->request);
	print_fields(page, attempt->response);
	fputc(']', page->out);
}

static void print_transfer(const struct page *page, const struct transfer *transfer)
{
	fprintf(page->out, "[%" PRId64 ",%" PRIu32 ",%" PRId64 ",%" PRIu32 ",%d,[", transfer->pid,
		page->texts.number[transfer->program], transfer->number,
		page->texts.number[transfer->host], (int)transfer->ending);
	for (size_t i = 0; i < transfer->count; i++) {
		if (i)
			fputc(',', page->out);
		print_attempt(page, &page->trace->attempts[transfer->first + i]);
	}
	fputs("]]", page->out);
}

/* [least, mean, most] ms of the delay after each attempt but the last. */
static void print_policy(const struct page *page)
{
	const struct policy *policy = page->policy;
	int64_t least = 0, mean = 0, most = 0, other;

	if (!policy) {
		fputs("\"delays\":null", page->out);
		return;
	}
	fputs("\"delays\":[", page->out);
	for (int attempt = 1; attempt < policy->attempts; attempt++) {
		/* A decorrelated delay grows from the one before, each bound from its like. */
		backoff_range(policy, attempt, least, &least, &other, &other);
		backoff_range(policy, attempt, mean, &other, &mean, &other);
		backoff_range(policy, attempt, most, &other, &other, &most);
		fprintf(page->out, "%s[%" PRId64 ",%" PRId64 ",%" PRId64 "]",
			attempt > 1 ? "," : "", least, mean, most);
	}
	fputc(']', page->out);
}

static void print_data(const struct page *page)
{
	const struct trace *trace = page->trace;

	fputs("{\"name\":", page->out);
	quote_text(page->out, page->name);
	fprintf(page->out,
		",\"version\":\"" CURLRETRY_VERSION "\",\"made\":%lld,\"lines\":%" PRIu64
		",\"garbage\":%" PRIu64 ",\"foreign\":%" PRIu64 ",\"cut\":%" PRIu64 ",\n",
		(long long)time(NULL), trace->lines, trace->garbage, trace->foreign, trace->cut);
	print_policy(page);
	fputs(",\n", page->out);
	print_texts(page);
	fputs(",\n\"transfers\":[", page->out);
	for (size_t i = 0; i < trace->transfer_count; i++) {
		fputs(i ? ",\n" : "\n", page->out);
		print_transfer(page, &trace->transfers[i]);
	}
	fputs("]}", page->out);
}

/* By it the page's own script is told from any other, which its policy forbids. */
static void draw_nonce(char nonce[NONCE_MAX])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[(NONCE_MAX - 1) / 2] = { 0 };

	if (getrandom(bytes, sizeof(bytes), 0) < 0)
		bytes[0] = 1;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		nonce[2 * i] = digits[bytes[i] >> 4];
		nonce[2 * i + 1] = digits[bytes[i] & 15];
	}
	nonce[NONCE_MAX - 1] = '\0';
}

static void print_part(const struct page *page, const char *name, size_t length)
{
	if (!strncmp(name, "css", length))
		fputs(page_css, page->out);
	else if (!strncmp(name, "js", length))
		fputs(page_js, page->out);
	else if (!strncmp(name, "data", length))
		print_data(page);
	else
		fputs(page->nonce, page->out);
}

/* page.html, with what {{css}}, {{js}}, {{data}} and {{nonce}} stand for. */
static void print_page(const struct page *page)
{
	const char *at = page_html;
	const char *open, *close;

	while ((open = strstr(at, "{{")) && (close = strstr(open, "}}"))) {
		fwrite(at, 1, (size_t)(open - at), page->out);
		print_part(page, open + 2, (size_t)(close - open) - 2);
		at = close + 2;
	}
	fputs(at, page->out);
}

bool html_print(FILE *out, const struct trace *trace, const char *name,
		const struct policy *policy)
{
	struct page page = { .out = out, .trace = trace, .name = name, .policy = policy };
	bool good = find_used(&page.texts, trace);

	if (good) {
		draw_nonce(page.nonce);
		print_page(&page);
	}
	free(page.texts.number);
	free(page.texts.of);
	return good;
}
