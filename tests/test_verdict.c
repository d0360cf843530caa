/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables behind verdicts are whole, and every verdict adds up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/rules.h"
#include "tests/feed.h"

static void
assert_slug(const char *slug)
{
	assert_non_null(slug);
	assert_true(strlen(slug) > 1);
	assert_int_equal(strspn(slug, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(slug));
	assert_true(slug[0] != '-' && slug[strlen(slug) - 1] != '-');
}

static void
assert_sentence(const char *sentence)
{
	assert_non_null(sentence);
	assert_true(strlen(sentence) > 10);
	assert_true(sentence[0] >= 'A' && sentence[0] <= 'Z');
	assert_int_equal(sentence[strlen(sentence) - 1], '.');
}

static void
assert_unique(const char *const *slugs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert_slug(slugs[i]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(slugs[i], slugs[j]);
	}
}

static void
every_code_has_slug_and_meaning(void **state)
{
	(void)state;
	for (int i = 0; i < VERDICT_CODES; i++) {
		const struct verdict_info *info = &verdict_infos[i];
		assert_slug(info->slug);
		assert_sentence(info->meaning);
		assert_true(info->verdict_class < CLASSES);
		assert_true(info->base <= 100);
		assert_true(info->base > 0 || i == VERDICT_UNCLASSIFIED);
		for (int j = 0; j < i; j++) {
			assert_string_not_equal(info->slug, verdict_infos[j].slug);
			assert_string_not_equal(info->meaning, verdict_infos[j].meaning);
		}
	}
}

static void
the_lists_of_slugs_are_whole(void **state)
{
	(void)state;
	assert_unique(verdict_class_slugs, CLASSES);
	assert_unique(suspect_slugs, SUSPECT_CODES);
	assert_unique(cause_slugs, CAUSE_CODES);
	assert_unique(tag_slugs, TAG_CODES);
	assert_null(rst_form_slugs[RST_FORM_NONE]);
	assert_unique(rst_form_slugs + 1, RST_FORMS - 1);
	assert_null(rst_origin_slugs[RST_ORIGIN_NONE]);
	assert_unique(rst_origin_slugs + 1, RST_ORIGIN_CODES - 1);
}

static void
bits_have_room_for_all_that_they_count(void **state)
{
	(void)state;
	assert_true(TAG_CODES <= 64);
	assert_true(RST_FEATURE_CODES <= 32);
	assert_true(VERDICT_CODES <= UINT8_MAX);
	assert_true(CAUSE_CODES <= UINT8_MAX);
}

static void
every_reason_has_points_and_a_sentence(void **state)
{
	(void)state;
	for (int i = 0; i < CONFIDENCE_REASON_CODES; i++) {
		assert_int_not_equal(confidence_reason_infos[i].points, 0);
		assert_non_null(confidence_reason_infos[i].sentence);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(confidence_reason_infos[i].sentence,
						confidence_reason_infos[j].sentence);
	}
	for (int i = 0; i < RST_FEATURE_CODES; i++) {
		assert_int_not_equal(rst_feature_infos[i].points, 0);
		assert_non_null(rst_feature_infos[i].sentence);
	}
}

/* Each verdict has one place in the lists of rules; the last rule of all always applies. */
static void
every_verdict_has_its_rule(void **state)
{
	static const struct rule *const lists[] = { rules_incomplete, rules_connect, rules_open };
	const unsigned counts[] = { rules_incomplete_count, rules_connect_count, rules_open_count };
	unsigned rules_of[VERDICT_CODES] = { 0 };

	(void)state;
	for (size_t list = 0; list < 3; list++)
		for (unsigned i = 0; i < counts[list]; i++)
			rules_of[lists[list][i].code]++;
	for (int code = 0; code < VERDICT_CODES; code++)
		assert_int_equal(rules_of[code] > 0, code != VERDICT_UNCLASSIFIED);
	assert_non_null(rules_open[rules_open_count - 1].applies);
}

static struct moment
moment_at(uint32_t frame, uint32_t us)
{
	return (struct moment){ .frame = frame, .us_low = us };
}

static void
evidence_is_in_the_order_of_time(void **state)
{
	static const uint32_t us[] = { 500, 100, 900, 300, 700, 0 };
	struct verdict verdict = { 0 };
	struct judgement judgement = { .verdict = &verdict };

	(void)state;
	for (uint32_t i = 0; i < 6; i++)
		verdict_evidence(&judgement, moment_at(i + 1, us[i]), EVIDENCE_SYN, TO_SERVER, 1);
	assert_int_equal(verdict.evidence_count, 6);
	for (unsigned i = 1; i < 6; i++)
		assert_true(verdict.evidence[i - 1].at.us_low < verdict.evidence[i].at.us_low);
}

static void
evidence_is_told_once_and_never_of_what_did_not_happen(void **state)
{
	struct verdict verdict = { 0 };
	struct judgement judgement = { .verdict = &verdict };

	(void)state;
	verdict_evidence(&judgement, (struct moment){ 0 }, EVIDENCE_SYN, TO_SERVER, 1);
	assert_int_equal(verdict.evidence_count, 0);
	verdict_evidence(&judgement, moment_at(1, 5), EVIDENCE_SYN, TO_SERVER, 1);
	verdict_evidence(&judgement, moment_at(1, 5), EVIDENCE_SYN, TO_SERVER, 1);
	assert_int_equal(verdict.evidence_count, 1);
	verdict_evidence(&judgement, moment_at(1, 5), EVIDENCE_FIRST_FRAME, TO_SERVER, 1);
	assert_int_equal(verdict.evidence_count, 2);
	verdict_evidence(&judgement, moment_at(2, 5), EVIDENCE_SYN, TO_SERVER, 100000);
	assert_int_equal(verdict.evidence[2].count, UINT16_MAX);
}

static void
what_is_too_much_is_left_out(void **state)
{
	struct verdict verdict = { 0 };
	struct judgement judgement = { .verdict = &verdict };

	(void)state;
	for (uint32_t i = 1; i <= 100; i++) {
		verdict_evidence(&judgement, moment_at(i, i), EVIDENCE_SYN, TO_SERVER, 1);
		verdict_cause(&judgement, CAUSE_NO_LISTENER);
		verdict_reason(&judgement, CONFIDENCE_TWO_SYNS);
		verdict_advice(&judgement, (enum advice)1);
	}
	assert_int_equal(verdict.evidence_count, VERDICT_EVIDENCE_MAX);
	assert_int_equal(verdict.cause_count, VERDICT_CAUSE_MAX);
	assert_int_equal(verdict.reason_count, VERDICT_REASON_MAX);
	assert_int_equal(verdict.advice_count, VERDICT_ADVICE_MAX);
}

static void
assert_adds_up(const struct verdict *verdict)
{
	int confidence = verdict_infos[verdict->code].base;
	for (unsigned i = 0; i < verdict->reason_count; i++)
		confidence += confidence_reason_infos[verdict->reasons[i]].points;
	confidence = confidence < 0 ? 0 : confidence > 100 ? 100 : confidence;
	assert_int_equal(verdict->confidence, confidence);
	assert_true(verdict->evidence_count > 0);
	for (unsigned i = 0; i < verdict->evidence_count; i++) {
		assert_int_not_equal(verdict->evidence[i].at.frame, 0);
		if (i > 0)
			assert_true(moment_distance_us(verdict->evidence[i - 1].at,
						       verdict->evidence[i].at) >= 0);
	}
}

/* Lives that differ in one letter each; what matters is that all their verdicts are sound. */
static void
every_verdict_adds_up(void **state)
{
	static const char *const words[] = {
		"> S 0(0)",
		"< S. 0(0) ack 1",
		"> . 1(0) ack 1",
		"> P. 1(10) ack 1",
		"< P. 1(20) ack 11",
		"> F. 11(0) ack 21",
		"< F. 21(0) ack 12",
		"> R 1(0) win 0",
		"< R. -5000(0) ack 1 win 0",
		"+40000 > P. 1(10) ack 1",
		"< . 70(0) ack 90000",
	};
	enum { WORDS = sizeof(words) / sizeof(words[0]) };

	(void)state;
	for (int one = 0; one < WORDS; one++) {
		struct watch watch;
		watch_init(&watch);
		watch_start(&watch);
		for (int two = 0; two < WORDS; two++) {
			for (int three = 0; three < WORDS; three++) {
				watch.talk.client_port++;
				watch_play(&watch, words[one], words[two], words[three], NULL);
			}
		}
		watch_finish(&watch);
		assert_true(watch.ended_count >= WORDS * WORDS);
		for (size_t i = 0; i < watch.ended_count && i < ENDED_MAX; i++) {
			assert_adds_up(&watch.ended[i].verdict);
			assert_int_not_equal(watch.ended[i].verdict.code, VERDICT_UNCLASSIFIED);
		}
		watch_release(&watch);
	}
}

static void
nothing_but_flow_and_context_counts(void **state)
{
	struct watch watch;
	struct verdict again;

	(void)state;
	watch_init(&watch);
	watch_start(&watch);
	watch_play(&watch, "> S 0(0)", "< R. -5000(0) ack 1 win 0", NULL);
	watch_finish(&watch);
	struct rule_context context = {
		.limits = &watch.options.limits,
		.first_ns = tracker_stats(watch.tracker)->first_ns,
		.last_ns = tracker_stats(watch.tracker)->last_ns,
		.at_end = true,
		.host_ttl = { [TO_SERVER] = 64 },
	};
	memset(&again, 0xff, sizeof(again));
	flow_judge(&watch.ended[0].flow, &context, &again);
	assert_int_equal(again.code, VERDICT_REFUSED_BY_RST);
	assert_int_equal(again.confidence, watch.ended[0].verdict.confidence);
	assert_int_equal(again.evidence_count, watch.ended[0].verdict.evidence_count);
	assert_int_equal(again.tags, watch.ended[0].verdict.tags);
	watch_release(&watch);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_has_slug_and_meaning),
		cmocka_unit_test(the_lists_of_slugs_are_whole),
		cmocka_unit_test(bits_have_room_for_all_that_they_count),
		cmocka_unit_test(every_reason_has_points_and_a_sentence),
		cmocka_unit_test(every_verdict_has_its_rule),
		cmocka_unit_test(evidence_is_in_the_order_of_time),
		cmocka_unit_test(evidence_is_told_once_and_never_of_what_did_not_happen),
		cmocka_unit_test(what_is_too_much_is_left_out),
		cmocka_unit_test(every_verdict_adds_up),
		cmocka_unit_test(nothing_but_flow_and_context_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
