/* SPDX-License-Identifier: BSD-2-Clause */
/* What became of each segment of a flow in a hop, and how sure that is. */
#ifndef TCPWHY_COMPARE_FATE_H
#define TCPWHY_COMPARE_FATE_H

#include "analyzer/compare_match.h"

/* FATE(id, slug, sentence) */
#define COMPARE_FATES(FATE)                                                                        \
	FATE(ARRIVED, "arrived", "it is at both points")                                           \
	FATE(ANSWER_LOST, "answer-lost", "it arrived; its acknowledgement was lost on the way back") \
	FATE(PARTLY_LOST, "partly-lost", "some of its bytes arrived, others were lost")            \
	FATE(LOST, "lost", "it entered the hop and did not leave it")                              \
	FATE(INJECTED, "injected", "it left the hop and never entered it")                         \
	FATE(DUPLICATED, "duplicated", "it arrived more than once")                                \
	FATE(MISSED, "missed", "the other capture lacks it: it was acknowledged or continued")      \
	FATE(UNJUDGED, "not-judged", "the other capture cannot tell")                               \
	FATE(PROXIED, "proxied", "it ends in the hop, at a proxy")

enum fate {
#define FATE(id, slug, sentence) FATE_##id,
	COMPARE_FATES(FATE)
#undef FATE
	FATES
};

/* Why a segment is not judged. */
#define COMPARE_DOUBTS(DOUBT)                                                                      \
	DOUBT(NONE, NULL, NULL)                                                                    \
	DOUBT(BEFORE, "capture-not-begun", "the other capture had not begun")                      \
	DOUBT(AFTER, "capture-ended", "the other capture had ended")                               \
	DOUBT(EDGE, "capture-edge", "nothing proves that the other capture ran just then")         \
	DOUBT(DROPS, "capture-drops", "the other capture lost packets, perhaps this one")                            \
	DOUBT(CUT, "log-full", "more segments than are compared in one flow")

enum compare_doubt {
#define DOUBT(id, slug, sentence) DOUBT_##id,
	COMPARE_DOUBTS(DOUBT)
#undef DOUBT
	COMPARE_DOUBT_CODES
};

struct fate_info {
	const char *slug, *sentence;
};

extern const struct fate_info fate_infos[FATES];
extern const struct fate_info compare_doubt_infos[COMPARE_DOUBT_CODES];

/* Where the maker of an injected segment stands. */
enum injector { INJECTOR_UNKNOWN, INJECTOR_IN_PATH, INJECTOR_ON_PATH };

struct compare_told {
	uint8_t fate;	  /* enum fate */
	uint8_t doubt;	  /* enum compare_doubt, for FATE_UNJUDGED */
	uint8_t injector; /* enum injector, for FATE_INJECTED */
	bool again;	  /* its sender had sent these bytes, SYN or FIN before */
	uint32_t missing; /* payload bytes of it that were lost */
	uint32_t trigger; /* what an injected one answers: index at the same point plus 1; 0 unknown */
};

/* By direction, of what entered the hop. */
struct compare_counts {
	uint32_t sent; /* segments of which the hop can tell: arrived, lost, in part */
	uint32_t arrived, lost, partly_lost;
	uint64_t lost_bytes;
	uint32_t lost_data, lost_syn, lost_fin, lost_rst, lost_ack; /* of those lost, by kind */
	uint32_t injected, injected_rst;
	uint32_t duplicated;
	uint32_t missed_entry, missed_exit; /* by the capture where the hop is entered, and left */
	uint32_t unjudged; /* those of two connections of a proxy's, too */
	uint32_t recut; /* arrived in segments of another size */
	uint32_t overtaken; /* arrived after one that was sent later */
	uint32_t again, again_needed, again_answer_lost, again_needless; /* sent again, and why */
};

/* How a proxy showed itself. */
enum proxy_sign { PROXY_NONE, PROXY_ANSWERED_FIRST, PROXY_OTHER_ANSWER, PROXY_ONLY_ANSWER };

/* When a capture ran, by the common clock. */
struct compare_watch {
	bool any; /* it has frames at all */
	int64_t from_ns, until_ns;
	uint64_t drops; /* that it admits */
	bool lossy; /* it lacks much that was acknowledged, so it drops without admitting it */
	/* how far before its first frame and behind its last one it may have run, without traffic */
	int64_t before_ns, after_ns;
};

struct compare_result {
	struct compare_matches matches;
	struct compare_told *told[2]; /* per segment, at each point */
	struct compare_counts counts[2];
	uint8_t proxy; /* enum proxy_sign */
};

/* Returns false when memory is short. Release with compare_result_release(). Pure. */
bool compare_tell(const struct compare_pairing *pairing, const struct compare_watch watch[2],
		  struct compare_result *ret_result);
void compare_result_release(struct compare_result *result);

/* Why a segment at this time, seen at the other point, proves nothing of a capture: DOUBT_NONE if the
 * capture surely ran; DOUBT_EDGE within before_ns or after_ns outside. */
enum compare_doubt compare_watched(const struct compare_watch *watch, int64_t at_ns);

#endif
