/* SPDX-License-Identifier: BSD-2-Clause */
/* The environment is asked here and nowhere else. */
#include "ui/terminal.h"

#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

bool
terminal_wants_color(const struct options *options)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	if (options->color != COLOR_AUTO)
		return options->color == COLOR_ALWAYS;
	return isatty(STDOUT_FILENO) == 1 && (no_color == NULL || no_color[0] == '\0') &&
	       term != NULL && strcmp(term, "dumb") != 0;
}

/* Whether the locale of the user is one of UTF-8. The program itself stays in that of C. */
static bool
locale_is_utf8(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool utf8 = locale != (locale_t)0 && strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
	if (locale != (locale_t)0)
		freelocale(locale);
	return utf8;
}

struct report_settings
terminal_settings(const struct options *options, const struct capture *capture, bool colored)
{
	return (struct report_settings){
		.capture = capture,
		.all = options->all,
		.quiet = options->quiet,
		.verbose = options->verbose,
		.ascii = options->ascii,
		.utf8 = !options->ascii && locale_is_utf8(),
		.color = colored && terminal_wants_color(options),
	};
}

bool
terminal_has_screen(const char *type, char *text, size_t size)
{
	int error;
	if (type == NULL)
		type = getenv("TERM");
	if (type == NULL || type[0] == '\0') {
		snprintf(text, size,
			 "TERM is not set: it is not known how to draw on this terminal");
		return false;
	}
	bool known = setupterm(type, STDOUT_FILENO, &error) == OK;
	const char *move = known ? tigetstr("cup") : NULL;
	bool able = move != NULL && move != (const char *)-1;
	if (known)
		del_curterm(cur_term);
	if (!able)
		snprintf(text, size, "a terminal of type '%.40s' (TERM) cannot show a screen",
			 type);
	return able;
}
