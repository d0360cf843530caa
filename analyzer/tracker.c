/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds or makes the flow of each packet, and decides flows when nothing more can change them. */
#include "analyzer/tracker.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/agenda.h"
#include "analyzer/attempts.h"
#include "analyzer/compat.h"
#include "analyzer/coverage.h"
#include "analyzer/dedup.h"
#include "analyzer/defrag.h"
#include "analyzer/flowtab.h"
#include "analyzer/lookup.h"
#include "analyzer/losses.h"
#include "analyzer/predict.h"
#include "analyzer/segment.h"
#include "analyzer/seq.h"
#include "analyzer/state.h"

enum {
	AHEAD = 32,		   /* packets between the first look and the work; a power of two */
	SIBLINGS_ENOUGH = 3,	   /* flows that ended alike before this one */
	LIVE_ATTEMPTS_MAX = 65536, /* unanswered flows from which on further ones stay packed */
	LIVE_ATTEMPT_BYTES = 4096, /* ... or one for so much of bounded memory */
	ATTEMPTS_SHARE = 3,	   /* the part of bounded memory that packed attempts may take */
	EVICTED_AT_ONCE = 256,
};

/* When a live run makes a flow of an attempt that was not answered. */
static const int64_t live_attempt_ns = 200 * NS_PER_MS;

struct tracker {
	struct tracker_options options;
	struct tracker_stats stats;
	struct flowtab *table;
	struct attempts *attempts; /* NULL: none are kept apart */
	struct lookup lookup;
	struct dedup dedup;
	struct sibling siblings[SIBLINGS];
	struct defrag defrag;
	struct agenda *agenda; /* live, else NULL */
	int64_t now_ns;	       /* largest time seen */
	int64_t due_ns;	       /* no flow can be decided by its waiting before this */
	struct coverage coverage;
	struct losses losses;
	bool errors_hidden;
	bool started;
};

static uint32_t
attempts_capacity(const struct tracker_options *options)
{
	int64_t wanted = options->limits.max_attempts;
	return wanted > INT32_MAX ? INT32_MAX : (uint32_t)wanted;
}

struct tracker *
tracker_new(const struct tracker_options *options)
{
	struct tracker *tracker = calloc(1, sizeof(*tracker));
	if (tracker == NULL)
		return NULL;
	tracker->options = *options;
	int64_t capacity = options->limits.max_flows;
	capacity = capacity < 1 ? 1 : capacity > INT32_MAX ? INT32_MAX : capacity;
	const size_t for_attempts = options->memory_bytes / ATTEMPTS_SHARE;
	tracker->table = flowtab_new((uint32_t)capacity, options->memory_bytes - for_attempts,
				     options->hash_key);
	tracker->agenda = options->live ? agenda_new(&options->limits) : NULL;
	bool apart = options->limits.max_attempts > 0 && !options->unpredicted;
	if (apart)
		tracker->attempts =
			attempts_new(attempts_capacity(options), for_attempts, options->hash_key);
	if (tracker->table == NULL || (apart && tracker->attempts == NULL) ||
	    (options->live && tracker->agenda == NULL)) {
		tracker_free(tracker);
		return NULL;
	}
	tracker->lookup.table = tracker->table;
	return tracker;
}

const struct tracker_stats *
tracker_stats(const struct tracker *tracker)
{
	return &tracker->stats;
}

/* What ended a moment ago still expects its last segments. */
static const int64_t straggler_ns = 2 * NS_PER_S;

/* Whether flows of this list have ended: they are kept for late segments only. */
static bool
is_over(unsigned list)
{
	return list == LIST_CLOSED || list == LIST_SUPERSEDED;
}

/* Judges the flow with what is known around it. Nothing changes. */
static void
judge(const struct tracker *tracker, const struct flow *flow, int64_t now_ns, bool at_end,
      struct verdict *ret_verdict)
{
	const struct lookup *lookup = &tracker->lookup;
	/* what came after its end could not change it */
	int64_t until_ns = is_over(flow->list) ? flow->last_ns + straggler_ns : now_ns;
	const struct rule_context context = {
		.drops = losses_between(&tracker->losses, flow->first_ns, until_ns),
		.limits = &tracker->options.limits,
		.first_ns = tracker->stats.first_ns,
		.last_ns = coverage_end(&tracker->coverage, flow->last_ns, now_ns),
		.at_end = at_end,
		.errors_hidden = tracker->errors_hidden,
		.listener_known = lookup_listens(lookup, flow->server, flow->server_port),
		.host_ttl = {
			[TO_SERVER] = lookup_host_ttl(lookup, flow->client),
			[TO_CLIENT] = lookup_host_ttl(lookup, flow->server),
		},
		.listener_protocol =
			(uint8_t)lookup_protocol(lookup, flow->server, flow->server_port),
	};
	flow_judge(flow, &context, ret_verdict);
}

/* Many equal failures are not chance; that many forgeries look alike proves none of them. */
static void
mind_siblings(unsigned siblings, struct verdict *verdict)
{
	enum verdict_class class = verdict_infos[verdict->code].verdict_class;
	if (siblings >= SIBLINGS_ENOUGH && class >= CLASS_REFUSED && class != CLASS_INJECTED)
		verdict_siblings_agree(verdict);
}

/* Judges the flow and reports it. */
static void
conclude(struct tracker *tracker, const struct flow *flow, bool at_end)
{
	struct verdict verdict;
	judge(tracker, flow, tracker->now_ns, at_end, &verdict);
	mind_siblings(siblings_note(tracker->siblings, flow, verdict.code), &verdict);
	if (verdict.code == VERDICT_ONE_SIDED_CAPTURE)
		tracker->stats.one_sided++;
	tracker->options.flow_ended(tracker->options.user, flow, &verdict);
}

/* Judges the flow, reports it and gives it back. */
static void
decide(struct tracker *tracker, flow_id id, bool at_end)
{
	struct flow *flow = flowtab_at(tracker->table, id);
	conclude(tracker, flow, at_end);
	if (flow->previous != 0)
		flowtab_at(tracker->table, flow->previous)->successor = 0;
	if (flow->successor != 0)
		flowtab_at(tracker->table, flow->successor)->previous = 0;
	if (tracker->agenda != NULL)
		agenda_drop(tracker->agenda, id);
	flowtab_detail_release(tracker->table, flow);
	flowtab_application_release(tracker->table, flow);
	flowtab_release(tracker->table, id);
	tracker->stats.flows_open--;
}

/* How long a flow of this list is waited for; INT64_MAX: until the end. */
static int64_t
wait_of(const struct tracker *tracker, enum flow_list list)
{
	const struct limits *limits = &tracker->options.limits;
	return list == LIST_OPEN ? INT64_MAX
	       : is_over(list)	 ? limits->linger_ns
				 : limits->unanswered_ns;
}

/* Brings forward the time of the next look at the lists. */
static void
note_due(struct tracker *tracker, enum flow_list list, int64_t last_ns)
{
	int64_t wait_ns = wait_of(tracker, list);
	bool crowded = is_over(list) && flowtab_listed(tracker->table, list) >
						(uint64_t)tracker->options.limits.max_closed;
	int64_t due_ns = crowded ? INT64_MIN
			 : wait_ns == INT64_MAX || last_ns > INT64_MAX - wait_ns
				 ? INT64_MAX
				 : last_ns + wait_ns;
	if (due_ns < tracker->due_ns)
		tracker->due_ns = due_ns;
}

static void
enlist(struct tracker *tracker, flow_id id, enum flow_list list)
{
	struct flow *flow = flowtab_at(tracker->table, id);
	flow->listed_ns = flow->last_ns;
	flowtab_move(tracker->table, id, list);
	note_due(tracker, list, flow->last_ns);
}

/* Decides the flows of a list that have been silent for wait_ns. A flow that was active since it was
 * listed goes back to the end: one move per activity, none per packet. */
static void
expire(struct tracker *tracker, enum flow_list list, int64_t wait_ns)
{
	flow_id id;
	while ((id = flowtab_oldest(tracker->table, list)) != 0) {
		const struct flow *flow = flowtab_at(tracker->table, id);
		bool crowded =
			is_over(list) && flowtab_listed(tracker->table, list) >
						 (uint64_t)tracker->options.limits.max_closed;
		flowtab_prefetch_whole(tracker->table, flow->list_next);
		if (flow->last_ns + wait_ns <= tracker->now_ns || crowded)
			decide(tracker, id, false);
		else if (flow->listed_ns + wait_ns <= tracker->now_ns)
			enlist(tracker, id, list);
		else
			break;
	}
	if (id != 0)
		note_due(tracker, list, flowtab_at(tracker->table, id)->listed_ns);
}

/* Where what this half sends was seen first. */
static void
set_place(struct half *half, const struct packet *packet)
{
	half->context = packet->context;
	half->link_source = packet->link_source;
	half->has_context = true;
}

/* A flow as it is before its first packet is applied. */
static void
start(struct flow *flow, const struct packet *packet, enum role role, enum direction dir,
      uint32_t number)
{
	bool to_server = dir == TO_SERVER;
	flow->client = to_server ? packet->src : packet->dst;
	flow->server = to_server ? packet->dst : packet->src;
	flow->client_port = to_server ? packet->src_port : packet->dst_port;
	flow->server_port = to_server ? packet->dst_port : packet->src_port;
	flow->ip_version = packet->ip_version;
	flow->role = (uint8_t)role;
	flow->first_ns = flow->last_ns = flow->listed_ns = packet->ts_ns;
	flow->first_frame = packet->frame;
	flow->source = packet->source;
	flow->interface = packet->interface;
	flow->handshake_rtt_us = flow->client_rtt_us = flow->server_rtt_us = UINT32_MAX;
	flow->number = number;
	set_place(&flow->half[dir], packet);
	compat_begin(flow, packet, dir);
}

static struct segment_context
segment_context(struct tracker *tracker)
{
	return (struct segment_context){
		.table = tracker->table,
		.limits = &tracker->options.limits,
		.stats = &tracker->stats,
	};
}

/* A flow of one SYN, made of the packed one, in memory of its own: to be judged and thrown away. */
static void
unfold(const struct tracker *tracker, attempt_id id, struct flow *ret_flow)
{
	struct packet packet;
	uint32_t number;
	/* a plain SYN needs no detail, and counts nothing for the whole */
	struct tracker_stats ignored = { .flows = 0 };
	struct segment_context context = {
		.table = tracker->table,
		.limits = &tracker->options.limits,
		.stats = &ignored,
	};
	attempts_unpack(tracker->attempts, id, &packet, &number);
	*ret_flow = (struct flow){ .list = LIST_ATTEMPT };
	start(ret_flow, &packet, ROLE_SEEN, TO_SERVER, number);
	segment_apply(&context, ret_flow, &packet, TO_SERVER, false);
}

static void
decide_attempt(struct tracker *tracker, attempt_id id, bool evicted, bool at_end)
{
	struct flow flow;
	unfold(tracker, id, &flow);
	flow.evicted = evicted;
	tracker->stats.evicted += evicted;
	if (!at_end)
		attempts_drop(tracker->attempts, id); /* else all of them go at once */
	conclude(tracker, &flow, at_end);
	tracker->stats.flows_open--;
}

/* How long an attempt stays packed. A live run gives it a place of its own among the flows as soon as
 * it is worth a look, unless there are so many that nobody looks at each. */
static int64_t
attempt_wait(const struct tracker *tracker)
{
	const size_t bytes = tracker->options.memory_bytes;
	size_t most = LIVE_ATTEMPTS_MAX;
	if (bytes != 0 && bytes / LIVE_ATTEMPT_BYTES < most)
		most = bytes / LIVE_ATTEMPT_BYTES;
	bool crowded = flowtab_listed(tracker->table, LIST_ATTEMPT) >= most;
	return tracker->agenda != NULL && !crowded ? live_attempt_ns
						   : tracker->options.limits.unanswered_ns;
}

static flow_id promote(struct tracker *tracker, attempt_id attempt);

static void
expire_attempts(struct tracker *tracker)
{
	attempt_id id;
	while (tracker->attempts != NULL && (id = attempts_oldest(tracker->attempts)) != 0) {
		int64_t due_ns = attempts_time(tracker->attempts, id) + attempt_wait(tracker);
		if (due_ns > tracker->now_ns) {
			if (due_ns < tracker->due_ns)
				tracker->due_ns = due_ns;
			return;
		}
		if (attempts_time(tracker->attempts, id) + tracker->options.limits.unanswered_ns <=
		    tracker->now_ns)
			decide_attempt(tracker, id, false, false);
		else if (promote(tracker, id) == 0)
			return;
	}
}

static void
advance(struct tracker *tracker, int64_t now_ns)
{
	if (tracker->started && now_ns <= tracker->now_ns)
		return;
	tracker->now_ns = now_ns;
	tracker->started = true;
	if (now_ns < tracker->due_ns)
		return;
	tracker->due_ns = INT64_MAX;
	expire(tracker, LIST_SUPERSEDED, tracker->options.limits.linger_ns);
	expire(tracker, LIST_CLOSED, tracker->options.limits.linger_ns);
	expire_attempts(tracker);
	expire(tracker, LIST_ATTEMPT, tracker->options.limits.unanswered_ns);
	expire(tracker, LIST_HALF_OPEN, tracker->options.limits.unanswered_ns);
}

/* When a list makes room. */
enum eviction {
	EVICT_SILENT, /* its oldest has been silent for a while */
	EVICT_CROWD,  /* it is a good part of the table: a flood */
	EVICT_ANY,
};

/* Whose turn it is to make room: what has ended, then attempts, then half-open ones, each only if it has
 * been silent for a while; then what has ended a moment ago, which loses nothing but the count of its
 * last segments. A flood drives out itself; without one, handshakes that are just going on say more than
 * the open flow that has been silent longest. */
static const struct {
	enum flow_list list;
	enum eviction when;
} evictions[] = {
	{ LIST_SUPERSEDED, EVICT_SILENT }, { LIST_CLOSED, EVICT_SILENT },
	{ LIST_ATTEMPT, EVICT_SILENT },	   { LIST_HALF_OPEN, EVICT_SILENT },
	{ LIST_SUPERSEDED, EVICT_ANY },	   { LIST_CLOSED, EVICT_ANY },
	{ LIST_ATTEMPT, EVICT_CROWD },	   { LIST_HALF_OPEN, EVICT_CROWD },
	{ LIST_OPEN, EVICT_ANY },	   { LIST_ATTEMPT, EVICT_ANY },
	{ LIST_HALF_OPEN, EVICT_ANY },
};

enum {
	EVICTIONS = sizeof(evictions) / sizeof(evictions[0]),
	EVICTIONS_OF_ENDED = 2, /* the first of them: nothing is lost */
	CROWD_SHARE = 8,
};

static bool
makes_room(const struct tracker *tracker, enum flow_list list, enum eviction when)
{
	flow_id id = flowtab_oldest(tracker->table, list);
	if (id == 0 || when == EVICT_ANY)
		return id != 0;
	if (when == EVICT_CROWD)
		return flowtab_listed(tracker->table, list) >=
		       flowtab_count(tracker->table) / CROWD_SHARE;
	return tracker->now_ns - flowtab_at(tracker->table, id)->last_ns >= straggler_ns;
}

static bool
evict(struct tracker *tracker, unsigned turns)
{
	for (unsigned i = 0; i < turns; i++) {
		enum flow_list list = evictions[i].list;
		if (!makes_room(tracker, list, evictions[i].when))
			continue;
		flow_id id = flowtab_oldest(tracker->table, list);
		/* second chance for those active since they were listed, each once */
		for (uint32_t tries = 0; id != 0 && tries < 64; tries++) {
			const struct flow *flow = flowtab_at(tracker->table, id);
			if (flow->last_ns <= flow->listed_ns)
				break;
			enlist(tracker, id, list);
			id = flowtab_oldest(tracker->table, list);
		}
		struct flow *flow = flowtab_at(tracker->table, id);
		flow->evicted = !is_over(list);
		tracker->stats.evicted += flow->evicted;
		decide(tracker, id, false);
		return true;
	}
	return false;
}

static void
touch(struct tracker *tracker, flow_id id, bool urgent)
{
	if (!agenda_touch(tracker->agenda, id, urgent, tracker->now_ns))
		tracker->stats.unallocated++;
}

/* Room for a flow, whatever has to go for it; 0 when memory is short. */
static flow_id
make_room(struct tracker *tracker, uint32_t hash)
{
	flow_id id = flowtab_add(tracker->table, hash, LIST_ATTEMPT);
	if (id == 0 && evict(tracker, EVICTIONS))
		id = flowtab_add(tracker->table, hash, LIST_ATTEMPT);
	if (id == 0)
		tracker->stats.unallocated++;
	return id;
}

/* The number of a new flow. */
static uint32_t
count_flow(struct tracker *tracker)
{
	tracker->stats.flows_open++;
	if (tracker->stats.flows_open > tracker->stats.flows_peak)
		tracker->stats.flows_peak = tracker->stats.flows_open;
	return (uint32_t)++tracker->stats.flows;
}

/* Room for a flow of which the first packet was not seen. In a full table that is likely one that had to go before:
 * it would drive out others for a verdict that cannot be given. */
static flow_id
make_room_midstream(struct tracker *tracker, uint32_t hash)
{
	flow_id id = flowtab_add(tracker->table, hash, LIST_ATTEMPT);
	if (id == 0 && evict(tracker, EVICTIONS_OF_ENDED))
		id = flowtab_add(tracker->table, hash, LIST_ATTEMPT);
	if (id == 0)
		tracker->stats.unheld++;
	return id;
}

/* A new flow for this packet, and the direction of the packet in it; 0 when there is no room. */
static flow_id
begin(struct tracker *tracker, const struct packet *packet, uint32_t hash, enum role role,
      enum direction dir)
{
	bool first = (packet->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	flow_id id = first ? make_room(tracker, hash) : make_room_midstream(tracker, hash);
	if (id == 0)
		return 0;
	start(flowtab_at(tracker->table, id), packet, role, dir, count_flow(tracker));
	note_due(tracker, LIST_ATTEMPT, packet->ts_ns);
	return id;
}

/* Makes a flow of a packed attempt. Returns 0, and leaves it packed, when memory is short. */
static flow_id
promote(struct tracker *tracker, attempt_id attempt)
{
	struct packet packet;
	uint32_t number;
	attempts_unpack(tracker->attempts, attempt, &packet, &number);
	flow_id id = make_room(tracker, flowtab_hash(tracker->table, &packet));
	if (id == 0)
		return 0;
	struct flow *flow = flowtab_at(tracker->table, id);
	struct segment_context context = segment_context(tracker);
	attempts_drop(tracker->attempts, attempt);
	start(flow, &packet, ROLE_SEEN, TO_SERVER, number);
	segment_apply(&context, flow, &packet, TO_SERVER, false);
	note_due(tracker, LIST_ATTEMPT, packet.ts_ns);
	if (tracker->agenda != NULL)
		touch(tracker, id, true);
	return id;
}

/* Keeps a SYN packed, as the only thing that is known of its flow. Returns false if it has to become a
 * flow at once. */
static bool
pack(struct tracker *tracker, const struct packet *packet, uint32_t hash)
{
	enum direction dir;
	if (tracker->attempts == NULL || !attempts_can_take(packet))
		return false;
	/* between endpoints that are in use, perhaps in another network, flows are told apart as flows */
	if (flowtab_match(tracker->table, hash, packet, &dir) != 0)
		return false;
	if (attempts_count(tracker->attempts) >= attempts_capacity(&tracker->options))
		decide_attempt(tracker, attempts_oldest(tracker->attempts), true, false);
	const uint32_t number = (uint32_t)tracker->stats.flows + 1;
	if (attempts_take(tracker->attempts, packet, hash, number) == 0) {
		/* no memory: the oldest makes room */
		attempt_id oldest = attempts_oldest(tracker->attempts);
		if (oldest == 0)
			return false;
		decide_attempt(tracker, oldest, true, false);
		if (attempts_take(tracker->attempts, packet, hash, number) == 0)
			return false;
	}
	count_flow(tracker);
	int64_t due_ns = packet->ts_ns + attempt_wait(tracker);
	if (due_ns < tracker->due_ns)
		tracker->due_ns = due_ns;
	return true;
}

/* The same endpoints again: the old flow leaves the hash and is reached through the new one. */
static void
supersede(struct tracker *tracker, flow_id old_id, flow_id new_id)
{
	struct flow *old = flowtab_at(tracker->table, old_id);
	struct flow *new = flowtab_at(tracker->table, new_id);
	flowtab_hide(tracker->table, old_id);
	enlist(tracker, old_id, LIST_SUPERSEDED);
	old->superseded_ns = tracker->now_ns;
	old->superseded = true;
	old->successor = new_id;
	new->previous = old_id;
	new->previous_number = old->number;
	int64_t silence_ms = (new->first_ns - old->last_ns) / NS_PER_MS;
	new->reused_after_ms = silence_ms < 0		 ? 0
			       : silence_ms < UINT32_MAX ? (uint32_t)silence_ms
							 : UINT32_MAX;
	/* Linux opens again out of TIME-WAIT this far above the old sequence numbers */
	new->time_wait_base = old->half[TO_CLIENT].next_seq;
	new->time_wait_based = old->half[TO_CLIENT].seq_known;
}

static enum flow_list
list_of(const struct flow *flow)
{
	enum half_state client = flow->half[TO_SERVER].state, server = flow->half[TO_CLIENT].state;
	/* RSTs alone, met in mid-stream, tend to be repeated by a timer for hours */
	if (!flow->half[0].seq_known && !flow->half[1].seq_known)
		return LIST_ATTEMPT;
	if (client >= HALF_RESET || server >= HALF_RESET ||
	    (client >= HALF_FIN_SENT && server >= HALF_FIN_SENT))
		return LIST_CLOSED;
	if (flow->established || client >= HALF_FIN_SENT || server >= HALF_FIN_SENT)
		return LIST_OPEN;
	if (client == HALF_SYN_SENT && server == HALF_NONE)
		return LIST_ATTEMPT;
	return client == HALF_SYN_RCVD || server == HALF_SYN_RCVD ? LIST_HALF_OPEN : LIST_OPEN;
}

/* Whether a packed attempt between these endpoints became a flow. */
static bool
unpack(struct tracker *tracker, struct ip_addr a, uint16_t a_port, struct ip_addr b,
       uint16_t b_port, uint32_t hash)
{
	if (tracker->attempts == NULL)
		return false;
	attempt_id id = attempts_find(tracker->attempts, hash, a, a_port, b, b_port);
	return id != 0 && promote(tracker, id) != 0;
}

/* The flow of a segment, a new one if need be; 0: it has none, as it was packed or memory is short. */
static flow_id
flow_for(struct tracker *tracker, const struct packet *packet, uint32_t hash, bool duplicate,
	 enum direction *ret_dir, bool *ret_packed)
{
	struct found found;
	lookup_packet(&tracker->lookup, packet, hash, duplicate, &found);
	if (found.id == 0 &&
	    unpack(tracker, packet->src, packet->src_port, packet->dst, packet->dst_port, hash))
		lookup_packet(&tracker->lookup, packet, hash, duplicate, &found);
	*ret_dir = found.dir;
	if (found.id != 0 && !found.make_new)
		return found.id;
	*ret_packed = found.id == 0 && pack(tracker, packet, hash);
	if (*ret_packed)
		return 0;
	/* making room may decide the very flow that is to be superseded */
	uint32_t number = found.id != 0 ? flowtab_at(tracker->table, found.id)->number : 0;
	flow_id id = begin(tracker, packet, hash, found.role, found.dir);
	if (id != 0 && found.id != 0 && found.id != id &&
	    flowtab_at(tracker->table, found.id)->number == number)
		supersede(tracker, found.id, id);
	return id;
}

/* What a server speaks, for judging flows in which it does not say a word. */
static void
note_protocol(struct tracker *tracker, const struct flow *flow)
{
	enum protocol protocol = application_half_protocol(flow, TO_CLIENT);
	if (protocol == PROTOCOL_TLS || protocol == PROTOCOL_SSH)
		lookup_note_protocol(&tracker->lookup, flow->server, flow->server_port, protocol);
}

/* Puts the flow where it belongs now, and on the agenda. */
static void
settle(struct tracker *tracker, flow_id id, const struct flow *flow, const struct packet *packet)
{
	enum flow_list list = list_of(flow);
	bool moves = flow->list != LIST_SUPERSEDED && list != (enum flow_list)flow->list;
	if (moves)
		enlist(tracker, id, list);
	if (tracker->agenda != NULL)
		touch(tracker, id,
		      moves || flow->list != LIST_OPEN ||
			      (packet->flags & (TCP_RST | TCP_FIN | TCP_SYN)) != 0);
}

/* The short way: an open flow that gets what it expects next. Returns false for all others. */
static bool
feed_predicted(struct tracker *tracker, const struct packet *packet, uint32_t hash)
{
	enum direction dir;
	flow_id id = flowtab_match(tracker->table, hash, packet, &dir);
	if (id == 0 || tracker->options.unpredicted)
		return false;
	struct flow *flow = flowtab_at(tracker->table, id);
	struct segment_context context = segment_context(tracker);
	if (!segment_predicted(&context, flow, packet, dir))
		return false;
	if (dir == TO_CLIENT && flow->application != NULL &&
	    flow->application->half[TO_CLIENT].begin.frame == packet->frame)
		note_protocol(tracker, flow);
	settle(tracker, id, flow, packet);
	return true;
}

static void
feed_segment(struct tracker *tracker, const struct packet *packet, uint32_t hash)
{
	bool duplicate = dedup_seen(&tracker->dedup, packet, &tracker->options.limits);
	if (!duplicate && feed_predicted(tracker, packet, hash))
		return;
	enum direction dir;
	bool packed = false;
	flow_id id = flow_for(tracker, packet, hash, duplicate, &dir, &packed);
	if (packed)
		lookup_note_host(&tracker->lookup, packet->src, packet->ttl);
	if (id == 0)
		return;
	struct flow *flow = flowtab_at(tracker->table, id);
	struct half *half = &flow->half[dir];
	if (half->packets == 0)
		duplicate = false; /* its first copy was judged to be of another flow */
	if (duplicate) {
		tracker->stats.duplicates++;
	} else if (!half->has_context) {
		set_place(half, packet);
	}
	struct segment_context context = segment_context(tracker);
	segment_apply(&context, flow, packet, dir, duplicate);
	if (tracker->options.segment != NULL && !duplicate)
		tracker->options.segment(tracker->options.user, flow, packet, dir);
	if (!(packet->flags & TCP_RST) && packet->flags & TCP_SYN)
		lookup_note_host(&tracker->lookup, packet->src, packet->ttl);
	if (packet->flags & TCP_SYN && packet->flags & TCP_ACK)
		lookup_note_listener(&tracker->lookup, packet->src, packet->src_port);
	if (dir == TO_CLIENT && flow->application != NULL &&
	    flow->application->half[TO_CLIENT].begin.frame == packet->frame)
		note_protocol(tracker, flow);
	settle(tracker, id, flow, packet);
}

static void
feed_icmp(struct tracker *tracker, const struct packet *packet, uint32_t hash)
{
	tracker->stats.icmp_errors++;
	struct found found;
	bool held = lookup_quoted(&tracker->lookup, packet, hash, &found) ||
		    (unpack(tracker, packet->quoted_src, packet->src_port, packet->quoted_dst,
			    packet->dst_port, hash) &&
		     lookup_quoted(&tracker->lookup, packet, hash, &found));
	if (!held) {
		tracker->stats.icmp_orphans++;
		return;
	}
	struct flow *flow = flowtab_at(tracker->table, found.id);
	if (tracker->agenda != NULL)
		touch(tracker, found.id, true);
	struct detail *detail = flowtab_detail(tracker->table, flow);
	if (detail == NULL)
		return;
	const struct half *half = &flow->half[found.dir];
	bool quotes_syn = half->isn_known && half->syn_count > 0 && packet->seq == half->isn;
	if (detail->icmp_seen < UINT16_MAX)
		detail->icmp_seen++;
	/* "fragmentation needed" rejects nothing: anything that does is worth more */
	bool decides = quotes_syn && packet->icmp_mtu == 0;
	bool decided = detail->icmp.quotes_syn && detail->icmp.mtu == 0;
	if (moment_happened(detail->icmp.at) && (decided || !decides))
		return;
	detail->icmp = (struct icmp_record){
		.at = flow_moment(flow, packet),
		.from = packet->src,
		.mtu = packet->icmp_mtu,
		.type = packet->icmp_type,
		.code = packet->icmp_code,
		.ip_version = packet->ip_version,
		.quoted = (uint8_t)found.dir,
		.quotes_syn = quotes_syn,
	};
}

/* No capture waits that long for a packet: its clock was set, or somebody forged the file. */
static const int64_t leap_ns = INT64_C(366) * 24 * 3600 * NS_PER_S;

static void
count(struct tracker *tracker, const struct packet *packet)
{
	struct tracker_stats *stats = &tracker->stats;
	if (stats->segments++ == 0)
		stats->first_ns = stats->last_ns = packet->ts_ns;
	if (packet->ts_ns < stats->first_ns)
		stats->first_ns = packet->ts_ns;
	if (packet->ts_ns < stats->last_ns) {
		stats->time_steps_back++;
	} else {
		stats->time_leaps += packet->ts_ns - stats->last_ns > leap_ns;
		stats->last_ns = packet->ts_ns;
	}
	if (packet->defects & DEFECT_SNAPPED)
		stats->snapped++;
}

/* A bounded table goes dry when many flows are odd. What is oldest goes before a flow is judged with
 * half of what was seen of it; one packet waits for no more than so many. */
static void
make_way(struct tracker *tracker)
{
	for (unsigned i = 0; i < EVICTED_AT_ONCE && flowtab_is_dry(tracker->table); i++)
		if (!evict(tracker, EVICTIONS))
			return;
}

static void
feed_whole(struct tracker *tracker, const struct packet *packet, uint32_t hash)
{
	if (tracker->started)
		coverage_note(&tracker->coverage, packet, tracker->now_ns,
			      tracker->options.limits.coverage_ns);
	advance(tracker, packet->ts_ns);
	if (tracker->options.memory_bytes != 0)
		make_way(tracker);
	if (packet->kind == PACKET_TCP) {
		count(tracker, packet);
		feed_segment(tracker, packet, hash);
	} else if (packet->kind == PACKET_ICMP_ERROR) {
		feed_icmp(tracker, packet, hash);
	}
}

static void
feed_fragment(struct tracker *tracker, const struct packet *packet)
{
	struct packet whole;
	tracker->stats.fragments++;
	advance(tracker, packet->ts_ns);
	if (!defrag_add(&tracker->defrag, packet, &tracker->options.limits, &whole,
			&tracker->stats.fragments_incomplete))
		return;
	tracker->stats.reassembled++;
	feed_whole(tracker, &whole, flowtab_hash(tracker->table, &whole));
}

static bool
has_endpoints(const struct packet *packet)
{
	return packet->kind == PACKET_TCP || packet->kind == PACKET_ICMP_ERROR;
}

/* While one packet is worked on, the memory that later ones need is on its way: first the bucket, then
 * the flow that it names. */
void
tracker_feed(struct tracker *tracker, const struct packet *packets, size_t count)
{
	uint32_t hashes[AHEAD];
	for (size_t i = 0; i < count + AHEAD; i++) {
		if (i < count && has_endpoints(&packets[i])) {
			hashes[i % AHEAD] = flowtab_hash(tracker->table, &packets[i]);
			flowtab_prefetch_bucket(tracker->table, hashes[i % AHEAD]);
			if (packets[i].flags & TCP_SYN && tracker->attempts != NULL)
				attempts_prefetch(tracker->attempts, hashes[i % AHEAD]);
		}
		size_t near = i - AHEAD / 2, now = i + 1 - AHEAD;
		if (i >= AHEAD / 2 && near < count && packets[near].kind == PACKET_TCP)
			flowtab_prefetch_flow(tracker->table, hashes[near % AHEAD],
					      packets[near].payload_length > 0);
		if (i + 1 < AHEAD || now >= count)
			continue;
		if (packets[now].kind == PACKET_FRAGMENT)
			feed_fragment(tracker, &packets[now]);
		else if (has_endpoints(&packets[now]))
			feed_whole(tracker, &packets[now], hashes[now % AHEAD]);
	}
}

void
tracker_advance(struct tracker *tracker, int64_t now_ns)
{
	advance(tracker, now_ns);
}

void
tracker_note_drops(struct tracker *tracker, int64_t first_ns, int64_t last_ns, uint64_t packets)
{
	losses_note(&tracker->losses, first_ns, last_ns, packets);
}

void
tracker_note_hidden_errors(struct tracker *tracker)
{
	tracker->errors_hidden = true;
}

/* What a held flow looks like at now_ns, which may lie ahead of the last packet. */
static void
look_at(const struct tracker *tracker, const struct flow *flow, int64_t now_ns,
	struct verdict *ret_verdict)
{
	judge(tracker, flow, now_ns > tracker->now_ns ? now_ns : tracker->now_ns, true,
	      ret_verdict);
	mind_siblings(siblings_count(tracker->siblings, flow, ret_verdict->code), ret_verdict);
}

size_t
tracker_review(struct tracker *tracker, int64_t now_ns, size_t max, tracker_review_fn *fn,
	       void *user)
{
	size_t count = 0;
	while (count < max) {
		flow_id id = agenda_next(tracker->agenda, now_ns);
		if (id == 0)
			break;
		struct verdict verdict;
		const struct flow *flow = flowtab_at(tracker->table, id);
		look_at(tracker, flow, now_ns, &verdict);
		flowtab_at(tracker->table, id)->told = fn(user, flow, &verdict, id);
		count++;
	}
	return count;
}

void
tracker_each(struct tracker *tracker, int64_t now_ns, tracker_review_fn *fn, void *user)
{
	for (int list = 0; list < FLOW_LISTS; list++) {
		flow_id id = flowtab_oldest(tracker->table, (enum flow_list)list);
		for (; id != 0; id = flowtab_at(tracker->table, id)->list_next) {
			struct verdict verdict;
			const struct flow *flow = flowtab_at(tracker->table, id);
			look_at(tracker, flow, now_ns, &verdict);
			flowtab_at(tracker->table, id)->told = fn(user, flow, &verdict, id);
		}
	}
	attempt_id id = tracker->attempts != NULL ? attempts_oldest(tracker->attempts) : 0;
	for (; id != 0; id = attempts_next(tracker->attempts, id)) {
		struct flow flow;
		struct verdict verdict;
		unfold(tracker, id, &flow);
		look_at(tracker, &flow, now_ns, &verdict);
		fn(user, &flow, &verdict, 0);
	}
}

const struct flow *
tracker_flow(struct tracker *tracker, uint32_t handle, uint32_t number, int64_t now_ns,
	     struct verdict *ret_verdict)
{
	if (!flowtab_holds(tracker->table, handle) ||
	    flowtab_at(tracker->table, handle)->number != number)
		return NULL;
	const struct flow *flow = flowtab_at(tracker->table, handle);
	look_at(tracker, flow, now_ns, ret_verdict);
	return flow;
}

static int
compare_numbers(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
	return (left > right) - (left < right);
}

/* Number and id of all flows that are held, in the order of numbers. Returns how many. */
static uint32_t
fill_order(const struct tracker *tracker, uint64_t *order)
{
	uint32_t filled = 0;
	for (int list = 0; list < FLOW_LISTS; list++) {
		flow_id id = flowtab_oldest(tracker->table, (enum flow_list)list);
		for (; id != 0; id = flowtab_at(tracker->table, id)->list_next)
			order[filled++] =
				(uint64_t)flowtab_at(tracker->table, id)->number << 32 | id;
	}
	qsort(order, filled, sizeof(*order), compare_numbers);
	return filled;
}

/* The next of the packed attempts after the one that is decided now; they lie in the order of their
 * numbers, and all of them go at once when this is over. */
static attempt_id
decide_packed(struct tracker *tracker, attempt_id attempt)
{
	decide_attempt(tracker, attempt, false, true);
	return attempts_next(tracker->attempts, attempt);
}

/* Flows and packed attempts in the order of first frames, if there is memory to sort the flows; else
 * list by list. */
static void
decide_all(struct tracker *tracker)
{
	uint64_t *order = malloc(((size_t)flowtab_count(tracker->table) + 1) * sizeof(*order));
	uint32_t filled = order != NULL ? fill_order(tracker, order) : 0;
	attempt_id packed =
		tracker->attempts != NULL ? attempts_oldest(tracker->attempts) : 0;
	for (uint32_t i = 0; i < filled; i++) {
		while (packed != 0 &&
		       attempts_number(tracker->attempts, packed) < order[i] >> 32)
			packed = decide_packed(tracker, packed);
		if (i + 2 < filled)
			flowtab_prefetch_whole(tracker->table, (flow_id)order[i + 2]);
		decide(tracker, (flow_id)order[i], true);
	}
	free(order);
	for (int list = 0; list < FLOW_LISTS; list++) {
		flow_id id;
		while ((id = flowtab_oldest(tracker->table, (enum flow_list)list)) != 0)
			decide(tracker, id, true);
	}
	while (packed != 0)
		packed = decide_packed(tracker, packed);
}

void
tracker_finish(struct tracker *tracker)
{
	for (uint32_t i = 0; i < DEFRAG_SLOTS; i++) {
		struct packet packet;
		if (defrag_give_up(&tracker->defrag, i, &packet,
				   &tracker->stats.fragments_incomplete))
			feed_whole(tracker, &packet, flowtab_hash(tracker->table, &packet));
	}
	tracker->stats.unallocated += flowtab_refused(tracker->table);
	decide_all(tracker);
	attempts_free(tracker->attempts);
	tracker->attempts = NULL;
}

void
tracker_free(struct tracker *tracker)
{
	if (tracker == NULL)
		return;
	flowtab_free(tracker->table);
	attempts_free(tracker->attempts);
	agenda_free(tracker->agenda);
	free(tracker);
}
