/* SPDX-License-Identifier: BSD-2-Clause */
/* One interface that is captured from: opened by libpcap, emptied into a ring. */
#ifndef TCPWHY_CAPTURE_TAP_H
#define TCPWHY_CAPTURE_TAP_H

#include <pcap/pcap.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/capture.h"
#include "dissect/capture_complaint.h"
#include "dissect/capture_ring.h"

enum {
	TAP_ADDRESS_LENGTH = 6,
	/* The kernel hands over a block of frames when it is full or, from the first frame in it on,
	 * after one to two of these. Shorter ones cost a wake-up each. */
	TAP_BLOCK_TIMEOUT_MS = 100,
	TAP_BATCH = 512, /* frames moved before others get their turn */
};

/* What the capture thread tells its reader. Each is written by the thread alone; together they are
 * exact once it has ended. */
struct tap_counters {
	atomic_ullong frames; /* numbered, be they in the ring or dropped before it */
	atomic_ullong ring_drops, kernel_drops, interface_drops, kernel_frames;
	atomic_uint outages;
	atomic_bool down;
	atomic_bool failed; /* text is written, and will not be again */
};

struct capture_tap {
	/* Fixed once it is open. */
	char *name;
	pcap_t *pcap;
	int descriptor; /* readable when the kernel hands over frames */
	uint32_t snaplen;
	int32_t fraction_ns; /* the unit that libpcap gives fractions of a second in */
	uint16_t source;
	uint16_t linktype;
	uint16_t hardware_type; /* ARPHRD_, of the interface */
	bool promiscuous;
	bool can_go_down; /* an interface of this system; "any" and others are always there */

	/* Of the capture thread. */
	bool has_address;
	uint8_t address[TAP_ADDRESS_LENGTH]; /* of an Ethernet interface */
	uint32_t number;		     /* of the last frame */
	uint64_t frames, ring_drops;
	struct pcap_stat last; /* as libpcap counts, in 32 bits that may wrap */
	bool is_down;

	/* Between both. */
	struct capture_ring ring;
	struct tap_counters counters;
	char text[160]; /* why capturing failed, when counters.failed */
};

/* Opens interface name with the options of a live capture; the frames will be of source. On failure
 * returns a negative enum capture_error, with a complaint; then, too, the tap, which must be all zero
 * before, is to be closed. */
int tap_open(struct capture_tap *tap, const char *name, uint16_t source,
	     const struct capture_options *options, const struct complaint *complaint);
void tap_close(struct capture_tap *tap);

/* All from here on are for the capture thread. */

/* Reads the interface's own address, by which the direction of frames is known. */
void tap_learn_address(struct capture_tap *tap);
/* Moves up to TAP_BATCH frames from the kernel into the ring and publishes them. Returns how many
 * there were; 0: nothing waits. When the interface fails it is marked down. */
size_t tap_move(struct capture_tap *tap);
/* The descriptor has an error pending: the interface went down, or is gone. */
void tap_mark_down(struct capture_tap *tap);
/* Is it up? To be asked now and then, as this is the only way up again; an interface that went and
 * came back under its name is taken up, too. True when the answer changed. */
bool tap_check(struct capture_tap *tap);
/* Brings the counters up to date. Costs some system calls: not for every batch. */
void tap_count(struct capture_tap *tap);
/* From now on the kernel takes no more frames, nor counts them; what it holds can be moved. */
void tap_shut(struct capture_tap *tap);
/* Has everything been moved that the kernel counted? Exact but for `lo`, whose frames the kernel
 * counts twice and libpcap delivers once. Asks for tap_count() before. */
bool tap_is_empty(const struct capture_tap *tap);

#endif
