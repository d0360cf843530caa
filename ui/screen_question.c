/* SPDX-License-Identifier: BSD-2-Clause */
/* What is asked in the last line, and what becomes of the answer. */
#include <curses.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "ui/view.h"

void
screen_ask(struct screen *screen, enum question question, const char *answer)
{
	screen->question = question;
	snprintf(screen->answer, sizeof(screen->answer), "%s", answer);
}

static void
export_as(struct screen *screen, int code)
{
	const struct screen_host *host = &screen->settings.host;
	enum screen_export form = code == 'j'	? EXPORT_JSON
				  : code == 't' ? EXPORT_TICKET
						: EXPORT_CAPTURE;
	screen->question = QUESTION_NONE;
	if (code != 'j' && code != 't' && code != 'c')
		return;
	screen_say(screen, "nobody can write it");
	if (host->export_flow != NULL)
		host->export_flow(host->user, screen_flow_number(screen), form, screen->message,
				  sizeof(screen->message));
}

static void
take_answer(struct screen *screen, const struct screen_data *data)
{
	struct flow_filter filter = { 0 };
	enum question question = screen->question;
	screen->question = QUESTION_NONE;
	if (question == QUESTION_FILTER) {
		flow_filter_parse(&filter, screen->answer);
		screen_list_flows(screen, &filter);
		return;
	}
	if (screen->answer[0] != '\0')
		memcpy(screen->search, screen->answer, sizeof(screen->search));
	screen_search(screen, data, false);
}

/* Cuts the last character off, which may be several bytes. */
static void
cut_last(char *text)
{
	size_t length = strlen(text);
	while (length > 0 && (text[--length] & 0xc0) == 0x80)
		;
	text[length] = '\0';
}

void
screen_answer(struct screen *screen, const struct screen_data *data, int code, bool is_character)
{
	char bytes[MB_LEN_MAX + 1];
	size_t used = strlen(screen->answer);
	if (screen->question == QUESTION_EXPORT) {
		export_as(screen, code);
		return;
	}
	if (is_character && (code == '\n' || code == '\r')) {
		take_answer(screen, data);
	} else if (!is_character && code == KEY_ENTER) {
		take_answer(screen, data);
	} else if (is_character && code == KEYS_ESCAPE) {
		screen->question = QUESTION_NONE;
	} else if (code == (is_character ? 0x7f : KEY_BACKSPACE) ||
		   (is_character && code == '\b')) {
		if (used == 0)
			screen->question = QUESTION_NONE;
		cut_last(screen->answer);
	} else if (is_character && code == ('U' & 0x1f)) {
		screen->answer[0] = '\0';
	} else if (is_character && code >= ' ' && (code < 0x7f || screen->canvas.utf8)) {
		mbstate_t state = { 0 };
		size_t length = wcrtomb(bytes, (wchar_t)code, &state);
		if (length > MB_LEN_MAX || used + length >= sizeof(screen->answer))
			return;
		memcpy(screen->answer + used, bytes, length);
		screen->answer[used + length] = '\0';
	}
}
