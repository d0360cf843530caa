/* SPDX-License-Identifier: BSD-2-Clause */
/* The handshake tells: a proxy answers in its own words, and before it asks the server. */
#include "analyzer/compare_proxy.h"

#include "analyzer/limits.h"

/* Of hosts that answer now sooner and now later. */
static const int64_t pairing_noise_ns = NS_PER_MS;

struct handshake {
	const struct compare_segment *syn, *synack, *ack; /* the first of each, or NULL */
};

static struct handshake
handshake_of(const struct compare_flow *flow)
{
	struct handshake found = { 0 };
	for (uint32_t i = 0; i < flow->count; i++) {
		const struct compare_segment *segment = &flow->segments[i];
		bool to_server = segment->direction == TO_SERVER;
		uint8_t flags = segment->flags & (TCP_SYN | TCP_ACK | TCP_RST);
		if (to_server && flags == TCP_SYN && found.syn == NULL) {
			found.syn = segment;
		} else if (!to_server && flags == (TCP_SYN | TCP_ACK) && found.synack == NULL) {
			found.synack = segment;
		} else if (to_server && flags == TCP_ACK && found.ack == NULL) {
			found.ack = segment;
		}
	}
	return found;
}

/* Whether two answers cannot be the same one, rewritten on the way: firewalls change numbers and clamp
 * options, but do not keep another clock and another window. */
static bool
other_words(const struct compare_segment *a, const struct compare_segment *b)
{
	bool stamps = a->options & b->options & TCP_HAS_TIMESTAMP;
	bool scales = a->options & b->options & TCP_HAS_WSCALE;
	int differences = a->window != b->window;
	differences += stamps && a->tsval != b->tsval;
	differences += scales && a->wscale != b->wscale;
	return differences >= 2;
}

/* Whether the client had its answer sooner than the server's could have come: the way there and back
 * takes longer, whatever the clocks say. A quarter less may be an unusually quick one. */
static bool
came_too_soon(const struct compare_pairing *pairing, const struct handshake *client,
	      const struct handshake *server)
{
	int64_t way_ns = (client->synack->at_ns - client->syn->at_ns) -
			 (server->synack->at_ns - server->syn->at_ns);
	return pairing->time_known && pairing->rtt_ns > 2 * pairing_noise_ns &&
	       way_ns < pairing->rtt_ns - pairing->rtt_ns / 4;
}

/* Whether any SYN, or SYN-ACK, of one point has the timestamp of one of the other: first ones may be other
 * copies, as some were lost. */
static bool
share_stamp(const struct compare_flow *a, const struct compare_flow *b, uint8_t flags)
{
	enum { MASK = TCP_SYN | TCP_ACK | TCP_RST, COPIES = 32 };
	uint32_t seen[COPIES], count = 0;
	for (uint32_t i = 0; i < a->count && count < COPIES; i++)
		if ((a->segments[i].flags & MASK) == flags)
			seen[count++] = a->segments[i].tsval;
	for (uint32_t i = 0; i < b->count; i++)
		for (uint32_t j = 0; j < count; j++)
			if ((b->segments[i].flags & MASK) == flags && b->segments[i].tsval == seen[j])
				return true;
	return false;
}

/* Firewalls change the numbers of a connection, and some its timestamps; all of them at once, in both
 * directions, are those of another connection. */
static bool
all_else(const struct compare_pairing *pairing, const struct handshake *client,
	 const struct handshake *server)
{
	const struct compare_segment *const pair[2][2] = { { client->syn, server->syn },
							   { client->synack, server->synack } };
	for (int i = 0; i < 2; i++) {
		const struct compare_segment *a = pair[i][0], *b = pair[i][1];
		if (a->seq == b->seq || !(a->options & b->options & TCP_HAS_TIMESTAMP))
			return false;
	}
	return !share_stamp(pairing->flow[0], pairing->flow[1], TCP_SYN) &&
	       !share_stamp(pairing->flow[0], pairing->flow[1], TCP_SYN | TCP_ACK);
}

enum proxy_sign
compare_find_proxy(const struct compare_pairing *pairing, const struct compare_watch watch[2],
		   const struct compare_matches *matches)
{
	struct handshake client = handshake_of(pairing->flow[NEAR_CLIENT]);
	struct handshake server = handshake_of(pairing->flow[NEAR_SERVER]);
	if (client.syn == NULL || client.synack == NULL || server.syn == NULL)
		return PROXY_NONE;
	if (pairing->flow[NEAR_CLIENT]->left_out + pairing->flow[NEAR_SERVER]->left_out > 0)
		return PROXY_NONE; /* what tells may be among what is not there */
	bool answered_first = pairing->time_known &&
			      client.synack->at_ns + pairing->slack_ns < server.syn->at_ns;
	if (server.synack == NULL) {
		/* the server never said that; unless the capture lost it, somebody else did */
		bool other_half = matches->pairs[TO_CLIENT] > 0;
		bool ran = !pairing->time_known ||
			   compare_watched(&watch[NEAR_SERVER], client.synack->at_ns) == DOUBT_NONE;
		if (!ran || watch[NEAR_SERVER].drops > 0 || watch[NEAR_SERVER].lossy ||
		    other_half || client.ack == NULL ||
		    server.ack != NULL)
			return PROXY_NONE;
		return answered_first ? PROXY_ANSWERED_FIRST : PROXY_ONLY_ANSWER;
	}
	if (client.synack->seq == server.synack->seq)
		return PROXY_NONE;
	if (answered_first || came_too_soon(pairing, &client, &server))
		return PROXY_ANSWERED_FIRST;
	return other_words(client.synack, server.synack) ||
			       all_else(pairing, &client, &server) ? PROXY_OTHER_ANSWER : PROXY_NONE;
}
