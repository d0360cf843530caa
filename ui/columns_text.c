/* SPDX-License-Identifier: BSD-2-Clause */
/* Times, amounts and addresses in as few characters as they can be told in. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/columns.h"

enum { US_PER_MS = 1000, US_PER_S = 1000000 };

void
column_duration(int64_t us, char *text, size_t size)
{
	int64_t seconds = us / US_PER_S;
	if (us < 0)
		snprintf(text, size, "-");
	else if (us < US_PER_MS)
		snprintf(text, size, "%" PRId64 "us", us);
	else if (us < 10 * US_PER_MS)
		snprintf(text, size, "%" PRId64 ".%" PRId64 "ms", us / US_PER_MS,
			 us % US_PER_MS / 100);
	else if (seconds == 0)
		snprintf(text, size, "%" PRId64 "ms", us / US_PER_MS);
	else if (seconds < 10)
		snprintf(text, size, "%" PRId64 ".%" PRId64 "s", seconds, us % US_PER_S / 100000);
	else if (seconds < 100)
		snprintf(text, size, "%" PRId64 "s", seconds);
	else if (seconds < 3600)
		snprintf(text, size, seconds < 600 ? "%" PRId64 "m%02" PRId64 : "%" PRId64 "m",
			 seconds / 60, seconds % 60);
	else if (seconds < 86400)
		snprintf(text, size, "%" PRId64 "h%02" PRId64, seconds / 3600, seconds % 3600 / 60);
	else
		snprintf(text, size, "%" PRId64 "d%" PRId64 "h", seconds / 86400,
			 seconds % 86400 / 3600);
}

void
column_amount(uint64_t amount, char *text, size_t size)
{
	static const char units[] = "kMGTPE";
	unsigned unit = 0;
	uint64_t tenths;
	if (amount < 10000) {
		snprintf(text, size, "%" PRIu64, amount);
		return;
	}
	for (tenths = amount / 100; tenths >= 10000; tenths /= 1000)
		unit++;
	if (tenths < 100)
		snprintf(text, size, "%" PRIu64 ".%" PRIu64 "%c", tenths / 10, tenths % 10,
			 units[unit]);
	else
		snprintf(text, size, "%" PRIu64 "%c", tenths / 10, units[unit]);
}

void
column_shorten(char *text, int width)
{
	int length = (int)strlen(text);
	if (length <= width)
		return;
	if (width < 3) {
		text[width > 0 ? width : 0] = '\0';
		return;
	}
	const char *port = strrchr(text, ':');
	int whole = port != NULL ? (int)strlen(port) + 1 : 0; /* with the character before it */
	int tail = (width - 2) * 2 / 3;
	if (tail < whole)
		tail = whole < width - 3 ? whole : width - 3;
	int head = width - 2 - tail;
	memmove(text + head + 2, text + length - tail, (size_t)tail + 1);
	memcpy(text + head, "..", 2);
}
