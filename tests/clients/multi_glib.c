/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl */
/* PACKAGES: glib-2.0 */
/*
 * libcurl in a GLib main loop, by socket and timer callbacks: multi_glib URL...
 * Prints how each transfer ended, and how often the loop came back to libcurl.
 */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <glib-unix.h>
#include <stdio.h>

#define MANY 64

struct transfer {
	CURL *easy;
	size_t bytes;
	int messages;
	CURLcode code;
};

static struct transfer transfers[MANY];
static GMainLoop *loop;
static CURLM *multi;
static guint timer;
static int turns;
static int left_over;

static size_t on_body(char *data, size_t size, size_t n, void *user)
{
	struct transfer *transfer = user;

	(void)data;
	transfer->bytes += size * n;
	return size * n;
}

static void read_messages(void)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(multi, &left))) {
		struct transfer *transfer;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
		transfer->messages++;
		transfer->code = message->data.result;
		curl_multi_remove_handle(multi, transfer->easy);
		left_over--;
	}
	if (!left_over)
		g_main_loop_quit(loop);
}

static void act(curl_socket_t socket, int events)
{
	int running;

	turns++;
	curl_multi_socket_action(multi, socket, events, &running);
	read_messages();
}

static gboolean on_timeout(gpointer user)
{
	(void)user;
	timer = 0;
	act(CURL_SOCKET_TIMEOUT, 0);
	return G_SOURCE_REMOVE;
}

static int on_timer(CURLM *handle, long ms, void *user)
{
	(void)handle;
	(void)user;
	if (timer)
		g_source_remove(timer);
	timer = ms < 0 ? 0 : g_timeout_add((guint)ms, on_timeout, NULL);
	return 0;
}

/* The source goes when libcurl says so, which may be from inside. */
static gboolean on_ready(gint fd, GIOCondition condition, gpointer user)
{
	(void)user;
	act(fd, ((condition & (G_IO_IN | G_IO_HUP)) ? CURL_CSELECT_IN : 0) |
			((condition & G_IO_OUT) ? CURL_CSELECT_OUT : 0) |
			((condition & (G_IO_ERR | G_IO_NVAL)) ? CURL_CSELECT_ERR : 0));
	return G_SOURCE_CONTINUE;
}

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *user, void *assigned)
{
	guint source = GPOINTER_TO_UINT(assigned);
	GIOCondition condition = 0;

	(void)easy;
	(void)user;
	if (source)
		g_source_remove(source);
	if (what == CURL_POLL_REMOVE) {
		curl_multi_assign(multi, socket, NULL);
		return 0;
	}
	if (what != CURL_POLL_OUT)
		condition |= G_IO_IN;
	if (what != CURL_POLL_IN)
		condition |= G_IO_OUT;
	source = g_unix_fd_add(socket, condition | G_IO_HUP | G_IO_ERR, on_ready, NULL);
	curl_multi_assign(multi, socket, GUINT_TO_POINTER(source));
	return 0;
}

static void add(struct transfer *transfer, const char *url)
{
	transfer->easy = curl_easy_init();
	curl_easy_setopt(transfer->easy, CURLOPT_URL, url);
	curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
	curl_easy_setopt(transfer->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(transfer->easy, CURLOPT_WRITEDATA, transfer);
	curl_multi_add_handle(multi, transfer->easy);
	left_over++;
}

int main(int argc, char **argv)
{
	int count = argc - 1 < MANY ? argc - 1 : MANY;

	curl_global_init(CURL_GLOBAL_ALL);
	loop = g_main_loop_new(NULL, FALSE);
	multi = curl_multi_init();
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
	for (int i = 0; i < count; i++)
		add(&transfers[i], argv[i + 1]);
	g_main_loop_run(loop);
	for (int i = 0; i < count; i++) {
		long status = 0;

		curl_easy_getinfo(transfers[i].easy, CURLINFO_RESPONSE_CODE, &status);
		printf("code=%d status=%ld bytes=%zu messages=%d\n", transfers[i].code, status,
		       transfers[i].bytes, transfers[i].messages);
		curl_easy_cleanup(transfers[i].easy);
	}
	printf("left=%d turns=%d\n", left_over, turns);
	curl_multi_cleanup(multi);
	g_main_loop_unref(loop);
	return 0;
}
