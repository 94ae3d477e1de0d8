/* SPDX-License-Identifier: MIT */
#include "program.h"

#include <stdarg.h>
#include <stdio.h>

void program_say(const struct program *program, const char *format, ...)
{
	va_list arguments;

	if (!program->set.error_buffer)
		return;
	va_start(arguments, format);
	vsnprintf(program->set.error_buffer, CURL_ERROR_SIZE, format, arguments);
	va_end(arguments);
}
