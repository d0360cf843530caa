/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes a SYN flood to standard output as a pcap file, made as it goes: nothing of it is kept.
 *
 * flood SYNS [CLIENTS [ANSWERED]]: so many SYNs from random addresses to 203.0.113.80:443, 100,000 a second;
 * amid them CLIENTS real connections that end well, every other one open from the first second to the
 * last. Each ANSWERED-th SYN of the flood gets a SYN-ACK (0: none). */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SYNS_A_SECOND = 100000,
	FIRST_SECOND = 1700000000,
	STEPS = 11, /* of a real connection */
	REQUEST = 100,
	ANSWER = 1000,
	FRAME_ROOM = 16 + 54 + ANSWER,
};

enum flag { FIN = 1, SYN = 2, PSH = 8, ACK = 16 };

static const uint32_t server = 0xcb007150; /* 203.0.113.80 */

struct event {
	uint64_t at_us;
	uint32_t client;
	uint8_t step;
};

static uint64_t
draw(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545f4914f6cdd1d);
}

static void
set_file32(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

static void
set16(uint8_t *to, unsigned value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

static void
set32(uint8_t *to, uint32_t value)
{
	set16(to, value >> 16);
	set16(to + 2, value & 0xffff);
}

/* A segment between a client and the server. */
struct segment {
	uint64_t at_us;
	uint32_t client, seq, ack;
	unsigned port, flags, length;
	int from_server;
};

static void
write_segment(const struct segment *segment)
{
	static uint8_t record[FRAME_ROOM]; /* what no segment changes stays 0 */
	uint32_t size = 54 + segment->length;
	uint8_t *frame = record + 16;
	set_file32(record, (uint32_t)(FIRST_SECOND + segment->at_us / 1000000));
	set_file32(record + 4, (uint32_t)(segment->at_us % 1000000));
	set_file32(record + 8, size);
	set_file32(record + 12, size);
	set16(frame + 12, 0x0800);
	frame[14] = 0x45;
	set16(frame + 16, 40 + segment->length);
	set16(frame + 18, segment->seq & 0xffff);
	frame[22] = 64;
	frame[23] = 6;
	set32(frame + 26, segment->from_server ? server : segment->client);
	set32(frame + 30, segment->from_server ? segment->client : server);
	set16(frame + 34, segment->from_server ? 443 : segment->port);
	set16(frame + 36, segment->from_server ? segment->port : 443);
	set32(frame + 38, segment->seq);
	set32(frame + 42, segment->ack);
	frame[46] = 5 << 4;
	frame[47] = (uint8_t)segment->flags;
	set16(frame + 48, 64000);
	if (fwrite(record, 16 + size, 1, stdout) != 1)
		exit(EXIT_FAILURE);
}

static void
write_event(const struct event *event)
{
	static const struct {
		int from_server;
		unsigned flags, seq, ack, length;
	} steps[STEPS] = {
		{ 0, SYN, 0, 0, 0 },
		{ 1, SYN | ACK, 0, 1, 0 },
		{ 0, ACK, 1, 1, 0 },
		{ 0, PSH | ACK, 1, 1, REQUEST },
		{ 1, ACK, 1, 1 + REQUEST, 0 },
		{ 1, PSH | ACK, 1, 1 + REQUEST, ANSWER },
		{ 0, ACK, 1 + REQUEST, 1 + ANSWER, 0 },
		{ 0, FIN | ACK, 1 + REQUEST, 1 + ANSWER, 0 },
		{ 1, ACK, 1 + ANSWER, 2 + REQUEST, 0 },
		{ 1, FIN | ACK, 1 + ANSWER, 2 + REQUEST, 0 },
		{ 0, ACK, 2 + REQUEST, 2 + ANSWER, 0 },
	};
	write_segment(&(struct segment){
		.at_us = event->at_us,
		.client = 0x0a000000 + event->client / 60000,
		.port = 1025 + event->client % 60000,
		.from_server = steps[event->step].from_server,
		.flags = steps[event->step].flags,
		.seq = 1000 + steps[event->step].seq,
		.ack = steps[event->step].flags & ACK ? 1000 + steps[event->step].ack : 0,
		.length = steps[event->step].length,
	});
}

static int
compare(const void *left, const void *right)
{
	const struct event *a = left;
	const struct event *b = right;
	if (a->at_us != b->at_us)
		return a->at_us < b->at_us ? -1 : 1;
	return a->client != b->client ? (a->client < b->client ? -1 : 1) : a->step - b->step;
}

/* In the order of time. Connections that stay speak once at the beginning and again at the end. */
static struct event *
plan(uint32_t clients, uint64_t length_us)
{
	struct event *events = calloc((size_t)clients * STEPS + 1, sizeof(*events));
	if (events == NULL)
		exit(EXIT_FAILURE);
	for (uint32_t i = 0; i < clients; i++) {
		int stays = i % 2 == 1;
		uint64_t at = stays ? i * UINT64_C(500000) / clients : length_us * i / clients;
		for (uint8_t step = 0; step < STEPS; step++) {
			if (stays && step == 7)
				at = length_us > 1000000 ? length_us - 1000000 + i % 1000 * 100
							 : length_us;
			events[(size_t)i * STEPS + step] =
				(struct event){ .at_us = at, .client = i, .step = step };
			at += 300;
		}
	}
	qsort(events, (size_t)clients * STEPS, sizeof(*events), compare);
	return events;
}

int
main(int argc, char **argv)
{
	uint64_t syns = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
	uint32_t clients = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1000;
	uint64_t answered = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
	uint64_t state = 88172645463325252;
	struct event *events = plan(clients, syns * 1000000 / SYNS_A_SECOND);
	size_t next = 0;
	uint8_t header[24] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4 };
	set_file32(header + 16, 1 << 18);
	set_file32(header + 20, 1);
	fwrite(header, sizeof(header), 1, stdout);
	for (uint64_t i = 0; i < syns; i++) {
		uint64_t random = draw(&state);
		struct segment syn = {
			.at_us = i * 1000000 / SYNS_A_SECOND,
			.client = 0x10000000 | (uint32_t)(random >> 36),
			.port = 1025 + (unsigned)(random % 64000),
			.seq = (uint32_t)(random >> 16),
			.flags = SYN,
		};
		for (; next < (size_t)clients * STEPS && events[next].at_us <= syn.at_us; next++)
			write_event(&events[next]);
		write_segment(&syn);
		if (answered == 0 || i % answered != 0)
			continue;
		syn.from_server = 1;
		syn.ack = syn.seq + 1;
		syn.flags = SYN | ACK;
		write_segment(&syn);
	}
	for (; next < (size_t)clients * STEPS; next++)
		write_event(&events[next]);
	free(events);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
