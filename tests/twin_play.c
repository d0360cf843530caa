/* SPDX-License-Identifier: BSD-2-Clause */
/* Clients that ask, a server that answers, and the hop between them. Events in the order of time. */
#include "tests/twin.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/compare_match.h"
#include "analyzer/limits.h"

enum {
	CLIENT,
	SERVER,
	WINDOW = 10,	   /* segments in flight */
	JOINED = 3,	   /* segments in one frame of a card that cuts them */
	TRIES = 6,
	GAPS = 64,	   /* received ahead of order */
	SYN_SEQ = 0,
	FULL_MSS = 1460,
	CLAMPED_MSS = 1360,
};

static const int64_t first_timeout_ns = 250 * NS_PER_MS;
static const int64_t idle_ns = 8 * NS_PER_S;
static const int64_t join_ns = 300 * NS_PER_US;

enum event_kind { ARRIVAL, TIMER, BEGIN, SPEAK };

struct event {
	int64_t ns;
	uint64_t order;
	enum event_kind kind;
	uint16_t flow;
	uint8_t end; /* where it happens */
	uint32_t generation; /* of a timer */
	struct twin_segment segment;
};

struct range {
	uint32_t from, to;
};

/* One end of a connection; numbers count from the ISN. */
struct end {
	uint32_t una, next, total; /* total: bytes of the stream so far */
	uint32_t recover;
	uint32_t received, expected; /* expected: bytes of the other side */
	uint32_t generation, tries;
	uint32_t tsecr;
	bool open, dead, reset, closing, fin_sent, other_closed;
	struct range gap[GAPS];
	size_t gaps;
};

struct connection {
	struct end end[2];
	bool asked;	    /* the proxy has asked the server */
	bool waits, moved;  /* of a flow that the device forgets while it is idle */
	bool forger_done;
};

/* Segments that the network card of a receiver holds back to join them. */
struct bundle {
	struct twin_segment segment;
	int64_t ns;
	bool any;
};

struct play {
	struct twin *twin;
	const struct twin_plan *plan;
	struct connection *connections;
	struct bundle *bundles;
	struct event *events; /* a heap */
	size_t count, room;
	uint64_t order;
	uint16_t next_id[2];
	int64_t now;
	int64_t latest[2]; /* arrival, by direction */
};

static void *
grown(void *memory, size_t *room, size_t size)
{
	*room = *room == 0 ? 256 : *room * 2;
	memory = realloc(memory, *room * size);
	if (memory == NULL)
		abort();
	return memory;
}

static bool
is_before(const struct event *a, const struct event *b)
{
	return a->ns != b->ns ? a->ns < b->ns : a->order < b->order;
}

static void
schedule(struct play *play, struct event event)
{
	if (play->count == play->room)
		play->events = grown(play->events, &play->room, sizeof(*play->events));
	event.order = play->order++;
	size_t at = play->count++;
	for (; at > 0 && is_before(&event, &play->events[(at - 1) / 2]); at = (at - 1) / 2)
		play->events[at] = play->events[(at - 1) / 2];
	play->events[at] = event;
}

static struct event
take(struct play *play)
{
	struct event first = play->events[0], last = play->events[--play->count];
	size_t at = 0;
	for (size_t child; (child = 2 * at + 1) < play->count; at = child) {
		if (child + 1 < play->count &&
		    is_before(&play->events[child + 1], &play->events[child]))
			child++;
		if (!is_before(&play->events[child], &last))
			break;
		play->events[at] = play->events[child];
	}
	play->events[at] = last;
	return first;
}

static bool
happens(struct play *play, unsigned permille)
{
	return crowd_random_below(&play->twin->random, 1000) < permille;
}

static unsigned
mss_of(const struct twin_plan *plan)
{
	return plan->clamp ? CLAMPED_MSS : FULL_MSS;
}

uint32_t
twin_tx(struct twin *twin, const struct twin_segment *segment)
{
	if (twin->tx_count == twin->tx_room)
		twin->txs = grown(twin->txs, &twin->tx_room, sizeof(*twin->txs));
	twin->txs[twin->tx_count] = (struct twin_tx){
		.segment = *segment,
		.at_ns = { -1, -1 },
	};
	return (uint32_t)twin->tx_count++;
}

void
twin_show(struct twin *twin, int point, const struct twin_segment *segment, int64_t ns)
{
	if (twin->frame_count[point] == twin->frame_room[point])
		twin->frames[point] = grown(twin->frames[point], &twin->frame_room[point],
					       sizeof(**twin->frames));
	twin->frames[point][twin->frame_count[point]] = (struct twin_frame){
		.segment = *segment,
		.true_ns = ns,
		.order = (uint32_t)twin->frame_count[point],
	};
	twin->frame_count[point]++;
	for (uint32_t i = 0; i < segment->txs; i++)
		twin->txs[segment->tx + i].at_ns[point] = ns;
	if (ns > twin->length_ns)
		twin->length_ns = ns;
}

static void
stamp(struct play *play, struct twin_segment *segment)
{
	const struct twin_flow *flow = &play->twin->flows[segment->flow];
	segment->tsval = flow->stamp[segment->direction] + (uint32_t)(play->now / NS_PER_MS);
	segment->id = ++play->next_id[segment->direction];
	segment->mss = FULL_MSS;
}

/* --- the hop */

static int64_t
flight(struct play *play, int dir)
{
	return (play->plan->delay_us[dir] +
		(int64_t)crowd_random_below(&play->twin->random,
					    (uint64_t)play->plan->jitter_us + 1)) *
	       NS_PER_US;
}

static void
deliver(struct play *play, const struct twin_segment *segment, int64_t ns)
{
	schedule(play, (struct event){
			       .ns = ns,
			       .kind = ARRIVAL,
			       .flow = segment->flow,
			       .end = segment->direction == TO_SERVER ? SERVER : CLIENT,
			       .segment = *segment,
		       });
}

/* A segment that a device makes, in the name of the side it seems to come from. */
static void
forge(struct play *play, struct twin_segment segment, int64_t ns)
{
	stamp(play, &segment);
	segment.from_device = true;
	segment.txs = 1;
	segment.tx = twin_tx(play->twin, &segment);
	play->twin->txs[segment.tx].fate = TWIN_FORGED;
	deliver(play, &segment, ns);
}

/* The RST that answers this segment, as if from its receiver. */
static struct twin_segment
refusal_of(const struct twin_segment *segment)
{
	uint32_t span = segment->length + ((segment->flags & (TCP_SYN | TCP_FIN)) != 0);
	return (struct twin_segment){
		.flow = segment->flow,
		.direction = !segment->direction,
		.flags = segment->flags & TCP_ACK ? TCP_RST : TCP_RST | TCP_ACK,
		.seq = segment->flags & TCP_ACK ? segment->ack : 0,
		.ack = segment->seq + span,
	};
}

/* Returns whether the forger keeps this segment for himself. */
static bool
meet_forger(struct play *play, const struct twin_segment *segment)
{
	struct connection *connection = &play->connections[segment->flow];
	bool is_request = segment->direction == TO_SERVER && segment->length > 0;
	bool is_syn = segment->direction == TO_SERVER && segment->flags & TCP_SYN;
	int64_t soon = play->now + flight(play, TO_CLIENT);
	if (!play->twin->flows[segment->flow].forged)
		return false;
	if (play->plan->forger == FORGE_REFUSAL) {
		if (is_syn)
			forge(play, refusal_of(segment), soon);
		return is_syn;
	}
	if (!is_request || (connection->forger_done && play->plan->forger == FORGE_ON_PATH))
		return false;
	struct twin_segment reset = refusal_of(segment);
	connection->forger_done = true;
	forge(play, reset, soon);
	if (play->plan->forger == FORGE_IN_PATH)
		return true;
	if (happens(play, 500)) {
		reset.direction = TO_SERVER;
		reset.flags = TCP_RST | TCP_ACK;
		reset.seq = segment->seq + segment->length;
		reset.ack = segment->ack;
		forge(play, reset, play->now + flight(play, TO_SERVER) + NS_PER_MS);
	}
	return false;
}

/* The device answers for the server, and asks it when the client has proved itself. */
static bool
meet_proxy(struct play *play, const struct twin_segment *segment)
{
	struct connection *connection = &play->connections[segment->flow];
	struct twin_segment own = { .flow = segment->flow };
	if (!play->plan->proxy || connection->end[SERVER].open)
		return false;
	if (segment->direction == TO_SERVER) {
		own.direction = TO_CLIENT;
		own.flags = TCP_SYN | TCP_ACK;
		own.ack = 1;
		if (segment->flags & TCP_SYN) {
			forge(play, own, play->now + flight(play, TO_CLIENT));
		} else if (!connection->asked) {
			connection->asked = true;
			own.direction = TO_SERVER;
			own.flags = TCP_SYN;
			own.ack = 0;
			forge(play, own, play->now + flight(play, TO_SERVER));
		}
		return true;
	}
	own.direction = TO_SERVER;
	own.flags = TCP_ACK;
	own.seq = own.ack = 1;
	forge(play, own, play->now + flight(play, TO_SERVER));
	return true;
}

static void
cross(struct play *play, const struct twin_segment *segment)
{
	struct twin *twin = play->twin;
	const struct twin_flow *flow = &twin->flows[segment->flow];
	int dir = segment->direction;
	bool taken = meet_forger(play, segment) || meet_proxy(play, segment);
	bool blocked = (flow->blocked && dir == TO_SERVER) || (flow->mute && dir == TO_CLIENT);
	for (uint32_t i = 0; i < segment->txs; i++) {
		struct twin_segment part = *segment;
		struct twin_tx *tx = &twin->txs[segment->tx + i];
		part.tx = segment->tx + i;
		part.txs = 1;
		part.seq = tx->segment.seq;
		part.length = tx->segment.length;
		part.flags = tx->segment.flags;
		part.id = tx->segment.id;
		if (taken || blocked || happens(play, play->plan->loss_permille[dir])) {
			tx->fate = TWIN_LOST;
			continue;
		}
		int64_t ns = play->now + flight(play, dir) + i * 12 * NS_PER_US;
		if (!play->plan->overtake && ns <= play->latest[dir])
			ns = play->latest[dir] + NS_PER_US;
		play->latest[dir] = ns;
		deliver(play, &part, ns);
		if (happens(play, play->plan->copy_permille)) {
			uint32_t original = part.tx;
			part.tx = twin_tx(twin, &part);
			twin->txs[original].has_copy = true;
			twin->txs[part.tx].original = original + 1;
			deliver(play, &part, ns + 20 * NS_PER_US);
		}
	}
}

/* --- ends */

static int
point_of(int end)
{
	return end == CLIENT ? NEAR_CLIENT : NEAR_SERVER;
}

static void
transmit(struct play *play, int end, struct twin_segment segment)
{
	struct twin *twin = play->twin;
	unsigned mss = mss_of(play->plan);
	uint32_t sent = 0;
	segment.direction = end == CLIENT ? TO_SERVER : TO_CLIENT;
	segment.tsecr = play->connections[segment.flow].end[end].tsecr;
	if (end == CLIENT)
		segment.moved = play->connections[segment.flow].moved;
	segment.txs = segment.length > mss ? (segment.length + mss - 1) / mss : 1;
	for (uint32_t i = 0; i < segment.txs; i++) {
		struct twin_segment part = segment;
		part.seq = segment.seq + sent;
		part.length = segment.length - sent < mss ? segment.length - sent : mss;
		if (i + 1 < segment.txs)
			part.flags &= (uint8_t)~TCP_FIN;
		sent += part.length;
		stamp(play, &part);
		uint32_t tx = twin_tx(twin, &part);
		if (i == 0) {
			stamp(play, &segment);
			segment.id = part.id;
			segment.tx = tx;
		}
	}
	twin_show(twin, point_of(end), &segment, play->now);
	cross(play, &segment);
}

static void
arm(struct play *play, uint16_t flow, int end)
{
	struct end *own = &play->connections[flow].end[end];
	int64_t wait = first_timeout_ns << own->tries;
	own->generation++;
	if (own->una == own->next || own->dead)
		return;
	schedule(play, (struct event){
			       .ns = play->now + wait * (own->open ? 1 : 4),
			       .kind = TIMER,
			       .flow = flow,
			       .end = (uint8_t)end,
			       .generation = own->generation,
		       });
}

static void
acknowledge(struct play *play, uint16_t flow, int end)
{
	const struct end *own = &play->connections[flow].end[end];
	transmit(play, end, (struct twin_segment){
				    .flow = flow,
				    .flags = TCP_ACK,
				    .seq = own->next,
				    .ack = own->received,
			    });
}

/* What begins at seq, as much as one segment holds; times: segments at once. */
static uint32_t
send_from(struct play *play, uint16_t flow, int end, uint32_t seq, unsigned times)
{
	struct end *own = &play->connections[flow].end[end];
	struct twin_segment segment = { .flow = flow, .seq = seq, .ack = own->received };
	uint32_t data_end = 1 + own->total, most = mss_of(play->plan) * times;
	if (seq == SYN_SEQ) {
		segment.flags = end == CLIENT ? TCP_SYN : TCP_SYN | TCP_ACK;
		transmit(play, end, segment);
		return 1;
	}
	segment.flags = TCP_ACK;
	segment.length = seq < data_end ? data_end - seq : 0;
	if (segment.length > most)
		segment.length = most;
	if (segment.length > 0)
		segment.flags |= TCP_PSH;
	bool last = own->closing && seq + segment.length == data_end;
	if (last) {
		segment.flags |= TCP_FIN;
		own->fin_sent = true;
	}
	if (segment.length == 0 && !last)
		return 0;
	transmit(play, end, segment);
	return segment.length + last;
}

static void
send_more(struct play *play, uint16_t flow, int end)
{
	struct end *own = &play->connections[flow].end[end];
	uint32_t window = WINDOW * mss_of(play->plan);
	bool idle = own->una == own->next, sent_any = false;
	while (!own->dead && own->open && own->next < own->una + window &&
	       own->next < 1 + own->total + (own->closing && !own->fin_sent)) {
		uint32_t sent = send_from(play, flow, end, own->next,
					  play->plan->joined ? JOINED : 1);
		if (sent == 0)
			break;
		own->next += sent;
		sent_any = true;
	}
	if (idle && sent_any)
		arm(play, flow, end);
}

static void
drain_gaps(struct end *own)
{
	for (size_t i = 0; i < own->gaps;) {
		if (own->gap[i].from > own->received) {
			i++;
			continue;
		}
		if (own->gap[i].to > own->received)
			own->received = own->gap[i].to;
		own->gap[i] = own->gap[--own->gaps];
		i = 0;
	}
}

/* What the ends do when something new is there. */
static void
react(struct play *play, uint16_t flow, int end)
{
	struct end *own = &play->connections[flow].end[end];
	uint32_t whole = 1 + own->expected;
	if (end == SERVER && own->received >= whole && own->total == 0) {
		unsigned most = play->plan->answer;
		own->total = most / 2 + (uint32_t)crowd_random_below(&play->twin->random,
								     most / 2 + 1);
		play->connections[flow].end[CLIENT].expected = own->total;
	}
	if (end == CLIENT && own->expected > 0 && own->received >= whole) {
		struct connection *connection = &play->connections[flow];
		own->closing = !play->twin->flows[flow].forgotten;
		if (!own->closing && !connection->waits) {
			connection->waits = true;
			schedule(play, (struct event){ .ns = play->now + idle_ns, .kind = SPEAK,
						       .flow = flow, .end = CLIENT });
		}
	}
	if (end == SERVER && own->other_closed)
		own->closing = true;
	send_more(play, flow, end);
}

static void
take_ack(struct play *play, uint16_t flow, int end, uint32_t ack)
{
	struct end *own = &play->connections[flow].end[end];
	if (ack <= own->una || ack > own->next)
		return;
	own->una = ack;
	own->tries = 0;
	if (own->una < own->recover && own->una < own->next)
		send_from(play, flow, end, own->una, 1);
	arm(play, flow, end);
}

static void
take_data(struct play *play, const struct twin_segment *segment, int end)
{
	struct end *own = &play->connections[segment->flow].end[end];
	uint32_t to = segment->seq + segment->length + ((segment->flags & TCP_FIN) != 0);
	if (segment->seq <= own->received) {
		if (to > own->received)
			own->received = to;
		drain_gaps(own);
	} else if (own->gaps < GAPS) {
		own->gap[own->gaps++] = (struct range){ segment->seq, to };
	}
	const struct end *other = &play->connections[segment->flow].end[!end];
	own->other_closed = other->fin_sent && own->received == 2 + other->total;
	acknowledge(play, segment->flow, end);
}

static void
arrive(struct play *play, int end, const struct twin_segment *segment)
{
	uint16_t flow = segment->flow;
	struct end *own = &play->connections[flow].end[end];
	bool spans = segment->length > 0 || segment->flags & TCP_FIN;
	if (segment->flags & TCP_RST) {
		own->dead = own->reset = true;
		return;
	}
	if (own->dead) {
		if (own->reset)
			transmit(play, end, refusal_of(segment));
		return;
	}
	own->tsecr = segment->tsval;
	if (segment->flags & TCP_SYN) {
		own->received = own->received == 0 ? 1 : own->received;
		if (end == SERVER && !own->open) {
			own->next = own->next == 0 ? 1 : own->next;
			send_from(play, flow, SERVER, SYN_SEQ, 1);
			arm(play, flow, end);
			return;
		}
	}
	if (segment->flags & TCP_ACK)
		take_ack(play, flow, end, segment->ack);
	if (own->una > 0)
		own->open = true;
	if (segment->flags & TCP_SYN) {
		acknowledge(play, flow, end);
		if (play->plan->proxy)
			schedule(play, (struct event){ .ns = play->now + 200 * NS_PER_MS,
						       .kind = SPEAK, .flow = flow, .end = CLIENT });
		else
			react(play, flow, end);
		return;
	}
	if (spans)
		take_data(play, segment, end);
	react(play, flow, end);
}

/* --- what the receiver's capture sees */

static void
show_bundle(struct play *play, uint16_t flow, int end)
{
	struct bundle *bundle = &play->bundles[flow * 2U + (unsigned)end];
	if (bundle->any)
		twin_show(play->twin, point_of(end), &bundle->segment, bundle->ns);
	bundle->any = false;
}

static void
show_arrival(struct play *play, int end, const struct twin_segment *segment)
{
	struct bundle *bundle = &play->bundles[segment->flow * 2U + (unsigned)end];
	struct twin_segment *held = &bundle->segment;
	if (!play->plan->joined) {
		twin_show(play->twin, point_of(end), segment, play->now);
		return;
	}
	if (bundle->any && segment->length > 0 && segment->seq == held->seq + held->length &&
	    segment->tx == held->tx + held->txs && held->txs < JOINED + 1 &&
	    play->now - bundle->ns < join_ns && !(held->flags & TCP_FIN)) {
		held->length += segment->length;
		held->txs++;
		held->flags |= segment->flags;
		held->ack = segment->ack;
		return;
	}
	show_bundle(play, segment->flow, end);
	/* before what the receiver does about it */
	*bundle = (struct bundle){
		.segment = *segment,
		.ns = play->now - NS_PER_US,
		.any = true,
	};
	if (segment->length == 0)
		show_bundle(play, segment->flow, end);
}

/* --- play */

static void
begin(struct play *play, uint16_t flow)
{
	struct end *client = &play->connections[flow].end[CLIENT];
	unsigned most = play->plan->request;
	client->total = most / 2 +
			(uint32_t)crowd_random_below(&play->twin->random, most / 2 + 1);
	play->connections[flow].end[SERVER].expected = client->total;
	client->next = 1;
	send_from(play, flow, CLIENT, SYN_SEQ, 1);
	arm(play, flow, CLIENT);
}

static void
time_out(struct play *play, const struct event *event)
{
	struct end *own = &play->connections[event->flow].end[event->end];
	if (own->dead || event->generation != own->generation || own->una >= own->next)
		return;
	if (++own->tries > TRIES) {
		own->dead = true;
		return;
	}
	own->recover = own->next;
	send_from(play, event->flow, event->end, own->una, 1);
	arm(play, event->flow, event->end);
}

static void
handle(struct play *play, const struct event *event)
{
	play->now = event->ns;
	switch (event->kind) {
	case ARRIVAL:
		show_arrival(play, event->end, &event->segment);
		if (play->plan->proxy && event->segment.from_device && event->end == SERVER &&
		    !(event->segment.flags & TCP_SYN))
			play->connections[event->flow].end[SERVER].open = true;
		if (event->end == SERVER && event->segment.moved) {
			struct twin_segment reset = refusal_of(&event->segment);
			reset.moved = true;
			if (!(event->segment.flags & TCP_RST))
				transmit(play, SERVER, reset);
			break;
		}
		arrive(play, event->end, &event->segment);
		if (play->plan->joined && play->connections[event->flow].end[event->end].dead)
			show_bundle(play, event->flow, event->end);
		break;
	case TIMER:
		time_out(play, event);
		break;
	case BEGIN:
		begin(play, event->flow);
		break;
	case SPEAK:
		if (play->twin->flows[event->flow].forgotten &&
		    !play->connections[event->flow].end[CLIENT].dead) {
			play->connections[event->flow].moved = true;
			play->connections[event->flow].end[CLIENT].total += 300;
		}
		react(play, event->flow, event->end);
		break;
	}
}

static void
cast(struct play *play)
{
	const struct twin_plan *plan = play->plan;
	struct crowd_random *random = &play->twin->random;
	for (unsigned i = 0; i < plan->flows; i++) {
		struct twin_flow *flow = &play->twin->flows[i];
		for (int dir = 0; dir < 2; dir++) {
			flow->isn[dir] = (uint32_t)crowd_random_next(random);
			flow->shift[dir] = plan->shift || (plan->proxy && dir == TO_CLIENT)
						   ? (uint32_t)crowd_random_next(random)
						   : 0;
			flow->stamp[dir] = (uint32_t)crowd_random_next(random);
		}
		flow->content = plan->same_content ? 1 : i + 1;
		flow->client = (uint16_t)(i % (plan->clients > 0 ? plan->clients : 1));
		flow->blocked = happens(play, plan->blocked_permille);
		flow->mute = !flow->blocked && happens(play, plan->mute_permille);
		flow->forged = happens(play, plan->forge_permille);
		flow->forgotten = plan->forget_permille > 0 && happens(play, plan->forget_permille);
		schedule(play, (struct event){
				       .ns = (int64_t)crowd_random_below(
						     random, (uint64_t)plan->spread_ms * 1000 + 1) *
					     NS_PER_US,
				       .kind = BEGIN,
				       .flow = (uint16_t)i,
				       .end = CLIENT,
			       });
	}
}

void
twin_play(const struct twin_plan *plan, struct twin *ret_twin)
{
	struct play play = { .twin = ret_twin, .plan = plan };
	*ret_twin = (struct twin){ .plan = plan, .random = { plan->seed } };
	ret_twin->flows = calloc(plan->flows, sizeof(*ret_twin->flows));
	play.connections = calloc(plan->flows, sizeof(*play.connections));
	play.bundles = calloc(plan->flows, 2 * sizeof(*play.bundles));
	if (ret_twin->flows == NULL || play.connections == NULL || play.bundles == NULL)
		abort();
	cast(&play);
	while (play.count > 0) {
		struct event event = take(&play);
		handle(&play, &event);
	}
	for (unsigned i = 0; i < plan->flows; i++)
		for (int end = 0; end < 2; end++)
			show_bundle(&play, (uint16_t)i, end);
	free(play.connections);
	free(play.bundles);
	free(play.events);
}

void
twin_release(struct twin *twin)
{
	free(twin->flows);
	free(twin->txs);
	free(twin->frames[0]);
	free(twin->frames[1]);
}
