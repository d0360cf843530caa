/* SPDX-License-Identifier: BSD-2-Clause */
/* A line is put together as one byte per column; what is drawn stands for itself until it is spelled. */
#include "ui/ladder_draw.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/format.h"

enum {
	TIME_COLUMNS = 15, /* 09:29:26.776837 */
	LANE_AT = TIME_COLUMNS + 2,
	FRAME_COLUMNS = 8,
	NARROW = 76, /* below, notes have no column of their own */
	NOTE_LANE = 30,
	LANE_MAX = 44,
	ARROW_MIN = 2, /* strokes behind a head */
	NOTE_LINES_MAX = 4,
	CLOCK_AT = 11, /* in a timestamp: behind "2024-05-06T" */
};

/* Columns that are drawn. */
enum stroke { STROKE_ACROSS = 1, STROKE_UPRIGHT, STROKE_BROKEN, STROKES };

static const char *const ascii_strokes[STROKES] = { "", "-", "|", ":" };
static const char *const utf8_strokes[STROKES] = { "", "\u2500", "\u2502", "\u250a" };

/* A line in the making. */
struct row {
	char cells[LADDER_WIDTH_MAX + 1];
};

void
canvas_init(struct canvas *canvas, const struct ladder_settings *settings,
	    struct ladder_line *lines, size_t max)
{
	unsigned width = settings->width < LADDER_WIDTH_MIN   ? LADDER_WIDTH_MIN
			 : settings->width > LADDER_WIDTH_MAX ? LADDER_WIDTH_MAX
							      : settings->width;
	*canvas = (struct canvas){ .settings = *settings, .lines = lines, .max = max };
	canvas->settings.width = width;
	/* an upright, the number, a star, and a blank before the note */
	unsigned rest = width - LANE_AT - 1 - FRAME_COLUMNS - 1;
	if (width < NARROW) {
		canvas->lane = rest;
	} else {
		canvas->lane = width < 80 ? NOTE_LANE - 2 : NOTE_LANE + (width - 80) / 3;
		canvas->note_width = rest - 1 - canvas->lane;
	}
	if (canvas->lane > LANE_MAX) {
		canvas->note_width += canvas->note_width > 0 ? canvas->lane - LANE_MAX : 0;
		canvas->lane = LANE_MAX;
	}
}

static void
row_clear(struct row *row)
{
	memset(row->cells, ' ', LADDER_WIDTH_MAX);
	row->cells[LADDER_WIDTH_MAX] = '\0';
}

/* Puts text, of which at most `columns` are shown. */
static void
row_put(struct row *row, unsigned at, const char *text, size_t columns)
{
	size_t length = strlen(text);
	if (length > columns)
		length = columns;
	if (at + length <= LADDER_WIDTH_MAX)
		memcpy(row->cells + at, text, length);
}

static void
row_put_right(struct row *row, unsigned end, const char *text)
{
	size_t length = strlen(text);
	row_put(row, end > length ? end - (unsigned)length : 0, text, length);
}

static void
row_uprights(const struct canvas *canvas, struct row *row, enum stroke stroke)
{
	row->cells[LANE_AT - 1] = (char)stroke;
	row->cells[LANE_AT + canvas->lane] = (char)stroke;
}

static unsigned
note_column(const struct canvas *canvas)
{
	return LANE_AT + canvas->lane + 1 + FRAME_COLUMNS + 2;
}

/* Spells the row as the next line, NULL if there is no room for it. */
static struct ladder_line *
finish(struct canvas *canvas, const struct row *row, enum ladder_kind kind)
{
	const char *const *strokes = canvas->settings.utf8 ? utf8_strokes : ascii_strokes;
	size_t end = canvas->settings.width, used = 0;
	if (canvas->count == canvas->max)
		return NULL;
	struct ladder_line *line = &canvas->lines[canvas->count++];
	*line = (struct ladder_line){ .kind = (uint8_t)kind };
	while (end > 0 && row->cells[end - 1] == ' ')
		end--;
	for (size_t i = 0; i < end && used + 4 < sizeof(line->text); i++) {
		unsigned char cell = (unsigned char)row->cells[i];
		if (cell >= STROKES) {
			line->text[used++] = (char)cell;
			continue;
		}
		size_t length = strlen(strokes[cell]);
		memcpy(line->text + used, strokes[cell], length);
		used += length;
	}
	line->text[used] = '\0';
	return line;
}

void
canvas_heading(struct canvas *canvas, const struct flow *flow)
{
	char client[FORMAT_ENDPOINT_SIZE], server[FORMAT_ENDPOINT_SIZE];
	unsigned end = LANE_AT + canvas->lane + 1;
	struct row row;
	format_endpoint(flow->client, flow->ip_version, flow->client_port, client, sizeof(client));
	format_endpoint(flow->server, flow->ip_version, flow->server_port, server, sizeof(server));
	row_clear(&row);
	row_put(&row, 0, client, sizeof(client));
	if (strlen(client) + strlen(server) + 2 > end) {
		finish(canvas, &row, LADDER_HEADING);
		row_clear(&row);
	}
	row_put_right(&row, end, server);
	row_put_right(&row, end + FRAME_COLUMNS, "#");
	finish(canvas, &row, LADDER_HEADING);
}

static void
put_time(const struct canvas *canvas, struct row *row, int64_t us)
{
	char text[FORMAT_TIME_SIZE];
	int64_t since = canvas->settings.time == LADDER_SINCE ? canvas->first_us : canvas->last_us;
	if (canvas->first_us == 0 || canvas->settings.time == LADDER_CLOCK) {
		format_timestamp(us, text, sizeof(text));
		row_put(row, 0, text + CLOCK_AT, TIME_COLUMNS);
		return;
	}
	int64_t distance = us >= since ? us - since : since - us;
	snprintf(text, sizeof(text), "%c%" PRId64 ".%06" PRId64, us >= since ? '+' : '-',
		 distance / 1000000, distance % 1000000);
	row_put_right(row, TIME_COLUMNS, text);
}

static void
put_arrow(const struct canvas *canvas, struct row *row, const struct step *step)
{
	unsigned from = LANE_AT + 1, to = LANE_AT + canvas->lane - 1; /* a blank at each upright */
	bool right = step->from == FROM_CLIENT || step->from == FROM_BETWEEN_TO_SERVER;
	unsigned heads = step->again ? 3 : 1;
	if (step->from == FROM_BETWEEN_TO_CLIENT) {
		to = LANE_AT + canvas->lane * 2 / 3;
		row->cells[to] = 'o';
		to--;
	} else if (step->from == FROM_BETWEEN_TO_SERVER) {
		from = LANE_AT + canvas->lane / 3;
		row->cells[from] = 'o';
		from += 2;
	}
	unsigned room = to - from - heads - ARROW_MIN - 1;
	unsigned length = (unsigned)strlen(step->label);
	if (length > room)
		length = room;
	memset(row->cells + from, STROKE_ACROSS, to - from);
	if (right) {
		row_put(row, from, step->label, length);
		row->cells[from + length] = ' ';
		memset(row->cells + to - heads, '>', heads);
	} else {
		memset(row->cells + from, '<', heads);
		row->cells[to - length - 1] = ' ';
		row_put(row, to - length, step->label, length);
	}
}

/* Where notes stand, and how wide they may be. */
static unsigned
note_room(const struct canvas *canvas)
{
	return canvas->note_width > 0 ? canvas->note_width : canvas->lane - 2;
}

/* The next line of a note: returns its length and where the one after begins. */
static size_t
cut_line(const char *note, size_t width, const char **ret_rest)
{
	size_t length = strlen(note), cut = width;
	if (length <= width) {
		*ret_rest = note + length;
		return length;
	}
	while (cut > 0 && note[cut] != ' ')
		cut--;
	if (cut == 0)
		cut = width;
	*ret_rest = note + cut + (note[cut] == ' ');
	return cut;
}

static size_t
note_lines(const struct canvas *canvas, const char *note)
{
	size_t lines = 0;
	while (*note != '\0' && lines < NOTE_LINES_MAX) {
		cut_line(note, note_room(canvas), &note);
		lines++;
	}
	return lines;
}

size_t
canvas_lines(const struct canvas *canvas, const struct step *step)
{
	size_t lines = note_lines(canvas, step->note);
	if (canvas->note_width > 0 && lines > 0)
		lines--;
	return 1 + lines;
}

/* Puts a line of the note where it belongs. */
static const char *
put_note(const struct canvas *canvas, struct row *row, const char *note)
{
	const char *rest;
	size_t length = cut_line(note, note_room(canvas), &rest);
	row_put(row, canvas->note_width > 0 ? note_column(canvas) : LANE_AT + 2, note, length);
	return rest;
}

void
canvas_step(struct canvas *canvas, const struct step *step)
{
	const char *note = step->note;
	char number[16];
	struct row row;
	row_clear(&row);
	put_time(canvas, &row, step->us);
	canvas_pass(canvas, step->us);
	row_uprights(canvas, &row, STROKE_UPRIGHT);
	put_arrow(canvas, &row, step);
	snprintf(number, sizeof(number), "%" PRIu32, step->frame);
	row_put_right(&row, LANE_AT + canvas->lane + 1 + FRAME_COLUMNS, number);
	if (step->evidence != NULL)
		row_put(&row, LANE_AT + canvas->lane + 1 + FRAME_COLUMNS, "*", 1);
	if (canvas->note_width > 0 && *note != '\0')
		note = put_note(canvas, &row, note);
	struct ladder_line *line = finish(canvas, &row, step->kind);
	for (unsigned i = 0; line != NULL; i++) {
		line->frame = step->frame;
		line->source = step->source;
		line->evidence = step->evidence != NULL;
		line->more = i > 0;
		if (*note == '\0' || i == NOTE_LINES_MAX)
			break;
		row_clear(&row);
		row_uprights(canvas, &row, STROKE_UPRIGHT);
		note = put_note(canvas, &row, note);
		line = finish(canvas, &row, step->kind);
	}
}

void
canvas_fold(struct canvas *canvas, const char *text)
{
	size_t length = strlen(text);
	struct row row;
	row_clear(&row);
	row_uprights(canvas, &row, STROKE_BROKEN);
	size_t room = canvas->lane > length ? canvas->lane - length : 0;
	row_put(&row, LANE_AT + (unsigned)room / 2, text, canvas->lane);
	finish(canvas, &row, LADDER_FOLDED);
}

void
canvas_pass(struct canvas *canvas, int64_t us)
{
	if (canvas->first_us == 0)
		canvas->first_us = us;
	canvas->last_us = us;
}
