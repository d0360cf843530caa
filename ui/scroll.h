/* SPDX-License-Identifier: BSD-2-Clause */
/* A cursor in a list of which a window is shown. */
#ifndef TCPWHY_SCROLL_H
#define TCPWHY_SCROLL_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/keys.h"

struct scroll {
	size_t at;     /* the cursor */
	size_t top;    /* first item that is shown */
	size_t height; /* items that were shown last */
};

/* Moves the cursor as the request says. Returns false if it is about something else. */
bool scroll_key(struct scroll *scroll, enum request request, size_t count);

/* Makes the cursor lie within the list and within what is shown. */
void scroll_fit(struct scroll *scroll, size_t count, size_t height);

#endif
