/* SPDX-License-Identifier: BSD-2-Clause */
/* From codes to words: picks the template, has it filled in. Names of alerts and ICMP errors. */
#include "ui/explain.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/findings.h"
#include "analyzer/idle.h"
#include "ui/finding_phrases.h"
#include "ui/finding_words.h"
#include "ui/phrases.h"
#include "ui/sink.h"
#include "ui/template.h"
#include "ui/values.h"
#include "ui/wrap.h"

void
explain_summary(const struct flow *flow, const struct verdict *verdict, char *text, size_t size)
{
	const struct subject subject = { .flow = flow, .verdict = verdict };
	template_expand(verdict_phrases[verdict->code].summary, flow_value, &subject, text, size);
}

void
explain_evidence(const struct flow *flow, const struct verdict *verdict,
		 const struct evidence *evidence, char *text, size_t size)
{
	const struct subject subject = { .flow = flow, .verdict = verdict, .evidence = evidence };
	template_expand(evidence_phrases[evidence->kind], flow_value, &subject, text, size);
}

/* Adds the known timers that fit a silence: where to look, not who it was. */
static void
name_timers(int64_t silence_us, char *text, size_t size)
{
	const char *before = "; as long as ";
	for (size_t i = 0; i < idle_timer_count; i++) {
		size_t length = strlen(text);
		if (!idle_timer_fits(&idle_timers[i], silence_us))
			continue;
		snprintf(text + length, size - length, "%s%s (%u s)", before, idle_timers[i].name,
			 (unsigned)idle_timers[i].seconds);
		before = ", ";
	}
}

void
explain_cause(const struct flow *flow, const struct verdict *verdict, enum cause cause, char *text,
	      size_t size)
{
	const struct subject subject = { .flow = flow, .verdict = verdict };
	template_expand(cause_phrases[cause], flow_value, &subject, text, size);
	if (cause == CAUSE_IDLE_TIMER || cause == CAUSE_IDLE_STATE_EXPIRED)
		name_timers(verdict->waited_us, text, size);
}

void
explain_advice(const struct flow *flow, const struct verdict *verdict, enum advice advice,
	       char *what, char *command)
{
	const struct subject subject = { .flow = flow, .verdict = verdict };
	const struct advice_phrases *phrases = &advice_phrases[advice];
	template_expand(phrases->what, flow_value, &subject, what, EXPLAIN_SIZE);
	template_expand(phrases->command != NULL ? phrases->command : "", flow_value, &subject,
			command, EXPLAIN_SIZE);
}

void
explain_join(const char *what, const char *command, char *text)
{
	size_t length = strlen(what);
	/* "where and why: command"; a question mark stands for the colon */
	const char *joint = length > 0 && what[length - 1] == '?' ? " " : ": ";
	snprintf(text, EXPLAIN_STEP_SIZE, "%s%s%s", what, command[0] != '\0' ? joint : "", command);
}

const char *
explain_headline(enum verdict_code code)
{
	return verdict_phrases[code].headline;
}

const char *
explain_suspect(enum suspect suspect)
{
	return suspect_phrases[suspect];
}

const char *
explain_class(enum verdict_class verdict_class)
{
	return class_phrases[verdict_class];
}

const char *
explain_tls_alert(unsigned description)
{
	static const struct {
		unsigned number;
		const char *name;
	} alerts[] = {
		{ 0, "close_notify" },
		{ 10, "unexpected_message" },
		{ 20, "bad_record_mac" },
		{ 21, "decryption_failed" },
		{ 22, "record_overflow" },
		{ 30, "decompression_failure" },
		{ 40, "handshake_failure" },
		{ 41, "no_certificate" },
		{ 42, "bad_certificate" },
		{ 43, "unsupported_certificate" },
		{ 44, "certificate_revoked" },
		{ 45, "certificate_expired" },
		{ 46, "certificate_unknown" },
		{ 47, "illegal_parameter" },
		{ 48, "unknown_ca" },
		{ 49, "access_denied" },
		{ 50, "decode_error" },
		{ 51, "decrypt_error" },
		{ 60, "export_restriction" },
		{ 70, "protocol_version" },
		{ 71, "insufficient_security" },
		{ 80, "internal_error" },
		{ 86, "inappropriate_fallback" },
		{ 90, "user_canceled" },
		{ 100, "no_renegotiation" },
		{ 109, "missing_extension" },
		{ 110, "unsupported_extension" },
		{ 111, "certificate_unobtainable" },
		{ 112, "unrecognized_name" },
		{ 113, "bad_certificate_status_response" },
		{ 114, "bad_certificate_hash_value" },
		{ 115, "unknown_psk_identity" },
		{ 116, "certificate_required" },
		{ 120, "no_application_protocol" },
		{ 121, "ech_required" },
	};
	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
		if (alerts[i].number == description)
			return alerts[i].name;
	return NULL;
}

/* RFC 792, RFC 1812 5.2.7.1, RFC 4443 3. */
const char *
icmp_phrase(unsigned ip_version, unsigned type, unsigned code)
{
	static const char *const unreachable[] = {
		"network unreachable",
		"host unreachable",
		"protocol unreachable",
		"port unreachable",
		"fragmentation needed",
		"source route failed",
		"network unknown",
		"host unknown",
		"source host isolated",
		"network administratively prohibited",
		"host administratively prohibited",
		"network unreachable for this type of service",
		"host unreachable for this type of service",
		"communication administratively prohibited",
		"host precedence violation",
		"precedence cutoff in effect",
	};
	static const char *const unreachable6[] = {
		"no route to destination",
		"communication administratively prohibited",
		"beyond scope of source address",
		"address unreachable",
		"port unreachable",
		"source address failed ingress or egress policy",
		"reject route to destination",
	};
	if (ip_version == 4 && type == 3)
		return code < 16 ? unreachable[code] : NULL;
	if (ip_version == 4)
		return type == 11   ? "TTL exceeded"
		       : type == 4  ? "source quench"
		       : type == 12 ? "parameter problem"
				    : NULL;
	if (type == 1)
		return code < 7 ? unreachable6[code] : NULL;
	return type == 2   ? "packet too big"
	       : type == 3 ? "hop limit exceeded"
	       : type == 4 ? "parameter problem"
			   : NULL;
}

static void
print_part(struct sink *sink, const char *heading, const char *text)
{
	sink_printf(sink, "\n%s\n", heading);
	wrap_text(sink, "  ", "  ", text);
}

static void
print_page(struct sink *sink, const struct page *page)
{
	print_part(sink, "What it means", page->meaning);
	print_part(sink, "What proves it", page->proof);
	print_part(sink, "What else it could be, what is behind it", page->otherwise);
	print_part(sink, "What to do next", page->next);
}

bool
explain_print(struct sink *sink, const char *slug)
{
	for (unsigned i = 0; i < VERDICT_CODES; i++) {
		const struct verdict_info *info = &verdict_infos[i];
		if (strcmp(info->slug, slug) != 0)
			continue;
		sink_printf(sink, "%s  (class %s: %s)\n", info->slug,
			    verdict_class_slugs[info->verdict_class],
			    class_phrases[info->verdict_class]);
		print_page(sink, &verdict_pages[i]);
		if (info->base > 0)
			sink_printf(sink,
				    "\nConfidence %u %% before what the capture adds or takes.\n",
				    (unsigned)info->base);
		return true;
	}
	for (unsigned i = 0; i < FINDING_CODES; i++) {
		if (strcmp(finding_infos[i].slug, slug) != 0)
			continue;
		sink_printf(sink, "%s  (a finding: about many flows)\n", slug);
		print_page(sink, &finding_pages[i]);
		return true;
	}
	for (unsigned i = 0; i < TAG_CODES; i++) {
		if (strcmp(tag_slugs[i], slug) != 0 || tag_pages[i] == NULL)
			continue;
		sink_printf(sink, "%s  (a tag: it travels with any verdict)\n", slug);
		print_part(sink, "What it means", tag_pages[i]);
		return true;
	}
	return false;
}

/* Findings have no classes; their heading must not look like the name of one. */
static void
print_findings(struct sink *sink)
{
	sink_puts(sink, "\nFindings, about many flows\n");
	for (unsigned i = 0; i < FINDING_CODES; i++) {
		const struct finding any = { .code = (uint8_t)i, .verdict = VERDICT_CODES };
		char headline[FINDING_NAME_SIZE];
		finding_headline(&any, headline, sizeof(headline));
		sink_printf(sink, "  %-28s %s\n", finding_infos[i].slug, headline);
	}
}

void
explain_print_all(struct sink *sink)
{
	for (unsigned i = 0; i < CLASSES; i++) {
		sink_printf(sink, "%s%s: %s\n", i > 0 ? "\n" : "", verdict_class_slugs[i],
			    class_phrases[i]);
		for (unsigned j = 0; j < VERDICT_CODES; j++)
			if (verdict_infos[j].verdict_class == i)
				sink_printf(sink, "  %-28s %s\n", verdict_infos[j].slug,
					    verdict_phrases[j].headline);
	}
	print_findings(sink);
	sink_puts(sink, "\ntcpwhy --explain=CODE tells more about one of them.\n");
}
