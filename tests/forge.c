/* SPDX-License-Identifier: BSD-2-Clause */
/* Forges an RST into a real connection: waits on an interface for data that goes to a port, and answers it
 * in the server's name, as a device on the way would: with a TTL and an IP ID of its own.
 *
 * forge INTERFACE PORT TTL
 *	Prints "ready" when it listens, "sent" when it is done; gives up after ten seconds. */
#include <libnet.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { ETHERNET = 14, WAIT_MS = 10000, FORGED_ID = 0x4242 };

static uint32_t
read_u32(const u_char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Back to who sent the frame, with the sequence number that it expects next. */
static bool
answer(libnet_t *net, const u_char *frame, uint8_t ttl)
{
	const u_char *ip = frame + ETHERNET;
	const u_char *tcp = ip + (ip[0] & 0xf) * 4;
	uint32_t client, server;
	memcpy(&client, ip + 12, sizeof(client));
	memcpy(&server, ip + 16, sizeof(server));
	return libnet_build_tcp((uint16_t)(tcp[2] << 8 | tcp[3]), (uint16_t)(tcp[0] << 8 | tcp[1]),
				read_u32(tcp + 8), 0, TH_RST, 0, 0, 0, LIBNET_TCP_H, NULL, 0, net,
				0) != -1 &&
	       libnet_build_ipv4(LIBNET_IPV4_H + LIBNET_TCP_H, 0, FORGED_ID, 0, ttl, IPPROTO_TCP, 0,
				 server, client, NULL, 0, net, 0) != -1 &&
	       libnet_build_ethernet(frame + 6, frame, ETHERTYPE_IP, NULL, 0, net, 0) != -1 &&
	       libnet_write(net) != -1;
}

static pcap_t *
listen_on(const char *interface, const char *port, char *error)
{
	char filter[128];
	struct bpf_program program;
	pcap_t *pcap = pcap_create(interface, error);
	snprintf(filter, sizeof(filter), "tcp dst port %s and tcp[13] & 8 != 0", port);
	if (pcap == NULL || pcap_set_snaplen(pcap, 128) != 0 ||
	    pcap_set_immediate_mode(pcap, 1) != 0 || pcap_activate(pcap) < 0 ||
	    pcap_compile(pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0 ||
	    pcap_setfilter(pcap, &program) != 0 || pcap_setnonblock(pcap, 1, error) != 0)
		return NULL;
	pcap_freecode(&program);
	return pcap;
}

int
main(int argc, char **argv)
{
	char error[LIBNET_ERRBUF_SIZE + PCAP_ERRBUF_SIZE] = "";
	if (argc != 4) {
		fputs("usage: forge INTERFACE PORT TTL\n", stderr);
		return 2;
	}
	pcap_t *pcap = listen_on(argv[1], argv[2], error);
	libnet_t *net = pcap != NULL ? libnet_init(LIBNET_LINK, argv[1], error) : NULL;
	if (net == NULL) {
		fprintf(stderr, "forge: %s\n", error);
		return 1;
	}
	puts("ready");
	fflush(stdout);
	struct pollfd readable = { .fd = pcap_get_selectable_fd(pcap), .events = POLLIN };
	struct pcap_pkthdr *header;
	const u_char *frame;
	bool done = poll(&readable, 1, WAIT_MS) == 1 && pcap_next_ex(pcap, &header, &frame) == 1 &&
		    answer(net, frame, (uint8_t)atoi(argv[3]));
	puts(done ? "sent" : "nothing to answer");
	libnet_destroy(net);
	pcap_close(pcap);
	return !done;
}
