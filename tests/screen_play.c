/* SPDX-License-Identifier: BSD-2-Clause */
/* The screen without a terminal: reads a capture, presses keys as a script says, prints what is shown.
 *
 * usage: screen_play CAPTURE SCRIPT. A line of the script is a comment (#), or one of
 *   size COLUMNSxLINES   before anything is shown; later it is a resize
 *   ascii, mono, live    settings, before anything is shown
 *   press KEYS           characters, and names such as <Enter> <Down> <F6>
 *   show WORDS           prints the screen, and above it these words
 *   hang-up              the terminal goes away; prints whether the screen wants to quit */
#include <curses.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/findings.h"
#include "analyzer/tracker.h"
#include "dissect/dissect.h"
#include "ui/screen.h"

enum { BATCH = 32, ROOM = 100000, LINE_SIZE = 1024, COPY_BYTES = 1 << 28 };

struct play {
	struct capture *capture;
	struct tracker *tracker;
	struct findings *findings;
	struct journal *journal;
	struct report_totals totals;
	struct screen_data data;
	struct screen_settings settings;
	struct screen *screen;
	int keys; /* where they are written */
	bool quit;
};

static void
on_flow(void *user, const struct flow *flow, const struct verdict *verdict)
{
	struct play *play = user;
	play->totals.by_class[verdict_infos[verdict->code].verdict_class]++;
	play->totals.by_verdict[verdict->code]++;
	findings_take(play->findings, flow, verdict);
	journal_take(play->journal, flow, verdict, 0);
}

static bool
read_capture(struct play *play, const char *path)
{
	struct frame frames[BATCH];
	char text[LINE_SIZE];
	size_t count;
	struct tracker_options options = { .flow_ended = on_flow, .user = play };
	const struct capture_options capture_options = { .paths = &path, .path_count = 1 };
	limits_init(&options.limits);
	if (capture_open(&play->capture, &capture_options, text, sizeof(text)) != CAPTURE_OK) {
		fprintf(stderr, "screen_play: %s\n", text);
		return false;
	}
	play->findings = findings_new(&options.limits);
	play->tracker = tracker_new(&options);
	play->journal = journal_new(ROOM, COPY_BYTES);
	while ((count = capture_read(play->capture, frames, BATCH)) > 0) {
		struct packet packets[BATCH];
		size_t used = 0;
		for (size_t i = 0; i < count; i++) {
			play->totals.frames++;
			if (dissect_frame(&frames[i], &packets[used]) == DISSECT_OK &&
			    packets[used].kind != PACKET_NOT_TCP)
				used++;
		}
		tracker_feed(play->tracker, packets, used);
	}
	tracker_finish(play->tracker);
	play->totals.capture = play->capture;
	play->totals.stats = tracker_stats(play->tracker);
	const struct capture_facts facts = { .stats = play->totals.stats };
	play->totals.findings = findings_conclude(play->findings, &facts);
	play->data.journal = play->journal;
	play->data.totals = &play->totals;
	report_span(&play->totals, &play->data.began_ns, &play->data.now_ns);
	return true;
}

static const struct flow *
find_flow(void *user, uint32_t number, struct verdict *ret_verdict)
{
	const struct play *play = user;
	const struct journal_row *row = journal_find(play->journal, number);
	if (row == NULL || row->copy == NULL)
		return NULL;
	*ret_verdict = row->copy->verdict;
	return &row->copy->flow;
}

static void
export_nothing(void *user, uint32_t number, enum screen_export form, char *text, size_t size)
{
	(void)user;
	snprintf(text, size, "asked for flow %u in form %d", (unsigned)number, (int)form);
}

static void
clear_journal(void *user)
{
	struct play *play = user;
	journal_clear(play->journal);
	memset(play->totals.by_class, 0, sizeof(play->totals.by_class));
}

static bool
start(struct play *play)
{
	int ends[2];
	char text[LINE_SIZE];
	if (play->screen != NULL)
		return true;
	if (pipe(ends) != 0)
		return false;
	play->keys = ends[1];
	play->settings.in = fdopen(ends[0], "r");
	play->settings.out = fopen("/dev/null", "w");
	play->settings.term = "xterm";
	play->settings.report.capture = play->capture;
	play->settings.host = (struct screen_host){ .user = play,
						    .flow = find_flow,
						    .export_flow = export_nothing,
						    .clear = clear_journal };
	play->screen = screen_open(&play->settings, text, sizeof(text));
	if (play->screen == NULL)
		fprintf(stderr, "screen_play: %s\n", text);
	return play->screen != NULL;
}

/* Each draw is half a second after the one before, so that what waits for its second gets it. */
static void
draw(struct play *play)
{
	if (play->data.live)
		play->data.now_ns += NS_PER_S / 2;
	screen_draw(play->screen, &play->data);
}

static void
set_size(struct play *play, const char *words)
{
	int columns = 80;
	int lines = 24;
	char text[32];
	if (sscanf(words, "%dx%d", &columns, &lines) != 2)
		fprintf(stderr, "screen_play: no size: %s\n", words);
	if (play->screen != NULL) {
		resizeterm(lines, columns);  /* leaves a KEY_RESIZE behind */
		screen_resize(play->screen); /* /dev/null has no size: nothing may come of it */
		screen_keys(play->screen, &play->data);
		return;
	}
	snprintf(text, sizeof(text), "%d", columns);
	setenv("COLUMNS", text, 1);
	snprintf(text, sizeof(text), "%d", lines);
	setenv("LINES", text, 1);
}

/* What the terminal would send for "<F6>", NULL if there is no such name. */
static const char *
key_sequence(const char *name)
{
	static const struct {
		const char *name, *sequence, *capability;
	} names[] = {
		{ "Enter", "\r", NULL },       { "Esc", "\033", NULL },
		{ "Tab", "\t", NULL },	       { "Space", " ", NULL },
		{ "Back", "\177", NULL },      { "Ctrl-L", "\f", NULL },
		{ "Up", NULL, "kcuu1" },       { "Down", NULL, "kcud1" },
		{ "Left", NULL, "kcub1" },     { "Right", NULL, "kcuf1" },
		{ "Home", NULL, "khome" },     { "End", NULL, "kend" },
		{ "PgUp", NULL, "kpp" },       { "PgDn", NULL, "knp" },
		{ "Shift-Tab", NULL, "kcbt" }, { "F1", NULL, "kf1" },
		{ "F2", NULL, "kf2" },	       { "F3", NULL, "kf3" },
		{ "F4", NULL, "kf4" },	       { "F6", NULL, "kf6" },
		{ "F10", NULL, "kf10" },
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].sequence != NULL ? names[i].sequence
							 : tigetstr(names[i].capability);
	return NULL;
}

static void
press_one(struct play *play, const char *bytes, size_t length)
{
	if (write(play->keys, bytes, length) != (ssize_t)length)
		fprintf(stderr, "screen_play: the keys do not arrive\n");
	if (screen_keys(play->screen, &play->data) & SCREEN_QUIT)
		play->quit = true;
	draw(play);
}

static void
press(struct play *play, const char *keys)
{
	while (*keys != '\0' && !play->quit) {
		char name[16] = "";
		int used = 0;
		const char *sequence = NULL;
		if (sscanf(keys, "<%15[A-Za-z0-9-]>%n", name, &used) == 1 && used > 0)
			sequence = key_sequence(name);
		if (sequence != NULL) {
			press_one(play, sequence, strlen(sequence));
			keys += used;
		} else {
			press_one(play, keys++, 1);
		}
	}
}

static void
show(struct play *play, const char *words)
{
	printf("--- %s\n", words);
	if (play->quit) {
		printf("(quit)\n");
		return;
	}
	draw(play);
	for (int line = 0; line < LINES; line++) {
		char text[LINE_SIZE];
		screen_line(play->screen, line, text, sizeof(text));
		printf("%s\n", text);
	}
}

static bool
perform(struct play *play, char *line)
{
	char *words = line + strcspn(line, " ");
	if (*words != '\0')
		*words++ = '\0';
	if (line[0] == '#' || line[0] == '\0')
		return true;
	if (strcmp(line, "size") == 0)
		set_size(play, words);
	else if (strcmp(line, "ascii") == 0)
		play->settings.report.ascii = true;
	else if (strcmp(line, "mono") == 0)
		play->settings.report.color = false;
	else if (strcmp(line, "live") == 0)
		play->data.live = true;
	else if (!start(play))
		return false;
	else if (strcmp(line, "press") == 0)
		press(play, words);
	else if (strcmp(line, "show") == 0)
		show(play, words);
	else if (strcmp(line, "hang-up") == 0) {
		close(play->keys);
		play->quit = (screen_keys(play->screen, &play->data) & SCREEN_QUIT) != 0;
		printf("--- hang-up: %s\n", play->quit ? "quit" : "goes on");
	} else {
		fprintf(stderr, "screen_play: what is %s?\n", line);
		return false;
	}
	return true;
}

static void
finish(struct play *play)
{
	screen_close(play->screen);
	if (play->settings.in != NULL)
		fclose(play->settings.in);
	if (play->settings.out != NULL)
		fclose(play->settings.out);
	journal_free(play->journal);
	findings_report_free((struct findings_report *)(uintptr_t)play->totals.findings);
	findings_free(play->findings);
	tracker_free(play->tracker);
	capture_close(play->capture);
}

int
main(int argc, char **argv)
{
	static struct play play;
	char line[LINE_SIZE];
	FILE *script = argc == 3 ? fopen(argv[2], "re") : NULL;
	if (script == NULL || !read_capture(&play, argv[1])) {
		fprintf(stderr, "usage: screen_play CAPTURE SCRIPT\n");
		return 1;
	}
	play.settings.report.utf8 = true;
	play.settings.report.color = true;
	set_size(&play, "80x24");
	bool well = true;
	while (well && fgets(line, sizeof(line), script) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		well = perform(&play, line);
	}
	fclose(script);
	finish(&play);
	return well ? 0 : 1;
}
