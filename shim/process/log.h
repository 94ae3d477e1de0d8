/* SPDX-License-Identifier: MIT */
/*
 * Events to the log. A line that cannot be written at once is dropped, and the
 * next that can is preceded by one that says how many were. A line is one write(2) of at most 2,048
 * bytes, newline included. No descriptor is kept between lines: a program that closes what it does
 * not know would otherwise find our line in a file of its own.
 *
 * Thread-safe, without locks; errno is preserved. Nothing is allocated but for a journal's entry,
 * and nothing asks the locale or the time zone.
 *
 * log_format.c makes the lines and is pure; log.c writes them.
 */
#ifndef CURLRETRY_LOG_H
#define CURLRETRY_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "config/policy.h"
#include "config/verdict.h"

#define LOG_LINE_MAX 2048
#define LOG_TAG_MAX 256
#define LOG_ENTRY_MAX 8192

enum log_kind {
	LOG_RETRY,
	LOG_RESUME,
	LOG_RECOVERED,
	LOG_GAVE_UP,
	LOG_NOT_RETRIED,
	LOG_NOT_HELD,
	LOG_INJECTED,
	LOG_TRANSFER,
	LOG_BAD_POLICY,
	LOG_NO_LEDGER,		/* once a process, at debug */
	LOG_NOT_TRACED,		/* once a process: the trace's file cannot be written */
	LOG_DROPPED,		/* lines before this one could not be written; log.c's own */
};

/* Zero, NULL and WHY_NONE stand for "no value" unless said otherwise. */
struct log_event {
	enum log_kind kind;
	uint64_t transfer;
	int attempt;
	int attempts;
	const char *method;
	const char *url;		/* as libcurl has it; stripped and escaped here */
	int status;
	int curlcode;
	enum why why;
	/* of the last four: what is wrong; of LOG_INJECTED: the fault; JSON's "why" */
	const char *problem;
	int error;			/* LOG_NOT_HELD only: an errno */
	bool request;			/* likewise: the request's body, else the answer's */
	/* LOG_BAD_POLICY only: the policy before it stays in force */
	bool kept;
	int64_t delay_ms;		/* -1: no value, here and below */
	/* of the delay before this attempt, what was waiting for a turn; 0: nothing */
	int64_t turn_ms;
	int64_t retry_after_ms;
	int64_t elapsed_ms;
	int64_t bytes_kept;
};

/* What a line says beside its event. */
struct log_origin {
	int pid;
	const char *program;		/* base name of the executable */
	struct timespec now;		/* wall clock */
};

/* Writes EVENT where the policy wants it, if its level asks for it. */
void log_event(const struct policy *policy, const struct log_event *event);

/* The line without its end; pure. Returns its length, below LOG_LINE_MAX. */
size_t log_text(char line[LOG_LINE_MAX], const struct log_event *event);
size_t log_json(char line[LOG_LINE_MAX], const struct log_event *event,
		const struct log_origin *origin);

/*
 * Base name of this process's executable, as it was before an update replaced it; read at the first
 * call and kept: before one, lines bear the name that the program gives itself. PATH is room for
 * all of its name.
 */
const char *log_program(char *path, size_t size);

/* The same, as lines bear it. */
const char *log_known_program(void);

/* An errno in words: strerror() asks the locale. */
const char *log_reason(int error);

/* JSON's "event". */
const char *log_kind_name(enum log_kind kind);

/*
 * What journald wants (https://systemd.io/JOURNAL_NATIVE_PROTOCOL): LINE as the message, and the
 * event's fields.
 */
size_t log_entry(char entry[LOG_ENTRY_MAX], const char *line, int severity,
		 const struct log_event *event, const struct log_origin *origin);

/* What syslogd wants before a line: "<12>Nov  4 09:05:01 program[1234]: ". */
size_t log_tag(char tag[LOG_TAG_MAX], int priority, const struct log_origin *origin);

#endif
