/* SPDX-License-Identifier: BSD-2-Clause */
/* Sample flows, and a capture that exists in memory only. */
#include "tests/ui_sample.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/limits.h"

struct capture
sample_capture(void)
{
	return (struct capture){
		.source_count = 1,
		.source[0] = {
			.name = "a.pcap",
			.format = CAPTURE_PCAP,
			.frames = 100,
			.first_ns = SAMPLE_FIRST_NS,
			.last_ns = SAMPLE_FIRST_NS + 10 * NS_PER_S,
		},
	};
}

size_t
capture_source_count(const struct capture *capture)
{
	return capture->source_count;
}

const struct capture_source *
capture_source(const struct capture *capture, size_t index)
{
	return &capture->source[index];
}

size_t
capture_interface_count(const struct capture *capture)
{
	return capture->source_count;
}

const struct capture_interface *
capture_interface(const struct capture *capture, size_t index)
{
	static const struct capture_interface interface = { .name = "eth0" };
	(void)capture;
	(void)index;
	return &interface;
}

bool
capture_is_live(const struct capture *capture)
{
	(void)capture;
	return false;
}

size_t
capture_passed_over(const struct capture *capture)
{
	return capture->passed_over;
}

struct moment
sample_moment(uint32_t frame, uint32_t us)
{
	return (struct moment){ .frame = frame, .us_low = us };
}

struct flow
sample_flow(void)
{
	struct flow flow = {
		.client = { 0, 0xffff0a000001 },
		.server = { 0, 0xffff0a000002 },
		.client_port = 40000,
		.server_port = 81,
		.first_ns = SAMPLE_FIRST_NS,
		.last_ns = SAMPLE_FIRST_NS + 2 * NS_PER_S,
		.number = 7,
		.first_frame = 37,
		.handshake_rtt_us = UINT32_MAX,
		.client_rtt_us = UINT32_MAX,
		.server_rtt_us = UINT32_MAX,
		.ip_version = 4,
		.completeness = 1,
		.history = "S",
		.history_length = 1,
		.last_moment = sample_moment(61, 2000000),
	};
	flow.half[TO_SERVER] = (struct half){
		.isn = 1000,
		.isn_known = true,
		.packets = 3,
		.syn_count = 3,
		.retransmissions = 2,
		.mss = 1460,
		.ttl_syn = 64,
		.syn = sample_moment(37, 0),
		.syn_last = sample_moment(61, 2000000),
	};
	return flow;
}

struct verdict
sample_verdict(void)
{
	return (struct verdict){
		.code = VERDICT_SYN_UNANSWERED,
		.confidence = 80,
		.suspect = SUSPECT_PATH,
		.vantage = VANTAGE_CLIENT,
		.reason_count = 1,
		.reasons = { CONFIDENCE_VANTAGE_UNKNOWN },
		.cause_count = 2,
		.causes = { CAUSE_PATH_DROP, CAUSE_HOST_DOWN },
		.advice_count = 2,
		.advice = { ADVICE_CAPTURE_AT_SERVER, ADVICE_TRACE },
		.tags = UINT64_C(1) << TAG_SYN_RETRANSMITTED,
		.watched_us = 5000000,
		.evidence_count = 2,
		.evidence = {
			{ .at = sample_moment(37, 0), .kind = EVIDENCE_SYN, .count = 1 },
			{ .at = sample_moment(61, 2000000), .kind = EVIDENCE_SYN_LAST, .count = 3 },
		},
	};
}

struct verdict
sample_good_verdict(void)
{
	return (struct verdict){
		.code = VERDICT_CLOSED_NORMAL,
		.confidence = 95,
		.suspect = SUSPECT_NONE,
	};
}

char *
sample_read(struct sink *spool)
{
	sink_flush(spool);
	off_t size = lseek(spool->fd, 0, SEEK_END);
	char *text = calloc(1, (size_t)size + 1);
	if (text == NULL || pread(spool->fd, text, (size_t)size, 0) != size)
		abort();
	return text;
}
