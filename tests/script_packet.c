/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements that put packets on the wire: segments, ICMP errors, and something else entirely. */
#include "tests/script_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dissect/packet.h"

enum {
	COPY_DELAY_US = 20, /* between a frame and its second capture */
	QUOTE_MAX = 548,    /* bytes of the packet that Linux quotes in an ICMP error */
	SEGMENT_ON_WIRE = 1448,
};

/* A segment line, parsed. */
struct segment_line {
	struct script_flow *flow;
	unsigned side;
	long long from, length; /* relative sequence number and payload length */
	struct craft_segment segment;
	struct craft_frame link;
	size_t snap;	 /* captured bytes of the frame, 0: all */
	size_t fragment; /* bytes of IP payload in each fragment, 0: whole */
	long long claim; /* IP total length to claim, -1: the true one */
	bool only_first; /* fragments after the first are lost */
	bool lost, again, again_hop;
	bool has_id, has_window, has_options;
};

static int
parse_flags(struct script_builder *builder, const char *text, uint8_t *ret_flags)
{
	static const char letters[] = "FSRP.UEW";
	uint8_t flags = 0;
	for (; *text != '\0'; text++) {
		const char *letter = strchr(letters, *text);
		if (letter == NULL && *text != '-')
			return script_fail(builder, "'%c' is no flag: FSRP.UEW, or - for none",
					   *text);
		if (letter != NULL)
			flags = (uint8_t)(flags | 1U << (letter - letters));
	}
	*ret_flags = flags;
	return 0;
}

static int
parse_range(struct script_builder *builder, struct segment_line *line, const char *text)
{
	long long to;
	int used = 0;
	if (sscanf(text, "%lld:%lld(%lld)%n", &line->from, &to, &line->length, &used) != 3 ||
	    text[used] != '\0')
		return script_fail(builder, "FROM:TO(LENGTH) is missing where \"%s\" stands", text);
	if (to - line->from != line->length || line->length < 0 || line->length > 65000)
		return script_fail(builder, "%s: LENGTH is TO minus FROM", text);
	return 0;
}

/* Modifiers without an argument. Returns whether the word was one. */
static bool
parse_switch(struct script_builder *builder, struct segment_line *line, size_t *index)
{
	const char *word = script_word(builder, *index);
	if (strcmp(word, "lost") == 0)
		line->lost = true;
	else if (strcmp(word, "nodf") == 0)
		line->segment.ip.dont_fragment = false;
	else if (strcmp(word, "badsum") == 0)
		line->segment.checksum = CRAFT_CHECKSUM_BAD;
	else if (strcmp(word, "partialsum") == 0)
		line->segment.checksum = CRAFT_CHECKSUM_PARTIAL;
	else if (strcmp(word, "pad") == 0)
		line->link.pad = true;
	else if (strcmp(word, "dup") == 0)
		line->again = true;
	else if (strcmp(word, "ttl-1") == 0)
		line->again_hop = true;
	else if (strcmp(word, "first") == 0)
		line->only_first = true;
	else
		return false;
	*index += 1;
	return true;
}

static int
apply_number(struct script_builder *builder, struct segment_line *line, const char *word,
	     uint64_t value)
{
	struct craft_segment *segment = &line->segment;
	if (strcmp(word, "win") == 0) {
		segment->window = (uint16_t)value;
		line->has_window = true;
	} else if (strcmp(word, "id") == 0) {
		segment->ip.id = (uint16_t)value;
		line->has_id = true;
	} else if (strcmp(word, "ttl") == 0) {
		segment->ip.ttl = (uint8_t)value;
	} else if (strcmp(word, "tos") == 0) {
		segment->ip.tos = (uint8_t)value;
	} else if (strcmp(word, "rawseq") == 0) {
		segment->seq = (uint32_t)value;
	} else if (strcmp(word, "rawack") == 0) {
		segment->ack = (uint32_t)value;
	} else if (strcmp(word, "snap") == 0) {
		line->snap = (size_t)value;
	} else if (strcmp(word, "iplen") == 0) {
		line->claim = (long long)value;
	} else if (strcmp(word, "frag") == 0) {
		line->fragment = (size_t)value;
	} else if (strcmp(word, "vlan") == 0) {
		line->link.vlan[0] = (uint16_t)value;
		line->link.vlan_count = 1;
	} else if (strcmp(word, "vni") == 0) {
		line->link.vxlan = true;
		line->link.vni = (uint32_t)value;
	} else {
		return script_fail(builder, "\"%s\" is no part of a segment", word);
	}
	return 0;
}

static int
parse_ack(struct script_builder *builder, struct segment_line *line, const char *text)
{
	char *end;
	long long value = strtoll(text, &end, 10);
	if (text[0] == '\0' || *end != '\0')
		return script_fail(builder, "ack NUMBER, not \"%s\"", text);
	line->segment.ack = line->flow->side[!line->side].isn + (uint32_t)value;
	return 0;
}

static int
parse_modifier(struct script_builder *builder, struct segment_line *line, size_t *index)
{
	const char *word = script_word(builder, *index);
	uint64_t value;
	if (builder->words[*index].mark == '<') {
		line->has_options = true;
		return script_options(builder, builder->words[(*index)++].text, line->flow,
				      line->side, &line->segment);
	}
	if (parse_switch(builder, line, index))
		return 0;
	if (strcmp(word, "ack") == 0) {
		*index += 2;
		return parse_ack(builder, line, script_word(builder, *index - 1));
	}
	if (strcmp(word, "from") == 0) {
		*index += 2;
		return script_address(builder, script_word(builder, *index - 1),
				      &line->segment.ip.src);
	}
	if (script_number(builder, script_word(builder, *index + 1), UINT32_MAX, &value) != 0)
		return -1;
	*index += 2;
	return apply_number(builder, line, word, value);
}

/* Where the payload stands in the sender's stream: a SYN comes before it. */
static size_t
stream_offset(const struct segment_line *line)
{
	return (size_t)(line->from + ((line->segment.flags & TCP_SYN) != 0));
}

static int
parse_rest(struct script_builder *builder, struct segment_line *line)
{
	struct script_side *self = &line->flow->side[line->side];
	size_t index = 5;
	while (index < builder->word_count) {
		size_t before = index;
		if (line->length > 0 && script_payload(builder, self, stream_offset(line),
						       (size_t)line->length, &index) != 0)
			return -1;
		if (index == before && parse_modifier(builder, line, &index) != 0)
			return -1;
	}
	if (line->length == 0)
		return 0;
	if (line->from < 0)
		return script_fail(builder, "payload before the ISN");
	if (script_stream_fill(builder, self, stream_offset(line), (size_t)line->length) != 0)
		return -1;
	line->segment.payload = self->stream + stream_offset(line);
	line->segment.payload_length = (size_t)line->length;
	return 0;
}

static uint16_t
default_window(uint8_t flags)
{
	if ((flags & TCP_RST) != 0)
		return 0;
	if ((flags & TCP_SYN) == 0)
		return 502;
	return (flags & TCP_ACK) != 0 ? 65160 : 64240;
}

/* Linux numbers the packets of a socket; what the kernel answers without a socket has ID 0. */
static void
assign_id(struct segment_line *line)
{
	struct script_side *self = &line->flow->side[line->side];
	uint8_t flags = line->segment.flags;
	bool without_socket = ((flags & TCP_SYN) != 0 && (flags & TCP_ACK) != 0) ||
			      ((flags & TCP_RST) != 0 && line->segment.window == 0);
	if (line->has_id || without_socket)
		return;
	line->segment.ip.id = self->ip_id++;
	if (line->length > SEGMENT_ON_WIRE)
		self->ip_id = (uint16_t)(self->ip_id + (line->length - 1) / SEGMENT_ON_WIRE);
}

static int
emit_fragments(struct script_builder *builder, const struct segment_line *line, int64_t at_us)
{
	size_t header = craft_ip_header_length(builder->packet);
	size_t length = builder->packet->length - header;
	if (line->fragment % 8 != 0)
		return script_fail(builder, "a fragment's length is a multiple of 8");
	for (size_t offset = 0; offset < length; offset += line->fragment) {
		bool more = offset + line->fragment < length;
		if (craft_fragment(builder->craft, &line->segment.ip, builder->packet, offset,
				   more ? line->fragment : length - offset, more,
				   builder->fragment) != 0 ||
		    craft_link(builder->craft, &line->link, builder->fragment, builder->frame) != 0)
			return script_fail(builder, "libnet cannot build this fragment");
		if (script_append(builder, builder->frame, line->snap, at_us) != 0)
			return -1;
		if (line->only_first)
			break;
	}
	return 0;
}

static int
emit(struct script_builder *builder, const struct segment_line *line, int64_t at_us)
{
	if (craft_tcp(builder->craft, &line->segment, builder->packet) != 0)
		return script_fail(builder, "libnet cannot build this segment");
	if (line->claim >= 0)
		craft_claim_length(builder->packet, (uint16_t)line->claim);
	if (line->fragment > 0)
		return emit_fragments(builder, line, at_us);
	if (craft_link(builder->craft, &line->link, builder->packet, builder->frame) != 0)
		return script_fail(builder, "libnet cannot build this frame");
	return script_append(builder, builder->frame, line->snap, at_us);
}

/* What both ends remember of a segment, whether it was captured or not. */
static int
remember(struct script_builder *builder, const struct segment_line *line)
{
	struct script_side *self = &line->flow->side[line->side];
	if (craft_tcp(builder->craft, &line->segment, builder->packet) != 0)
		return script_fail(builder, "libnet cannot build this segment");
	self->last_length = builder->packet->length;
	if (self->last_length > sizeof self->last)
		self->last_length = sizeof self->last;
	memcpy(self->last, builder->packet->data, self->last_length);
	if (line->segment.option_length >= 10)
		line->flow->side[!line->side].tsval_peer =
			self->tsval_base + (uint32_t)(builder->now_us / 1000);
	return 0;
}

static void
line_init(const struct script_builder *builder, struct segment_line *line)
{
	const struct script_side *self = &line->flow->side[line->side];
	const struct script_side *peer = &line->flow->side[!line->side];
	line->segment.ip = (struct craft_ip){
		.src = self->address,
		.dst = peer->address,
		.ttl = self->ttl,
		.tos = self->tos,
		.dont_fragment = true,
	};
	line->segment.src_port = self->port;
	line->segment.dst_port = peer->port;
	line->segment.seq = self->isn + (uint32_t)line->from;
	line->link = builder->link;
	line->link.from_client = line->side == 0;
	line->link.outgoing = builder->local == line->side + 1;
	line->claim = -1;
}

int
script_packet_line(struct script_builder *builder)
{
	struct segment_line line = {0};
	if (script_side_named(builder, script_word(builder, 1), &line.flow, &line.side) != 0)
		return -1;
	if (strcmp(script_word(builder, 2), ">") != 0)
		return script_fail(builder, "TIME SIDE > FLAGS FROM:TO(LENGTH)");
	if (parse_range(builder, &line, script_word(builder, 4)) != 0)
		return -1;
	line_init(builder, &line);
	if (parse_flags(builder, script_word(builder, 3), &line.segment.flags) != 0 ||
	    parse_rest(builder, &line) != 0)
		return -1;
	if (!line.has_window)
		line.segment.window = default_window(line.segment.flags);
	if (!line.has_options &&
	    script_default_options(builder, line.flow, line.side, &line.segment) != 0)
		return -1;
	assign_id(&line);
	if (remember(builder, &line) != 0)
		return -1;
	if (line.lost)
		return 0;
	if (line.fragment > 0)
		line.segment.ip.dont_fragment = false;
	if (emit(builder, &line, builder->now_us) != 0)
		return -1;
	if (!line.again && !line.again_hop)
		return 0;
	if (line.again_hop)
		line.segment.ip.ttl--;
	return emit(builder, &line, builder->now_us + COPY_DELAY_US);
}

/* "TIME icmp FROM > SIDE TYPE/CODE [mtu N] [quote N]": about the last packet that SIDE sent. */
int
script_icmp_line(struct script_builder *builder)
{
	struct script_flow *flow;
	unsigned side, type, code;
	uint64_t mtu = 0, quote = QUOTE_MAX;
	struct craft_ip ip = {.ttl = 62};
	if (strcmp(script_word(builder, 3), ">") != 0 ||
	    script_side_named(builder, script_word(builder, 4), &flow, &side) != 0)
		return script_fail(builder, "TIME icmp FROM > SIDE TYPE/CODE");
	const struct script_side *self = &flow->side[side];
	if (strcmp(script_word(builder, 2), "S") == 0)
		ip.src = flow->side[1].address;
	else if (script_address(builder, script_word(builder, 2), &ip.src) != 0)
		return -1;
	if (sscanf(script_word(builder, 5), "%u/%u", &type, &code) != 2)
		return script_fail(builder, "TYPE/CODE, not \"%s\"", script_word(builder, 5));
	for (size_t index = 6; index < builder->word_count; index += 2) {
		const char *word = script_word(builder, index);
		uint64_t *value = strcmp(word, "mtu") == 0     ? &mtu
				  : strcmp(word, "quote") == 0 ? &quote
							       : NULL;
		if (value == NULL)
			return script_fail(builder, "\"%s\" is no part of an ICMP error", word);
		if (script_number(builder, script_word(builder, index + 1), 65535, value) != 0)
			return -1;
	}
	if (self->last_length == 0)
		return script_fail(builder, "nothing was sent that could be quoted");
	size_t header = ip.src.version == 4 ? 20 : 40;
	size_t length = quote >= QUOTE_MAX ? QUOTE_MAX : header + quote;
	if (length > self->last_length)
		length = self->last_length;
	ip.dst = self->address;
	ip.id = 0x7700;
	if (craft_icmp(builder->craft, &ip, (uint8_t)type, (uint8_t)code, (uint32_t)mtu, self->last,
		       length, builder->packet) != 0)
		return script_fail(builder, "libnet cannot build this ICMP error");
	builder->link.from_client = side != 0;
	builder->link.outgoing = false;
	if (craft_link(builder->craft, &builder->link, builder->packet, builder->frame) != 0)
		return script_fail(builder, "libnet cannot build this frame");
	return script_append(builder, builder->frame, 0, builder->now_us);
}

/* "TIME begin" and "TIME end": a frame without TCP, which shows that the capture was running. */
int
script_other_line(struct script_builder *builder)
{
	static const uint8_t payload[48] = {0x23};
	const struct craft_ip ip = {
		.src = {.bytes = {192, 0, 2, 123}, .version = 4},
		.dst = {.bytes = {198, 51, 100, 123}, .version = 4},
		.ttl = 64,
	};
	struct craft_frame link = {.link = builder->link.link};
	if (craft_udp(builder->craft, &ip, 123, 123, payload, sizeof payload, builder->packet) !=
		    0 ||
	    craft_link(builder->craft, &link, builder->packet, builder->frame) != 0)
		return script_fail(builder, "libnet cannot build this frame");
	return script_append(builder, builder->frame, 0, builder->now_us);
}
