/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose turn is it? */
#include "dissect/capture_turn.h"

/* The earliest frame, and as the limit the earliest of the other interfaces. */
static struct turn
find_first(struct capture_tap *taps, size_t count, int64_t *ret_first_ns, bool *ret_lacking)
{
	struct turn turn = { .limit_ns = INT64_MAX };
	const struct frame *frame;
	int64_t first_ns = INT64_MAX;
	bool lacking = false;

	for (size_t i = 0; i < count; i++) {
		frame = capture_ring_peek(&taps[i].ring);
		if (!frame) {
			lacking = true;
		} else if (!turn.found || frame->ts_ns < first_ns) {
			turn.limit_ns = first_ns;
			turn.index = i;
			turn.found = true;
			first_ns = frame->ts_ns;
		} else if (frame->ts_ns < turn.limit_ns) {
			turn.limit_ns = frame->ts_ns;
		}
	}
	*ret_first_ns = first_ns;
	*ret_lacking = lacking;
	return turn;
}

/* What is older than the hold has come from everywhere. A frame of the future does not wait for
 * that: the clock was set back. */
struct turn
turn_find(struct capture_tap *taps, size_t count, int64_t now_ns, bool ended)
{
	const int64_t sure_ns = now_ns - (int64_t)TURN_HOLD_MS * 1000000;
	int64_t first_ns;
	bool lacking;
	struct turn turn = find_first(taps, count, &first_ns, &lacking);

	if (!turn.found || !lacking || ended)
		return turn;
	turn.held = first_ns > sure_ns && first_ns <= now_ns;
	if (turn.limit_ns > sure_ns)
		turn.limit_ns = sure_ns > first_ns ? sure_ns : first_ns;
	return turn;
}
