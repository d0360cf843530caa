/* SPDX-License-Identifier: BSD-2-Clause */
/* Who ends connections: timers, forgers, and senders of many RSTs at once. */
#include <stdlib.h>

#include "analyzer/findings_parts.h"
#include "analyzer/idle.h"

enum {
	DEATHS_LEAST = 3,
	BRACKET_LEAST = 5, /* deaths and survivors that make a bracket */
	SHARP_PERMILLE = 50, /* a timer is sharp: (longest - shortest) / middle */
	INJECTED_LEAST = 2,
	STORM_RSTS = 50, /* in ten seconds */
	STORM_FACTOR = 5, /* times the mean before */
};

static const int64_t together_ns = 2 * NS_PER_S;
static const int64_t storm_window_ns = 10 * NS_PER_S;
static const int64_t storm_pause_ns = 2 * NS_PER_S;
static const int64_t baseline_ns = 300 * NS_PER_S;

/* Whether two silences are about the same, as those that a timer ends are. */
static bool
is_sharp(int64_t first, int64_t last)
{
	double middle = ((double)first + (double)last) / 2;
	return ((double)last - (double)first) * 1000 <= middle * SHARP_PERMILLE;
}

/* The largest set of silences that lie within SHARP_PERMILLE of each other. */
static struct episode
sharpest(const struct episodes *silences)
{
	struct episode best = { .count = 0 };
	for (uint32_t i = 0; i < silences->used; i++) {
		struct episode set = silences->at[i];
		for (uint32_t j = i + 1; j < silences->used; j++) {
			if (!is_sharp(set.first, silences->at[j].last))
				break;
			set.last = silences->at[j].last;
			set.count += silences->at[j].count;
		}
		if (is_sharp(set.first, set.last) && set.count > best.count)
			best = set;
	}
	return best;
}

static void
fit_timers(struct finding *finding, int64_t least_us, int64_t most_us)
{
	for (size_t i = 0; i < idle_timer_count; i++) {
		int64_t exact_us = idle_timers[i].seconds * INT64_C(1000000);
		bool between = exact_us >= least_us && exact_us <= most_us;
		if ((between || idle_timer_fits(&idle_timers[i], least_us) ||
		     idle_timer_fits(&idle_timers[i], most_us)) &&
		    finding->timer_count < FINDING_TIMER_MAX)
			finding->timers[finding->timer_count++] = (uint8_t)i;
	}
}

static bool
ends_together(const struct episodes *at)
{
	return at->at[at->used - 1].last - at->at[0].first < together_ns;
}

static uint64_t
unexplained_deaths(const struct conclusion *conclusion, const struct listener *listener)
{
	uint64_t flows = 0;
	size_t index;
	if (conclude_group(conclusion, listener, VERDICT_RESET_AFTER_IDLE, 0, &index) != NULL)
		flows += unexplained(conclusion, index);
	if (conclude_group(conclusion, listener, VERDICT_BLACKHOLED_AFTER_IDLE, 0, &index) != NULL)
		flows += unexplained(conclusion, index);
	return flows;
}

/* Deaths after silence; timed: all after about the same, so that it is a timer. */
static void
tell_deaths(struct conclusion *conclusion, const struct listener *listener,
	    const struct episode *silence, bool timed)
{
	static const enum verdict_code deaths[] = { VERDICT_RESET_AFTER_IDLE,
						    VERDICT_BLACKHOLED_AFTER_IDLE };
	const struct group *group = NULL;
	for (int i = 0; i < 2; i++) {
		size_t index;
		const struct group *more =
			conclude_group(conclusion, listener, deaths[i], 0, &index);
		if (more != NULL && (group == NULL || more->flows > group->flows))
			group = more;
	}
	if (group == NULL)
		return;
	struct finding *finding =
		conclude_add(conclusion, timed ? FINDING_IDLE_TIMEOUT_CLUSTER
					       : FINDING_KEEPALIVE_MISSING,
			     SEVERITY_WARNING);
	finding_from_group(finding, group);
	finding_about(finding, SUBJECT_LISTENER, &listener->key);
	finding->flows = episodes_total(&listener->died);
	if (group->flows < finding->flows)
		finding->verdict = VERDICT_CODES;
	finding_span(finding, listener->died_at.at[0].first,
		     listener->died_at.at[listener->died_at.used - 1].last);
	finding_prove(finding, &listener->died_proofs);
	finding_set(finding, NUMBER_DIED, silence->first / NS_PER_US);
	finding_set(finding, NUMBER_DIED_LONGEST, silence->last / NS_PER_US);
	finding_set(finding, NUMBER_SURVIVORS, (int64_t)listener->survivors);
	if (listener->survivors > 0)
		finding_set(finding, NUMBER_SURVIVED, listener->survived_ns / NS_PER_US);
	finding_set_rate(finding, finding->flows, listener_total(listener));
	if (timed) {
		/* sharp deaths tell the time; else it lies between the longest survivor and the
		 * shortest death */
		bool sharp = is_sharp(silence->first, silence->last);
		fit_timers(finding,
			   (sharp ? silence->first : listener->survived_ns) / NS_PER_US,
			   (sharp ? silence->last : silence->first) / NS_PER_US);
	}
	finding_add_advice(finding, ADVICE_KEEPALIVE);
	finding_add_advice(finding, ADVICE_NAT_TIMERS);
	for (int i = 0; i < 2; i++) {
		size_t index;
		if (conclude_group(conclusion, listener, deaths[i], 0, &index) != NULL)
			conclude_explain(conclusion, index, UINT64_MAX);
	}
	conclude_contrast(conclusion, listener, finding);
}

/* Connections closed in order after the same silence: somebody's keep-alive timer, and no failure. */
static void
tell_retired(struct conclusion *conclusion, const struct listener *listener)
{
	struct episode silence = sharpest(&listener->retired);
	if (silence.count < DEATHS_LEAST || silence.count * 2 < episodes_total(&listener->retired))
		return;
	/* all at one moment is somebody's decision, not a timer of each connection */
	if (ends_together(&listener->retired_at))
		return;
	struct finding *finding =
		conclude_add(conclusion, FINDING_IDLE_TIMEOUT_CLUSTER, SEVERITY_INFO);
	finding_about(finding, SUBJECT_LISTENER, &listener->key);
	finding->verdict = VERDICT_CLOSED_AFTER_IDLE;
	finding->suspect = SUSPECT_NONE;
	finding->confidence = 85;
	finding->flows = silence.count;
	finding_span(finding, listener->retired_at.at[0].first,
		     listener->retired_at.at[listener->retired_at.used - 1].last);
	finding_prove(finding, &listener->retired_proofs);
	finding_set(finding, NUMBER_DIED, silence.first / NS_PER_US);
	finding_set(finding, NUMBER_DIED_LONGEST, silence.last / NS_PER_US);
	fit_timers(finding, silence.first / NS_PER_US, silence.last / NS_PER_US);
	finding->example = (struct finding_example){
		.server = listener->key.a,
		.server_port = listener->key.port,
		.ip_version = listener->key.ip_version,
		.first_ns = finding->first_ns,
		.event_ns = finding->first_ns,
	};
}

void
conclude_silences(struct conclusion *conclusion)
{
	for (size_t i = 0; i < conclusion->listener_count; i++) {
		const struct listener *listener = conclusion->listeners[i];
		uint64_t died = episodes_total(&listener->died);
		if (listener->retired.used > 0)
			tell_retired(conclusion, listener);
		if (died < DEATHS_LEAST || unexplained_deaths(conclusion, listener) < DEATHS_LEAST ||
		    ends_together(&listener->died_at))
			continue;
		struct episode silence = sharpest(&listener->died);
		struct episode all = { .first = listener->died.at[0].first,
				       .last = listener->died.at[listener->died.used - 1].last,
				       .count = died };
		bool bracket = died >= BRACKET_LEAST && listener->survivors >= BRACKET_LEAST &&
			       listener->survived_ns < all.first;
		if (silence.count >= DEATHS_LEAST && silence.count * 2 >= died)
			tell_deaths(conclusion, listener, &silence, true);
		else if (bracket)
			tell_deaths(conclusion, listener, &all, true);
		else if (listener->unprobed * 2 >= died)
			tell_deaths(conclusion, listener, &all, false);
	}
}

/* All forged RSTs whose TTL is within one of this. */
static void
tell_injection(struct conclusion *conclusion, uint8_t ttl)
{
	struct finding *finding = NULL;
	const struct group *first = NULL;
	uint64_t flows = 0;
	bool several = false;
	for (size_t i = 0; i < conclusion->group_count; i++) {
		const struct group *group = conclusion->groups[i];
		uint64_t fitting = 0;
		if (group->key.code != VERDICT_RESET_INJECTED)
			continue;
		for (uint32_t j = 0; j < group->clients.used; j++) {
			int other = (int)(group->clients.at[j].key.lo >> 8);
			if (other >= ttl - 1 && other <= ttl + 1)
				fitting += group->clients.at[j].bad;
		}
		fitting = conclude_explain(conclusion, i, fitting);
		if (fitting == 0)
			continue;
		if (finding == NULL) {
			finding = conclude_add(conclusion, FINDING_RESET_INJECTION_CLUSTER,
					       SEVERITY_CRITICAL);
			finding_from_group(finding, group);
			finding_about(finding, SUBJECT_LISTENER, &group->key);
			first = group;
		} else {
			several |= !ip_addr_equal(group->key.a, first->key.a) ||
				   group->key.port != first->key.port;
			finding_prove(finding, &group->proofs);
		}
		flows += fitting;
		finding_span(finding, group->at.at[0].first,
			     group->at.at[group->at.used - 1].last);
	}
	if (finding == NULL)
		return;
	if (several)
		finding->subject = (struct finding_subject){ .kind = SUBJECT_DEVICE,
							     .hops = finding_hops(ttl) };
	finding->flows = flows;
	finding_set(finding, NUMBER_TTL, ttl);
	finding_set(finding, NUMBER_HOPS, finding_hops(ttl));
	finding_add_advice(finding, ADVICE_INJECTOR);
}

void
conclude_injection(struct conclusion *conclusion)
{
	uint64_t by_ttl[256] = { 0 };
	for (size_t i = 0; i < conclusion->group_count; i++) {
		const struct group *group = conclusion->groups[i];
		if (group->key.code != VERDICT_RESET_INJECTED)
			continue;
		for (uint32_t j = 0; j < group->clients.used; j++)
			by_ttl[group->clients.at[j].key.lo >> 8 & 0xff] +=
				group->clients.at[j].bad;
	}
	for (;;) {
		int best = -1;
		uint64_t most = INJECTED_LEAST - 1;
		for (int ttl = 0; ttl < 256; ttl++) {
			uint64_t near = by_ttl[ttl] + (ttl > 0 ? by_ttl[ttl - 1] : 0) +
					(ttl < 255 ? by_ttl[ttl + 1] : 0);
			if (by_ttl[ttl] > 0 && (near > most || (best >= 0 && near == most &&
								by_ttl[ttl] > by_ttl[best]))) {
				most = near;
				best = ttl;
			}
		}
		if (best < 0)
			return;
		tell_injection(conclusion, (uint8_t)best);
		for (int ttl = best - 1; ttl <= best + 1; ttl++)
			if (ttl >= 0 && ttl < 256)
				by_ttl[ttl] = 0;
	}
}

static uint64_t
per_window(const struct episode *episode)
{
	int64_t length = episode->last - episode->first;
	if (length <= storm_window_ns)
		return episode->count;
	return (uint64_t)((double)episode->count * (double)storm_window_ns / (double)length);
}

/* Whether so many are unusual for this sender. */
static bool
is_burst(const struct conclusion *conclusion, const struct episodes *at,
	 const struct episode *episode)
{
	int64_t from = episode->first - baseline_ns;
	if (from < conclusion->first_ns)
		from = conclusion->first_ns;
	int64_t lead = episode->first - from;
	uint64_t rate = per_window(episode);
	if (rate < STORM_RSTS)
		return false;
	if (lead >= storm_window_ns) {
		uint64_t before = episodes_within(at, from, episode->first - 1);
		double mean = (double)before * (double)storm_window_ns / (double)lead;
		return (double)rate >= mean * STORM_FACTOR;
	}
	/* nothing is known of the time before: then it has to end */
	int64_t rest = conclusion->last_ns - episode->last;
	uint64_t behind = episodes_within(at, episode->last + 1, conclusion->last_ns);
	return rest >= episode->last - episode->first + storm_window_ns &&
	       (double)rate >= (double)behind * (double)storm_window_ns / (double)rest *
				       STORM_FACTOR;
}

static bool
is_told(const struct conclusion *conclusion, struct ip_addr addr, const struct episode *episode)
{
	for (size_t i = 0; i < conclusion->report->count; i++) {
		const struct finding *finding = &conclusion->report->findings[i];
		bool about = finding->code == FINDING_SERVICE_RESTART ||
			     finding->code == FINDING_LISTENER_REFUSING ||
			     finding->code == FINDING_RESET_INJECTION_CLUSTER;
		bool device = finding->code == FINDING_RST_STORM &&
			      finding->subject.kind == SUBJECT_DEVICE;
		if (((about && ip_addr_equal(finding->subject.addr, addr)) || device) &&
		    finding->first_ns - storm_pause_ns <= episode->last &&
		    finding->last_ns + storm_pause_ns >= episode->first)
			return true;
	}
	return false;
}

static void
explain_storm(struct conclusion *conclusion, const struct rst_sender *sender,
	      const struct episode *episode)
{
	for (size_t i = 0; i < conclusion->group_count; i++) {
		const struct group *group = conclusion->groups[i];
		enum verdict_class class = verdict_infos[group->key.code].verdict_class;
		if (class != CLASS_RESET && class != CLASS_IDLE)
			continue;
		bool its_own = ip_addr_equal(group->key.a, sender->key.a);
		const struct value *client =
			sender->key.port == 0 ? values_find(&group->clients, sender->key.a) : NULL;
		if (!its_own && client == NULL)
			continue;
		uint64_t within = episodes_within(&group->at, episode->first, episode->last);
		conclude_explain(conclusion, i,
				 its_own || client->bad > within ? within : client->bad);
	}
}

/* All that one address sent: senders[first] up to end. */
static void
rst_storm(struct conclusion *conclusion, const struct rst_sender **senders, size_t first,
	  size_t end)
{
	const struct rst_sender *most = senders[first];
	struct episodes all = { .used = 0 }, joined;
	struct proofs proofs = { .count = 0 };
	bool ports = false;
	for (size_t i = first; i < end; i++) {
		if (senders[i]->flows > most->flows)
			most = senders[i];
		ports |= senders[i]->key.port != senders[first]->key.port;
		episodes_merge(&all, &senders[i]->at, TALLY_JOIN_NS);
		proofs_merge(&proofs, &senders[i]->proofs);
	}
	episodes_bursts(&all, NS_PER_S / 2, storm_window_ns, STORM_RSTS, storm_pause_ns, &joined);
	for (uint32_t i = 0; i < joined.used; i++) {
		const struct episode *episode = &joined.at[i];
		if (!is_burst(conclusion, &all, episode) ||
		    is_told(conclusion, most->key.a, episode))
			continue;
		struct finding *finding =
			conclude_add(conclusion, FINDING_RST_STORM, SEVERITY_WARNING);
		bool server = most->key.port != 0;
		finding_about(finding,
			      !server ? SUBJECT_SOURCE
			      : ports ? SUBJECT_HOST
				      : SUBJECT_LISTENER,
			      &most->key);
		if (ports)
			finding->subject.port = 0;
		finding->flows = episode->count;
		finding->rst_form = most->key.code;
		finding->rst_origin = most->key.sub;
		finding->suspect = most->key.sub == RST_ORIGIN_IN_PATH_DEVICE ||
						   most->key.sub == RST_ORIGIN_PROXY
					   ? SUSPECT_MIDDLEBOX
				   : server ? SUSPECT_SERVER
					    : SUSPECT_CLIENT;
		finding->confidence = 85;
		finding->direction = server ? TO_CLIENT : TO_SERVER;
		finding_span(finding, episode->first, episode->last);
		finding_set(finding, NUMBER_RESET, (int64_t)episode->count);
		finding_set(finding, NUMBER_TTL, (int64_t)most->key.b.lo);
		finding_set(finding, NUMBER_HOPS, finding_hops((uint8_t)most->key.b.lo));
		finding_prove(finding, &proofs);
		finding->example = most->example;
		finding->example.event_ns = episode->first;
		finding_add_advice(finding, ADVICE_SERVICE_LOG);
		finding_add_advice(finding, ADVICE_ABORT_COUNTERS);
		explain_storm(conclusion, most, episode);
	}
}

static bool
is_device(const struct rst_sender *sender)
{
	return sender->key.sub == RST_ORIGIN_IN_PATH_DEVICE || sender->key.sub == RST_ORIGIN_PROXY;
}

/* A device that speaks for many: what its RSTs have in common is how far away it is. */
static void
device_storm(struct conclusion *conclusion, const struct rst_sender **senders, size_t count,
	     uint8_t ttl)
{
	struct episodes all = { .used = 0 }, joined;
	struct proofs proofs = { .count = 0 };
	const struct rst_sender *most = NULL;
	bool hosts = false;
	for (size_t i = 0; i < count; i++) {
		if (!is_device(senders[i]) || senders[i]->key.b.lo != ttl)
			continue;
		hosts |= most != NULL && !ip_addr_equal(most->key.a, senders[i]->key.a);
		if (most == NULL || senders[i]->flows > most->flows)
			most = senders[i];
		episodes_merge(&all, &senders[i]->at, TALLY_JOIN_NS);
		proofs_merge(&proofs, &senders[i]->proofs);
	}
	if (!hosts)
		return; /* that of one host is told under its address */
	episodes_bursts(&all, NS_PER_S / 2, storm_window_ns, STORM_RSTS, storm_pause_ns, &joined);
	for (uint32_t i = 0; i < joined.used; i++) {
		const struct episode *episode = &joined.at[i];
		if (!is_burst(conclusion, &all, episode))
			continue;
		struct finding *finding =
			conclude_add(conclusion, FINDING_RST_STORM, SEVERITY_WARNING);
		finding->subject = (struct finding_subject){ .kind = SUBJECT_DEVICE,
							     .hops = finding_hops(ttl) };
		finding->flows = episode->count;
		finding->rst_form = most->key.code;
		finding->rst_origin = most->key.sub;
		finding->suspect = SUSPECT_MIDDLEBOX;
		finding->confidence = 85;
		finding->direction = most->key.port != 0 ? TO_CLIENT : TO_SERVER;
		finding_span(finding, episode->first, episode->last);
		finding_set(finding, NUMBER_RESET, (int64_t)episode->count);
		finding_set(finding, NUMBER_TTL, ttl);
		finding_set(finding, NUMBER_HOPS, finding_hops(ttl));
		finding_prove(finding, &proofs);
		finding->example = most->example;
		finding->example.event_ns = episode->first;
		finding_add_advice(finding, ADVICE_CONNTRACK);
		finding_add_advice(finding, ADVICE_CAPTURE_AT_SERVER);
		for (size_t j = 0; j < count; j++)
			if (is_device(senders[j]) && senders[j]->key.b.lo == ttl)
				explain_storm(conclusion, senders[j], episode);
	}
}

void
conclude_rst_storms(struct conclusion *conclusion)
{
	const struct table *table = &conclusion->tally->rsts;
	const struct rst_sender **senders = (const struct rst_sender **)table_sorted(table);
	if (senders == NULL) {
		conclusion->failed = true;
		return;
	}
	for (unsigned ttl = 1; ttl <= UINT8_MAX; ttl++)
		device_storm(conclusion, senders, table->used, (uint8_t)ttl);
	size_t end;
	for (size_t first = 0; first < table->used; first = end) {
		for (end = first; end < table->used &&
				  ip_addr_equal(senders[end]->key.a, senders[first]->key.a);)
			end++;
		rst_storm(conclusion, senders, first, end);
	}
	free(senders);
}

static bool
same_source(const struct rst_source *source, const struct rst_sender *sender)
{
	return ip_addr_equal(source->addr, sender->key.a) && source->port == sender->key.port &&
	       source->origin == sender->key.sub && source->ttl == sender->key.b.lo;
}

static int
compare_sources(const void *left, const void *right)
{
	const struct rst_source *a = left, *b = right;
	/* who cuts connections comes before who refuses them */
	if (a->flows - a->refusals != b->flows - b->refusals)
		return a->flows - a->refusals > b->flows - b->refusals ? -1 : 1;
	if (a->flows != b->flows)
		return a->flows > b->flows ? -1 : 1;
	int order = sketch_compare(a->addr, b->addr);
	if (order == 0)
		order = (int)a->port - (int)b->port;
	if (order == 0)
		order = (int)a->origin - (int)b->origin;
	return order != 0 ? order : (int)a->ttl - (int)b->ttl;
}

void
conclude_rst_sources(struct conclusion *conclusion)
{
	const struct table *table = &conclusion->tally->rsts;
	struct findings_report *report = conclusion->report;
	const struct rst_sender **senders = (const struct rst_sender **)table_sorted(table);
	struct rst_source *sources = calloc(table->used + 1, sizeof(*sources));
	size_t count = 0;
	/* senders that differ in the form only are one source; they follow each other */
	for (size_t i = 0; senders != NULL && sources != NULL && i < table->used; i++) {
		const struct rst_sender *sender = senders[i];
		size_t at = 0;
		while (at < count && !same_source(&sources[at], sender))
			at++;
		if (at == count)
			sources[count++] = (struct rst_source){
				.addr = sender->key.a,
				.port = sender->key.port,
				.ip_version = sender->key.ip_version,
				.origin = sender->key.sub,
				.ttl = (uint8_t)sender->key.b.lo,
				.hops = finding_hops((uint8_t)sender->key.b.lo),
			};
		sources[at].flows += sender->flows;
		sources[at].refusals += sender->refusals;
		report->rst_flows += sender->flows;
	}
	if (senders == NULL || sources == NULL)
		conclusion->failed = true;
	if (count > 1)
		qsort(sources, count, sizeof(*sources), compare_sources);
	report->rst_source_count = count < RST_SOURCE_MAX ? count : RST_SOURCE_MAX;
	for (size_t i = 0; i < report->rst_source_count; i++)
		report->rst_sources[i] = sources[i];
	free(senders);
	free(sources);
}
