/* SPDX-License-Identifier: BSD-2-Clause */
/* The values that templates about findings may name. A value that is unknown stays empty. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/idle.h"
#include "analyzer/limits.h"
#include "ui/explain.h"
#include "ui/finding_numbers.h"
#include "ui/finding_phrases.h"
#include "ui/finding_words.h"
#include "ui/format.h"
#include "ui/sanitize.h"

enum { NAME_SIZE = 128 };

/* Who does something; what happens all over the capture is done by several. */
static void
put_subject(const struct finding *finding, char *text, size_t size)
{
	uint64_t places = finding_count(finding, NUMBER_LISTENERS);
	if (finding->subject.kind != SUBJECT_CAPTURE)
		finding_subject_text(&finding->subject, text, size);
	else if (places > 1)
		format_count(places, "endpoint", text, size);
	else
		snprintf(text, size, "several endpoints");
}

/* Where the flows lead, for behind "connections". A network is one of clients, unless it is one that
 * large segments do not reach. */
static void
put_where(const struct finding *finding, char *text, size_t size)
{
	const char *network = finding->code == FINDING_PMTU_CLUSTER ? "to" : "from";
	const char *const words[SUBJECT_KINDS] = {
		[SUBJECT_LISTENER] = "to",    [SUBJECT_HOST] = "to",
		[SUBJECT_SOURCE] = "from",    [SUBJECT_NETWORK] = network,
		[SUBJECT_DEVICE] = "through",
	};
	const struct finding_subject *subject = &finding->subject;
	char name[NAME_SIZE];
	char peer[FORMAT_ADDRESS_SIZE];
	if (subject->kind == SUBJECT_CAPTURE) {
		snprintf(text, size, "in this capture");
	} else if (subject->kind == SUBJECT_PATH) {
		format_address(subject->peer, subject->ip_version, peer, sizeof(peer));
		finding_endpoint_text(subject, name, sizeof(name));
		snprintf(text, size, "from %s to %s", peer, name);
	} else {
		finding_subject_text(subject, name, sizeof(name));
		snprintf(text, size, "%s %s", words[subject->kind], name);
	}
}

static void
put_flows(const struct finding *finding, char *text, size_t size)
{
	format_count(finding->flows, "flow", text, size);
}

static void
put_connections(const struct finding *finding, char *text, size_t size)
{
	format_count(finding->flows, "connection", text, size);
}

static void
put_attempts(const struct finding *finding, char *text, size_t size)
{
	format_count(finding->flows, "attempt", text, size);
}

static void
put_refusals(const struct finding *finding, char *text, size_t size)
{
	uint64_t refused = finding_count(finding, NUMBER_REFUSED);
	format_count(refused > 0 ? refused : finding->flows, "attempt", text, size);
}

static void
put_syns(const struct finding *finding, char *text, size_t size)
{
	uint64_t syns = finding_count(finding, NUMBER_SYNS);
	format_count(syns > 0 ? syns : finding->flows, "SYN", text, size);
}

static void
put_one_sided(const struct finding *finding, char *text, size_t size)
{
	uint64_t flows = finding_count(finding, NUMBER_ONE_SIDED);
	format_count(flows > 0 ? flows : finding->flows, "flow", text, size);
}

/* "38 % of 1,084 flows", "all of them" */
static void
put_share(const struct finding *finding, char *text, size_t size)
{
	char rate[FORMAT_AMOUNT_SIZE];
	char total[FORMAT_COUNT_SIZE];
	if (finding_count(finding, NUMBER_TOTAL) == 0 || finding_count(finding, NUMBER_RATE) == 0)
		return;
	if (finding_count(finding, NUMBER_TOTAL) == finding->flows) {
		snprintf(text, size, "all of them");
		return;
	}
	format_share(finding_count(finding, NUMBER_RATE), rate, sizeof(rate));
	format_count(finding_count(finding, NUMBER_TOTAL), "flow", total, sizeof(total));
	snprintf(text, size, "%s of %s", rate, total);
}

static void
put_several_hosts(const struct finding *finding, char *text, size_t size)
{
	char hosts[FORMAT_COUNT_SIZE];
	format_count(finding_count(finding, NUMBER_HOSTS), "host", hosts, sizeof(hosts));
	if (finding_count(finding, NUMBER_HOSTS) > 1)
		snprintf(text, size, "at least %s", hosts);
	else
		snprintf(text, size, "several hosts");
}

/* "3.1 % of the segments to the server and 0.2 % of those to the client" */
static void
put_losses(const struct finding *finding, char *text, size_t size)
{
	uint64_t to_server = finding_count(finding, NUMBER_LOSS_TO_SERVER);
	uint64_t to_client = finding_count(finding, NUMBER_LOSS_TO_CLIENT);
	char there[FORMAT_AMOUNT_SIZE];
	char back[FORMAT_AMOUNT_SIZE];
	format_share(to_server, there, sizeof(there));
	format_share(to_client, back, sizeof(back));
	if (to_server > 0 && to_client > 0)
		snprintf(text, size,
			 "%s of the segments to the server and %s of those to the client", there,
			 back);
	else if (to_server > 0 || to_client > 0)
		snprintf(text, size, "%s of the segments to the %s", to_server > 0 ? there : back,
			 to_server > 0 ? "server" : "client");
	else
		snprintf(text, size, "many segments");
}

static void
put_port(const struct finding *finding, char *text, size_t size)
{
	unsigned port =
		finding->subject.port != 0 ? finding->subject.port : finding->example.server_port;
	if (port != 0)
		snprintf(text, size, "%u", port);
}

static void
put_first(const struct finding *finding, char *text, size_t size)
{
	format_clock(finding->first_ns / NS_PER_US, text, size);
}

static void
put_last(const struct finding *finding, char *text, size_t size)
{
	format_clock(finding->last_ns / NS_PER_US, text, size);
}

/* When the outage was over. */
static void
put_back(const struct finding *finding, char *text, size_t size)
{
	uint64_t outage = finding_count(finding, NUMBER_OUTAGE);
	if (outage > 0)
		format_clock(finding->first_ns / NS_PER_US + (int64_t)outage, text, size);
}

static void
put_span(const struct finding *finding, char *text, size_t size)
{
	if (finding->last_ns > finding->first_ns)
		format_duration((finding->last_ns - finding->first_ns) / NS_PER_US, text, size);
}

/* Connections that are closed in order do not die. */
static void
put_end(const struct finding *finding, char *text, size_t size)
{
	snprintf(text, size, "%s",
		 finding->verdict == VERDICT_CLOSED_AFTER_IDLE ? "are closed" : "die");
}

/* "350 s", or "40.0 s to 400 s" if they differ by more than 5 %. */
static void
put_silence(const struct finding *finding, char *text, size_t size)
{
	uint64_t least = finding_count(finding, NUMBER_DIED);
	uint64_t most = finding_count(finding, NUMBER_DIED_LONGEST);
	char shortest[FORMAT_AMOUNT_SIZE];
	char longest[FORMAT_AMOUNT_SIZE];
	if (least == 0)
		return;
	format_silence(least, shortest, sizeof(shortest));
	format_silence(most, longest, sizeof(longest));
	bool wide = most > least + least / 20;
	snprintf(text, size, "%s%s%s", shortest, wide ? " to " : "", wide ? longest : "");
}

/* "unknown_ca (48) of the client" */
static void
put_alert(const struct finding *finding, char *text, size_t size)
{
	uint64_t alert = finding_count(finding, NUMBER_ALERT);
	const char *name = explain_tls_alert((unsigned)alert);
	const char *sender = finding->verdict == VERDICT_TLS_ALERT_CLIENT   ? " of the client"
			     : finding->verdict == VERDICT_TLS_ALERT_SERVER ? " of the server"
									    : "";
	if (alert > 0)
		snprintf(text, size, "%s%s%" PRIu64 "%s%s", name != NULL ? name : "number ",
			 name != NULL ? " (" : "", alert, name != NULL ? ")" : "", sender);
}

static void
put_timers(const struct finding *finding, char *text, size_t size)
{
	size_t used = 0;
	for (unsigned i = 0; i < finding->timer_count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? "; " : "",
					 idle_timers[finding->timers[i]].name);
}

static void
put_name(const struct finding *finding, char *text, size_t size)
{
	sanitize_bytes(finding->name, strnlen(finding->name, sizeof(finding->name)), false, text,
		       size);
}

static void
put_verdict(const struct finding *finding, char *text, size_t size)
{
	if (finding->verdict < VERDICT_CODES)
		snprintf(text, size, "%s", explain_headline(finding->verdict));
}

/* Of an alert the alert itself tells more. */
static void
put_other_verdict(const struct finding *finding, char *text, size_t size)
{
	if (finding_count(finding, NUMBER_ALERT) == 0)
		put_verdict(finding, text, size);
}

static void
put_alike(const struct finding *finding, char *text, size_t size)
{
	bool device = finding->rst_origin == RST_ORIGIN_IN_PATH_DEVICE ||
		      finding->rst_origin == RST_ORIGIN_PROXY;
	if (device && finding->verdict == VERDICT_RESET_BY_SERVER) {
		snprintf(text, size, "reset by a device in the server's name");
		return;
	}
	snprintf(text, size, "%s",
		 finding->verdict < VERDICT_CODES ? explain_headline(finding->verdict)
						  : "flows fail alike");
}

static void
put_rst_form(const struct finding *finding, char *text, size_t size)
{
	const char *phrase =
		finding->rst_form < RST_FORMS ? rst_form_phrases[finding->rst_form] : NULL;
	if (phrase != NULL)
		snprintf(text, size, "%s", phrase);
}

/* Whose RSTs they are, if not those of the address that they bear. */
static void
put_rst_maker(const struct finding *finding, char *text, size_t size)
{
	char hops[FORMAT_COUNT_SIZE] = "";
	const char *maker = finding->rst_origin == RST_ORIGIN_IN_PATH_DEVICE ? "a device in between"
			    : finding->rst_origin == RST_ORIGIN_PROXY	     ? "a proxy"
									     : NULL;
	if (maker == NULL)
		return;
	uint64_t ttl = finding_count(finding, NUMBER_TTL);
	if (ttl > 0)
		snprintf(hops, sizeof(hops), " (TTL %" PRIu64 ")", ttl);
	snprintf(text, size, "The RSTs do not come from the address that they bear but from %s%s",
		 maker, hops);
}

static const struct {
	const char *name;
	finding_value_fn *put;
} values[] = {
	{ "alert", put_alert },
	{ "alike", put_alike },
	{ "attempts", put_attempts },
	{ "back", put_back },
	{ "connections", put_connections },
	{ "defects", put_defects },
	{ "end", put_end },
	{ "first", put_first },
	{ "flows", put_flows },
	{ "interrupted", put_interrupted },
	{ "last", put_last },
	{ "losses", put_losses },
	{ "name", put_name },
	{ "one_sided", put_one_sided },
	{ "other_verdict", put_other_verdict },
	{ "outcome", put_outcome },
	{ "overflow", put_overflow },
	{ "port", put_port },
	{ "refusals", put_refusals },
	{ "rst_form", put_rst_form },
	{ "rst_maker", put_rst_maker },
	{ "several_hosts", put_several_hosts },
	{ "share", put_share },
	{ "silence", put_silence },
	{ "span", put_span },
	{ "subject", put_subject },
	{ "syns", put_syns },
	{ "timers", put_timers },
	{ "verdict", put_verdict },
	{ "where", put_where },
};

bool
finding_value(const void *about, const char *name, size_t length, char *text, size_t size)
{
	text[0] = '\0';
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (strlen(values[i].name) != length || memcmp(values[i].name, name, length) != 0)
			continue;
		values[i].put(about, text, size);
		return true;
	}
	return put_named_number(about, name, length, text, size);
}
