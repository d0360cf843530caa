/* SPDX-License-Identifier: BSD-2-Clause */
/* From the fates of a flow's segments to the one thing that matters: where it broke. */
#include "analyzer/compare_judge.h"

#include <string.h>

#include "analyzer/seq.h"

const char *const compare_place_slugs[PLACES] = {
#define PLACE(id, slug) [PLACE_##id] = slug,
	COMPARE_PLACES(PLACE)
#undef PLACE
};

const struct fate_info compare_story_infos[STORIES] = {
#define STORY(id, slug, sentence) [STORY_##id] = { slug, sentence },
	COMPARE_STORIES(STORY)
#undef STORY
};

const struct compare_reason_info compare_reason_infos[COMPARE_REASON_CODES] = {
#define REASON(id, points, sentence) [COMPARE_REASON_##id] = { points, sentence },
	COMPARE_REASONS(REASON)
#undef REASON
};

enum { PROVEN = 97, SURE_MAX = 99, DOUBTED_MAX = 60 };

struct work {
	const struct compare_pairing *pairing;
	const struct compare_result *result;
	const struct verdict *const *verdict;
	struct compare_verdict *out;
};

static enum verdict_class
class_of(const struct verdict *verdict)
{
	return (enum verdict_class)verdict_infos[verdict->code].verdict_class;
}

static bool
is_failure(const struct verdict *verdict)
{
	return verdict != NULL && class_of(verdict) > CLASS_INCOMPLETE;
}

/* How many segments of a kind entered the hop in a direction, and how many were lost or arrived. */
struct tally {
	uint32_t sent, lost, arrived;
	uint32_t missed; /* arrived, and not captured */
};

static struct tally
tally_flags(const struct work *work, int dir, uint8_t mask, uint8_t flags)
{
	int point = compare_entry(dir);
	const struct compare_flow *flow = work->pairing->flow[point];
	struct tally tally = { 0 };
	for (uint32_t i = 0; i < flow->count; i++) {
		const struct compare_segment *segment = &flow->segments[i];
		if (segment->direction != dir || (segment->flags & mask) != flags)
			continue;
		uint8_t fate = work->result->told[point][i].fate;
		tally.sent++;
		tally.lost += fate == FATE_LOST || fate == FATE_PARTLY_LOST;
		tally.arrived += fate == FATE_ARRIVED || fate == FATE_ANSWER_LOST;
		tally.missed += fate == FATE_MISSED;
	}
	return tally;
}

static bool
was_injected(const struct work *work, int dir, uint8_t flag)
{
	int point = !compare_entry(dir);
	const struct compare_flow *flow = work->pairing->flow[point];
	for (uint32_t i = 0; i < flow->count; i++)
		if (flow->segments[i].direction == dir && flow->segments[i].flags & flag &&
		    work->result->told[point][i].fate == FATE_INJECTED)
			return true;
	return false;
}

static void
set(const struct work *work, enum compare_story story, enum compare_place place)
{
	work->out->story = (uint8_t)story;
	work->out->place = (uint8_t)place;
}

static enum compare_place
way(int dir)
{
	return dir == TO_SERVER ? PLACE_TO_SERVER : PLACE_TO_CLIENT;
}

/* The side on which whoever sends in this direction is. */
static enum compare_place
side(int dir)
{
	return dir == TO_SERVER ? PLACE_CLIENT_SIDE : PLACE_SERVER_SIDE;
}

/* --- no connection came about */

static bool
judge_handshake(const struct work *work)
{
	enum { MASK = TCP_SYN | TCP_ACK | TCP_RST };
	struct tally syn = tally_flags(work, TO_SERVER, MASK, TCP_SYN);
	struct tally synack = tally_flags(work, TO_CLIENT, MASK, TCP_SYN | TCP_ACK);
	if (syn.sent == 0 || work->result->matches.pairs[TO_SERVER] > syn.arrived)
		return false; /* it went on after the SYN */
	if (syn.lost > 0 && syn.arrived + syn.missed == 0) {
		if (was_injected(work, TO_CLIENT, TCP_RST))
			set(work, STORY_REFUSED_BETWEEN, PLACE_DEVICE);
		else
			set(work, STORY_SYN_LOST, PLACE_TO_SERVER);
		return true;
	}
	if (synack.lost > 0 && synack.arrived + synack.missed == 0) {
		set(work, STORY_SYNACK_LOST, PLACE_TO_CLIENT);
		return true;
	}
	if (synack.arrived > 0) {
		struct tally ack = tally_flags(work, TO_SERVER, MASK, TCP_ACK);
		if (ack.lost > 0 && ack.arrived + ack.missed == 0) {
			set(work, STORY_ACK_LOST, PLACE_TO_SERVER);
			return true;
		}
		return false;
	}
	if (syn.arrived > 0 && synack.sent == 0 && work->result->matches.pairs[TO_CLIENT] == 0) {
		set(work, STORY_NO_ANSWER, PLACE_SERVER_SIDE);
		return true;
	}
	return false;
}

/* --- an open connection that stuck */

/* The end of what the half sent, and up to where it was acknowledged, as its own point has it. */
static bool
is_stuck(const struct work *work, int dir, uint32_t *ret_first)
{
	int point = compare_entry(dir);
	const struct compare_flow *flow = work->pairing->flow[point];
	bool acknowledged = false, found = false;
	uint32_t ack = 0;
	for (uint32_t i = 0; i < flow->count; i++) {
		const struct compare_segment *segment = &flow->segments[i];
		if (segment->direction == dir || segment->flags & TCP_RST ||
		    !(segment->flags & TCP_ACK))
			continue;
		ack = acknowledged ? seq_max(ack, segment->ack) : segment->ack;
		acknowledged = true;
	}
	for (uint32_t i = 0; i < flow->count && !found; i++) {
		const struct compare_segment *segment = &flow->segments[i];
		uint32_t span = compare_segment_span(segment);
		if (segment->direction != dir || span == 0 || segment->flags & TCP_RST)
			continue;
		found = !acknowledged || seq_gt(segment->seq + span, ack);
		*ret_first = i;
	}
	return found;
}

static bool
is_only_fin(const struct compare_segment *segment)
{
	return segment->length == 0 && segment->flags & TCP_FIN;
}

/* Whether a FIN, or data, of the half was lost for good, in a flow that did not fail by it. */
static bool
is_lost_for_good(const struct work *work, int dir)
{
	uint32_t first;
	if (!is_stuck(work, dir, &first))
		return false;
	const struct compare_told *told = work->result->told[compare_entry(dir)];
	const struct compare_flow *flow = work->pairing->flow[compare_entry(dir)];
	for (uint32_t i = first; i < flow->count; i++)
		if (flow->segments[i].direction == dir &&
		    flow->segments[i].seq == flow->segments[first].seq &&
		    compare_segment_span(&flow->segments[i]) > 0 && told[i].fate != FATE_LOST &&
		    told[i].fate != FATE_UNJUDGED)
			return false;
	return told[first].fate == FATE_LOST;
}

static bool
judge_stuck(const struct work *work, int dir)
{
	int point = compare_entry(dir);
	const struct compare_flow *flow = work->pairing->flow[point];
	uint32_t first, lost = 0, arrived = 0, answered = 0, copies = 0;
	if (!is_stuck(work, dir, &first))
		return false;
	for (uint32_t i = first; i < flow->count; i++) {
		const struct compare_segment *segment = &flow->segments[i];
		if (segment->direction != dir || segment->seq != flow->segments[first].seq ||
		    compare_segment_span(segment) == 0 || segment->flags & TCP_RST)
			continue;
		uint8_t fate = work->result->told[point][i].fate;
		copies++;
		lost += fate == FATE_LOST || fate == FATE_PARTLY_LOST;
		arrived += fate == FATE_ARRIVED;
		answered += fate == FATE_ANSWER_LOST;
	}
	if (copies < 2)
		return false; /* the capture may just have ended */
	/* who sent it knows best what it did to the flow */
	if (is_failure(work->verdict[point]) && (answered > 0 || (arrived == 0 && lost > 0)))
		work->out->code = work->verdict[point]->code;
	else if (arrived + answered == 0 && lost > 0 && flow->segments[first].length > 0 &&
		 !is_failure(work->verdict[!point]))
		work->out->code = VERDICT_BLACKHOLED_MIDFLOW; /* closed in order, and empty-handed */
	if (answered > 0)
		set(work, STORY_ANSWER_LOST, way(!dir));
	else if (arrived > 0)
		set(work, STORY_NO_ANSWER, side(!dir));
	else if (lost > 0)
		set(work, is_only_fin(&flow->segments[first]) ? STORY_FIN_LOST : STORY_DATA_LOST,
		    way(dir));
	return lost + arrived + answered > 0;
}

/* --- resets */

static bool
ends_in_reset(const struct verdict *verdict)
{
	if (verdict == NULL)
		return false;
	enum verdict_class class = class_of(verdict);
	return class == CLASS_RESET || class == CLASS_INJECTED || class == CLASS_IDLE ||
	       verdict->rst_form != RST_FORM_NONE;
}

static bool
judge_forgery(const struct work *work)
{
	bool rst[2], any = false;
	for (int dir = 0; dir < 2; dir++) {
		rst[dir] = was_injected(work, dir, TCP_RST);
		any = any || work->result->counts[dir].injected > 0;
	}
	if (!any)
		return false;
	if ((rst[TO_CLIENT] && ends_in_reset(work->verdict[NEAR_CLIENT])) ||
	    (rst[TO_SERVER] && ends_in_reset(work->verdict[NEAR_SERVER]))) {
		set(work, STORY_RESET_BETWEEN, PLACE_DEVICE);
		work->out->code = VERDICT_RESET_INJECTED;
		return true;
	}
	bool failed = is_failure(work->verdict[NEAR_CLIENT]) || is_failure(work->verdict[NEAR_SERVER]);
	if (!failed)
		set(work, STORY_FORGERY_IGNORED, PLACE_DEVICE);
	return !failed;
}

/* Both saw it pass: it comes from whoever sent it, or stays with whom the verdict suspects. */
static enum compare_place
place_of_suspect(const struct verdict *verdict)
{
	if (verdict->rst_form != RST_FORM_NONE)
		return side(verdict->rst_from);
	switch ((enum suspect)verdict->suspect) {
	case SUSPECT_CLIENT:
	case SUSPECT_CLIENT_PATH:
		return PLACE_CLIENT_SIDE;
	case SUSPECT_SERVER:
	case SUSPECT_SERVER_PATH:
	case SUSPECT_APPLICATION:
		return PLACE_SERVER_SIDE;
	case SUSPECT_NONE:
		return PLACE_NOWHERE;
	case SUSPECT_PATH:
	case SUSPECT_MIDDLEBOX:
	case SUSPECT_CAPTURE:
	case SUSPECT_UNKNOWN:
	case SUSPECT_CODES:
		break;
	}
	return PLACE_UNKNOWN;
}

/* --- one verdict */

/* The client's point is what the user sees; the server's only if the client's cannot judge. */
static const struct verdict *
leading(const struct verdict *const verdict[2])
{
	const struct verdict *near = verdict[NEAR_CLIENT], *far = verdict[NEAR_SERVER];
	if (near == NULL || far == NULL)
		return near != NULL ? near : far;
	return !is_failure(near) && is_failure(far) ? far : near;
}

static void
judge_paired(const struct work *work)
{
	const struct verdict *near = work->verdict[NEAR_CLIENT], *far = work->verdict[NEAR_SERVER];
	const struct compare_counts *counts = work->result->counts;
	bool failed = is_failure(near) || is_failure(far);
	if (work->result->proxy != PROXY_NONE) {
		set(work, STORY_PROXIED, failed ? PLACE_SERVER_SIDE : PLACE_NOWHERE);
		return;
	}
	if (judge_forgery(work))
		return;
	if (work->pairing->flow[NEAR_SERVER]->moved_frame != 0 && failed) {
		set(work, STORY_MAPPING_LOST, PLACE_DEVICE);
		return;
	}
	bool lost = counts[0].lost + counts[1].lost + counts[0].partly_lost + counts[1].partly_lost > 0;
	/* what was cut short has not survived yet */
	bool cut = class_of(near) == CLASS_INCOMPLETE || class_of(far) == CLASS_INCOMPLETE;
	if (!failed && !(lost && cut)) {
		for (int dir = 0; lost && dir < 2; dir++)
			if (is_lost_for_good(work, dir) && judge_stuck(work, dir))
				return;
		set(work, lost ? STORY_RECOVERED : STORY_UNHARMED, PLACE_NOWHERE);
		return;
	}
	if (judge_handshake(work) || judge_stuck(work, TO_SERVER) || judge_stuck(work, TO_CLIENT))
		return;
	if (near->code == far->code)
		set(work, STORY_AGREED, place_of_suspect(leading(work->verdict)));
	else
		set(work, STORY_CANNOT_TELL, PLACE_UNKNOWN);
}

/* Whether somebody on the other side of the only point answered, other than by a refusal. */
static bool
is_alive(const struct compare_flow *flow, int entry_dir)
{
	for (uint32_t i = 0; i < flow->count; i++)
		if (flow->segments[i].direction != entry_dir && !(flow->segments[i].flags & TCP_RST))
			return true;
	return false;
}

void
compare_calm(const struct compare_pairing *pairing, bool ambiguous, struct compare_result *result)
{
	int point = pairing->flow[NEAR_CLIENT]->count > 0 ? NEAR_CLIENT : NEAR_SERVER;
	const struct compare_flow *flow = pairing->flow[point];
	int entry_dir = point == NEAR_CLIENT ? TO_SERVER : TO_CLIENT;
	if (!ambiguous && !is_alive(flow, entry_dir))
		return;
	for (int dir = 0; dir < 2; dir++)
		result->counts[dir] = (struct compare_counts){ 0 };
	for (uint32_t i = 0; i < flow->count; i++) {
		result->told[point][i] = (struct compare_told){ .fate = FATE_UNJUDGED };
		result->counts[flow->segments[i].direction].unjudged++;
	}
}

static void
judge_single(const struct work *work, const struct compare_watch watch[2], bool ambiguous)
{
	int point = work->verdict[NEAR_CLIENT] != NULL ? NEAR_CLIENT : NEAR_SERVER;
	const struct compare_flow *flow = work->pairing->flow[point];
	const struct compare_watch *other = &watch[!point];
	int entry_dir = point == NEAR_CLIENT ? TO_SERVER : TO_CLIENT;
	const struct compare_counts *counts = work->result->counts;
	bool watched = other->drops == 0 && !other->lossy &&
		       compare_watched(other, flow->first_ns) == DOUBT_NONE &&
		       compare_watched(other, flow->last_ns) == DOUBT_NONE;
	if (ambiguous)
		set(work, STORY_AMBIGUOUS, PLACE_UNKNOWN);
	else if (counts[entry_dir].lost > 0 && was_injected(work, !entry_dir, TCP_RST))
		set(work, STORY_REFUSED_BETWEEN, PLACE_DEVICE);
	else if (counts[entry_dir].lost > 0 && entry_dir == TO_SERVER)
		set(work, flow->has_isn[TO_SERVER] ? STORY_SYN_LOST : STORY_DATA_LOST,
		    PLACE_TO_SERVER);
	else if (counts[entry_dir].lost > 0)
		set(work, flow->has_isn[TO_CLIENT] ? STORY_SYNACK_LOST : STORY_DATA_LOST,
		    PLACE_TO_CLIENT);
	else if (watched)
		set(work, STORY_OTHER_PATH, PLACE_UNKNOWN);
	else
		set(work, STORY_NOT_WATCHED, PLACE_UNKNOWN);
}

static bool
is_proven(enum compare_story story)
{
	return story == STORY_FIN_LOST || story == STORY_MAPPING_LOST || story == STORY_SYN_LOST || story == STORY_SYNACK_LOST || story == STORY_ACK_LOST ||
	       story == STORY_DATA_LOST || story == STORY_ANSWER_LOST ||
	       story == STORY_REFUSED_BETWEEN || story == STORY_RESET_BETWEEN;
}

static void
weigh(const struct work *work)
{
	const struct verdict *near = work->verdict[NEAR_CLIENT], *far = work->verdict[NEAR_SERVER];
	const struct compare_counts *counts = work->result->counts;
	struct compare_verdict *out = work->out;
	int confidence = leading(work->verdict)->confidence;
	uint32_t missed = 0, unjudged = 0;
	for (int dir = 0; dir < 2; dir++) {
		missed += counts[dir].missed_entry + counts[dir].missed_exit;
		unjudged += counts[dir].unjudged;
	}
	unsigned reasons = 0;
	bool proven = is_proven((enum compare_story)out->story);
	if (proven) {
		reasons |= 1U << COMPARE_REASON_PROVEN;
		confidence = confidence > PROVEN ? confidence : PROVEN;
	} else if (near != NULL && far != NULL) {
		reasons |= 1U << (near->code == far->code ? COMPARE_REASON_AGREE
							  : COMPARE_REASON_DIFFER);
	}
	if (!work->pairing->time_known)
		reasons |= 1U << COMPARE_REASON_NO_CLOCK;
	if (missed > 0)
		reasons |= 1U << COMPARE_REASON_MISSING;
	if (unjudged > 0 && work->result->proxy == PROXY_NONE)
		reasons |= 1U << COMPARE_REASON_NOT_WATCHED;
	for (int reason = 0; reason < COMPARE_REASON_CODES; reason++)
		if (reasons >> reason & 1)
			confidence += compare_reason_infos[reason].points;
	bool doubted = out->story == STORY_AMBIGUOUS || out->story == STORY_NOT_WATCHED ||
		       out->story == STORY_OTHER_PATH || out->story == STORY_CANNOT_TELL;
	if (doubted && confidence > DOUBTED_MAX)
		confidence = DOUBTED_MAX;
	out->reasons = (uint8_t)reasons;
	out->confidence = (uint8_t)(confidence < 0 ? 0 : confidence > SURE_MAX ? SURE_MAX : confidence);
}

void
compare_judge(const struct compare_pairing *pairing, const struct compare_watch watch[2],
	      const struct compare_result *result, const struct verdict *const verdict[2],
	      bool ambiguous, struct compare_verdict *ret_verdict)
{
	const struct work work = {
		.pairing = pairing,
		.result = result,
		.verdict = verdict,
		.out = ret_verdict,
	};
	*ret_verdict = (struct compare_verdict){ .code = leading(verdict)->code };
	if (verdict[NEAR_CLIENT] != NULL && verdict[NEAR_SERVER] != NULL)
		judge_paired(&work);
	else
		judge_single(&work, watch, ambiguous);
	weigh(&work);
}
