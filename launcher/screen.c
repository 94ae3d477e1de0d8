/* SPDX-License-Identifier: MIT */
#include "screen.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define COLUMNS 80		/* where there is no terminal that tells */

#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"
#define HOME "\033[H"
#define CLEAR_LINE "\033[K"
#define CLEAR_BELOW "\033[J"
#define PLAIN "\033[m"

/* How standard input was, while it is changed. */
static struct termios before;
static bool changed;

/* Set by signals. */
static volatile sig_atomic_t over, stopping;

static bool is_unicode(void)
{
	static const char *const variables[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		const char *value = getenv(variables[i]);

		if (value && *value)
			return strstr(value, "UTF-8") || strstr(value, "utf8");
	}
	return false;
}

void screen_init(struct screen *screen)
{
	const char *terminal = getenv("TERM");
	const char *plain = getenv("NO_COLOR");

	screen->live = isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb");
	screen->colour = screen->live && !(plain && *plain);
	screen->unicode = is_unicode();
}

static void measure(struct screen *screen)
{
	struct winsize size = { 0 };

	screen->columns = COLUMNS;
	screen->rows = 0;
	if (!screen->live || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return;
	screen->columns = size.ws_col;
	screen->rows = size.ws_row;
}

void screen_begin(struct screen *screen)
{
	measure(screen);
	screen->printed = 0;
	if (screen->live)
		fputs(HOME, stdout);
}

/* The bytes of TEXT's first COLUMNS characters, UTF-8. */
static size_t cut(const char *text, int columns)
{
	size_t bytes = 0;

	for (; text[bytes] && columns; columns--) {
		do {
			bytes++;
		} while (((unsigned char)text[bytes] & 0xc0) == 0x80);
	}
	return bytes;
}

void screen_print(struct screen *screen, const char *colour, const char *text)
{
	bool coloured = screen->colour && *colour;

	if (screen_is_full(screen))
		return;
	printf("%s%.*s%s%s\n", coloured ? colour : "", (int)cut(text, screen->columns), text,
	       coloured ? PLAIN : "", screen->live ? CLEAR_LINE : "");
	screen->printed++;
}

/* The last row is the cursor's. */
bool screen_is_full(const struct screen *screen)
{
	return screen->rows && screen->printed >= screen->rows - 1;
}

bool screen_end(struct screen *screen)
{
	if (screen->live)
		fputs(CLEAR_BELOW, stdout);
	return !fflush(stdout) && !ferror(stdout);
}

static void take_terminal(void)
{
	struct termios raw;

	if (!tcgetattr(STDIN_FILENO, &before)) {
		raw = before;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		changed = !tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	fputs(ENTER, stdout);
}

static void give_back_terminal(void)
{
	fputs(LEAVE, stdout);
	fflush(stdout);
	if (changed)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	changed = false;
}

static void end(int signal)
{
	(void)signal;
	over = 1;
}

static void stop(int signal)
{
	(void)signal;
	stopping = 1;
}

/* Breaks the wait off: all is drawn anew. */
static void look_again(int signal)
{
	(void)signal;
}

void screen_enter(void)
{
	static const struct {
		int signal;
		void (*handler)(int);
	} handlers[] = {
		{ SIGINT, end },   { SIGTERM, end },	      { SIGHUP, end },
		{ SIGTSTP, stop }, { SIGWINCH, look_again },
	};

	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		struct sigaction action = { .sa_handler = handlers[i].handler };

		sigaction(handlers[i].signal, &action, NULL);
	}
	take_terminal();
}

void screen_leave(void)
{
	give_back_terminal();
}

/* ^Z: the shell gets its screen, and we ours again when it lets us go on. */
static void be_stopped(void)
{
	stopping = 0;
	give_back_terminal();
	kill(getpid(), SIGSTOP);
	take_terminal();
}

/* Of a terminal that is gone, nothing can be read. */
static bool is_leaving_key(void)
{
	char key;

	return read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q';
}

bool screen_wait(int ms)
{
	struct pollfd keys = { .fd = STDIN_FILENO, .events = POLLIN };

	if (!over && !stopping && poll(&keys, changed ? 1 : 0, ms) > 0 && is_leaving_key())
		over = 1;
	if (stopping)
		be_stopped();
	return !over;
}
