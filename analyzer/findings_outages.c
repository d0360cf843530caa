/* SPDX-License-Identifier: BSD-2-Clause */
/* Services that go away: refusals in a row, and what was cut off when they began. */
#include "analyzer/findings_parts.h"

enum {
	REFUSALS_LEAST = 5,  /* one RST can be a race */
	OUTAGE_REFUSALS = 3, /* fewer only with connections that were dropped */
	DROPS_LEAST = 3,     /* connections that end together */
	DROPS_EXCESS = 2,    /* and so many times as many as would end anyway */
	QUEUED_LEAST = 2,    /* reset in the accept queue within queue_ns */
	SOURCES_MANY = 3,
};

static const int64_t drop_window_ns = 2 * NS_PER_S;
static const int64_t queue_ns = 10 * (int64_t)NS_PER_MS;

/* Refusals between which nobody was served. */
struct run {
	int64_t first, last;
	uint64_t count;
	int64_t served_before, served_after;
	bool before, after; /* the two above are valid */
};

static const enum verdict_code refusals[] = { VERDICT_REFUSED_BY_RST, VERDICT_REFUSED_BY_ICMP };

enum { REFUSALS = sizeof(refusals) / sizeof(refusals[0]) };

/* Refusals of a listener that nothing explains yet. */
static uint64_t
unexplained_refusals(const struct conclusion *conclusion, const struct listener *listener)
{
	uint64_t flows = 0;
	for (int i = 0; i < REFUSALS; i++) {
		size_t index;
		if (conclude_group(conclusion, listener, refusals[i], 0, &index) != NULL)
			flows += unexplained(conclusion, index);
	}
	return flows;
}

/* Whether a silence stands among the widest whatever the order of flows and the parts they came in: of
 * n services at random times, hardly one silence is longer than a few times log n the mean. */
static bool
is_outstanding(const struct listener *listener, int64_t silence_ns)
{
	uint64_t served = episodes_total(&listener->served);
	int64_t times = 4;
	for (uint64_t rest = served; rest > 1; rest /= 2)
		times += 4;
	return served <= EPISODES_MAX ||
	       silence_ns / times >= (listener->last_ns - listener->first_ns) / (int64_t)served;
}

/* When somebody was served last before the run and first after it: exactly where served ones are rare,
 * else to a cell of time. */
static void
find_service(const struct listener *listener, struct run *run)
{
	int64_t cell_ns = presence_cell_ns(&listener->present), exact;
	run->before = presence_before(&listener->present, run->first, &run->served_before);
	run->after = presence_after(&listener->present, run->last, &run->served_after);
	if (run->before && run->after &&
	    !is_outstanding(listener, run->served_after - run->served_before))
		return;
	if (run->before && episodes_before(&listener->served, run->first, &exact) &&
	    exact < run->first && run->served_before - exact < cell_ns)
		run->served_before = exact;
	if (run->after && episodes_after(&listener->served, run->last, &exact) &&
	    exact > run->last && exact - run->served_after < cell_ns)
		run->served_after = exact;
}

/* The run that begins with episode *index, which is moved behind it. */
static struct run
next_run(const struct listener *listener, uint32_t *index)
{
	const struct runs *refused = &listener->refused;
	const struct episode *episode = &refused->at[(*index)++];
	struct run run = { .first = episode->first, .last = episode->last, .count = episode->count };
	while (*index < refused->used) {
		episode = &refused->at[*index];
		if (presence_between(&listener->present, run.last, episode->first))
			break;
		run.last = episode->last;
		run.count += episode->count;
		(*index)++;
	}
	find_service(listener, &run);
	return run;
}

/* Whether nobody was served between its first and last refusal. */
static bool
is_outage(const struct listener *listener, const struct run *run)
{
	return !presence_between(&listener->present, run->first, run->last);
}

/* Connections that the server ended together since it last served somebody. */
static uint64_t
dropped_before(const struct listener *listener, const struct run *run, int64_t *ret_first,
	       int64_t *ret_last)
{
	const struct runs *dropped = &listener->dropped;
	uint64_t all = 0;
	int64_t from = run->before ? run->served_before - drop_window_ns
				   : run->first - drop_window_ns;
	uint32_t next;
	for (uint32_t i = 0; i < dropped->used; i = next) {
		struct episode together = dropped->at[i];
		for (next = i + 1; next < dropped->used &&
				   dropped->at[next].first - together.last <= drop_window_ns / 4;
		     next++) {
			together.last = dropped->at[next].last;
			together.count += dropped->at[next].count;
		}
		if (together.last < from || together.first > run->last ||
		    together.last - together.first > 2 * drop_window_ns ||
		    together.count < DROPS_LEAST)
			continue;
		if (all == 0)
			*ret_first = together.first;
		*ret_last = together.last;
		all += together.count;
	}
	return all;
}

/* How many of the refusals surely had nobody served between them: within a cell of time that is not
 * known, unless the silence is known exactly. */
static uint64_t
certain_refusals(const struct listener *listener, const struct run *run)
{
	double length = (double)(run->last - run->first);
	double blind = (double)presence_cell_ns(&listener->present);
	if (!episodes_touch(&listener->served, run->first, run->last))
		return run->count;
	return length > blind ? (uint64_t)((double)run->count * (length - blind) / length) : 0;
}

/* How likely so long a row of refusals is if each attempt is refused with the same chance. */
static bool
is_by_chance(const struct conclusion *conclusion, const struct listener *listener,
	     const struct run *run)
{
	uint64_t refused = 0;
	for (uint32_t i = 0; i < listener->refused.used; i++)
		refused += listener->refused.at[i].count;
	double others = (double)(refused - run->count);
	double served = (double)episodes_total(&listener->served);
	double chance = (others + 1) / (others + served + 1), likely = 1;
	for (uint64_t i = 0; i < certain_refusals(listener, run) && likely > 1e-9; i++)
		likely *= chance;
	/* a row may begin at any of the refusals, at any listener */
	return likely * (others + 1) * (double)conclusion->listener_count > 0.01;
}

/* Whether so many ends are no more than what the listener sees anyway in as long a time. */
static bool
drops_by_chance(const struct listener *listener, const struct run *run, uint64_t dropped,
		int64_t first, int64_t last)
{
	const struct runs *drops = &listener->dropped;
	int64_t begin = listener->first_ns, end = drops->at[drops->used - 1].last;
	uint64_t all = 0;
	for (uint32_t i = 0; i < drops->used; i++)
		all += drops->at[i].count;
	first = first < run->first ? first : run->first;
	last = last > run->last ? last : run->last;
	begin = begin < first ? begin : first;
	end = end > listener->last_ns ? end : listener->last_ns;
	double share = (double)(last - first) / (double)(end > last ? end - begin : last - begin + 1);
	return (double)dropped < DROPS_LEAST + DROPS_EXCESS * share * (double)all;
}

static void
explain_resets(struct conclusion *conclusion, const struct listener *listener, int64_t first,
	       int64_t last)
{
	static const enum verdict_code cut[] = {
		VERDICT_RESET_BY_SERVER,      VERDICT_RESET_AT_ACCEPT,
		VERDICT_RESET_ON_FIRST_DATA,  VERDICT_RESET_BEFORE_HANDSHAKE_ACK,
		VERDICT_RESET_AFTER_IDLE,     VERDICT_MIDSTREAM_RESET,
		VERDICT_CLOSED_BY_SERVER_EARLY, VERDICT_CLOSED_BY_SERVER_NO_DATA,
		VERDICT_TLS_NO_SERVER_HELLO,  VERDICT_SERVER_NO_RESPONSE,
		VERDICT_RESET_BY_CLIENT,
		VERDICT_CLOSED_BY_SERVER_MIDWAY,
	};
	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++)
		conclude_explain_within(conclusion, listener, cut[i], first, last, NULL);
}

static uint64_t
reset_within(const struct conclusion *conclusion, const struct listener *listener, int64_t first,
	     int64_t last)
{
	size_t from, end;
	uint64_t flows = 0;
	conclude_groups(conclusion, listener, &from, &end);
	for (size_t i = from; i < end; i++) {
		enum verdict_code code = (enum verdict_code)conclusion->groups[i]->key.code;
		if (verdict_infos[code].verdict_class == CLASS_RESET ||
		    code == VERDICT_RESET_AFTER_IDLE)
			flows += episodes_within(&conclusion->groups[i]->at, first, last);
	}
	return flows;
}

static const struct group *
refusing_group(const struct conclusion *conclusion, const struct listener *listener)
{
	const struct group *most = NULL;
	for (int i = 0; i < REFUSALS; i++) {
		size_t index;
		const struct group *group =
			conclude_group(conclusion, listener, refusals[i], 0, &index);
		if (group != NULL && (most == NULL || group->flows > most->flows))
			most = group;
	}
	return most;
}

static uint64_t
explain_refusals(struct conclusion *conclusion, const struct listener *listener,
		 const struct run *run)
{
	uint64_t rest = run->count;
	for (int i = 0; i < REFUSALS; i++) {
		size_t index;
		if (conclude_group(conclusion, listener, refusals[i], 0, &index) != NULL)
			rest -= conclude_explain(conclusion, index, rest);
	}
	return run->count - rest;
}

static void
tell_restart(struct conclusion *conclusion, const struct listener *listener, const struct run *run,
	     uint64_t dropped, int64_t dropped_first)
{
	const struct group *group = refusing_group(conclusion, listener);
	struct finding *finding =
		conclude_add(conclusion, FINDING_SERVICE_RESTART, SEVERITY_WARNING);
	finding_from_group(finding, group);
	finding_about(finding, SUBJECT_LISTENER, &listener->key);
	finding->verdict = VERDICT_CODES;
	finding->suspect = SUSPECT_SERVER;
	finding->confidence = dropped > 0 ? 95 : 85;
	int64_t first = dropped > 0 && dropped_first < run->first ? dropped_first : run->first;
	finding_span(finding, first, run->after ? run->served_after : run->last);
	uint64_t reset = reset_within(conclusion, listener, first, finding->last_ns);
	uint64_t refused = explain_refusals(conclusion, listener, run);
	explain_resets(conclusion, listener, first - queue_ns, finding->last_ns);
	finding->flows = refused + (dropped > reset ? dropped : reset);
	finding->example.event_ns = first;
	finding_set(finding, NUMBER_REFUSED, (int64_t)refused);
	finding_set(finding, NUMBER_RESET, (int64_t)reset);
	finding_set(finding, NUMBER_CLOSED, (int64_t)saturating_sub(dropped, reset));
	if (run->after)
		finding_set(finding, NUMBER_OUTAGE, (run->served_after - first) / NS_PER_US);
	finding_set_rate(finding, finding->flows, listener_total(listener));
	finding->cause_count = finding->advice_count = 0;
	finding_add_cause(finding, CAUSE_SERVICE_RESTARTING);
	finding_add_advice(finding, ADVICE_SERVICE_RESTARTS);
	finding_add_advice(finding, ADVICE_SERVICE_LOG);
	finding_add_advice(finding, ADVICE_KERNEL_LOG);
}

static bool
only_scanners(const struct conclusion *conclusion, const struct group *group)
{
	uint64_t flows = 0;
	for (size_t i = 0; i < conclusion->scanner_count; i++) {
		const struct value *value = values_find(&group->clients, conclusion->scanners[i]);
		flows += value != NULL ? value->bad : 0;
	}
	return flows >= group->flows;
}

static void
tell_refusing(struct conclusion *conclusion, const struct listener *listener, const struct run *run,
	      uint64_t dropped, int64_t dropped_first)
{
	const struct group *group = refusing_group(conclusion, listener);
	uint64_t sources = distinct_count(&group->sources);
	if (only_scanners(conclusion, group))
		return;
	bool known = run->before || run->after;
	struct finding *finding =
		conclude_add(conclusion, FINDING_LISTENER_REFUSING,
			     known || sources >= SOURCES_MANY ? SEVERITY_CRITICAL
							      : SEVERITY_WARNING);
	finding_from_group(finding, group);
	finding_about(finding, SUBJECT_LISTENER, &listener->key);
	int64_t first = dropped > 0 && dropped_first < run->first ? dropped_first : run->first;
	finding_span(finding, first, run->last);
	finding->flows = explain_refusals(conclusion, listener, run);
	finding_set(finding, NUMBER_REFUSED, (int64_t)finding->flows);
	finding_set(finding, NUMBER_SOURCES, (int64_t)sources);
	if (dropped > 0) {
		uint64_t reset = reset_within(conclusion, listener, first, run->last);
		finding_set(finding, NUMBER_RESET, (int64_t)reset);
		finding->flows += dropped > reset ? dropped : reset;
		explain_resets(conclusion, listener, first - queue_ns, run->last);
	}
	finding_set(finding, NUMBER_ESTABLISHED, (int64_t)listener->established);
	finding_set_rate(finding, finding->flows, listener_total(listener));
	if (group->ttl_least != 0 && group->ttl_least == group->ttl_most)
		finding_set(finding, NUMBER_TTL, group->ttl_least);
	finding_add_advice(finding, ADVICE_LISTENING);
	if (known)
		finding_add_advice(finding, ADVICE_SERVICE_RESTARTS);
}

static void
judge_run(struct conclusion *conclusion, const struct listener *listener, const struct run *run)
{
	int64_t dropped_first = 0, dropped_last = 0;
	if (!is_outage(listener, run))
		return;
	uint64_t dropped = dropped_before(listener, run, &dropped_first, &dropped_last);
	if (dropped > 0 && drops_by_chance(listener, run, dropped, dropped_first, dropped_last))
		dropped = 0;
	bool by_chance = is_by_chance(conclusion, listener, run);
	if (run->before && run->after) {
		if ((run->count >= OUTAGE_REFUSALS && !by_chance) ||
		    (dropped >= DROPS_LEAST && run->count >= 1))
			tell_restart(conclusion, listener, run, dropped, dropped_first);
		return;
	}
	if ((run->count >= REFUSALS_LEAST && (!by_chance || listener->established == 0)) ||
	    (run->before && dropped >= DROPS_LEAST && run->count >= OUTAGE_REFUSALS))
		tell_refusing(conclusion, listener, run, dropped, dropped_first);
}

/* Connections reset in the queue at the same moment: somebody closed the listener. */
static void
judge_queue(struct conclusion *conclusion, const struct listener *listener)
{
	size_t index;
	const struct group *group =
		conclude_group(conclusion, listener, VERDICT_RESET_AT_ACCEPT, GROUP_SUB_ANY, &index);
	if (group == NULL || unexplained(conclusion, index) < QUEUED_LEAST ||
	    group->forms[RST_FORM_ACTIVE_ABORT] * 2 < group->flows)
		return;
	for (uint32_t i = 0; i < group->at.used; i++) {
		const struct episode *episode = &group->at.at[i];
		if (episode->count < QUEUED_LEAST || episode->last - episode->first > queue_ns)
			continue;
		struct finding *finding =
			conclude_add(conclusion, FINDING_SERVICE_RESTART, SEVERITY_WARNING);
		finding_from_group(finding, group);
		finding_about(finding, SUBJECT_LISTENER, &listener->key);
		finding->suspect = SUSPECT_SERVER;
		finding->flows = conclude_explain(conclusion, index, episode->count);
		finding->advice_count = 0;
		finding_span(finding, episode->first, episode->last);
		finding_set(finding, NUMBER_RESET, (int64_t)finding->flows);
		finding_add_advice(finding, ADVICE_SERVICE_RESTARTS);
		finding_add_advice(finding, ADVICE_SERVICE_LOG);
	}
}

void
conclude_outages(struct conclusion *conclusion)
{
	for (size_t i = 0; i < conclusion->listener_count; i++) {
		const struct listener *listener = conclusion->listeners[i];
		for (uint32_t next = 0; next < listener->refused.used;) {
			struct run run = next_run(listener, &next);
			if (unexplained_refusals(conclusion, listener) == 0)
				break;
			judge_run(conclusion, listener, &run);
		}
		judge_queue(conclusion, listener);
	}
}
