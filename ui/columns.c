/* SPDX-License-Identifier: BSD-2-Clause */
/* What a narrow screen can do without is left out; what is left shrinks from where it hurts least. */
#include "ui/columns.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/limits.h"
#include "ui/format.h"

enum {
	MARGIN = 4, /* cursor, mark, whether it is final, a blank */
	VERDICT_LEAST = 14,
	VERDICT_USUAL = 20,
	ADDRESS_LEAST = 9, /* "1...:8080": what is left of an address at worst */
	ADDRESS_SHORT = 15,
	ADDRESS_USUAL = 21, /* any IPv4 endpoint */
	HISTORY_USUAL = 10,
	US_PER_S = 1000000,
};

/* Columns are there always, if the others are short enough, or if there is room to spare: then in this
 * order. */
enum need { NEED_ALWAYS, NEED_USUAL, NEED_SPARE, NEED_SPARE_2, NEED_SPARE_3, NEED_SPARE_4, NEEDS };

typedef void column_fn(const struct journal_row *row, int64_t now_ns, char *text);

struct column {
	const char *title;
	column_fn *put;
	enum need need;
	int least;
	int most; /* the same: it does not grow */
	bool right;
};

static void
put_verdict(const struct journal_row *row, int64_t now_ns, char *text)
{
	(void)now_ns;
	snprintf(text, COLUMN_TEXT, "%s",
		 journal_row_waits(row)	  ? "waiting"
		 : journal_row_lives(row) ? "open"
					  : verdict_infos[row->code].slug);
}

static void
put_confidence(const struct journal_row *row, int64_t now_ns, char *text)
{
	(void)now_ns;
	if (journal_row_waits(row))
		snprintf(text, COLUMN_TEXT, "-");
	else
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
		 row->suspect != SUSPECT_NONE && !journal_row_waits(row)
			 ? suspect_slugs[row->suspect]
			 : "-");
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
	[COLUMN_VERDICT] = { "VERDICT", put_verdict, NEED_ALWAYS, VERDICT_LEAST, 28, false },
	[COLUMN_CONFIDENCE] = { "%", put_confidence, NEED_SPARE, 3, 3, true },
	[COLUMN_SUSPECT] = { "SUSPECT", put_suspect, NEED_SPARE, 11, 11, false },
	[COLUMN_CLIENT] = { "CLIENT", put_client, NEED_ALWAYS, ADDRESS_LEAST, FORMAT_ENDPOINT_SIZE, false },
	[COLUMN_SERVER] = { "SERVER", put_server, NEED_ALWAYS, ADDRESS_LEAST, FORMAT_ENDPOINT_SIZE, false },
	{ "SYN", put_syns, NEED_ALWAYS, 3, 4, true },
	{ "RTX", put_retransmissions, NEED_USUAL, 3, 4, true },
	{ "RTT", put_rtt, NEED_USUAL, 5, 5, true },
	{ "AGE", put_age, NEED_ALWAYS, 5, 5, true },
	{ "PKTS", put_packets, NEED_SPARE_3, 4, 5, true },
	{ "TO-SRV", put_to_server, NEED_SPARE_3, 6, 6, true },
	{ "TO-CLI", put_to_client, NEED_SPARE_3, 6, 6, true },
	{ "BEGAN, UTC", put_began, NEED_SPARE_2, 11, 11, false },
	{ "FLOW", put_number, NEED_SPARE_4, 6, 10, true },
	{ "HISTORY", put_history, NEED_USUAL, 4, FLOW_HISTORY_MAX, false },
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

static int
at_most(int width, int most)
{
	return width < most ? width : most;
}

/* The width with which a column does its work. */
static int
usual_width(const struct column_layout *layout, size_t column)
{
	int wanted = layout->wanted[column];
	if (column == COLUMN_VERDICT)
		return at_most(wanted, VERDICT_LEAST + 2);
	if (column == COLUMN_CLIENT || column == COLUMN_SERVER)
		return at_most(wanted, ADDRESS_USUAL);
	return column == COLUMN_HISTORY ? columns[column].least : wanted;
}

/* Adds columns of that need while there is room; used counts what is taken. */
static int
add_columns(struct column_layout *layout, enum need need, int used)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		int width = usual_width(layout, i) + 1;
		if (columns[i].need != need ||
		    (need != NEED_ALWAYS && used + width > layout->screen_width))
			continue;
		layout->place[i].width = layout->wanted[i];
		used += width;
	}
	return used;
}

static int
total_width(const struct column_layout *layout)
{
	int used = MARGIN - 1;
	for (size_t i = 0; i < COLUMNS; i++) {
		int width = layout->place[i].width;
		if (i == COLUMN_HISTORY)
			width = at_most(width, HISTORY_USUAL);
		used += width > 0 ? width + 1 : 0;
	}
	return used;
}

static void
choose_columns(struct column_layout *layout)
{
	for (size_t i = 0; i < COLUMNS; i++)
		layout->place[i].width = 0;
	int used = add_columns(layout, NEED_ALWAYS, MARGIN - 1);
	add_columns(layout, NEED_USUAL, used);
	for (int need = NEED_SPARE; need < NEEDS; need++)
		add_columns(layout, (enum need)need, total_width(layout));
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

/* Of the two addresses the longer one gives more. */
static int
shrink_addresses(struct column_place *client, struct column_place *server, int least, int missing)
{
	while (missing > 0) {
		struct column_place *longer = client->width > server->width ? client : server;
		if (longer->width <= least)
			break;
		missing = shrink(longer, longer->width - 1, missing);
	}
	return missing;
}

static void
shrink_columns(struct column_place *place, int missing)
{
	static const int addresses[] = { ADDRESS_USUAL, ADDRESS_SHORT, ADDRESS_LEAST };
	static const int verdicts[] = { VERDICT_USUAL, VERDICT_LEAST, VERDICT_LEAST };
	missing = shrink(&place[COLUMN_HISTORY], columns[COLUMN_HISTORY].least, missing);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		missing = shrink(&place[COLUMN_VERDICT], verdicts[i], missing);
		missing = shrink_addresses(&place[COLUMN_CLIENT], &place[COLUMN_SERVER],
					   addresses[i], missing);
	}
}

void
columns_place(struct column_layout *layout, int screen_width, const struct journal_row *const *rows,
	      size_t count, int64_t now_ns)
{
	struct column_place *place = layout->place;
	int used = MARGIN - 1;
	int left = MARGIN;
	if (layout->screen_width != screen_width)
		*layout = (struct column_layout){ .screen_width = screen_width };
	measure(layout, rows, count, now_ns);
	choose_columns(layout);
	for (size_t i = 0; i < COLUMNS; i++)
		used += place[i].width > 0 ? place[i].width + 1 : 0;
	shrink_columns(place, used - screen_width);
	for (size_t i = 0; i < COLUMNS; i++) {
		place[i].left = left;
		left += place[i].width > 0 ? place[i].width + 1 : 0;
	}
	if (place[COLUMN_HISTORY].width > 0) /* the last one has the rest */
		place[COLUMN_HISTORY].width = screen_width - place[COLUMN_HISTORY].left;
}
