/* SPDX-License-Identifier: BSD-2-Clause */
/* What RSTs, ICMP errors, stalls and alerts have to say, as values of templates. */
#include <stdio.h>

#include "analyzer/application.h"
#include "ui/explain.h"
#include "ui/format.h"
#include "ui/phrases.h"
#include "ui/values.h"

struct moment
deciding_rst(const struct subject *subject)
{
	const struct rst_record *effective = flow_effective_rst(subject->flow);
	if (effective != NULL)
		return effective->at;
	const struct half *half = subject->flow->half;
	return moment_happened(half[TO_CLIENT].rst) ? half[TO_CLIENT].rst : half[TO_SERVER].rst;
}

void
put_rst_delay(const struct subject *subject, char *text, size_t size)
{
	put_distance(subject->flow->half[TO_SERVER].syn_last, deciding_rst(subject), text, size);
}

void
put_rst_after_synack(const struct subject *subject, char *text, size_t size)
{
	put_distance(subject->flow->half[TO_CLIENT].syn, deciding_rst(subject), text, size);
}

void
put_rst_after_handshake(const struct subject *subject, char *text, size_t size)
{
	put_distance(subject->flow->handshake_ack, deciding_rst(subject), text, size);
}

void
put_rst_side(const struct subject *subject, char *text, size_t size)
{
	const struct rst_record *effective = flow_effective_rst(subject->flow);
	unsigned direction = subject->flow->half[TO_CLIENT].rst_count > 0 ? TO_CLIENT : TO_SERVER;
	if (effective != NULL)
		direction = effective->direction;
	if (subject->verdict->rst_form != RST_FORM_NONE)
		direction = subject->verdict->rst_from;
	snprintf(text, size, "%s", side_name(direction));
}

/* Where to look for what reset the connection; the server's host while nothing says otherwise. */
void
put_reset_host(const struct subject *subject, char *text, size_t size)
{
	const struct half *half = subject->flow->half;
	if (half[TO_CLIENT].rst_count > 0 || half[TO_SERVER].rst_count > 0)
		put_rst_side(subject, text, size);
	else
		snprintf(text, size, "server");
}

/* Whose log tells more: of a reset, that of the host in whose name it came; else the server's. */
void
put_log_host(const struct subject *subject, char *text, size_t size)
{
	if (verdict_infos[subject->verdict->code].verdict_class == CLASS_RESET)
		put_reset_host(subject, text, size);
	else
		snprintf(text, size, "server");
}

void
put_rst_form(const struct subject *subject, char *text, size_t size)
{
	const char *phrase = rst_form_phrases[subject->verdict->rst_form];
	if (phrase != NULL)
		snprintf(text, size, "%s", phrase);
}

static const struct icmp_record *
icmp_record(const struct subject *subject)
{
	const struct detail *detail = subject->flow->detail;
	return detail != NULL && moment_happened(detail->icmp.at) ? &detail->icmp : NULL;
}

void
put_icmp_from(const struct subject *subject, char *text, size_t size)
{
	const struct icmp_record *icmp = icmp_record(subject);
	if (icmp != NULL)
		format_address(icmp->from, icmp->ip_version, text, size);
}

void
put_icmp_who(const struct subject *subject, char *text, size_t size)
{
	const struct icmp_record *icmp = icmp_record(subject);
	if (icmp == NULL)
		return;
	const struct flow *flow = subject->flow;
	snprintf(text, size, "%s",
		 ip_addr_equal(icmp->from, flow->server)   ? "the server itself"
		 : ip_addr_equal(icmp->from, flow->client) ? "the client's own host"
							   : "a device on the way");
}

void
put_icmp_what(const struct subject *subject, char *text, size_t size)
{
	const struct icmp_record *icmp = icmp_record(subject);
	if (icmp == NULL)
		return;
	const char *phrase = icmp_phrase(icmp->ip_version, icmp->type, icmp->code);
	snprintf(text, size, "%s%s(%u/%u)", phrase != NULL ? phrase : "", phrase != NULL ? " " : "",
		 (unsigned)icmp->type, (unsigned)icmp->code);
}

void
put_icmp_delay(const struct subject *subject, char *text, size_t size)
{
	const struct icmp_record *icmp = icmp_record(subject);
	if (icmp != NULL)
		put_distance(subject->flow->half[TO_SERVER].syn, icmp->at, text, size);
}

/* The direction whose data is stuck, as the evidence says; -1 if none. */
static int
stalled_direction(const struct subject *subject)
{
	const struct verdict *verdict = subject->verdict;
	for (unsigned i = 0; i < verdict->evidence_count; i++)
		if (verdict->evidence[i].kind == EVIDENCE_STALLED_FIRST)
			return verdict->evidence[i].direction;
	return -1;
}

void
put_stalled(const struct subject *subject, char *text, size_t size)
{
	int direction = stalled_direction(subject);
	const struct detail *detail = subject->flow->detail;
	if (direction < 0 || detail == NULL)
		return;
	const struct stall *stall = &detail->stall[direction];
	char length[FORMAT_AMOUNT_SIZE];
	char times[FORMAT_COUNT_SIZE];
	format_bytes(stall->length, length, sizeof(length));
	format_count(stall->transmissions, "time", times, sizeof(times));
	snprintf(text, size, "%s from the %s, sent %s", length, side_name((unsigned)direction),
		 times);
}

void
put_alert(const struct subject *subject, char *text, size_t size)
{
	unsigned alert = application_alert(subject->flow);
	if (alert == 0)
		return;
	unsigned description = alert & 0xff;
	const char *name = explain_tls_alert(description);
	snprintf(text, size, "%s%s%u%s", name != NULL ? name : "number ", name != NULL ? " (" : "",
		 description, name != NULL ? ")" : "");
}
