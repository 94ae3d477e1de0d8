/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -lpthread */
/*
 * Many transfers at once: matrix STYLE BODY ANSWER <CELLS. STYLE is how they run: "easy",
 * curl_easy_perform in a thread each; "multi", curl_multi_perform; "socket",
 * curl_multi_socket_action with epoll. The file BODY is what is sent, ANSWER what a success brings.
 *
 * A cell is a line "ID METHOD VERSION TIMEOUT_MS FIRST URL". FIRST is the port that the first
 * connection goes to instead: 0, none; 1, one that refuses; else one that resets, which is waited
 * for. Printed is for each "ID CODE STATUS BLOCKS BYTES TEXT": final header blocks and body bytes
 * that were seen, and "right" or "wrong" of the answer's bytes, or the error page.
 */
#define CURL_DISABLE_TYPECHECK
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CELLS_MAX 1024
#define FILE_MAX 65536		/* a pipe's size: what is sent fits into one */

struct cell {
	char id[64];
	char method[32];
	char version[8];
	long timeout_ms;
	unsigned short first;
	char url[512];
	CURL *easy;
	CURLcode code;
	bool dead;		/* the connection: it was reset before libcurl gets it */
	int connections;
	int blocks;
	size_t sent;
	size_t received;
	char page[FILE_MAX];
};

struct content {
	char data[FILE_MAX];
	size_t length;
};

static struct content body;
static struct content answer;
static struct cell *cells[CELLS_MAX];
static size_t cell_count;
static unsigned short refusing_port;

/* ---- callbacks ---- */

/*
 * So little that a request body does not fit in: much of it is not sent when
 * the server resets. Not over HTTP/2, where libcurl 7.88 sends wrong bytes
 * when a write would block.
 */
static void shrink_buffer(int fd)
{
	int size = 4096;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static void wait_for_reset(int fd, const struct curl_sockaddr *address)
{
	struct pollfd reset = { .fd = fd };

	if (!connect(fd, &address->addr, address->addrlen))
		poll(&reset, 1, -1);
}

static curl_socket_t on_open(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct cell *cell = user;
	bool diverted = cell->connections++ == 0 && cell->first;
	int fd = socket(address->family, address->socktype, address->protocol);

	(void)purpose;
	if (cell->version[0] == '1')
		shrink_buffer(fd);
	cell->dead = diverted && cell->first > 1;
	if (diverted) {
		struct sockaddr_in to;

		memcpy(&to, &address->addr, sizeof(to));
		to.sin_port = htons(cell->dead ? cell->first : refusing_port);
		memcpy(&address->addr, &to, sizeof(to));
	}
	if (cell->dead)
		wait_for_reset(fd, address);
	return fd;
}

static int on_sockopt(void *user, curl_socket_t fd, curlsocktype purpose)
{
	const struct cell *cell = user;

	(void)fd;
	(void)purpose;
	return cell->dead ? CURL_SOCKOPT_ALREADY_CONNECTED : CURL_SOCKOPT_OK;
}

static size_t on_header(char *line, size_t each, size_t count, void *user)
{
	struct cell *cell = user;
	const char *status =
		each * count > 5 && !strncmp(line, "HTTP/", 5) ? strchr(line, ' ') : NULL;

	cell->blocks += status && status[1] != '1';
	return each * count;
}

static size_t on_body(char *data, size_t each, size_t count, void *user)
{
	struct cell *cell = user;
	size_t length = each * count;

	if (length > sizeof(cell->page) - cell->received)
		return 0;
	memcpy(cell->page + cell->received, data, length);
	cell->received += length;
	return length;
}

static size_t on_read(char *buffer, size_t each, size_t count, void *user)
{
	struct cell *cell = user;
	size_t left = body.length - cell->sent;
	size_t length = each * count < left ? each * count : left;

	memcpy(buffer, body.data + cell->sent, length);
	cell->sent += length;
	return length;
}

/* ---- requests ---- */

static FILE *body_file(void)
{
	FILE *file = tmpfile();

	if (!file || fwrite(body.data, 1, body.length, file) != body.length)
		abort();
	rewind(file);
	return file;
}

static FILE *body_pipe(void)
{
	int ends[2];

	if (pipe(ends) || write(ends[1], body.data, body.length) != (ssize_t)body.length)
		abort();
	close(ends[1]);
	return fdopen(ends[0], "r");
}

static void put(CURL *easy, FILE *file, curl_off_t length)
{
	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_READDATA, file);
	curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, length);
}

static void post_multipart(CURL *easy)
{
	curl_mime *mime = curl_mime_init(easy);
	curl_mimepart *part = curl_mime_addpart(mime);

	curl_mime_name(part, "data");
	curl_mime_data(part, body.data, body.length);
	curl_easy_setopt(easy, CURLOPT_MIMEPOST, mime);
}

static void post_callback(struct cell *cell)
{
	CURL *easy = cell->easy;

	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(easy, CURLOPT_READDATA, cell);
	if (cell->version[0] == '1')
		curl_easy_setopt(easy, CURLOPT_HTTPHEADER,
				 curl_slist_append(NULL, "Transfer-Encoding: chunked"));
}

static void set_method(struct cell *cell)
{
	CURL *easy = cell->easy;
	const char *method = cell->method;

	if (!strcmp(method, "HEAD")) {
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	} else if (!strcmp(method, "DELETE")) {
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "DELETE");
	} else if (!strcmp(method, "PUT-file")) {
		put(easy, body_file(), (curl_off_t)body.length);
	} else if (!strcmp(method, "PUT-pipe")) {
		put(easy, body_pipe(), -1);
	} else if (!strcmp(method, "POST-form")) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)body.length);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data);
	} else if (!strcmp(method, "POST-multipart")) {
		post_multipart(easy);
	} else if (!strcmp(method, "POST-callback")) {
		post_callback(cell);
	} else if (strcmp(method, "GET")) {
		abort();
	}
}

static void set_up(struct cell *cell)
{
	CURL *easy = cell->easy = curl_easy_init();

	curl_easy_setopt(easy, CURLOPT_PRIVATE, cell);
	curl_easy_setopt(easy, CURLOPT_URL, cell->url);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_CAINFO, getenv("CERT"));
	/* Whatever the name, to this machine; and no cell meets another's connection. */
	curl_easy_setopt(easy, CURLOPT_CONNECT_TO, curl_slist_append(NULL, "::127.0.0.1:"));
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 (long)(cell->version[0] == '2' ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE :
							  CURL_HTTP_VERSION_1_1));
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, cell->timeout_ms);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, cell);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_sockopt);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, cell);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, cell);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, cell);
	set_method(cell);
}

/* ---- styles ---- */

static void *perform(void *user)
{
	struct cell *cell = user;

	cell->code = curl_easy_perform(cell->easy);
	return NULL;
}

static void run_easy(void)
{
	pthread_t thread[CELLS_MAX];

	for (size_t i = 0; i < cell_count; i++) {
		if (pthread_create(&thread[i], NULL, perform, cells[i]))
			abort();
	}
	for (size_t i = 0; i < cell_count; i++)
		pthread_join(thread[i], NULL);
}

static CURLM *new_multi(void)
{
	CURLM *multi = curl_multi_init();

	curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	return multi;
}

static void add_all(CURLM *multi)
{
	for (size_t i = 0; i < cell_count; i++) {
		cells[i]->code = CURLE_OBSOLETE40;
		curl_multi_add_handle(multi, cells[i]->easy);
	}
}

static void read_messages(CURLM *multi)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(multi, &left))) {
		struct cell *cell;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &cell);
		cell->code = message->data.result;
	}
}

static void finish(CURLM *multi)
{
	read_messages(multi);
	for (size_t i = 0; i < cell_count; i++)
		curl_multi_remove_handle(multi, cells[i]->easy);
	curl_multi_cleanup(multi);
}

static void run_multi(void)
{
	CURLM *multi = new_multi();
	int running = 1;

	add_all(multi);
	while (running && !curl_multi_perform(multi, &running)) {
		read_messages(multi);
		if (running)
			curl_multi_poll(multi, NULL, 0, 10000, NULL);
	}
	finish(multi);
}

struct loop {
	CURLM *multi;
	int epoll;
	long due;	/* ms, monotonic; -1: never */
};

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *known)
{
	struct loop *loop = user;
	struct epoll_event event = { .data.fd = fd };

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	if (what & CURL_POLL_IN)
		event.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		event.events |= EPOLLOUT;
	if (epoll_ctl(loop->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event))
		abort();
	if (!known)
		known = loop;
	curl_multi_assign(loop->multi, fd, known);
	return 0;
}

static int on_timer(CURLM *multi, long ms, void *user)
{
	struct loop *loop = user;

	(void)multi;
	loop->due = ms < 0 ? -1 : now() + ms;
	return 0;
}

static int time_left(const struct loop *loop)
{
	long left = loop->due - now();

	if (loop->due < 0)
		return -1;
	return left > 0 ? (int)left : 0;
}

static int happened(unsigned events)
{
	int bits = 0;

	if (events & EPOLLIN)
		bits |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		bits |= CURL_CSELECT_OUT;
	if (events & (EPOLLERR | EPOLLHUP))
		bits |= CURL_CSELECT_ERR;
	return bits;
}

static void turn(struct loop *loop, int *running)
{
	struct epoll_event events[64];
	int count = epoll_wait(loop->epoll, events, 64, time_left(loop));

	for (int i = 0; i < count; i++) {
		curl_multi_socket_action(loop->multi, events[i].data.fd, happened(events[i].events),
					 running);
	}
	if (loop->due >= 0 && now() >= loop->due) {
		loop->due = -1;
		curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0, running);
	}
	read_messages(loop->multi);
}

static void run_socket(void)
{
	struct loop loop = { .multi = new_multi(),
			     .epoll = epoll_create1(EPOLL_CLOEXEC),
			     .due = -1 };
	int running = 0;

	curl_multi_setopt(loop.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(loop.multi, CURLMOPT_SOCKETDATA, &loop);
	curl_multi_setopt(loop.multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(loop.multi, CURLMOPT_TIMERDATA, &loop);
	add_all(loop.multi);
	curl_multi_socket_action(loop.multi, CURL_SOCKET_TIMEOUT, 0, &running);
	while (running)
		turn(&loop, &running);
	finish(loop.multi);
	close(loop.epoll);
}

/* ---- in and out ---- */

static void read_content(struct content *content, const char *path)
{
	FILE *file = fopen(path, "r");

	if (!file)
		abort();
	content->length = fread(content->data, 1, sizeof(content->data), file);
	fclose(file);
}

static void read_cells(void)
{
	char line[1024];

	while (cell_count < CELLS_MAX && fgets(line, sizeof(line), stdin)) {
		struct cell *cell = calloc(1, sizeof(*cell));

		if (!cell || sscanf(line, "%63s %31s %7s %ld %hu %511s", cell->id, cell->method,
				    cell->version, &cell->timeout_ms, &cell->first, cell->url) != 6)
			abort();
		set_up(cell);
		cells[cell_count++] = cell;
	}
}

static void tell(struct cell *cell)
{
	bool right = cell->received <= answer.length &&
		     !memcmp(cell->page, answer.data, cell->received);
	long status = 0;

	curl_easy_getinfo(cell->easy, CURLINFO_RESPONSE_CODE, &status);
	printf("%s %d %ld %d %zu ", cell->id, cell->code, status, cell->blocks, cell->received);
	if (status < 300)
		puts(right ? "right" : "wrong");
	else
		printf("%.*s\n", (int)strcspn(cell->page, "\n"), cell->page);
}

/* It stays bound without listening: nobody else gets the port. */
static void bind_refusing_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    getsockname(fd, (struct sockaddr *)&address, &length))
		abort();
	refusing_port = ntohs(address.sin_port);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	curl_global_init(CURL_GLOBAL_ALL);
	bind_refusing_port();
	read_content(&body, argv[2]);
	read_content(&answer, argv[3]);
	read_cells();
	if (!strcmp(argv[1], "easy"))
		run_easy();
	else if (!strcmp(argv[1], "multi"))
		run_multi();
	else
		run_socket();
	for (size_t i = 0; i < cell_count; i++)
		tell(cells[i]);
	return 0;
}
