/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside the screen: what views are made of, and what they share. */
#ifndef TCPWHY_VIEW_H
#define TCPWHY_VIEW_H

#include "ui/canvas.h"
#include "ui/columns.h"
#include "ui/flow_list.h"
#include "ui/keys.h"
#include "ui/listeners.h"
#include "ui/pager.h"
#include "ui/screen.h"
#include "ui/scroll.h"
#include "ui/sink.h"

/* What a view made of a key. */
enum view_flag {
	VIEW_IGNORED = 0,
	VIEW_DONE = 1,
	VIEW_BACK = 2, /* leave this view */
};

/* A view as a table of functions. */
struct view_ops {
	const char *name;
	/* Draws into the area; the lines of head and footer are the screen's. */
	void (*draw)(struct screen *screen, const struct screen_data *data,
		     const struct area *area);
	/* Returns enum view_flag bits; what it ignores may be the screen's own. */
	unsigned (*key)(struct screen *screen, const struct screen_data *data,
			enum request request);
	/* Goes to the next place that contains screen->search; false: there is none. NULL: no search */
	bool (*search)(struct screen *screen, const struct screen_data *data, bool back);
	/* What the line above the footer says; may be NULL. */
	void (*status)(struct screen *screen, const struct screen_data *data, char *text,
		       size_t size);
};

extern const struct view_ops view_flows, view_flow, view_findings, view_finding, view_listeners,
	view_help;

enum {
	SCREEN_LEAST_LINES = 10,
	SCREEN_LEAST_COLUMNS = 60,
	SCREEN_TEXT = 256,
	VIEW_DEPTH = 4,
	HEAD_LINES = 2,
	FOOT_LINES = 2,
};

/* What is being asked in the last line. */
enum question { QUESTION_NONE, QUESTION_SEARCH, QUESTION_FILTER, QUESTION_EXPORT };

struct screen {
	struct screen_settings settings;
	void *terminal; /* SCREEN * of curses */
	struct canvas canvas;
	char *locale_before;			  /* that of LC_CTYPE */
	const struct view_ops *views[VIEW_DEPTH]; /* the last one is shown */
	size_t depth;
	enum question question;
	char answer[FILTER_SIZE];
	char search[FILTER_SIZE];
	char message[SCREEN_TEXT]; /* instead of the footer until the next key */
	bool paused;
	int64_t paused_ns; /* the time of the capture when it was */
	bool gone;	   /* the terminal */
	bool quit;

	struct flow_list flows;
	struct column_layout layout;

	uint32_t flow_number; /* of the flow that is shown in full */
	uint64_t flow_version;
	struct pager flow_pager;

	struct scroll findings_scroll;
	struct finding finding; /* the one that is shown in full, as it was when it was opened */
	struct pager finding_pager;

	struct listeners listeners;
	struct scroll listeners_scroll;

	struct pager help_pager;
	struct sink sink; /* in memory, for what the writers of reports say */
};

/* Shows another view, above the present one, or instead of it. */
void screen_push(struct screen *screen, const struct view_ops *view);
void screen_switch(struct screen *screen, const struct view_ops *view);

/* Asks in the last line; answer is what stands there to begin with. */
void screen_ask(struct screen *screen, enum question question, const char *answer);
/* A key while something is asked; code is that of a character, else one of curses' KEY_ codes. */
void screen_answer(struct screen *screen, const struct screen_data *data, int code,
		   bool is_character);

/* Goes to the next place that contains what was searched for, in the view that is shown. */
void screen_search(struct screen *screen, const struct screen_data *data, bool back);


/* Opens the flow of that number. */
void screen_open_flow(struct screen *screen, uint32_t number);
/* Lists the flows that pass this filter. */
void screen_list_flows(struct screen *screen, const struct flow_filter *filter);
/* The flow that keys are about, 0: none. */
uint32_t screen_flow_number(const struct screen *screen);

/* The lines above and below the views. */
void screen_draw_head(struct screen *screen, const struct screen_data *data, int width);
void screen_draw_footer(struct screen *screen, int line, int width);

/* Groups of failing flows that no finding is about; they come first in the report. */
size_t screen_group_count(const struct screen_data *data);

/* A finding in one line: "12 x every connection is refused: 10.0.0.2:81". */
void finding_line(const struct finding *finding, char *text, size_t size);

#endif
