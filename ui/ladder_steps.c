/* SPDX-License-Identifier: BSD-2-Clause */
/* What each frame of a flow is, told from the frames alone and as simply as one would by eye. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/limits.h"
#include "analyzer/seq.h"
#include "dissect/dissect.h"
#include "ui/format.h"
#include "ui/ladder_parts.h"
#include "ui/phrases.h"

enum {
	COPY_US = 50000
}; /* the same packet captured twice comes within that, as in analyzer/dedup.c */

/* What one side has sent so far. */
struct side {
	uint32_t base, next, ack; /* base: its ISN; next: behind the highest that was sent */
	uint32_t again_seq;	  /* what is being repeated */
	unsigned again_count, syn_count;
	bool has_base, has_next, has_ack, zero_window;
	bool numbering_lost; /* of its SYNs: the first ones are missing here */
	struct packet last; /* last.frame 0: none */
};

struct reader {
	const struct flow *flow;
	struct side side[2];
};

static void __attribute__((format(printf, 2, 3))) label(struct step *step, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(step->label, sizeof(step->label), format, arguments);
	va_end(arguments);
}

static void __attribute__((format(printf, 2, 3)))
add_note(struct step *step, const char *format, ...)
{
	size_t used = strlen(step->note);
	va_list arguments;
	if (used > 0 && used + 2 < sizeof(step->note)) {
		memcpy(step->note + used, ", ", 3);
		used += 2;
	}
	va_start(arguments, format);
	vsnprintf(step->note + used, sizeof(step->note) - used, format, arguments);
	va_end(arguments);
}

static bool
finds_direction(const struct flow *flow, struct ip_addr src, uint16_t src_port, struct ip_addr dst,
		uint16_t dst_port, enum direction *ret_dir)
{
	bool to_server = ip_addr_equal(src, flow->client) && src_port == flow->client_port;
	bool to_client = ip_addr_equal(src, flow->server) && src_port == flow->server_port;
	*ret_dir = to_server ? TO_SERVER : TO_CLIENT;
	if (to_server)
		return ip_addr_equal(dst, flow->server) && dst_port == flow->server_port;
	return to_client && ip_addr_equal(dst, flow->client) && dst_port == flow->client_port;
}

void
step_of_error(const struct flow *flow, unsigned ip_version, unsigned type, unsigned code,
	      struct ip_addr from, enum direction quoted, struct step *step)
{
	const char *phrase = icmp_phrase(ip_version, type, code);
	char address[FORMAT_ADDRESS_SIZE];
	format_address(from, ip_version, address, sizeof(address));
	step->kind = LADDER_ERROR;
	step->notable = true;
	step->from = quoted == TO_SERVER ? FROM_BETWEEN_TO_CLIENT : FROM_BETWEEN_TO_SERVER;
	if (ip_addr_equal(from, flow->server) && quoted == TO_SERVER)
		step->from = FROM_SERVER;
	if (ip_addr_equal(from, flow->client) && quoted == TO_CLIENT)
		step->from = FROM_CLIENT;
	label(step, "ICMP %u/%u", type, code);
	add_note(step, "%s%sfrom %s", phrase != NULL ? phrase : "", phrase != NULL ? ", " : "",
		 address);
}

/* What the SYN or SYN-ACK offers, where it matters for what follows. */
static void
note_options(struct step *step, const struct packet *packet)
{
	char text[STEP_NOTE_SIZE] = "";
	size_t used = 0;
	if (packet->options & TCP_HAS_MSS)
		used += (size_t)snprintf(text, sizeof(text), "mss %u ", (unsigned)packet->mss);
	if (packet->options & TCP_HAS_WSCALE)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "ws %u ",
					 (unsigned)packet->wscale);
	snprintf(text + used, sizeof(text) - used, "%s%s",
		 packet->options & TCP_HAS_SACK_PERMITTED ? "sack " : "",
		 packet->options & TCP_HAS_TIMESTAMP ? "ts " : "");
	size_t length = strlen(text);
	if (length == 0)
		return;
	text[length - 1] = '\0';
	add_note(step, "%s", text);
}

static uint32_t
relative(const struct side *side, uint32_t seq)
{
	return side->has_base ? seq - side->base : seq;
}

static unsigned
count_again(struct side *side, uint32_t seq)
{
	if (side->again_count == 0 || side->again_seq != seq)
		side->again_count = 0;
	side->again_seq = seq;
	return ++side->again_count;
}

static void
read_syn(struct side *side, const struct half *first, const struct packet *packet,
	 struct step *step)
{
	const char *what = packet->flags & TCP_ACK ? "SYN-ACK" : "SYN";
	step->kind = LADDER_OPENING;
	step->notable = true;
	/* earlier ones may be no longer held, or were captured and not kept */
	if (side->syn_count == 0 && moment_happened(first->syn) && first->isn_known &&
	    first->isn == packet->seq && first->syn.frame != packet->frame &&
	    first->syn.source == packet->source) {
		side->base = packet->seq;
		side->has_base = true;
		side->syn_count = 2;
		step->again = true;
		step->kind = LADDER_AGAIN;
		label(step, "%s again", what);
		side->numbering_lost = true;
		return;
	}
	if (side->syn_count++ > 0 && side->base == packet->seq) {
		step->again = true;
		step->kind = LADDER_AGAIN;
		if (side->numbering_lost)
			label(step, "%s again", what);
		else
			label(step, "%s again %u", what, side->syn_count - 1);
		return;
	}
	side->syn_count = 1;
	side->base = packet->seq;
	side->has_base = true;
	label(step, "%s seq=%" PRIu32, what, packet->seq);
	note_options(step, packet);
	if (packet->payload_length > 0)
		add_note(step, "%" PRIu32 " bytes of data", packet->payload_length);
	if ((packet->flags & TCP_ACK) && packet->window == 0)
		add_note(step, "window 0");
}

static void
read_reset(const struct side *side, const struct packet *packet, struct step *step)
{
	step->kind = LADDER_RESET;
	step->notable = true;
	if (side->has_base && packet->seq != 0)
		label(step, "RST (seq %" PRIu32 ")", relative(side, packet->seq));
	else
		label(step, "RST seq=%" PRIu32, packet->seq);
}

/* Data, FIN or both; returns whether it was new. */
static void
read_sending(struct side *side, const struct side *peer, const struct packet *packet,
	     struct step *step)
{
	uint32_t length = packet->payload_length;
	uint32_t end = packet->seq + length + (packet->flags & TCP_FIN ? 1 : 0);
	bool again = side->has_next && seq_leq(end, side->next);
	char bytes[24] = "";
	if (length > 0)
		snprintf(bytes, sizeof(bytes), "%" PRIu32 " %s", length,
			 length == 1 ? "byte" : "bytes");
	label(step, "%s%s%s (seq %" PRIu32 ")", bytes,
	      length > 0 && packet->flags & TCP_FIN ? " + " : "",
	      packet->flags & TCP_FIN ? "FIN" : "", relative(side, packet->seq));
	if (packet->flags & TCP_FIN) {
		step->kind = LADDER_CLOSING;
		step->notable = true;
	}
	if (length == 1 && peer->zero_window && again) {
		label(step, "window probe");
		step->kind = LADDER_PROBE;
		step->notable = true;
	} else if (again) {
		/* which bytes these are, the line of their first copy says */
		label(step, "%s%s%s again %u", bytes,
		      length > 0 && packet->flags & TCP_FIN ? " + " : "",
		      packet->flags & TCP_FIN ? "FIN" : "", count_again(side, packet->seq));
		step->again = true;
		step->kind = LADDER_AGAIN;
		step->notable = true;
	}
}

static void
read_acknowledgement(struct side *side, const struct side *peer, const struct packet *packet,
		     struct step *step)
{
	/* RFC 9293 3.8.4: one below what was sent, so that the other side must answer */
	if (side->has_next && packet->seq == side->next - 1 && (packet->flags & TCP_ACK)) {
		label(step, peer->zero_window ? "window probe" : "keep-alive");
		step->kind = LADDER_PROBE;
		step->notable = true;
		return;
	}
	label(step, packet->flags & TCP_ACK ? "ACK %" PRIu32 : "no flags %" PRIu32,
	      relative(packet->flags & TCP_ACK ? peer : side,
		       packet->flags & TCP_ACK ? packet->ack : packet->seq));
	if (side->syn_count + peer->syn_count > 0 && !side->has_ack) {
		step->kind = LADDER_OPENING; /* completes the handshake */
		step->notable = true;
	}
}

static void
read_window(struct side *side, const struct packet *packet, struct step *step)
{
	bool zero = packet->window == 0;
	if (zero && !side->zero_window) {
		add_note(step, "closes its window");
		step->kind = LADDER_PROBE;
		step->notable = true;
	} else if (!zero && side->zero_window) {
		add_note(step, "window open again");
		step->notable = true;
	}
	side->zero_window = zero;
}

static bool
is_copy(const struct packet *before, const struct packet *packet)
{
	return before->frame != 0 && before->seq == packet->seq && before->ack == packet->ack &&
	       before->flags == packet->flags && before->payload_length == packet->payload_length &&
	       before->has_ip_id && packet->has_ip_id && packet->ip_id != 0 &&
	       before->ip_id == packet->ip_id &&
	       packet->ts_ns - before->ts_ns < (int64_t)COPY_US * NS_PER_US;
}

static void
advance(struct side *side, const struct packet *packet)
{
	uint32_t end = packet->seq + packet->payload_length +
		       (packet->flags & (TCP_FIN | TCP_SYN) ? 1 : 0);
	if (!(packet->flags & TCP_RST) && (!side->has_next || seq_gt(end, side->next))) {
		side->next = end;
		side->has_next = true;
	}
	if (packet->flags & TCP_ACK)
		side->has_ack = true;
	side->last = *packet;
}

static void
read_segment(struct reader *reader, enum direction dir, const struct packet *packet,
	     struct step *step)
{
	struct side *side = &reader->side[dir];
	const struct side *peer = &reader->side[!dir];
	bool copy = is_copy(&side->last, packet);
	step->kind = LADDER_ORDINARY;
	step->from = dir == TO_SERVER ? FROM_CLIENT : FROM_SERVER;
	step->payload = packet->payload_length;
	if (packet->flags & TCP_RST)
		read_reset(side, packet, step);
	else if (packet->flags & TCP_SYN)
		read_syn(side, &reader->flow->half[dir], packet, step);
	else if (packet->payload_length > 0 || packet->flags & TCP_FIN)
		read_sending(side, peer, packet, step);
	else
		read_acknowledgement(side, peer, packet, step);
	if ((packet->flags & (TCP_RST | TCP_SYN)) == 0)
		read_window(side, packet, step);
	if (copy) {
		label(step, "(the same packet)");
		step->note[0] = '\0';
		add_note(step, "captured twice");
		step->kind = LADDER_ORDINARY;
		step->again = step->notable = false;
	}
	advance(side, packet);
}

/* Whether the frame belongs to the flow; then *step says what it is. */
static bool
read_frame(struct reader *reader, const struct frame *frame, struct step *step)
{
	const struct flow *flow = reader->flow;
	struct packet packet;
	enum direction dir;
	if (frame->ts_ns < flow->first_ns ||
	    (flow->superseded && frame->ts_ns >= flow->superseded_ns) ||
	    dissect_frame(frame, &packet) != DISSECT_OK)
		return false;
	bool error = packet.kind == PACKET_ICMP_ERROR;
	if ((!error && packet.kind != PACKET_TCP) ||
	    !finds_direction(flow, error ? packet.quoted_src : packet.src, packet.src_port,
			     error ? packet.quoted_dst : packet.dst, packet.dst_port, &dir))
		return false;
	*step = (struct step){ .us = frame->ts_ns / NS_PER_US,
			       .frame = frame->number,
			       .source = frame->source };
	if (error)
		step_of_error(flow, packet.ip_version, packet.icmp_type, packet.icmp_code,
			      packet.src, dir, step);
	else
		read_segment(reader, dir, &packet, step);
	return true;
}

size_t
steps_of_frames(const struct flow *flow, const struct recorder_frame *frames, size_t count,
		struct step *steps)
{
	struct reader reader = { .flow = flow };
	size_t used = 0;
	for (unsigned dir = 0; dir < 2; dir++) {
		reader.side[dir].has_base = flow->half[dir].seq_known;
		reader.side[dir].base = flow->half[dir].isn;
	}
	for (size_t i = 0; i < count; i++)
		if (read_frame(&reader, &frames[i].frame, &steps[used]))
			used++;
	return used;
}
