/* SPDX-License-Identifier: MIT */
/* curlretry(1): checks the policy, sets LD_PRELOAD, and becomes the command. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/policy.h"
#include "config/rules_file.h"
#include "check.h"
#include "complete.h"
#include "compose.h"
#include "explain.h"
#include "preload.h"
#include "report/report.h"
#include "shim/ledger/segment.h"
#include "services.h"
#include "show.h"
#include "stats.h"
#include "top.h"

extern char **environ;

/* As env(1), nice(1) and timeout(1) have them. */
#define EXIT_LAUNCHER 125
#define EXIT_CANNOT_RUN 126
#define EXIT_NOT_FOUND 127

enum mode {
	MODE_RUN,
	MODE_SHOW,
	MODE_PLAN,
	MODE_EXPLAIN,
	MODE_CHECK,
	MODE_REPORT,
	MODE_STATS,
	MODE_TOP,
	MODE_UNIT,
	MODE_DOCKERFILE,
	MODE_COMPLETION,
	MODE_HELP,
	MODE_VERSION,
};

static const struct {
	const char *name;
	enum mode mode;
	int has_argument;	/* as in struct option */
} modes[] = {
	{ "show", MODE_SHOW, no_argument },
	{ "plan", MODE_PLAN, no_argument },
	{ "check", MODE_CHECK, no_argument },
	{ "explain", MODE_EXPLAIN, no_argument },
	{ "report", MODE_REPORT, required_argument },
	{ "stats", MODE_STATS, optional_argument },
	{ "top", MODE_TOP, no_argument },
	{ "unit", MODE_UNIT, required_argument },
	{ "dockerfile", MODE_DOCKERFILE, no_argument },
	{ "completion", MODE_COMPLETION, required_argument },
	{ "help", MODE_HELP, no_argument },
	{ "version", MODE_VERSION, no_argument },
};

#define MODES (sizeof(modes) / sizeof(modes[0]))

/* getopt_long's values: first what goes with some modes, the modes, then the settings by index. */
#define AS 253
#define SINCE 254
#define PROGRAM 255
#define MODE_OPTIONS 3
#define FIRST_MODE 256
#define FIRST_SETTING (FIRST_MODE + (int)MODES)

struct arguments {
	enum mode mode;
	struct policy policy;
	struct policy_values options;
	const char *program;	/* NULL: any */
	const char *subject;	/* the mode's own argument */
	struct report report;
	bool report_options;	/* some of its own were given */
	enum stats_form form;
	char **command;
};

static bool complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

static bool complain(const char *format, ...)
{
	va_list arguments;

	fputs("curlretry: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return false;
}

static void list_options(struct option options[], char names[][OPTION_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < MODES; i++)
		options[n++] = (struct option){ modes[i].name, modes[i].has_argument, NULL,
						FIRST_MODE + (int)i };
	options[n++] = (struct option){ "program", required_argument, NULL, PROGRAM };
	options[n++] = (struct option){ "as", required_argument, NULL, AS };
	options[n++] = (struct option){ "since", required_argument, NULL, SINCE };
	for (size_t i = 0; i < POLICY_SETTINGS; i++) {
		show_option_name(names[i], settings[i].name);
		options[n++] = (struct option){ names[i], required_argument, NULL,
						FIRST_SETTING + (int)i };
	}
	options[n] = (struct option){ 0 };
}

/* To the policy, and to the environment, where the shim finds it. */
static bool take_setting(struct arguments *arguments, const struct setting *setting,
			 const char *value)
{
	struct policy_problem problem;
	char variable[64];

	if (!policy_set(&arguments->policy, setting, value, SOURCE_OPTION, &problem))
		return complain("%s", problem.text);
	arguments->options.of[setting - settings] = value;
	snprintf(variable, sizeof(variable), "CURLRETRY_%s", setting->name);
	return !setenv(variable, value, 1) || complain("%s: %s", variable, strerror(errno));
}

static bool take_named(struct arguments *arguments, const char *variable, const char *value)
{
	return take_setting(arguments, setting_by_variable(variable), value);
}

static bool refuse_option(char **argv, int result)
{
	const char *word = argv[optind - 1];

	if (result == ':')
		return complain("option %s wants a value", word);
	if (optopt >= FIRST_MODE && optopt < FIRST_SETTING)
		return complain("option --%s takes no value", modes[optopt - FIRST_MODE].name);
	if (optopt)
		return complain("unknown option -%c (see curlretry --help)", optopt);
	return complain("unknown or ambiguous option %s (see curlretry --help)", word);
}

static bool take_report_option(struct arguments *arguments, int option)
{
	struct report_problem problem;
	bool good = option == AS ? report_set_form(&arguments->report, optarg, &problem) :
				   report_set_since(&arguments->report, optarg, &problem);

	arguments->report_options = true;
	return good || complain("%s", problem.text);
}

static bool take_mode(struct arguments *arguments, enum mode mode)
{
	arguments->mode = mode;
	arguments->subject = optarg;
	if (mode == MODE_REPORT)
		arguments->report.file = optarg;
	if (mode == MODE_STATS && !stats_take_form(&arguments->form, optarg))
		return complain("--stats: bad value \"%s\" (allowed: json, openmetrics or reset)",
				optarg);
	return true;
}

static bool take_option(struct arguments *arguments, int option, char **argv)
{
	switch (option) {
	case 'n':
		return take_named(arguments, "CURLRETRY_ATTEMPTS", optarg);
	case 'q':
		return take_named(arguments, "CURLRETRY_LOG", "none");
	case 'v':
		return take_named(arguments, "CURLRETRY_LOG_LEVEL", "debug");
	case AS:
	case SINCE:
		return take_report_option(arguments, option);
	case '?':
	case ':':
		return refuse_option(argv, option);
	}
	if (option == PROGRAM)
		arguments->program = optarg;
	if (option >= FIRST_SETTING)
		return take_setting(arguments, &settings[option - FIRST_SETTING], optarg);
	if (option >= FIRST_MODE)
		return take_mode(arguments, modes[option - FIRST_MODE].mode);
	return true;
}

static bool parse_arguments(struct arguments *arguments, int argc, char **argv)
{
	struct option options[MODES + MODE_OPTIONS + POLICY_SETTINGS + 1];
	char names[POLICY_SETTINGS][OPTION_MAX];
	int option;

	list_options(options, names);
	opterr = 0;
	/* '+': what follows COMMAND is COMMAND's. ':': a missing value is told apart. */
	while ((option = getopt_long(argc, argv, "+:n:qv", options, NULL)) != -1) {
		if (!take_option(arguments, option, argv))
			return false;
	}
	arguments->command = argv + optind;
	return true;
}

/* URL: NULL for any. */
static bool load_policy(struct arguments *arguments, const char *url)
{
	struct subject subject = { arguments->program ? arguments->program : "", url };
	struct policy_problem problem;

	if (compose_policy(&arguments->policy, &arguments->options, &subject, &problem))
		return true;
	return complain("%s", problem.text);
}

static bool set_pinned(const char *variable, const char *file, const char *path)
{
	if (strlen(path) >= POLICY_LIST_MAX)
		return complain("%s: \"%s\": its whole path is too long (allowed: %d bytes)",
				variable, file, POLICY_LIST_MAX - 1);
	if (setenv(variable, path, 1))
		return complain("%s: \"%s\": %s", variable, file, strerror(errno));
	return true;
}

/* A program may change its folder: the file of a setting stays where it was meant to be. */
static bool pin(const char *variable, const char *file)
{
	char path[PATH_MAX];

	if (file[0] == '/')
		return true;
	if (!realpath(file, path))
		return complain("%s: \"%s\": %s", variable, file, strerror(errno));
	return set_pinned(variable, file, path);
}

/* A log that cannot be written is found out now, not at the first failure. */
static bool check_log(const struct policy *policy)
{
	int fd;

	if (policy->log_sink != SINK_FILE)
		return true;
	fd = open(policy->log_path,
		  O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);
	if (fd < 0)
		return complain("CURLRETRY_LOG: cannot write to \"%s\": %s", policy->log_path,
				strerror(errno));
	close(fd);
	return pin("CURLRETRY_LOG", policy->log_path);
}

static bool pin_config(const struct policy *policy)
{
	return !strcmp(policy->config, RULES_NO_FILE) || pin("CURLRETRY_CONFIG", policy->config);
}

/* Nothing is made of it yet: only a program that transfers something writes it. */
static bool pin_trace(const struct policy *policy)
{
	char folder[PATH_MAX], path[2 * PATH_MAX];

	if (!policy->trace[0] || policy->trace[0] == '/')
		return true;
	if (!getcwd(folder, sizeof(folder)))
		return complain("CURLRETRY_TRACE: \"%s\": %s", policy->trace, strerror(errno));
	snprintf(path, sizeof(path), "%s/%s", folder, policy->trace);
	return set_pinned("CURLRETRY_TRACE", policy->trace, path);
}

/* ld.so would pass us over in silence. */
static void warn_of_obstacle(const struct arguments *arguments)
{
	char path[PATH_MAX];
	const char *obstacle;

	if (arguments->policy.log_sink == SINK_NONE || arguments->policy.mode == MODE_OFF)
		return;
	obstacle = check_obstacle(path, arguments->command[0]);
	if (obstacle)
		complain("%s: %s: its transfers will not be retried", path, obstacle);
}

/* Returns only where it fails. */
static int run(struct arguments *arguments)
{
	struct shim shim;
	int error;

	if (!arguments->command[0]) {
		complain("no command given (see curlretry --help)");
		return EXIT_LAUNCHER;
	}
	if (!check_log(&arguments->policy) || !pin_config(&arguments->policy) ||
	    !pin_trace(&arguments->policy) || !preload_find(&shim) || !preload_set(shim.name))
		return EXIT_LAUNCHER;
	warn_of_obstacle(arguments);
	execvp(arguments->command[0], arguments->command);
	error = errno;
	complain("%s: %s", arguments->command[0], strerror(error));
	return error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}

static int check(char **command)
{
	if (!command[0]) {
		complain("--check wants a command or the number of a process");
		return EXIT_LAUNCHER;
	}
	return check_command(command[0]);
}

static int explain(struct arguments *arguments)
{
	char **words = arguments->command;
	struct question question;

	if (!words[0] || !words[1] || !words[2] || words[3]) {
		complain("--explain wants a method, a URL, and a status or a CURLE_ name");
		return EXIT_LAUNCHER;
	}
	if (!explain_take(&question, words[0], words[1], words[2])) {
		complain("\"%s\" is no outcome (allowed: a status from 100 to 599, a CURLE_ name)",
			 words[2]);
		return EXIT_LAUNCHER;
	}
	question.program = arguments->program;
	if (!load_policy(arguments, question.url))
		return EXIT_LAUNCHER;
	return explain_print(&arguments->policy, &question);
}

/* The policy is asked only by the page, which draws its delays. */
static int report(struct arguments *arguments)
{
	const struct policy *policy = NULL;
	struct report_problem problem;

	if (arguments->command[0]) {
		complain("--report wants one file, not \"%s\" too", arguments->command[0]);
		return EXIT_LAUNCHER;
	}
	if (arguments->report.form == REPORT_HTML) {
		if (!load_policy(arguments, NULL))
			return EXIT_LAUNCHER;
		policy = &arguments->policy;
	}
	if (!report_print(&arguments->report, policy, &problem)) {
		complain("%s", problem.text);
		return EXIT_LAUNCHER;
	}
	return EXIT_SUCCESS;
}

/* False: it is refused. *LEDGER is NULL where nobody has made it yet. */
static bool open_ledger(const struct policy *policy, struct ledger **ledger)
{
	int error;

	*ledger = NULL;
	if (!strcmp(policy->ledger, "off"))
		return complain("CURLRETRY_LEDGER is off: nothing is counted");
	*ledger = segment_open(policy->ledger, false, &error);
	return *ledger || error == ENOENT || complain("the ledger: %s", strerror(error));
}

static int stats(const struct arguments *arguments)
{
	static struct entries entries;
	struct ledger *ledger;

	if (!open_ledger(&arguments->policy, &ledger))
		return EXIT_LAUNCHER;
	if (arguments->form != STATS_RESET) {
		entries_read(&entries, ledger);
		stats_print(arguments->form, &entries);
	} else if (ledger) {
		ledger_reset(ledger);
	}
	return 0;
}

/* The ledger may be made after we have begun. */
static void read_entries(struct entries *entries, void *name)
{
	static struct ledger *ledger;
	int error;

	if (!ledger)
		ledger = segment_open(name, false, &error);
	entries_read(entries, ledger);
}

static int top(struct arguments *arguments)
{
	struct ledger *ledger;

	if (!open_ledger(&arguments->policy, &ledger))
		return EXIT_LAUNCHER;
	if (ledger)
		segment_close(ledger);
	top_run(read_entries, arguments->policy.ledger);
	return 0;
}

static int completion(const char *shell)
{
	if (complete_print(shell))
		return 0;
	complain("--completion: bad value \"%s\" (allowed: bash, zsh or fish)", shell);
	return EXIT_LAUNCHER;
}

static int unit(const char *service)
{
	struct shim shim;

	if (!services_is_name(service)) {
		complain("--unit: bad value \"%s\" (allowed: the name of a service)", service);
		return EXIT_LAUNCHER;
	}
	if (!preload_find(&shim))
		return EXIT_LAUNCHER;
	services_unit(service, shim.name);
	return 0;
}

static int dockerfile(void)
{
	struct shim shim;

	if (!preload_find(&shim))
		return EXIT_LAUNCHER;
	services_dockerfile(shim.path);
	return 0;
}

/* STATUS, if what was printed has arrived. */
static int printed(int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		complain("standard output: %s", strerror(errno));
		return EXIT_LAUNCHER;
	}
	return status;
}

int main(int argc, char **argv)
{
	static struct arguments arguments;

	policy_init(&arguments.policy);
	if (!parse_arguments(&arguments, argc, argv))
		return EXIT_LAUNCHER;
	if (arguments.report_options && arguments.mode != MODE_REPORT) {
		complain("--as and --since go with --report FILE");
		return EXIT_LAUNCHER;
	}
	switch (arguments.mode) {
	case MODE_HELP:
		show_help();
		return printed(0);
	case MODE_VERSION:
		puts("curlretry " CURLRETRY_VERSION);
		return printed(0);
	case MODE_CHECK:
		return printed(check(arguments.command));
	case MODE_REPORT:
		return printed(report(&arguments));
	case MODE_UNIT:
		return printed(unit(arguments.subject));
	case MODE_DOCKERFILE:
		return printed(dockerfile());
	case MODE_COMPLETION:
		return printed(completion(arguments.subject));
	default:
		break;
	}
	if (arguments.mode == MODE_EXPLAIN)
		return printed(explain(&arguments));
	if (!load_policy(&arguments, arguments.mode == MODE_SHOW ? arguments.command[0] : NULL))
		return EXIT_LAUNCHER;
	switch (arguments.mode) {
	case MODE_SHOW:
		show_policy(&arguments.policy, arguments.command[0] || arguments.program);
		return printed(0);
	case MODE_PLAN:
		show_plan(&arguments.policy);
		return printed(0);
	case MODE_STATS:
		return printed(stats(&arguments));
	case MODE_TOP:
		return printed(top(&arguments));
	default:
		return run(&arguments);
	}
}
