/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading of plays: who the two are that speak, and when they pause. */
#include "tests/crowd_play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dissect/bytes.h"
#include "dissect/dissect.h"
#include "tests/crowd_wire.h"

enum { LINKTYPE_ETHERNET = 1 };

/* A segment's two ends as they stand in a frame. */
struct ends {
	struct wire_ip ip;
	struct packet packet;
	struct craft_address address[2]; /* source, destination */
};

/* Whether the frame is a TCP segment, all of whose headers are there. */
static bool
read_segment(const struct frame *frame, struct ends *ret_ends)
{
	struct ends ends = { .packet = { .ts_ns = 0 } };
	if (dissect_frame(frame, &ends.packet) != DISSECT_OK || ends.packet.kind != PACKET_TCP ||
	    !wire_find(frame->data, frame->caplen, &ends.ip) ||
	    ends.ip.protocol != WIRE_PROTOCOL_TCP)
		return false;
	uint32_t length = wire_address_length(&ends.ip);
	for (unsigned i = 0; i < 2; i++) {
		ends.address[i].version = ends.ip.version;
		memcpy(ends.address[i].bytes, frame->data + wire_addresses(&ends.ip) + i * length,
		       length);
	}
	*ret_ends = ends;
	return true;
}

/* Which end is the client: who sends a SYN or is sent a SYN-ACK, else who has the higher port. */
static unsigned
client_end(const struct packet *packet)
{
	if ((packet->flags & TCP_SYN) != 0)
		return (packet->flags & TCP_ACK) != 0 ? 1 : 0;
	return packet->src_port > packet->dst_port ? 0 : 1;
}

static void
take_ends(struct play *play, const struct ends *ends)
{
	unsigned client = client_end(&ends->packet);
	play->address[PLAY_CLIENT] = ends->address[client];
	play->address[PLAY_SERVER] = ends->address[!client];
	play->server_port = client == 0 ? ends->packet.dst_port : ends->packet.src_port;
}

static bool
same_address(const struct craft_address *a, const struct craft_address *b)
{
	return a->version == b->version && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* Which side sent a segment; -1 when it belongs to another conversation. */
static int
side_of(const struct play *play, const struct ends *ends)
{
	for (unsigned side = 0; side < 2; side++) {
		uint16_t server_port =
			side == PLAY_SERVER ? ends->packet.src_port : ends->packet.dst_port;
		if (server_port == play->server_port &&
		    same_address(&ends->address[0], &play->address[side]) &&
		    same_address(&ends->address[1], &play->address[!side]))
			return (int)side;
	}
	return -1;
}

static bool
take_client_port(struct play *play, uint16_t port)
{
	for (unsigned i = 0; i < play->client_port_count; i++)
		if (play->client_ports[i] == port)
			return true;
	if (play->client_port_count == PLAY_PORTS_MAX)
		return false;
	play->client_ports[play->client_port_count++] = port;
	return true;
}

static void
take_clock(struct play *play, unsigned side, uint32_t value, int64_t ts_ns)
{
	if (play->has_clock[side] || value == 0)
		return;
	play->has_clock[side] = true;
	play->clock_value[side] = value;
	play->clock_ns[side] = ts_ns;
}

static const char *
take_segment(struct play *play, const struct ends *ends)
{
	if (play->server_port == 0)
		take_ends(play, ends);
	int side = side_of(play, ends);
	if (side == -1)
		return "a play has one client, and one server with one port";
	const struct packet *packet = &ends->packet;
	if (!take_client_port(play, side == PLAY_CLIENT ? packet->src_port : packet->dst_port))
		return "too many connections";
	if (play->ttl[side] == 0)
		play->ttl[side] = packet->ttl;
	if ((packet->options & TCP_HAS_TIMESTAMP) != 0) {
		take_clock(play, (unsigned)side, packet->tsval, packet->ts_ns);
		take_clock(play, (unsigned)!side, packet->tsecr, packet->ts_ns);
	}
	return NULL;
}

bool
play_performs(const struct play *play, size_t index)
{
	const struct frame *frame = &play->script->frames[index];
	struct wire_ip ip;
	if (!wire_find(frame->data, frame->caplen, &ip))
		return false;
	return ip.protocol == WIRE_PROTOCOL_TCP || ip.protocol == WIRE_PROTOCOL_ICMP ||
	       ip.protocol == WIRE_PROTOCOL_ICMPV6;
}

static int
compare_times(const void *a, const void *b)
{
	int64_t time_a = *(const int64_t *)a, time_b = *(const int64_t *)b;
	return time_a < time_b ? -1 : time_a > time_b;
}

/* Finds the longest silence; frames of a scenario need not be in the order of time. */
static bool
take_times(struct play *play)
{
	size_t count = 0;
	int64_t *times = calloc(play->script->frame_count + 1, sizeof *times);
	if (times == NULL)
		abort();
	for (size_t i = 0; i < play->script->frame_count; i++)
		if (play_performs(play, i))
			times[count++] = play->script->frames[i].ts_ns;
	qsort(times, count, sizeof *times, compare_times);
	play->start_ns = times[0];
	play->second_ns = INT64_MAX;
	for (size_t i = 1; i < count; i++) {
		if (times[i] - times[i - 1] > play->silence_ns) {
			play->silence_ns = times[i] - times[i - 1];
			play->second_ns = times[i];
		}
	}
	free(times);
	return count > 0;
}

static const char *
read_play(struct play *play)
{
	struct ends ends;
	const char *reason = NULL;
	if (play->script->linktype != LINKTYPE_ETHERNET)
		return "its frames are not Ethernet";
	for (size_t i = 0; reason == NULL && i < play->script->frame_count; i++)
		if (read_segment(&play->script->frames[i], &ends))
			reason = take_segment(play, &ends);
	if (reason != NULL)
		return reason;
	if (!take_times(play) || play->server_port == 0)
		return "there is no TCP in it";
	return NULL;
}

struct play *
play_load(const char *path, const char *name, char *text, size_t text_size)
{
	struct play *play = calloc(1, sizeof *play);
	if (play == NULL)
		abort();
	play->name = strdup(name);
	if (script_load(path, &play->script, text, text_size) != 0) {
		play_free(play);
		return NULL;
	}
	const char *reason = read_play(play);
	if (reason == NULL)
		return play;
	snprintf(text, text_size, "%s: %s", path, reason);
	play_free(play);
	return NULL;
}

void
play_free(struct play *play)
{
	if (play == NULL)
		return;
	script_free(play->script);
	free(play->name);
	free(play);
}
