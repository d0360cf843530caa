/* SPDX-License-Identifier: BSD-2-Clause */
/* The screen on captures that were read to their end. */
#ifndef TCPWHY_TUI_OFFLINE_H
#define TCPWHY_TUI_OFFLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/journal.h"
#include "ui/options.h"
#include "ui/recorder.h"
#include "ui/report.h"

/* To be called before anything is read: finds out whether a screen can be shown here, and makes the
 * journal that all flows go to. Returns NULL, and a line that says why not in text, otherwise. */
struct journal *tui_offline_prepare(const struct options *options, char *text, size_t size);

/* Shows the screen until the user leaves it, the terminal goes away or signals_stop is set. Returns
 * false, with a line in text, when it could not be shown. recorder: the packets that are still in
 * memory, NULL none. */
bool tui_offline_show(const struct options *options, const struct report_totals *totals,
		      const struct journal *journal, const struct recorder *recorder, char *text,
		      size_t size);

#endif
