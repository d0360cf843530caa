/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends forged TCP frames onto an interface, many and fast: complete connections, or a flood of SYNs.
 *
 * blast [--flood] [--rate FRAMES-PER-SECOND] [--payload BYTES] [--from ADDRESS] [--to ADDRESS]
 *       INTERFACE COUNT
 *
 * The addresses are those of Ethernet; forged as well when not given.
 * Rate 0 (the default) is as fast as can be. Prints sent=, refused= (what the kernel had no room for,
 * even after a while) and seconds=. Each connection has 10 frames and is another one than all before
 * it, for 20 million connections. */
#include <errno.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/craft.h"

enum {
	CONNECTION_FRAMES = 10,
	BATCH = 256,
	FRAME_MAX = 1514,
	PAYLOAD_DEFAULT = 100,
	PAYLOAD_MAX = 1400,
	RETRIES = 1000,
	RETRY_NS = 50000,
	FLAG_FIN = 0x01,
	FLAG_SYN = 0x02,
	FLAG_PSH = 0x08,
	FLAG_ACK = 0x10,
	/* where in an Ethernet frame with IPv4 and TCP without IP options */
	AT_IP_CHECKSUM = 24,
	AT_SOURCE = 26,
	AT_DESTINATION = 30,
	AT_SOURCE_PORT = 34,
	AT_DESTINATION_PORT = 36,
	AT_SEQUENCE = 38,
	AT_TCP_CHECKSUM = 50,
};

static const uint32_t client_start = 0x0a400001; /* 10.64.0.1; the ports follow from 1024 on */
static const uint32_t client_isn = 1000000, server_isn = 9000000;

struct piece {
	uint8_t data[FRAME_MAX];
	uint32_t length;
	bool from_client;
};

struct blast {
	struct piece pieces[CONNECTION_FRAMES];
	struct piece outgoing[BATCH];
	struct ether_addr from_bytes, to_bytes;
	const struct ether_addr *from, *to; /* NULL: as the packet was crafted */
	bool flood;
	size_t payload;
	uint64_t count, sent, refused;
	double rate;
	int descriptor;
	uint64_t random;
};

/* The frames of one connection; sizes of payload on top of the sequence numbers. */
static const struct step {
	bool from_client;
	uint8_t flags;
	uint8_t to_server, to_client; /* sequence numbers taken before: SYN, payloads, FIN */
	bool payload;
} steps[CONNECTION_FRAMES] = {
	{ true, FLAG_SYN, 0, 0, false },
	{ false, FLAG_SYN | FLAG_ACK, 1, 0, false },
	{ true, FLAG_ACK, 1, 1, false },
	{ true, FLAG_PSH | FLAG_ACK, 1, 1, true },
	{ false, FLAG_ACK, 2, 1, false },
	{ false, FLAG_PSH | FLAG_ACK, 2, 1, true },
	{ true, FLAG_ACK, 2, 2, false },
	{ true, FLAG_FIN | FLAG_ACK, 2, 2, false },
	{ false, FLAG_FIN | FLAG_ACK, 3, 2, false },
	{ true, FLAG_ACK, 3, 3, false },
};

/* 0: nothing; 1: the SYN; 2: and the payload; 3: and the FIN. */
static uint32_t
advance(unsigned taken, size_t payload)
{
	return (taken > 0) + (taken > 1 ? (uint32_t)payload : 0) + (taken > 2);
}

static bool
build(struct craft *craft, struct piece *piece, const struct step *step, size_t payload)
{
	static const uint8_t filler[PAYLOAD_MAX] = "GET / HTTP/1.1\r\nHost: blast.test\r\n\r\n";
	static struct craft_buffer packet, frame;
	const struct craft_address client = { { 10, 64, 0, 1 }, 4 },
				   server = { { 10, 0, 0, 1 }, 4 };
	uint32_t to_server = client_isn + advance(step->to_server, payload);
	uint32_t to_client = server_isn + advance(step->to_client, payload);
	const struct craft_segment segment = {
		.ip = {
			.src = step->from_client ? client : server,
			.dst = step->from_client ? server : client,
			.ttl = 64,
			.dont_fragment = true,
		},
		.src_port = step->from_client ? 1024 : 80,
		.dst_port = step->from_client ? 80 : 1024,
		.window = 65535,
		.seq = step->from_client ? to_server : to_client,
		.ack = step->flags & FLAG_ACK ? (step->from_client ? to_client : to_server) : 0,
		.flags = step->flags,
		.payload = filler,
		.payload_length = step->payload ? payload : 0,
	};

	const struct craft_frame link = { .link = CRAFT_ETHERNET,
					  .from_client = step->from_client };

	if (craft_tcp(craft, &segment, &packet) != 0 ||
	    craft_link(craft, &link, &packet, &frame) != 0 || frame.length > FRAME_MAX)
		return false;
	piece->from_client = step->from_client;
	piece->length = (uint32_t)frame.length;
	memcpy(piece->data, frame.data, frame.length);
	return true;
}

static bool
build_all(struct blast *blast)
{
	struct craft *craft = craft_new();
	bool good = craft != NULL;

	for (size_t i = 0; i < CONNECTION_FRAMES && good; i++)
		good = build(craft, &blast->pieces[i], &steps[i], blast->payload);
	for (size_t i = 0; i < CONNECTION_FRAMES; i++) {
		if (blast->to)
			memcpy(blast->pieces[i].data, blast->to, ETH_ALEN);
		if (blast->from)
			memcpy(blast->pieces[i].data + ETH_ALEN, blast->from, ETH_ALEN);
	}
	if (craft)
		craft_free(craft);
	return good;
}

static void
put_sum(uint8_t *at, uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	at[0] = (uint8_t)(~sum >> 8);
	at[1] = (uint8_t)~sum;
}

static uint32_t
get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

/* Writes a number into the frame and keeps the checksums right (RFC 1624). */
static void
change16(uint8_t *data, size_t at, uint16_t value, bool in_ip)
{
	uint32_t change = (~get16(data + at) & 0xffff) + value;

	put_sum(data + AT_TCP_CHECKSUM, (~get16(data + AT_TCP_CHECKSUM) & 0xffff) + change);
	if (in_ip)
		put_sum(data + AT_IP_CHECKSUM, (~get16(data + AT_IP_CHECKSUM) & 0xffff) + change);
	data[at] = (uint8_t)(value >> 8);
	data[at + 1] = (uint8_t)value;
}

static void
change32(uint8_t *data, size_t at, uint32_t value, bool in_ip)
{
	change16(data, at, (uint16_t)(value >> 16), in_ip);
	change16(data, at + 2, (uint16_t)value, in_ip);
}

/* xorshift64: the same flood each time */
static uint64_t
next_random(struct blast *blast)
{
	blast->random ^= blast->random << 13;
	blast->random ^= blast->random >> 7;
	blast->random ^= blast->random << 17;
	return blast->random;
}

static void
copy(struct piece *piece, const struct piece *from)
{
	memcpy(piece->data, from->data, from->length);
	piece->length = from->length;
	piece->from_client = from->from_client;
}

/* Frame number index of all that are sent. */
static void
prepare(struct blast *blast, struct piece *piece, uint64_t index)
{
	uint64_t connection = index / CONNECTION_FRAMES;
	uint32_t client = client_start + (uint32_t)(connection / 60000);
	uint16_t port = (uint16_t)(1024 + connection % 60000);
	uint64_t chance;

	if (blast->flood) {
		chance = next_random(blast);
		copy(piece, &blast->pieces[0]);
		change32(piece->data, AT_SOURCE, (uint32_t)chance, true);
		change16(piece->data, AT_SOURCE_PORT, (uint16_t)(chance >> 32 | 1), false);
		change32(piece->data, AT_SEQUENCE, (uint32_t)(chance >> 24), false);
		return;
	}
	copy(piece, &blast->pieces[index % CONNECTION_FRAMES]);
	change32(piece->data, piece->from_client ? AT_SOURCE : AT_DESTINATION, client, true);
	change16(piece->data, piece->from_client ? AT_SOURCE_PORT : AT_DESTINATION_PORT, port,
		 false);
}

static double
now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
sleep_seconds(double seconds)
{
	struct timespec pause = { .tv_sec = (time_t)seconds };

	if (seconds <= 0)
		return;
	pause.tv_nsec = (long)((seconds - (double)pause.tv_sec) * 1e9);
	nanosleep(&pause, NULL);
}

static bool
send_batch(struct blast *blast, struct mmsghdr *messages, unsigned count)
{
	unsigned done = 0, retries = 0;
	int sent;

	while (done < count) {
		sent = sendmmsg(blast->descriptor, messages + done, count - done, 0);
		if (sent > 0) {
			done += (unsigned)sent;
			blast->sent += (unsigned)sent;
			retries = 0;
			continue;
		}
		if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
			return false;
		if (++retries > RETRIES) {
			blast->refused++;
			done++;
		}
		sleep_seconds(RETRY_NS / 1e9);
	}
	return true;
}

static bool
send_all(struct blast *blast)
{
	static struct mmsghdr messages[BATCH];
	static struct iovec vectors[BATCH];
	double start = now_seconds();
	uint64_t done = 0;
	unsigned count;

	for (unsigned i = 0; i < BATCH; i++) {
		vectors[i].iov_base = blast->outgoing[i].data;
		messages[i].msg_hdr = (struct msghdr){ .msg_iov = &vectors[i], .msg_iovlen = 1 };
	}
	while (done < blast->count) {
		count = blast->count - done < BATCH ? (unsigned)(blast->count - done) : BATCH;
		if (blast->rate > 0 && blast->rate < BATCH * 100)
			count = blast->rate < 100 ? 1 : (unsigned)(blast->rate / 100);
		if (count > blast->count - done)
			count = (unsigned)(blast->count - done);
		for (unsigned i = 0; i < count; i++) {
			prepare(blast, &blast->outgoing[i], done + i);
			vectors[i].iov_len = blast->outgoing[i].length;
		}
		if (blast->rate > 0)
			sleep_seconds(start + (double)done / blast->rate - now_seconds());
		if (!send_batch(blast, messages, count))
			return false;
		done += count;
	}
	return true;
}

/* A socket that only sends: protocol 0 receives nothing. Past the queue it is twice as fast. */
static int
open_interface(const char *name)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(name),
	};
	int descriptor = socket(AF_PACKET, SOCK_RAW, 0);
	const int yes = 1;

	if (descriptor < 0 || address.sll_ifindex == 0 ||
	    bind(descriptor, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		fprintf(stderr, "blast: %s: %s\n", name, strerror(errno));
		return -1;
	}
	setsockopt(descriptor, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof(yes));
	return descriptor;
}

static bool
parse(int argc, char **argv, struct blast *blast)
{
	static const struct option options[] = {
		{ "flood", no_argument, NULL, 'f' },
		{ "from", required_argument, NULL, 's' },
		{ "payload", required_argument, NULL, 'p' },
		{ "rate", required_argument, NULL, 'r' },
		{ "to", required_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	int letter;

	while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (letter) {
		case 'f':
			blast->flood = true;
			break;
		case 'd':
			blast->to = ether_aton_r(optarg, &blast->to_bytes);
			break;
		case 'p':
			blast->payload = strtoul(optarg, NULL, 10);
			break;
		case 'r':
			blast->rate = atof(optarg);
			break;
		case 's':
			blast->from = ether_aton_r(optarg, &blast->from_bytes);
			break;
		default:
			return false;
		}
	}
	if (argc - optind != 2 || blast->payload > PAYLOAD_MAX)
		return false;
	blast->count = strtoull(argv[optind + 1], NULL, 10);
	return true;
}

int
main(int argc, char **argv)
{
	static struct blast blast = { .payload = PAYLOAD_DEFAULT, .random = 88172645463325252u };
	double start;
	bool good;

	if (!parse(argc, argv, &blast)) {
		fputs("usage: blast [--flood] [--rate N] [--payload BYTES] [--from MAC] "
		      "[--to MAC] INTERFACE COUNT\n",
		      stderr);
		return 1;
	}
	if (!build_all(&blast)) {
		fputs("blast: libnet fails\n", stderr);
		return 2;
	}
	blast.descriptor = open_interface(argv[optind]);
	if (blast.descriptor < 0)
		return 2;
	start = now_seconds();
	good = send_all(&blast);
	if (!good)
		fprintf(stderr, "blast: %s: %s\n", argv[optind], strerror(errno));
	printf("sent=%llu refused=%llu seconds=%.3f\n", (unsigned long long)blast.sent,
	       (unsigned long long)blast.refused, now_seconds() - start);
	close(blast.descriptor);
	return good ? 0 : 2;
}
