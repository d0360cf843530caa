/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys of the screen. One table makes what they do, the help, the footer, and the list that the man
 * page is checked against. */
#ifndef TCPWHY_KEYS_H
#define TCPWHY_KEYS_H

#include <stddef.h>

enum { KEYS_ALIKE = 5, KEYS_CONTROL_L = 'L' & 0x1f, KEYS_ESCAPE = 0x1b };

/* KEY(request, names, codes, footer, meaning): names as people call them; codes of curses(3X); what the
 * footer says of it, NULL if nothing. */
#define KEYS(KEY)                                                                                   \
	KEY(HELP, "F1, ?, h", KEYS_LIST(KEY_F(1), '?', 'h'), "F1 Help", "this help")                \
	KEY(OPEN, "Enter, l, Right", KEYS_LIST('\n', '\r', KEY_ENTER, 'l', KEY_RIGHT),              \
	    "Enter Why", "open what the cursor is on: why it failed, with proof and next steps")    \
	KEY(BACK, "q", KEYS_LIST('q'), "q Quit",                                                    \
	    "back; in the first view quit, without a question")                                     \
	KEY(ESCAPE, "Esc, Left", KEYS_LIST(KEYS_ESCAPE, KEY_LEFT), NULL,                            \
	    "back; in the list of flows take the filter away")                                      \
	KEY(VIEW, "Tab", KEYS_LIST('\t'), "Tab View", "next view: flows, findings, listeners")      \
	KEY(VIEW_BEFORE, "Shift-Tab", KEYS_LIST(KEY_BTAB), NULL, "the view before")                 \
	KEY(SEARCH, "F3, /", KEYS_LIST(KEY_F(3), '/'), "/ Search", "search for a text")             \
	KEY(NEXT, "n", KEYS_LIST('n'), NULL, "search on, downwards")                                \
	KEY(PREVIOUS, "N", KEYS_LIST('N'), NULL, "search on, upwards")                              \
	KEY(FILTER, "F4, \\", KEYS_LIST(KEY_F(4), '\\'), "\\ Filter",                               \
	    "list only flows that contain all these words: parts of addresses, verdicts, classes, " \
	    "suspects, histories; nothing takes the filter away")                                   \
	KEY(SORT, "F6, >, s", KEYS_LIST(KEY_F(6), '>', 's'), "s Sort", "sort by the next column")   \
	KEY(SORT_BEFORE, "<", KEYS_LIST('<'), NULL, "sort by the column before")                    \
	KEY(INVERT, "I", KEYS_LIST('I'), NULL, "sort the other way round")                          \
	KEY(PAUSE, "Space, p", KEYS_LIST(' ', 'p'), "p Pause",                                      \
	    "hold the list of flows still, or let it go on; all else goes on in any case")          \
	KEY(EXPORT, "F2, e", KEYS_LIST(KEY_F(2), 'e'), "e Export",                                  \
	    "write the flow to a file: j as JSON, t as text for a ticket, c as capture")            \
	KEY(CLEAR, "c", KEYS_LIST('c'), NULL, "forget the flows that have ended")                   \
	KEY(UP, "Up, k", KEYS_LIST(KEY_UP, 'k'), NULL, "up")                                        \
	KEY(DOWN, "Down, j", KEYS_LIST(KEY_DOWN, 'j'), NULL, "down")                                \
	KEY(PAGE_UP, "PgUp, Ctrl-B", KEYS_LIST(KEY_PPAGE, 'B' & 0x1f), NULL, "a page up")           \
	KEY(PAGE_DOWN, "PgDn, Ctrl-F", KEYS_LIST(KEY_NPAGE, 'F' & 0x1f), NULL, "a page down")       \
	KEY(HOME, "Home, g", KEYS_LIST(KEY_HOME, 'g'), NULL,                                        \
	    "to the top; there the cursor stays, whatever comes in")                                \
	KEY(END, "End, G", KEYS_LIST(KEY_END, 'G'), NULL, "to the bottom")                          \
	KEY(REDRAW, "Ctrl-L", KEYS_LIST(KEYS_CONTROL_L), NULL, "draw the screen anew")              \
	KEY(QUIT, "F10, Q", KEYS_LIST(KEY_F(10), 'Q'), NULL, "quit from anywhere")

enum request {
#define KEY(id, names, codes, footer, meaning) REQUEST_##id,
	KEYS(KEY)
#undef KEY
		REQUEST_NONE,
	REQUESTS = REQUEST_NONE
};

struct key_row {
	const char *names, *footer, *meaning;
	int codes[KEYS_ALIKE]; /* 0: no more */
};

extern const struct key_row key_rows[REQUESTS];

/* What a key asks for; code is a character below 256 or one of curses' KEY_ codes. */
enum request key_request(int code);

#endif
