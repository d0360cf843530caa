/* SPDX-License-Identifier: BSD-2-Clause */
/* One cause that shows at many listeners is one finding: of a host, of a source, or of all. */
#include "analyzer/findings_parts.h"

enum {
	ROLLUP_MOST = 5,      /* findings that say the same about different listeners */
	ROLLUP_MOST_INFO = 3, /* likewise, of those that need nobody */
	ROLLUP_MOST_PORTS = 3, /* likewise, that all attempts at ports of one host are in vain */
	OUTAGE_OVERLAP_PERCENT = 70, /* of two windows, of both together */
	OUTAGE_LISTENERS = 3, /* of several hosts; two of one host are enough */
};

/* Whether findings of this code are about something that listeners have in common. What happens to one
 * service alone, such as a restart, stays its own. */
static bool
may_be_common(const struct finding *finding)
{
	switch ((enum finding_code)finding->code) {
	case FINDING_LISTENER_REFUSING:
	case FINDING_LISTENER_DARK:
	case FINDING_FAILURE_CLUSTER:
	case FINDING_TLS_FAILURE_CLUSTER:
	case FINDING_SSH_FAILURE_CLUSTER:
	case FINDING_IDLE_TIMEOUT_CLUSTER:
	case FINDING_KEEPALIVE_MISSING:
	case FINDING_LOST_SYN:
	case FINDING_LB_HEALTH_CHECKS:
	case FINDING_SELECTIVE_FILTER:
	case FINDING_BACKSCATTER:
	case FINDING_SYNCOOKIES_ACTIVE:
	case FINDING_ASYMMETRIC_ROUTING:
	case FINDING_RETRANSMISSION_STORM:
	case FINDING_PATH_LOSS:
	case FINDING_PORT_REUSE_COLLISION:
	case FINDING_EPHEMERAL_PRESSURE:
	case FINDING_NAT_MULTI_HOST:
	case FINDING_PMTU_CLUSTER:
		return true;
	case FINDING_ACCEPT_QUEUE_OVERFLOW:
	case FINDING_SYN_BACKLOG_OVERFLOW:
	case FINDING_SYN_FLOOD:
	case FINDING_PORT_SCAN:
	case FINDING_HOST_SWEEP:
	case FINDING_CAPTURE_BAD:
	case FINDING_RST_STORM:
	case FINDING_SERVICE_RESTART:
	case FINDING_PAWS_NAT_DROP:
	case FINDING_RESET_INJECTION_CLUSTER:
	case FINDING_CODES:
		return false;
	}
	return false;
}

static bool
says_the_same(const struct finding *a, const struct finding *b)
{
	int64_t alert_a = -1, alert_b = -1;
	finding_number(a, NUMBER_ALERT, &alert_a);
	finding_number(b, NUMBER_ALERT, &alert_b);
	bool info = a->severity == SEVERITY_INFO;
	return a->code == b->code && a->verdict == b->verdict && alert_a == alert_b &&
	       a->rst_origin == b->rst_origin &&
	       info == (b->severity == SEVERITY_INFO);
}

static void
widen_subject(struct finding_subject *subject, const struct finding_subject *other)
{
	bool client = subject->kind == SUBJECT_PATH && other->kind == SUBJECT_PATH &&
		      ip_addr_equal(subject->peer, other->peer);
	bool source = subject->kind == SUBJECT_SOURCE && other->kind == SUBJECT_PATH &&
		      ip_addr_equal(subject->addr, other->peer);
	bool host = (subject->kind == SUBJECT_LISTENER || subject->kind == SUBJECT_HOST) &&
		    (other->kind == SUBJECT_LISTENER || other->kind == SUBJECT_HOST) &&
		    ip_addr_equal(subject->addr, other->addr);
	if (client)
		*subject = (struct finding_subject){ .kind = SUBJECT_SOURCE,
						     .addr = subject->peer,
						     .ip_version = subject->ip_version };
	else if (host)
		*subject = (struct finding_subject){ .kind = SUBJECT_HOST,
						     .addr = subject->addr,
						     .ip_version = subject->ip_version };
	else if (!source)
		*subject = (struct finding_subject){ .kind = SUBJECT_CAPTURE };
}

static void
keep_extreme(struct finding *finding, const struct finding *other, enum finding_number_id id,
	     bool largest)
{
	int64_t mine, theirs;
	if (!finding_number(other, id, &theirs))
		return;
	if (!finding_number(finding, id, &mine) || (largest ? theirs > mine : theirs < mine))
		finding_set(finding, id, theirs);
}

static void
add_number(struct finding *finding, const struct finding *other, enum finding_number_id id)
{
	int64_t mine = 0, theirs;
	if (!finding_number(other, id, &theirs))
		return;
	finding_number(finding, id, &mine);
	finding_set(finding, id, mine + theirs);
}

static void
unite(struct finding *finding, const struct finding *other)
{
	static const enum finding_number_id sums[] = {
		NUMBER_REFUSED,	 NUMBER_CLOSED,
		NUMBER_TOTAL,	 NUMBER_UNANSWERED,  NUMBER_ESTABLISHED,      NUMBER_RESET,
		NUMBER_SEGMENTS, NUMBER_UNSOLICITED, NUMBER_RETRANSMISSIONS, NUMBER_SURVIVORS,
		NUMBER_ONE_SIDED,
	};
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		add_number(finding, other, sums[i]);
	keep_extreme(finding, other, NUMBER_SURVIVED, true);
	keep_extreme(finding, other, NUMBER_DIED, false);
	keep_extreme(finding, other, NUMBER_DIED_LONGEST, true);
	keep_extreme(finding, other, NUMBER_LOSS_TO_SERVER, true);
	keep_extreme(finding, other, NUMBER_LOSS_TO_CLIENT, true);
	keep_extreme(finding, other, NUMBER_STUCK_SIZE, false);
	keep_extreme(finding, other, NUMBER_PASSED_SIZE, true);
	if (other->severity > finding->severity)
		finding->severity = other->severity;
	if (other->suspect != finding->suspect)
		finding->suspect = SUSPECT_UNKNOWN;
	if (other->confidence < finding->confidence)
		finding->confidence = other->confidence;
	finding->flows += other->flows;
	finding_span(finding, other->first_ns, other->last_ns);
	for (unsigned i = 0; i < other->evidence_count; i++) {
		struct proofs proofs = { .count = 1,
					 .first = other->evidence[i],
					 .last = other->evidence[i],
					 .some = { other->evidence[i] } };
		finding_prove(finding, &proofs);
	}
	widen_subject(&finding->subject, &other->subject);
}

/* Numbers of one listener say nothing of many. */
static void
drop_particulars(struct finding *finding)
{
	static const enum finding_number_id sole[] = {
		NUMBER_RATE, NUMBER_RATE_LOW, NUMBER_SOURCES,	 NUMBER_PEAK,
		NUMBER_TTL,  NUMBER_PEAK_AT,  NUMBER_PLATEAU,	 NUMBER_PLATEAU_LENGTH,
		NUMBER_HOPS, NUMBER_WAITERS,  NUMBER_AGE_MEDIAN, NUMBER_AGE_HIGH,
		NUMBER_PORTS, NUMBER_HOSTS,
	};
	for (size_t i = 0; i < sizeof(sole) / sizeof(sole[0]); i++)
		finding_unset(finding, sole[i]);
	finding->contrast_count = finding->network_count = 0;
	finding->backlog.count = 0;
	finding->name[0] = '\0';
}

/* How much flows-heavy listeners stand for: named among the networks. */
static void
name_subject(struct finding *finding, const struct finding *other)
{
	if (other->subject.ip_version != 0)
		finding_add_network(finding, other->subject.addr, other->subject.ip_version,
				    other->subject.prefix_length != 0
					    ? other->subject.prefix_length
				    : other->subject.ip_version == 4 ? 32
								     : 128,
				    other->flows);
}

/* Which other findings become one with a finding. */
typedef bool united_fn(const struct finding *a, const struct finding *b);

static bool
same_host(const struct finding *a, const struct finding *b)
{
	return a->code == b->code && a->subject.ip_version != 0 &&
	       a->subject.kind != SUBJECT_DEVICE && b->subject.kind != SUBJECT_DEVICE &&
	       ip_addr_equal(a->subject.addr, b->subject.addr);
}

/* What one client meets wherever it goes says more of the client. */
static bool
same_client(const struct finding *a, const struct finding *b)
{
	int64_t sources_a = 0, sources_b = 0;
	finding_number(a, NUMBER_SOURCES, &sources_a);
	finding_number(b, NUMBER_SOURCES, &sources_b);
	return a->code == b->code && sources_a == 1 && sources_b == 1 &&
	       ip_addr_equal(a->example.client, b->example.client);
}

/* Whether flows of both failed alike at the same time. */
static bool
same_outage(const struct finding *a, const struct finding *b)
{
	if (!says_the_same(a, b) || a->subject.kind != SUBJECT_LISTENER ||
	    b->subject.kind != SUBJECT_LISTENER)
		return false;
	int64_t from = a->first_ns > b->first_ns ? a->first_ns : b->first_ns;
	int64_t to = a->last_ns < b->last_ns ? a->last_ns : b->last_ns;
	int64_t begin = a->first_ns < b->first_ns ? a->first_ns : b->first_ns;
	int64_t end = a->last_ns > b->last_ns ? a->last_ns : b->last_ns;
	return to > from && (to - from) / 100 * 100 >= (end - begin) / 100 * OUTAGE_OVERLAP_PERCENT;
}

static bool
same_outage_of_host(const struct finding *a, const struct finding *b)
{
	return same_outage(a, b) && same_host(a, b);
}

static size_t
count_united(const struct findings_report *report, size_t index, united_fn *is_one)
{
	size_t same = 1;
	for (size_t i = index + 1; i < report->count; i++)
		same += is_one(&report->findings[index], &report->findings[i]);
	return same;
}

static void
roll_up(struct findings_report *report, size_t index, united_fn *is_one)
{
	struct finding united = report->findings[index];
	uint64_t listeners = 1;
	int64_t ttl = 0, other_ttl = 0;
	/* a device that speaks in the name of many is known by its distance */
	bool device = (united.rst_origin == RST_ORIGIN_IN_PATH_DEVICE ||
		       united.rst_origin == RST_ORIGIN_PROXY) &&
		      finding_number(&united, NUMBER_TTL, &ttl);
	drop_particulars(&united);
	name_subject(&united, &report->findings[index]);
	size_t kept = index + 1;
	for (size_t i = index + 1; i < report->count; i++) {
		if (is_one(&report->findings[index], &report->findings[i])) {
			unite(&united, &report->findings[i]);
			device &= finding_number(&report->findings[i], NUMBER_TTL, &other_ttl) &&
				  ttl == other_ttl;
			name_subject(&united, &report->findings[i]);
			listeners++;
		} else {
			report->findings[kept++] = report->findings[i];
		}
	}
	int64_t total = 0;
	if (finding_number(&united, NUMBER_TOTAL, &total))
		finding_set_rate(&united, united.flows, (uint64_t)total);
	finding_set(&united, NUMBER_LISTENERS, (int64_t)listeners);
	if (device && united.subject.kind == SUBJECT_CAPTURE) {
		united.subject = (struct finding_subject){ .kind = SUBJECT_DEVICE,
							   .hops = finding_hops((uint8_t)ttl) };
		finding_set(&united, NUMBER_TTL, ttl);
	}
	report->findings[index] = united;
	report->count = kept;
}

/* What listeners suffer together for a part of the capture is not each one's own trouble. */
static void
unite_outages(struct conclusion *conclusion)
{
	struct findings_report *report = conclusion->report;
	int64_t half = (conclusion->last_ns - conclusion->first_ns) / 2;
	for (size_t i = 0; i < report->count; i++) {
		const struct finding *finding = &report->findings[i];
		if (finding->code != FINDING_FAILURE_CLUSTER ||
		    finding->last_ns - finding->first_ns > half)
			continue;
		if (count_united(report, i, same_outage_of_host) > 1)
			roll_up(report, i, same_outage_of_host);
		else if (count_united(report, i, same_outage) >= OUTAGE_LISTENERS)
			roll_up(report, i, same_outage);
	}
}

void
conclude_rollup(struct conclusion *conclusion)
{
	struct findings_report *report = conclusion->report;
	unite_outages(conclusion);
	for (size_t i = 0; i < report->count; i++) {
		const struct finding *finding = &report->findings[i];
		bool ports = finding->code == FINDING_LISTENER_REFUSING ||
			     finding->code == FINDING_LISTENER_DARK;
		if (ports && count_united(report, i, same_host) > ROLLUP_MOST_PORTS)
			roll_up(report, i, same_host);
		if (ports && count_united(report, i, same_client) > ROLLUP_MOST_PORTS) {
			struct finding_subject client = {
				.kind = SUBJECT_SOURCE,
				.addr = finding->example.client,
				.ip_version = finding->example.ip_version,
			};
			roll_up(report, i, same_client);
			report->findings[i].subject = client;
			report->findings[i].severity = SEVERITY_WARNING;
		}
		if (!may_be_common(finding))
			continue;
		if (count_united(report, i, says_the_same) >
		    (finding->severity == SEVERITY_INFO ? ROLLUP_MOST_INFO : ROLLUP_MOST))
			roll_up(report, i, says_the_same);
	}
}
