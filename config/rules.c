/* SPDX-License-Identifier: MIT */
#include "rules.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ascii.h"
#include "line.h"

#define HOST_AND_PORT_MAX 300

static const char blanks[] = " \t\r";
static const char not_a_setting[] =
	"is not a setting (allowed: NAME=value, NAME as " POLICY_VARIABLE "ATTEMPTS)";

/*
 * Patterns follow one another, each with its NUL; an empty one ends them. NULL: whatever the name.
 */
struct section {
	const char *programs;
	const char *hosts;
	bool ignored;		/* its head is wrong */
};

struct rule {
	const char *value;
	int line;
	unsigned short section;
	unsigned short setting;
};

struct rules {
	size_t section_count;
	size_t rule_count;
	struct section *sections;
	struct rule *rules;
	char text[];	/* a copy, cut up by NULs; sections and rules lie behind it */
};

/* What a file is read with. */
struct parser {
	struct rules *rules;
	struct policy scratch;		/* what values are tried on */
	struct policy_problem reason;
	struct policy_problem *problem;	/* the first */
	const char *file;
	int line;
};

/* Always false. Tells REASON with FILE:LINE, unless something was told before. */
static bool refuse(struct parser *parser, const char *reason)
{
	struct line line;

	if (parser->problem->text[0])
		return false;
	line = line_begin(parser->problem->text, sizeof(parser->problem->text));
	line_add(&line, "%.255s:%d: %s", parser->file, parser->line, reason);
	return false;
}

/* The same, of a word of the file's. */
static bool refuse_word(struct parser *parser, const char *word, const char *why)
{
	struct line line = line_begin(parser->reason.text, sizeof(parser->reason.text));

	line_add_quoted(&line, word, strlen(word));
	line_add(&line, " %s", why);
	return refuse(parser, parser->reason.text);
}

/* TEXT without the blanks around it; those after it are overwritten. */
static char *stripped(char *text)
{
	size_t length;

	text += strspn(text, blanks);
	length = strlen(text);
	while (length && strchr(blanks, text[length - 1]))
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

static char normal(char c)
{
	return (char)(c == '-' ? '_' : c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

static bool is_name_of(const struct setting *setting, const char *word)
{
	const char *name = setting->name;

	while (*name && normal(*word) == *name) {
		name++;
		word++;
	}
	return !*name && !*word;
}

/* "attempts", "base-delay", "BASE_DELAY" or "CURLRETRY_BASE_DELAY". */
static const struct setting *setting_named(const char *word)
{
	const char *prefix = POLICY_VARIABLE;
	const char *rest = word;

	while (*prefix && normal(*rest) == *prefix) {
		prefix++;
		rest++;
	}
	if (!*prefix)
		word = rest;
	for (size_t i = 0; i < POLICY_SETTINGS; i++) {
		if (is_name_of(&settings[i], word))
			return &settings[i];
	}
	return NULL;
}

/* Whether a transfer's host may not decide: what is one for a whole process. */
static bool is_of_process(const struct setting *setting)
{
	static const char *const names[] = {
		"PROGRAMS",   "HOSTS", "CONFIG", "LOG",	   "LOG_LEVEL",
		"LOG_FORMAT", "SEED",  "TRACE",	 "TRACE_SECRETS", "LEDGER",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(setting->name, names[i]))
			return true;
	}
	return false;
}

static bool take_setting(struct parser *parser, char *text)
{
	struct rules *rules = parser->rules;
	const struct section *section = &rules->sections[rules->section_count - 1];
	char *equals = strchr(text, '=');
	const struct setting *setting;
	const char *value;

	if (!equals)
		return refuse_word(parser, stripped(text), not_a_setting);
	*equals = '\0';
	text = stripped(text);
	setting = setting_named(text);
	if (!setting)
		return refuse_word(parser, text, not_a_setting);
	if (!strcmp(setting->name, "CONFIG"))
		return refuse_word(parser, text,
				   "names another file, and counts in the environment only");
	if (section->hosts && is_of_process(setting))
		return refuse_word(parser, text, "is one for a whole program, not for a host");
	value = unquoted(stripped(equals + 1));
	if (!*value)
		return true;
	if (!policy_set(&parser->scratch, setting, value, SOURCE_FILE,
			&parser->reason))
		return refuse(parser, parser->reason.text);
	rules->rules[rules->rule_count++] = (struct rule){
		.value = value,
		.line = parser->line,
		.section = (unsigned short)(rules->section_count - 1),
		.setting = (unsigned short)(setting - settings),
	};
	return true;
}

static bool is_pattern(const char *word)
{
	size_t excludes = word[0] == '!';

	for (const char *c = word; *c; c++) {
		if (ascii_is_control(*c))
			return false;
	}
	return word[excludes] && word[excludes] != '!';
}

/* The next word of *TEXT, ended by a NUL; NULL: there is none. */
static char *next_word(char **text)
{
	char *word = *text + strspn(*text, blanks);
	size_t length = strcspn(word, blanks);

	if (!length)
		return NULL;
	*text = word + length + (word[length] != '\0');
	word[length] = '\0';
	return word;
}

/*
 * Moves the words of TEXT together, each with its NUL, and an empty one behind
 * them: the blank or the comma that had to follow gives the room.
 */
static const char *take_patterns(struct parser *parser, char *text, bool folded)
{
	char *first = text;
	char *to = text;
	char *word;

	while ((word = next_word(&text))) {
		size_t size = strlen(word) + 1;

		if (!is_pattern(word)) {
			refuse_word(parser, word, "is not a pattern");
			return NULL;
		}
		for (size_t i = 0; i < size; i++)
			to[i] = folded ? ascii_lower(word[i]) : word[i];
		to += size;
	}
	if (to == first) {
		refuse(parser, "a section's head names no pattern");
		return NULL;
	}
	*to = '\0';
	return first;
}

/* "program a b" or "host *.example !c". */
static bool take_condition(struct parser *parser, struct section *section, char *text)
{
	char *kind = next_word(&text);
	bool is_host = kind && !strcmp(kind, "host");
	const char **list = is_host ? &section->hosts : &section->programs;

	if (!kind || (!is_host && strcmp(kind, "program") != 0))
		return refuse_word(
			parser, kind ? kind : "",
			"is no kind of section (allowed: [program PATTERN...], [host PATTERN...], "
			"[program PATTERN..., host PATTERN...])");
	if (*list)
		return refuse_word(parser, kind, "stands twice in a section's head");
	*list = take_patterns(parser, text, is_host);
	return *list != NULL;
}

/*
 * The conditions, the last one first: the empty pattern that ends one's list may
 * stand where the next one's first word was.
 */
static bool take_conditions(struct parser *parser, struct section *section, char *text)
{
	char *comma;

	while ((comma = strrchr(text, ','))) {
		if (!take_condition(parser, section, comma + 1))
			return false;
		*comma = '\0';
	}
	return take_condition(parser, section, text);
}

static void take_head(struct parser *parser, char *text)
{
	struct rules *rules = parser->rules;
	size_t length = strlen(text);
	struct section *section = &rules->sections[rules->section_count - 1];

	if (rules->section_count == RULES_SECTIONS_MAX) {
		section->ignored = true;
		refuse(parser, "there are too many sections (allowed: up to 254)");
		return;
	}
	section = &rules->sections[rules->section_count++];
	section->ignored = true;
	if (text[length - 1] != ']') {
		refuse(parser, "a section's head is not closed (allowed: [program PATTERN...], "
			       "[host PATTERN...])");
		return;
	}
	text[length - 1] = '\0';
	section->ignored = !take_conditions(parser, section, text + 1);
}

/* LENGTH bytes without the line's end, and a NUL. */
static void take_line(struct parser *parser, char *text, size_t length)
{
	if (strlen(text) != length || length > POLICY_VALUE_MAX) {
		refuse(parser, "a line too long, or with a NUL byte (allowed: text)");
		return;
	}
	text = stripped(text);
	if (*text == '[')
		take_head(parser, text);
	else if (*text && *text != '#' && *text != ';')
		take_setting(parser, text);
}

static void take_text(struct parser *parser, char *text, size_t length)
{
	static const char bom[] = "\xef\xbb\xbf";
	char *end = text + length;

	if (!strncmp(text, bom, strlen(bom)))
		text += strlen(bom);
	for (parser->line = 1; text < end; parser->line++) {
		char *stop = memchr(text, '\n', (size_t)(end - text));

		if (!stop)
			stop = end;
		*stop = '\0';
		take_line(parser, text, (size_t)(stop - text));
		text = stop + 1;
	}
}

static size_t aligned(size_t size)
{
	return (size + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
}

/* Room for TEXT, and for as many sections and rules as it can have. */
static struct rules *allocate(const char *text, size_t length)
{
	size_t before = aligned(sizeof(struct rules) + length + 2);
	size_t sections = 1, lines = 1;
	struct rules *rules;

	for (size_t i = 0; i < length; i++) {
		sections += text[i] == '[' && sections < RULES_SECTIONS_MAX;
		lines += text[i] == '\n';
	}
	rules = calloc(1, before + sections * sizeof(struct section) + lines * sizeof(struct rule));
	if (!rules)
		return NULL;
	memcpy(rules->text, text, length);
	rules->sections = (struct section *)((char *)rules + before);
	rules->rules = (struct rule *)(rules->sections + sections);
	rules->section_count = 1;
	return rules;
}

struct rules *rules_parse(const char *text, size_t length, const char *file,
			  struct policy_problem *problem)
{
	size_t taken = length < RULES_SIZE_MAX ? length : RULES_SIZE_MAX;
	struct parser *parser;
	struct rules *rules = NULL;

	problem->text[0] = '\0';
	/* Too large for a thread's stack that may be small. */
	parser = calloc(1, sizeof(*parser));
	if (parser)
		rules = allocate(text, taken);
	if (rules) {
		parser->rules = rules;
		parser->problem = problem;
		parser->file = file;
		policy_init(&parser->scratch);
		take_text(parser, rules->text, taken);
		if (length > RULES_SIZE_MAX)
			refuse(parser, "the file is too long (allowed: up to 64KiB)");
	}
	free(parser);
	return rules;
}

struct name {
	const char *plain;
	const char *with_port;	/* NULL: of a program */
};

/* "host:80", "[::1]:80", but not "::1". */
static bool has_port(const char *pattern)
{
	const char *colon = strrchr(pattern, ':');

	return colon && (pattern[0] == '[' ? colon[-1] == ']' : strchr(pattern, ':') == colon);
}

/* "[::1]:80" as struct name has it; for fnmatch(3) brackets hold a set of characters. */
static const char *without_brackets(char buffer[HOST_AND_PORT_MAX], const char *pattern)
{
	const char *end = strchr(pattern, ']');

	if (pattern[0] != '[' || !end || !strchr(pattern, ':'))
		return pattern;
	snprintf(buffer, HOST_AND_PORT_MAX, "%.*s%s", (int)(end - pattern - 1), pattern + 1,
		 end + 1);
	return buffer;
}

static bool matches(const char *pattern, const struct name *name)
{
	char buffer[HOST_AND_PORT_MAX];
	bool ported = name->with_port && has_port(pattern);

	if (name->with_port)
		pattern = without_brackets(buffer, pattern);
	return !fnmatch(pattern, ported ? name->with_port : name->plain, 0);
}

/* By one of the patterns at least, where there are any without '!', and by none with it. */
static bool is_chosen(const char *patterns, const struct name *name)
{
	bool chosen = false, chooses = false;

	if (!patterns)
		return true;
	for (; *patterns; patterns += strlen(patterns) + 1) {
		bool excludes = *patterns == '!';

		if (!matches(patterns + excludes, name)) {
			chooses |= !excludes;
			continue;
		}
		if (excludes)
			return false;
		chosen = true;
	}
	return chosen || !chooses;
}

static bool is_for_program(const struct section *section, const char *program)
{
	return !section->ignored &&
	       is_chosen(section->programs, &(struct name){ .plain = program });
}

static void add(struct rules_match *match, size_t section)
{
	match->sections[section / 64] |= UINT64_C(1) << section % 64;
}

static bool has(const struct rules_match *match, size_t section)
{
	return match->sections[section / 64] >> section % 64 & 1;
}

void rules_match_program(const struct rules *rules, const char *program, struct rules_match *match)
{
	*match = (struct rules_match){ 0 };
	for (size_t i = 0; i < rules->section_count; i++) {
		if (!rules->sections[i].hosts && is_for_program(&rules->sections[i], program))
			add(match, i);
	}
}

void rules_match_host(const struct rules *rules, const char *program, const char *host, int port,
		      struct rules_match *match)
{
	char with_port[HOST_AND_PORT_MAX];
	struct name name = { host, with_port };

	snprintf(with_port, sizeof(with_port), "%s:%d", host, port);
	for (size_t i = 0; i < rules->section_count; i++) {
		const struct section *section = &rules->sections[i];

		if (section->hosts && is_for_program(section, program) &&
		    is_chosen(section->hosts, &name))
			add(match, i);
	}
}

bool rules_ask_host(const struct rules *rules, const char *program)
{
	for (size_t i = 0; i < rules->rule_count; i++) {
		const struct section *section = &rules->sections[rules->rules[i].section];

		if (section->hosts && is_for_program(section, program))
			return true;
	}
	return false;
}

bool rules_may_set(const struct rules *rules, const char *program, const struct setting *setting)
{
	for (size_t i = 0; i < rules->rule_count; i++) {
		const struct rule *rule = &rules->rules[i];

		if (&settings[rule->setting] == setting &&
		    is_for_program(&rules->sections[rule->section], program))
			return true;
	}
	return false;
}

void rules_apply(const struct rules *rules, const struct rules_match *match, struct policy *policy)
{
	struct policy_problem problem;

	for (size_t i = 0; i < rules->rule_count; i++) {
		const struct rule *rule = &rules->rules[i];

		if (!has(match, rule->section))
			continue;
		/*
		 * A list's change that was right by itself may have no room here: then it is not
		 * made.
		 */
		if (policy_set(policy, &settings[rule->setting], rule->value, SOURCE_FILE,
			       &problem))
			policy->line[rule->setting] = rule->line;
	}
}
