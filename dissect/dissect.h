/* SPDX-License-Identifier: BSD-2-Clause */
/* Frame in, packet out: the wire is understood here, once, and nowhere else. */
#ifndef TCPWHY_DISSECT_H
#define TCPWHY_DISSECT_H

#include "dissect/frame.h"
#include "dissect/packet.h"

/* Three failures, three names; each is counted apart. */
enum dissect_status {
	DISSECT_OK,
	DISSECT_TRUNCATED,   /* the snapshot ended before the headers did */
	DISSECT_MALFORMED,   /* the bytes contradict themselves */
	DISSECT_UNSUPPORTED, /* an unknown link type or encapsulation; never plain non-IP */
};

/* Dissects a frame. Pure: no allocation, no state, no printing.
 * On DISSECT_OK *ret_packet is filled, whatever its kind; members that do not belong to the kind
 * are zero or unspecified. On failure only ts_ns, frame, source and kind (PACKET_NOT_TCP) are
 * valid. ret_packet->payload points into frame->data. */
enum dissect_status dissect_frame(const struct frame *frame, struct packet *ret_packet);

/* Dissects the payload of an IP packet that was put together from fragments.
 * packet: a PACKET_FRAGMENT whose addresses, times and numbers are kept; bytes: the first captured
 * bytes of the IP payload; length: its full length on the wire, at least captured.
 * Turns packet into PACKET_TCP, PACKET_ICMP_ERROR or PACKET_NOT_TCP, with DEFECT_REASSEMBLED unless
 * the caller has set DEFECT_FIRST_FRAGMENT before. Pure as above. */
enum dissect_status dissect_reassembled(struct packet *packet, const uint8_t *bytes,
					uint32_t captured, uint32_t length);

/* Whether frames of this link type can be dissected at all. */
bool dissect_linktype_known(uint16_t linktype);

#endif
