/* SPDX-License-Identifier: BSD-2-Clause */
/* What the captures have of it: numbers and addresses as they are at each point, times by each clock. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/compare_match.h"
#include "analyzer/limits.h"
#include "tests/craft.h"
#include "tests/pcap_write.h"
#include "tests/twin.h"

enum { HOPS = 3, TTL = 64, FIRST_PORT = 20000, SERVER_PORT = 443, INNER_PORT = 8443 };

static const int64_t begin_ns = INT64_C(1700000000) * NS_PER_S;

int64_t
twin_server_clock(const struct twin *twin, int64_t true_ns)
{
	const struct twin_plan *plan = twin->plan;
	int64_t step = true_ns * 2 >= twin->length_ns ? plan->step_ms * NS_PER_MS : 0;
	return true_ns + plan->offset_ms * NS_PER_MS + step +
	       llround((double)true_ns * plan->skew_ppm * 1e-6);
}

static int
compare_frames(const void *a, const void *b)
{
	const struct twin_frame *left = a, *right = b;
	if (left->true_ns != right->true_ns)
		return left->true_ns < right->true_ns ? -1 : 1;
	return (left->order > right->order) - (left->order < right->order);
}

static bool
is_captured(struct twin *twin, int point, int64_t ns)
{
	const struct twin_plan *plan = twin->plan;
	int64_t from = plan->from_permille[point], until = plan->until_permille[point];
	return ns * 1000 >= from * twin->length_ns &&
	       (until == 0 || ns * 1000 <= until * twin->length_ns) &&
	       crowd_random_below(&twin->random, 1000) >= plan->dropped_permille[point];
}

/* Leaves what the capture has, in its order; the transmissions learn their frames. */
static void
settle(struct twin *twin, int point)
{
	struct twin_frame *frames = twin->frames[point];
	size_t kept = 0;
	qsort(frames, twin->frame_count[point], sizeof(*frames), compare_frames);
	for (size_t i = 0; i < twin->frame_count[point]; i++) {
		struct twin_frame frame = frames[i];
		if (!is_captured(twin, point, frame.true_ns))
			continue;
		frame.ts_ns = begin_ns + (point == NEAR_SERVER
						  ? twin_server_clock(twin, frame.true_ns)
						  : frame.true_ns);
		twin->last_ns[point] = frame.true_ns;
		if (kept == 0)
			twin->first_ns[point] = frame.true_ns;
		frames[kept++] = frame;
		for (uint32_t j = 0; j < frame.segment.txs; j++)
			twin->txs[frame.segment.tx + j].frame[point] = (uint32_t)kept;
	}
	twin->frame_count[point] = kept;
}

/* --- bytes */

static struct craft_address
address_of(const struct twin_plan *plan, bool is_client, unsigned number, int point)
{
	struct craft_address address = { .version = plan->ipv6 ? 6 : 4 };
	bool other = point == (is_client ? NEAR_SERVER : NEAR_CLIENT) &&
		     (is_client ? plan->nat : plan->server_nat);
	uint8_t *bytes = address.bytes;
	if (plan->ipv6) {
		memcpy(bytes, "\x20\x01\x0d\xb8", 4);
		bytes[7] = is_client ? 1 : 2;
		bytes[8] = other;
		bytes[14] = other ? 0 : (uint8_t)(number >> 8);
		bytes[15] = other ? 1 : (uint8_t)number + 1;
		return address;
	}
	bytes[0] = other ? 192 : 10;
	bytes[1] = other ? 0 : is_client ? 1 : 9;
	bytes[2] = other ? 2 : (uint8_t)(number / 250);
	bytes[3] = (uint8_t)((other ? is_client : number % 250) + 1);
	return address;
}

static void
put32(uint8_t *bytes, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void
fill_options(const struct twin *twin, const struct twin_segment *segment, int point,
	     struct craft_segment *craft)
{
	const struct twin_plan *plan = twin->plan;
	bool entry = compare_entry(segment->direction) == point;
	bool is_syn = segment->flags & TCP_SYN;
	bool stamped = !plan->no_timestamps && !(segment->flags & TCP_RST) &&
		       (!plan->strip || (is_syn && !(segment->flags & TCP_ACK)));
	uint8_t *at = craft->options;
	if (is_syn) {
		unsigned mss = plan->clamp && !entry ? 1360 : segment->mss;
		memcpy(at, (uint8_t[]){ 2, 4, (uint8_t)(mss >> 8), (uint8_t)mss, 1, 3, 3, 7, 4, 2, 1, 1 },
		       12);
		at += 12;
	}
	if (stamped) {
		memcpy(at, (uint8_t[]){ 1, 1, 8, 10 }, 4);
		put32(at + 4, segment->tsval);
		put32(at + 8, segment->tsecr);
		if (plan->strip && !entry)
			memset(at, 1, 12);
		at += 12;
	}
	craft->option_length = (uint8_t)(at - craft->options);
}

static uint32_t
number_at(const struct twin_flow *flow, int dir, uint32_t seq, int point)
{
	/* the isn is what its own side counts from */
	return flow->isn[dir] + seq + (compare_entry(dir) == point ? 0 : flow->shift[dir]);
}

static bool
render(struct twin *twin, struct craft *craft, int point, const struct twin_frame *frame,
       uint8_t *payload, struct craft_buffer *packet)
{
	const struct twin_plan *plan = twin->plan;
	const struct twin_segment *segment = &frame->segment;
	const struct twin_flow *flow = &twin->flows[segment->flow];
	int dir = segment->direction;
	bool entry = compare_entry(dir) == point;
	struct craft_address client = address_of(plan, true, flow->client, point);
	struct craft_address server = address_of(plan, false, 0, point);
	uint16_t client_port = (uint16_t)(FIRST_PORT + segment->flow);
	uint16_t server_port = SERVER_PORT;
	if (plan->nat && point == NEAR_SERVER)
		client_port = (uint16_t)(60000 - segment->flow * 3U);
	if (segment->moved && point == NEAR_SERVER)
		client_port = (uint16_t)(1024 + segment->flow);
	if (plan->server_nat && point == NEAR_SERVER)
		server_port = INNER_PORT;
	for (uint32_t i = 0; i < segment->length; i++) {
		uint32_t at = segment->seq + i;
		uint64_t mixed = compare_mix(flow->content * 2U + (unsigned)dir, at / 8);
		payload[i] = (uint8_t)(mixed >> (at % 8 * 8));
	}
	struct craft_segment made = {
		.ip = {
			.src = dir == TO_SERVER ? client : server,
			.dst = dir == TO_SERVER ? server : client,
			.id = plan->no_ids ? 0 : segment->id,
			.ttl = entry ? TTL : TTL - HOPS,
			.dont_fragment = true,
		},
		.src_port = dir == TO_SERVER ? client_port : server_port,
		.dst_port = dir == TO_SERVER ? server_port : client_port,
		.window = 32768,
		.seq = number_at(flow, dir, segment->seq, point),
		.ack = segment->flags & TCP_ACK ? number_at(flow, !dir, segment->ack, point) : 0,
		.flags = segment->flags,
		.payload = payload,
		.payload_length = segment->length,
	};
	fill_options(twin, segment, point, &made);
	return craft_tcp(craft, &made, packet) == 0;
}

static bool
write_point(struct twin *twin, struct craft *craft, int point, const char *path)
{
	size_t count = twin->frame_count[point];
	struct frame *frames = calloc(count + 1, sizeof(*frames));
	struct craft_buffer *packet = malloc(sizeof(*packet));
	uint8_t *payload = malloc(CRAFT_MAX);
	bool well = frames != NULL && packet != NULL && payload != NULL;
	for (size_t i = 0; i < count && well; i++) {
		well = render(twin, craft, point, &twin->frames[point][i], payload, packet);
		uint8_t *copy = well ? malloc(packet->length) : NULL;
		well = copy != NULL;
		if (!well)
			break;
		memcpy(copy, packet->data, packet->length);
		frames[i] = (struct frame){
			.ts_ns = twin->frames[point][i].ts_ns,
			.data = copy,
			.caplen = (uint32_t)packet->length,
			.wirelen = (uint32_t)packet->length,
		};
	}
	well = well && pcap_write(path, craft_linktype(CRAFT_RAW), frames, count);
	for (size_t i = 0; frames != NULL && i < count; i++)
		free((void *)(uintptr_t)frames[i].data);
	free(frames);
	free(packet);
	free(payload);
	return well;
}

bool
twin_write(struct twin *twin, const char *client_path, const char *server_path)
{
	struct craft *craft = craft_new();
	settle(twin, NEAR_CLIENT);
	settle(twin, NEAR_SERVER);
	bool well = craft != NULL && write_point(twin, craft, NEAR_CLIENT, client_path) &&
		    write_point(twin, craft, NEAR_SERVER, server_path);
	if (craft != NULL)
		craft_free(craft);
	return well;
}
