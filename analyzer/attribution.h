/* SPDX-License-Identifier: BSD-2-Clause */
/* Who really sent an RST: compares it with the other packets of the endpoint in whose name it came. */
#ifndef TCPWHY_ATTRIBUTION_H
#define TCPWHY_ATTRIBUTION_H

#include "analyzer/verdict.h"

struct attribution {
	int score;	   /* see rst_feature_infos; from 50 on forged, from 15 on made by another device */
	uint32_t features; /* bit per enum rst_feature */
	enum rst_origin origin;
};

enum {
	ATTRIBUTION_OTHER_DEVICE = 15,
	ATTRIBUTION_FORGED = 50,
};

/* Features that a packet has not by its looks but by what came before and after it. */
enum {
	RST_FEATURES_OF_COMPANY = 1 << RST_FEATURE_SEQUENCE_CHANGES | 1 << RST_FEATURE_ACK_CHANGES |
				  1 << RST_FEATURE_DATA_AFTER | 1 << RST_FEATURE_ACK_AFTER |
				  1 << RST_FEATURE_DATA_BEFORE | 1 << RST_FEATURE_COPIES,
};

/* Scores one RST of the flow. host_ttl: TTL of client and server in other flows, 0 unknown. Pure. */
struct attribution rst_attribute(const struct flow *flow, const struct rst_record *rst,
				 const uint8_t host_ttl[2]);

#endif
