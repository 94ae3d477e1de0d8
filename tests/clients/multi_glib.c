/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl */
/* PACKAGES: glib-2.0 */
/* libcurl in a GLib main loop, by socket and timer callbacks: multi_glib URL... */
#include <glib-unix.h>

#include "transfers.h"

static GMainLoop *loop;
static guint timer;

static void turn(curl_socket_t socket, int events)
{
	act(socket, events);
	if (!left_over)
		g_main_loop_quit(loop);
}

static gboolean on_timeout(gpointer user)
{
	(void)user;
	timer = 0;
	turn(CURL_SOCKET_TIMEOUT, 0);
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
	turn(fd, ((condition & (G_IO_IN | G_IO_HUP)) ? CURL_CSELECT_IN : 0) |
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

int main(int argc, char **argv)
{
	loop = g_main_loop_new(NULL, FALSE);
	add_all(argc - 1, argv + 1, on_socket, on_timer);
	g_main_loop_run(loop);
	report();
	g_main_loop_unref(loop);
	return 0;
}
