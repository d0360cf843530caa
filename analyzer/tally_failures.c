/* SPDX-License-Identifier: BSD-2-Clause */
/* Failing flows by listener and verdict, what paths lost, and who sent RSTs. */
#include <string.h>

#include "analyzer/tally_parts.h"

enum {
	STORM_RETRANSMISSIONS = 20, /* of a flow, with a share of STORM_PERCENT */
	STORM_PERCENT = 5,
	STORM_BACKOFFS = 5, /* transmissions of one segment: the timer has doubled four times */
};

static uint8_t
group_sub(const struct sighting *sighting)
{
	enum verdict_code code = sighting->verdict->code;
	if (code == VERDICT_TLS_ALERT_SERVER || code == VERDICT_TLS_ALERT_CLIENT)
		return (uint8_t)(application_alert(sighting->flow) & 0xff);
	/* a device's RSTs have another cause than the server's own, whatever else is alike */
	if (verdict_infos[code].verdict_class == CLASS_RESET)
		return sighting->verdict->rst_form != RST_FORM_NONE ? sighting->verdict->rst_origin
								    : 0;
	return sighting->bare ? GROUP_SUB_BARE : 0;
}

static struct finding_example
make_example(const struct sighting *sighting)
{
	const struct flow *flow = sighting->flow;
	struct finding_example example = {
		.client = flow->client,
		.server = flow->server,
		.client_port = flow->client_port,
		.server_port = flow->server_port,
		.ip_version = flow->ip_version,
		.number = flow->number,
		.first_ns = flow->first_ns,
		.event_ns = sighting->event_ns,
	};
	if (flow->detail != NULL && moment_happened(flow->detail->icmp.at)) {
		const struct icmp_record *icmp = &flow->detail->icmp;
		example.icmp_from = icmp->from;
		example.icmp_version = icmp->ip_version;
		example.icmp_type = icmp->type;
		example.icmp_code = icmp->code;
	}
	return example;
}

static bool
is_earlier(const struct finding_example *a, const struct finding_example *b)
{
	return a->first_ns != b->first_ns ? a->first_ns < b->first_ns : a->number < b->number;
}

static void
set_example(struct group *group, const struct sighting *sighting)
{
	const struct finding_example example = make_example(sighting);
	const struct verdict *verdict = sighting->verdict;
	if (group->flows > 1 && !is_earlier(&example, &group->example))
		return;
	group->example = example;
	group->cause_count = verdict->cause_count;
	group->advice_count = verdict->advice_count;
	memcpy(group->causes, verdict->causes, sizeof(group->causes));
	memcpy(group->advice, verdict->advice, sizeof(group->advice));
	contrast_server_name(sighting->flow, group->name, sizeof(group->name));
}

static void
note_device(struct group *group, const struct flow *flow)
{
	const struct icmp_record *icmp = flow->detail != NULL ? &flow->detail->icmp : NULL;
	if (icmp == NULL || !moment_happened(icmp->at))
		return;
	if (group->device_version != 0 && !ip_addr_equal(group->device, icmp->from))
		group->devices = true;
	if (group->device_version == 0 || sketch_compare(icmp->from, group->device) < 0)
		group->device = icmp->from;
	group->device_version = icmp->ip_version;
}

/* The direction whose data is stuck. */
static enum direction
stuck_direction(const struct flow *flow)
{
	return flow->detail != NULL && flow->detail->stall[TO_CLIENT].transmissions > 1
		       ? TO_CLIENT
		       : TO_SERVER;
}

static struct ip_addr
receiver_network(const struct flow *flow, enum direction dir)
{
	return sketch_prefix(dir == TO_CLIENT ? flow->client : flow->server, flow->ip_version,
			     sketch_network_length(flow->ip_version));
}

/* What the flows of a group are told apart by: mostly the client. */
static struct ip_addr
group_value(const struct sighting *sighting)
{
	const struct flow *flow = sighting->flow;
	if (sighting->verdict->code == VERDICT_RESET_INJECTED && sighting->rst != NULL)
		return tally_rst_look(sighting->rst->form, sighting->rst->ttl);
	if (sighting->verdict->code == VERDICT_PMTU_BLACKHOLE)
		return receiver_network(flow, stuck_direction(flow));
	return flow->client;
}

static void
note_ttl(struct group *group, uint8_t ttl)
{
	if (group->ttl_least == 0 || ttl < group->ttl_least)
		group->ttl_least = ttl;
	if (ttl > group->ttl_most)
		group->ttl_most = ttl;
}

void
tally_take_group(struct tally *tally, const struct sighting *sighting)
{
	const struct flow *flow = sighting->flow;
	const struct verdict *verdict = sighting->verdict;
	const struct table_key key = { .a = flow->server,
				       .port = flow->server_port,
				       .ip_version = flow->ip_version,
				       .code = verdict->code,
				       .sub = group_sub(sighting) };
	struct group *group = table_take(&tally->groups, &key, 1, sighting->passing);
	if (group == NULL)
		return;
	group->flows++;
	group->resending += flow->half[TO_SERVER].syn_count > 1;
	group->synacked += flow->half[TO_CLIENT].synack_count > 0;
	episodes_add(&group->at, sighting->event_ns, TALLY_JOIN_NS);
	distinct_add(&group->sources, sketch_address(flow->client));
	values_add(&group->clients, group_value(sighting), true, sighting->silent);
	struct finding_evidence evidence = tally_evidence(flow, sighting->event);
	proofs_add(&group->proofs, &evidence);
	group->confidence += verdict->confidence;
	group->suspects[verdict->suspect]++;
	group->forms[verdict->rst_form]++;
	group->origins[verdict->rst_form != RST_FORM_NONE ? verdict->rst_origin : 0]++;
	bool at_server = verdict->vantage == VANTAGE_SERVER || verdict->vantage == VANTAGE_BOTH;
	group->seen_at_server += at_server;
	group->at_server += at_server && verdict->confidence >= 85;
	if (sighting->rst != NULL)
		note_ttl(group, sighting->rst->ttl);
	note_device(group, flow);
	set_example(group, sighting);
}

/* Data segments of a half, from what it sent in bytes. */
static uint64_t
data_segments(const struct half *half)
{
	if (half->sent_length == 0)
		return 0;
	uint64_t segments = (half->payload + half->sent_length - 1) / half->sent_length;
	return segments < half->packets ? segments : half->packets;
}

/* Retransmissions that speak of loss. */
static uint64_t
lost_segments(const struct flow *flow, int dir)
{
	const struct detail *detail = flow->detail;
	return detail == NULL ? 0
			      : (uint64_t)detail->retransmission[dir][RETRANSMISSION_FAST] +
					detail->retransmission[dir][RETRANSMISSION_RTO] +
					detail->retransmission[dir][RETRANSMISSION_LOST_BEFORE];
}

/* Whether a direction of the flow had a storm, and since when. */
static bool
had_storm(const struct flow *flow, int dir, struct moment *ret_moment)
{
	const struct detail *detail = flow->detail;
	if (detail == NULL)
		return false;
	uint64_t lost = lost_segments(flow, dir);
	if (moment_happened(detail->storm[dir].first)) {
		*ret_moment = detail->storm[dir].first;
		return true;
	}
	*ret_moment = detail->stall[dir].first;
	return moment_happened(*ret_moment) &&
	       (detail->stall[dir].transmissions >= STORM_BACKOFFS ||
		(lost >= STORM_RETRANSMISSIONS &&
		 lost * 100 >= data_segments(&flow->half[dir]) * STORM_PERCENT));
}

static void
add_stuck(struct path *path, const struct sighting *sighting, enum direction dir)
{
	const struct flow *flow = sighting->flow;
	const struct finding_example example = make_example(sighting);
	const struct half *half = &flow->half[dir];
	uint16_t stuck = flow->detail != NULL && flow->detail->stall[dir].length < UINT16_MAX
				 ? (uint16_t)flow->detail->stall[dir].length
				 : half->sent_length;
	bool first = path->stuck == 0;
	if (first || is_earlier(&example, &path->stuck_example))
		path->stuck_example = example;
	path->stuck_servers |= !first && (!ip_addr_equal(path->stuck_server, flow->server) ||
					  path->stuck_port != flow->server_port);
	int order = sketch_compare(flow->server, path->stuck_server);
	if (first || order < 0 || (order == 0 && flow->server_port < path->stuck_port)) {
		path->stuck_server = flow->server;
		path->stuck_port = flow->server_port;
	}
	path->stuck++;
	path->stuck_direction = (uint8_t)dir;
	if (first || stuck < path->stuck_least)
		path->stuck_least = stuck;
	if (half->acked_length > path->passed_most && half->acked_length < stuck)
		path->passed_most = half->acked_length;
	episodes_add(&path->stuck_at, sighting->event_ns, TALLY_JOIN_NS);
	struct finding_evidence evidence = tally_evidence(flow, sighting->event);
	proofs_add(&path->stuck_proofs, &evidence);
}

static void
add_path(struct tally *tally, const struct sighting *sighting, struct ip_addr where,
	 enum path_kind kind)
{
	const struct flow *flow = sighting->flow;
	const struct table_key key = { .a = where,
				       .ip_version = flow->ip_version,
				       .code = (uint8_t)kind };
	struct path *path = table_take(&tally->paths, &key, 1, true);
	bool stormy = false;
	struct moment moment;
	if (path == NULL)
		return;
	if (path->flows++ == 0 || flow->first_ns < path->first_ns)
		path->first_ns = flow->first_ns;
	if (flow->last_ns > path->last_ns)
		path->last_ns = flow->last_ns;
	for (int dir = 0; dir < 2; dir++) {
		uint64_t lost = lost_segments(flow, dir);
		path->segments[dir] += data_segments(&flow->half[dir]);
		path->retransmissions[dir] += lost;
		if (lost > 0) {
			struct finding_evidence evidence =
				tally_evidence(flow, flow->detail->stall[dir].last);
			proofs_add(&path->proofs, &evidence);
		}
		if (stormy || !had_storm(flow, dir, &moment))
			continue;
		stormy = true;
		struct moment end = moment_happened(flow->detail->storm[dir].first)
					    ? flow->detail->storm[dir].last
					    : flow->detail->stall[dir].last;
		int64_t end_ns = tally_moment_ns(flow, end);
		if (path->storms == 0 || end_ns > path->storm_last_ns)
			path->storm_last_ns = end_ns;
		path->storms++;
		path->storm_retransmissions += lost;
		episodes_add(&path->storm_at, tally_moment_ns(flow, moment), TALLY_JOIN_NS);
		struct finding_evidence evidence = tally_evidence(flow, moment);
		proofs_add(&path->storm_proofs, &evidence);
	}
}

/* Attempts at ports by chance show at the host only. */
static void
add_bare(struct tally *tally, const struct sighting *sighting)
{
	const struct flow *flow = sighting->flow;
	const struct table_key key = { .a = flow->server, .ip_version = flow->ip_version };
	struct bare_host *host = table_take(&tally->bare_hosts, &key, 1, true);
	if (host == NULL)
		return;
	host->bare++;
	host->synacked += flow->half[TO_CLIENT].synack_count > 0;
	episodes_add(&host->at, flow->first_ns, TALLY_JOIN_NS);
	distinct_add(&host->sources, sketch_address(flow->client));
	struct finding_evidence evidence = tally_evidence(flow, (struct moment){ .frame = 0 });
	proofs_add(&host->proofs, &evidence);
}

/* Whether what it sent again has a reason of its own, which is no loss. */
static bool
resends_for_a_reason(enum verdict_code code)
{
	return code == VERDICT_HANDSHAKE_ACK_IGNORED || code == VERDICT_PMTU_BLACKHOLE ||
	       code == VERDICT_BLACKHOLED_FIRST_DATA || code == VERDICT_BLACKHOLED_AFTER_IDLE ||
	       code == VERDICT_ZERO_WINDOW_STALL || code == VERDICT_RESET_INJECTED ||
	       code == VERDICT_ONE_SIDED_CAPTURE;
}

void
tally_take_path(struct tally *tally, const struct sighting *sighting)
{
	const struct flow *flow = sighting->flow;
	if (sighting->bare)
		add_bare(tally, sighting);
	if (flow->half[0].sent_length == 0 && flow->half[1].sent_length == 0)
		return;
	unsigned length = sketch_network_length(flow->ip_version);
	bool stalled = sighting->verdict->tags >> TAG_HANDSHAKE_STALLED & 1;
	if (!stalled && !resends_for_a_reason(sighting->verdict->code)) {
		add_path(tally, sighting, flow->server, PATH_HOST);
		add_path(tally, sighting, sketch_prefix(flow->client, flow->ip_version, length),
			 PATH_NETWORK);
	}
	if (sighting->verdict->code != VERDICT_PMTU_BLACKHOLE)
		return;
	enum direction dir = stuck_direction(flow);
	const struct table_key key = { .a = receiver_network(flow, dir),
				       .ip_version = flow->ip_version,
				       .code = PATH_NETWORK };
	struct path *path = table_take(&tally->paths, &key, 1, true);
	if (path != NULL)
		add_stuck(path, sighting, dir);
}

void
tally_take_rst(struct tally *tally, const struct sighting *sighting)
{
	const struct flow *flow = sighting->flow;
	const struct rst_record *rst = sighting->rst;
	if (rst == NULL || sighting->probe ||
	    sighting->verdict->code == VERDICT_CLOSED_FIN_THEN_RST)
		return;
	bool by_server = rst->direction == TO_CLIENT;
	bool refusal = sighting->verdict->code == VERDICT_REFUSED_BY_RST;
	uint8_t origin = sighting->verdict->rst_form != RST_FORM_NONE
				 ? sighting->verdict->rst_origin
				 : RST_ORIGIN_UNKNOWN;
	const struct table_key key = { .a = by_server ? flow->server : flow->client,
				       .b = { 0, rst->ttl },
				       .port = by_server ? flow->server_port : 0,
				       .ip_version = flow->ip_version,
				       .code = rst->form,
				       .sub = origin };
	struct rst_sender *sender = table_take(&tally->rsts, &key, 1, refusal);
	if (sender == NULL)
		return;
	const struct finding_example example = make_example(sighting);
	if (sender->flows == 0 || is_earlier(&example, &sender->example))
		sender->example = example;
	sender->flows++;
	sender->refusals += refusal;
	if (!refusal)
		episodes_add(&sender->at, tally_moment_ns(flow, rst->at), TALLY_JOIN_NS);
	struct finding_evidence evidence = tally_evidence(flow, rst->at);
	proofs_add(&sender->proofs, &evidence);
}
