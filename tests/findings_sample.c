/* SPDX-License-Identifier: BSD-2-Clause */
/* Sample findings. */
#include "tests/findings_sample.h"

#include <assert.h>

#include "analyzer/limits.h"

/* 2024-05-06T14:03:02.110000Z */
static const int64_t began_ns = INT64_C(1715004182110000000);

void
sample_subject(struct finding *finding, enum finding_subject_kind kind)
{
	finding->subject = (struct finding_subject){ .kind = (uint8_t)kind };
	if (kind == SUBJECT_CAPTURE)
		return;
	finding->subject.addr = (struct ip_addr){ 0, 0xffff0a000002 };
	finding->subject.ip_version = 4;
	if (kind == SUBJECT_LISTENER || kind == SUBJECT_PATH)
		finding->subject.port = 81;
	if (kind == SUBJECT_PATH)
		finding->subject.peer = (struct ip_addr){ 0, 0xffff0a000009 };
	if (kind == SUBJECT_NETWORK) {
		finding->subject.addr.lo = 0xffff0a090000;
		finding->subject.prefix_length = 24;
	}
	if (kind == SUBJECT_DEVICE) {
		finding->subject.ip_version = 0;
		finding->subject.hops = 3;
	}
}

struct finding
sample_finding(enum finding_code code)
{
	struct finding finding = {
		.code = (uint8_t)code,
		.severity = SEVERITY_CRITICAL,
		.suspect = SUSPECT_SERVER,
		.confidence = 95,
		.verdict = VERDICT_CODES,
		.first_ns = began_ns,
		.last_ns = began_ns + 7390 * (int64_t)NS_PER_MS,
		.flows = 412,
		.evidence_count = 2,
		.evidence = {
			{ .at_ns = began_ns, .flow = 7, .frame = 37 },
			{ .at_ns = began_ns + NS_PER_S, .flow = 9, .frame = 61 },
		},
		.cause_count = 2,
		.causes = { CAUSE_NO_LISTENER, CAUSE_SERVICE_RESTARTING },
		.advice_count = 2,
		.advice = { ADVICE_LISTENING, ADVICE_SERVICE_RESTARTS },
		.example = {
			.client = { 0, 0xffff0a000001 },
			.server = { 0, 0xffff0a000002 },
			.client_port = 40000,
			.server_port = 81,
			.ip_version = 4,
			.number = 7,
			.first_ns = began_ns,
			.event_ns = began_ns + NS_PER_S,
		},
	};
	sample_subject(&finding, SUBJECT_LISTENER);
	return finding;
}

void
sample_number(struct finding *finding, enum finding_number_id id, int64_t value)
{
	assert(finding->number_count < FINDING_NUMBER_MAX);
	finding->numbers[finding->number_count].id = (uint8_t)id;
	finding->numbers[finding->number_count++].value = value;
}

struct findings_report
sample_report(struct finding *findings, size_t count)
{
	return (struct findings_report){ .findings = findings, .count = count };
}
