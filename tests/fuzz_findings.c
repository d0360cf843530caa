/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: whatever decided flows come, in whatever parts, the findings are sound, and parts that
 * are added up say what one state would have said. Twelve bytes of input are one or many flows. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/findings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FLOW_BYTES = 12, FLOWS_MAX = 4096, PARTS = 3 };

static void
must(bool holds, const char *claim)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s\n", claim);
	abort();
}

#define MUST(claim) must(claim, #claim)

/* A flow and what it points to. */
struct sample {
	struct flow flow;
	struct detail detail;
	struct verdict verdict;
};

static struct moment
moment(const struct flow *flow, unsigned ms)
{
	const uint64_t us = (uint64_t)ms * 1000;
	return (struct moment){
		.frame = flow->first_frame + ms % 7 + 1,
		.us_low = (uint32_t)us,
		.us_high = (uint16_t)(us >> 32),
	};
}

static void
fill_half(struct sample *sample, int dir, const uint8_t *bytes)
{
	struct flow *flow = &sample->flow;
	struct half *half = &flow->half[dir];
	half->packets = bytes[6] % 9;
	half->syn_count = dir == TO_SERVER ? bytes[6] % 4 : 0;
	half->synack_count = dir == TO_CLIENT ? bytes[7] % 4 : 0;
	half->options = (uint16_t)(bytes[7] & (TCP_HAS_MSS | TCP_HAS_TIMESTAMP));
	half->syn_tsval = bytes[8] * 100003U;
	half->ttl_syn = half->ttl = (uint8_t)(50 + bytes[8] % 16);
	half->link_source = bytes[9] & 3;
	half->sent_length = (uint16_t)((bytes[9] & 0xf) * 100);
	half->payload = half->sent_length * 3U;
	half->syn = moment(flow, bytes[10]);
	half->syn_last = moment(flow, bytes[10] + bytes[11] * 97U);
	if (bytes[10] & 1)
		half->data_first = half->data_last = moment(flow, bytes[11] * 11U);
	if (bytes[11] & 1) {
		half->fin = moment(flow, bytes[10] * 300U);
		half->fin_count = 1;
	}
}

static void
make_sample(const uint8_t *bytes, uint32_t number, unsigned repeat, struct sample *sample)
{
	*sample = (struct sample){
		.flow = {
			.number = number,
			.first_frame = number * 10,
			.ip_version = 4,
			.client = { 0, UINT64_C(0xffff0a000000) + bytes[0] + 256U * repeat },
			.server = { 0, UINT64_C(0xffffc0a80000) + bytes[1] % 6 },
			.client_port = (uint16_t)(40000 + number % 5000),
			.server_port = (uint16_t)(80 + bytes[1] / 64),
			.first_ns = (INT64_C(1700000000) + bytes[2] * (bytes[3] & 7)) * NS_PER_S +
				    repeat * INT64_C(7000000),
			.idle_max_us = bytes[4] * UINT64_C(1500000),
			.established = (bytes[5] & 1) != 0,
			.syn_challenged = (bytes[5] & 0x42) == 0x42,
			.first_fin = bytes[5] >> 1 & 1,
			.previous_number = bytes[5] & 4 ? 1 : 0,
			.reused_after_ms = bytes[5] * 400U,
		},
		.verdict = {
			.code = (uint8_t)(bytes[3] % VERDICT_UNCLASSIFIED),
			.confidence = (uint8_t)(bytes[4] % 101),
			.suspect = (uint8_t)(bytes[5] % SUSPECT_CODES),
			.vantage = (uint8_t)(bytes[5] % (VANTAGE_BOTH + 1)),
			.watched_us = bytes[6] * INT64_C(100000),
			.tags = bytes[7] == 255 ? UINT64_C(1) << TAG_HANDSHAKE_STALLED : 0,
		},
	};
	struct flow *flow = &sample->flow;
	flow->last_ns = flow->first_ns + bytes[11] * INT64_C(1000000000);
	flow->last_moment = moment(flow, bytes[11] * 1000U);
	for (int dir = 0; dir < 2; dir++)
		fill_half(sample, dir, bytes);
	if (flow->established)
		flow->handshake_ack = moment(flow, bytes[10] * 17U);
	struct detail *detail = &sample->detail;
	flow->detail = bytes[7] & 0x80 ? detail : NULL;
	if (bytes[7] & 0x40) {
		detail->rst[0] = (struct rst_record){
			.at = moment(flow, bytes[11] * 30U),
			.ttl = (uint8_t)(40 + bytes[8] % 32),
			.direction = bytes[8] & 1,
			.effect = RST_EFFECTIVE,
			.form = (uint8_t)(bytes[8] % RST_FORMS),
		};
		detail->rst_seen = 1;
		sample->verdict.rst_form = detail->rst[0].form;
		sample->verdict.rst_origin = (uint8_t)(bytes[9] % RST_ORIGIN_CODES);
	}
	if (bytes[7] & 0x20) {
		detail->stall[bytes[8] & 1] = (struct stall){
			.transmissions = (uint16_t)(bytes[9] & 7),
			.length = bytes[9] * 10U,
			.first = moment(flow, bytes[10]),
			.last = moment(flow, bytes[10] + 5000U),
		};
		detail->retransmission[bytes[8] & 1][RETRANSMISSION_RTO] = bytes[9];
		detail->synack_after_ack_count = bytes[9] & 1;
	}
}

static void
check_report(const struct findings_report *report)
{
	MUST(report != NULL);
	for (size_t i = 0; i < report->count; i++) {
		const struct finding *finding = &report->findings[i];
		MUST(finding->code < FINDING_CODES);
		MUST(finding->severity < SEVERITIES);
		MUST(finding->suspect < SUSPECT_CODES);
		MUST(finding->confidence <= 100);
		MUST(finding->verdict <= VERDICT_CODES);
		MUST(finding->subject.kind < SUBJECT_KINDS);
		MUST(finding->first_ns <= finding->last_ns);
		MUST(finding->number_count <= FINDING_NUMBER_MAX);
		MUST(finding->evidence_count <= FINDING_EVIDENCE_MAX);
		MUST(finding->contrast_count <= FINDING_CONTRAST_MAX);
		MUST(finding->backlog.count <= BACKLOG_POINTS);
		for (unsigned j = 0; j < finding->number_count; j++)
			MUST(finding->numbers[j].id < NUMBER_CODES &&
			     finding->numbers[j].value >= 0);
		MUST(i == 0 || report->findings[i - 1].severity >= finding->severity);
	}
	for (size_t i = 0; i < report->group_count; i++)
		MUST(report->groups[i].explained <= report->groups[i].flows);
	MUST(report->rst_source_count <= RST_SOURCE_MAX);
}

/* What must be the same however the flows were dealt out; sketches and samples may differ in what they
 * could not hold. */
static void
compare(const struct findings_report *a, const struct findings_report *b)
{
	MUST(a->overflowed == 0 && b->overflowed == 0);
	MUST(a->group_count == b->group_count);
	MUST(a->rst_flows == b->rst_flows);
	for (size_t i = 0; i < a->group_count; i++) {
		const struct failure_group *group = &a->groups[i];
		size_t j = 0;
		while (j < b->group_count && (b->groups[j].verdict != group->verdict ||
					      b->groups[j].server_port != group->server_port ||
					      !ip_addr_equal(b->groups[j].server, group->server)))
			j++;
		MUST(j < b->group_count && b->groups[j].flows == group->flows);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct limits limits;
	struct tracker_stats stats = { .segments = size, .first_ns = 0, .last_ns = 0 };
	const struct capture_facts facts = { .stats = &stats };
	limits_init(&limits);
	struct findings *whole = findings_new(&limits), *part[PARTS];
	MUST(whole != NULL);
	for (int i = 0; i < PARTS; i++)
		MUST((part[i] = findings_new(&limits)) != NULL);
	uint32_t number = 0;
	for (size_t at = 0; at + FLOW_BYTES <= size; at += FLOW_BYTES) {
		unsigned repeats = data[at] & 1 ? 1 : 1 + data[at + 2] % 60;
		for (unsigned repeat = 0; repeat < repeats && number < FLOWS_MAX; repeat++) {
			struct sample sample;
			make_sample(data + at, ++number, repeat, &sample);
			if (sample.flow.detail != NULL)
				sample.flow.detail = &sample.detail;
			stats.first_ns = number == 1 ? sample.flow.first_ns : stats.first_ns;
			stats.last_ns = sample.flow.last_ns > stats.last_ns ? sample.flow.last_ns
									    : stats.last_ns;
			findings_take(whole, &sample.flow, &sample.verdict);
			findings_take(part[number % PARTS], &sample.flow, &sample.verdict);
		}
	}
	for (int i = 1; i < PARTS; i++)
		findings_merge(part[0], part[i]);
	struct findings_report *one = findings_conclude(whole, &facts);
	struct findings_report *other = findings_conclude(part[0], &facts);
	check_report(one);
	check_report(other);
	compare(one, other);
	findings_report_free(one);
	findings_report_free(other);
	findings_free(whole);
	for (int i = 0; i < PARTS; i++)
		findings_free(part[i]);
	return 0;
}
