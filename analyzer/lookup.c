/* SPDX-License-Identifier: BSD-2-Clause */
/* Flow lookup: endpoints first, then VLAN and tunnel, then which incarnation the numbers fit. */
#include "analyzer/lookup.h"

#include "analyzer/limits.h"
#include "analyzer/segment.h"
#include "analyzer/seq.h"

/* Endings further apart than this have nothing to do with each other. */
static const int64_t siblings_ns = 60 * NS_PER_S;

static bool
connects(const struct flow *flow, struct ip_addr src, uint16_t src_port, struct ip_addr dst,
	 uint16_t dst_port, enum direction *ret_dir)
{
	if (flow->client_port == src_port && flow->server_port == dst_port &&
	    ip_addr_equal(flow->client, src) && ip_addr_equal(flow->server, dst)) {
		*ret_dir = TO_SERVER;
		return true;
	}
	if (flow->client_port == dst_port && flow->server_port == src_port &&
	    ip_addr_equal(flow->client, dst) && ip_addr_equal(flow->server, src)) {
		*ret_dir = TO_CLIENT;
		return true;
	}
	return false;
}

/* Equal endpoints in another VLAN or tunnel are another flow, unless the numbers prove that the two
 * directions just travel differently. */
static bool
same_network(const struct flow *flow, const struct packet *packet, enum direction dir)
{
	const struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	packet_context context = half->has_context ? half->context : peer->context;
	return context == packet->context || segment_fits(flow, packet, dir, true);
}

static flow_id
find(const struct lookup *lookup, const struct packet *packet, uint32_t hash, bool any_network,
     enum direction *ret_dir)
{
	flow_id id = flowtab_first(lookup->table, hash);
	while (id != 0) {
		const struct flow *flow = flowtab_at(lookup->table, id);
		if (flow->hash == hash &&
		    connects(flow, packet->src, packet->src_port, packet->dst, packet->dst_port,
			     ret_dir) &&
		    (any_network || same_network(flow, packet, *ret_dir)))
			return id;
		id = flow->hash_next;
	}
	return 0;
}

static size_t
listener_index(struct ip_addr addr, uint16_t port)
{
	uint64_t hash = (addr.hi ^ addr.lo * UINT64_C(0x9e3779b97f4a7c15) ^ port) *
			UINT64_C(0xd6e8feb86659fd93);
	return (size_t)(hash >> 40) % LISTENERS;
}

bool
lookup_listens(const struct lookup *lookup, struct ip_addr addr, uint16_t port)
{
	const struct listener_endpoint *endpoint = &lookup->listeners[listener_index(addr, port)];
	return endpoint->used && endpoint->port == port && ip_addr_equal(endpoint->addr, addr);
}

void
lookup_note_listener(struct lookup *lookup, struct ip_addr addr, uint16_t port)
{
	if (lookup_listens(lookup, addr, port))
		return;
	lookup->listeners[listener_index(addr, port)] = (struct listener_endpoint){
		.addr = addr,
		.port = port,
		.used = true,
	};
}

void
lookup_note_protocol(struct lookup *lookup, struct ip_addr addr, uint16_t port,
		     enum protocol protocol)
{
	lookup_note_listener(lookup, addr, port);
	lookup->listeners[listener_index(addr, port)].protocol = (uint8_t)protocol;
}

enum protocol
lookup_protocol(const struct lookup *lookup, struct ip_addr addr, uint16_t port)
{
	if (!lookup_listens(lookup, addr, port))
		return PROTOCOL_UNKNOWN;
	return (enum protocol)lookup->listeners[listener_index(addr, port)].protocol;
}

static size_t
sibling_index(const struct flow *flow, uint8_t code)
{
	return listener_index(flow->server, (uint16_t)(flow->server_port ^ code << 8)) % SIBLINGS;
}

unsigned
siblings_count(const struct sibling siblings[SIBLINGS], const struct flow *flow, uint8_t code)
{
	const struct sibling *sibling = &siblings[sibling_index(flow, code)];
	int64_t distance = flow->first_ns - sibling->last_ns;
	bool same = sibling->code == code && sibling->port == flow->server_port &&
		    ip_addr_equal(sibling->server, flow->server) && distance <= siblings_ns &&
		    distance >= -siblings_ns;
	return same ? sibling->count : 0;
}

unsigned
siblings_note(struct sibling siblings[SIBLINGS], const struct flow *flow, uint8_t code)
{
	struct sibling *sibling = &siblings[sibling_index(flow, code)];
	unsigned before = siblings_count(siblings, flow, code);
	bool older = before > 0 && flow->first_ns < sibling->last_ns;
	*sibling = (struct sibling){
		.server = flow->server,
		.last_ns = older ? sibling->last_ns : flow->first_ns,
		.port = flow->server_port,
		.code = code,
		.count = (uint8_t)(before < UINT8_MAX ? before + 1 : before),
	};
	return before;
}

void
lookup_note_host(struct lookup *lookup, struct ip_addr addr, uint8_t ttl)
{
	lookup->hosts[listener_index(addr, 0) % HOSTS] = (struct host){ .addr = addr, .ttl = ttl };
}

uint8_t
lookup_host_ttl(const struct lookup *lookup, struct ip_addr addr)
{
	const struct host *host = &lookup->hosts[listener_index(addr, 0) % HOSTS];
	return ip_addr_equal(host->addr, addr) ? host->ttl : 0;
}

/* Roles without a SYN: a listener known from other flows, an RST that refuses a SYN, else the lower
 * port is the server's. */
static enum direction
guess_direction(const struct lookup *lookup, const struct packet *packet)
{
	bool source = lookup_listens(lookup, packet->src, packet->src_port);
	bool destination = lookup_listens(lookup, packet->dst, packet->dst_port);
	if (source != destination)
		return source ? TO_CLIENT : TO_SERVER;
	if ((packet->flags & (TCP_RST | TCP_ACK)) == (TCP_RST | TCP_ACK) && packet->seq == 0)
		return TO_CLIENT;
	return packet->src_port < packet->dst_port ? TO_CLIENT : TO_SERVER;
}

static bool
is_over(const struct flow *flow)
{
	return flow->list == LIST_CLOSED;
}

/* Whether a SYN that carries this number opens another incarnation of the flow. */
static bool
syn_is_new(const struct flow *flow, const struct packet *packet, enum direction dir)
{
	const struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	if (half->isn_known && half->syn_count > 0) {
		if (packet->seq != half->isn)
			return true;
		/* the same SYN after a refusal is a retry; after a life it is a replay */
		return is_over(flow) && flow->established &&
		       (flow->half[0].fin_count > 0 || flow_has_payload(flow));
	}
	if (half->seq_known && !half->presumed)
		return packet->seq != half->isn; /* deduced from a SYN-ACK that came first */
	if (half->isn_known)
		return true; /* it was the one that answered: roles change, so another life */
	/* crossing SYNs, or its SYN stood behind its first segments in the file */
	if (!half->seq_known)
		return !(peer->state == HALF_SYN_SENT && peer->syn_count > 0) || is_over(flow);
	return packet->seq != half->isn || half->packets > 8;
}

static bool
synack_is_new(const struct flow *flow, const struct packet *packet, enum direction dir)
{
	const struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	if (peer->isn_known && peer->syn_count > 0)
		return false; /* it answers, rightly or wrongly, the SYN that we know */
	if (half->isn_known)
		return packet->seq != half->isn && (is_over(flow) || flow->established);
	/* mid-stream so far: only if the numbers fit was the SYN-ACK merely late in the file */
	return !segment_fits(flow, packet, dir, true);
}

/* A challenge ACK for a fresh SYN, or the RST with which the client answers that ACK. */
static bool
answers_syn(const struct flow *flow, const struct packet *packet, enum direction dir)
{
	const struct half *half = &flow->half[dir], *peer = &flow->half[!dir];
	if (packet->flags & TCP_RST && !(packet->flags & TCP_ACK))
		return flow->detail != NULL && moment_happened(flow->detail->stale_ack) &&
		       packet->seq == flow->detail->stale_ack_value;
	return packet->flags == TCP_ACK && packet->payload_length == 0 && !half->seq_known &&
	       peer->syn_count > 0 && peer->synack_count == 0;
}

static void
place_new(const struct lookup *lookup, const struct packet *packet, struct found *ret_found)
{
	ret_found->make_new = true;
	ret_found->role = ROLE_SEEN;
	if (!segment_flags_valid(packet->flags) || !(packet->flags & TCP_SYN)) {
		ret_found->role = ROLE_INFERRED;
		ret_found->dir = guess_direction(lookup, packet);
	} else {
		ret_found->dir = packet->flags & TCP_ACK ? TO_CLIENT : TO_SERVER;
	}
}

void
lookup_packet(const struct lookup *lookup, const struct packet *packet, uint32_t hash,
	      bool duplicate, struct found *ret_found)
{
	*ret_found = (struct found){ .role = ROLE_SEEN };
	ret_found->id = find(lookup, packet, hash, duplicate, &ret_found->dir);
	if (ret_found->id == 0) {
		place_new(lookup, packet, ret_found);
		return;
	}
	const struct flow *flow = flowtab_at(lookup->table, ret_found->id);
	enum direction dir = ret_found->dir;
	bool syn = packet->flags & TCP_SYN, ack = packet->flags & TCP_ACK;
	bool valid = segment_flags_valid(packet->flags);
	if (valid && syn && !ack && syn_is_new(flow, packet, dir)) {
		place_new(lookup, packet, ret_found);
		return;
	}
	/* what belongs to the incarnation before must not decide this one; but an empty ACK that
	 * answers the SYN, and the RST that this ACK provokes, are this one's story */
	bool fits = segment_fits(flow, packet, dir, false) || answers_syn(flow, packet, dir);
	if (!fits && flow->previous != 0) {
		const struct flow *previous = flowtab_at(lookup->table, flow->previous);
		enum direction before;
		if (connects(previous, packet->src, packet->src_port, packet->dst,
			     packet->dst_port, &before) &&
		    segment_fits(previous, packet, before, false)) {
			ret_found->id = flow->previous;
			ret_found->dir = before;
			return;
		}
	}
	if (valid && syn && ack && synack_is_new(flow, packet, dir))
		place_new(lookup, packet, ret_found);
}

bool
lookup_quoted(const struct lookup *lookup, const struct packet *packet, uint32_t hash,
	      struct found *ret_found)
{
	*ret_found = (struct found){ .role = ROLE_SEEN };
	flow_id id = flowtab_first(lookup->table, hash);
	for (; id != 0; id = flowtab_at(lookup->table, id)->hash_next) {
		const struct flow *flow = flowtab_at(lookup->table, id);
		enum direction dir;
		if (!connects(flow, packet->quoted_src, packet->src_port, packet->quoted_dst,
			      packet->dst_port, &dir))
			continue;
		const struct half *half = &flow->half[dir];
		/* a quotation of something this flow never sent is noise or an attack */
		if (half->seq_known && seq_lt(half->next_seq, packet->seq))
			continue;
		ret_found->id = id;
		ret_found->dir = dir;
		return true;
	}
	return false;
}
