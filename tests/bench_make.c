/* SPDX-License-Identifier: BSD-2-Clause */
/* Workloads for `make bench`: the same seed gives the same bytes. */
#include "tests/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ETHERNET = 14,
	IP = 20,
	TCP = 20,
	TIMESTAMPS = 12,
	SYN_OPTIONS = 20,
	HEADERS_MOST = ETHERNET + IP + TCP + SYN_OPTIONS,
	FRAME_MOST = 1514,
	FIN = 1,
	SYN = 2,
	RST = 4,
	PSH = 8,
	ACK = 16,
	STEP_NS = 8000, /* from packet to packet: 125,000 a second */
	LIFE_STEPS = 11,
	SYN_WINDOW = 64240,
	SERVERS = 16,
	PORTS = 8,
};

/* One connection on its way: which step of its life comes next. */
struct life {
	uint32_t client, server, client_seq, server_seq;
	uint16_t client_port, server_port;
	uint8_t step, end; /* end: enum ending */
};

enum ending { END_CLOSED, END_REFUSED, END_SILENT, END_RESET, END_OPEN };

struct maker {
	FILE *file;
	const struct workload *workload;
	uint64_t random;
	uint64_t now_ns;
	uint64_t flows, packets;
	uint8_t frame[FRAME_MOST];
};

static uint64_t
draw(struct maker *maker)
{
	uint64_t value = maker->random += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

static void
put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void
put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static uint32_t
sum(const uint8_t *bytes, size_t length, uint32_t start)
{
	for (size_t i = 0; i + 1 < length; i += 2)
		start += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	return start;
}

static unsigned
fold(uint32_t value)
{
	while (value >> 16)
		value = (value & 0xffff) + (value >> 16);
	return ~value & 0xffff;
}

static void
write_record(struct maker *maker, uint32_t length)
{
	const uint32_t snap = maker->workload->snaplen;
	const uint32_t captured = length < snap ? length : snap;
	const uint32_t header[4] = { (uint32_t)(maker->now_ns / 1000000000),
				     (uint32_t)(maker->now_ns / 1000 % 1000000), captured, length };
	fwrite(header, sizeof(header), 1, maker->file);
	fwrite(maker->frame, captured, 1, maker->file);
	maker->now_ns += STEP_NS;
	maker->packets++;
}

/* Payload is zero bytes: its sum is zero, too. */
static void
write_segment(struct maker *maker, const struct life *life, bool to_server, unsigned flags,
	      uint32_t payload)
{
	uint8_t *ip = maker->frame + ETHERNET, *tcp = ip + IP;
	const uint32_t src = to_server ? life->client : life->server;
	const uint32_t dst = to_server ? life->server : life->client;
	const bool syn = flags & SYN, bare = flags & RST;
	const unsigned options = bare ? 0 : syn ? SYN_OPTIONS : TIMESTAMPS;
	const uint32_t length = TCP + options + payload;
	memset(maker->frame, 0, HEADERS_MOST);
	put16(maker->frame + 4, to_server ? 1 : 2);
	put16(maker->frame + 10, to_server ? 2 : 1);
	put16(maker->frame + 12, 0x0800);
	ip[0] = 0x45;
	put16(ip + 2, IP + length);
	put16(ip + 4, (unsigned)maker->packets & 0xffff);
	ip[6] = 0x40;
	ip[8] = to_server ? 61 : 64;
	ip[9] = 6;
	put32(ip + 12, src);
	put32(ip + 16, dst);
	put16(ip + 10, fold(sum(ip, IP, 0)));
	put16(tcp, to_server ? life->client_port : life->server_port);
	put16(tcp + 2, to_server ? life->server_port : life->client_port);
	put32(tcp + 4, to_server ? life->client_seq : life->server_seq);
	put32(tcp + 8, flags & ACK ? (to_server ? life->server_seq : life->client_seq) : 0);
	tcp[12] = (uint8_t)((TCP + options) / 4 << 4);
	tcp[13] = (uint8_t)flags;
	put16(tcp + 14, bare ? 0 : SYN_WINDOW);
	if (syn)
		memcpy(tcp + TCP, "\x02\x04\x05\xb4\x04\x02\x08\x0a", 8);
	else if (!bare)
		memcpy(tcp + TCP, "\x01\x01\x08\x0a", 4);
	if (!bare)
		put32(tcp + TCP + (syn ? 8 : 4), (uint32_t)(maker->now_ns / 1000000));
	if (syn)
		memcpy(tcp + TCP + 16, "\x01\x03\x03\x07", 4);
	put16(tcp + 16, fold(sum(tcp, TCP + options, sum(ip + 12, 8, 6 + length))));
	write_record(maker, ETHERNET + IP + length);
}

static void
begin(struct maker *maker, struct life *life)
{
	const uint64_t chance = draw(maker), ending = draw(maker) % 100;
	const bool forged = maker->workload->flood_percent > draw(maker) % 100;
	*life = (struct life){
		.client = forged ? (uint32_t)(chance >> 32) | 0x01000000
				 : 0x0a000000 + (uint32_t)(chance >> 32) % 0x200000,
		.server = 0xc0a80001 + (forged ? 0 : (uint32_t)(chance % SERVERS)),
		.client_seq = (uint32_t)draw(maker),
		.server_seq = (uint32_t)draw(maker),
		.client_port = (uint16_t)(1024 + (chance >> 16) % 64000),
		.server_port = (uint16_t)(7000 + (forged ? 0 : (chance >> 8) % PORTS)),
		.end = forged || ending < 5 ? END_SILENT
		       : ending < 11	    ? END_REFUSED
		       : ending < 19	    ? END_RESET
		       : ending < 23	    ? END_OPEN
					    : END_CLOSED,
	};
	if (maker->workload->bulk)
		life->end = END_OPEN;
	maker->flows++;
}

/* Writes the next packet of a life. Returns whether there is more of it to come. */
static bool
go_on(struct maker *maker, struct life *life)
{
	const bool bulk = maker->workload->bulk;
	const uint32_t request = 100, answer = bulk ? 1448 : 600;
	switch (life->step++) {
	case 0:
		write_segment(maker, life, true, SYN, 0);
		life->client_seq++;
		return life->end != END_SILENT;
	case 1:
		if (life->end == END_REFUSED) {
			life->server_seq = 0;
			write_segment(maker, life, false, RST | ACK, 0);
			return false;
		}
		write_segment(maker, life, false, SYN | ACK, 0);
		life->server_seq++;
		return true;
	case 2:
	case 5:
	case 10:
		write_segment(maker, life, true, ACK, 0);
		return life->step < LIFE_STEPS;
	case 3:
	case 6:
		write_segment(maker, life, true, PSH | ACK, request);
		life->client_seq += request;
		return true;
	case 4:
	case 7:
		if (life->step == 8 && life->end == END_RESET) {
			write_segment(maker, life, false, RST, 0);
			return false;
		}
		write_segment(maker, life, false, PSH | ACK, answer);
		life->server_seq += answer;
		if (life->step == 8 && life->end == END_OPEN && !bulk)
			return false;
		if (life->step == 8 && bulk)
			life->step = 4; /* answers for ever */
		return true;
	case 8:
		write_segment(maker, life, true, FIN | ACK, 0);
		life->client_seq++;
		return true;
	default:
		write_segment(maker, life, false, FIN | ACK, 0);
		life->server_seq++;
		return true;
	}
}

bool
bench_make(const struct workload *workload, const char *path, uint64_t *ret_packets,
	   uint64_t *ret_flows)
{
	const uint32_t header[6] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1 };
	struct maker maker = {
		.workload = workload,
		.random = 1,
		.now_ns = UINT64_C(1700000000) * 1000000000,
		.file = fopen(path, "wb"),
	};
	struct life *lives = calloc(workload->at_once, sizeof(*lives));
	if (maker.file == NULL || lives == NULL) {
		if (maker.file != NULL)
			fclose(maker.file);
		free(lives);
		return false;
	}
	fwrite(header, sizeof(header), 1, maker.file);
	for (uint32_t i = 0; i < workload->at_once; i++)
		begin(&maker, &lives[i]);
	while (maker.packets < workload->packets) {
		struct life *life = &lives[draw(&maker) % workload->at_once];
		if (!go_on(&maker, life))
			begin(&maker, life);
	}
	bool good = ferror(maker.file) == 0;
	good = fclose(maker.file) == 0 && good;
	free(lives);
	*ret_packets = maker.packets;
	*ret_flows = maker.flows;
	return good;
}
