/* SPDX-License-Identifier: BSD-2-Clause */
/* Pairs of segments are laid side by side. */
#include "analyzer/compare_rewrite.h"

const struct fate_info rewrite_infos[REWRITES] = {
#define REWRITE(id, slug, what) [REWRITE_##id] = { slug, what },
	COMPARE_REWRITES(REWRITE)
#undef REWRITE
};

struct work {
	struct compare_rewrites *rewrites;
	uint32_t index[2];
	int dir;
	bool ids_kept, stamps_kept;
};

static void
note(const struct work *work, enum rewrite field, int64_t a, int64_t b)
{
	struct compare_rewrite *rewrite = &work->rewrites->field[work->dir][field];
	if (a == b)
		return;
	if (rewrite->count++ > 0)
		return;
	for (int point = 0; point < 2; point++)
		rewrite->index[point] = work->index[point];
	rewrite->value[0] = a;
	rewrite->value[1] = b;
}

static int64_t
option(const struct compare_segment *segment, enum tcp_option_bit bit, int64_t value)
{
	return segment->options & bit ? value : REWRITE_ABSENT;
}

static void
lay_options(const struct work *work, const struct compare_segment *a,
	    const struct compare_segment *b)
{
	if ((a->options | b->options) & COMPARE_OPTIONS_CUT)
		return;
	if (a->flags & TCP_SYN) {
		note(work, REWRITE_MSS, option(a, TCP_HAS_MSS, a->mss),
		     option(b, TCP_HAS_MSS, b->mss));
		note(work, REWRITE_WSCALE, option(a, TCP_HAS_WSCALE, a->wscale),
		     option(b, TCP_HAS_WSCALE, b->wscale));
		note(work, REWRITE_SACK_PERMITTED, option(a, TCP_HAS_SACK_PERMITTED, 1),
		     option(b, TCP_HAS_SACK_PERMITTED, 1));
		note(work, REWRITE_FAST_OPEN, option(a, TCP_HAS_FAST_OPEN, 1),
		     option(b, TCP_HAS_FAST_OPEN, 1));
		note(work, REWRITE_MPTCP, option(a, TCP_HAS_MPTCP, 1),
		     option(b, TCP_HAS_MPTCP, 1));
	}
	if (!work->stamps_kept || !(a->options & b->options & TCP_HAS_TIMESTAMP))
		note(work, REWRITE_TIMESTAMP, option(a, TCP_HAS_TIMESTAMP, a->tsval),
		     option(b, TCP_HAS_TIMESTAMP, b->tsval));
}

static void
lay_fields(const struct work *work, const struct compare_segment *a,
	   const struct compare_segment *b)
{
	enum { ECN = TCP_ECE | TCP_CWR, TOS_ECN = 3 };
	note(work, REWRITE_WINDOW, a->window, b->window);
	note(work, REWRITE_ECN, a->flags & ECN, b->flags & ECN);
	/* a router that is congested sets the ECN bits: that is their purpose */
	note(work, REWRITE_TOS, a->tos & ~TOS_ECN, b->tos & ~TOS_ECN);
	if (!work->ids_kept)
		note(work, REWRITE_IP_ID, a->ip_id, b->ip_id);
	if (a->hashed == b->hashed && a->hash != b->hash)
		note(work, REWRITE_PAYLOAD, 0, 1);
}

static void
lay_ttl(const struct work *work, const struct compare_segment *a, const struct compare_segment *b,
	bool first)
{
	int fall = work->dir == TO_SERVER ? a->ttl - b->ttl : b->ttl - a->ttl;
	if (first)
		work->rewrites->hops[work->dir] = (int16_t)fall;
	else if (fall != work->rewrites->hops[work->dir] || fall < 0)
		note(work, REWRITE_TTL, a->ttl, b->ttl);
}

static bool
same_endpoint(struct ip_addr a, uint16_t a_port, struct ip_addr b, uint16_t b_port)
{
	return ip_addr_equal(a, b) && a_port == b_port;
}

static void
lay_endpoints(const struct compare_flow *a, const struct compare_flow *b,
	      struct compare_rewrites *rewrites)
{
	struct compare_rewrite *field = rewrites->field[TO_SERVER];
	if (!same_endpoint(a->client, a->client_port, b->client, b->client_port))
		field[REWRITE_CLIENT].count = a->count;
	if (!same_endpoint(a->server, a->server_port, b->server, b->server_port))
		field[REWRITE_SERVER].count = a->count;
}

void
compare_find_rewrites(const struct compare_pairing *pairing, const struct compare_result *result,
		      struct compare_rewrites *ret_rewrites)
{
	const struct compare_flow *near = pairing->flow[NEAR_CLIENT];
	const struct compare_flow *far = pairing->flow[NEAR_SERVER];
	bool first[2] = { true, true };
	*ret_rewrites = (struct compare_rewrites){ .hops = { 0, 0 } };
	if (near->count == 0 || far->count == 0)
		return;
	lay_endpoints(near, far, ret_rewrites);
	for (uint32_t i = 0; i < near->count; i++) {
		uint32_t partner = result->matches.match[NEAR_CLIENT][i].partner;
		if (partner == 0)
			continue;
		const struct compare_segment *a = &near->segments[i];
		const struct compare_segment *b = &far->segments[partner - 1];
		const struct work work = {
			.rewrites = ret_rewrites,
			.index = { i, partner - 1 },
			.dir = a->direction,
			/* then one that differs is another copy, not a changed one */
			.ids_kept = result->matches.ids_kept,
			.stamps_kept = result->matches.stamps_kept,
		};
		note(&work, REWRITE_SEQUENCE, a->seq, b->seq);
		lay_options(&work, a, b);
		lay_fields(&work, a, b);
		lay_ttl(&work, a, b, first[work.dir]);
		first[work.dir] = false;
	}
}

bool
compare_is_rewritten(const struct compare_rewrites *rewrites)
{
	for (int dir = 0; dir < 2; dir++)
		for (int field = 0; field < REWRITES; field++)
			if (field != REWRITE_TTL && rewrites->field[dir][field].count > 0)
				return true;
	return false;
}
