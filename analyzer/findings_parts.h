/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the conclusions share: the tally in order, what is explained already, and the words
 * to build a finding. Each rule takes what fits it and marks those flows as explained, so that one
 * cause is told once; the order of the rules is that of findings.c. */
#ifndef TCPWHY_FINDINGS_PARTS_H
#define TCPWHY_FINDINGS_PARTS_H

#include "analyzer/tally_parts.h"

enum { SCANNERS_MAX = 256 };

struct conclusion {
	const struct tally *tally;
	const struct capture_facts *facts;
	int64_t first_ns, last_ns; /* of the capture */
	const struct listener **listeners;
	const struct group **groups;
	const struct pair **pairs;	/* in the order of clients */
	const struct pair **by_listener; /* the same in the order of listeners, then of clients */
	size_t listener_count, group_count, pair_count;
	uint64_t *explained; /* by group */
	/* by listener: a finding speaks of its half-open ones already */
	bool *flooded;
	struct findings_report *report;
	size_t capacity;
	bool failed; /* memory is short */
	size_t scanner_count;
	struct ip_addr scanners[SCANNERS_MAX];
	struct finding spare; /* is written to when there is no memory for another */
};

/* The rules. */
void conclude_capture(struct conclusion *conclusion);
void conclude_scans(struct conclusion *conclusion);
void conclude_floods(struct conclusion *conclusion);
void conclude_queues(struct conclusion *conclusion);
void conclude_outages(struct conclusion *conclusion);
void conclude_filters(struct conclusion *conclusion);
void conclude_one_sided(struct conclusion *conclusion);
void conclude_silences(struct conclusion *conclusion);
void conclude_mtu(struct conclusion *conclusion);
void conclude_injection(struct conclusion *conclusion);
void conclude_rst_storms(struct conclusion *conclusion);
void conclude_storms(struct conclusion *conclusion);
void conclude_late(struct conclusion *conclusion);
void conclude_clients(struct conclusion *conclusion);
void conclude_clusters(struct conclusion *conclusion);
void conclude_rollup(struct conclusion *conclusion);
void conclude_rst_sources(struct conclusion *conclusion);

/* A new finding, all zero but code, severity and verdict. Never NULL. Valid until the next one. */
struct finding *conclude_add(struct conclusion *conclusion, enum finding_code code,
			     enum finding_severity severity);

void finding_set(struct finding *finding, enum finding_number_id id, int64_t value);
void finding_unset(struct finding *finding, enum finding_number_id id);
void finding_set_rate(struct finding *finding, uint64_t hits, uint64_t total);
void finding_about(struct finding *finding, enum finding_subject_kind kind,
		   const struct table_key *key);
void finding_prove(struct finding *finding, const struct proofs *proofs);
void finding_add_advice(struct finding *finding, enum advice advice);
void finding_add_cause(struct finding *finding, enum cause cause);
void finding_add_network(struct finding *finding, struct ip_addr addr, uint8_t ip_version,
		     unsigned length, uint64_t flows);
/* Suspect, confidence, causes, advice, RST form and origin, example and name from a group. */
void finding_from_group(struct finding *finding, const struct group *group);
/* An example of which nothing but the listener is known. */
void conclude_example(struct finding *finding, const struct listener *listener);
/* Whether there is a finding of this code about this listener. */
bool conclude_has(const struct conclusion *conclusion, enum finding_code code,
		  const struct listener *listener);
/* The window grows to hold the episode. */
void finding_span(struct finding *finding, int64_t first_ns, int64_t last_ns);
/* What sets its failing flows apart, from the listener and from its pairs. */
void conclude_contrast(struct conclusion *conclusion, const struct listener *listener,
		       struct finding *finding);
/* Puts the curve and its numbers into a finding. */
void conclude_backlog(struct conclusion *conclusion, const struct listener *listener,
		      struct finding *finding);
bool conclude_backlog_summary(const struct conclusion *conclusion, const struct listener *listener,
			      struct backlog_summary *ret_summary);

/* The groups of a listener: indexes [*ret_first, *ret_end). */
void conclude_groups(const struct conclusion *conclusion, const struct listener *listener,
		     size_t *ret_first, size_t *ret_end);
/* Its group with this verdict and sub, NULL if there is none; GROUP_SUB_ANY: the largest. */
const struct group *conclude_group(const struct conclusion *conclusion,
				   const struct listener *listener, enum verdict_code code,
				   uint8_t sub, size_t *ret_index);

/* The pairs of a listener: indexes [*ret_first, *ret_end) of by_listener. */
void conclude_pairs(const struct conclusion *conclusion, const struct listener *listener,
		    size_t *ret_first, size_t *ret_end);

/* Flows of a group that nothing explains yet. */
static inline uint64_t
unexplained(const struct conclusion *conclusion, size_t index)
{
	return conclusion->groups[index]->flows - conclusion->explained[index];
}

/* Marks at most flows of them as explained; returns how many. */
uint64_t conclude_explain(struct conclusion *conclusion, size_t index, uint64_t flows);
/* The same for those of a verdict (both subs) of a listener that failed within the time; widens the
 * window of finding to hold them if that is not NULL. */
uint64_t conclude_explain_within(struct conclusion *conclusion, const struct listener *listener,
				 enum verdict_code code, int64_t first_ns, int64_t last_ns,
				 struct finding *finding);
/* Those of a client, at whatever listener, with this verdict; VERDICT_CODES: any. */
uint64_t conclude_explain_client(struct conclusion *conclusion, struct ip_addr client,
				 enum verdict_code code);

/* Routers that a packet with this TTL has passed, if its sender began with the next usual value. */
static inline uint8_t
finding_hops(uint8_t ttl)
{
	return (uint8_t)((ttl <= 32 ? 32 : ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255) - ttl);
}

/* Flows of a listener without those of which nothing but a SYN came: a flood must not make failures
 * look rare. */
static inline uint64_t
listener_total(const struct listener *listener)
{
	return listener->flows - listener->bare_flows;
}

static inline uint64_t
saturating_sub(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

#endif
