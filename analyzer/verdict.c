/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables behind the lists of verdict.h. */
#include "analyzer/verdict.h"

#include <stddef.h>

const struct verdict_info verdict_infos[VERDICT_CODES] = {
#define VERDICT(id, verdict_slug, class, verdict_base, verdict_meaning)                            \
	[VERDICT_##id] = {                                                                         \
		.slug = verdict_slug,                                                              \
		.meaning = verdict_meaning,                                                        \
		.verdict_class = CLASS_##class,                                                    \
		.base = verdict_base,                                                              \
	},
	VERDICTS(VERDICT)
#undef VERDICT
};

const char *const verdict_class_slugs[CLASSES] = {
#define CLASS(id, slug) [CLASS_##id] = slug,
	VERDICT_CLASSES(CLASS)
#undef CLASS
};

const char *const suspect_slugs[SUSPECT_CODES] = {
#define SUSPECT(id, slug) [SUSPECT_##id] = slug,
	SUSPECTS(SUSPECT)
#undef SUSPECT
};

const struct confidence_reason_info confidence_reason_infos[CONFIDENCE_REASON_CODES] = {
#define REASON(id, reason_points, reason_sentence)                                                 \
	[CONFIDENCE_##id] = { .points = reason_points, .sentence = reason_sentence },
	CONFIDENCE_REASONS(REASON)
#undef REASON
};

const char *const cause_slugs[CAUSE_CODES] = {
#define CAUSE(id, slug) [CAUSE_##id] = slug,
	CAUSES(CAUSE)
#undef CAUSE
};

const char *const tag_slugs[TAG_CODES] = {
#define TAG(id, slug) [TAG_##id] = slug,
	TAGS(TAG)
#undef TAG
};

const char *const rst_form_slugs[RST_FORMS] = {
	[RST_FORM_NONE] = NULL,
	[RST_FORM_ACTIVE_ABORT] = "active-abort",
	[RST_FORM_STATELESS_ACK] = "stateless-ack",
	[RST_FORM_STATELESS_SYN] = "stateless-syn",
	[RST_FORM_EXACT_OTHER] = "exact-other",
	[RST_FORM_IN_WINDOW_GUESS] = "in-window-guess",
	[RST_FORM_OUT_OF_WINDOW] = "out-of-window",
};

const char *const rst_origin_slugs[RST_ORIGIN_CODES] = {
#define ORIGIN(id, slug) [RST_ORIGIN_##id] = slug,
	RST_ORIGINS(ORIGIN)
#undef ORIGIN
};

const struct rst_feature_info rst_feature_infos[RST_FEATURE_CODES] = {
#define FEATURE(id, feature_points, feature_sentence)                                              \
	[RST_FEATURE_##id] = { .points = feature_points, .sentence = feature_sentence },
	RST_FEATURES(FEATURE)
#undef FEATURE
};
