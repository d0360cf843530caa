/* SPDX-License-Identifier: BSD-2-Clause */
/* Which fields of a flow's segments were changed in a hop. */
#ifndef TCPWHY_COMPARE_REWRITE_H
#define TCPWHY_COMPARE_REWRITE_H

#include "analyzer/compare_fate.h"

/* REWRITE(id, slug, what) */
#define COMPARE_REWRITES(REWRITE)                                                                  \
	REWRITE(CLIENT, "client-endpoint", "the client's address or port")                         \
	REWRITE(SERVER, "server-endpoint", "the server's address or port")                         \
	REWRITE(SEQUENCE, "sequence", "the sequence numbers")                                      \
	REWRITE(MSS, "mss", "the MSS option")                                                      \
	REWRITE(WSCALE, "window-scale", "the window scale option")                                 \
	REWRITE(SACK_PERMITTED, "sack-permitted", "the SACK-permitted option")                     \
	REWRITE(TIMESTAMP, "timestamp", "the timestamp option")                                    \
	REWRITE(FAST_OPEN, "fast-open", "the Fast Open option")                                    \
	REWRITE(MPTCP, "mptcp", "the MPTCP option")                                                \
	REWRITE(WINDOW, "window", "the window")                                                    \
	REWRITE(ECN, "ecn", "the ECN flags")                                                       \
	REWRITE(TOS, "tos", "the TOS byte")                                                        \
	REWRITE(IP_ID, "ip-id", "the IP ID")                                                       \
	REWRITE(PAYLOAD, "payload", "the payload")                                                 \
	REWRITE(TTL, "ttl", "the TTL, by other than a fixed number of hops")

enum rewrite {
#define REWRITE(id, slug, what) REWRITE_##id,
	COMPARE_REWRITES(REWRITE)
#undef REWRITE
	REWRITES
};

extern const struct fate_info rewrite_infos[REWRITES];

enum { REWRITE_ABSENT = -1 }; /* the option is not there */

/* One field in one direction. */
struct compare_rewrite {
	uint32_t count;	   /* segments changed; 0: untouched */
	uint32_t index[2]; /* the first of them, at both points */
	int64_t value[2];  /* what it has there, or REWRITE_ABSENT; of PAYLOAD and endpoints: 0 */
};

struct compare_rewrites {
	struct compare_rewrite field[2][REWRITES]; /* [direction]; endpoints under TO_SERVER */
	int16_t hops[2]; /* by how much the TTL falls, by direction; 0 also if nothing tells */
};

void compare_find_rewrites(const struct compare_pairing *pairing,
			   const struct compare_result *result,
			   struct compare_rewrites *ret_rewrites);

/* Whether anything but the TTL differs. */
bool compare_is_rewritten(const struct compare_rewrites *rewrites);

#endif
