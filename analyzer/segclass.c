/* SPDX-License-Identifier: BSD-2-Clause */
/* Classification by sequence numbers first, then by acknowledgements, then by time. */
#include "analyzer/segclass.h"

#include "analyzer/limits.h"
#include "analyzer/seq.h"

enum {
	/* A jump of more than this above everything known is not data that the capture missed. */
	JUMP_MAX = 1 << 24,
};

/* Reordering on a path is over within a round trip; when that is unknown, within this (the figure
 * that Wireshark uses, too). */
static const int64_t reorder_default_ns = 3 * NS_PER_MS;
/* Fast retransmissions follow the duplicate acknowledgement at once. */
static const int64_t fast_ns = 20 * NS_PER_MS;
/* Linux: smallest retransmission timeout. */
static const int64_t rto_min_ns = 200 * INT64_C(1000000);

void
hole_add(struct detail *detail, enum direction dir, uint32_t left, uint32_t right)
{
	if (detail->hole_count[dir] == FLOW_HOLE_MAX) {
		/* Too many: the oldest two become one, of which it is not known any more what was
		 * seen. */
		detail->hole[dir][0].right = detail->hole[dir][1].right;
		detail->hole[dir][0].bridged = true;
		for (int i = 1; i + 1 < FLOW_HOLE_MAX; i++)
			detail->hole[dir][i] = detail->hole[dir][i + 1];
		detail->hole_count[dir]--;
	}
	detail->hole[dir][detail->hole_count[dir]++] =
		(struct hole){ .left = left, .right = right };
}

uint32_t
hole_fill(struct detail *detail, enum direction dir, uint32_t left, uint32_t right,
	  uint32_t *ret_missing)
{
	struct hole *holes = detail->hole[dir];
	uint32_t filled = 0, missing = 0;
	for (int i = 0; i < detail->hole_count[dir];) {
		struct hole *hole = &holes[i];
		uint32_t from = seq_max(left, hole->left);
		uint32_t to = seq_lt(right, hole->right) ? right : hole->right;
		if (seq_geq(from, to)) {
			i++;
			continue;
		}
		filled += to - from;
		missing += hole->bridged ? 0 : to - from;
		if (from == hole->left)
			hole->left = to;
		else
			hole->right = from; /* a piece behind it, if any, is forgotten */
		if (hole->left == hole->right) {
			detail->hole_count[dir]--;
			for (int j = i; j < detail->hole_count[dir]; j++)
				holes[j] = holes[j + 1];
			continue;
		}
		i++;
	}
	if (ret_missing != NULL)
		*ret_missing = missing;
	return filled;
}

static bool
touches_hole(const struct flow *flow, enum direction dir, uint32_t left, uint32_t right)
{
	if (flow->detail == NULL)
		return false;
	for (int i = 0; i < flow->detail->hole_count[dir]; i++) {
		const struct hole *hole = &flow->detail->hole[dir][i];
		if (seq_lt(left, hole->right) && seq_gt(right, hole->left))
			return true;
	}
	return false;
}

/* A hole is being filled: late packet or second copy? The IP ID counter knows, if there is one;
 * else time decides. */
static bool
is_reordered(const struct flow *flow, const struct packet *packet, enum direction dir)
{
	const struct half *half = &flow->half[dir];
	int64_t since = packet->ts_ns - half->next_ns;
	int64_t limit = flow->handshake_rtt_us != UINT32_MAX
				? (int64_t)flow->handshake_rtt_us * NS_PER_US
				: reorder_default_ns;
	if (packet->has_ip_id && packet->ip_id != 0 && half->ip_id != 0) {
		int16_t behind = (int16_t)(packet->ip_id - half->ip_id);
		if (behind < 0 && behind > -64)
			return true;
	}
	return since < limit;
}

static enum retransmission
retransmission_kind(const struct flow *flow, const struct packet *packet, enum direction dir)
{
	const struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	uint32_t end = packet->seq + packet->payload_length;
	int64_t since = packet->ts_ns - half->next_ns;
	if (flow->detail != NULL) {
		const struct stall *stall = &flow->detail->stall[dir];
		int64_t last_ns = flow->first_ns + moment_distance_us((struct moment){ 0 },
								      stall->last) * NS_PER_US;
		if (stall->transmissions > 0 && stall->seq == packet->seq)
			since = packet->ts_ns - last_ns;
	}
	if (packet->payload_length > 0 && peer->has_ack && seq_leq(end, peer->ack))
		return RETRANSMISSION_SPURIOUS;
	if (peer->dup_acks >= 2 && packet->ts_ns - peer->ack_ns < fast_ns &&
	    packet->seq == peer->ack)
		return RETRANSMISSION_FAST;
	if (touches_hole(flow, dir, packet->seq, end))
		return RETRANSMISSION_LOST_BEFORE;
	if (since >= rto_min_ns)
		return RETRANSMISSION_RTO;
	if (peer->dup_acks >= 2)
		return RETRANSMISSION_FAST;
	return end == half->next_seq ? RETRANSMISSION_TLP : RETRANSMISSION_RTO;
}

enum segment_class
segment_classify(const struct flow *flow, const struct packet *packet, enum direction dir,
		 enum retransmission *ret_kind)
{
	const struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	bool fin = packet->flags & TCP_FIN;
	uint32_t length = packet->payload_length + fin;
	if (!half->seq_known)
		return length > 0 ? SEGMENT_NEW : SEGMENT_EMPTY;

	int32_t ahead = seq_diff(packet->seq, half->next_seq);
	bool outstanding = peer->has_ack && seq_lt(peer->ack, half->next_seq);
	if (ahead == -1 && packet->payload_length <= 1 && !fin && (packet->flags & TCP_ACK) &&
	    !(outstanding && packet->payload_length == 1 && !peer->zero_window))
		return peer->zero_window ? SEGMENT_WINDOW_PROBE : SEGMENT_KEEPALIVE;
	if (ahead > JUMP_MAX || ahead < -JUMP_MAX * 64)
		return SEGMENT_OUT_OF_WINDOW;
	if (length == 0)
		return SEGMENT_EMPTY;
	if (ahead > 0)
		return SEGMENT_AHEAD;
	if (ahead == -1 && packet->payload_length > 1)
		return SEGMENT_NEW; /* goes on after a probe of one byte, which it carries again */
	if (ahead == 0) {
		/* Linux probes a closed window with old bytes, others with the next one */
		bool probe = packet->payload_length == 1 && !fin && peer->zero_window;
		return probe ? SEGMENT_WINDOW_PROBE : SEGMENT_NEW;
	}
	if (fin && half->fin_count > 0 && packet->payload_length == 0 &&
	    packet->seq + length == half->fin_end) {
		*ret_kind = RETRANSMISSION_FIN;
		return SEGMENT_RETRANSMISSION;
	}
	uint32_t end = packet->seq + length;
	*ret_kind = retransmission_kind(flow, packet, dir);
	if (*ret_kind != RETRANSMISSION_FAST && touches_hole(flow, dir, packet->seq, end) &&
	    is_reordered(flow, packet, dir))
		return SEGMENT_REORDERED;
	return SEGMENT_RETRANSMISSION;
}
