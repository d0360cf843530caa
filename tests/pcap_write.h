/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames into a pcap file, for the tools that show what tests are made of. */
#ifndef TCPWHY_PCAP_WRITE_H
#define TCPWHY_PCAP_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/frame.h"

/* Writes a capture file with microseconds, little endian. Returns false if it cannot be written. */
bool pcap_write(const char *path, uint16_t linktype, const struct frame *frames, size_t count);

#endif
