/* SPDX-License-Identifier: BSD-2-Clause */
/* Segments that are equal form groups; a group of one each is a pair. In larger groups copies are put
 * together so that most have a partner and their delays are the usual ones. */
#include "analyzer/compare_match.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/compare_ranges.h"
#include "analyzer/limits.h"
#include "analyzer/seq.h"

enum {
	ALIGN_MAX = 1 << 16, /* copies here times copies there that are weighed against each other */
	PROBE = 16,	     /* shortest payload that shows a shift of numbers */
	VOTE_STEPS = 1 << 22, /* pairs of payloads that are looked at for it */
	KEPT_PER_CENT = 50, /* a device that changes them changes all */
};

static const int64_t delay_max_ns = 120 * NS_PER_S;
/* Nobody sends again sooner (RFC 6298 asks for a second, Linux takes 200 ms). */
static const int64_t resend_min_ns = 100 * NS_PER_MS;
static const int64_t impossible = INT64_MAX / 4;

/* A segment in the numbers of the client's point. */
struct item {
	uint32_t index; /* of the segment */
	uint32_t seq, ack, length, hash;
	uint32_t tsval; /* 0 without timestamp */
	uint16_t hashed, ip_id;
	uint8_t flags;
	int64_t at_ns;
};

struct work {
	const struct compare_pairing *pairing;
	struct compare_matches *matches;
	struct item *items[2]; /* of the direction that is worked on, by point */
	uint32_t count[2];
	int64_t *cost;	/* room for ALIGN_MAX */
	uint8_t *choice;
	bool measured; /* typical delay and what is kept are known */
};

static const struct compare_segment *
segment_of(const struct work *work, int point, const struct item *item)
{
	return &work->pairing->flow[point]->segments[item->index];
}

static uint8_t
shape(uint8_t flags)
{
	return flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK);
}

/* --- the shift of the numbers */

static int
compare_numbers(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
	return (left > right) - (left < right);
}

/* Whether two segments of a direction may be one, whatever their numbers. */
static bool
same_payload(const struct compare_segment *a, const struct compare_segment *b)
{
	bool stamps = a->options & b->options & TCP_HAS_TIMESTAMP;
	return a->direction == b->direction && a->hash == b->hash && a->hashed == b->hashed &&
	       a->length == b->length && (!stamps || a->tsval == b->tsval);
}

/* What most equal payloads say; 0 if there are none. Answers that are all alike vote for any multiple of
 * their length: then timestamps decide, and numbers that fit as they are need no shift. */
static uint32_t
vote_shift(const struct compare_pairing *pairing, int dir)
{
	enum { VOTES = 256 };
	uint32_t votes[VOTES];
	size_t count = 0, steps = 0;
	const struct compare_flow *a = pairing->flow[0], *b = pairing->flow[1];
	for (uint32_t i = 0; i < a->count && count < VOTES && steps < VOTE_STEPS; i++) {
		const struct compare_segment *left = &a->segments[i];
		if (left->direction != dir || left->hashed < PROBE)
			continue;
		for (uint32_t j = 0; j < b->count && count < VOTES && steps < VOTE_STEPS; j++, steps++) {
			const struct compare_segment *right = &b->segments[j];
			if (!same_payload(left, right))
				continue;
			if (left->seq == right->seq)
				return 0;
			votes[count++] = right->seq - left->seq;
		}
	}
	qsort(votes, count, sizeof(*votes), compare_numbers);
	uint32_t best = 0;
	size_t most = 0;
	for (size_t i = 0, from = 0; i < count; i++) {
		if (votes[i] != votes[from])
			from = i;
		if (i - from + 1 > most) {
			most = i - from + 1;
			best = votes[i];
		}
	}
	return best;
}

/* Whether the half went through the same numbers at both points. */
static bool
numbers_meet(const struct compare_flow *a, const struct compare_flow *b, int dir)
{
	return a->has_numbers[dir] && b->has_numbers[dir] &&
	       seq_leq(a->first_seq[dir], b->last_seq[dir]) &&
	       seq_leq(b->first_seq[dir], a->last_seq[dir]);
}

static void
learn_shifts(const struct compare_pairing *pairing, struct compare_matches *matches)
{
	const struct compare_flow *a = pairing->flow[0], *b = pairing->flow[1];
	for (int dir = 0; dir < 2; dir++) {
		if (a->has_isn[dir] && b->has_isn[dir])
			matches->shift[dir] = b->isn[dir] - a->isn[dir];
		else if (numbers_meet(a, b, dir))
			matches->shift[dir] = 0; /* two streams of 4 GB hardly meet by chance */
		else
			matches->shift[dir] = vote_shift(pairing, dir);
	}
}

/* --- groups */

static int
compare_items(const void *a, const void *b)
{
	const struct item *left = a, *right = b;
	if (left->seq != right->seq)
		return left->seq < right->seq ? -1 : 1;
	if (left->length != right->length)
		return left->length < right->length ? -1 : 1;
	if (left->flags != right->flags)
		return left->flags < right->flags ? -1 : 1;
	if (left->ack != right->ack)
		return left->ack < right->ack ? -1 : 1;
	if (left->hashed != right->hashed)
		return left->hashed < right->hashed ? -1 : 1;
	if (left->hash != right->hash)
		return left->hash < right->hash ? -1 : 1;
	if (left->at_ns != right->at_ns)
		return left->at_ns < right->at_ns ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

/* Ignores what a device may change on the way: the acknowledgement, the payload's bytes. */
static int
compare_loosely(const void *a, const void *b)
{
	const struct item *left = a, *right = b;
	if (left->seq != right->seq)
		return left->seq < right->seq ? -1 : 1;
	if (left->length != right->length)
		return left->length < right->length ? -1 : 1;
	if (left->flags != right->flags)
		return left->flags < right->flags ? -1 : 1;
	if (left->at_ns != right->at_ns)
		return left->at_ns < right->at_ns ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

static bool
same_group(const struct item *a, const struct item *b, bool loose)
{
	bool like = a->seq == b->seq && a->length == b->length && a->flags == b->flags;
	return loose ? like
		     : like && a->ack == b->ack && a->hashed == b->hashed && a->hash == b->hash;
}

/* Segments of a direction that have no partner yet. */
static void
collect(struct work *work, int dir, bool loose)
{
	for (int point = 0; point < 2; point++) {
		const struct compare_flow *flow = work->pairing->flow[point];
		const struct compare_matches *matches = work->matches;
		uint32_t used = 0;
		for (uint32_t i = 0; i < flow->count; i++) {
			const struct compare_segment *segment = &flow->segments[i];
			if (segment->direction != dir || matches->match[point][i].partner != 0 ||
			    matches->match[point][i].resent)
				continue;
			if (loose && compare_segment_span(segment) == 0 &&
			    !(segment->flags & TCP_RST))
				continue; /* nothing but its acknowledgement tells what it is */
			work->items[point][used++] = (struct item){
				.index = i,
				.seq = compare_number(matches, point, dir, segment->seq),
				.ack = segment->flags & TCP_ACK
					       ? compare_number(matches, point, !dir, segment->ack)
					       : 0,
				.length = segment->length,
				.hash = segment->hash,
				.hashed = segment->hashed,
				.tsval = segment->options & TCP_HAS_TIMESTAMP ? segment->tsval : 0,
				.ip_id = segment->ip_id,
				.flags = shape(segment->flags),
				.at_ns = segment->at_ns,
			};
		}
		work->count[point] = used;
		qsort(work->items[point], used, sizeof(struct item),
		      loose ? compare_loosely : compare_items);
	}
}

/* --- who is whose copy */

static int64_t
delay_of(int dir, const struct item *near_client, const struct item *near_server)
{
	int64_t ahead = near_server->at_ns - near_client->at_ns;
	return dir == TO_SERVER ? ahead : -ahead;
}

/* What speaks against the two being one: `impossible` if they cannot be. */
static int64_t
cost_of(const struct work *work, int dir, const struct item *a, const struct item *b)
{
	const struct compare_matches *matches = work->matches;
	const struct compare_segment *left = segment_of(work, 0, a), *right = segment_of(work, 1, b);
	int64_t delay = delay_of(dir, a, b), cost = 0;
	if (work->pairing->time_known) {
		if (delay < -work->pairing->slack_ns || delay > delay_max_ns)
			return impossible;
		cost = delay - matches->typical_ns[dir];
		cost = cost < 0 ? -cost : cost;
	}
	if (work->measured && matches->ids_kept && left->ip_id != 0 && right->ip_id != 0 &&
	    left->ip_id != right->ip_id)
		return impossible;
	if (work->measured && matches->stamps_kept &&
	    (left->options & right->options & TCP_HAS_TIMESTAMP) && left->tsval != right->tsval)
		return impossible;
	return cost;
}

static bool
in_time(const struct work *work, int dir, const struct item *a, const struct item *b)
{
	int64_t delay = delay_of(dir, a, b);
	return !work->pairing->time_known ||
	       (delay >= -work->pairing->slack_ns && delay <= delay_max_ns);
}

static void
join(struct work *work, int dir, const struct item *a, const struct item *b)
{
	struct compare_matches *matches = work->matches;
	matches->match[0][a->index].partner = b->index + 1;
	matches->match[1][b->index].partner = a->index + 1;
	matches->pairs[dir]++;
}

/* Most pairs first, then the least cost; pairs do not cross, as copies hardly overtake each other.
 * a and b are in the order of time. */
static void
align(struct work *work, int dir, const struct item *a, size_t a_count, const struct item *b,
      size_t b_count)
{
	enum { TAKE = 1, SKIP_A, SKIP_B };
	const int64_t missing = impossible / ALIGN_MAX; /* more than any delays add up to */
	size_t width = b_count + 1;
	int64_t *cost = work->cost;
	for (size_t i = 0; i <= a_count; i++) {
		for (size_t j = 0; j <= b_count; j++) {
			int64_t best = i == 0 && j == 0 ? 0 : INT64_MAX;
			uint8_t choice = 0;
			if (i > 0 && cost[(i - 1) * width + j] + missing < best) {
				best = cost[(i - 1) * width + j] + missing;
				choice = SKIP_A;
			}
			if (j > 0 && cost[i * width + j - 1] + missing < best) {
				best = cost[i * width + j - 1] + missing;
				choice = SKIP_B;
			}
			if (i > 0 && j > 0) {
				int64_t own = cost_of(work, dir, &a[i - 1], &b[j - 1]);
				int64_t sum = cost[(i - 1) * width + j - 1] + own;
				if (own < impossible && sum <= best) {
					best = sum;
					choice = TAKE;
				}
			}
			cost[i * width + j] = best;
			work->choice[i * width + j] = choice;
		}
	}
	for (size_t i = a_count, j = b_count; i > 0 || j > 0;) {
		uint8_t choice = work->choice[i * width + j];
		if (choice == TAKE)
			join(work, dir, &a[i - 1], &b[j - 1]);
		i -= choice != SKIP_B;
		j -= choice != SKIP_A;
	}
}

/* So many copies that weighing all is too much: each takes the first that can be it. */
static void
align_many(struct work *work, int dir, const struct item *a, size_t a_count, const struct item *b,
	   size_t b_count)
{
	size_t i = 0;
	for (size_t j = 0; j < b_count && i < a_count; j++) {
		size_t k = i;
		while (k < a_count && k < i + ALIGN_MAX / 1024 &&
		       cost_of(work, dir, &a[k], &b[j]) >= impossible)
			k++;
		if (k == a_count || cost_of(work, dir, &a[k], &b[j]) >= impossible)
			continue;
		join(work, dir, &a[k], &b[j]);
		i = k + 1;
	}
}

static int
compare_marks(const void *a, const void *b)
{
	const struct item *left = a, *right = b;
	if (left->ip_id != right->ip_id)
		return left->ip_id < right->ip_id ? -1 : 1;
	if (left->tsval != right->tsval)
		return left->tsval < right->tsval ? -1 : 1;
	if (left->at_ns != right->at_ns)
		return left->at_ns < right->at_ns ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

static int
compare_times(const void *a, const void *b)
{
	const struct item *left = a, *right = b;
	if (left->at_ns != right->at_ns)
		return left->at_ns < right->at_ns ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

/* Copies of a segment with the same IP ID are one, in whatever order they arrived (ACKs that repeat each
 * other do overtake each other) and whenever (a clock may have been set between them). Where IDs do not
 * survive, as in IPv6, the timestamp value tells as much to within its tick, in which they are joined in
 * the order of time. Leaves the others, in that order. */
static void
join_marked(struct work *work, int dir, struct item *a, size_t *a_count, struct item *b,
	    size_t *b_count)
{
	size_t i = 0, j = 0, a_left = 0, b_left = 0;
	const struct compare_matches *matches = work->matches;
	if (!matches->ids_kept && !matches->stamps_kept)
		return;
	for (size_t k = 0; !matches->ids_kept && k < *a_count; k++)
		a[k].ip_id = 0;
	for (size_t k = 0; !matches->ids_kept && k < *b_count; k++)
		b[k].ip_id = 0;
	qsort(a, *a_count, sizeof(*a), compare_marks);
	qsort(b, *b_count, sizeof(*b), compare_marks);
	while (i < *a_count && j < *b_count) {
		bool same = a[i].ip_id == b[j].ip_id &&
			    (!matches->stamps_kept || a[i].tsval == b[j].tsval);
		bool marked = matches->ids_kept ? a[i].ip_id != 0
						: a[i].tsval != 0 && in_time(work, dir, &a[i], &b[j]);
		if (same && marked) {
			join(work, dir, &a[i++], &b[j++]);
			continue;
		}
		bool first = a[i].ip_id != b[j].ip_id ? a[i].ip_id < b[j].ip_id
			     : a[i].tsval != b[j].tsval && matches->stamps_kept
				     ? a[i].tsval < b[j].tsval
				     : a[i].at_ns < b[j].at_ns;
		if (first)
			a[a_left++] = a[i++];
		else
			b[b_left++] = b[j++];
	}
	while (i < *a_count)
		a[a_left++] = a[i++];
	while (j < *b_count)
		b[b_left++] = b[j++];
	qsort(a, a_left, sizeof(*a), compare_times);
	qsort(b, b_left, sizeof(*b), compare_times);
	*a_count = a_left;
	*b_count = b_left;
}

static void
align_group(struct work *work, int dir, struct item *a, size_t a_count, struct item *b,
	    size_t b_count)
{
	if (a_count > 1 || b_count > 1)
		join_marked(work, dir, a, &a_count, b, &b_count);
	if (a_count == 0 || b_count == 0)
		return;
	if (a_count == 1 && b_count == 1) {
		if ((a->ip_id != 0 && a->ip_id == b->ip_id) || in_time(work, dir, a, b))
			join(work, dir, a, b);
	} else if ((a_count + 1) * (b_count + 1) <= ALIGN_MAX) {
		align(work, dir, a, a_count, b, b_count);
	} else {
		align_many(work, dir, a, a_count, b, b_count);
	}
}

/* Goes through the groups of a direction; only those of one each while nothing is measured. */
static void
match_groups(struct work *work, int dir, bool loose)
{
	uint32_t i = 0, j = 0;
	collect(work, dir, loose);
	struct item *a = work->items[0], *b = work->items[1];
	while (i < work->count[0] && j < work->count[1]) {
		if (!same_group(&a[i], &b[j], loose)) {
			bool first = (loose ? compare_loosely : compare_items)(&a[i], &b[j]) < 0;
			i += first;
			j += !first;
			continue;
		}
		uint32_t a_end = i, b_end = j;
		while (a_end < work->count[0] && same_group(&a[i], &a[a_end], loose))
			a_end++;
		while (b_end < work->count[1] && same_group(&b[j], &b[b_end], loose))
			b_end++;
		if (work->measured || (a_end - i == 1 && b_end - j == 1))
			align_group(work, dir, a + i, a_end - i, b + j, b_end - j);
		i = a_end;
		j = b_end;
	}
}

/* --- what is usual in this flow */

static int
compare_delays(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
	return (left > right) - (left < right);
}

/* Where the clocks are not known a difference is any number that two captures can name; as a delay it says
 * no more than the longest one, and sums of these stay far from the ends of the type. */
static int64_t
delay_within(int64_t delay_ns)
{
	if (delay_ns > delay_max_ns)
		return delay_max_ns;
	return delay_ns < -delay_max_ns ? -delay_max_ns : delay_ns;
}

static bool
measure(struct work *work)
{
	struct compare_matches *matches = work->matches;
	const struct compare_flow *a = work->pairing->flow[0], *b = work->pairing->flow[1];
	int64_t *delays = malloc(((size_t)a->count + 1) * sizeof(*delays));
	if (delays == NULL)
		return false;
	size_t ids = 0, same_ids = 0, stamps = 0, same_stamps = 0;
	for (int dir = 0; dir < 2; dir++) {
		size_t count = 0;
		for (uint32_t i = 0; i < a->count; i++) {
			const struct compare_segment *left = &a->segments[i];
			uint32_t partner = matches->match[0][i].partner;
			if (left->direction != dir || partner == 0)
				continue;
			const struct compare_segment *right = &b->segments[partner - 1];
			bool stamped = left->options & right->options & TCP_HAS_TIMESTAMP;
			int64_t ahead = right->at_ns - left->at_ns;
			ids += left->ip_id != 0 && right->ip_id != 0;
			same_ids += left->ip_id != 0 && left->ip_id == right->ip_id;
			stamps += stamped;
			same_stamps += stamped && left->tsval == right->tsval;
			delays[count++] = delay_within(dir == TO_SERVER ? ahead : -ahead);
		}
		if (count == 0)
			continue;
		qsort(delays, count, sizeof(*delays), compare_delays);
		matches->typical_ns[dir] = delays[count / 2];
		matches->most_ns[dir] = delays[count - 1];
		matches->delayed[dir] = true;
	}
	matches->ids_kept = ids > 0 && same_ids * 100 >= ids * KEPT_PER_CENT;
	matches->stamps_kept = stamps > 0 && same_stamps * 100 >= stamps * KEPT_PER_CENT;
	work->measured = true;
	free(delays);
	return true;
}

/* Segments without partner that repeat one that has a partner, to the last field that tells copies
 * apart: the network made a second one. */
static void
find_copies(struct work *work, int dir)
{
	int exit = !compare_entry(dir);
	const struct compare_flow *flow = work->pairing->flow[exit];
	struct compare_match *match = work->matches->match[exit];
	uint32_t used = 0;
	struct item *items = work->items[exit];
	for (uint32_t i = 0; i < flow->count; i++) {
		const struct compare_segment *segment = &flow->segments[i];
		if (segment->direction == dir)
			items[used++] = (struct item){
				.index = i,
				.seq = segment->seq,
				.ack = segment->ack,
				.length = segment->length,
				.hash = segment->hash,
				.hashed = segment->hashed,
				.flags = shape(segment->flags),
				.at_ns = segment->at_ns,
			};
	}
	qsort(items, used, sizeof(*items), compare_items);
	for (uint32_t from = 0, to; from < used; from = to) {
		const struct compare_segment *known = NULL;
		for (to = from; to < used && same_group(&items[from], &items[to], false); to++)
			if (match[items[to].index].partner != 0)
				known = &flow->segments[items[to].index];
		for (uint32_t i = from; known != NULL && i < to; i++) {
			const struct compare_segment *other = &flow->segments[items[i].index];
			if (match[items[i].index].partner == 0)
				match[items[i].index].copy =
					known->ttl == other->ttl && known->ip_id == other->ip_id &&
					known->tsval == other->tsval;
		}
	}
}

/* Where each point has one segment of a kind, they need not be the same one: each capture may lack the
 * copy that the other has. Then neither the IP ID nor the delay is right. */
static void
part_copies(struct work *work)
{
	struct compare_matches *matches = work->matches;
	const struct compare_flow *const *flow = work->pairing->flow;
	if (!matches->ids_kept || !work->pairing->time_known)
		return;
	for (uint32_t i = 0; i < flow[0]->count; i++) {
		const struct compare_segment *left = &flow[0]->segments[i];
		uint32_t partner = matches->match[0][i].partner;
		if (partner == 0 || left->ip_id == 0 || compare_segment_span(left) == 0)
			continue;
		const struct compare_segment *right = &flow[1]->segments[partner - 1];
		int dir = left->direction;
		int64_t ahead = right->at_ns - left->at_ns;
		int64_t late = (dir == TO_SERVER ? ahead : -ahead) - matches->typical_ns[dir];
		if (right->ip_id == 0 || right->ip_id == left->ip_id || late < resend_min_ns)
			continue;
		matches->match[0][i].partner = matches->match[1][partner - 1].partner = 0;
		matches->match[!compare_entry(dir)][dir == TO_SERVER ? partner - 1 : i].resent = true;
		matches->pairs[dir]--;
	}
}

static bool
prepare(struct work *work)
{
	bool well = true;
	for (int point = 0; point < 2; point++) {
		size_t count = (size_t)work->pairing->flow[point]->count + 1;
		work->items[point] = malloc(count * sizeof(struct item));
		work->matches->match[point] = calloc(count, sizeof(struct compare_match));
		well = well && work->items[point] != NULL && work->matches->match[point] != NULL;
	}
	work->cost = malloc(ALIGN_MAX * sizeof(*work->cost));
	work->choice = malloc(ALIGN_MAX);
	return well && work->cost != NULL && work->choice != NULL;
}

bool
compare_match(const struct compare_pairing *pairing, struct compare_matches *ret_matches)
{
	struct work work = { .pairing = pairing, .matches = ret_matches };
	*ret_matches = (struct compare_matches){ 0 };
	bool well = prepare(&work);
	if (well) {
		learn_shifts(pairing, ret_matches);
		for (int dir = 0; dir < 2; dir++)
			match_groups(&work, dir, false);
		well = measure(&work);
		part_copies(&work);
		for (int dir = 0; well && dir < 2; dir++) {
			match_groups(&work, dir, false);
			match_groups(&work, dir, true);
			well = compare_ranges(pairing, dir, ret_matches);
			find_copies(&work, dir);
		}
	}
	if (!well)
		compare_matches_release(ret_matches);
	free(work.items[0]);
	free(work.items[1]);
	free(work.cost);
	free(work.choice);
	return well;
}

void
compare_matches_release(struct compare_matches *matches)
{
	free(matches->match[0]);
	free(matches->match[1]);
	matches->match[0] = matches->match[1] = NULL;
}
