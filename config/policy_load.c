/* SPDX-License-Identifier: MIT */
/* Settings from the machine's file and from the environment. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "line.h"
#include "policy.h"

#define VARIABLE_MAX 64			/* longer than any setting's */
#define FILE_SIZE_MAX 65536
#define LINE_MAX_LENGTH (VARIABLE_MAX + POLICY_LIST_MAX)

struct reader {
	int fd;
	size_t total;			/* bytes read so far */
	size_t at, end;			/* what of the buffer is still to come */
	char buffer[1024];
	char text[LINE_MAX_LENGTH];	/* a line of it */
	struct policy_problem found, told;
};

enum line_kind { LINE_READ, LINE_END, LINE_BAD };

/* The next byte, -1 at the end, or where reading fails. */
static int next_byte(struct reader *reader)
{
	if (reader->at == reader->end) {
		ssize_t length;

		do {
			length = read(reader->fd, reader->buffer, sizeof(reader->buffer));
		} while (length < 0 && errno == EINTR);
		if (length <= 0)
			return -1;
		reader->at = 0;
		reader->end = (size_t)length;
	}
	reader->total++;
	return (unsigned char)reader->buffer[reader->at++];
}

/* A line without its end. Bad: too long, or with a NUL in it. */
static enum line_kind next_line(struct reader *reader, char line[LINE_MAX_LENGTH])
{
	size_t length = 0;
	int byte = next_byte(reader);

	if (byte < 0)
		return LINE_END;
	for (; byte >= 0 && byte != '\n'; byte = next_byte(reader)) {
		if (byte == '\0' || length + 1 == LINE_MAX_LENGTH)
			return LINE_BAD;
		line[length++] = (char)byte;
	}
	line[length] = '\0';
	return LINE_READ;
}

/* TEXT without the blanks around it; those after it are overwritten. */
static char *stripped(char *text)
{
	size_t length;

	text += strspn(text, " \t\r");
	length = strlen(text);
	while (length && strchr(" \t\r", text[length - 1]))
		length--;
	text[length] = '\0';
	return text;
}

/* TEXT without one pair of quotes around it. */
static char *unquoted(char *text)
{
	size_t length = strlen(text);

	if (length < 2 || (text[0] != '"' && text[0] != '\'') || text[length - 1] != text[0])
		return text;
	text[length - 1] = '\0';
	return text + 1;
}

/* Unless a later source has set it, or the value is empty. */
static bool set_unless_later(struct policy *policy, const struct setting *setting,
			     const char *value, enum policy_source source,
			     struct policy_problem *problem)
{
	if (!*value || policy->source[setting - settings] > source)
		return true;
	return policy_set(policy, setting, value, source, problem);
}

static bool refuse_line(struct policy_problem *problem, const char *text)
{
	struct line line = line_begin(problem->text, sizeof(problem->text));

	line_add_quoted(&line, text, strlen(text));
	line_add(&line,
		 " is not a setting (allowed: NAME=value, NAME as " POLICY_VARIABLE "ATTEMPTS)");
	return false;
}

/* A line of the file, which is overwritten. */
static bool set_line(struct policy *policy, char *text, struct policy_problem *problem)
{
	const struct setting *setting = NULL;
	char *equals;

	text = stripped(text);
	if (!*text || *text == '#')
		return true;
	equals = strchr(text, '=');
	if (equals)
		*equals = '\0';
	text = stripped(text);
	if (equals)
		setting = setting_by_variable(text);
	if (!setting)
		return refuse_line(problem, text);
	return set_unless_later(policy, setting, unquoted(stripped(equals + 1)), SOURCE_FILE,
				problem);
}

/* Only the first is told; its text is empty until then. */
static void tell(struct policy_problem *problem, const struct policy_problem *found)
{
	if (!problem->text[0])
		*problem = *found;
}

/* FILE:NUMBER: WHAT */
static void tell_of_line(struct policy_problem *problem, struct reader *reader, const char *file,
			 int number)
{
	struct line line = line_begin(reader->told.text, sizeof(reader->told.text));

	line_add(&line, "%.255s:%d: %s", file, number, reader->found.text);
	tell(problem, &reader->told);
}

/* What comes after a bad line still counts, but for one that cannot be read. */
static void load_lines(struct policy *policy, struct reader *reader, const char *file,
		       struct policy_problem *problem)
{
	struct policy_problem *found = &reader->found;
	bool readable = true;

	for (int number = 1; readable; number++) {
		enum line_kind kind = next_line(reader, reader->text);

		if (kind == LINE_END)
			return;
		readable = kind != LINE_BAD && reader->total <= FILE_SIZE_MAX;
		if (reader->total > FILE_SIZE_MAX)
			*found = (struct policy_problem){
				"the file is too long (allowed: up to 64KiB)"
			};
		else if (kind == LINE_BAD)
			*found = (struct policy_problem){
				"a line too long, or with a NUL byte (allowed: text)"
			};
		else if (set_line(policy, reader->text, found))
			continue;
		tell_of_line(problem, reader, file, number);
	}
}

/*
 * Only of a regular file: a FIFO would keep the program waiting. Others, and what cannot be opened,
 * are no file. What a line takes is on the heap: the program's thread may have a stack of 16 KiB.
 */
static void load_file(struct policy *policy, const char *file, struct policy_problem *problem)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct reader *reader;
	struct stat status;

	if (fd < 0)
		return;
	reader = malloc(sizeof(*reader));
	if (reader && !fstat(fd, &status) && S_ISREG(status.st_mode)) {
		reader->fd = fd;
		reader->total = reader->at = reader->end = 0;
		load_lines(policy, reader, file, problem);
	}
	free(reader);
	close(fd);
}

/* The setting of an entry NAME=value of the environment, or NULL. */
static const struct setting *setting_of_entry(const char *entry)
{
	const char *equals = strchr(entry, '=');
	char variable[VARIABLE_MAX];
	size_t length;

	if (!equals || (size_t)(equals - entry) >= sizeof(variable))
		return NULL;
	length = (size_t)(equals - entry);
	memcpy(variable, entry, length);
	variable[length] = '\0';
	return setting_by_variable(variable);
}

/* Of several entries with one name, the first counts, as in getenv(). */
static void load_environment(struct policy *policy, char *const *environment,
			     struct policy_problem *problem)
{
	bool seen[POLICY_SETTINGS] = { false };

	for (; *environment; environment++) {
		const struct setting *setting;
		struct policy_problem found;

		if (strncmp(*environment, POLICY_VARIABLE, strlen(POLICY_VARIABLE)))
			continue;
		setting = setting_of_entry(*environment);
		if (!setting || seen[setting - settings])
			continue;
		seen[setting - settings] = true;
		if (!set_unless_later(policy, setting, strchr(*environment, '=') + 1,
				      SOURCE_ENVIRONMENT, &found))
			tell(problem, &found);
	}
}

bool policy_load(struct policy *policy, const char *file, char *const *environment,
		 struct policy_problem *problem)
{
	int saved = errno;

	problem->text[0] = '\0';
	load_file(policy, file, problem);
	load_environment(policy, environment, problem);
	errno = saved;
	return !problem->text[0];
}
