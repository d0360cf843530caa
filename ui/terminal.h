/* SPDX-License-Identifier: BSD-2-Clause */
/* What the terminal and the locale of the user allow, as far as the options leave it to them. */
#ifndef TCPWHY_TERMINAL_H
#define TCPWHY_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/options.h"
#include "ui/report.h"

/* Whether to colour what goes to standard output: NO_COLOR and TERM=dumb are honoured. */
bool terminal_wants_color(const struct options *options);

/* The settings of a report; colored: it goes to standard output, and colours may be used there. */
struct report_settings terminal_settings(const struct options *options,
					 const struct capture *capture, bool colored);

/* Whether a terminal of that type (NULL: of $TERM) can show a screen; else text has a line about it. */
bool terminal_has_screen(const char *type, char *text, size_t size);

#endif
