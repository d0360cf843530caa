/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines are painted by what they begin with: the writers of reports mark them in words. */
#include "ui/pager.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGER_INDENT_MOST = 20, PAGER_LINE = 1024 };

bool
pager_set(struct pager *pager, const char *text)
{
	size_t count = 1;
	char *copy = strdup(text);
	for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
		count++;
	const char **lines = malloc(count * sizeof(*lines));
	free(pager->text);
	free(pager->lines);
	pager->text = copy;
	pager->lines = lines;
	pager->line_count = 0;
	if (copy == NULL || lines == NULL)
		return false;
	for (char *at = copy; at != NULL && *at != '\0';) {
		char *end = strchr(at, '\n');
		if (end != NULL)
			*end++ = '\0';
		lines[pager->line_count++] = at;
		at = end;
	}
	while (pager->line_count > 0 && lines[pager->line_count - 1][0] == '\0')
		pager->line_count--; /* blank lines at the end are for reports */
	return true;
}

void
pager_release(struct pager *pager)
{
	free(pager->text);
	free(pager->lines);
	*pager = (struct pager){ 0 };
}

/* Where a line has to be broken to fit: behind the last blank, or in the middle of a word. */
static size_t
break_at(const struct canvas *canvas, const char *line, int width)
{
	size_t fits = 0;
	size_t blank = 0;
	char piece[PAGER_LINE];
	for (size_t i = 1; line[i - 1] != '\0' && i < sizeof(piece); i++) {
		memcpy(piece, line, i);
		piece[i] = '\0';
		if ((line[i] & 0xc0) == 0x80)
			continue; /* in the middle of a character */
		if (canvas_columns(canvas, piece) > width)
			return blank > 0 ? blank : fits;
		fits = i;
		if (line[i - 1] == ' ' && strspn(line, " ") < i)
			blank = i;
	}
	return strlen(line);
}

static enum tone
line_tone(const char *line)
{
	static const struct {
		const char *begins;
		enum tone tone;
	} kinds[] = {
		{ "X ", TONE_BAD },
		{ "  X ", TONE_BAD },
		{ "! ", TONE_UNSURE },
		{ "  ! ", TONE_UNSURE },
		{ "i ", TONE_UNSURE },
		{ "? ", TONE_UNSURE },
		{ "  i ", TONE_UNSURE },
		{ "p ", TONE_GOOD },
		{ ". ", TONE_GOOD },
		{ "  began ", TONE_LABEL },
		{ "  proof ", TONE_LABEL },
		{ "  doubt ", TONE_LABEL },
		{ "  the RST ", TONE_LABEL },
		{ "  suspect ", TONE_LABEL },
		{ "  perhaps ", TONE_LABEL },
		{ "  next ", TONE_LABEL },
		{ "  figures ", TONE_LABEL },
		{ "  also ", TONE_LABEL },
		{ "      proof:", TONE_LABEL },
		{ "      suspect:", TONE_LABEL },
		{ "      perhaps ", TONE_LABEL },
		{ "      next:", TONE_LABEL },
		{ "      then:", TONE_LABEL },
	};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(line, kinds[i].begins, strlen(kinds[i].begins)) == 0)
			return kinds[i].tone;
	return TONE_PLAIN;
}

/* Draws a row's text; of a labelled line only the label is painted. */
static void
draw_row(const struct canvas *canvas, int line, int column, int width, enum tone tone,
	 const char *text)
{
	size_t label = strspn(text, " ");
	if (tone != TONE_LABEL) {
		canvas_text(canvas, line, column, width, tone, text);
		return;
	}
	canvas_text(canvas, line, column, width, TONE_PLAIN, text);
	label += strcspn(text + label, " ");
	char head[PAGER_INDENT_MOST + 1];
	if (label > PAGER_INDENT_MOST)
		return;
	memcpy(head, text, label);
	head[label] = '\0';
	canvas_text(canvas, line, column, width, tone, head);
}

/* Draws the rows of a line from row on that lie in the window. Returns how many rows it takes. */
static size_t
draw_line(const struct pager *pager, const struct canvas *canvas, const struct area *area,
	  size_t index, size_t row)
{
	const char *line = pager->lines[index];
	enum tone tone = index + 1 == pager->match ? TONE_MATCH : line_tone(line);
	size_t indent = strspn(line, " ");
	size_t rows = 0;
	int column = 0;
	if (indent > PAGER_INDENT_MOST)
		indent = PAGER_INDENT_MOST;
	do {
		char text[PAGER_LINE];
		size_t length = break_at(canvas, line, area->width - column);
		if (length == 0 && line[0] != '\0')
			length = 1; /* a window narrower than a character */
		if (length >= sizeof(text))
			length = sizeof(text) - 1;
		memcpy(text, line, length);
		text[length] = '\0';
		if (row + rows >= pager->top && row + rows - pager->top < (size_t)area->height)
			draw_row(canvas, area->top + (int)(row + rows - pager->top), column,
				 area->width - column, tone, text);
		line += length;
		rows++;
		column = (int)indent + 2;
		if (tone == TONE_LABEL)
			tone = TONE_PLAIN;
	} while (*line != '\0');
	return rows;
}

static size_t
draw_lines(const struct pager *pager, const struct canvas *canvas, const struct area *area)
{
	size_t rows = 0;
	for (size_t i = 0; i < pager->line_count; i++)
		rows += draw_line(pager, canvas, area, i, rows);
	return rows;
}

void
pager_draw(struct pager *pager, const struct canvas *canvas, const struct area *area)
{
	const struct area nowhere = { .width = area->width };
	pager->height = (size_t)area->height;
	pager->rows = draw_lines(pager, canvas, &nowhere);
	size_t last = pager->rows > pager->height ? pager->rows - pager->height : 0;
	if (pager->match > 0 && pager->match > pager->line_count)
		pager->match = 0;
	if (pager->top > last)
		pager->top = last;
	draw_lines(pager, canvas, area);
}

bool
pager_key(struct pager *pager, enum request request)
{
	size_t page = pager->height > 1 ? pager->height - 1 : 1;
	if (request == REQUEST_UP)
		pager->top -= pager->top > 0;
	else if (request == REQUEST_DOWN)
		pager->top++;
	else if (request == REQUEST_PAGE_UP)
		pager->top -= pager->top < page ? pager->top : page;
	else if (request == REQUEST_PAGE_DOWN)
		pager->top += page;
	else if (request == REQUEST_HOME)
		pager->top = 0;
	else if (request == REQUEST_END)
		pager->top = pager->rows;
	else
		return false;
	if (pager->top > pager->rows) /* drawing knows exactly where the end is */
		pager->top = pager->rows;
	return true;
}

bool
pager_search(struct pager *pager, const char *text, bool back)
{
	size_t count = pager->line_count;
	for (size_t step = 1; step <= count; step++) {
		size_t from = pager->match > 0 ? pager->match - 1 : back ? 0 : count - 1;
		size_t index = back ? (from + count - step) % count : (from + step) % count;
		if (strcasestr(pager->lines[index], text) == NULL)
			continue;
		pager->match = index + 1;
		/* rows and lines are the same but for long lines: good enough to see it */
		pager->top = index > pager->height / 3 ? index - pager->height / 3 : 0;
		return true;
	}
	return false;
}

void
pager_status(const struct pager *pager, char *text, size_t size)
{
	size_t bottom = pager->top + pager->height;
	if (pager->rows > pager->height)
		snprintf(text, size, "lines %zu-%zu of %zu", pager->top + 1,
			 bottom < pager->rows ? bottom : pager->rows, pager->rows);
}
