/* SPDX-License-Identifier: BSD-2-Clause */
/* LINKTYPE_ numbers, which are the same everywhere, and DLT_ numbers, which differ by system. */
#include "dissect/capture_linktype.h"

#include <pcap/pcap.h>
#include <stddef.h>

/* All whose numbers differ on some system (tcpdump.org/linktypes.html). Of two with the same DLT_
 * the first is the one that is written today. */
static const struct {
	uint16_t linktype;
	int dlt;
} pairs[] = {
	{ 101, DLT_RAW },	  { 14, DLT_RAW }, /* what OpenBSD calls raw IP, and wrote into files */
	{ 100, DLT_ATM_RFC1483 }, { 102, DLT_SLIP_BSDOS }, { 103, DLT_PPP_BSDOS },
	{ 106, DLT_ATM_CLIP },	  { 108, DLT_LOOP },	   { 109, DLT_ENC },
	{ 112, DLT_HDLC },	  { 246, DLT_PFSYNC },	   { 258, DLT_PKTAP },
};

enum { PAIR_COUNT = sizeof(pairs) / sizeof(pairs[0]) };

int
linktype_to_dlt(uint16_t linktype)
{
	for (size_t i = 0; i < PAIR_COUNT; i++) {
		if (pairs[i].linktype == linktype)
			return pairs[i].dlt;
	}
	return linktype;
}

uint16_t
linktype_from_dlt(int dlt)
{
	for (size_t i = 0; i < PAIR_COUNT; i++) {
		if (pairs[i].dlt == dlt)
			return pairs[i].linktype;
	}
	return (uint16_t)dlt;
}
