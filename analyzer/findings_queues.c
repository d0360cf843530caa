/* SPDX-License-Identifier: BSD-2-Clause */
/* Full queues of a listener: complete connections that nobody accepts, half-open ones that pile up. In
 * the order of tests: ACK and then SYN-ACK again; a plateau; SYN-ACKs that are never repeated. */
#include "analyzer/findings_parts.h"

enum {
	OVERFLOW_FLOWS = 3,
	BURST_LEAST = 5,	    /* SYNs dropped in a row, and flows of other listeners meanwhile */
	BURST_PERCENT = 30,	    /* of the attempts in the burst */
	BURST_OUTSIDE_PERCENT = 20, /* of the burst: what may be dropped at other times */
	PLATEAU_LEAST = 3,	/* half-open ones */
	PLATEAU_REFUSED = 2,	/* SYNs without answer meanwhile */
	COOKIES_LEAST = 5,
	COOKIES_SOURCES = 3, /* one scanner makes no full queue */
};

static const int64_t overflow_pause_ns = 60 * NS_PER_S;
static const int64_t overflow_margin_ns = 10 * NS_PER_S;
static const int64_t burst_pause_ns = 3 * NS_PER_S;
static const int64_t plateau_least_ns = 3 * NS_PER_S;
/* The level was reached at some time since the sample before. */
static const int64_t plateau_margin_ns = NS_PER_S / 4;

static void
span_episodes(struct finding *finding, const struct episodes *episodes)
{
	if (episodes->used > 0)
		finding_span(finding, episodes->at[0].first,
			     episodes->at[episodes->used - 1].last);
}

/* Attempts at a listener that stayed unanswered or needed another SYN, within the time. */
static uint64_t
dropped_within(const struct conclusion *conclusion, const struct listener *listener, int64_t first,
	       int64_t last)
{
	size_t index;
	const struct group *silent =
		conclude_group(conclusion, listener, VERDICT_SYN_UNANSWERED, 0, &index);
	return episodes_within(&listener->late_at, first, last) +
	       (silent != NULL ? episodes_within(&silent->at, first, last) : 0);
}

/* Whether the same host served others meanwhile without dropping SYNs: then it is not the path. */
static bool
host_serves_others(const struct conclusion *conclusion, const struct listener *listener,
		   const struct episode *burst)
{
	uint64_t served = 0, dropped = 0;
	for (size_t i = 0; i < conclusion->listener_count; i++) {
		const struct listener *other = conclusion->listeners[i];
		if (other == listener || !ip_addr_equal(other->key.a, listener->key.a))
			continue;
		served += timeline_within(&other->serving, burst->first, burst->last);
		dropped += dropped_within(conclusion, other, burst->first, burst->last);
	}
	return served >= BURST_LEAST && dropped * 100 <= served * BURST_OUTSIDE_PERCENT;
}

/* SYNs dropped in a burst while the listener serves some: Linux drops them while the accept queue is
 * full, so that a real client may never come as far as a handshake whose ACK is ignored. */
static bool
syn_burst(const struct conclusion *conclusion, const struct listener *listener,
	  struct episode *ret_burst)
{
	size_t index;
	struct episodes dropped = listener->late_at, joined;
	const struct group *silent =
		conclude_group(conclusion, listener, VERDICT_SYN_UNANSWERED, 0, &index);
	if (silent != NULL)
		episodes_merge(&dropped, &silent->at, TALLY_JOIN_NS);
	episodes_join(&dropped, burst_pause_ns, &joined);
	*ret_burst = (struct episode){ .count = 0 };
	for (uint32_t i = 0; i < joined.used; i++)
		if (joined.at[i].count > ret_burst->count)
			*ret_burst = joined.at[i];
	uint64_t all = episodes_total(&dropped), burst = ret_burst->count;
	uint64_t served = timeline_within(&listener->serving, ret_burst->first, ret_burst->last);
	if (burst < BURST_LEAST || served == 0 || burst * 100 < (burst + served) * BURST_PERCENT ||
	    (all - burst) * 100 > burst * BURST_OUTSIDE_PERCENT)
		return false;
	bool at_server = silent != NULL && silent->seen_at_server * 2 > silent->flows;
	return at_server || host_serves_others(conclusion, listener, ret_burst);
}

/* Everything that a full queue explains around one time of it; the window grows to hold it. */
static void
explain_same(struct conclusion *conclusion, const struct listener *listener,
	     const struct episode *time, struct finding *finding)
{
	/* what else clients meet when nobody accepts: in the queue, or no longer let into it */
	static const enum verdict_code same[] = { VERDICT_HANDSHAKE_ACK_IGNORED,
						  VERDICT_SYN_UNANSWERED,
						  VERDICT_SERVER_NO_RESPONSE,
						  VERDICT_BLACKHOLED_FIRST_DATA,
						  VERDICT_CONNECT_ABORTED_BY_CLIENT,
						  VERDICT_TLS_NO_SERVER_HELLO };
	int64_t first = time->first - overflow_margin_ns;
	int64_t last = time->last + overflow_margin_ns;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		uint64_t more = conclude_explain_within(conclusion, listener, same[i], first, last,
							finding);
		finding->flows += more;
		if (same[i] == VERDICT_HANDSHAKE_ACK_IGNORED)
			finding_set(finding, NUMBER_ACKS_IGNORED, (int64_t)more);
		if (same[i] == VERDICT_SYN_UNANSWERED)
			finding_set(finding, NUMBER_UNANSWERED, (int64_t)more);
	}
	uint64_t late = episodes_within(&listener->late_at, first, last) +
			episodes_within(&listener->stalled_at, first, last);
	finding->flows += late;
	finding_set(finding, NUMBER_STALLED, (int64_t)late);
}

/* What tells that the queue of a listener was full. */
struct overflow {
	const struct group *ignored, *silent;
	bool sure;   /* seen at the server */
	bool many;   /* by number */
	bool bursts; /* by SYNs that were dropped */
};

static void
tell_overflow(struct conclusion *conclusion, const struct listener *listener,
	      const struct overflow *overflow, const struct episode *time)
{
	struct finding *finding =
		conclude_add(conclusion, FINDING_ACCEPT_QUEUE_OVERFLOW,
			     overflow->many || overflow->bursts ? SEVERITY_CRITICAL
								: SEVERITY_WARNING);
	if (overflow->ignored != NULL)
		finding_from_group(finding, overflow->ignored);
	else if (overflow->silent != NULL)
		finding_from_group(finding, overflow->silent);
	else
		conclude_example(finding, listener);
	if (overflow->ignored == NULL)
		finding->confidence = 75;
	finding_about(finding, SUBJECT_LISTENER, &listener->key);
	finding->suspect = SUSPECT_SERVER;
	finding->verdict = VERDICT_CODES;
	finding->advice_count = finding->cause_count = 0;
	if (overflow->bursts)
		finding_prove(finding, &listener->late_proofs);
	finding_prove(finding, &listener->stalled_proofs);
	finding_span(finding, time->first, time->last);
	explain_same(conclusion, listener, time, finding);
	finding_set_rate(finding, finding->flows, listener_total(listener));
	conclude_backlog(conclusion, listener, finding);
	finding_add_cause(finding, CAUSE_ACCEPT_QUEUE_FULL);
	if (overflow->bursts)
		finding_add_cause(finding, CAUSE_SYN_QUEUE_FULL);
	else if (!overflow->sure)
		finding_add_cause(finding, CAUSE_HANDSHAKE_ACK_LOST);
	finding_add_advice(finding, ADVICE_ACCEPT_QUEUE);
	finding_add_advice(finding, ADVICE_BACKLOG_SIZE);
	finding_add_advice(finding, ADVICE_THREADS);
}

static bool
accept_queue(struct conclusion *conclusion, const struct listener *listener)
{
	size_t index;
	struct episode burst;
	struct overflow overflow = {
		.ignored = conclude_group(conclusion, listener, VERDICT_HANDSHAKE_ACK_IGNORED, 0,
					  &index),
		.silent = conclude_group(conclusion, listener, VERDICT_SYN_UNANSWERED, 0, &index),
	};
	uint64_t flows = overflow.ignored != NULL ? overflow.ignored->flows : 0;
	overflow.sure = overflow.ignored != NULL && overflow.ignored->at_server > 0;
	overflow.many = flows >= OVERFLOW_FLOWS || (listener->stalled >= OVERFLOW_FLOWS &&
						    (overflow.silent != NULL || flows > 0));
	overflow.bursts = syn_burst(conclusion, listener, &burst);
	if (!overflow.sure && !overflow.many && !overflow.bursts)
		return false;
	/* each time of it is told by itself: in between the queue was not full */
	struct episodes signs = listener->stalled_at, times;
	if (overflow.ignored != NULL)
		episodes_merge(&signs, &overflow.ignored->at, TALLY_JOIN_NS);
	if (overflow.bursts) {
		const struct episodes both = { .used = 2,
					       .at = { { burst.first, burst.first, 1 },
						       { burst.last, burst.last, 1 } } };
		episodes_merge(&signs, &both, burst.last - burst.first);
	}
	episodes_join(&signs, overflow_pause_ns, &times);
	for (uint32_t i = 0; i < times.used; i++)
		if (times.at[i].count > 0)
			tell_overflow(conclusion, listener, &overflow, &times.at[i]);
	return true;
}

static bool
syn_backlog(struct conclusion *conclusion, const struct listener *listener)
{
	struct backlog_summary summary;
	size_t silent_index, index;
	if (!conclude_backlog_summary(conclusion, listener, &summary))
		return false;
	int64_t length = summary.plateau_last_ns - summary.plateau_first_ns;
	if (summary.plateau < PLATEAU_LEAST || length < plateau_least_ns)
		return false;
	int64_t first = summary.plateau_first_ns - plateau_margin_ns;
	int64_t last = summary.plateau_last_ns;
	uint64_t refused = 0, taken = 0;
	const struct group *group = NULL;
	for (uint8_t sub = 0; sub <= GROUP_SUB_BARE; sub++) {
		const struct group *silent = conclude_group(
			conclusion, listener, VERDICT_SYN_UNANSWERED, sub, &silent_index);
		if (silent != NULL)
			refused += episodes_within(&silent->at, first, last);
		const struct group *half_open = conclude_group(
			conclusion, listener, VERDICT_SYNACK_UNACKED, sub, &index);
		group = half_open != NULL ? half_open : group;
		if (half_open != NULL)
			taken += episodes_within(&half_open->at, first, last);
	}
	/* a full queue lets nobody in but where one leaves it */
	taken += timeline_within(&listener->serving, first, last);
	if (refused < PLATEAU_REFUSED || taken > refused || group == NULL)
		return false;
	struct finding *finding =
		conclude_add(conclusion, FINDING_SYN_BACKLOG_OVERFLOW, SEVERITY_CRITICAL);
	finding_from_group(finding, group);
	finding_about(finding, SUBJECT_LISTENER, &listener->key);
	finding->verdict = VERDICT_CODES;
	finding->suspect = SUSPECT_SERVER;
	finding_span(finding, summary.plateau_first_ns, summary.plateau_last_ns);
	uint64_t silent = conclude_explain_within(conclusion, listener, VERDICT_SYN_UNANSWERED,
						  first, last, finding);
	uint64_t half_open = conclude_explain_within(conclusion, listener, VERDICT_SYNACK_UNACKED,
						     first - 63 * NS_PER_S, last, finding);
	finding->flows = silent + half_open;
	finding_set(finding, NUMBER_UNANSWERED, (int64_t)silent);
	finding_set_rate(finding, finding->flows, listener_total(listener));
	conclude_backlog(conclusion, listener, finding);
	finding->cause_count = 0;
	finding_add_cause(finding, CAUSE_SYN_QUEUE_FULL);
	finding_add_advice(finding, ADVICE_BACKLOG_SIZE);
	finding_add_advice(finding, ADVICE_SYN_RECV);
	return true;
}

static void
syn_cookies(struct conclusion *conclusion, const struct listener *listener, bool flooded)
{
	/* a listener that keeps a request repeats its SYN-ACK after a second */
	if (listener->synack_once < COOKIES_LEAST || listener->synack_again > listener->synack_once)
		return;
	if (flooded && listener->synack_again < COOKIES_LEAST)
		return; /* nothing shows that it would repeat them */
	size_t index;
	const struct group *group = conclude_group(conclusion, listener, VERDICT_SYNACK_UNACKED,
						   GROUP_SUB_BARE, &index);
	if (group == NULL)
		group = conclude_group(conclusion, listener, VERDICT_SYNACK_UNACKED, 0, &index);
	if (group == NULL || (!flooded && unexplained(conclusion, index) < COOKIES_LEAST) ||
	    distinct_count(&group->sources) < COOKIES_SOURCES)
		return;
	/* amid a flood they are the defence, not the trouble */
	struct finding *finding =
		conclude_add(conclusion, FINDING_SYNCOOKIES_ACTIVE,
			     flooded ? SEVERITY_INFO : SEVERITY_WARNING);
	finding_from_group(finding, group);
	finding_about(finding, SUBJECT_LISTENER, &listener->key);
	finding->confidence = 70;
	finding->suspect = SUSPECT_SERVER;
	conclude_explain(conclusion, index, listener->synack_once);
	finding->flows = listener->synack_once;
	span_episodes(finding, &listener->synack_once_at);
	finding_set(finding, NUMBER_SOURCES, (int64_t)distinct_count(&group->sources));
	finding_set_rate(finding, finding->flows, listener_total(listener));
	conclude_backlog(conclusion, listener, finding);
	finding->cause_count = 0;
	finding_add_cause(finding, CAUSE_SYN_QUEUE_FULL);
	finding_add_cause(finding, CAUSE_SPOOFED_SOURCE);
	finding_add_advice(finding, ADVICE_SYN_FLOOD);
	finding_add_advice(finding, ADVICE_BACKLOG_SIZE);
}

void
conclude_queues(struct conclusion *conclusion)
{
	for (size_t i = 0; i < conclusion->listener_count; i++) {
		const struct listener *listener = conclusion->listeners[i];
		if (accept_queue(conclusion, listener))
			continue;
		if (conclusion->flooded[i] || !syn_backlog(conclusion, listener))
			syn_cookies(conclusion, listener, conclusion->flooded[i]);
	}
}
