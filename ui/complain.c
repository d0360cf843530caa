/* SPDX-License-Identifier: BSD-2-Clause */
/* One line each, through the sanitiser. */
#include "ui/complain.h"

#include <stdarg.h>
#include <stdio.h>

#include "ui/sanitize.h"

void
complain(const char *format, ...)
{
	char text[4096];
	char safe[SANITIZED_SIZE];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	sanitize_string(text, false, safe, sizeof(safe));
	fprintf(stderr, "tcpwhy: %s\n", safe);
}
