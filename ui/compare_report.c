/* SPDX-License-Identifier: BSD-2-Clause */
/* Cases become sums. */
#include "ui/compare_report.h"

#include <stdio.h>

enum { PARTS = 8 }; /* buckets per doubling */

bool
compare_failed(const struct compare_case *told)
{
	return verdict_infos[told->verdict.code].verdict_class > CLASS_INCOMPLETE;
}

/* Bucket of a delay: eighths of powers of two. */
static unsigned
bucket_of(int64_t us)
{
	unsigned power = 0;
	uint64_t value = us > 0 ? (uint64_t)us : 0;
	if (value < PARTS)
		return (unsigned)value;
	while (value >> power >= 2 * PARTS)
		power++;
	return (power + 1) * PARTS + (unsigned)(value >> power) - PARTS;
}

static int64_t
bucket_start(unsigned bucket)
{
	if (bucket < PARTS)
		return bucket;
	return (int64_t)(PARTS + bucket % PARTS) << (bucket / PARTS - 1);
}

int64_t
hop_delay(const struct hop_counts *counts, unsigned permille)
{
	uint64_t wanted = counts->delay_count * permille / 1000, seen = 0;
	for (unsigned i = 0; i < DELAY_BUCKETS && counts->delay_count > 0; i++) {
		seen += counts->delay[i];
		if (seen > wanted || (seen > 0 && seen == counts->delay_count))
			return bucket_start(i);
	}
	return -1;
}

static double
square_root(double value)
{
	double root = value > 1 ? value : 1;
	for (int i = 0; i < 40; i++)
		root = (root + value / root) / 2;
	return root;
}

void
compare_interval(uint64_t hits, uint64_t total, uint64_t *ret_low, uint64_t *ret_high)
{
	const double z = 1.96;
	double n = (double)total, p = (double)hits / n;
	double middle = p + z * z / (2 * n);
	double spread = z * square_root((p * (1 - p) + z * z / (4 * n)) / n);
	double low = (middle - spread) / (1 + z * z / n), high = (middle + spread) / (1 + z * z / n);
	*ret_low = low > 0 ? (uint64_t)(1000 * low) : 0;
	*ret_high = high < 1 ? (uint64_t)(1000 * high + 0.999) : 1000;
}

static void
add_counts(struct hop_counts *sum, const struct compare_counts *counts, int dir)
{
	int entry = compare_entry(dir);
	sum->sent += counts->sent;
	sum->arrived += counts->arrived;
	sum->lost += counts->lost;
	sum->partly_lost += counts->partly_lost;
	sum->lost_bytes += counts->lost_bytes;
	sum->lost_data += counts->lost_data;
	sum->lost_syn += counts->lost_syn;
	sum->lost_fin += counts->lost_fin;
	sum->lost_rst += counts->lost_rst;
	sum->lost_ack += counts->lost_ack;
	sum->injected += counts->injected;
	sum->injected_rst += counts->injected_rst;
	sum->duplicated += counts->duplicated;
	sum->missed[entry] += counts->missed_entry;
	sum->missed[!entry] += counts->missed_exit;
	sum->unjudged += counts->unjudged;
	sum->recut += counts->recut;
	sum->overtaken += counts->overtaken;
	sum->again += counts->again;
	sum->again_needed += counts->again_needed;
	sum->again_answer_lost += counts->again_answer_lost;
	sum->again_needless += counts->again_needless;
}

/* Delays of pairs, and where injectors stand. */
static void
add_segments(struct hop *hop, const struct compare_case *told)
{
	const struct compare_flow *near = told->pairing.flow[NEAR_CLIENT];
	const struct compare_flow *far = told->pairing.flow[NEAR_SERVER];
	for (uint32_t i = 0; hop->time_known && i < near->count; i++) {
		uint32_t partner = told->result.matches.match[NEAR_CLIENT][i].partner;
		if (partner == 0)
			continue;
		int dir = near->segments[i].direction;
		int way = told->reversed ? !dir : dir;
		int64_t ahead = far->segments[partner - 1].at_ns - near->segments[i].at_ns;
		unsigned bucket = bucket_of((dir == TO_SERVER ? ahead : -ahead) / NS_PER_US);
		hop->counts[way].delay_count++;
		hop->counts[way].delay[bucket < DELAY_BUCKETS ? bucket : DELAY_BUCKETS - 1]++;
	}
	for (int point = 0; point < 2; point++) {
		const struct compare_flow *flow = told->pairing.flow[point];
		for (uint32_t i = 0; i < flow->count; i++) {
			const struct compare_told *segment = &told->result.told[point][i];
			if (segment->fate != FATE_INJECTED)
				continue;
			int dir = flow->segments[i].direction;
			struct hop_counts *counts = &hop->counts[told->reversed ? !dir : dir];
			counts->in_path += segment->injector == INJECTOR_IN_PATH;
			counts->on_path += segment->injector == INJECTOR_ON_PATH;
		}
	}
}

static void
add_rewrites(struct hop *hop, const struct compare_case *told)
{
	for (int dir = 0; dir < 2; dir++) {
		for (int field = 0; field < REWRITES; field++) {
			const struct compare_rewrite *rewrite = &told->rewrites.field[dir][field];
			struct hop_rewrite *sum = &hop->rewrite[told->reversed ? !dir : dir][field];
			if (rewrite->count == 0 || sum->flows++ > 0)
				continue;
			for (int point = 0; point < 2; point++) {
				const struct compare_flow *flow = told->pairing.flow[point];
				sum->value[case_point(told, point)] = rewrite->value[point];
				sum->frame[case_point(told, point)] = flow->segments[rewrite->index[point]].frame;
			}
		}
	}
}

static void
count_single(struct hop *hop, const struct compare_case *told)
{
	int point = told->end[NEAR_CLIENT] != NULL ? NEAR_CLIENT : NEAR_SERVER;
	if (told->ambiguous) {
		hop->ambiguous++;
		return;
	}
	hop->single[point]++;
	hop->unwatched[point] += told->verdict.story == STORY_NOT_WATCHED;
}

void
compare_count(struct comparison *comparison, const struct compare_case *told)
{
	struct hop *hop = &comparison->hops[told->hop];
	const struct compare_counts *counts = told->result.counts;
	comparison->by_class[verdict_infos[told->verdict.code].verdict_class]++;
	hop->failed += compare_failed(told);
	hop->by_story[told->verdict.story]++;
	if (told->end[NEAR_CLIENT] == NULL || told->end[NEAR_SERVER] == NULL) {
		count_single(hop, told);
	} else {
		hop->paired++;
		hop->proxied += told->result.proxy != PROXY_NONE;
	}
	bool changed = false;
	for (int field = REWRITE_MSS; field < REWRITE_TTL && told->result.proxy == PROXY_NONE; field++)
		changed |= told->rewrites.field[0][field].count + told->rewrites.field[1][field].count > 0;
	changed |= told->rewrites.field[0][REWRITE_SEQUENCE].count > 0 ||
		   told->rewrites.field[1][REWRITE_SEQUENCE].count > 0;
	hop->rewritten += changed && told->result.proxy == PROXY_NONE;
	hop->endpoints_changed += told->rewrites.field[0][REWRITE_CLIENT].count > 0 ||
				  told->rewrites.field[0][REWRITE_SERVER].count > 0;
	hop->injected += counts[0].injected + counts[1].injected > 0;
	for (int dir = 0; dir < 2; dir++) {
		int way = told->reversed ? !dir : dir;
		hop->lossy[way] += counts[dir].lost + counts[dir].partly_lost > 0;
		add_counts(&hop->counts[way], &counts[dir], way);
	}
	add_segments(hop, told);
	if (told->result.proxy == PROXY_NONE)
		add_rewrites(hop, told);
}

void
compare_label(const struct compare_segment *segment, char *text, size_t size)
{
	bool ack = segment->flags & TCP_ACK;
	const char *word = segment->flags & TCP_SYN ? (ack ? "SYN-ACK" : "SYN")
			   : segment->flags & TCP_RST ? (ack ? "RST+ACK" : "RST")
			   : segment->flags & TCP_FIN ? "FIN"
			   : segment->length > 0      ? "data"
			   : ack		      ? "ACK"
						      : "no flags";
	if (segment->length > 0)
		snprintf(text, size, "%s %u", word, segment->length);
	else
		snprintf(text, size, "%s", word);
}
