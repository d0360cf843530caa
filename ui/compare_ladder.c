/* SPDX-License-Identifier: BSD-2-Clause */
/* A flow in a hop, line by line: what the client's point saw on the left, what the server's saw on the
 * right, and what became of it on the way between them.
 *
 *                 client.pcap                                    server.pcap
 *      +0.000000  #1       SYN -------------------------------->         #1
 *      +0.001203  #2          <------------------------- SYN-ACK         #2
 *      +1.003112  #5       data 100 ------------X lost
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/compare_report.h"
#include "ui/format.h"

enum {
	ROWS_MOST = 28,	 /* further ordinary segments are folded */
	ROWS_BEGIN = 6,	 /* these are always shown, */
	ROWS_END = 6,	 /* and so many before the end */
	ROWS_ODD = 48,	 /* of the others so many are shown */
	ARROW = 38,	 /* columns between the frame numbers */
	LABEL_SIZE = 32,
	ROW_SIZE = 160,
};

struct ladder {
	struct sink *sink;
	const struct comparison *comparison;
	const struct compare_case *told;
	int64_t first_ns;
	uint32_t next_far; /* segments of the far point before it have had their line */
	size_t row, rows;  /* rows is known after the first pass, which only counts */
	bool counting;
	size_t odd;	   /* shown so far */
	size_t folded, folded_odd; /* not shown, since the last that was */
};

/* One line: a segment at one point, and its partner. */
struct row {
	int point;
	uint32_t index;
};

static const struct compare_segment *
segment_of(const struct ladder *ladder, struct row row)
{
	return &ladder->told->pairing.flow[row.point]->segments[row.index];
}

static const struct compare_told *
told_of(const struct ladder *ladder, struct row row)
{
	return &ladder->told->result.told[row.point][row.index];
}

static uint32_t
partner_of(const struct ladder *ladder, struct row row)
{
	return ladder->told->result.matches.match[row.point][row.index].partner;
}

/* Nothing to see: data and acknowledgements that arrived. */
static bool
is_ordinary(const struct ladder *ladder, struct row row)
{
	const struct compare_segment *segment = segment_of(ladder, row);
	uint8_t fate = told_of(ladder, row)->fate;
	return (fate == FATE_ARRIVED || fate == FATE_UNJUDGED || fate == FATE_PROXIED) &&
	       (segment->flags & (TCP_SYN | TCP_FIN | TCP_RST)) == 0;
}

static const char *
words_of(const struct ladder *ladder, struct row row)
{
	const struct compare_match *match =
		&ladder->told->result.matches.match[row.point][row.index];
	const struct compare_told *told = told_of(ladder, row);
	switch ((enum fate)told->fate) {
	case FATE_LOST:
		return "lost";
	case FATE_PARTLY_LOST:
		return "lost in part";
	case FATE_INJECTED:
		return told->injector == INJECTOR_IN_PATH   ? "injected, in the path"
		       : told->injector == INJECTOR_ON_PATH ? "injected, beside the path"
							    : "injected";
	case FATE_DUPLICATED:
		return "once more";
	case FATE_MISSED:
		return "passed, not captured";
	case FATE_UNJUDGED:
		return "cannot be told";
	case FATE_PROXIED:
		return "ends at a proxy";
	case FATE_ANSWER_LOST:
		return match->partner == 0 ? "arrived; answer lost" : "answer lost";
	case FATE_ARRIVED:
	case FATES:
		break;
	}
	return match->recut ? "arrived, cut differently" : "";
}

/* "SYN -------->", "<-------- SYN-ACK", "data 100 ---X lost", and so on, ARROW columns wide. */
static void
draw_arrow(const struct ladder *ladder, struct row row, char *text)
{
	const struct compare_segment *segment = segment_of(ladder, row);
	bool whole = partner_of(ladder, row) != 0;
	bool rightward = segment->direction == TO_SERVER;
	bool enters = row.point == compare_entry(segment->direction);
	char label[LABEL_SIZE], note[ROW_SIZE / 2];
	compare_label(segment, label, sizeof(label));
	if (told_of(ladder, row)->again)
		snprintf(label + strlen(label), sizeof(label) - strlen(label), " again");
	const char *words = words_of(ladder, row);
	snprintf(note, sizeof(note), "%s%s", words, words[0] != '\0' && whole ? " " : "");
	memset(text, ' ', ARROW);
	text[ARROW] = '\0';
	int used = (int)(strlen(label) + strlen(note));
	int line = ARROW - used - 4;
	char dashes[ARROW + 1];
	memset(dashes, '-', ARROW);
	dashes[line > 2 ? line : 2] = '\0';
	char drawn[2 * ROW_SIZE];
	if (whole && rightward)
		snprintf(drawn, sizeof(drawn), "%s %s%s>", label, note, dashes);
	else if (whole)
		snprintf(drawn, sizeof(drawn), "<%s %s%s", dashes, note, label);
	else if (enters && rightward)
		snprintf(drawn, sizeof(drawn), "%s %.10s%c %s", label, dashes,
			 told_of(ladder, row)->fate == FATE_LOST ? 'X' : '>', note);
	else if (enters)
		snprintf(drawn, sizeof(drawn), "%s %c%.10s %s", note,
			 told_of(ladder, row)->fate == FATE_LOST ? 'X' : '<', dashes, label);
	else if (rightward)
		snprintf(drawn, sizeof(drawn), "%s %.10s %s>", note, dashes, label);
	else
		snprintf(drawn, sizeof(drawn), "<%.10s %s %s", dashes, label, note);
	size_t length = strlen(drawn);
	if (length >= ARROW) {
		memcpy(text, drawn, ARROW);
		return;
	}
	/* what begins or ends at the server's point stands at its side */
	size_t at = !whole && ((row.point == NEAR_SERVER)) ? ARROW - length : 0;
	memcpy(text + at, drawn, length);
}

static void
put_frame(const struct compare_segment *segment, char *text, size_t size)
{
	snprintf(text, size, "#%" PRIu32, segment->frame);
}

static void
write_folded(struct ladder *ladder)
{
	if (ladder->folded_odd > 0)
		sink_printf(ladder->sink,
			    "             ... %zu more, of which %zu did not simply arrive ...\n",
			    ladder->folded, ladder->folded_odd);
	else if (ladder->folded > 0)
		sink_printf(ladder->sink, "             ... %zu more that arrived ...\n",
			    ladder->folded);
	ladder->folded = ladder->folded_odd = 0;
}

static void
write_row(struct ladder *ladder, struct row row)
{
	const struct compare_segment *segment = segment_of(ladder, row);
	uint32_t partner = partner_of(ladder, row);
	char arrow[ARROW + 1], near[16] = "", far[16] = "";
	write_folded(ladder);
	draw_arrow(ladder, row, arrow);
	put_frame(segment, row.point == NEAR_CLIENT ? near : far, sizeof(near));
	if (partner != 0)
		put_frame(&ladder->told->pairing.flow[!row.point]->segments[partner - 1],
			  row.point == NEAR_CLIENT ? far : near, sizeof(near));
	double seconds = (double)(segment->at_ns - ladder->first_ns) / 1e9;
	char line[ROW_SIZE];
	int length = snprintf(line, sizeof(line), "    %+12.6f  %-9s %s %s", seconds, near, arrow, far);
	while (length > 0 && line[length - 1] == ' ')
		line[--length] = '\0';
	sink_printf(ladder->sink, "%s\n", line);
}

static void
take_row(struct ladder *ladder, struct row row)
{
	size_t number = ladder->row++;
	if (ladder->counting)
		return;
	bool odd = !is_ordinary(ladder, row);
	bool shown = ladder->rows <= ROWS_MOST || number < ROWS_BEGIN ||
		     number + ROWS_END >= ladder->rows || (odd && ladder->odd < ROWS_ODD);
	if (shown)
		write_row(ladder, row);
	else
		ladder->folded++;
	ladder->odd += odd && shown;
	ladder->folded_odd += odd && !shown;
}

/* Segments that only the far point has, as far as limit, or older than ns. */
static void
take_far(struct ladder *ladder, uint32_t limit, int64_t before_ns)
{
	const struct compare_flow *far = ladder->told->pairing.flow[NEAR_SERVER];
	for (; ladder->next_far < limit && ladder->next_far < far->count; ladder->next_far++) {
		const struct row row = { NEAR_SERVER, ladder->next_far };
		if (segment_of(ladder, row)->at_ns >= before_ns)
			return;
		if (partner_of(ladder, row) == 0)
			take_row(ladder, row);
	}
}

static void
take_rows(struct ladder *ladder)
{
	const struct compare_flow *near = ladder->told->pairing.flow[NEAR_CLIENT];
	ladder->row = 0;
	ladder->next_far = 0;
	for (uint32_t i = 0; i < near->count; i++) {
		const struct row row = { NEAR_CLIENT, i };
		uint32_t partner = partner_of(ladder, row);
		if (partner != 0)
			take_far(ladder, partner - 1, INT64_MAX);
		else if (ladder->told->pairing.time_known)
			take_far(ladder, UINT32_MAX, near->segments[i].at_ns);
		take_row(ladder, row);
	}
	take_far(ladder, UINT32_MAX, INT64_MAX);
	if (!ladder->counting)
		write_folded(ladder);
}

void
compare_ladder(struct sink *sink, const struct comparison *comparison,
	       const struct compare_case *told)
{
	const struct compare_flow *near = told->pairing.flow[NEAR_CLIENT];
	const struct compare_flow *far = told->pairing.flow[NEAR_SERVER];
	struct ladder ladder = {
		.sink = sink,
		.comparison = comparison,
		.told = told,
		.counting = true,
	};
	if (near->count + far->count == 0)
		return;
	ladder.first_ns = near->count > 0 ? near->segments[0].at_ns : far->segments[0].at_ns;
	take_rows(&ladder);
	ladder.rows = ladder.row;
	ladder.counting = false;
	const struct hop *hop = &comparison->hops[told->hop];
	sink_printf(sink, "                  %-*.*s %.*s\n", ARROW + 10, ARROW + 9,
		    hop->point[case_point(told, NEAR_CLIENT)]->name, 40,
		    hop->point[case_point(told, NEAR_SERVER)]->name);
	take_rows(&ladder);
}
