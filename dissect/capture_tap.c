/* SPDX-License-Identifier: BSD-2-Clause */
/* The capture thread's work on one interface: moving frames, counting losses, living with outages. */
#include "dissect/capture_tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum { ETHERNET_ADDRESSES_LENGTH = 2 * TAP_ADDRESS_LENGTH };

/* Asks the kernel about the interface by its name, in the network namespace of the socket. */
static bool
ask(const struct capture_tap *tap, unsigned long what, struct ifreq *ret_answer)
{
	*ret_answer = (struct ifreq){ .ifr_ifru = { .ifru_ivalue = 0 } };
	snprintf(ret_answer->ifr_name, sizeof(ret_answer->ifr_name), "%s", tap->name);
	return ioctl(tap->descriptor, what, ret_answer) == 0;
}

void
tap_learn_address(struct capture_tap *tap)
{
	static const uint8_t none[TAP_ADDRESS_LENGTH];
	struct ifreq answer;

	tap->has_address = false;
	if (!ask(tap, SIOCGIFHWADDR, &answer))
		return;
	tap->hardware_type = answer.ifr_hwaddr.sa_family;
	if (pcap_datalink(tap->pcap) != DLT_EN10MB)
		return;
	memcpy(tap->address, answer.ifr_hwaddr.sa_data, TAP_ADDRESS_LENGTH);
	/* The loopback's is all zero, on both sides. */
	tap->has_address = memcmp(tap->address, none, TAP_ADDRESS_LENGTH) != 0;
}

/* The header of an Ethernet frame: destination, source. */
static enum frame_direction
find_direction(const struct capture_tap *tap, const uint8_t *data, uint32_t caplen)
{
	if (!tap->has_address || caplen < ETHERNET_ADDRESSES_LENGTH)
		return FRAME_DIRECTION_UNKNOWN;
	if (memcmp(data + TAP_ADDRESS_LENGTH, tap->address, TAP_ADDRESS_LENGTH) == 0)
		return FRAME_OUTBOUND;
	if (memcmp(data, tap->address, TAP_ADDRESS_LENGTH) == 0)
		return FRAME_INBOUND;
	return FRAME_DIRECTION_UNKNOWN;
}

/* Called by libpcap for each frame. */
static void
take_frame(u_char *context, const struct pcap_pkthdr *header, const u_char *data)
{
	struct capture_tap *tap = (struct capture_tap *)(void *)context;
	struct frame frame = {
		.ts_ns = (int64_t)header->ts.tv_sec * 1000000000 +
			 (int64_t)header->ts.tv_usec * tap->fraction_ns,
		.data = data,
		.caplen = header->caplen < tap->snaplen ? header->caplen : tap->snaplen,
		.linktype = tap->linktype,
		.source = tap->source,
		.interface = tap->source,
	};

	frame.wirelen = header->len > frame.caplen ? header->len : frame.caplen;
	frame.direction = (uint8_t)find_direction(tap, data, frame.caplen);
	tap->frames++;
	if (++tap->number == 0) /* no frame has this number */
		tap->number = 1;
	frame.number = tap->number;
	if (!capture_ring_put(&tap->ring, &frame))
		tap->ring_drops++;
}

static void
publish(struct capture_tap *tap)
{
	capture_ring_publish(&tap->ring);
	atomic_store_explicit(&tap->counters.frames, tap->frames, memory_order_relaxed);
	atomic_store_explicit(&tap->counters.ring_drops, tap->ring_drops, memory_order_relaxed);
}

static void
set_down(struct capture_tap *tap, bool down)
{
	tap->is_down = down;
	if (down)
		atomic_fetch_add_explicit(&tap->counters.outages, 1, memory_order_relaxed);
	atomic_store_explicit(&tap->counters.down, down, memory_order_relaxed);
}

void
tap_mark_down(struct capture_tap *tap)
{
	if (!tap->is_down)
		set_down(tap, true);
}

/* As pcap_dispatch(), with the frames published. */
static int
move(struct capture_tap *tap)
{
	int moved = pcap_dispatch(tap->pcap, TAP_BATCH, take_frame, (u_char *)tap);

	publish(tap);
	return moved;
}

size_t
tap_move(struct capture_tap *tap)
{
	uint64_t before = tap->frames;

	if (move(tap) < 0)
		tap_mark_down(tap);
	return (size_t)(tap->frames - before);
}

/* An interface that goes leaves the socket bound to nothing, and one that comes back has another
 * index, even under the same name. Binding needs no privilege, a new socket would. */
static bool
bind_again(struct capture_tap *tap)
{
	struct sockaddr_ll bound = { .sll_ifindex = 0 };
	socklen_t length = sizeof(bound);
	struct packet_mreq membership = { .mr_type = PACKET_MR_PROMISC };
	struct ifreq answer;

	if (getsockname(tap->descriptor, (struct sockaddr *)&bound, &length) != 0)
		return false;
	if (bound.sll_ifindex > 0)
		return true;
	/* Frames of another link type would be taken for what they are not. */
	if (!ask(tap, SIOCGIFHWADDR, &answer) || answer.ifr_hwaddr.sa_family != tap->hardware_type)
		return false;
	if (!ask(tap, SIOCGIFINDEX, &answer))
		return false;
	bound = (struct sockaddr_ll){
		.sll_family = AF_PACKET,
		.sll_protocol = bound.sll_protocol,
		.sll_ifindex = answer.ifr_ifindex,
	};
	if (bind(tap->descriptor, (const struct sockaddr *)&bound, sizeof(bound)) != 0)
		return false;
	membership.mr_ifindex = answer.ifr_ifindex;
	if (tap->promiscuous)
		setsockopt(tap->descriptor, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership,
			   sizeof(membership));
	tap_learn_address(tap);
	return true;
}

/* An interface that is up and fails again has a reason worth telling. The first one is kept. */
static void
note_failure(struct capture_tap *tap)
{
	if (atomic_load_explicit(&tap->counters.failed, memory_order_relaxed))
		return;
	snprintf(tap->text, sizeof(tap->text), "%s", pcap_geterr(tap->pcap));
	atomic_store_explicit(&tap->counters.failed, true, memory_order_release);
}

static bool
is_up(struct capture_tap *tap)
{
	struct ifreq answer;

	if (tap->can_go_down && !(ask(tap, SIOCGIFFLAGS, &answer) &&
				  (answer.ifr_flags & IFF_UP) != 0 && bind_again(tap)))
		return false;
	if (!tap->is_down || move(tap) >= 0)
		return true;
	note_failure(tap);
	return false;
}

bool
tap_check(struct capture_tap *tap)
{
	bool up = is_up(tap);

	if (up != tap->is_down)
		return false;
	set_down(tap, !up);
	return true;
}

/* libpcap's counters have 32 bits, and what it takes from the interface's own may even go back, when
 * the interface came anew. */
static uint32_t
growth(uint32_t now, uint32_t before)
{
	uint32_t difference = now - before;

	return difference > INT32_MAX ? 0 : difference;
}

void
tap_count(struct capture_tap *tap)
{
	struct pcap_stat now;

	if (pcap_stats(tap->pcap, &now) != 0)
		return;
	atomic_fetch_add_explicit(&tap->counters.kernel_frames,
				  growth(now.ps_recv, tap->last.ps_recv), memory_order_relaxed);
	atomic_fetch_add_explicit(&tap->counters.kernel_drops,
				  growth(now.ps_drop, tap->last.ps_drop), memory_order_relaxed);
	atomic_fetch_add_explicit(&tap->counters.interface_drops,
				  growth(now.ps_ifdrop, tap->last.ps_ifdrop), memory_order_relaxed);
	tap->last = now;
}

/* pcap_setfilter() would apply the filter to what the kernel holds already. */
void
tap_shut(struct capture_tap *tap)
{
	struct sock_filter reject = { .code = BPF_RET | BPF_K, .k = 0 };
	struct sock_fprog program = { .len = 1, .filter = &reject };

	/* Where this is refused some frames may come late: they are counted, and not read. */
	setsockopt(tap->descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

bool
tap_is_empty(const struct capture_tap *tap)
{
	uint64_t counted = atomic_load_explicit(&tap->counters.kernel_frames, memory_order_relaxed);
	uint64_t dropped = atomic_load_explicit(&tap->counters.kernel_drops, memory_order_relaxed);

	return tap->frames + dropped >= counted;
}
