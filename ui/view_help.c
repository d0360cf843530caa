/* SPDX-License-Identifier: BSD-2-Clause */
/* The help: the table of keys, and what the marks in the lists mean. */
#include "ui/view.h"
#include "ui/wrap.h"

static const char legend[] =
	"\nMarks\n"
	"  X  failed            ?  cannot be judged from this capture\n"
	"  i  worth a look      p  a check or scan        .  ended well, or is open\n"
	"  ~  behind a mark: not decided yet, this is how it looks at present\n"
	"  !  a finding that somebody should look at\n"
	"  x  failures that no finding is about\n"
	"\nColumns\n"
	"  SYN      how often the SYN was sent      RTX  retransmissions, SYNs included\n"
	"  RTT      of the handshake                AGE  since the first packet\n"
	"  %        confidence of the verdict       H-OPEN   half-open now, PEAK at most\n"
	"  HISTORY  in Zeek's letters, upper case for the client: S SYN, h SYN-ACK,\n"
	"           A ACK, D data, F FIN, R RST, T sent again, W window 0\n"
	"\nIn the text of a flow, > and < go on to the next one and the one before.\n"
	"Wide terminals show more columns.\n"
	"What each verdict and finding means: tcpwhy --explain CODE.\n";

static void
write_help(struct screen *screen)
{
	struct sink *sink = &screen->sink;
	sink_abandon(sink);
	sink_open_memory(sink);
	sink_puts(sink, "Keys\n");
	for (int i = 0; i < REQUESTS; i++) {
		char first[32];
		snprintf(first, sizeof(first), "  %-16s ", key_rows[i].names);
		wrap_text(sink, first, "                   ", key_rows[i].meaning);
	}
	sink_puts(sink, legend);
	const char *text = sink_text(sink);
	pager_set(&screen->help_pager, text != NULL ? text : "out of memory");
}

static void
help_draw(struct screen *screen, const struct screen_data *data, const struct area *area)
{
	(void)data;
	if (screen->help_pager.text == NULL)
		write_help(screen);
	pager_draw(&screen->help_pager, &screen->canvas, area);
}

static unsigned
help_key(struct screen *screen, const struct screen_data *data, enum request request)
{
	(void)data;
	if (pager_key(&screen->help_pager, request))
		return VIEW_DONE;
	return request == REQUEST_HELP || request == REQUEST_OPEN ? VIEW_BACK : VIEW_IGNORED;
}

static bool
help_search(struct screen *screen, const struct screen_data *data, bool back)
{
	(void)data;
	return pager_search(&screen->help_pager, screen->search, back);
}

static void
help_status(struct screen *screen, const struct screen_data *data, char *text, size_t size)
{
	(void)data;
	pager_status(&screen->help_pager, text, size);
}

const struct view_ops view_help = {
	.name = "help",
	.draw = help_draw,
	.key = help_key,
	.search = help_search,
	.status = help_status,
};
