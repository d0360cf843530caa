/* SPDX-License-Identifier: BSD-2-Clause */
/* Zeek's endpoint states and history letters, and tshark's completeness bits, rebuilt from their
 * documented behaviour (Zeek: base/protocols/conn; tshark 4.x: tcp.completeness). */
#include "analyzer/compat.h"

#include <string.h>

enum zeek_count { COUNT_CHECKSUM, COUNT_RETRANSMISSION, COUNT_WINDOW };

/* Zeek's likely_server_ports for TCP, in order. */
static const uint16_t server_ports[] = {
	21,   22,   25,	  53,	79,   80,   81,	  88,	110,  135,  139,  143,	389,
	443,  445,  502,  563,	585,  587,  614,  631,	636,  989,  990,  992,	993,
	995,  1080, 1434, 1883, 2811, 3128, 3268, 3306, 3389, 5222, 5223, 5269, 5432,
	6379, 6666, 6667, 6668, 6669, 8000, 8080, 8888, 20000,
};

static bool
is_server_port(uint16_t port)
{
	for (size_t i = 0; i < sizeof(server_ports) / sizeof(server_ports[0]); i++)
		if (server_ports[i] == port)
			return true;
	return false;
}

static bool
is_originator(const struct flow *flow, enum direction dir)
{
	return (dir == TO_SERVER) != flow->zeek_flipped;
}

static void
append(struct flow *flow, char letter)
{
	if (flow->history_length < FLOW_HISTORY_MAX)
		flow->history[flow->history_length++] = letter;
}

/* Upper case for what the originator sent. */
static void
append_letter(struct flow *flow, enum direction dir, char letter)
{
	append(flow, is_originator(flow, dir) ? letter : (char)(letter | 0x20));
}

void
compat_letter(struct flow *flow, enum direction dir, enum zeek_seen bit, char letter)
{
	struct half *half = &flow->half[dir];
	if (half->zeek_seen & bit)
		return;
	half->zeek_seen |= (uint8_t)bit;
	append_letter(flow, dir, letter);
}

static bool
is_power_of_ten(uint32_t count)
{
	while (count != 0 && count % 10 == 0)
		count /= 10;
	return count == 1;
}

/* A letter at the first, tenth, hundredth ... time. */
static void
append_scaled(struct flowtab *table, struct flow *flow, enum direction dir, enum zeek_count kind,
	      unsigned times)
{
	static const char letters[] = "CTW";
	struct detail *detail = flowtab_detail(table, flow);
	if (detail == NULL)
		return;
	while (times-- > 0)
		if (is_power_of_ten(++detail->zeek_count[dir][kind]))
			append_letter(flow, dir, letters[kind]);
}

static void
set_state(struct half *half, enum zeek_state state)
{
	if (half->zeek_state == state)
		return;
	half->zeek_before = half->zeek_state;
	half->zeek_state = (uint8_t)state;
}

void
compat_begin(struct flow *flow, const struct packet *packet, enum direction dir)
{
	bool originator_is_sender = true;
	if ((packet->flags & (TCP_SYN | TCP_ACK)) != TCP_SYN) {
		bool source = is_server_port(packet->src_port);
		bool destination = is_server_port(packet->dst_port);
		if (source && !destination)
			originator_is_sender = false;
		else if (source && destination && !(packet->flags & TCP_SYN))
			originator_is_sender = packet->src_port >= packet->dst_port;
	}
	flow->zeek_flipped = originator_is_sender != (dir == TO_SERVER);
	if (!originator_is_sender)
		append(flow, '^');
}

static uint32_t
segment_length(const struct packet *packet)
{
	uint32_t length = packet->flags & TCP_RST ? 0 : packet->payload_length;
	return length + ((packet->flags & TCP_SYN) != 0) + ((packet->flags & TCP_FIN) != 0);
}

static void
start_half(struct half *half, const struct packet *packet)
{
	bool syn = packet->flags & TCP_SYN;
	enum zeek_state state = half->zeek_state;
	if (state == ZEEK_INACTIVE)
		half->seen_end = syn ? packet->seq + segment_length(packet) : packet->seq;
	else if (syn && (state == ZEEK_ESTABLISHED || state == ZEEK_PARTIAL ||
			 (state == ZEEK_RESET && half->zeek_before == ZEEK_INACTIVE) ||
			 (state <= ZEEK_SYN_ACK_SENT && packet->seq != half->isn)))
		half->seen_end = packet->seq + segment_length(packet);
}

static void
main_letter(struct flowtab *table, struct flow *flow, const struct packet *packet,
	    enum direction dir)
{
	struct half *half = &flow->half[dir];
	unsigned flags = packet->flags;
	int set = ((flags & TCP_SYN) != 0) + ((flags & TCP_FIN) != 0) + ((flags & TCP_RST) != 0);
	if (set >= 2) {
		bool invalid = (flags & TCP_FIN) && (flags & TCP_RST);
		compat_letter(flow, dir, invalid ? SEEN_INVALID : SEEN_QUESTION, invalid ? 'I' : 'Q');
	} else if (flags & TCP_SYN) {
		bool ended = half->zeek_state == ZEEK_CLOSED ||
			     (half->zeek_state == ZEEK_RESET && half->zeek_before != ZEEK_INACTIVE);
		if (ended && half->isn_known && packet->seq != half->isn)
			half->zeek_seen &= (uint8_t)~SEEN_SYN;
		compat_letter(flow, dir, SEEN_SYN, flags & TCP_ACK ? 'H' : 'S');
	} else if (flags & TCP_FIN) {
		if (packet->seq + packet->payload_length != half->zeek_fin)
			half->zeek_seen &= (uint8_t)~SEEN_FIN;
		half->zeek_fin = packet->seq + packet->payload_length;
		compat_letter(flow, dir, SEEN_FIN, 'F');
	} else if (flags & TCP_RST) {
		struct detail *detail = flowtab_detail(table, flow);
		if (detail != NULL && packet->seq != detail->zeek_last_rst[dir])
			half->zeek_seen &= (uint8_t)~SEEN_RST;
		if (detail != NULL)
			detail->zeek_last_rst[dir] = packet->seq;
		compat_letter(flow, dir, SEEN_RST, 'R');
	} else if (packet->payload_length > 0 || (flags & TCP_ACK)) {
		bool data = packet->payload_length > 0;
		if (flow->history_length == 1 && flow->history[0] == 'H') {
			/* a SYN-ACK first, now its handshake goes on: the roles were wrong */
			flow->zeek_flipped = !flow->zeek_flipped;
			flow->history_length = 0;
			append(flow, '^');
			append(flow, 'h');
		}
		compat_letter(flow, dir, data ? SEEN_DATA : SEEN_ACK, data ? 'D' : 'A');
	}
}

/* How far the sender has come; a segment that ends within what was seen is a retransmission. */
static void
advance(struct flowtab *table, struct flow *flow, const struct packet *packet, enum direction dir)
{
	struct half *half = &flow->half[dir];
	uint32_t end = packet->seq + segment_length(packet);
	int32_t distance = (int32_t)(end - half->seen_end);
	if ((packet->flags & (TCP_SYN | TCP_RST)) && (distance > 1048576 || distance < -1048576))
		return;
	if (half->zeek_state == ZEEK_RESET)
		return;
	if (distance > 0)
		half->seen_end = end;
	else if (packet->payload_length > 0)
		append_scaled(table, flow, dir, COUNT_RETRANSMISSION, 1);
}

static void
step_inactive(struct flow *flow, const struct packet *packet, enum direction dir)
{
	struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	bool originator = is_originator(flow, dir);
	unsigned flags = packet->flags;
	if (flags & TCP_SYN) {
		if (originator) {
			set_state(half, flags & TCP_ACK ? ZEEK_SYN_ACK_SENT : ZEEK_SYN_SENT);
		} else {
			if (!(flags & TCP_ACK) && peer->zeek_state == ZEEK_SYN_ACK_SENT) {
				flow->zeek_flipped = !flow->zeek_flipped;
				append(flow, '^');
				set_state(peer, ZEEK_ESTABLISHED);
			} else if (peer->zeek_state == ZEEK_SYN_SENT) {
				set_state(peer, ZEEK_ESTABLISHED);
			}
			set_state(half, ZEEK_ESTABLISHED);
		}
	}
	if (flags & TCP_FIN)
		set_state(half, ZEEK_CLOSED);
	if (flags & TCP_RST)
		set_state(half, ZEEK_RESET);
	if (half->zeek_state != ZEEK_INACTIVE)
		return;
	if (!originator && packet->payload_length == 0 && peer->zeek_state == ZEEK_SYN_SENT)
		return; /* a challenge ACK */
	set_state(half, (flags & TCP_ACK) && peer->zeek_state == ZEEK_ESTABLISHED ? ZEEK_ESTABLISHED
										  : ZEEK_PARTIAL);
}

static void
step(struct flow *flow, const struct packet *packet, enum direction dir)
{
	struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	bool fin = packet->flags & TCP_FIN, rst = packet->flags & TCP_RST;
	switch ((enum zeek_state)half->zeek_state) {
	case ZEEK_INACTIVE:
		step_inactive(flow, packet, dir);
		break;
	case ZEEK_SYN_SENT:
	case ZEEK_SYN_ACK_SENT:
		if (rst)
			set_state(half, ZEEK_RESET);
		else if (fin)
			set_state(half, ZEEK_CLOSED);
		break;
	case ZEEK_PARTIAL:
	case ZEEK_ESTABLISHED:
		if ((packet->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN &&
		    half->zeek_state == ZEEK_PARTIAL && peer->zeek_state == ZEEK_INACTIVE)
			set_state(half, ZEEK_SYN_SENT);
		if (rst) {
			set_state(half, ZEEK_RESET);
		} else if (fin) {
			set_state(half, ZEEK_CLOSED);
			if (peer->zeek_state == ZEEK_RESET && peer->zeek_before == ZEEK_CLOSED)
				set_state(peer, ZEEK_CLOSED);
		}
		break;
	case ZEEK_CLOSED:
		if (rst && peer->zeek_state != ZEEK_CLOSED)
			set_state(half, ZEEK_RESET);
		break;
	case ZEEK_RESET:
		break;
	}
}

static void
tshark_bits(struct flow *flow, const struct packet *packet, bool first)
{
	unsigned flags = packet->flags, bits = 0;
	if ((flags & (TCP_SYN | TCP_ACK)) == TCP_SYN) {
		if (first)
			bits |= COMPLETENESS_SYN | (packet->payload_length ? COMPLETENESS_DATA : 0);
	} else if (flags & TCP_SYN) {
		bits |= COMPLETENESS_SYNACK;
	} else if (flags & TCP_ACK) {
		bits |= packet->payload_length > 0 ? COMPLETENESS_DATA : COMPLETENESS_ACK;
	}
	if ((flags & (TCP_FIN | TCP_ACK)) == (TCP_FIN | TCP_ACK))
		bits |= COMPLETENESS_FIN;
	if (flags & TCP_RST)
		bits |= COMPLETENESS_RST;
	flow->completeness |= (uint8_t)bits;
}

void
compat_packet(struct flowtab *table, struct flow *flow, const struct packet *packet,
	      enum direction dir, bool believed)
{
	struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	tshark_bits(flow, packet, half->packets + peer->packets == 0);
	if (!believed) {
		append_scaled(table, flow, dir, COUNT_CHECKSUM, 1);
		return;
	}
	start_half(half, packet);
	main_letter(table, flow, packet, dir);
	if (packet->window == 0 && !(packet->flags & TCP_RST) && peer->zeek_state != ZEEK_CLOSED &&
	    half->zeek_state != ZEEK_RESET)
		append_scaled(table, flow, dir, COUNT_WINDOW, 1);
	advance(table, flow, packet, dir);
	step(flow, packet, dir);
}

void
compat_gap(struct flow *flow, enum direction dir, unsigned count)
{
	for (int i = 0; i < 2; i++) {
		const struct half *half = &flow->half[i];
		bool clean = half->zeek_state == ZEEK_ESTABLISHED ||
			     (half->zeek_state == ZEEK_CLOSED &&
			      half->zeek_before == ZEEK_ESTABLISHED);
		if (!clean)
			return;
	}
	/* counted in the half: a short snapshot makes a gap of every segment, and no detail for it */
	uint16_t *gaps = &flow->half[dir].zeek_gaps;
	while (count-- > 0 && *gaps < UINT16_MAX)
		if (is_power_of_ten(++*gaps))
			append_letter(flow, dir, 'G');
}

/* Zeek: history matches \^?S[^HAFGIQ]*R.* */
static bool
history_is_syn_then_rst(const struct flow *flow)
{
	unsigned i = flow->history_length > 0 && flow->history[0] == '^';
	if (i >= flow->history_length || flow->history[i] != 'S')
		return false;
	for (i++; i < flow->history_length; i++) {
		if (flow->history[i] == 'R')
			return true;
		if (memchr("HAFGIQ", flow->history[i], 6) != NULL)
			return false;
	}
	return false;
}

static bool
is_inactive(enum zeek_state state)
{
	return state == ZEEK_INACTIVE || state == ZEEK_PARTIAL;
}

const char *
flow_conn_state(const struct flow *flow)
{
	enum direction originator = flow->zeek_flipped ? TO_CLIENT : TO_SERVER;
	enum zeek_state orig = flow->half[originator].zeek_state;
	enum zeek_state resp = flow->half[!originator].zeek_state;
	bool no_bytes = flow->half[0].span == 0 && flow->half[1].span == 0;
	if (resp == ZEEK_RESET) {
		if (orig == ZEEK_SYN_SENT || orig == ZEEK_SYN_ACK_SENT ||
		    (orig == ZEEK_RESET && no_bytes))
			return "REJ";
		return is_inactive(orig) ? "RSTRH" : "RSTR";
	}
	if (orig == ZEEK_RESET) {
		if (!is_inactive(resp))
			return "RSTO";
		return history_is_syn_then_rst(flow) ? "RSTOS0" : "OTH";
	}
	if (orig == ZEEK_CLOSED && resp == ZEEK_CLOSED)
		return "SF";
	if (orig == ZEEK_CLOSED)
		return is_inactive(resp) ? "SH" : "S2";
	if (resp == ZEEK_CLOSED)
		return is_inactive(orig) ? "SHR" : "S3";
	if (orig == ZEEK_SYN_SENT && resp == ZEEK_INACTIVE)
		return "S0";
	if (orig == ZEEK_ESTABLISHED && resp == ZEEK_ESTABLISHED)
		return "S1";
	return "OTH";
}
