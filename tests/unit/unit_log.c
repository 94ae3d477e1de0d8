/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../shim/process/log.h"
#include "../../shim/process/sink.h"
#include "check.h"

#define PARTIAL_FILE 18
#define HTTP_RETURNED_ERROR 22
#define RECV_ERROR 56

static const struct log_event nothing = {
	.delay_ms = -1, .retry_after_ms = -1, .elapsed_ms = -1, .bytes_kept = -1,
};

static const struct log_origin origin = { 1234, "curl", { 1709210096, 789999999 } };

/* A failed first attempt of five, of a GET. */
static struct log_event event_of(enum log_kind kind, const char *url, int status, int curlcode)
{
	struct log_event event = nothing;

	event.kind = kind;
	event.transfer = 7;
	event.attempt = 1;
	event.attempts = 5;
	event.method = "GET";
	event.url = url;
	event.status = status;
	event.curlcode = curlcode;
	event.delay_ms = 744;
	event.elapsed_ms = 2305;
	return event;
}

static const char *text_of(const struct log_event *event)
{
	static char line[LOG_LINE_MAX];
	size_t length;

	memset(line, 'x', sizeof(line));
	length = log_text(line, event);
	CHECK_INT(length, strnlen(line, sizeof(line)));
	CHECK(length < LOG_LINE_MAX);
	return line;
}

static const char *json_of(const struct log_event *event)
{
	static char line[LOG_LINE_MAX];
	size_t length;

	memset(line, 'x', sizeof(line));
	length = log_json(line, event, &origin);
	CHECK_INT(length, strnlen(line, sizeof(line)));
	CHECK(length < LOG_LINE_MAX);
	return line;
}

/* How many lines ENTRY has, each of them a field: NAME=VALUE (systemd's native protocol). */
static int fields_in(const char *entry)
{
	int count = 0;

	for (; *entry; entry = strchr(entry, '\n') + 1, count++) {
		CHECK(strspn(entry, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == strcspn(entry, "="));
		if (!CHECK(strchr(entry, '\n') != NULL))
			break;
	}
	return count;
}

static void an_entry_has_the_fields_and_none_that_a_value_forges(void)
{
	static char entry[LOG_ENTRY_MAX], url[4096];
	struct log_event event = event_of(LOG_RETRY, url, 503, 0);
	struct log_origin forger = { 1, "a\nb", { 0, 0 } };
	size_t length;

	memset(url, '\n', sizeof(url) - 1);
	memcpy(url, "http://h/", 9);
	event.method = "GET\nPRIORITY=0";
	event.turn_ms = 1;
	event.retry_after_ms = 1;
	event.bytes_kept = 1;
	event.why = WHY_BUDGET;
	length = log_entry(entry, text_of(&event), 4, &event, &forger);
	CHECK_INT(length, strlen(entry));
	CHECK(length < LOG_ENTRY_MAX - 1 && entry[length - 1] == '\n');
	CHECK_INT(fields_in(entry), 17);
	CHECK(strstr(entry, "\nPRIORITY=4\nSYSLOG_IDENTIFIER=a\\x0ab\n"));
	CHECK(strstr(entry, "\nCURLRETRY_METHOD=GET\\x0aPRIORITY=0\n"));
	CHECK(strstr(entry, "\nCURLRETRY_WHY=budget\n"));
	event = nothing;
	memset(url, 'x', sizeof(url) - 1);
	event.kind = LOG_BAD_POLICY;
	event.problem = url;
	length = log_entry(entry, text_of(&event), 3, &event, &origin);
	CHECK_INT(fields_in(entry), 6);
	CHECK(length < LOG_ENTRY_MAX - 1);
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && !strcmp(text + length - end_length, end);
}

static void text_says_what_happened(void)
{
	struct log_event event = event_of(LOG_RETRY, "http://h/a", 503, 0);

	CHECK_STR(text_of(&event),
		  "curlretry: GET http://h/a: 503; attempt 1 of 5 failed, next in 0.74 s");
	event.kind = LOG_RESUME;
	event.curlcode = PARTIAL_FILE;
	event.status = 200;
	event.bytes_kept = 12345;
	CHECK_STR(text_of(&event),
		  "curlretry: GET http://h/a: CURLE_PARTIAL_FILE; attempt 1 of 5 failed, "
		  "going on from byte 12345 in 0.74 s");
	event = event_of(LOG_RECOVERED, "http://h/a", 200, 0);
	event.attempt = 3;
	CHECK_STR(text_of(&event),
		  "curlretry: GET http://h/a: recovered on attempt 3 after 2.31 s");
	event = event_of(LOG_TRANSFER, "http://h/a", 200, 0);
	event.elapsed_ms = 54;
	CHECK_STR(text_of(&event), "curlretry: GET http://h/a: 200 in 0.05 s");
	event.curlcode = RECV_ERROR;
	CHECK_STR(text_of(&event), "curlretry: GET http://h/a: CURLE_RECV_ERROR in 0.05 s");
	event = nothing;
	event.kind = LOG_BAD_POLICY;
	event.problem = "CURLRETRY_MODE: bad value \"x\"";
	CHECK_STR(text_of(&event),
		  "curlretry: CURLRETRY_MODE: bad value \"x\"; running without retries");
}

static void text_says_why_it_gave_up(void)
{
	struct log_event event = event_of(LOG_GAVE_UP, "http://h/a", 503, 0);

	event.attempt = 5;
	event.elapsed_ms = 14199;
	event.why = WHY_ATTEMPTS;
	CHECK_STR(text_of(&event),
		  "curlretry: GET http://h/a: gave up after 5 attempts in 14.20 s: 503");
	event.why = WHY_PERMANENT;
	event.status = 404;
	CHECK_STR(text_of(&event),
		  "curlretry: GET http://h/a: gave up after 5 attempts in 14.20 s: 404");
	event.why = WHY_ABORTED;
	event.attempt = 1;
	CHECK_STR(text_of(&event), "curlretry: GET http://h/a: gave up after 1 attempt in 14.20 s: "
				   "aborted by the program");
	event.why = WHY_RETRY_AFTER;
	event.retry_after_ms = 600000;
	CHECK(strstr(text_of(&event), ": 404; the server asks for a wait of 600.00 s"));
	CHECK(ends_with(text_of(&event), "CURLRETRY_MAX_RETRY_AFTER)"));
	event.why = WHY_DEADLINE;
	CHECK(ends_with(text_of(&event), "after CURLRETRY_MAX_TIME"));
}

static void text_says_why_it_is_not_retried(void)
{
	static const struct {
		enum why why;
		const char *end;
	} reasons[] = {
		{ WHY_HOST, "CURLRETRY_HOSTS" },
		{ WHY_METHOD, "GET is not idempotent (see CURLRETRY_METHODS)" },
		{ WHY_BODY, "the request body cannot be sent again" },
		{ WHY_DELIVERED, "part of the response had reached the program" },
		{ WHY_ATTEMPTS, "CURLRETRY_ATTEMPTS is 5" },
		{ WHY_RETRY_AFTER, "(see CURLRETRY_MAX_RETRY_AFTER)" },
		{ WHY_DEADLINE, "the next attempt would start after CURLRETRY_MAX_TIME" },
		{ WHY_OBSERVE, "in 0.74 s (see CURLRETRY_MODE)" },
	};
	struct log_event event = event_of(LOG_NOT_RETRIED, "http://h/a", 503, HTTP_RETURNED_ERROR);

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		event.why = reasons[i].why;
		if (!CHECK(ends_with(text_of(&event), reasons[i].end)))
			fprintf(stderr, "  line: %s\n", text_of(&event));
		CHECK(strstr(text_of(&event), ": 503; not retried: "));
	}
}

static void seconds_are_rounded(void)
{
	static const struct {
		int64_t ms;
		const char *end;
	} times[] = {
		{ 0, " 0.00 s" },
		{ 4, " 0.00 s" },
		{ 5, " 0.01 s" },
		{ 994, " 0.99 s" },
		{ 995, " 1.00 s" },
		{ 60000, " 60.00 s" },
		{ INT64_MAX, " 9223372036854775.81 s" },
	};
	struct log_event event = event_of(LOG_RETRY, "http://h/", 503, 0);

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		event.delay_ms = times[i].ms;
		CHECK(ends_with(text_of(&event), times[i].end));
	}
}

/* URL as libcurl has it, and as it is logged. */
static void urls_lose_their_secrets(void)
{
	static const char *const urls[][2] = {
		{ "http://127.0.0.1:8080/v1/users", "http://127.0.0.1:8080/v1/users" },
		{ "http://u:p@h/", "http://h/" },
		{ "http://u:p@ss@h/", "http://h/" },
		{ "http://u@h", "http://h" },
		{ "u:pw@h/path?x", "h/path" },
		{ "u:pw@h/http://x/@y", "..." },
		{ "h/http://u:p@x/", "h/http://u:p@x/" },
		{ "http:/u:pw@h/x", "http:/h/x" },
		{ "http:///u:pw@h/x", "http:///h/x" },
		{ " http://u:pw@h/x", "http://h/x" },
		{ "HTTP://u:pw@H/x", "HTTP://H/x" },
		{ "http://u:pw\\@h/x", "http://h/x" },
		{ "http://u:p w@h/x", "http://h/x" },
		{ "http://u:p\n@h/x", "http://h/x" },
		{ "http://u:p/w@h/x", "http://..." },
		{ "http://u:p#w@h/x", "http://..." },
		{ "http://u:p?w@h/x", "http://..." },
		{ "http://us:1/SECRET@host/", "http://..." },
		{ "http://us:1/SECRET%40host/", "http://..." },
		{ "http://us:/SECRET@host/", "http://..." },
		{ "http://us:1?SECRET@host/", "http://..." },
		{ "http://us:1#SECRET@host/", "http://..." },
		{ "http://us:1/SEC?RET@host/", "http://..." },
		{ "http://us:p@ss/SECRET@host/", "http://..." },
		{ "http://us@1:2/SECRET@host/", "http://..." },
		{ "http:/us:1/SECRET@host/", "http:/..." },
		{ "us:1/SECRET@host/", "..." },
		{ "http://h:80/a?b=1", "http://h:80/a" },
		{ "https://h/@scope/name", "https://h/@scope/name" },
		{ "https://h/name@1.2", "https://h/name@1.2" },
		{ "http://h/a@b:c", "http://h/a@b:c" },
		{ "http://h:/", "http://h:/" },
		{ "http://h?a@b", "http://h" },
		{ "http://h/a?token=1#f", "http://h/a" },
		{ "http://h/a#f?token=1", "http://h/a" },
		{ "http://u:p@[::1]:80/x", "http://[::1]:80/x" },
		{ "http://[fe80::1%25eth0]/x", "http://[fe80::1%25eth0]/x" },
		{ "http://[::1", "http://..." },
		{ "file:///a@b/c", "file:///a@b/c" },
		{ "file:/a@b", "file:/a@b" },
		{ "", "" },
		{ "@", "" },
		{ "://", "://" },
		{ "http://", "http://" },
	};
	struct log_event event = event_of(LOG_TRANSFER, NULL, 200, 0);
	char expected[256];

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		event.url = urls[i][0];
		snprintf(expected, sizeof(expected), "curlretry: GET %s: 200 in 2.31 s",
			 urls[i][1]);
		CHECK_STR(text_of(&event), expected);
		snprintf(expected, sizeof(expected), "\"url\":\"%s\",\"status\"", urls[i][1]);
		CHECK(strstr(json_of(&event), expected));
	}
}

static void hostile_bytes_are_escaped(void)
{
	struct log_event event = event_of(
		LOG_NOT_RETRIED, "http://h/\x1b[31m\n\x7f\xff\xc2\x85\xc3\xa9\"\\", 503, 0);

	event.method = "P\r\nX";
	event.why = WHY_METHOD;
	CHECK_STR(
		text_of(&event),
		"curlretry: P\\x0d\\x0aX http://h/\\x1b[31m\\x0a\\x7f\\xff\\xc2\\x85\xc3\xa9\"\\: "
		"503; not retried: P\\x0d\\x0aX is not idempotent (see CURLRETRY_METHODS)");
	CHECK(strstr(json_of(&event),
		     "\"method\":\"P\\u000d\\u000aX\",\"url\":\"http://h/\\u001b[31m\\u000a"
		     "\\u007f\\u00ff\\u00c2\\u0085\xc3\xa9\\\"\\\\\","));
}

static void json_has_its_keys_in_order(void)
{
	struct log_event event = event_of(LOG_RESUME, "http://h/a", 200, PARTIAL_FILE);

	event.retry_after_ms = 2000;
	event.bytes_kept = 10;
	event.why = WHY_NONE;
	CHECK_STR(json_of(&event), "{\"ts\":\"2024-02-29T12:34:56.789Z\",\"pid\":1234,\"program\":"
				   "\"curl\",\"event\":\"resume\","
				   "\"transfer\":7,\"attempt\":1,\"attempts\":5,\"method\":\"GET\","
				   "\"url\":\"http://h/a\","
				   "\"status\":200,\"error\":\"CURLE_PARTIAL_FILE\",\"delay_ms\":"
				   "744,\"retry_after_ms\":2000,"
				   "\"elapsed_ms\":2305,\"bytes_kept\":10}");
	event = nothing;
	event.kind = LOG_BAD_POLICY;
	event.problem = "bad value \"x\"";
	CHECK_STR(json_of(&event),
		  "{\"ts\":\"2024-02-29T12:34:56.789Z\",\"pid\":1234,\"program\":\"curl\","
		  "\"event\":\"bad_policy\",\"why\":\"bad value \\\"x\\\"\"}");
}

static void what_is_not_known_is_left_out(void)
{
	struct log_event event = event_of(LOG_NOT_RETRIED, NULL, 503, 0);

	event.method = NULL;
	event.why = WHY_BODY;
	CHECK_STR(text_of(&event),
		  "curlretry: 503; not retried: the request body cannot be sent again");
	CHECK(!strstr(json_of(&event), "\"url\""));
	CHECK(!strstr(json_of(&event), "\"method\""));
	CHECK(strstr(json_of(&event), "\"why\":\"body\""));
}

static void times_are_utc(void)
{
	static const struct {
		time_t seconds;
		const char *json, *tag;
	} times[] = {
		{ 0, "1970-01-01T00:00:00", "<12>Jan  1 00:00:00 curl[1234]: " },
		{ 951782399, "2000-02-28T23:59:59", "<12>Feb 28 23:59:59 curl[1234]: " },
		{ 951868800, "2000-03-01T00:00:00", "<12>Mar  1 00:00:00 curl[1234]: " },
		{ 1735689599, "2024-12-31T23:59:59", "<12>Dec 31 23:59:59 curl[1234]: " },
		{ 4107542400, "2100-03-01T00:00:00", "<12>Mar  1 00:00:00 curl[1234]: " },
	};
	struct log_event event = event_of(LOG_RETRY, "http://h/a", 503, 0);
	struct log_origin at = origin;
	char line[LOG_LINE_MAX], tag[LOG_TAG_MAX];

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		at.now.tv_sec = times[i].seconds;
		log_json(line, &event, &at);
		line[26] = '\0';
		CHECK_STR(line + 7, times[i].json);
		log_tag(tag, 12, &at);
		CHECK_STR(tag, times[i].tag);
	}
}

/* --- whether a line is JSON, in UTF-8 (RFC 8259), flat as ours are --- */

static size_t utf8_step(const unsigned char *text)
{
	static const struct {
		unsigned char mask, bits;
		uint32_t least;
	} forms[] = {
		{ 0x80, 0, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 }
	};

	for (size_t i = 0; i < 4; i++) {
		uint32_t character = text[0] & (unsigned char)~forms[i].mask;

		if ((text[0] & forms[i].mask) != forms[i].bits)
			continue;
		for (size_t j = 1; j <= i; j++) {
			if ((text[j] & 0xc0) != 0x80)
				return 0;
			character = character << 6 | (text[j] & 0x3f);
		}
		return character < forms[i].least || character > 0x10ffff ||
				       character >> 11 == 0x1b ?
			       0 :
			       i + 1;
	}
	return 0;
}

static const char *after_string(const char *text)
{
	if (*text++ != '"')
		return NULL;
	while (*text != '"') {
		size_t step = utf8_step((const unsigned char *)text);

		if (!step || (unsigned char)*text < ' ')
			return NULL;
		if (*text == '\\' && text[1] == 'u' && strspn(text + 2, "0123456789abcdef") >= 4)
			step = 6;
		else if (*text == '\\')
			step = strchr("\"\\", text[1]) && text[1] ? 2 : 0;
		if (!step)
			return NULL;
		text += step;
	}
	return text + 1;
}

static bool is_json(const char *text)
{
	char next = '{';

	do {
		if (*text++ != next)
			return false;
		next = ',';
		text = after_string(text);
		if (!text || *text++ != ':')
			return false;
		if (*text == '"')
			text = after_string(text);
		else
			text = strspn(text, "0123456789") ? text + strspn(text, "0123456789") :
							    NULL;
	} while (text && *text == ',');
	return text && !strcmp(text, "}");
}

static void check_line(const struct log_event *event)
{
	const char *json = json_of(event);
	const char *text;

	if (!CHECK(is_json(json)))
		fprintf(stderr, "  line: %s\n", json);
	for (text = text_of(event); *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			CHECK(!"a control byte in a line");
	}
}

static void the_json_checker_checks(void)
{
	CHECK(is_json("{\"a\":1,\"b\":\"\\u00ff\\\"\xc3\xa9\"}"));
	CHECK(!is_json("{\"a\":1"));
	CHECK(!is_json("{\"a\":\"\n\"}"));
	CHECK(!is_json("{\"a\":\"\\x0a\"}"));
	CHECK(!is_json("{\"a\":\"\xff\"}"));
	CHECK(!is_json("{\"a\":\"\xed\xa0\x80\"}"));
	CHECK(!is_json("{\"a\":\"...}"));
}

static void long_lines_stay_whole(void)
{
	static char url[20000], problem[1024];
	struct log_event event = event_of(LOG_RESUME, url, 200, RECV_ERROR);
	struct log_origin far = { INT32_MAX, url, { INT64_C(253402300799), 999999999 } };
	static const char fills[] = "a\"\\\x01\xff@:/";
	char line[LOG_LINE_MAX];

	event.transfer = INT64_MAX;
	event.attempt = event.attempts = event.status = event.curlcode = INT32_MAX;
	event.why = WHY_RETRY_AFTER;
	event.delay_ms = event.retry_after_ms = event.elapsed_ms = event.bytes_kept = INT64_MAX;
	event.method = url;
	for (const char *fill = fills; *fill; fill++) {
		memset(url, *fill, sizeof(url) - 1);
		memset(problem, *fill == 1 || *fill == '\xff' ? '"' : *fill, sizeof(problem) - 1);
		memcpy(url, "http://h/", 9);
		for (enum log_kind kind = LOG_RETRY; kind <= LOG_TRANSFER; kind++) {
			event.kind = kind;
			check_line(&event);
			CHECK(strstr(text_of(&event), "...: "));
		}
		log_json(line, &event, &far);
		CHECK(is_json(line));
		CHECK(ends_with(line, "\"bytes_kept\":9223372036854775807}"));
		log_tag(line, 191, &far);
		CHECK(ends_with(line, "...[2147483647]: "));
		event.kind = LOG_BAD_POLICY;
		event.problem = problem;
		check_line(&event);
		CHECK(ends_with(text_of(&event), "; running without retries"));
		event.problem = NULL;
	}
}

/* xorshift64, the same numbers in every run. */
static uint64_t next_random(void)
{
	static uint64_t state = 88172645463325252;

	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

static void random_bytes_break_nothing(void)
{
	static const char likely[] = "http://@:?#[]\\\"%\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
	static char url[3000];
	struct log_event event = event_of(LOG_RETRY, url, 503, 0);

	for (int round = 0; round < 20000; round++) {
		size_t length = next_random() % (round % 8 ? 64 : sizeof(url));

		for (size_t i = 0; i < length; i++) {
			uint64_t random = next_random();

			url[i] = random & 256 ? likely[(random >> 16) % (sizeof(likely) - 1)] :
						(char)((random >> 32) % 255 + 1);
		}
		url[length] = '\0';
		event.method = url + length / 2;
		check_line(&event);
	}
}

/* --- sinks; each in a child, whose descriptors are its own --- */

static char folder[] = "/tmp/unit_log.XXXXXX";

static const char *file_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static struct policy policy_of(const char *sink)
{
	struct policy policy;
	struct policy_problem problem;

	policy_init(&policy);
	policy_set(&policy, setting_by_variable("CURLRETRY_LOG"), sink, SOURCE_DEFAULT, &problem);
	return policy;
}

static void log_one(const char *sink, enum log_kind kind)
{
	struct log_event event = event_of(kind, "http://h/a", 503, 0);
	struct policy policy = policy_of(sink);

	errno = EXDEV;
	log_event(&policy, &event);
	if (errno != EXDEV)
		_exit(99);
}

/* Runs CHILD, and returns its exit status, or 100 and its signal. */
static int status_of(void (*child)(void))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		child();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? 100 + WTERMSIG(status) : WEXITSTATUS(status);
}

static const char *content_of(const char *name)
{
	static char content[8192];
	int fd = open(file_of(name), O_RDONLY);
	ssize_t length = read(fd, content, sizeof(content) - 1);

	close(fd);
	content[length > 0 ? length : 0] = '\0';
	return content;
}

/* Descriptor 2 becomes a new file. */
static void redirect(const char *name, int flags)
{
	int fd = open(file_of(name), flags | O_CREAT | O_TRUNC, 0600);

	if (fd == STDERR_FILENO)
		return;
	dup2(fd, STDERR_FILENO);
	close(fd);
}

#define RETRY_LINE "curlretry: GET http://h/a: 503; attempt 1 of 5 failed, next in 0.74 s\n"

static void write_where_it_was(void)
{
	redirect("same", O_RDWR);
	sink_init();
	log_one("stderr", LOG_RETRY);
	log_one("stderr", LOG_TRANSFER);	/* debug */
	log_one("none", LOG_RETRY);
}

static void write_after_close(void)
{
	close(STDERR_FILENO);
	sink_init();
	redirect("closed", O_WRONLY | O_APPEND);
	log_one("stderr", LOG_RETRY);
}

static void write_to_own_log(void)
{
	sink_init();
	redirect("appended", O_WRONLY | O_APPEND);
	log_one("stderr", LOG_RETRY);
}

static void write_to_own_file(void)
{
	sink_init();
	redirect("own", O_WRONLY);
	log_one("stderr", LOG_RETRY);
}

static void write_to_own_database(void)
{
	sink_init();
	redirect("database", O_RDWR | O_APPEND);
	log_one("stderr", LOG_RETRY);
}

static void write_to_own_connection(void)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	char byte;

	sink_init();
	if (listen(listener, 1) || getsockname(listener, (struct sockaddr *)&address, &length) ||
	    connect(client, (struct sockaddr *)&address, length))
		_exit(2);
	dup2(client, STDERR_FILENO);
	log_one("stderr", LOG_RETRY);
	if (recv(accept(listener, NULL, NULL), &byte, 1, MSG_DONTWAIT) >= 0)
		_exit(1);
}

/* Returns the pipe's end that the program writes to. */
static int log_to_no_reader(void)
{
	int ends[2];

	if (pipe(ends))
		_exit(2);
	dup2(ends[1], STDERR_FILENO);
	sink_init();
	close(ends[0]);
	log_one("stderr", LOG_RETRY);
	return ends[1];
}

static void write_to_no_reader(void)
{
	log_to_no_reader();
}

static void die_of_own_signal(void)
{
	if (write(log_to_no_reader(), "x", 1) < 0)
		_exit(3);
}

static void write_with_a_signal_pending(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGPIPE);
	log_to_no_reader();
	sigpending(&set);
	_exit(!sigismember(&set, SIGPIPE));
}

static void write_to_full_pipe(void)
{
	static const char block[4096];
	int ends[2];

	if (pipe2(ends, O_NONBLOCK))
		_exit(2);
	while (write(ends[1], block, sizeof(block)) > 0)
		;
	dup2(ends[1], STDERR_FILENO);
	sink_init();
	log_one("stderr", LOG_RETRY);
}

/* A pipe that blocks, and that is read once it is full. */
static void tell_how_many_were_dropped(void)
{
	static char block[4096];
	static char got[1 << 20];
	int ends[2];

	alarm(10);
	if (pipe(ends))
		_exit(2);
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	while (write(ends[1], block, sizeof(block)) > 0)
		;
	fcntl(ends[1], F_SETFL, 0);
	dup2(ends[1], STDERR_FILENO);
	sink_init();
	log_one("stderr", LOG_RETRY);
	log_one("stderr", LOG_RETRY);
	if (fcntl(ends[1], F_GETFL) & O_NONBLOCK || read(ends[0], got, sizeof(got)) <= 0)
		_exit(3);
	log_one("stderr", LOG_RETRY);
	got[read(ends[0], got, sizeof(got) - 1)] = '\0';
	_exit(!!strcmp(got, "curlretry: 2 lines dropped before this one\n" RETRY_LINE));
}

/* Descriptors 0 and 1 as in BELOW, and 2, are one socket, of which nothing is to come out. */
static void write_to_conversation(int below, bool before)
{
	int ends[2];
	char byte;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		_exit(2);
	dup2(ends[0], STDERR_FILENO);
	if (before)
		dup2(ends[0], below);
	sink_init();
	dup2(ends[0], below);
	log_one("stderr", LOG_RETRY);
	_exit(recv(ends[1], &byte, 1, MSG_DONTWAIT) >= 0);
}

static void write_to_inetd_client(void)
{
	write_to_conversation(STDIN_FILENO, true);
}

static void write_to_answer(void)
{
	write_to_conversation(STDOUT_FILENO, true);
}

static void write_to_later_conversation(void)
{
	write_to_conversation(STDIN_FILENO, false);
}

static void write_to_log_socket(void)
{
	int ends[2];
	char byte;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		_exit(2);
	dup2(ends[0], STDERR_FILENO);
	sink_init();
	log_one("stderr", LOG_RETRY);
	_exit(recv(ends[1], &byte, 1, MSG_DONTWAIT) != 1);
}

static void write_past_the_limit(void)
{
	struct rlimit limit = { 10, 10 };

	redirect("limited", O_WRONLY);
	sink_init();
	setrlimit(RLIMIT_FSIZE, &limit);
	log_one("stderr", LOG_RETRY);
	log_one("stderr", LOG_RETRY);
}

static void write_to_file(void)
{
	umask(022);
	log_one(file_of("log"), LOG_RETRY);
	log_one(file_of("log"), LOG_RECOVERED);
}

static void write_to_bad_file(void)
{
	redirect("complaint", O_WRONLY);
	sink_init();
	log_one(file_of("none/log"), LOG_RETRY);
	log_one(file_of("none/log"), LOG_RETRY);
}

static void write_to_fifo(void)
{
	mkfifo(file_of("fifo"), 0600);
	alarm(10);
	close(STDERR_FILENO);
	log_one(file_of("fifo"), LOG_RETRY);
}

static void write_without_descriptors(void)
{
	struct rlimit limit = { 0, 0 };

	close(STDERR_FILENO);
	sink_init();
	setrlimit(RLIMIT_NOFILE, &limit);
	log_one("syslog", LOG_RETRY);
	log_one(file_of("log"), LOG_RETRY);
}

static void leave_no_descriptor(void)
{
	int before = dup(0), after;

	close(before);
	log_one(file_of("other"), LOG_RETRY);
	log_one("syslog", LOG_RETRY);
	after = dup(0);
	_exit(before != after);
}

static void standard_error_gets_one_line_an_event(void)
{
	CHECK_INT(status_of(write_where_it_was), 0);
	CHECK_STR(content_of("same"), RETRY_LINE);
}

static void a_descriptor_2_of_the_programs_own_is_left_alone(void)
{
	CHECK_INT(status_of(write_after_close), 0);
	CHECK_STR(content_of("closed"), "");
	CHECK_INT(status_of(write_to_own_file), 0);
	CHECK_STR(content_of("own"), "");
	CHECK_INT(status_of(write_to_own_database), 0);
	CHECK_STR(content_of("database"), "");
	CHECK_INT(status_of(write_to_own_connection), 0);
	CHECK_INT(status_of(write_to_inetd_client), 0);
	CHECK_INT(status_of(write_to_answer), 0);
	CHECK_INT(status_of(write_to_later_conversation), 0);
	CHECK_INT(status_of(write_to_log_socket), 0);
	CHECK_INT(status_of(write_to_own_log), 0);
	CHECK_STR(content_of("appended"), "");
}

static void a_line_that_is_lost_harms_nobody(void)
{
	CHECK_INT(status_of(write_to_no_reader), 0);
	CHECK_INT(status_of(die_of_own_signal), 100 + SIGPIPE);
	CHECK_INT(status_of(write_with_a_signal_pending), 0);
	CHECK_INT(status_of(write_to_full_pipe), 0);
	CHECK_INT(status_of(tell_how_many_were_dropped), 0);
	CHECK_INT(status_of(write_past_the_limit), 0);
	CHECK_INT(status_of(write_to_fifo), 0);
	CHECK_INT(status_of(write_without_descriptors), 0);
}

static void a_file_is_appended_to(void)
{
	struct stat status;

	CHECK_INT(status_of(write_to_file), 0);
	CHECK_STR(content_of("log"), RETRY_LINE
		  "curlretry: GET http://h/a: recovered on attempt 1 after 2.31 s: 503\n");
	CHECK_INT(stat(file_of("log"), &status), 0);
	CHECK_INT(status.st_mode & 0777, 0644);
	CHECK_INT(status_of(leave_no_descriptor), 0);
}

static void a_file_that_cannot_be_opened_is_told_of_once(void)
{
	const char *content;

	CHECK_INT(status_of(write_to_bad_file), 0);
	content = content_of("complaint");
	CHECK(!strncmp(content, "curlretry: ", 11) && strstr(content, "none/log"));
	content = strchr(content, '\n') + 1;
	CHECK_STR(content, RETRY_LINE RETRY_LINE);
}

static void sinks_keep_to_their_rules(void)
{
	char command[64];

	if (!CHECK(mkdtemp(folder)))
		return;
	standard_error_gets_one_line_an_event();
	a_descriptor_2_of_the_programs_own_is_left_alone();
	a_line_that_is_lost_harms_nobody();
	a_file_is_appended_to();
	a_file_that_cannot_be_opened_is_told_of_once();
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK_INT(system(command), 0);
}

int main(void)
{
	text_says_what_happened();
	an_entry_has_the_fields_and_none_that_a_value_forges();
	text_says_why_it_gave_up();
	text_says_why_it_is_not_retried();
	seconds_are_rounded();
	urls_lose_their_secrets();
	hostile_bytes_are_escaped();
	json_has_its_keys_in_order();
	what_is_not_known_is_left_out();
	times_are_utc();
	the_json_checker_checks();
	long_lines_stay_whole();
	random_bytes_break_nothing();
	sinks_keep_to_their_rules();
	return check_done("unit_log");
}
