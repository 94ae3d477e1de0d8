/* SPDX-License-Identifier: MIT */
#include "decoy.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPT_MS 1000	/* over loopback the connection is there at once */

void decoy_init(struct decoy *decoy)
{
	*decoy = (struct decoy){ .door = -1, .inside = -1 };
}

static bool bind_door(struct decoy *decoy, bool listens)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) },
	};
	socklen_t length = sizeof(address);

	if (bind(decoy->door, (struct sockaddr *)&address, sizeof(address)) ||
	    getsockname(decoy->door, (struct sockaddr *)&address, &length) ||
	    (listens && listen(decoy->door, 1)))
		return false;
	decoy->port = ntohs(address.sin_port);
	return true;
}

bool decoy_open(struct decoy *decoy, bool listens)
{
	decoy->door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	decoy->listens = listens;
	if (decoy->door >= 0 && bind_door(decoy, listens))
		return true;
	decoy_close(decoy);
	return false;
}

static int accept_own(const struct decoy *decoy)
{
	struct pollfd door = { .fd = decoy->door, .events = POLLIN };

	if (poll(&door, 1, ACCEPT_MS) != 1)
		return -1;
	return accept4(decoy->door, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

/*
 * connect(2) on a non-blocking socket is called a second time by libcurl, which finishes it: its
 * CURL_SOCKOPT_ALREADY_CONNECTED would leave CURLINFO_CONNECT_TIME and the addresses empty.
 */
static void begin_connect(int fd, int port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((unsigned short)port),
		.sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) },
	};

	(void)connect(fd, (struct sockaddr *)&address, sizeof(address));
}

curl_socket_t decoy_connect(struct decoy *decoy, const char *answer, size_t length)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return CURL_SOCKET_BAD;
	if (decoy->inside >= 0)
		close(decoy->inside);
	begin_connect(fd, decoy->port);
	decoy->inside = accept_own(decoy);
	if (decoy->inside >= 0 &&
	    send(decoy->inside, answer, length, MSG_NOSIGNAL) == (ssize_t)length) {
		shutdown(decoy->inside, SHUT_WR);
		return fd;
	}
	close(fd);
	return CURL_SOCKET_BAD;
}

void decoy_close(struct decoy *decoy)
{
	if (decoy->door >= 0)
		close(decoy->door);
	if (decoy->inside >= 0)
		close(decoy->inside);
	decoy_init(decoy);
}
