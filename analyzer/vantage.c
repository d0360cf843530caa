/* SPDX-License-Identifier: BSD-2-Clause */
/* Where was this captured? What a host does to its own packets before a router can touch them tells. */
#include "analyzer/verdict.h"

/* A share of the handshake's delay below this is the near side's. */
enum { NEAR_PERCENT = 5 };
/* Round trips shorter than this say nothing about distance. */
enum { RTT_TELLING_US = 500 };

static bool
is_initial_ttl(uint8_t ttl)
{
	return ttl == 32 || ttl == 64 || ttl == 128 || ttl == 255;
}

static uint8_t
ttl_of(const struct half *half, uint8_t elsewhere)
{
	uint8_t ttl = half->ttl_syn != 0 ? half->ttl_syn : half->ttl;
	return ttl != 0 ? ttl : elsewhere;
}

static bool
only_arrives(const struct half *half)
{
	return half->inbound && !half->outbound;
}

/* Bits of enum vantage_reason that make this half's sender the capturing host. What only ever arrives
 * here proves nothing by its looks: checksums are not filled in between the network namespaces of one
 * host either, and a receiving card joins segments. */
static unsigned
local_reasons(const struct half *half)
{
	unsigned reasons = 0;
	if (only_arrives(half))
		return 0;
	if (half->outbound && !half->inbound)
		reasons |= VANTAGE_BY_DIRECTION;
	if (half->checksums & (1U << CHECKSUM_PARTIAL))
		reasons |= VANTAGE_BY_CHECKSUM;
	if (half->over_mss)
		reasons |= VANTAGE_BY_OVERSIZE;
	return reasons;
}

static enum vantage
side(enum direction dir)
{
	return dir == TO_SERVER ? VANTAGE_CLIENT : VANTAGE_SERVER;
}

static bool
is_loopback(const struct flow *flow)
{
	return ip_addr_equal(flow->client, flow->server) ||
	       (flow->ip_version == 4 && (flow->client.lo >> 24 & 0xff) == 127);
}

static enum vantage
by_ttl(const struct flow *flow, const uint8_t host_ttl[2])
{
	uint8_t client = ttl_of(&flow->half[TO_SERVER], host_ttl[TO_SERVER]);
	uint8_t server = ttl_of(&flow->half[TO_CLIENT], host_ttl[TO_CLIENT]);
	if (client == 0 || server == 0)
		return VANTAGE_UNKNOWN; /* one untouched TTL alone may be a neighbour's */
	if (is_initial_ttl(client) && !is_initial_ttl(server))
		return VANTAGE_CLIENT;
	if (is_initial_ttl(server) && !is_initial_ttl(client))
		return VANTAGE_SERVER;
	return is_initial_ttl(client) ? VANTAGE_UNKNOWN : VANTAGE_BETWEEN;
}

static enum vantage
by_rtt(const struct flow *flow)
{
	uint64_t total = flow->handshake_rtt_us;
	if (total == UINT32_MAX || total < RTT_TELLING_US)
		return VANTAGE_UNKNOWN;
	if ((uint64_t)flow->server_rtt_us * 100 < total * NEAR_PERCENT)
		return VANTAGE_SERVER;
	if ((uint64_t)flow->client_rtt_us * 100 < total * NEAR_PERCENT)
		return VANTAGE_CLIENT;
	return VANTAGE_UNKNOWN;
}

void
verdict_infer_vantage(const struct flow *flow, const uint8_t host_ttl[2], struct verdict *verdict)
{
	unsigned client = local_reasons(&flow->half[TO_SERVER]);
	unsigned server = local_reasons(&flow->half[TO_CLIENT]);
	/* what only ever arrives here was made elsewhere, and for this host; a router sees it leave */
	if (client == 0 && server == 0 && only_arrives(&flow->half[TO_SERVER]))
		server = VANTAGE_BY_DIRECTION;
	else if (client == 0 && server == 0 && only_arrives(&flow->half[TO_CLIENT]))
		client = VANTAGE_BY_DIRECTION;
	verdict->vantage = VANTAGE_UNKNOWN;
	verdict->vantage_reasons = (uint8_t)(client | server);
	if (is_loopback(flow)) {
		verdict->vantage = VANTAGE_BOTH;
		verdict->vantage_reasons = VANTAGE_BY_LOOPBACK;
		return;
	}
	if (client != 0 || server != 0) {
		/* both sides "local": a router that sees every packet come and go */
		verdict->vantage = client != 0 && server != 0 ? VANTAGE_BETWEEN
							      : (uint8_t)side(client == 0);
		return;
	}
	enum vantage ttl = by_ttl(flow, host_ttl), rtt = by_rtt(flow);
	if (ttl != VANTAGE_UNKNOWN && ttl != VANTAGE_BETWEEN) {
		verdict->vantage = (uint8_t)ttl;
		verdict->vantage_reasons = VANTAGE_BY_TTL;
	} else if (rtt != VANTAGE_UNKNOWN) {
		verdict->vantage = (uint8_t)rtt;
		verdict->vantage_reasons = VANTAGE_BY_RTT;
	} else if (ttl == VANTAGE_BETWEEN) {
		verdict->vantage = VANTAGE_BETWEEN;
		verdict->vantage_reasons = VANTAGE_BY_TTL;
	}
}
