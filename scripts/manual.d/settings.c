/* SPDX-License-Identifier: MIT */
/*
 * The manual page's list of settings, from the table of them: an option, its variable, its meaning.
 */
#include <stdio.h>

#include "../../config/ascii.h"
#include "../../config/policy.h"

/* As troff reads it back: a minus is no hyphen, a leading dot no request. */
static void print_text(const char *text)
{
	for (const char *at = text; *at; at++) {
		if (*at == '\\')
			fputs("\\e", stdout);
		else if (*at == '-')
			fputs("\\-", stdout);
		else if (at == text && (*at == '.' || *at == '\''))
			printf("\\&%c", *at);
		else
			putchar(*at);
	}
}

static void print_option(const char *name)
{
	fputs("\\-\\-", stdout);
	for (; *name; name++) {
		if (*name == '_')
			fputs("\\-", stdout);
		else
			putchar(ascii_lower(*name));
	}
}

static void print_setting(const struct setting *setting)
{
	printf(".TP\n.BR ");
	print_option(setting->name);
	printf(" \", \" CURLRETRY_%s\n", setting->name);
	print_text(setting->meaning);
	printf(".\n.br\nAllowed: ");
	print_text(setting->allowed);
	printf(".\n.br\nDefault: ");
	if (setting->value[0]) {
		printf("\\fB");
		print_text(setting->value);
		puts("\\fR.");
	} else {
		puts("none.");
	}
}

int main(void)
{
	for (size_t i = 0; i < POLICY_SETTINGS; i++)
		print_setting(&settings[i]);
	return 0;
}
