/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: whatever two points saw, what a comparison says of it is sound: partners are mutual,
 * each segment has one fate, and the fates add up to the segments. Ten bytes of input are one segment
 * at one point or at both; the first four choose the clocks and when the captures ran. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/compare_clock.h"
#include "analyzer/compare_judge.h"
#include "analyzer/compare_pair.h"
#include "analyzer/compare_rewrite.h"
#include "analyzer/limits.h"
#include "dissect/capture_clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	HEAD_BYTES = 4,
	SEGMENT_BYTES = 10,
	SEGMENTS_MAX = 1024,
	FLOWS = 4,
	KEPT_FEW = 5, /* a log so short that it is soon full */
};

/* How the times of both points are compared. */
enum clocks { CLOCKS_SOLVED, CLOCKS_EQUAL, CLOCKS_UNKNOWN, CLOCKS_SOLVED_TOO };

/* Of a byte of the segment: where it is, and what happened to it on the way. */
enum { AT_BOTH, AT_BOTH_CHANGED, AT_CLIENT_ONLY, AT_SERVER_ONLY };

/* One segment as it was put down, before the clocks are known. */
struct record {
	struct compare_segment segment[2];
	bool seen[2];
	uint8_t flow;
};

struct trial {
	const uint8_t *head;
	struct record records[SEGMENTS_MAX];
	size_t count;
	struct compare_clock clock;
	bool time_known;
	int64_t slack_ns;
	struct compare_flow flows[2][FLOWS];
	struct verdict verdicts[2][FLOWS];
	struct compare_watch watch[2];
};

static void
must(bool holds, const char *claim)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s\n", claim);
	abort();
}

#define MUST(claim) must(claim, #claim)

/* --- bytes become segments */

/* All that a capture can say: dissect/capture_clock.c bounds it like this. */
static int64_t
time_within(int64_t ns)
{
	return ns < 0 ? 0 : ns > CAPTURE_TIME_MAX ? CAPTURE_TIME_MAX : ns;
}

static int64_t
step_ns(uint8_t byte)
{
	static const int64_t steps_ns[] = {
		0,
		1,
		1000,
		100000,
		1000000,
		20000000,
		300000000,
		1000000000,
		3000000000,
		61000000000,
		INT64_C(1) << 43,
		INT64_C(1) << 61,
		-1,
		-1000000,
		-5000000000,
		-(INT64_C(1) << 61),
	};
	return steps_ns[byte & 15];
}

static uint32_t
number(uint8_t byte, uint32_t isn)
{
	static const uint32_t steps[] = { 0,	1,     2,	 11,	   21,	     101,
					  1461, 65537, 1U << 20, 1U << 24, 1U << 30, 0x80000000 };
	uint32_t step = steps[(byte & 0x1f) % (sizeof(steps) / sizeof(steps[0]))];
	if (byte & 0x80)
		isn = byte & 0x40 ? 0 : isn + 100000000;
	return byte & 0x20 ? isn - step : isn + step;
}

static struct compare_segment
decode_segment(const uint8_t *bytes, uint32_t frame, int64_t ts_ns)
{
	static const uint32_t lengths[] = { 0, 0, 0, 1, 10, 100, 1460, 65495, 16777176, 200 };
	bool to_server = !(bytes[0] & 1);
	struct compare_segment segment = {
		.ts_ns = time_within(ts_ns),
		.frame = frame,
		.seq = number(bytes[2], to_server ? 4294967290 : 5000),
		.ack = bytes[1] & TCP_ACK ? number(bytes[3], to_server ? 5000 : 4294967290) : 0,
		.length = lengths[(bytes[4] & 31) % 10],
		.tsval = bytes[7],
		.tsecr = bytes[6],
		.source = bytes[6] & 3,
		.window = bytes[7] & 8 ? 0 : 1000,
		.ip_id = bytes[7] >> 4,
		.options = (uint16_t)(bytes[8] & 0x7f),
		.mss = (uint16_t)(1460 - (bytes[8] & 0x40)),
		.flags = bytes[1],
		.ttl = (uint8_t)(60 + (bytes[6] & 7)),
		.tos = bytes[6] & 0xc0,
		.wscale = bytes[8] & 15,
		.direction = to_server ? TO_SERVER : TO_CLIENT,
	};
	segment.hashed = (uint16_t)(segment.length < COMPARE_HASHED_MAX ? segment.length
									: COMPARE_HASHED_MAX);
	segment.hash = segment.hashed > 0 ? 1 + (bytes[4] >> 5) : 0;
	return segment;
}

/* What a device does to a segment. */
static void
change(struct compare_segment *segment, uint8_t byte)
{
	segment->seq += byte & 1 ? 7777 : 0;
	segment->ack += byte & 2 ? 7777 : 0;
	segment->length = byte & 4 ? segment->length / 2 : segment->length;
	segment->seq += byte & 8 ? segment->length : 0;
	segment->hash ^= byte & 16;
	segment->mss = byte & 32 ? 1380 : segment->mss;
	segment->flags ^= byte & 64 ? TCP_PSH | TCP_ECE : 0;
	segment->options &= (uint16_t)(byte & 128 ? ~TCP_HAS_TIMESTAMP : ~0);
}

static void
decode(struct trial *trial, const uint8_t *data, size_t size)
{
	int64_t now_ns[2] = { INT64_C(1700000000) * NS_PER_S, INT64_C(1700000000) * NS_PER_S };
	now_ns[1] += step_ns(trial->head[1]);
	for (size_t at = 0; at + SEGMENT_BYTES <= size && trial->count < SEGMENTS_MAX;
	     at += SEGMENT_BYTES) {
		const uint8_t *bytes = data + at;
		struct record *record = &trial->records[trial->count++];
		int where = bytes[0] >> 1 & 3;
		int64_t delay_ns = (bytes[9] & 15) * 3 * NS_PER_MS;
		for (int point = 0; point < 2; point++) {
			now_ns[point] = time_within(now_ns[point] + step_ns(bytes[5]));
			bool later = (point == NEAR_SERVER) == !(bytes[0] & 1);
			record->segment[point] =
				decode_segment(bytes, (uint32_t)trial->count,
					       now_ns[point] + (later ? delay_ns : 0));
			record->segment[point].ttl -= later;
		}
		if (where == AT_BOTH_CHANGED)
			change(&record->segment[bytes[9] >> 4 & 1], bytes[8]);
		record->seen[NEAR_CLIENT] = where != AT_SERVER_ONLY;
		record->seen[NEAR_SERVER] = where != AT_CLIENT_ONLY;
		record->flow = bytes[0] >> 3 & 3;
	}
}

/* --- the clocks */

static void
check_clock(const struct compare_clock *clock, size_t pairs)
{
	MUST(clock->count <= CLOCK_PIECES);
	MUST(clock->doubt <= CLOCK_VIOLATED);
	MUST(clock->sense <= CLOCK_SENSE_SAME);
	MUST((clock->doubt == CLOCK_NO_PAIRS) == (clock->count == 0));
	MUST(pairs == 0 || clock->count > 0);
	MUST(clock->pairs <= pairs);
	MUST(clock->violations <= pairs);
	MUST(clock->slack_ns > 0);
	for (size_t i = 0; i < clock->count; i++) {
		const struct clock_piece *piece = &clock->piece[i];
		MUST(piece->skew * 1e6 <= CLOCK_SKEW_MAX_PPM * 1.001);
		MUST(piece->skew * 1e6 >= -CLOCK_SKEW_MAX_PPM * 1.001);
		MUST(piece->bound_ns >= -1);
		MUST(piece->pairs[0] + piece->pairs[1] <= pairs);
	}
}

static void
solve(struct trial *trial)
{
	struct clock_pair *pairs = malloc(SEGMENTS_MAX * sizeof(*pairs));
	size_t count = 0;
	uint64_t order[2] = { 0, 0 };
	MUST(pairs != NULL);
	for (size_t i = 0; i < trial->count; i++) {
		const struct record *record = &trial->records[i];
		if (record->seen[0] && record->seen[1])
			pairs[count++] = (struct clock_pair){
				.a_ns = record->segment[0].ts_ns,
				.b_ns = record->segment[1].ts_ns,
				.a_order = order[0],
				.b_order = order[1],
				.direction = record->segment[0].direction,
				.a_ttl = record->segment[0].ttl,
				.b_ttl = record->segment[1].ttl,
			};
		order[0] += record->seen[0];
		order[1] += record->seen[1];
	}
	MUST(compare_clock_solve(pairs, count, &trial->clock));
	check_clock(&trial->clock, count);
	free(pairs);
}

static void
choose_clocks(struct trial *trial)
{
	solve(trial);
	trial->time_known = trial->clock.doubt == CLOCK_TRUSTED;
	trial->slack_ns = trial->clock.slack_ns;
	switch ((enum clocks)(trial->head[0] & 3)) {
	case CLOCKS_EQUAL:
		trial->clock.count = 0;
		trial->time_known = true;
		trial->slack_ns = NS_PER_MS;
		break;
	case CLOCKS_UNKNOWN:
		trial->time_known = false;
		break;
	case CLOCKS_SOLVED:
	case CLOCKS_SOLVED_TOO:
		break;
	}
}

/* --- segments become flows */

static void
make_flows(struct trial *trial)
{
	uint32_t max = trial->head[0] & 4 ? KEPT_FEW : SEGMENTS_MAX;
	uint64_t order = 0;
	for (size_t i = 0; i < trial->count; i++) {
		struct record *record = &trial->records[i];
		struct flow known = {
			.number = record->flow + 1U,
			.client = { 0, UINT64_C(0xffff0a000001) },
			.server = { 0, UINT64_C(0xffff0a000002) },
			.client_port = (uint16_t)(50000 + (record->flow & 1)),
			.server_port = 80,
			.ip_version = 4,
		};
		for (int point = 0; point < 2; point++) {
			struct compare_segment *segment = &record->segment[point];
			if (!record->seen[point])
				continue;
			segment->at_ns = point == 0 ? segment->ts_ns
						    : compare_clock_to_a(&trial->clock,
									 segment->ts_ns, order++);
			compare_flow_add(&trial->flows[point][record->flow], &known, segment, max);
			/* a device between the points may change an endpoint */
			known.client_port += trial->head[0] >> 3 & 1;
		}
	}
}

static void
watch(struct trial *trial)
{
	for (int point = 0; point < 2; point++) {
		struct compare_watch *watch = &trial->watch[point];
		watch->before_ns = watch->after_ns = NS_PER_S;
		watch->drops = trial->head[2] >> point & 1;
		for (size_t i = 0; i < trial->count; i++) {
			const struct compare_segment *segment = &trial->records[i].segment[point];
			if (!trial->records[i].seen[point])
				continue;
			if (!watch->any || segment->at_ns < watch->from_ns)
				watch->from_ns = segment->at_ns;
			if (!watch->any || segment->at_ns > watch->until_ns)
				watch->until_ns = segment->at_ns;
			watch->any = true;
		}
	}
	for (int point = 0; point < 2; point++)
		for (int i = 0; i < FLOWS; i++)
			trial->verdicts[point][i] = (struct verdict){
				.code = (uint8_t)((trial->head[2] / 4 + trial->head[3] * i +
						   point) %
						  VERDICT_UNCLASSIFIED),
				.confidence = (uint8_t)(trial->head[3] % 101),
				.suspect = (uint8_t)(trial->head[3] % SUSPECT_CODES),
				.rst_form = (uint8_t)(trial->head[2] % RST_FORMS),
				.rst_from = trial->head[3] & 1,
			};
}

/* --- what must hold */

static void
check_partners(const struct compare_pairing *pairing, const struct compare_matches *matches)
{
	uint32_t pairs[2] = { 0, 0 };
	for (int point = 0; point < 2; point++) {
		const struct compare_flow *flow = pairing->flow[point];
		for (uint32_t i = 0; i < flow->count; i++) {
			const struct compare_match *match = &matches->match[point][i];
			int dir = flow->segments[i].direction;
			if (compare_entry(dir) != point)
				MUST(match->covered <= flow->segments[i].length);
			if (match->partner == 0)
				continue;
			MUST(match->partner <= pairing->flow[!point]->count);
			MUST(matches->match[!point][match->partner - 1].partner == i + 1);
			const struct compare_segment *other =
				&pairing->flow[!point]->segments[match->partner - 1];
			MUST(other->direction == dir);
			MUST(other->length == flow->segments[i].length);
			MUST(!match->copy && !match->recut);
			pairs[dir] += point == 0;
			int64_t ahead = other->at_ns - flow->segments[i].at_ns;
			if (pairing->time_known && compare_entry(dir) == point)
				MUST(ahead >= -pairing->slack_ns ||
				     (other->ip_id != 0 &&
				      other->ip_id == flow->segments[i].ip_id));
		}
	}
	MUST(pairs[0] == matches->pairs[0] && pairs[1] == matches->pairs[1]);
}

/* The counts are those of the segments, and no segment is counted twice or not at all. */
static void
check_fates(const struct compare_pairing *pairing, const struct compare_result *result)
{
	uint32_t fates[2][2][FATES] = { 0 }; /* by direction, and whether it is where it enters */
	uint32_t all[2][2] = { 0 };
	for (int point = 0; point < 2; point++) {
		const struct compare_flow *flow = pairing->flow[point];
		for (uint32_t i = 0; i < flow->count; i++) {
			const struct compare_told *told = &result->told[point][i];
			int dir = flow->segments[i].direction;
			bool entry = compare_entry(dir) == point;
			MUST(told->fate < FATES);
			MUST(told->doubt < COMPARE_DOUBT_CODES);
			MUST(told->injector <= INJECTOR_ON_PATH);
			MUST(told->missing <= flow->segments[i].length);
			MUST(told->trigger <= i);
			MUST(!told->again || entry);
			MUST(told->trigger == 0 ||
			     flow->segments[told->trigger - 1].direction != dir);
			MUST(result->matches.match[point][i].partner == 0 ||
			     told->fate == FATE_ARRIVED || told->fate == FATE_ANSWER_LOST ||
			     told->fate == FATE_UNJUDGED);
			fates[dir][entry][told->fate]++;
			all[dir][entry]++;
		}
	}
	for (int dir = 0; dir < 2; dir++) {
		const struct compare_counts *counts = &result->counts[dir];
		const uint32_t *in = fates[dir][true], *out = fates[dir][false];
		MUST(in[FATE_INJECTED] + in[FATE_DUPLICATED] == 0);
		MUST(out[FATE_LOST] + out[FATE_PARTLY_LOST] + out[FATE_ANSWER_LOST] == 0);
		MUST(counts->sent == counts->arrived + counts->lost + counts->partly_lost);
		MUST(counts->arrived == in[FATE_ARRIVED] + in[FATE_ANSWER_LOST]);
		MUST(counts->lost == in[FATE_LOST]);
		MUST(counts->partly_lost == in[FATE_PARTLY_LOST]);
		MUST(counts->lost == counts->lost_data + counts->lost_syn + counts->lost_fin +
					     counts->lost_rst + counts->lost_ack);
		MUST(counts->missed_exit == in[FATE_MISSED]);
		MUST(counts->missed_entry == out[FATE_MISSED]);
		MUST(counts->injected == out[FATE_INJECTED]);
		MUST(counts->injected_rst <= counts->injected);
		MUST(counts->duplicated == out[FATE_DUPLICATED]);
		MUST(counts->unjudged == in[FATE_UNJUDGED] + out[FATE_UNJUDGED] +
						 in[FATE_PROXIED] + out[FATE_PROXIED]);
		MUST(counts->sent + counts->missed_exit + in[FATE_UNJUDGED] + in[FATE_PROXIED] ==
		     all[dir][true]);
		MUST(out[FATE_ARRIVED] + out[FATE_INJECTED] + out[FATE_DUPLICATED] +
			     out[FATE_MISSED] + out[FATE_UNJUDGED] + out[FATE_PROXIED] ==
		     all[dir][false]);
		MUST(counts->recut <= counts->arrived);
		MUST(counts->overtaken <= counts->arrived);
		MUST(counts->again_needed + counts->again_answer_lost + counts->again_needless <=
		     counts->again);
	}
}

static void
check_rewrites(const struct compare_pairing *pairing, const struct compare_result *result,
	       const struct compare_rewrites *rewrites)
{
	uint32_t pairs = result->matches.pairs[0] + result->matches.pairs[1];
	for (int dir = 0; dir < 2; dir++) {
		for (int field = 0; field < REWRITES; field++) {
			const struct compare_rewrite *rewrite = &rewrites->field[dir][field];
			if (rewrite->count == 0)
				continue;
			MUST(rewrite->index[0] < pairing->flow[0]->count);
			MUST(rewrite->index[1] < pairing->flow[1]->count);
			MUST(field == REWRITE_CLIENT || field == REWRITE_SERVER ||
			     rewrite->count <= pairs);
		}
	}
}

static void
check_verdict(const struct compare_verdict *verdict)
{
	MUST(verdict->code < VERDICT_CODES);
	MUST(verdict->story < STORIES);
	MUST(verdict->place < PLACES);
	MUST(verdict->confidence <= 100);
	MUST(verdict->reasons >> COMPARE_REASON_CODES == 0);
}

/* --- as ui/compare_settle.c does it */

/* near, far: indexes of flows, or -1 for one that the point did not see. */
static void
tell(const struct trial *trial, int near, int far, bool ambiguous)
{
	static const struct compare_flow nothing;
	const struct compare_pairing pairing = {
		.flow = { near >= 0 ? &trial->flows[0][near] : &nothing,
			  far >= 0 ? &trial->flows[1][far] : &nothing },
		.time_known = trial->time_known,
		.slack_ns = trial->slack_ns,
		.rtt_ns = trial->clock.rtt_ns,
	};
	const struct verdict *const verdicts[2] = {
		near >= 0 ? &trial->verdicts[0][near] : NULL,
		far >= 0 ? &trial->verdicts[1][far] : NULL,
	};
	struct compare_result result;
	struct compare_rewrites rewrites;
	struct compare_verdict verdict;
	MUST(compare_tell(&pairing, trial->watch, &result));
	check_partners(&pairing, &result.matches);
	check_fates(&pairing, &result);
	if (near >= 0 && far >= 0) {
		compare_find_rewrites(&pairing, &result, &rewrites);
		check_rewrites(&pairing, &result, &rewrites);
	} else {
		MUST(result.matches.pairs[0] + result.matches.pairs[1] == 0);
		compare_calm(&pairing, ambiguous, &result);
		check_fates(&pairing, &result);
	}
	compare_judge(&pairing, trial->watch, &result, verdicts, ambiguous, &verdict);
	check_verdict(&verdict);
	compare_result_release(&result);
}

static void
pair_and_tell(const struct trial *trial)
{
	const struct compare_flow *flows[2][FLOWS];
	int index[2][FLOWS];
	uint32_t partner[2][FLOWS];
	size_t count[2] = { 0, 0 };
	const struct pairing pairing = { trial->time_known, trial->slack_ns };
	for (int point = 0; point < 2; point++) {
		for (int i = 0; i < FLOWS; i++) {
			if (trial->flows[point][i].number == 0)
				continue;
			index[point][count[point]] = i;
			flows[point][count[point]++] = &trial->flows[point][i];
		}
	}
	MUST(compare_pair(flows[0], count[0], flows[1], count[1], &pairing, partner[0],
			  partner[1]));
	for (int point = 0; point < 2; point++) {
		for (size_t i = 0; i < count[point]; i++) {
			uint32_t other = partner[point][i];
			bool ambiguous = other == PAIR_AMBIGUOUS;
			if (other == PAIR_NONE || ambiguous) {
				tell(trial, point == 0 ? index[0][i] : -1,
				     point == 1 ? index[1][i] : -1, ambiguous);
				continue;
			}
			MUST(other <= count[!point]);
			MUST(partner[!point][other - 1] == i + 1);
			if (point == NEAR_CLIENT)
				tell(trial, index[0][i], index[1][other - 1], false);
		}
	}
	/* that these pair is not up to the fuzzer's luck */
	if (trial->flows[0][0].number != 0 && trial->flows[1][0].number != 0)
		tell(trial, 0, 0, false);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < HEAD_BYTES)
		return 0;
	struct trial *trial = calloc(1, sizeof(*trial));
	MUST(trial != NULL);
	trial->head = data;
	decode(trial, data + HEAD_BYTES, size - HEAD_BYTES);
	choose_clocks(trial);
	make_flows(trial);
	watch(trial);
	pair_and_tell(trial);
	for (int point = 0; point < 2; point++)
		for (int i = 0; i < FLOWS; i++)
			compare_flow_release(&trial->flows[point][i]);
	free(trial);
	return 0;
}
