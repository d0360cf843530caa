/* SPDX-License-Identifier: BSD-2-Clause */
/* The screen on captures that were read to their end. */
#ifndef TCPWHY_TUI_OFFLINE_H
#define TCPWHY_TUI_OFFLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/journal.h"
#include "ui/report.h"

/* Whether a screen can be shown here: else one line that says why not, in text. To be asked before
 * anything is read. */
bool tui_offline_possible(char *text, size_t size);

/* A journal for all flows of a capture. NULL when memory is short. */
struct journal *tui_offline_journal(void);

/* Shows the screen until the user leaves it, the terminal goes away or signals_stop is set. Returns
 * false, with a line in text, when it could not be shown. */
bool tui_offline_show(const struct report_settings *settings, const struct report_totals *totals,
		      const struct journal *journal, char *text, size_t size);

#endif
