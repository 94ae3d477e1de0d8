/* SPDX-License-Identifier: MIT */
#include "complete.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "config/policy.h"
#include "show.h"

/* What stands behind an option. */
enum value { NO_VALUE, OPTIONAL_WORDS, WORDS, A_FILE, A_COMMAND, ANYTHING };

struct choice {
	const char *option;
	const char *meaning;
	enum value value;
	const char *words;	/* separated by blanks; NULL: none to offer */
};

static const struct choice own[] = {
	{ "show", "print the policy in force", NO_VALUE, NULL },
	{ "plan", "print the schedule of delays", NO_VALUE, NULL },
	{ "check", "tell whether the shim reaches a program", A_COMMAND, NULL },
	{ "explain", "tell whether a request would be retried", NO_VALUE, NULL },
	{ "report", "print what a trace tells", A_FILE, NULL },
	{ "as", "the form of a report", WORDS, "text html har" },
	{ "since", "leave out what was over before", ANYTHING, NULL },
	{ "stats", "print what the ledger holds", OPTIONAL_WORDS, "json openmetrics reset" },
	{ "top", "the same, live", NO_VALUE, NULL },
	{ "program", "the program whose policy is meant", ANYTHING, NULL },
	{ "unit", "print a systemd drop-in for a service", ANYTHING, NULL },
	{ "dockerfile", "print the lines for an image", NO_VALUE, NULL },
	{ "completion", "print completions for a shell", WORDS, "bash zsh fish" },
	{ "help", "print a summary of all options", NO_VALUE, NULL },
	{ "version", "print the version", NO_VALUE, NULL },
};

#define OWN (sizeof(own) / sizeof(own[0]))

/* The error groups and the signs of lists: what `allowed` tells in words. */
static const struct {
	const char *setting;
	enum value value;
	const char *words;
} offered[] = {
	{ "ON_ERROR", WORDS, "dns connect timeout network http2 partial none" },
	{ "METHODS", WORDS, "GET HEAD OPTIONS TRACE PUT DELETE PROPFIND REPORT +POST +PATCH none" },
	{ "ON_STATUS", WORDS, "408 425 429 500 502-504 5xx +404 none" },
	{ "IDEMPOTENCY_KEY", WORDS, "on off" },
	{ "RESUME", WORDS, "on off" },
	{ "TRACE_SECRETS", WORDS, "on off" },
	{ "TRACE", A_FILE, "off" },
	{ "CONFIG", A_FILE, "none" },
	{ "LOG", A_FILE, "stderr none syslog journal" },
};

/* ROOM is for the words of an enumeration. */
static struct choice choice_of(const struct setting *setting, char option[OPTION_MAX],
			       char room[256])
{
	struct choice choice = { option, setting->meaning, ANYTHING, NULL };
	size_t used = 0;

	show_option_name(option, setting->name);
	for (size_t i = 0; i < sizeof(offered) / sizeof(offered[0]); i++) {
		if (!strcmp(offered[i].setting, setting->name)) {
			choice.value = offered[i].value;
			choice.words = offered[i].words;
			return choice;
		}
	}
	for (size_t i = 0; setting->words && setting->words[i]; i++)
		used += (size_t)snprintf(room + used, 256 - used, "%s%s", i ? " " : "",
					 setting->words[i]);
	if (used) {
		choice.value = WORDS;
		choice.words = room;
	}
	return choice;
}

typedef void (*printer)(const struct choice *choice);

static void for_each(printer print)
{
	char option[OPTION_MAX];
	char room[256];

	for (size_t i = 0; i < OWN; i++)
		print(&own[i]);
	for (size_t i = 0; i < POLICY_SETTINGS; i++) {
		struct choice choice = choice_of(&settings[i], option, room);

		print(&choice);
	}
}

/* --- bash --- */

static void print_word_for_bash(const struct choice *choice)
{
	bool bare = choice->value == NO_VALUE || choice->value == OPTIONAL_WORDS;

	printf(" --%s%s", choice->option, bare ? "" : "=");
}

static void print_case_for_bash(const struct choice *choice)
{
	if (!choice->words && choice->value != A_FILE && choice->value != A_COMMAND)
		return;
	printf("\t--%s)", choice->option);
	if (choice->words)
		printf(" COMPREPLY=($(compgen -W '%s' -- \"$value\"));", choice->words);
	if (choice->value == A_FILE)
		printf(" COMPREPLY+=($(compgen -f -- \"$value\"));");
	if (choice->value == A_COMMAND)
		printf(" COMPREPLY+=($(compgen -c -- \"$value\"));");
	puts(" return ;;");
}

static void print_bash(void)
{
	puts("# bash completion for curlretry; made by curlretry --completion bash\n"
	     "_curlretry()\n"
	     "{\n"
	     "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} option "
	     "value i\n"
	     "\tCOMPREPLY=()\n"
	     "\t# Behind the options there is a command, which completes itself.\n"
	     "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	     "\t\tcase ${COMP_WORDS[i]} in\n"
	     "\t\t--) ((i++)); break ;;\n"
	     "\t\t-n | --check | --report | --program | --unit | --as | --since | --completion) "
	     "((i++)) ;;\n"
	     "\t\t=) ((i++)) ;;\n"
	     "\t\t-*) ;;\n"
	     "\t\t*) break ;;\n"
	     "\t\tesac\n"
	     "\tdone\n"
	     "\tif ((i < COMP_CWORD)); then\n"
	     "\t\tif declare -F _command_offset >/dev/null; then _command_offset \"$i\"\n"
	     "\t\telse COMPREPLY=($(compgen -f -- \"$word\")); fi\n"
	     "\t\treturn\n"
	     "\tfi\n"
	     "\t# \"=\" splits words unless COMP_WORDBREAKS says otherwise.\n"
	     "\tif [ \"$word\" = = ]; then option=$before value=\n"
	     "\telif [ \"$before\" = = ]; then option=${COMP_WORDS[COMP_CWORD-2]} value=$word\n"
	     "\telif [[ $word == --*=* ]]; then option=${word%%=*} value=${word#*=}\n"
	     "\telif [[ $before == --check || $before == --report || $before == --completion || "
	     "$before == --as ]]; then option=$before value=$word\n"
	     "\tfi\n"
	     "\tcase $option in");
	for_each(print_case_for_bash);
	printf("\t--*) return ;;\n"
	       "\tesac\n"
	       "\tif [[ $word == -* ]]; then\n"
	       "\t\tCOMPREPLY=($(compgen -W '");
	for_each(print_word_for_bash);
	puts(" -n -q -v' -- \"$word\"))\n"
	     "\t\t[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace\n"
	     "\telse\n"
	     "\t\tCOMPREPLY=($(compgen -c -- \"$word\"))\n"
	     "\tfi\n"
	     "}\n"
	     "complete -F _curlretry curlretry");
}

/* --- zsh --- */

/* What ends a description, or begins something else in it, with a backslash. */
static void print_for_zsh(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else
			printf(strchr("[]:\\", *text) ? "\\%c" : "%c", *text);
	}
}

static void print_spec_for_zsh(const struct choice *choice)
{
	printf("\t'--%s%s[", choice->option,
	       choice->value == NO_VALUE	? "" :
	       choice->value == OPTIONAL_WORDS ? "=-" :
	       choice->value == A_COMMAND	? "" :
						  "=");
	print_for_zsh(choice->meaning);
	fputs("]", stdout);
	if (choice->value == OPTIONAL_WORDS)
		printf("::value:(%s)", choice->words);
	else if (choice->value == A_FILE && choice->words)
		printf(":file:{_alternative \"words\\:word\\:(%s)\" \"files\\:file\\:_files\"}",
		       choice->words);
	else if (choice->value == A_FILE)
		fputs(":file:_files", stdout);
	else if (choice->value == A_COMMAND)
		fputs(":command:_command_names -e", stdout);
	else if (choice->words)
		printf(":value:(%s)", choice->words);
	else if (choice->value == ANYTHING)
		fputs(":value: ", stdout);
	puts("' \\");
}

static void print_zsh(void)
{
	puts("#compdef curlretry\n"
	     "# zsh completion for curlretry; made by curlretry --completion zsh\n"
	     "_arguments -S \\\n"
	     "\t'-n[attempts in all]:number: ' \\\n"
	     "\t'-q[log nothing]' \\\n"
	     "\t'-v[log every transfer]' \\");
	for_each(print_spec_for_zsh);
	puts("\t'(-):command:_command_names -e' \\\n"
	     "\t'*::arguments:_normal'");
}

/* --- fish --- */

static void print_quoted_for_fish(const char *text)
{
	putchar('\'');
	for (; *text; text++)
		printf(*text == '\'' || *text == '\\' ? "\\%c" : "%c", *text);
	putchar('\'');
}

static void print_line_for_fish(const struct choice *choice)
{
	bool file = choice->value == A_FILE;
	bool wants = choice->value != NO_VALUE && choice->value != OPTIONAL_WORDS &&
		     choice->value != A_COMMAND;

	printf("complete -c curlretry -n __curlretry_before_command -l %s -d ", choice->option);
	print_quoted_for_fish(choice->meaning);
	if (wants)
		fputs(file ? " -r -F" : " -x", stdout);
	if (choice->words && choice->value != OPTIONAL_WORDS) {
		fputs(" -a ", stdout);
		print_quoted_for_fish(choice->words);
	}
	putchar('\n');
}

static void print_fish(void)
{
	puts("# fish completion for curlretry; made by curlretry --completion fish\n"
	     "function __curlretry_before_command\n"
	     "    set -l words (commandline -opc)\n"
	     "    for word in $words[2..-1]\n"
	     "        string match -q -- '-*' $word; or return 1\n"
	     "        test \"$word\" = -- ; and return 1\n"
	     "    end\n"
	     "    return 0\n"
	     "end\n"
	     "complete -c curlretry -f\n"
	     "complete -c curlretry -n __curlretry_before_command -s n -x -d 'attempts in all'\n"
	     "complete -c curlretry -n __curlretry_before_command -s q -d 'log nothing'\n"
	     "complete -c curlretry -n __curlretry_before_command -s v -d 'log every transfer'");
	for_each(print_line_for_fish);
	puts("complete -c curlretry -a '(__fish_complete_subcommand)'");
}

bool complete_print(const char *shell)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} shells[] = { { "bash", print_bash }, { "zsh", print_zsh }, { "fish", print_fish } };

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (!strcmp(shell, shells[i].name)) {
			shells[i].print();
			return true;
		}
	}
	return false;
}
