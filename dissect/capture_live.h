/* SPDX-License-Identifier: BSD-2-Clause */
/* Interfaces as one stream of frames in time order: a thread fills rings, the caller empties them.
 *
 * What the thread asks of the system, for whoever confines the process: poll, read and write on
 * eventfds, clock_gettime, nanosleep, futex, exit; on packet sockets getsockopt, setsockopt,
 * getsockname, bind and ioctl SIOCGIF*; in promiscuous mode, the only one in which libpcap counts
 * the interface's own drops, also open and read of /sys/class/net/NAME/statistics/. */
#ifndef TCPWHY_CAPTURE_LIVE_H
#define TCPWHY_CAPTURE_LIVE_H

#include <stddef.h>
#include <stdint.h>

#include "dissect/capture.h"
#include "dissect/capture_complaint.h"
#include "dissect/frame.h"

struct capture_live;

enum {
	CAPTURE_LIVE_INTERFACES_MAX = 64,
};

/* All as for capture_open() and its kin, whose work they do. */
int capture_live_open(struct capture_live **ret_live, const struct capture_options *options,
		      const struct complaint *complaint);
int capture_live_start(struct capture_live *live);
int capture_live_wait_fd(const struct capture_live *live);
size_t capture_live_read(struct capture_live *live, struct frame *frames, size_t max);
void capture_live_update(struct capture_live *live);
void capture_live_stop(struct capture_live *live);
void capture_live_close(struct capture_live *live);

/* One of each for every interface. */
size_t capture_live_count(const struct capture_live *live);
struct capture_source *capture_live_source(const struct capture_live *live, size_t index);
const struct capture_interface *capture_live_interface(const struct capture_live *live,
						       size_t index);

#endif
