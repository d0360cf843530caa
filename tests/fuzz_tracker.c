/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: any packets in any order make exactly one sound verdict per flow, and neither the
 * hash key nor the size of the batches changes anything. Eight bytes of input are one packet of few
 * endpoints, with numbers near each other; the first byte chooses the size of the flow table. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/tracker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	PACKET_BYTES = 8,
	PACKETS_MAX = 1024,
	PAYLOAD_MAX = 2048,
	MOST_ATTEMPTS = 7,
};

struct result {
	uint32_t number, previous_number;
	uint32_t packets[2];
	uint16_t client_port;
	uint8_t history_length;
	uint8_t completeness;
	char history[FLOW_HISTORY_MAX];
	char conn_state[8];
	struct verdict verdict;
};

struct run {
	struct result *results;
	size_t count, max;
	uint64_t packets;
	struct tracker_stats stats;
};

/* Unlike assert() this is there in every build. */
static void
must(bool holds, const char *claim)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s\n", claim);
	abort();
}

#define MUST(claim) must(claim, #claim)

static void
check_verdict(const struct flow *flow, const struct verdict *verdict)
{
	MUST(verdict->code < VERDICT_CODES);
	MUST(verdict->code != VERDICT_UNCLASSIFIED);
	MUST(verdict->suspect < SUSPECT_CODES);
	MUST(verdict->confidence <= 100);
	MUST(verdict->tags >> TAG_CODES == 0);
	int confidence = verdict_infos[verdict->code].base;
	for (unsigned i = 0; i < verdict->reason_count; i++)
		confidence += confidence_reason_infos[verdict->reasons[i]].points;
	confidence = confidence < 0 ? 0 : confidence > 100 ? 100 : confidence;
	MUST(verdict->confidence == confidence);
	for (unsigned i = 0; i < verdict->evidence_count; i++) {
		MUST(verdict->evidence[i].at.frame != 0);
		MUST(verdict->evidence[i].kind < EVIDENCE_KINDS);
		MUST(i == 0 ||
		     moment_distance_us(verdict->evidence[i - 1].at, verdict->evidence[i].at) >= 0);
	}
	MUST(verdict->watched_us >= 0);
	MUST(flow_state_name(flow) != NULL);
}

static void
check_flow(const struct flow *flow)
{
	MUST(flow->history_length <= FLOW_HISTORY_MAX);
	MUST(flow->half[0].packets + flow->half[1].packets > 0);
	MUST(flow->first_ns <= flow->last_ns);
	MUST(flow->previous_number < flow->number);
	for (int dir = 0; dir < 2; dir++) {
		const struct half *half = &flow->half[dir];
		MUST(half->state < HALF_STATES);
		MUST(half->duplicates <= half->packets);
		MUST(flow->detail == NULL || flow->detail->hole_count[dir] <= FLOW_HOLE_MAX);
	}
}

static void
flow_ended(void *user, const struct flow *flow, const struct verdict *verdict)
{
	struct run *run = user;
	check_flow(flow);
	check_verdict(flow, verdict);
	MUST(run->count < run->max);
	struct result *result = &run->results[run->count++];
	result->number = flow->number;
	result->previous_number = flow->previous_number;
	result->packets[0] = flow->half[0].packets;
	result->packets[1] = flow->half[1].packets;
	result->client_port = flow->client_port;
	result->history_length = flow->history_length;
	result->completeness = flow->completeness;
	memcpy(result->history, flow->history, sizeof(result->history));
	snprintf(result->conn_state, sizeof(result->conn_state), "%s", flow_conn_state(flow));
	result->verdict = *verdict;
	run->packets += (uint64_t)flow->half[0].packets + flow->half[1].packets;
}

static struct ip_addr
address(unsigned number)
{
	return (struct ip_addr){ .hi = 0, .lo = UINT64_C(0xffff0a000000) | number };
}

/* A number near the start or the end of sequence space, or far away. */
static uint32_t
number(uint8_t byte, uint32_t isn)
{
	static const uint32_t steps[] = { 0,	1,     2,	 11,	   21,	     101,
					  1461, 65537, 1U << 20, 1U << 24, 1U << 30, 0x80000000 };
	uint32_t step = steps[(byte & 0x1f) % (sizeof(steps) / sizeof(steps[0]))];
	if (byte & 0x80)
		isn = byte & 0x40 ? 0 : isn + 100000000;
	return byte & 0x20 ? isn - step : isn + step;
}

static const uint8_t payload_bytes[PAYLOAD_MAX] = { 'G', 'E', 'T', ' ', '/', ' ' };

static void
decode_kind(struct packet *packet, uint8_t byte)
{
	if (byte >= 0xf0) {
		packet->kind = PACKET_ICMP_ERROR;
		packet->quoted_src = packet->src;
		packet->quoted_dst = packet->dst;
		packet->src = address(9);
		packet->icmp_type = 3;
		packet->icmp_code = byte & 0x0f;
		packet->icmp_mtu = packet->icmp_code == 4 ? 1280 : 0;
	} else if (byte >= 0xe0) {
		packet->kind = PACKET_FRAGMENT;
		packet->fragment_id = byte & 1;
		packet->fragment_protocol = 6;
		packet->fragment_offset = (uint16_t)((packet->seq & 7) * 8);
		packet->fragment_length = (uint16_t)packet->payload_length;
		packet->fragment_more = byte & 2;
	} else if (byte >= 0xdc) {
		packet->kind = PACKET_NOT_TCP;
	} else {
		packet->checksum = (byte & 0xc0) == 0xc0 ? CHECKSUM_BAD : byte >> 2 & 3;
		packet->defects = byte & 2 ? DEFECT_SNAPPED : 0;
		packet->ttl = byte & 1 ? 63 : 64;
	}
}

static struct packet
decode(const uint8_t *bytes, const struct packet *before)
{
	static const int64_t steps_us[] = { 0,	      1,	1000,	   4000,
					    20000,    300000,	1000000,   3000000,
					    31000000, 61000000, 181000000, 7200000000,
					    -1,	      -1000,	-60000,	   -5000000 };
	static const uint32_t lengths[] = { 0, 0, 0, 0, 1, 10, 20, 100, 1460, 2048 };
	bool client = !(bytes[0] & 1);
	unsigned port = 50000 + (bytes[0] >> 1 & 3);
	int64_t step_ns = steps_us[bytes[5] & 15] * NS_PER_US;
	if ((bytes[0] & 0xe0) == 0xe0 && before->frame != 0) {
		/* the packet before, seen again */
		struct packet again = *before;
		again.frame++;
		again.ts_ns += step_ns;
		again.ttl = (uint8_t)(again.ttl - (bytes[1] & 1));
		return again;
	}
	struct packet packet = {
		.kind = PACKET_TCP,
		.src = address(client ? 1 : 2),
		.dst = address(client ? 2 : 1),
		.src_port = (uint16_t)(client ? port : 80),
		.dst_port = (uint16_t)(client ? 80 : port),
		.flags = bytes[1],
		.seq = number(bytes[2], client ? 4294967290 : 5000),
		.ack = number(bytes[3], client ? 5000 : 4294967290),
		.payload_length = lengths[(bytes[4] & 31) % 10],
		.window = bytes[4] & 0x20 ? 0 : 1000,
		.options = (uint16_t)((bytes[4] >> 6) * TCP_HAS_WSCALE),
		.wscale = bytes[6] & 15,
		.tsval = bytes[6],
		.ts_ns = before->ts_ns + step_ns,
		.frame = before->frame + 1,
		.ip_version = 4,
		.has_ip_id = true,
		.ip_id = bytes[7],
		.direction = bytes[5] >> 6 & 3,
		.context = bytes[0] & 0x10 ? packet_context_make(NULL, 0, TUNNEL_VXLAN, 7) : 0,
	};
	packet.payload = packet.payload_length > 0 ? payload_bytes : NULL;
	packet.payload_captured = packet.payload_length;
	decode_kind(&packet, bytes[6]);
	return packet;
}

static void
play(struct run *run, const struct packet *packets, size_t count, size_t batch, uint64_t key,
     int64_t max_flows)
{
	struct tracker_options options = {
		.hash_key = { key, ~key },
		.flow_ended = flow_ended,
		.user = run,
	};
	limits_init(&options.limits);
	options.limits.max_flows = max_flows;
	options.limits.max_attempts = MOST_ATTEMPTS;
	struct tracker *tracker = tracker_new(&options);
	MUST(tracker != NULL);
	/* at most one flow per packet */
	run->max = count + 64;
	run->results = calloc(run->max, sizeof(*run->results));
	MUST(run->results != NULL);
	for (size_t i = 0; i < count; i += batch)
		tracker_feed(tracker, packets + i, count - i < batch ? count - i : batch);
	MUST(tracker_stats(tracker)->flows_open <= (uint64_t)max_flows + MOST_ATTEMPTS);
	tracker_finish(tracker);
	run->stats = *tracker_stats(tracker);
	tracker_free(tracker);
	MUST(run->stats.flows == run->count);
	MUST(run->stats.flows_open == 0);
	MUST(run->stats.flows_peak <= (uint64_t)max_flows + MOST_ATTEMPTS);
	MUST(run->stats.segments == run->packets + run->stats.unheld);
	MUST(run->stats.unallocated == 0);
	MUST(run->stats.duplicates <= run->stats.segments);
	MUST(run->stats.evicted <= run->stats.flows);
	MUST(run->stats.icmp_orphans <= run->stats.icmp_errors);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t capacities[] = { 1, 2, 3, 5, 100 };
	static struct packet packets[PACKETS_MAX];
	if (size < 1)
		return 0;
	int64_t max_flows = capacities[*data % 5];
	size_t count = (size - 1) / PACKET_BYTES;
	count = count < PACKETS_MAX ? count : PACKETS_MAX;
	struct packet before = { .ts_ns = 1000000 * NS_PER_S };
	for (size_t i = 0; i < count; i++) {
		packets[i] = decode(data + 1 + i * PACKET_BYTES, &before);
		before = packets[i];
	}
	struct run one = { 0 }, other = { 0 };
	play(&one, packets, count, 1, 1, max_flows);
	play(&other, packets, count, 33, UINT64_C(0xfedcba9876543210), max_flows);
	MUST(one.count == other.count);
	MUST(memcmp(one.results, other.results, one.count * sizeof(*one.results)) == 0);
	MUST(memcmp(&one.stats, &other.stats, sizeof(one.stats)) == 0);
	free(one.results);
	free(other.results);
	return 0;
}
