/* SPDX-License-Identifier: BSD-2-Clause */
/* A flow for a reader: what happened, the frames that prove it, why perhaps, what to do. */
#include "ui/text_flow.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/limits.h"
#include "ui/explain.h"
#include "ui/format.h"
#include "ui/paint.h"
#include "ui/phrases.h"
#include "ui/sanitize.h"
#include "ui/sink.h"
#include "ui/text_capture.h"
#include "ui/wrap.h"

enum {
	SURE = 85, /* below it the reader is told why not surer */
	LINE_SIZE = 2048,
};

/* All that stands under a flow hangs from this margin; labels fit into it. */
static const char margin[] = "           ";

static void
labelled(struct sink *sink, const char *label, const char *text)
{
	char first[sizeof(margin)];
	snprintf(first, sizeof(first), "  %-*s", (int)sizeof(margin) - 3, label);
	wrap_text(sink, first, margin, text);
}

static void
write_headline(struct sink *sink, const struct report_settings *settings, const struct flow *flow,
	       const struct verdict *verdict)
{
	const struct verdict_info *info = &verdict_infos[verdict->code];
	char client[FORMAT_ENDPOINT_SIZE];
	char server[FORMAT_ENDPOINT_SIZE];
	enum paint paint = class_paint(info->verdict_class);
	format_endpoint(flow->client, flow->ip_version, flow->client_port, client, sizeof(client));
	format_endpoint(flow->server, flow->ip_version, flow->server_port, server, sizeof(server));
	sink_printf(sink, "%s%c%s %s -> %s  %s%s%s, %u %%  (flow %" PRIu32 ")\n",
		    paint_on(settings->color, paint), class_mark(info->verdict_class),
		    paint_off(settings->color, paint), client, server,
		    paint_on(settings->color, PAINT_HEADING), info->slug,
		    paint_off(settings->color, PAINT_HEADING), (unsigned)verdict->confidence,
		    flow->number);
}

static void
write_summary(struct sink *sink, const struct report_settings *settings, const struct flow *flow,
	      const struct verdict *verdict)
{
	char summary[EXPLAIN_SIZE];
	char ascii[4 * EXPLAIN_SIZE];
	explain_summary(flow, verdict, summary, sizeof(summary));
	if (settings->ascii) /* a summary may quote the wire */
		sanitize_non_ascii(summary, ascii, sizeof(ascii));
	wrap_text(sink, "  ", "  ", settings->ascii ? ascii : summary);
}

/* "frame 37 SYN; frame 60 (+1.03 s) SYN again, 7 in all" */
static void
write_evidence(struct sink *sink, const struct report_settings *settings, const struct flow *flow,
	       const struct verdict *verdict)
{
	char line[LINE_SIZE];
	size_t used = 0;
	bool several = capture_source_count(settings->capture) > 1;
	for (unsigned i = 0; i < verdict->evidence_count; i++) {
		const struct evidence *evidence = &verdict->evidence[i];
		char what[EXPLAIN_SIZE];
		char since[FORMAT_TIME_SIZE];
		char file[SANITIZED_SIZE] = "";
		int64_t us = flow_moment_us(flow, evidence->at) - flow->first_ns / NS_PER_US;
		explain_evidence(flow, verdict, evidence, what, sizeof(what));
		format_duration(us, since, sizeof(since));
		if (several && (i == 0 || evidence->at.source != evidence[-1].at.source))
			text_source_name(settings, evidence->at.source, file, sizeof(file));
		int length = snprintf(
			line + used, sizeof(line) - used, "%sframe %" PRIu32 "%s%s%s%s%s %s",
			i > 0 ? "; " : "", evidence->at.frame, file[0] != '\0' ? " of " : "", file,
			us > 0 ? " (+" : "", us > 0 ? since : "", us > 0 ? ")" : "", what);
		if (length < 0 || (size_t)length >= sizeof(line) - used)
			break;
		used += (size_t)length;
	}
	if (used > 0)
		labelled(sink, "proof", line);
}

static void
write_doubts(struct sink *sink, const struct verdict *verdict)
{
	char line[LINE_SIZE] = "";
	size_t used = 0;
	for (unsigned i = 0; i < verdict->reason_count; i++) {
		const struct confidence_reason_info *reason =
			&confidence_reason_infos[verdict->reasons[i]];
		if (reason->points >= 0)
			continue;
		int length = snprintf(line + used, sizeof(line) - used, "%s%s",
				      used > 0 ? "; " : "", reason->sentence);
		if (length < 0 || (size_t)length >= sizeof(line) - used)
			break;
		used += (size_t)length;
	}
	if (used > 0 && verdict->confidence < SURE)
		labelled(sink, "doubt", line);
}

/* What speaks for or against the endpoint in whose name the RST came: the side that prevails. */
static void
write_rst(struct sink *sink, const struct verdict *verdict)
{
	char line[LINE_SIZE] = "";
	size_t used = 0;
	for (unsigned i = 0; verdict->rst_form != RST_FORM_NONE && i < RST_FEATURE_CODES; i++) {
		const struct rst_feature_info *feature = &rst_feature_infos[i];
		if ((verdict->rst_features >> i & 1) == 0 ||
		    (feature->points > 0) != (verdict->rst_score > 0))
			continue;
		int length = snprintf(line + used, sizeof(line) - used, "%s%s",
				      used > 0 ? "; " : "", feature->sentence);
		if (length < 0 || (size_t)length >= sizeof(line) - used)
			break;
		used += (size_t)length;
	}
	if (used > 0)
		labelled(sink, "the RST", line);
}

/* Where the capture was taken matters most when it was not on the side that is suspected. */
static void
write_suspect(struct sink *sink, const struct verdict *verdict)
{
	char line[LINE_SIZE];
	const char *vantage = vantage_phrases[verdict->vantage];
	snprintf(line, sizeof(line), "%s%s%s", explain_suspect(verdict->suspect),
		 vantage != NULL ? "; captured " : "", vantage != NULL ? vantage : "");
	const char *before = " (";
	for (int i = 0; vantage != NULL && i < VANTAGE_REASONS; i++) {
		if ((verdict->vantage_reasons >> i & 1) == 0)
			continue;
		size_t used = strlen(line);
		snprintf(line + used, sizeof(line) - used, "%s%s", before,
			 vantage_reason_phrase(verdict, i));
		before = "; ";
	}
	size_t used = strlen(line);
	if (*before == ';')
		snprintf(line + used, sizeof(line) - used, ")");
	labelled(sink, "suspect", line);
}

static void
write_causes(struct sink *sink, const struct flow *flow, const struct verdict *verdict)
{
	for (unsigned i = 0; i < verdict->cause_count; i++) {
		char cause[EXPLAIN_SIZE];
		char first[sizeof(margin) + 8];
		char rest[sizeof(margin) + 8];
		explain_cause(flow, verdict, verdict->causes[i], cause, sizeof(cause));
		snprintf(first, sizeof(first), "  %-*s%u. ", (int)sizeof(margin) - 3,
			 i == 0 ? "perhaps" : "", i + 1);
		snprintf(rest, sizeof(rest), "%s   ", margin);
		wrap_text(sink, first, rest, cause);
	}
}

static void
write_steps(struct sink *sink, const struct flow *flow, const struct verdict *verdict)
{
	for (unsigned i = 0; i < verdict->advice_count; i++) {
		char what[EXPLAIN_SIZE];
		char command[EXPLAIN_SIZE];
		char first[sizeof(margin) + 8];
		char rest[sizeof(margin) + 8];
		explain_advice(flow, verdict, verdict->advice[i], what, command);
		snprintf(first, sizeof(first), "  %-*s%u. ", (int)sizeof(margin) - 3,
			 i == 0 ? "next" : "", i + 1);
		snprintf(rest, sizeof(rest), "%s   ", margin);
		wrap_text(sink, first, rest, what);
		if (command[0] != '\0')
			sink_printf(sink, "%s%s\n", rest, command); /* whole, to be pasted */
	}
}

/* What -v adds. */
static void
write_figures(struct sink *sink, const struct flow *flow, const struct verdict *verdict)
{
	char line[LINE_SIZE];
	char rtt[FORMAT_TIME_SIZE] = "";
	char sent[FORMAT_COUNT_SIZE];
	char back[FORMAT_COUNT_SIZE];
	char sent_bytes[FORMAT_AMOUNT_SIZE];
	char back_bytes[FORMAT_AMOUNT_SIZE];
	size_t used = 0;
	const struct half *client = &flow->half[TO_SERVER];
	const struct half *server = &flow->half[TO_CLIENT];
	format_count(client->packets, "packet", sent, sizeof(sent));
	format_count(server->packets, "packet", back, sizeof(back));
	format_count(client->span, "byte", sent_bytes, sizeof(sent_bytes));
	format_count(server->span, "byte", back_bytes, sizeof(back_bytes));
	if (flow->handshake_rtt_us != UINT32_MAX)
		format_duration(flow->handshake_rtt_us, rtt, sizeof(rtt));
	snprintf(line, sizeof(line),
		 "%s, %s to the server (%" PRIu32 " sent again), %s, %s back (%" PRIu32
		 " sent again); %s, history %.*s%s%s",
		 sent, sent_bytes, client->retransmissions, back, back_bytes,
		 server->retransmissions, flow_state_name(flow), (int)flow->history_length,
		 flow->history, rtt[0] == '\0'				       ? ""
		 : verdict_infos[verdict->code].verdict_class == CLASS_REFUSED ? "; refused after "
									: "; handshake in ",
		 rtt);
	labelled(sink, "figures", line);
	for (unsigned i = 0; i < TAG_CODES; i++)
		if (verdict->tags >> i & 1)
			used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s",
						 used > 0 ? ", " : "", tag_slugs[i]);
	if (used > 0)
		labelled(sink, "also", line);
}

static bool
same_remedies(const struct digest_group *group, const struct flow *flow,
	      const struct verdict *verdict)
{
	return group != NULL && group->number != flow->number &&
	       group->cause_count == verdict->cause_count &&
	       group->advice_count == verdict->advice_count &&
	       memcmp(group->causes, verdict->causes, verdict->cause_count) == 0 &&
	       memcmp(group->advice, verdict->advice, verdict->advice_count) == 0;
}

void
text_flow_reasons(struct sink *sink, const struct report_settings *settings,
		  const struct flow *flow, const struct verdict *verdict,
		  const struct digest_group *group)
{
	char began[FORMAT_TIME_SIZE];
	format_timestamp(flow->first_ns / NS_PER_US, began, sizeof(began));
	labelled(sink, "began", began);
	write_evidence(sink, settings, flow, verdict);
	write_rst(sink, verdict);
	write_doubts(sink, verdict);
	write_suspect(sink, verdict);
	if (same_remedies(group, flow, verdict)) {
		char line[FORMAT_COUNT_SIZE];
		snprintf(line, sizeof(line), "causes and steps as for flow %" PRIu32,
			 group->number);
		labelled(sink, "next", line);
	} else {
		write_causes(sink, flow, verdict);
		write_steps(sink, flow, verdict);
	}
	if (settings->verbose)
		write_figures(sink, flow, verdict);
	sink_puts(sink, "\n");
}

void
text_flow(struct sink *sink, const struct report_settings *settings, const struct flow *flow,
	  const struct verdict *verdict, const struct digest_group *group)
{
	write_headline(sink, settings, flow, verdict);
	write_summary(sink, settings, flow, verdict);
	text_flow_reasons(sink, settings, flow, verdict, group);
}

void
text_flow_brief(struct sink *sink, const struct report_settings *settings, const struct flow *flow,
		const struct verdict *verdict)
{
	write_headline(sink, settings, flow, verdict);
	write_summary(sink, settings, flow, verdict);
	if (settings->verbose)
		write_figures(sink, flow, verdict);
}
