/* SPDX-License-Identifier: BSD-2-Clause */
/* Proof first: what was acknowledged has arrived, whatever a capture says. */
#include "analyzer/compare_fate.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/compare_cover.h"
#include "analyzer/compare_proxy.h"
#include "analyzer/limits.h"
#include "analyzer/seq.h"

const struct fate_info fate_infos[FATES] = {
#define FATE(id, slug, sentence) [FATE_##id] = { slug, sentence },
	COMPARE_FATES(FATE)
#undef FATE
};

const struct fate_info compare_doubt_infos[COMPARE_DOUBT_CODES] = {
#define DOUBT(id, slug, sentence) [DOUBT_##id] = { slug, sentence },
	COMPARE_DOUBTS(DOUBT)
#undef DOUBT
};

/* What is still on its way when a capture ends is not lost. */
static const int64_t flight_ns = 50 * NS_PER_MS;
/* How far ahead what follows on a segment is looked for. */
enum { LOOK_AHEAD = 4096 };
/* An answer that is made by a device comes this soon after what provoked it. */
static const int64_t trigger_ns = 3 * NS_PER_S;

struct work {
	const struct compare_pairing *pairing;
	const struct compare_watch *watch;
	struct compare_result *result;
	struct compare_cover cover[2][2]; /* [point][direction] */
	uint8_t ttl_seen[2][2][UINT8_MAX + 1]; /* likewise: TTLs of what crossed the hop */
	bool any_crossed[2][2];
};

static const struct compare_segment *
segment_at(const struct work *work, int point, uint32_t index)
{
	return &work->pairing->flow[point]->segments[index];
}

enum compare_doubt
compare_watched(const struct compare_watch *watch, int64_t at_ns)
{
	if (!watch->any)
		return DOUBT_BEFORE;
	if (at_ns < watch->from_ns)
		return at_ns >= watch->from_ns - watch->before_ns ? DOUBT_EDGE : DOUBT_BEFORE;
	if (at_ns > watch->until_ns)
		return at_ns <= watch->until_ns + watch->after_ns ? DOUBT_EDGE : DOUBT_AFTER;
	return DOUBT_NONE;
}

/* Without a clock, a capture surely ran between two segments of the flow that it has. */
static enum compare_doubt
watched_by_order(const struct work *work, int point, uint32_t index)
{
	const struct compare_cover *cover = &work->cover[point][0];
	if (!cover->has_pairs || index < cover->first_pair)
		return DOUBT_BEFORE;
	return index > cover->last_pair ? DOUBT_AFTER : DOUBT_NONE;
}

/* Whether the other capture ran when this segment passed, or would have. */
static enum compare_doubt
watched(const struct work *work, int point, uint32_t index)
{
	const struct compare_segment *segment = segment_at(work, point, index);
	const struct compare_watch *watch = &work->watch[!point];
	int dir = segment->direction;
	int64_t typical = work->result->matches.typical_ns[dir];
	/* the quickest way is what decides at one edge of a capture, a slow one at the other */
	int64_t least = work->pairing->rtt_ns / 2; /* the common clock is set so that both are equal */
	int64_t most = work->result->matches.most_ns[dir];
	int64_t flight = typical > flight_ns ? 2 * typical : typical + flight_ns;
	if (work->result->matches.exhausted)
		return DOUBT_CUT;
	if (work->pairing->flow[!point]->left_out > 0 &&
	    segment->at_ns > work->cover[!point][0].last_ns)
		return DOUBT_CUT;
	if (!work->pairing->time_known)
		return watched_by_order(work, point, index);
	if (compare_entry(dir) != point) {
		enum compare_doubt doubt = compare_watched(watch, segment->at_ns - least);
		/* the longest of all may be that of another copy */
		if (doubt == DOUBT_NONE &&
		    segment->at_ns - (most < 2 * typical ? most : 2 * typical) < watch->from_ns)
			doubt = watch->before_ns > 0 ? DOUBT_EDGE : DOUBT_BEFORE;
		return doubt;
	}
	enum compare_doubt doubt = compare_watched(watch, segment->at_ns + least);
	if (doubt == DOUBT_NONE && segment->at_ns + flight > watch->until_ns)
		doubt = watch->after_ns > 0 ? DOUBT_EDGE : DOUBT_AFTER;
	return doubt;
}

static uint32_t
number(const struct work *work, int point, const struct compare_segment *segment)
{
	return compare_number(&work->result->matches, point, segment->direction, segment->seq);
}

/* Whether the receiver had it, though the capture at its side does not: it acknowledged these numbers,
 * and no other copy explains that. */
static bool
was_received(const struct work *work, int point, const struct compare_segment *segment)
{
	int dir = segment->direction;
	uint32_t span = compare_segment_span(segment), seq = number(work, point, segment);
	if (span == 0 || segment->flags & TCP_RST)
		return false;
	const struct compare_cover *other = &work->cover[!point][dir];
	if (cover_holds(other, seq, seq + span))
		return false;
	if (cover_acknowledges(&work->cover[!point][!dir], seq + span))
		return true;
	return work->result->matches.pairs[!dir] > 0 &&
	       cover_acknowledges(&work->cover[point][!dir], seq + span);
}

/* Whether its sender had sent it, though the capture at its side does not have it: it went on behind
 * it, or got it acknowledged. */
static bool
was_sent(const struct work *work, int point, const struct compare_segment *segment)
{
	int dir = segment->direction;
	uint32_t span = compare_segment_span(segment), seq = number(work, point, segment);
	if (span == 0 || segment->flags & TCP_RST)
		return false;
	const struct compare_cover *other = &work->cover[!point][dir];
	if (cover_touches(other, seq, seq + span))
		return false;
	return cover_reaches_beyond(other, seq + span) ||
	       (work->result->matches.pairs[!dir] > 0 &&
		cover_acknowledges(&work->cover[!point][!dir], seq + span));
}

/* Whether the sender sent it again for want of an answer: the next copy, before any acknowledgement. */
static bool
was_repeated(const struct work *work, int point, uint32_t index)
{
	const struct compare_flow *flow = work->pairing->flow[point];
	const struct compare_segment *segment = &flow->segments[index];
	uint32_t span = compare_segment_span(segment);
	uint32_t end = flow->count - index > LOOK_AHEAD ? index + LOOK_AHEAD : flow->count;
	for (uint32_t i = index + 1; span > 0 && i < end; i++) {
		const struct compare_segment *later = &flow->segments[i];
		if (later->direction == segment->direction) {
			if (later->seq == segment->seq && compare_segment_span(later) > 0)
				return true;
		} else if (!(later->flags & TCP_RST) && later->flags & TCP_ACK &&
			   seq_geq(later->ack, segment->seq + span)) {
			return false;
		}
	}
	return false;
}

/* Whether the capture of the receiving side may lack it although it arrived: that capture loses frames,
 * and neither did the sender have to send it again, nor was the copy what the receiver answered. */
static bool
may_be_missed(const struct work *work, int point, uint32_t index)
{
	const struct compare_flow *flow = work->pairing->flow[point];
	const struct compare_segment *segment = &flow->segments[index];
	const struct compare_match *match = work->result->matches.match[point];
	uint32_t end = number(work, point, segment) + compare_segment_span(segment), ack;
	if (!was_repeated(work, point, index))
		return true;
	if (!cover_first_ack(&work->cover[!point][!segment->direction], end, &ack))
		return false;
	uint32_t last = flow->count - index > LOOK_AHEAD ? index + LOOK_AHEAD : flow->count;
	for (uint32_t i = index + 1; i < last; i++)
		if (flow->segments[i].direction == segment->direction && match[i].partner != 0 &&
		    flow->segments[i].seq == segment->seq && match[i].partner - 1 < ack)
			return false;
	return true;
}

/* Whether the side in whose name a RST came went on with the connection behind it, as nobody does who
 * has reset it. */
static bool
went_on(const struct work *work, int point, const struct compare_segment *reset)
{
	const struct compare_flow *flow = work->pairing->flow[!point];
	int64_t sent_ns = reset->at_ns - work->result->matches.typical_ns[reset->direction];
	if (!(reset->flags & TCP_RST) || !work->pairing->time_known)
		return false;
	for (uint32_t i = 0; i < flow->count; i++) {
		const struct compare_segment *later = &flow->segments[flow->count - 1 - i];
		if (later->at_ns <= sent_ns + work->pairing->slack_ns)
			return false;
		if (later->direction == reset->direction && !(later->flags & (TCP_RST | TCP_SYN)))
			return true;
	}
	return false;
}

/* Whether it came with another TTL than the segments of its direction that did cross the hop. */
static bool
has_odd_ttl(const struct work *work, int point, const struct compare_segment *segment)
{
	return work->any_crossed[point][segment->direction] &&
	       !work->ttl_seen[point][segment->direction][segment->ttl];
}

static bool
is_bare_ack(const struct compare_segment *segment)
{
	return compare_segment_span(segment) == 0 && !(segment->flags & TCP_RST);
}

static bool
is_lossy(const struct compare_watch *watch)
{
	return watch->drops > 0 || watch->lossy;
}

static void
doubt(struct compare_told *told, enum compare_doubt why)
{
	told->fate = FATE_UNJUDGED;
	told->doubt = (uint8_t)why;
}

/* A segment that entered the hop. */
static void
tell_entered(const struct work *work, int point, uint32_t index)
{
	const struct compare_segment *segment = segment_at(work, point, index);
	const struct compare_match *match = &work->result->matches.match[point][index];
	struct compare_told *told = &work->result->told[point][index];
	enum compare_doubt why = watched(work, point, index);
	if (match->partner != 0 || (match->recut && match->covered >= segment->length))
		return;
	if (was_received(work, point, segment))
		told->fate = FATE_MISSED;
	else if (why != DOUBT_NONE &&
		 (why != DOUBT_EDGE || !was_repeated(work, point, index)))
		doubt(told, why);
	else if (is_lossy(&work->watch[!point]) && may_be_missed(work, point, index))
		doubt(told, DOUBT_DROPS);
	else
		told->fate = match->recut ? FATE_PARTLY_LOST : FATE_LOST;
	told->missing = segment->length - (match->recut ? match->covered : 0);
}

/* A segment that left the hop. */
static void
tell_left(const struct work *work, int point, uint32_t index)
{
	const struct compare_segment *segment = segment_at(work, point, index);
	const struct compare_match *match = &work->result->matches.match[point][index];
	struct compare_told *told = &work->result->told[point][index];
	enum compare_doubt why = watched(work, point, index);
	if (match->partner != 0 || (match->recut && match->covered >= segment->length))
		return;
	if (match->copy)
		told->fate = FATE_DUPLICATED;
	else if (match->recut || match->resent || was_sent(work, point, segment))
		told->fate = FATE_MISSED;
	else if (why != DOUBT_NONE)
		doubt(told, why);
	else if (is_lossy(&work->watch[!point]) && !went_on(work, point, segment))
		doubt(told, DOUBT_DROPS);
	else if (is_bare_ack(segment) && !has_odd_ttl(work, point, segment))
		told->fate = FATE_MISSED; /* who would forge what says nothing? */
	else
		told->fate = FATE_INJECTED;
}

/* What injected segments answer: the last one before them that went the other way. If that one was lost,
 * whoever answered took it away. */
static void
find_triggers(const struct work *work, int point)
{
	const struct compare_flow *flow = work->pairing->flow[point];
	struct compare_told *told = work->result->told[point];
	uint32_t last[2] = { 0 }; /* position + 1 of the last segment of each direction */
	for (uint32_t i = 0; i < flow->count; i++) {
		const struct compare_segment *segment = &flow->segments[i];
		uint32_t before = last[!segment->direction];
		last[segment->direction] = i + 1;
		if (told[i].fate != FATE_INJECTED || before == 0 ||
		    segment->ts_ns - flow->segments[before - 1].ts_ns > trigger_ns)
			continue;
		told[i].trigger = before;
		if (told[before - 1].fate == FATE_LOST)
			told[i].injector = INJECTOR_IN_PATH;
		else if (told[before - 1].fate == FATE_ARRIVED ||
			 told[before - 1].fate == FATE_ANSWER_LOST)
			told[i].injector = INJECTOR_ON_PATH;
	}
}

/* --- retransmissions */

struct sent {
	uint32_t seq, index;
};

static int
compare_sent(const void *a, const void *b)
{
	const struct sent *left = a, *right = b;
	if (left->seq != right->seq)
		return left->seq < right->seq ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

/* Why `index` was sent although `before` had been. */
static void
explain_again(struct work *work, int point, uint32_t before, uint32_t index)
{
	const struct compare_segment *first = segment_at(work, point, before);
	const struct compare_segment *second = segment_at(work, point, index);
	struct compare_told *told = work->result->told[point];
	int dir = first->direction;
	struct compare_counts *counts = &work->result->counts[dir];
	uint32_t end = number(work, point, first) + compare_segment_span(first);
	uint32_t ack;
	told[index].again = true;
	counts->again++;
	if (told[before].fate == FATE_LOST || told[before].fate == FATE_PARTLY_LOST) {
		counts->again_needed++;
		return;
	}
	if (told[before].fate != FATE_ARRIVED)
		return;
	if (cover_first_ack(&work->cover[point][!dir], end, &ack) && ack < index) {
		counts->again_needless++;
		return;
	}
	if (!cover_first_ack(&work->cover[!point][!dir], end, &ack))
		return; /* nobody had answered */
	const struct compare_told *answer = &work->result->told[!point][ack];
	if (answer->fate == FATE_LOST &&
	    (!work->pairing->time_known ||
	     segment_at(work, !point, ack)->at_ns < second->at_ns + work->pairing->slack_ns)) {
		told[before].fate = FATE_ANSWER_LOST;
		counts->again_answer_lost++;
	} else {
		counts->again_needless++;
	}
}

static bool
tell_again(struct work *work, int dir)
{
	int point = compare_entry(dir);
	const struct compare_flow *flow = work->pairing->flow[point];
	struct sent *sent = malloc(((size_t)flow->count + 1) * sizeof(*sent));
	uint32_t count = 0;
	if (sent == NULL)
		return false;
	for (uint32_t i = 0; i < flow->count; i++)
		if (flow->segments[i].direction == dir && !(flow->segments[i].flags & TCP_RST) &&
		    compare_segment_span(&flow->segments[i]) > 0)
			sent[count++] = (struct sent){ flow->segments[i].seq, i };
	qsort(sent, count, sizeof(*sent), compare_sent);
	for (uint32_t i = 1; i < count; i++)
		if (sent[i].seq == sent[i - 1].seq)
			explain_again(work, point, sent[i - 1].index, sent[i].index);
	free(sent);
	return true;
}

/* --- counting */

static void
count_lost(const struct compare_segment *segment, struct compare_counts *counts)
{
	if (segment->flags & TCP_RST)
		counts->lost_rst++;
	else if (segment->flags & TCP_SYN)
		counts->lost_syn++;
	else if (segment->length > 0)
		counts->lost_data++;
	else if (segment->flags & TCP_FIN)
		counts->lost_fin++;
	else
		counts->lost_ack++;
}

static void
count_entered(const struct work *work, int point, uint32_t index, struct compare_counts *counts)
{
	const struct compare_segment *segment = segment_at(work, point, index);
	const struct compare_told *told = &work->result->told[point][index];
	switch ((enum fate)told->fate) {
	case FATE_ARRIVED:
	case FATE_ANSWER_LOST:
		counts->sent++;
		counts->arrived++;
		counts->recut += work->result->matches.match[point][index].recut;
		break;
	case FATE_LOST:
		counts->sent++;
		counts->lost++;
		counts->lost_bytes += segment->length;
		count_lost(segment, counts);
		break;
	case FATE_PARTLY_LOST:
		counts->sent++;
		counts->partly_lost++;
		counts->lost_bytes += told->missing;
		break;
	case FATE_MISSED:
		counts->missed_exit++;
		break;
	case FATE_UNJUDGED:
	case FATE_PROXIED:
		counts->unjudged++;
		break;
	case FATE_INJECTED:
	case FATE_DUPLICATED:
	case FATES:
		break;
	}
}

static void
count_left(const struct work *work, int point, uint32_t index, struct compare_counts *counts)
{
	const struct compare_told *told = &work->result->told[point][index];
	counts->injected += told->fate == FATE_INJECTED;
	counts->injected_rst += told->fate == FATE_INJECTED &&
				(segment_at(work, point, index)->flags & TCP_RST) != 0;
	counts->duplicated += told->fate == FATE_DUPLICATED;
	counts->missed_entry += told->fate == FATE_MISSED;
	counts->unjudged += told->fate == FATE_UNJUDGED || told->fate == FATE_PROXIED;
}

static void
count_all(struct work *work)
{
	for (int point = 0; point < 2; point++) {
		const struct compare_flow *flow = work->pairing->flow[point];
		uint32_t latest[2] = { 0, 0 };
		for (uint32_t i = 0; i < flow->count; i++) {
			int dir = flow->segments[i].direction;
			struct compare_counts *counts = &work->result->counts[dir];
			if (compare_entry(dir) != point) {
				count_left(work, point, i, counts);
				continue;
			}
			count_entered(work, point, i, counts);
			uint32_t partner = work->result->matches.match[point][i].partner;
			counts->overtaken += partner != 0 && partner < latest[dir];
			latest[dir] = partner > latest[dir] ? partner : latest[dir];
		}
	}
}

/* --- all of it */

static bool
prepare(struct work *work)
{
	bool well = true;
	for (int point = 0; point < 2; point++) {
		const struct compare_flow *flow = work->pairing->flow[point];
		work->result->told[point] =
			calloc((size_t)flow->count + 1, sizeof(struct compare_told));
		well = well && work->result->told[point] != NULL;
		for (int dir = 0; dir < 2; dir++)
			well = cover_init(&work->cover[point][dir], flow, &work->result->matches,
					  point, dir) &&
			       well;
	}
	return well;
}

static void
note_ttls(struct work *work, int point)
{
	const struct compare_flow *flow = work->pairing->flow[point];
	for (uint32_t i = 0; i < flow->count; i++) {
		const struct compare_segment *segment = &flow->segments[i];
		if (work->result->matches.match[point][i].partner == 0)
			continue;
		work->any_crossed[point][segment->direction] = true;
		work->ttl_seen[point][segment->direction][segment->ttl] = 1;
	}
}

static bool
tell_all(struct work *work)
{
	for (int point = 0; point < 2; point++)
		note_ttls(work, point);
	for (int point = 0; point < 2; point++) {
		const struct compare_flow *flow = work->pairing->flow[point];
		for (uint32_t i = 0; i < flow->count; i++) {
			if (work->result->proxy != PROXY_NONE)
				work->result->told[point][i].fate =
					work->result->matches.match[point][i].partner != 0
						? FATE_ARRIVED
						: FATE_PROXIED;
			else if (compare_entry(flow->segments[i].direction) == point)
				tell_entered(work, point, i);
			else
				tell_left(work, point, i);
		}
	}
	for (int point = 0; point < 2; point++)
		find_triggers(work, point);
	for (int dir = 0; dir < 2 && work->result->proxy == PROXY_NONE; dir++)
		if (!tell_again(work, dir))
			return false;
	count_all(work);
	return true;
}

bool
compare_tell(const struct compare_pairing *pairing, const struct compare_watch watch[2],
	     struct compare_result *ret_result)
{
	struct work work = { .pairing = pairing, .watch = watch, .result = ret_result };
	*ret_result = (struct compare_result){ 0 };
	if (!compare_match(pairing, &ret_result->matches))
		return false;
	ret_result->proxy = (uint8_t)compare_find_proxy(pairing, watch, &ret_result->matches);
	bool well = prepare(&work) && tell_all(&work);
	for (int point = 0; point < 2; point++)
		for (int dir = 0; dir < 2; dir++)
			cover_release(&work.cover[point][dir]);
	if (!well)
		compare_result_release(ret_result);
	return well;
}

void
compare_result_release(struct compare_result *result)
{
	compare_matches_release(&result->matches);
	free(result->told[0]);
	free(result->told[1]);
	result->told[0] = result->told[1] = NULL;
}
