/* SPDX-License-Identifier: BSD-2-Clause */
/* The line of the offset lies below all b - a of segments to the server and above all of those to the
 * client. Of all such lines the one with the widest margin is taken; the others give the bound. */
#include "analyzer/compare_clock.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/flow.h"
#include "analyzer/limits.h"

enum {
	SEARCH_STEPS = 100,
	GRID = 64,	 /* skews that are tried for the bound */
	PIECE_MIN = 6,	 /* pairs in a stretch that is no accident */
	VIOLATIONS_PER_CENT = 1,
};

static const double skew_max = CLOCK_SKEW_MAX_PPM * 1e-6;
static const double resolution_ns = 2000; /* of time stamps, both ends */
static const int64_t slack_min_ns = NS_PER_MS;
static const int64_t rtt_max_ns = 240 * NS_PER_S;

struct point {
	double t, x; /* a's time and b - a, relative to the first pair */
};

/* The pairs that matter: the lower hull of those to the server, the upper hull of the others. */
struct hulls {
	struct point *points[2];
	size_t count[2];
};

static double
cross(struct point o, struct point a, struct point b)
{
	return (a.t - o.t) * (b.x - o.x) - (a.x - o.x) * (b.t - o.t);
}

/* points in the order of t; afterwards the hull below them (sign 1) or above them (sign -1). */
static size_t
hull(struct point *points, size_t count, int sign)
{
	size_t used = 0;
	for (size_t i = 0; i < count; i++) {
		while (used >= 2 &&
		       sign * cross(points[used - 2], points[used - 1], points[i]) <= 0)
			used--;
		points[used++] = points[i];
	}
	return used;
}

static int
compare_points(const void *a, const void *b)
{
	const struct point *left = a, *right = b;
	return (left->t > right->t) - (left->t < right->t);
}

static void
build_hulls(const struct clock_pair *pairs, size_t count, bool swapped, struct hulls *hulls)
{
	hulls->count[0] = hulls->count[1] = 0;
	for (size_t i = 0; i < count; i++) {
		unsigned dir = swapped ? !pairs[i].direction : pairs[i].direction;
		int64_t x = (pairs[i].b_ns - pairs[i].a_ns) - (pairs[0].b_ns - pairs[0].a_ns);
		hulls->points[dir][hulls->count[dir]++] = (struct point){
			.t = (double)(pairs[i].a_ns - pairs[0].a_ns),
			.x = (double)x,
		};
	}
	for (int dir = 0; dir < 2; dir++) {
		qsort(hulls->points[dir], hulls->count[dir], sizeof(struct point), compare_points);
		hulls->count[dir] =
			hull(hulls->points[dir], hulls->count[dir], dir == TO_SERVER ? 1 : -1);
	}
}

/* Where a line of this skew must end at the top, and where at the bottom. */
static double
upper(const struct hulls *hulls, double skew)
{
	double least = hulls->points[0][0].x - skew * hulls->points[0][0].t;
	for (size_t i = 1; i < hulls->count[0]; i++) {
		double x = hulls->points[0][i].x - skew * hulls->points[0][i].t;
		least = x < least ? x : least;
	}
	return least;
}

static double
lower(const struct hulls *hulls, double skew)
{
	double most = hulls->points[1][0].x - skew * hulls->points[1][0].t;
	for (size_t i = 1; i < hulls->count[1]; i++) {
		double x = hulls->points[1][i].x - skew * hulls->points[1][i].t;
		most = x > most ? x : most;
	}
	return most;
}

static double
gap(const struct hulls *hulls, double skew)
{
	return upper(hulls, skew) - lower(hulls, skew);
}

/* The skew with the widest gap: the gap is a concave function of the skew. */
static double
best_skew(const struct hulls *hulls)
{
	double from = -skew_max, to = skew_max;
	for (int i = 0; i < SEARCH_STEPS; i++) {
		double left = from + (to - from) / 3, right = to - (to - from) / 3;
		if (gap(hulls, left) < gap(hulls, right))
			from = left;
		else
			to = right;
	}
	return (from + to) / 2;
}

/* The outermost skew between inside, which fits, and outside at which a line still fits. */
static double
last_fitting(const struct hulls *hulls, double inside, double outside)
{
	if (gap(hulls, outside) >= -resolution_ns)
		return outside;
	for (int i = 0; i < SEARCH_STEPS; i++) {
		double middle = (inside + outside) / 2;
		if (gap(hulls, middle) >= -resolution_ns)
			inside = middle;
		else
			outside = middle;
	}
	return inside;
}

/* How far any line that fits is from ours at time t. */
static double
farthest(const struct hulls *hulls, double from, double to, double ours, double t)
{
	double worst = 0;
	for (int i = 0; i <= GRID; i++) {
		double skew = from + (to - from) * i / GRID;
		double high = upper(hulls, skew) + skew * t + resolution_ns - ours;
		double low = ours - (lower(hulls, skew) + skew * t - resolution_ns);
		worst = high > worst ? high : worst;
		worst = low > worst ? low : worst;
	}
	return worst;
}

static bool
hulls_init(struct hulls *hulls, size_t count)
{
	hulls->points[0] = malloc(2 * (count + 1) * sizeof(struct point));
	hulls->points[1] = hulls->points[0] != NULL ? hulls->points[0] + count + 1 : NULL;
	return hulls->points[0] != NULL;
}

static void
hulls_release(struct hulls *hulls)
{
	free(hulls->points[0]);
}

/* Whether one line fits all of these pairs. */
static bool
fits(struct hulls *hulls, const struct clock_pair *pairs, size_t count, bool swapped)
{
	build_hulls(pairs, count, swapped, hulls);
	return hulls->count[0] == 0 || hulls->count[1] == 0 || gap(hulls, 0) >= -resolution_ns ||
	       gap(hulls, best_skew(hulls)) >= -resolution_ns;
}

static void
fill_piece(struct hulls *hulls, const struct clock_pair *pairs, size_t count, struct clock_piece *piece)
{
	int64_t base = pairs[0].b_ns - pairs[0].a_ns;
	*piece = (struct clock_piece){
		.a_ns = pairs[0].a_ns,
		.a_last_ns = pairs[count - 1].a_ns,
		.offset_ns = base,
		.bound_ns = -1,
		.rtt_ns = -1,
		.a_order = pairs[0].a_order,
		.b_order = pairs[0].b_order,
		.b_ns = pairs[0].b_ns,
	};
	for (size_t i = 0; i < count; i++)
		piece->pairs[pairs[i].direction]++;
	build_hulls(pairs, count, false, hulls);
	double span = (double)(piece->a_last_ns - piece->a_ns);
	if (hulls->count[0] == 0 || hulls->count[1] == 0) {
		/* the delay is not known: none is the nearest guess */
		double edge = hulls->count[0] > 0 ? upper(hulls, 0) : lower(hulls, 0);
		piece->offset_ns = base + (int64_t)edge;
		return;
	}
	double skew = best_skew(hulls);
	if (span < CLOCK_SPAN_S * 1e9 && gap(hulls, 0) >= 0.5 * gap(hulls, skew))
		skew = 0;
	double top = upper(hulls, skew), bottom = lower(hulls, skew);
	piece->skew = skew;
	piece->offset_ns = base + (int64_t)((top + bottom) / 2);
	piece->rtt_ns = top > bottom ? (int64_t)(top - bottom) : 0;
	double from = last_fitting(hulls, skew, -skew_max);
	double to = last_fitting(hulls, skew, skew_max);
	double ours = (top + bottom) / 2;
	double first = farthest(hulls, from, to, ours, 0);
	double last = farthest(hulls, from, to, ours + skew * span, span);
	piece->bound_ns = (int64_t)(first > last ? first : last) + 1;
}

/* How many pairs from the first on fit one line. */
static size_t
longest_fit(struct hulls *hulls, const struct clock_pair *pairs, size_t count)
{
	size_t good = 1, step = 64;
	while (good < count && fits(hulls, pairs, good + step < count ? good + step : count, false)) {
		good = good + step < count ? good + step : count;
		step *= 2;
	}
	size_t bad = good + step < count ? good + step : count;
	if (good == count)
		return count;
	while (bad - good > 1) {
		size_t middle = good + (bad - good) / 2;
		if (fits(hulls, pairs, middle, false))
			good = middle;
		else
			bad = middle;
	}
	return good;
}

static double
line_at(const struct clock_piece *piece, int64_t a_ns)
{
	return (double)piece->offset_ns + piece->skew * (double)(a_ns - piece->a_ns);
}

/* The delay of a pair by this piece, ns. */
static double
delay_by(const struct clock_piece *piece, const struct clock_pair *pair)
{
	double ahead = (double)(pair->b_ns - pair->a_ns) - line_at(piece, pair->a_ns);
	return pair->direction == TO_SERVER ? ahead : -ahead;
}

/* A stretch ends with the first pair that does not fit; pairs before it that are better off in the next
 * one belong there. */
static size_t
move_border(const struct clock_pair *pairs, size_t begin, size_t border,
	    const struct clock_piece *before, const struct clock_piece *after)
{
	while (border > begin + PIECE_MIN) {
		double old = delay_by(before, &pairs[border - 1]);
		double new = delay_by(after, &pairs[border - 1]);
		if (new < -(double)slack_min_ns || new >= old)
			break;
		border--;
	}
	return border;
}

/* Takes one pair out of the way that fits nothing around it. */
static void
drop_pair(struct clock_pair *pairs, size_t *count, size_t at)
{
	memmove(&pairs[at], &pairs[at + 1], (*count - at - 1) * sizeof(*pairs));
	(*count)--;
}

static void
split(struct hulls *hulls, struct clock_pair *pairs, size_t count, struct compare_clock *clock)
{
	size_t begin = 0, begun = 0; /* of this stretch, and of the one before */
	size_t bad_max = 1 + count * VIOLATIONS_PER_CENT / 100;
	while (begin < count) {
		size_t length = longest_fit(hulls, pairs + begin, count - begin);
		size_t end = begin + length;
		/* the odd one out, if what follows it fits without it */
		if (end < count && clock->violations < bad_max) {
			struct clock_pair odd = pairs[end];
			size_t from = length > 256 ? end - 256 : begin;
			drop_pair(pairs, &count, end);
			size_t ahead = count - end < PIECE_MIN ? count - end : PIECE_MIN;
			if (fits(hulls, pairs + from, end - from + ahead, false)) {
				clock->violations++;
				continue;
			}
			memmove(&pairs[end + 1], &pairs[end], (count - end) * sizeof(*pairs));
			pairs[end] = odd;
			count++;
		}
		if (clock->count == CLOCK_PIECES || (length < PIECE_MIN && clock->count > 0)) {
			clock->violations += count - begin;
			break;
		}
		struct clock_piece *piece = &clock->piece[clock->count];
		fill_piece(hulls, pairs + begin, length, piece);
		if (clock->count > 0) {
			size_t border = move_border(pairs, begun, begin,
						    &piece[-1], piece);
			piece->a_order = pairs[border].a_order;
			piece->b_order = pairs[border].b_order;
			piece->b_ns = pairs[border].b_ns;
		}
		clock->count++;
		begun = begin;
		begin = end;
	}
	clock->pairs = count;
}

/* Routers only ever lower the TTL. */
static enum clock_sense
sense_by_ttl(const struct clock_pair *pairs, size_t count)
{
	size_t right = 0, wrong = 0;
	for (size_t i = 0; i < count; i++) {
		bool to_server = pairs[i].direction == TO_SERVER;
		uint8_t sent = to_server ? pairs[i].a_ttl : pairs[i].b_ttl;
		uint8_t arrived = to_server ? pairs[i].b_ttl : pairs[i].a_ttl;
		right += arrived < sent;
		wrong += arrived > sent;
	}
	if (right == 0 && wrong == 0)
		return CLOCK_SENSE_UNKNOWN;
	return right >= wrong ? CLOCK_SENSE_AS_GIVEN : CLOCK_SENSE_SWAPPED;
}

/* Those that travel against the rest: their connections were opened from the other side. */
static bool
turn_minority(struct clock_pair *pairs, size_t count)
{
	enum clock_sense most = sense_by_ttl(pairs, count);
	bool any = false;
	for (size_t i = 0; i < count && most != CLOCK_SENSE_UNKNOWN; i++) {
		bool to_server = pairs[i].direction == TO_SERVER;
		uint8_t sent = to_server ? pairs[i].a_ttl : pairs[i].b_ttl;
		uint8_t arrived = to_server ? pairs[i].b_ttl : pairs[i].a_ttl;
		if (pairs[i].same_packet &&
		    (most == CLOCK_SENSE_AS_GIVEN ? arrived > sent : arrived < sent)) {
			pairs[i].direction = !pairs[i].direction;
			any = true;
		}
	}
	return any;
}

static bool
all_at_once(const struct clock_pair *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (pairs[i].a_ns != pairs[i].b_ns || pairs[i].a_ttl != pairs[i].b_ttl)
			return false;
	return true;
}

static enum clock_sense
sense_of(struct hulls *hulls, const struct clock_pair *pairs, size_t count)
{
	enum clock_sense by_ttl = sense_by_ttl(pairs, count);
	if (all_at_once(pairs, count))
		return CLOCK_SENSE_SAME;
	bool given = fits(hulls, pairs, count, false), swapped = fits(hulls, pairs, count, true);
	if (given != swapped)
		return given ? CLOCK_SENSE_AS_GIVEN : CLOCK_SENSE_SWAPPED;
	return by_ttl;
}

static int
compare_b_order(const void *a, const void *b)
{
	const struct clock_pair *left = a, *right = b;
	return (left->b_order > right->b_order) - (left->b_order < right->b_order);
}

bool
compare_clock_solve(const struct clock_pair *pairs, size_t count, struct compare_clock *ret_clock)
{
	struct compare_clock clock = { .doubt = CLOCK_NO_PAIRS, .slack_ns = slack_min_ns };
	struct clock_pair *own = NULL;
	struct hulls hulls = { { NULL, NULL }, { 0, 0 } };
	*ret_clock = clock;
	if (count == 0)
		return true;
	own = malloc(count * sizeof(*own));
	if (own == NULL || !hulls_init(&hulls, count)) {
		free(own);
		return false;
	}
	memcpy(own, pairs, count * sizeof(*own));
	clock.mixed = turn_minority(own, count);
	clock.sense = (uint8_t)sense_of(&hulls, own, count);
	split(&hulls, own, count, &clock);
	if (clock.count > 1 || clock.violations > 0) {
		/* a clock is set between two segments as its own point has them; the other point has
		 * those in flight mixed up */
		struct compare_clock other = { .slack_ns = slack_min_ns };
		memcpy(own, pairs, count * sizeof(*own));
		other.mixed = turn_minority(own, count);
		other.sense = clock.sense;
		qsort(own, count, sizeof(*own), compare_b_order);
		split(&hulls, own, count, &other);
		if (other.violations < clock.violations ||
		    (other.violations == clock.violations && other.count < clock.count))
			clock = other;
	}
	free(own);
	hulls_release(&hulls);
	clock.doubt = CLOCK_TRUSTED;
	int64_t rtt_ns = INT64_MAX;
	for (size_t i = 0; i < clock.count; i++) {
		const struct clock_piece *piece = &clock.piece[i];
		if (piece->bound_ns < 0)
			clock.doubt = CLOCK_ONE_WAY;
		else if (piece->rtt_ns < rtt_ns)
			rtt_ns = piece->rtt_ns;
	}
	if (clock.violations * 100 > count * VIOLATIONS_PER_CENT && clock.violations > 1)
		clock.doubt = CLOCK_VIOLATED;
	/* more is no way there and back, but what clocks that leap leave */
	clock.rtt_ns = rtt_ns > rtt_max_ns ? 0 : rtt_ns;
	if (rtt_ns != INT64_MAX && rtt_ns / 2 > clock.slack_ns)
		clock.slack_ns = rtt_ns / 2;
	*ret_clock = clock;
	return true;
}

static int64_t
piece_to_a(const struct clock_piece *piece, int64_t b_ns)
{
	double ahead = (double)(b_ns - piece->offset_ns - piece->a_ns);
	return piece->a_ns + (int64_t)(ahead / (1 + piece->skew));
}

int64_t
compare_clock_to_a(const struct compare_clock *clock, int64_t b_ns, uint64_t order)
{
	size_t at = 0;
	if (clock->count == 0)
		return b_ns;
	while (at + 1 < clock->count && clock->piece[at + 1].b_order <= order)
		at++;
	return piece_to_a(&clock->piece[at], b_ns);
}

int64_t
compare_clock_time_to_a(const struct compare_clock *clock, int64_t b_ns)
{
	size_t at = 0;
	if (clock->count == 0)
		return b_ns;
	while (at + 1 < clock->count && clock->piece[at + 1].b_ns <= b_ns)
		at++;
	return piece_to_a(&clock->piece[at], b_ns);
}
