/* SPDX-License-Identifier: BSD-2-Clause */
/* The screen of a live run. */
#include "ui/live_parts.h"

bool
live_wants_screen(const struct options *options)
{
	(void)options;
	return false;
}

bool
live_open_screen(struct live *live)
{
	(void)live;
	return false;
}

void
live_serve_screen(struct live *live)
{
	(void)live;
}
