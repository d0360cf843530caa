/* SPDX-License-Identifier: BSD-2-Clause */
/* What a narrow screen can do without is left out; the rest shrinks from where it hurts least. */
#include "ui/columns.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/limits.h"
#include "ui/format.h"

enum {
	MARGIN = 4, /* cursor, mark, whether it is final, a blank */
	SHORTENED_LEAST = 9, /* "1.2..5:80": what is left of an address at worst */
	US_PER_MS = 1000,
	US_PER_S = 1000000,
};

typedef void column_fn(const struct journal_row *row, int64_t now_ns, char *text);

struct column {
	const char *title;
	column_fn *put;
	int screen_least; /* columns of a screen that shows it */
	int least;	  /* its own width */
	int most;	  /* the same: it does not grow */
	bool right;
};

void
column_duration(int64_t us, char *text, size_t size)
{
	int64_t seconds = us / US_PER_S;
	if (us < 0)
		snprintf(text, size, "-");
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
		snprintf(text, size, "%" PRId64 "h%02" PRId64, seconds / 3600,
			 seconds % 3600 / 60);
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

static void
put_verdict(const struct journal_row *row, int64_t now_ns, char *text)
{
	(void)now_ns;
	snprintf(text, COLUMN_TEXT, "%s", verdict_infos[row->code].slug);
}

static void
put_confidence(const struct journal_row *row, int64_t now_ns, char *text)
{
	(void)now_ns;
	snprintf(text, COLUMN_TEXT, "%u", (unsigned)row->confidence);
}

static void
put_client(const struct journal_row *row, int64_t now_ns, char *text)
{
	(void)now_ns;
	format_endpoint(row->client, row->ip_version, row->client_port, text, COLUMN_TEXT);
}

static void
put_server(const struct journal_row *row, int64_t now_ns, char *text)
{
	(void)now_ns;
	format_endpoint(row->server, row->ip_version, row->server_port, text, COLUMN_TEXT);
}

static void
put_syns(const struct journal_row *row, int64_t now_ns, char *text)
{
	(void)now_ns;
	column_amount(row->syn_count, text, COLUMN_TEXT);
}

static void
put_retransmissions(const struct journal_row *row, int64_t now_ns, char *text)
{
	(void)now_ns;
	column_amount(row->retransmissions, text, COLUMN_TEXT);
}

static void
put_rtt(const struct journal_row *row, int64_t now_ns, char *text)
{
	(void)now_ns;
	if (row->handshake_rtt_us == UINT32_MAX)
		snprintf(text, COLUMN_TEXT, "-");
	else
		column_duration(row->handshake_rtt_us, text, COLUMN_TEXT);
}

static void
put_age(const struct journal_row *row, int64_t now_ns, char *text)
{
	int64_t age_ns = now_ns - row->first_ns;
	if (age_ns < NS_PER_S) /* what is younger changes too fast to be read */
		snprintf(text, COLUMN_TEXT, "0s");
	else
		column_duration(age_ns / NS_PER_S * US_PER_S, text, COLUMN_TEXT);
	char *fraction = strchr(text, '.');
	if (fraction != NULL)
		memmove(fraction, fraction + 2, strlen(fraction + 2) + 1);
}

static void
put_packets(const struct journal_row *row, int64_t now_ns, char *text)
{
	(void)now_ns;
	column_amount(row->packets, text, COLUMN_TEXT);
}

static void
put_to_server(const struct journal_row *row, int64_t now_ns, char *text)
{
	(void)now_ns;
	column_amount(row->bytes_to_server, text, COLUMN_TEXT);
}

static void
put_to_client(const struct journal_row *row, int64_t now_ns, char *text)
{
	(void)now_ns;
	column_amount(row->bytes_to_client, text, COLUMN_TEXT);
}

static void
put_suspect(const struct journal_row *row, int64_t now_ns, char *text)
{
	(void)now_ns;
	snprintf(text, COLUMN_TEXT, "%s",
		 row->suspect != SUSPECT_NONE ? suspect_slugs[row->suspect] : "-");
}

static void
put_number(const struct journal_row *row, int64_t now_ns, char *text)
{
	(void)now_ns;
	snprintf(text, COLUMN_TEXT, "%" PRIu32, row->number);
}

static void
put_began(const struct journal_row *row, int64_t now_ns, char *text)
{
	(void)now_ns;
	format_clock(row->first_ns / NS_PER_US, text, COLUMN_TEXT);
}

static void
put_history(const struct journal_row *row, int64_t now_ns, char *text)
{
	(void)now_ns;
	snprintf(text, COLUMN_TEXT, "%.*s", (int)row->history_length, row->history);
}

enum { COLUMN_VERDICT, COLUMN_CONFIDENCE, COLUMN_SUSPECT, COLUMN_CLIENT, COLUMN_SERVER };

/* clang-format off */
static const struct column columns[] = {
	[COLUMN_VERDICT] = { "VERDICT", put_verdict, 0, 14, 28, false },
	[COLUMN_CONFIDENCE] = { "%", put_confidence, 92, 3, 3, true },
	[COLUMN_SUSPECT] = { "SUSPECT", put_suspect, 106, 11, 11, false },
	[COLUMN_CLIENT] = { "CLIENT", put_client, 0, SHORTENED_LEAST, FORMAT_ENDPOINT_SIZE, false },
	[COLUMN_SERVER] = { "SERVER", put_server, 0, SHORTENED_LEAST, FORMAT_ENDPOINT_SIZE, false },
	{ "SYN", put_syns, 0, 3, 4, true },
	{ "RTX", put_retransmissions, 0, 3, 4, true },
	{ "RTT", put_rtt, 0, 5, 5, true },
	{ "AGE", put_age, 0, 5, 5, true },
	{ "PKTS", put_packets, 112, 4, 5, true },
	{ "TO-SRV", put_to_server, 120, 6, 6, true },
	{ "TO-CLI", put_to_client, 120, 6, 6, true },
	{ "BEGAN, UTC", put_began, 132, 11, 11, false },
	{ "FLOW", put_number, 150, 6, 10, true },
	{ "HISTORY", put_history, 0, 4, FLOW_HISTORY_MAX, false },
};
/* clang-format on */

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]), COLUMN_HISTORY = COLUMNS - 1 };

size_t
column_count(void)
{
	return COLUMNS;
}

const char *
column_title(size_t column)
{
	return columns[column].title;
}

int
column_is_right_aligned(size_t column)
{
	return columns[column].right;
}

void
column_text(size_t column, const struct journal_row *row, int64_t now_ns, char text[COLUMN_TEXT])
{
	columns[column].put(row, now_ns, text);
}

static void
measure(struct column_layout *layout, const struct journal_row *const *rows, size_t count,
	int64_t now_ns)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		int wanted = layout->wanted[i];
		if (layout->screen_width < columns[i].screen_least)
			continue;
		if (wanted < columns[i].least)
			wanted = columns[i].least;
		for (size_t row = 0; row < count && columns[i].most > columns[i].least; row++) {
			char text[COLUMN_TEXT];
			if (rows[row] == NULL)
				continue;
			column_text(i, rows[row], now_ns, text);
			int length = (int)strlen(text);
			wanted = length > wanted ? length : wanted;
		}
		layout->wanted[i] = wanted < columns[i].most ? wanted : columns[i].most;
	}
}

/* Takes what is missing from the column, down to least. Returns what is still missing. */
static int
shrink(struct column_place *place, int least, int missing)
{
	int spare = place->width - least;
	int taken = spare < missing ? spare : missing;
	if (missing <= 0 || taken <= 0)
		return missing;
	place->width -= taken;
	return missing - taken;
}

void
columns_place(struct column_layout *layout, int screen_width, const struct journal_row *const *rows,
	      size_t count, int64_t now_ns)
{
	struct column_place *place = layout->place;
	int used = MARGIN - 1;
	if (layout->screen_width != screen_width)
		*layout = (struct column_layout){ .screen_width = screen_width };
	measure(layout, rows, count, now_ns);
	for (size_t i = 0; i < COLUMNS; i++) {
		bool shown = screen_width >= columns[i].screen_least;
		place[i].width = shown ? layout->wanted[i] : 0;
		used += shown ? place[i].width + 1 : 0;
	}
	int missing = used - screen_width;
	missing = shrink(&place[COLUMN_HISTORY], columns[COLUMN_HISTORY].least, missing);
	missing = shrink(&place[COLUMN_VERDICT], 20, missing);
	/* of the two addresses the longer one gives more */
	while (missing > 0) {
		struct column_place *longer =
			&place[place[COLUMN_CLIENT].width > place[COLUMN_SERVER].width
				       ? COLUMN_CLIENT
				       : COLUMN_SERVER];
		if (longer->width <= 21) /* any IPv4 endpoint */
			break;
		missing = shrink(longer, longer->width - 1, missing);
	}
	missing = shrink(&place[COLUMN_VERDICT], columns[COLUMN_VERDICT].least, missing);
	missing = shrink(&place[COLUMN_CLIENT], 15, missing);
	missing = shrink(&place[COLUMN_SERVER], 15, missing);
	missing = shrink(&place[COLUMN_CLIENT], columns[COLUMN_CLIENT].least, missing);
	shrink(&place[COLUMN_SERVER], columns[COLUMN_SERVER].least, missing);
	int left = MARGIN;
	for (size_t i = 0; i < COLUMNS; i++) {
		place[i].left = left;
		left += place[i].width > 0 ? place[i].width + 1 : 0;
	}
	if (place[COLUMN_HISTORY].left < screen_width) /* the last one has the rest */
		place[COLUMN_HISTORY].width = screen_width - place[COLUMN_HISTORY].left;
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
	int tail = (width - 2) * 2 / 3; /* ports stand at the end */
	int head = width - 2 - tail;
	memmove(text + head + 2, text + length - tail, (size_t)tail + 1);
	memcpy(text + head, "..", 2);
}
