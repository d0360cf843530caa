/* SPDX-License-Identifier: BSD-2-Clause */
/* One verdict for a flow that two points saw, or one of them only: what, where, and how sure. */
#ifndef TCPWHY_COMPARE_JUDGE_H
#define TCPWHY_COMPARE_JUDGE_H

#include "analyzer/compare_fate.h"
#include "analyzer/verdict.h"

/* Where it happened. PLACE(id, slug) */
#define COMPARE_PLACES(PLACE)                                                                      \
	PLACE(NOWHERE, "nowhere")                                                                  \
	PLACE(CLIENT_SIDE, "client-side")                                                          \
	PLACE(TO_SERVER, "between-to-server")                                                      \
	PLACE(TO_CLIENT, "between-to-client")                                                      \
	PLACE(DEVICE, "between-device")                                                            \
	PLACE(SERVER_SIDE, "server-side")                                                          \
	PLACE(UNKNOWN, "unknown")

enum compare_place {
#define PLACE(id, slug) PLACE_##id,
	COMPARE_PLACES(PLACE)
#undef PLACE
	PLACES
};

extern const char *const compare_place_slugs[PLACES];

/* What the two points tell together. STORY(id, slug, sentence): near and far are the points nearer to the
 * client and to the server. */
#define COMPARE_STORIES(STORY)                                                                     \
	STORY(UNHARMED, "unharmed", "Everything that entered between the points left it again.")   \
	STORY(RECOVERED, "recovered",                                                              \
	      "Segments were lost between the points, and the flow made up for it.") \
	STORY(AGREED, "agreed", "Both points saw the same: it did not happen between them.")       \
	STORY(SYN_LOST, "syn-lost",                                                                \
	      "Every SYN entered between the points and none left it: dropped on the way to the server.") \
	STORY(SYNACK_LOST, "synack-lost",                                                          \
	      "The server's SYN-ACK left its side and never reached the client's point.")          \
	STORY(ACK_LOST, "ack-lost",                                                                \
	      "The client's ACK of the handshake never reached the server's point.")               \
	STORY(DATA_LOST, "data-lost",                                                              \
	      "The data that was never acknowledged was lost between the points, each time.")      \
	STORY(FIN_LOST, "fin-lost",                                                                \
	      "The FIN was lost between the points, each time: the other side holds the connection open.") \
	STORY(ANSWER_LOST, "answer-lost",                                                          \
	      "The data arrived and was acknowledged; the acknowledgements were lost.")            \
	STORY(NO_ANSWER, "no-answer",                                                              \
	      "What was sent arrived at the other point, and nothing came back from there.")       \
	STORY(REFUSED_BETWEEN, "refused-between",                                                  \
	      "A device between the points refused the connection; the server was never asked.")   \
	STORY(RESET_BETWEEN, "reset-between",                                                      \
	      "The RST was made between the points: the side in whose name it came never sent it.") \
	STORY(FORGERY_IGNORED, "forgery-ignored",                                                  \
	      "Segments were injected between the points; the flow did not fail by them.")         \
	STORY(MAPPING_LOST, "mapping-lost",                                                        \
	      "A device between the points forgot the connection and gave the client another port: " \
	      "the server does not know that one.")                                                \
	STORY(PROXIED, "proxied",                                                                  \
	      "These are two connections: a proxy between the points ends one and makes the other.") \
	STORY(OTHER_PATH, "other-path",                                                            \
	      "The flow lives at one point and the other saw nothing of it: another path, a proxy " \
	      "that ends it there, or a filter of that capture.")                        \
	STORY(NOT_WATCHED, "not-watched",                                                          \
	      "One point saw it; the other capture did not run then, or lost packets: it cannot tell.") \
	STORY(AMBIGUOUS, "ambiguous",                                                              \
	      "Several flows of the other point fit equally well: it is not compared.")            \
	STORY(CANNOT_TELL, "cannot-tell", "What the points have in common does not tell where.")

enum compare_story {
#define STORY(id, slug, sentence) STORY_##id,
	COMPARE_STORIES(STORY)
#undef STORY
	STORIES
};

extern const struct fate_info compare_story_infos[STORIES];

/* Why the confidence is what it is; bits. */
#define COMPARE_REASONS(REASON)                                                                    \
	REASON(AGREE, 10, "both points judge it alike")                                            \
	REASON(PROVEN, 0, "both captures ran and lost nothing: what is missing at one is proof")    \
	REASON(NO_CLOCK, -15, "the clocks cannot be compared: only order was used")                 \
	REASON(MISSING, -20, "a capture lacks segments of this flow that did pass")                 \
	REASON(NOT_WATCHED, -15, "part of it lies outside the time that both captures cover")       \
	REASON(DIFFER, -10, "the points judge it differently")

enum compare_reason {
#define REASON(id, points, sentence) COMPARE_REASON_##id,
	COMPARE_REASONS(REASON)
#undef REASON
	COMPARE_REASON_CODES
};

struct compare_reason_info {
	int8_t points;
	const char *sentence;
};

extern const struct compare_reason_info compare_reason_infos[COMPARE_REASON_CODES];

struct compare_verdict {
	uint8_t code;	    /* enum verdict_code */
	uint8_t story;	    /* enum compare_story */
	uint8_t place;	    /* enum compare_place */
	uint8_t confidence; /* 0 to 100 */
	uint8_t reasons;    /* bit per enum compare_reason */
};

/* verdict[point] is that point's own, NULL if the flow was not seen there. ambiguous: only one point's
 * flow is given, as several of the other fit it. Pure. */
void compare_judge(const struct compare_pairing *pairing, const struct compare_watch watch[2],
		   const struct compare_result *result, const struct verdict *const verdict[2],
		   bool ambiguous, struct compare_verdict *ret_verdict);

/* A flow that only one point saw is judged as lost only if nothing but the one side ever spoke: else it
 * lives, and takes another path. Sets the fates of all its segments to FATE_UNJUDGED then, and if the
 * flow is ambiguous. */
void compare_calm(const struct compare_pairing *pairing, bool ambiguous,
		  struct compare_result *result);

#endif
