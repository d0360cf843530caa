/* SPDX-License-Identifier: BSD-2-Clause */
/* The values that templates about flows may name: one function each. A value that is unknown stays
 * empty. */
#include "ui/values.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/application.h"
#include "analyzer/limits.h"
#include "ui/format.h"
#include "ui/sanitize.h"

enum { LOG_MARGIN_US = 5000000 }; /* log lines this much around the event are of interest */

static void
put_client(const struct subject *subject, char *text, size_t size)
{
	const struct flow *flow = subject->flow;
	format_endpoint(flow->client, flow->ip_version, flow->client_port, text, size);
}

static void
put_server(const struct subject *subject, char *text, size_t size)
{
	const struct flow *flow = subject->flow;
	format_endpoint(flow->server, flow->ip_version, flow->server_port, text, size);
}

static void
put_client_ip(const struct subject *subject, char *text, size_t size)
{
	format_address(subject->flow->client, subject->flow->ip_version, text, size);
}

static void
put_server_ip(const struct subject *subject, char *text, size_t size)
{
	format_address(subject->flow->server, subject->flow->ip_version, text, size);
}

static void
put_port(const struct subject *subject, char *text, size_t size)
{
	snprintf(text, size, "%u", (unsigned)subject->flow->server_port);
}

/* "6" for ip6tables and the like, unknown for IPv4. */
static void
put_six(const struct subject *subject, char *text, size_t size)
{
	if (subject->flow->ip_version == 6)
		snprintf(text, size, "6");
}

static void
put_syns(const struct subject *subject, char *text, size_t size)
{
	format_count(flow_syn_count(subject->flow), "SYN", text, size);
}

static void
put_synacks(const struct subject *subject, char *text, size_t size)
{
	format_count(subject->flow->half[TO_CLIENT].synack_count, "SYN-ACK", text, size);
}

static void
put_duration_of(int64_t us, char *text, size_t size)
{
	if (us > 0)
		format_duration(us, text, size);
}

void
put_distance(struct moment a, struct moment b, char *text, size_t size)
{
	if (!moment_happened(a) || !moment_happened(b) || moment_distance_us(a, b) <= 0)
		return;
	format_duration(moment_distance_us(a, b), text, size);
}

/* From the first SYN or SYN-ACK of a half to the last one, plus how long it was watched then. */
static void
put_watch(const struct half *half, const struct subject *subject, char *text, size_t size)
{
	int64_t span =
		moment_happened(half->syn) ? moment_distance_us(half->syn, half->syn_last) : 0;
	put_duration_of(span + subject->verdict->watched_us, text, size);
}

static void
put_syn_watch(const struct subject *subject, char *text, size_t size)
{
	put_watch(&subject->flow->half[TO_SERVER], subject, text, size);
}

static void
put_synack_watch(const struct subject *subject, char *text, size_t size)
{
	put_watch(&subject->flow->half[TO_CLIENT], subject, text, size);
}

static void
put_synack_span(const struct subject *subject, char *text, size_t size)
{
	const struct half *server = &subject->flow->half[TO_CLIENT];
	put_distance(server->syn, server->syn_last, text, size);
}

static void
put_synacks_again(const struct subject *subject, char *text, size_t size)
{
	const struct detail *detail = subject->flow->detail;
	if (detail != NULL && detail->synack_after_ack_count > 0)
		format_count(detail->synack_after_ack_count, "time", text, size);
}

/* What kept us from seeing more. */
static void
put_ending(const struct subject *subject, char *text, size_t size)
{
	snprintf(text, size, "%s",
		 subject->flow->evicted ? "room in the flow table ran out"
					: "the capture ended");
}

static void
put_ending_first(const struct subject *subject, char *text, size_t size)
{
	put_ending(subject, text, size);
	text[0] = (char)toupper((unsigned char)text[0]);
}

static void
put_watched(const struct subject *subject, char *text, size_t size)
{
	put_duration_of(subject->verdict->watched_us, text, size);
}

static void
put_waited(const struct subject *subject, char *text, size_t size)
{
	put_duration_of(subject->verdict->waited_us, text, size);
}

static void
put_idle(const struct subject *subject, char *text, size_t size)
{
	put_duration_of((int64_t)subject->flow->idle_max_us, text, size);
}

static void
put_duration(const struct subject *subject, char *text, size_t size)
{
	put_duration_of((subject->flow->last_ns - subject->flow->first_ns) / NS_PER_US, text, size);
}

/* From the beginning of the flow to a moment of it. */
static void
put_age(const struct subject *subject, struct moment moment, char *text, size_t size)
{
	const struct flow *flow = subject->flow;
	if (moment_happened(moment))
		put_duration_of(flow_moment_us(flow, moment) - flow->first_ns / NS_PER_US, text,
				size);
}

static void
put_server_fin_age(const struct subject *subject, char *text, size_t size)
{
	put_age(subject, subject->flow->half[TO_CLIENT].fin, text, size);
}

/* Of the first FIN, whoever sent it. */
static void
put_fin_age(const struct subject *subject, char *text, size_t size)
{
	put_age(subject, subject->flow->half[subject->flow->first_fin].fin, text, size);
}

static void
put_rst_age(const struct subject *subject, char *text, size_t size)
{
	put_age(subject, deciding_rst(subject), text, size);
}

static void
put_captured_side(const struct subject *subject, char *text, size_t size)
{
	snprintf(text, size, "%s", side_name(subject->flow->half[TO_SERVER].packets == 0));
}

static void
put_missing_side(const struct subject *subject, char *text, size_t size)
{
	snprintf(text, size, "%s", side_name(subject->flow->half[TO_SERVER].packets != 0));
}

static void
put_client_data(const struct subject *subject, char *text, size_t size)
{
	format_bytes(subject->flow->half[TO_SERVER].span, text, size);
}

static void
put_server_data(const struct subject *subject, char *text, size_t size)
{
	format_bytes(subject->flow->half[TO_CLIENT].span, text, size);
}

static void
put_closer(const struct subject *subject, char *text, size_t size)
{
	const struct half *half = subject->flow->half;
	if (half[TO_SERVER].fin_count > 0 || half[TO_CLIENT].fin_count > 0)
		snprintf(text, size, "%s", side_name(subject->flow->first_fin));
}

static void
put_other(const struct subject *subject, char *text, size_t size)
{
	const struct half *half = subject->flow->half;
	if (half[TO_SERVER].fin_count > 0 || half[TO_CLIENT].fin_count > 0)
		snprintf(text, size, "%s", side_name(!subject->flow->first_fin));
}

static void
put_fins(const struct subject *subject, char *text, size_t size)
{
	const struct half *half = subject->flow->half;
	unsigned side =
		half[TO_CLIENT].fin_count > half[TO_SERVER].fin_count ? TO_CLIENT : TO_SERVER;
	if (half[side].fin_count > 0)
		format_count(half[side].fin_count, "FIN", text, size);
}

static void
put_keepalives(const struct subject *subject, char *text, size_t size)
{
	const struct half *half = subject->flow->half;
	unsigned count = half[TO_SERVER].keepalives > half[TO_CLIENT].keepalives
				 ? half[TO_SERVER].keepalives
				 : half[TO_CLIENT].keepalives;
	if (count > 0)
		format_count(count, "keep-alive probe", text, size);
}

static void
put_text(const struct subject *subject, enum direction dir, char *text, size_t size)
{
	const struct application *application = subject->flow->application;
	if (application != NULL && application->half[dir].text_length > 0)
		sanitize_bytes(application->half[dir].text, application->half[dir].text_length,
			       false, text, size);
}

/* The server name or Host that the client asked for. */
static void
put_asked_for(const struct subject *subject, char *text, size_t size)
{
	put_text(subject, TO_SERVER, text, size);
}

/* The same for a command line: only if it is a plain name, since strangers choose it. */
static void
put_server_name(const struct subject *subject, char *text, size_t size)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789.-"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	put_text(subject, TO_SERVER, text, size);
	if (text[0] == '-' || text[strspn(text, plain)] != '\0')
		text[0] = '\0';
}

/* The first line of the server. */
static void
put_server_line(const struct subject *subject, char *text, size_t size)
{
	put_text(subject, TO_CLIENT, text, size);
}

static void
put_sender(const struct subject *subject, char *text, size_t size)
{
	if (subject->evidence != NULL)
		snprintf(text, size, "%s", side_name(subject->evidence->direction));
}

static void
put_receiver(const struct subject *subject, char *text, size_t size)
{
	if (subject->evidence != NULL)
		snprintf(text, size, "%s", side_name(!subject->evidence->direction));
}

/* Only where it says more than one. */
static void
put_count(const struct subject *subject, char *text, size_t size)
{
	if (subject->evidence != NULL && subject->evidence->count > 1)
		snprintf(text, size, "%u", (unsigned)subject->evidence->count);
}

/* Where the service's log becomes interesting: at a request without answer, else at the end. */
static void
put_log_from(const struct subject *subject, char *text, size_t size)
{
	const struct flow *flow = subject->flow;
	enum verdict_code code = subject->verdict->code;
	struct moment request = flow->half[TO_SERVER].data_first;
	bool unanswered =
		code == VERDICT_SERVER_NO_RESPONSE || code == VERDICT_CLOSED_BY_SERVER_EARLY;
	int64_t us = flow->last_ns / NS_PER_US;
	if (unanswered && moment_happened(request))
		us = flow_moment_us(flow, request);
	format_date_time(us - LOG_MARGIN_US, text, size);
}

static void
put_log_to(const struct subject *subject, char *text, size_t size)
{
	format_date_time(subject->flow->last_ns / NS_PER_US + LOG_MARGIN_US, text, size);
}

/* From the first frame to the last, with a margin for logs. */
static void
put_since(const struct subject *subject, char *text, size_t size)
{
	format_date_time(subject->flow->first_ns / NS_PER_US - LOG_MARGIN_US, text, size);
}

/* The SSH name-list in which nothing was common, as one side sent it. */
static void
put_offer(const struct subject *subject, enum direction dir, char *text, size_t size)
{
	const struct application *application = subject->flow->application;
	const uint8_t *names;
	uint32_t length;
	if (application != NULL && application->offers != NULL &&
	    ssh_offer_list(&application->offers->offer[dir], (enum ssh_list)application->ssh_list,
			   &names, &length))
		sanitize_bytes(names, length, false, text, size);
}

static void
put_client_offer(const struct subject *subject, char *text, size_t size)
{
	put_offer(subject, TO_SERVER, text, size);
}

static void
put_server_offer(const struct subject *subject, char *text, size_t size)
{
	put_offer(subject, TO_CLIENT, text, size);
}

static const struct {
	const char *name;
	value_fn *put;
} values[] = {
	{ "Ending", put_ending_first },
	{ "alert", put_alert },
	{ "asked_for", put_asked_for },
	{ "captured_side", put_captured_side },
	{ "client", put_client },
	{ "client_data", put_client_data },
	{ "client_ip", put_client_ip },
	{ "client_offer", put_client_offer },
	{ "closer", put_closer },
	{ "count", put_count },

	{ "duration", put_duration },
	{ "ending", put_ending },
	{ "fin_age", put_fin_age },
	{ "fins", put_fins },
	{ "icmp_delay", put_icmp_delay },
	{ "icmp_from", put_icmp_from },
	{ "icmp_what", put_icmp_what },
	{ "icmp_who", put_icmp_who },
	{ "idle", put_idle },
	{ "keepalives", put_keepalives },
	{ "log_from", put_log_from },
	{ "log_host", put_log_host },
	{ "log_to", put_log_to },
	{ "missing_side", put_missing_side },
	{ "other", put_other },
	{ "port", put_port },
	{ "receiver", put_receiver },
	{ "reset_host", put_reset_host },
	{ "rst_after_handshake", put_rst_after_handshake },
	{ "rst_after_synack", put_rst_after_synack },
	{ "rst_age", put_rst_age },
	{ "rst_delay", put_rst_delay },
	{ "rst_form", put_rst_form },
	{ "rst_side", put_rst_side },
	{ "sender", put_sender },
	{ "server", put_server },
	{ "server_data", put_server_data },
	{ "server_fin_age", put_server_fin_age },
	{ "server_ip", put_server_ip },
	{ "server_line", put_server_line },
	{ "server_name", put_server_name },
	{ "server_offer", put_server_offer },
	{ "since", put_since },
	{ "six", put_six },
	{ "stalled", put_stalled },
	{ "syn_watch", put_syn_watch },
	{ "synack_span", put_synack_span },
	{ "synack_watch", put_synack_watch },
	{ "synacks", put_synacks },
	{ "synacks_again", put_synacks_again },
	{ "syns", put_syns },
	{ "until", put_log_to },
	{ "waited", put_waited },
	{ "watched", put_watched },
};

bool
flow_value(const void *about, const char *name, size_t length, char *text, size_t size)
{
	const struct subject *subject = about;
	text[0] = '\0';
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (strlen(values[i].name) != length || memcmp(values[i].name, name, length) != 0)
			continue;
		values[i].put(subject, text, size);
		return true;
	}
	return false;
}
