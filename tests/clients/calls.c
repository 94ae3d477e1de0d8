/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl */
/*
 * calls URL [WORD]...: one transfer, and a line for each call that the program gets and for all
 * that is sent.
 *
 * post      sends 3,000 bytes from a read callback
 * seek, ioctl, badseek, badioctl   has that callback to rewind it, or one that cannot
 * header    CURLOPT_HEADER      hsts      CURLOPT_HSTSREADFUNCTION
 * noname, noaddress   CURLOPT_RESOLVER_START_FUNCTION, CURLOPT_OPENSOCKETFUNCTION, which refuse
 * share     a share of cookies with callbacks to lock it
 */
#define CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_DEPRECATION
#include <curl/curl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BODY_LENGTH 3000

static CURL *easy;
static int sent;

/* LENGTH of TEXT up to its line's end, without what differs from run to run. */
static void show(const char *what, const char *text, size_t length)
{
	size_t end = 0;

	while (end < length && text[end] != '\r' && text[end] != '\n')
		end++;
	if (length > 3 && !memcmp(text, "229", 3))
		end = 3;
	printf("%s %.*s\n", what, (int)end, text);
}

static size_t on_header(char *data, size_t size, size_t count, void *user)
{
	char *scheme = NULL;
	char *url = NULL;
	long status = 0;

	(void)user;
	curl_easy_getinfo(easy, CURLINFO_SCHEME, &scheme);
	curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &url);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	printf("%s %s %ld ", scheme ? scheme : "-", url, status);
	show("header", data, size * count);
	return size * count;
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
	(void)user;
	show("body", data, size * count);
	return size * count;
}

static size_t on_read(char *buffer, size_t size, size_t count, void *user)
{
	int length = BODY_LENGTH - sent;

	(void)user;
	if ((size_t)length > size * count)
		length = (int)(size * count);
	memset(buffer, 'x', (size_t)length);
	sent += length;
	printf("read %d\n", length);
	return (size_t)length;
}

/* cppcheck-suppress constParameter ; libcurl's type */
static int on_seek(void *user, curl_off_t offset, int origin)
{
	printf("seek %d %d\n", (int)offset, origin);
	if (user)
		return CURL_SEEKFUNC_FAIL;
	sent = (int)offset;
	return CURL_SEEKFUNC_OK;
}

/* cppcheck-suppress constParameter ; libcurl's type */
static curlioerr on_ioctl(CURL *handle, int command, void *user)
{
	printf("ioctl %d %d\n", handle == easy, command);
	if (user)
		return CURLIOE_FAILRESTART;
	sent = 0;
	return CURLIOE_OK;
}

static void on_lock(CURL *handle, curl_lock_data data, curl_lock_access access, void *user)
{
	(void)handle;
	(void)user;
	if (data == CURL_LOCK_DATA_COOKIE)
		printf("lock %d\n", (int)access);
}

static void on_unlock(CURL *handle, curl_lock_data data, void *user)
{
	(void)handle;
	(void)data;
	(void)user;
}

static CURLSTScode on_hsts(CURL *handle, struct curl_hstsentry *entry, void *user)
{
	(void)handle;
	(void)entry;
	(void)user;
	printf("hsts\n");
	return CURLSTS_DONE;
}

/* cppcheck-suppress constParameter ; libcurl's type */
static int on_resolve(void *state, void *reserved, void *user)
{
	(void)state;
	(void)reserved;
	printf("resolve %d\n", user == easy);
	return 1;
}

/* cppcheck-suppress constParameter ; libcurl's type */
static curl_socket_t on_open(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	(void)address;
	printf("open %d %d\n", user == easy, (int)purpose);
	return CURL_SOCKET_BAD;
}

static int on_debug(CURL *handle, curl_infotype type, char *data, size_t length, void *user)
{
	(void)handle;
	(void)user;
	if (type == CURLINFO_HEADER_OUT)
		show("sent", data, length);
	return 0;
}

static void set_word(const char *word)
{
	if (!strcmp(word, "post")) {
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)BODY_LENGTH);
		curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
	} else if (strstr(word, "seek")) {
		curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
		curl_easy_setopt(easy, CURLOPT_SEEKDATA, *word == 'b' ? easy : NULL);
	} else if (strstr(word, "ioctl")) {
		curl_easy_setopt(easy, CURLOPT_IOCTLFUNCTION, on_ioctl);
		curl_easy_setopt(easy, CURLOPT_IOCTLDATA, *word == 'b' ? easy : NULL);
	} else if (!strcmp(word, "header")) {
		curl_easy_setopt(easy, CURLOPT_HEADER, 1L);
	} else if (!strcmp(word, "hsts")) {
		curl_easy_setopt(easy, CURLOPT_HSTS_CTRL, (long)CURLHSTS_ENABLE);
		curl_easy_setopt(easy, CURLOPT_HSTSREADFUNCTION, on_hsts);
	} else if (!strcmp(word, "noname")) {
		curl_easy_setopt(easy, CURLOPT_RESOLVER_START_FUNCTION, on_resolve);
		curl_easy_setopt(easy, CURLOPT_RESOLVER_START_DATA, easy);
	} else if (!strcmp(word, "noaddress")) {
		curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
		curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, easy);
	} else if (!strcmp(word, "share")) {
		CURLSH *share = curl_share_init();

		curl_share_setopt(share, CURLSHOPT_LOCKFUNC, on_lock);
		curl_share_setopt(share, CURLSHOPT_UNLOCKFUNC, on_unlock);
		curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
		curl_easy_setopt(easy, CURLOPT_SHARE, share);
	}
}

int main(int argc, char **argv)
{
	char error[CURL_ERROR_SIZE] = "";
	CURLcode code;

	if (argc < 2)
		return EXIT_FAILURE;
	setvbuf(stdout, NULL, _IONBF, 0);
	easy = curl_easy_init();
	curl_easy_setopt(easy, CURLOPT_URL, argv[1]);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS, (long)CURLPROTO_ALL);
	curl_easy_setopt(easy, CURLOPT_POSTREDIR, (long)CURL_REDIR_POST_ALL);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_debug);
	curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
	for (int i = 2; i < argc; i++)
		set_word(argv[i]);
	code = curl_easy_perform(easy);
	printf("code %d %s\n", (int)code, error);
	curl_easy_cleanup(easy);
	return EXIT_SUCCESS;
}
