/* SPDX-License-Identifier: BSD-2-Clause */
/* Silence: for some sources, for all, or because the capture hears one side only. */
#include "analyzer/findings_parts.h"

enum {
	DARK_ATTEMPTS = 5,
	DARK_PORTS = 3,	     /* dark listeners of a host that make it the host */
	FILTERED_LEAST = 3,  /* silent flows of sources that are never served */
	SERVED_LEAST = 3,    /* flows of others meanwhile */
	MIXED_PERCENT = 5,   /* of the silent flows: of sources that are served as well */
	ONE_SIDED_LEAST = 3,
	ONE_SIDED_PERMILLE = 300,
	ONE_SIDED_HOSTS = 3,
	BACKSCATTER_LEAST = 20,
	BACKSCATTER_EACH = 8, /* SYN-ACKs per address: more is a conversation heard by halves */
};

static const int64_t filter_margin_ns = 60 * NS_PER_S;
static const int64_t one_sided_span_ns = 10 * NS_PER_S;

/* Silent flows of a listener by source or by network: of those that are never served, and of those
 * that are served as well. */
struct division {
	uint64_t shut, shut_places, repeated; /* repeated: beyond the first of each place */
	uint64_t mixed, served;
	int64_t first_ns, last_ns;
	struct proofs proofs;
};

struct place {
	struct ip_addr addr;
	uint64_t silent, good;
	int64_t first_ns, last_ns;
	struct proofs proofs;
};

static void
add_place(struct division *division, const struct place *place)
{
	division->served += place->good;
	if (place->silent == 0)
		return;
	if (place->good > 0) {
		division->mixed += place->silent;
		return;
	}
	if (division->shut == 0 || place->first_ns < division->first_ns)
		division->first_ns = place->first_ns;
	if (division->shut == 0 || place->last_ns > division->last_ns)
		division->last_ns = place->last_ns;
	division->shut += place->silent;
	division->shut_places++;
	division->repeated += place->silent - 1;
	proofs_merge(&division->proofs, &place->proofs);
}

static void
grow_place(struct place *place, const struct pair *pair)
{
	if (pair->silent > 0) {
		if (place->silent == 0 || pair->silent_first_ns < place->first_ns)
			place->first_ns = pair->silent_first_ns;
		if (place->silent == 0 || pair->silent_last_ns > place->last_ns)
			place->last_ns = pair->silent_last_ns;
	}
	place->silent += pair->silent;
	/* who was served before and never since was shut out meanwhile, as fail2ban does */
	if (pair->silent == 0 || pair->good == 0 || pair->good_last_ns >= pair->silent_first_ns)
		place->good += pair->good;
	proofs_merge(&place->proofs, &pair->silent_proofs);
}

typedef void place_fn(void *user, const struct place *place);

/* Calls visit for each source of the listener, or each network if length is shorter. */
static void
each_place(const struct conclusion *conclusion, const struct listener *listener, unsigned length,
	   place_fn *visit, void *user)
{
	struct place place = { .silent = 0 };
	bool any = false;
	size_t first, end;
	conclude_pairs(conclusion, listener, &first, &end);
	for (size_t i = first; i < end; i++) {
		const struct pair *pair = conclusion->by_listener[i];
		struct ip_addr addr = sketch_prefix(pair->key.a, listener->key.ip_version, length);
		if (any && !ip_addr_equal(addr, place.addr)) {
			visit(user, &place);
			place = (struct place){ .silent = 0 };
		}
		any = true;
		place.addr = addr;
		grow_place(&place, pair);
	}
	if (any)
		visit(user, &place);
}

static void
visit_division(void *user, const struct place *place)
{
	add_place(user, place);
}

struct naming {
	struct finding *finding;
	unsigned length;
};

static void
visit_naming(void *user, const struct place *place)
{
	const struct naming *naming = user;
	if (place->silent > 0 && place->good == 0)
		finding_add_network(naming->finding, place->addr, naming->finding->subject.ip_version,
				naming->length, place->silent);
}

/* Whether the silence is about the source: the same sources again and again, others never. */
static bool
is_selective(const struct listener *listener, const struct division *division)
{
	uint64_t silent = division->shut + division->mixed;
	if (division->shut < FILTERED_LEAST || division->served < SERVED_LEAST ||
	    division->mixed * 100 > silent * MIXED_PERCENT)
		return false;
	if (timeline_within(&listener->serving, division->first_ns - filter_margin_ns,
			    division->last_ns + filter_margin_ns) < SERVED_LEAST)
		return false;
	/* how likely the repetitions are if silence met everybody alike */
	double chance = (double)silent / (double)(silent + division->served), likely = 1;
	for (uint64_t i = 0; i < division->repeated && likely > 1e-9; i++)
		likely *= chance;
	return likely < 1e-4;
}

static bool
selective_filter(struct conclusion *conclusion, const struct listener *listener)
{
	static const enum verdict_code silences[] = { VERDICT_SYN_UNANSWERED,
						      VERDICT_FILTERED_BY_ICMP };
	unsigned whole = listener->key.ip_version == 4 ? 32 : 128;
	unsigned network = sketch_network_length(listener->key.ip_version);
	struct division sources = { .shut = 0 }, networks = { .shut = 0 };
	const struct group *group = NULL;
	for (int i = 0; i < 2; i++) {
		size_t index;
		const struct group *silent =
			conclude_group(conclusion, listener, silences[i], 0, &index);
		if (silent != NULL && unexplained(conclusion, index) >= FILTERED_LEAST &&
		    (group == NULL || silent->flows > group->flows))
			group = silent;
	}
	if (group == NULL || listener->good + listener->probes == 0)
		return false;
	each_place(conclusion, listener, whole, visit_division, &sources);
	each_place(conclusion, listener, network, visit_division, &networks);
	bool by_network = is_selective(listener, &networks) &&
			  networks.shut_places < sources.shut_places;
	const struct division *division = by_network ? &networks : &sources;
	if (!is_selective(listener, division))
		return false;
	struct finding *finding =
		conclude_add(conclusion, FINDING_SELECTIVE_FILTER, SEVERITY_WARNING);
	finding_from_group(finding, group);
	finding->evidence_count = 0;
	finding_prove(finding, &division->proofs);
	finding_about(finding, SUBJECT_LISTENER, &listener->key);
	struct naming naming = { finding, by_network ? network : whole };
	each_place(conclusion, listener, naming.length, visit_naming, &naming);
	finding->confidence = 90;
	finding->suspect = SUSPECT_MIDDLEBOX;
	finding->flows = division->shut;
	finding_span(finding, division->first_ns, division->last_ns);
	/* pairs were lost for lack of room: none that is left is on both sides, so none was */
	if (conclusion->tally->pairs.lost > 0 && division->mixed == 0) {
		size_t index;
		conclude_group(conclusion, listener, (enum verdict_code)group->key.code, 0, &index);
		finding->flows = unexplained(conclusion, index);
		finding_span(finding, group->at.at[0].first,
			     group->at.at[group->at.used - 1].last);
	}
	finding_set(finding, NUMBER_SOURCES, (int64_t)sources.shut_places);
	finding_set(finding, NUMBER_ESTABLISHED, (int64_t)division->served);
	finding_set_rate(finding, finding->flows, listener_total(listener));
	finding->cause_count = finding->advice_count = 0;
	finding_add_cause(finding, CAUSE_SERVER_FIREWALL_DROP);
	finding_add_advice(finding, ADVICE_FILTER_BY_SOURCE);
	finding_add_advice(finding, ADVICE_SERVER_FIREWALL);
	uint64_t rest = finding->flows;
	for (int i = 0; i < 2; i++) {
		size_t index;
		if (conclude_group(conclusion, listener, silences[i], 0, &index) != NULL)
			rest -= conclude_explain(conclusion, index, rest);
	}
	return true;
}

/* Attempts at a listener that never said a word, and that nothing explains. */
static uint64_t
dark_flows(const struct conclusion *conclusion, const struct listener *listener)
{
	uint64_t flows = 0;
	if (listener->answered > 0)
		return 0;
	for (uint8_t sub = 0; sub <= GROUP_SUB_BARE; sub++) {
		size_t index;
		if (conclude_group(conclusion, listener, VERDICT_SYN_UNANSWERED, sub, &index) !=
		    NULL)
			flows += unexplained(conclusion, index);
	}
	return flows;
}

static void
add_dark(struct conclusion *conclusion, const struct listener *listener, struct finding *finding)
{
	struct distinct sources = { .known = 0 };
	for (uint8_t sub = 0; sub <= GROUP_SUB_BARE; sub++) {
		size_t index;
		const struct group *group = conclude_group(conclusion, listener,
							   VERDICT_SYN_UNANSWERED, sub, &index);
		if (group == NULL || unexplained(conclusion, index) == 0)
			continue;
		if (finding->flows == 0)
			finding_from_group(finding, group);
		else
			finding_prove(finding, &group->proofs);
		finding->flows += conclude_explain(conclusion, index, UINT64_MAX);
		finding_span(finding, group->at.at[0].first,
			     group->at.at[group->at.used - 1].last);
		distinct_merge(&sources, &group->sources);
	}
	int64_t before = 0, count = (int64_t)distinct_count(&sources);
	finding_number(finding, NUMBER_SOURCES, &before);
	finding_set(finding, NUMBER_SOURCES, count > before ? count : before);
}

/* Whether anything of that host answers. */
static bool
host_answers(const struct conclusion *conclusion, struct ip_addr host)
{
	for (size_t i = 0; i < conclusion->listener_count; i++)
		if (ip_addr_equal(conclusion->listeners[i]->key.a, host) &&
		    conclusion->listeners[i]->answered > 0)
			return true;
	return false;
}

/* Whether no client ever sent SYN again. */
static bool
is_bare(const struct conclusion *conclusion, const struct listener *listener)
{
	size_t index;
	return conclude_group(conclusion, listener, VERDICT_SYN_UNANSWERED, 0, &index) == NULL;
}

/* Whether most of its unanswered attempts were captured at the server. */
static bool
is_seen_at_server(const struct conclusion *conclusion, const struct listener *listener)
{
	size_t index = 0;
	const struct group *silent =
		conclude_group(conclusion, listener, VERDICT_SYN_UNANSWERED, 0, &index);
	return silent != NULL && silent->seen_at_server * 2 > silent->flows;
}

/* Captured beside the server, the SYNs arrive: what is left is on the server itself. */
static void
advise_at_server(struct finding *finding)
{
	finding_add_cause(finding, CAUSE_SERVER_FIREWALL_DROP);
	finding_add_cause(finding, CAUSE_ACCEPT_QUEUE_FULL);
	finding_add_cause(finding, CAUSE_SERVER_OUTPUT_DROP);
	finding_add_advice(finding, ADVICE_SERVER_FIREWALL);
	finding_add_advice(finding, ADVICE_ACCEPT_QUEUE);
	finding_add_advice(finding, ADVICE_RP_FILTER_COUNTER);
}

static void
finish_dark(const struct conclusion *conclusion, struct finding *finding, bool bare, bool at_server)
{
	bool answers = host_answers(conclusion, finding->subject.addr);
	int64_t sources = 0;
	finding_number(finding, NUMBER_SOURCES, &sources);
	/* one source alone may be the only one that is shut out */
	finding->confidence = sources > 1 || finding->subject.port == 0 ? 90 : 75;
	/* who sends one SYN and no other is a scanner, or somebody forges its address */
	if (bare) {
		finding->confidence = 50;
		finding->severity = SEVERITY_WARNING;
	}
	finding->cause_count = 0;
	if (at_server) {
		advise_at_server(finding);
		return;
	}
	finding_add_cause(finding, CAUSE_SERVER_FIREWALL_DROP);
	if (!answers)
		finding_add_cause(finding, CAUSE_HOST_DOWN);
	finding_add_advice(finding, ADVICE_CAPTURE_AT_SERVER);
	finding_add_advice(finding, ADVICE_OTHER_PORT);
	finding_add_advice(finding, ADVICE_TRACE);
}

/* The dark listeners of one host: [first, end) of the listeners. */
static void
dark_host(struct conclusion *conclusion, size_t first, size_t end)
{
	uint64_t ports = 0, flows = 0;
	bool all_bare = true, at_server = true;
	for (size_t i = first; i < end; i++) {
		uint64_t dark = dark_flows(conclusion, conclusion->listeners[i]);
		ports += dark > 0;
		flows += dark;
		all_bare &= is_bare(conclusion, conclusion->listeners[i]);
		at_server &= dark == 0 || is_seen_at_server(conclusion, conclusion->listeners[i]);
	}
	bool whole = ports >= DARK_PORTS && flows >= DARK_ATTEMPTS &&
		     !host_answers(conclusion, conclusion->listeners[first]->key.a);
	struct finding *finding = NULL;
	for (size_t i = first; i < end; i++) {
		const struct listener *listener = conclusion->listeners[i];
		uint64_t dark = dark_flows(conclusion, listener);
		if (dark == 0 || (!whole && dark < DARK_ATTEMPTS) || conclusion->flooded[i])
			continue;
		if (!whole || finding == NULL) {
			finding = conclude_add(conclusion, FINDING_LISTENER_DARK,
					       SEVERITY_CRITICAL);
			finding_about(finding, whole ? SUBJECT_HOST : SUBJECT_LISTENER,
				      &listener->key);
			if (whole)
				finding->subject.port = 0;
		}
		add_dark(conclusion, listener, finding);
		if (whole)
			finding_set(finding, NUMBER_PORTS, (int64_t)ports);
		else
			finish_dark(conclusion, finding, is_bare(conclusion, listener),
				    is_seen_at_server(conclusion, listener));
	}
	if (whole && finding != NULL)
		finish_dark(conclusion, finding, all_bare, at_server);
}

void
conclude_filters(struct conclusion *conclusion)
{
	for (size_t i = 0; i < conclusion->listener_count; i++)
		if (!conclusion->flooded[i])
			selective_filter(conclusion, conclusion->listeners[i]);
	size_t end;
	for (size_t first = 0; first < conclusion->listener_count; first = end) {
		end = first;
		while (end < conclusion->listener_count &&
		       ip_addr_equal(conclusion->listeners[end]->key.a,
				     conclusion->listeners[first]->key.a))
			end++;
		dark_host(conclusion, first, end);
	}
}

/* One-sided flows of a host, or of all hosts. */
struct one_sided_sum {
	uint64_t one_sided, flows, hosts;
	const struct listener *first;
	struct ip_addr client;
	bool clients;
	uint64_t listeners;
};

static void
add_one_sided(struct one_sided_sum *sum, const struct listener *listener)
{
	sum->flows += listener->flows;
	if (listener->one_sided == 0)
		return;
	if (sum->one_sided == 0) {
		sum->first = listener;
		sum->client = listener->one_sided_client;
	}
	sum->clients |= listener->one_sided_clients ||
			!ip_addr_equal(sum->client, listener->one_sided_client);
	sum->one_sided += listener->one_sided;
	sum->listeners++;
}

static bool
is_asymmetric(const struct one_sided_sum *sum)
{
	return sum->one_sided >= ONE_SIDED_LEAST &&
	       sum->one_sided * 1000 >= sum->flows * ONE_SIDED_PERMILLE;
}

static struct finding *
tell_one_sided(struct conclusion *conclusion, const struct one_sided_sum *sum)
{
	struct finding *finding =
		conclude_add(conclusion, FINDING_ASYMMETRIC_ROUTING, SEVERITY_WARNING);
	const struct listener *first = sum->first;
	finding_about(finding, SUBJECT_HOST, &first->key);
	if (!sum->clients) {
		finding->subject.kind = SUBJECT_PATH;
		finding->subject.peer = sum->client;
	}
	if (sum->listeners > 1)
		finding->subject.port = 0;
	else if (sum->clients)
		finding->subject.kind = SUBJECT_LISTENER;
	finding->flows = sum->one_sided;
	finding->suspect = SUSPECT_CAPTURE;
	finding->confidence = 85;
	finding_set(finding, NUMBER_ONE_SIDED, (int64_t)sum->one_sided);
	finding_set_rate(finding, sum->one_sided, sum->flows);
	finding_add_cause(finding, CAUSE_ASYMMETRIC_ROUTING);
	finding_add_cause(finding, CAUSE_CAPTURE_ONE_DIRECTION);
	finding_add_advice(finding, ADVICE_CAPTURE_ANY);
	finding_add_advice(finding, ADVICE_ROUTES);
	finding->example = (struct finding_example){
		.client = first->one_sided_client,
		.server = first->key.a,
		.server_port = first->key.port,
		.ip_version = first->key.ip_version,
		.first_ns = first->one_sided_at.at[0].first,
		.event_ns = first->one_sided_at.at[0].first,
	};
	return finding;
}

static void
span_one_sided(struct finding *finding, const struct listener *listener)
{
	const struct episodes *at = &listener->one_sided_at;
	if (at->used == 0)
		return;
	finding_span(finding, at->at[0].first, at->at[at->used - 1].last);
	finding_prove(finding, &listener->one_sided_proofs);
}

static void
backscatter(struct conclusion *conclusion, const struct listener *listener)
{
	uint64_t targets = distinct_count(&listener->unsolicited_sources);
	if (listener->unsolicited < BACKSCATTER_LEAST || targets < BACKSCATTER_LEAST ||
	    targets * BACKSCATTER_EACH < listener->unsolicited)
		return;
	const struct episodes *at = &listener->unsolicited_at;
	struct finding *finding = conclude_add(conclusion, FINDING_BACKSCATTER, SEVERITY_INFO);
	finding_about(finding, SUBJECT_LISTENER, &listener->key);
	finding->flows = listener->unsolicited;
	finding->suspect = SUSPECT_NONE;
	finding->confidence = 80;
	finding_span(finding, at->at[0].first, at->at[at->used - 1].last);
	finding_set(finding, NUMBER_UNSOLICITED, (int64_t)listener->unsolicited);
	finding_set(finding, NUMBER_SOURCES, (int64_t)targets);
	finding_prove(finding, &listener->unsolicited_proofs);
	finding_add_cause(finding, CAUSE_BACKSCATTER);
	finding->example = (struct finding_example){
		.server = listener->key.a,
		.server_port = listener->key.port,
		.ip_version = listener->key.ip_version,
		.first_ns = at->at[0].first,
		.event_ns = at->at[0].first,
	};
}

void
conclude_one_sided(struct conclusion *conclusion)
{
	struct one_sided_sum all = { .flows = 0 };
	size_t end;
	for (size_t i = 0; i < conclusion->listener_count; i++)
		backscatter(conclusion, conclusion->listeners[i]);
	if (conclusion->last_ns - conclusion->first_ns < one_sided_span_ns)
		return;
	for (size_t first = 0; first < conclusion->listener_count; first = end) {
		struct one_sided_sum host = { .flows = 0 };
		for (end = first; end < conclusion->listener_count &&
				  ip_addr_equal(conclusion->listeners[end]->key.a,
						conclusion->listeners[first]->key.a);
		     end++) {
			add_one_sided(&host, conclusion->listeners[end]);
			add_one_sided(&all, conclusion->listeners[end]);
		}
		all.hosts += is_asymmetric(&host);
	}
	if (all.hosts >= ONE_SIDED_HOSTS && is_asymmetric(&all)) {
		struct finding *finding = tell_one_sided(conclusion, &all);
		finding->subject = (struct finding_subject){ .kind = SUBJECT_CAPTURE };
		finding_set(finding, NUMBER_HOSTS, (int64_t)all.hosts);
		for (size_t i = 0; i < conclusion->listener_count; i++)
			span_one_sided(finding, conclusion->listeners[i]);
		return;
	}
	for (size_t first = 0; first < conclusion->listener_count; first = end) {
		struct one_sided_sum host = { .flows = 0 };
		for (end = first; end < conclusion->listener_count &&
				  ip_addr_equal(conclusion->listeners[end]->key.a,
						conclusion->listeners[first]->key.a);
		     end++)
			add_one_sided(&host, conclusion->listeners[end]);
		if (!is_asymmetric(&host))
			continue;
		struct finding *finding = tell_one_sided(conclusion, &host);
		for (size_t i = first; i < end; i++)
			span_one_sided(finding, conclusion->listeners[i]);
	}
}
