/* SPDX-License-Identifier: BSD-2-Clause */
/* The record of a flow, group of keys by group of keys. */
#include "ui/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/application.h"
#include "ui/community_id.h"
#include "ui/explain.h"
#include "ui/format.h"
#include "ui/json_put.h"
#include "ui/phrases.h"

static const char *const vantage_slugs[] = {
	[VANTAGE_UNKNOWN] = "unknown", [VANTAGE_CLIENT] = "client", [VANTAGE_SERVER] = "server",
	[VANTAGE_BETWEEN] = "between", [VANTAGE_BOTH] = "both",
};

void
json_put_source(json_t *record, const char *key, const struct capture *capture, unsigned index)
{
	if (capture != NULL && index < capture_source_count(capture))
		json_put_name(record, key, capture_source(capture, index)->name);
	else
		json_put_null(record, key);
}

/* The same in a line. */
static void
put_source(struct json_line *record, const char *key, const struct capture *capture, unsigned index)
{
	bool known = capture != NULL && index < capture_source_count(capture);
	line_name(record, key, known ? capture_source(capture, index)->name : NULL);
}

static void
put_interface(struct json_line *record, const struct capture *capture, unsigned index)
{
	const char *name = NULL;
	if (capture != NULL && index < capture_interface_count(capture))
		name = capture_interface(capture, index)->name;
	line_name(record, "interface", name);
}

static void
put_identity(struct json_line *record, const struct json_context *context, const struct flow *flow,
	     const struct verdict *verdict)
{
	line_text(record, "schema", "tcpwhy.flow/1");
	line_text(record, "record", "flow");
	line_integer(record, "seq", flow->number);
	line_bool(record, "final", !context->provisional);
	put_source(record, "source", context->capture, flow->source);
	put_interface(record, context->capture, flow->interface);
	line_text(record, "vantage", vantage_slugs[verdict->vantage]);
	line_list(record, "vantage_reasons");
	for (int i = 0; i < VANTAGE_REASONS; i++)
		if (verdict->vantage_reasons >> i & 1)
			line_item_text(record, vantage_reason_phrase(verdict, i));
	line_list_end(record);
}

static void
put_times(struct json_line *record, const struct flow *flow)
{
	char text[FORMAT_TIME_SIZE];
	int64_t first = json_floor_us(flow->first_ns);
	int64_t last = json_floor_us(flow->last_ns);
	format_timestamp(first, text, sizeof(text));
	line_text(record, "ts", text);
	line_integer(record, "ts_us", first);
	line_integer(record, "end_us", last);
	line_integer(record, "duration_us", last - first);
	line_integer(record, "first_frame", flow->first_frame);
	line_integer(record, "last_frame", flow->last_moment.frame);
}

/* VLANs and tunnel, as the first half that was seen says. */
static void
put_context(struct json_line *record, const struct flow *flow)
{
	const struct half *half =
		&flow->half[flow->half[TO_SERVER].has_context ? TO_SERVER : TO_CLIENT];
	packet_context context = half->has_context ? half->context : 0;
	unsigned tunnel = context >> 32 & 0xf;
	line_list(record, "vlan");
	if (context >> 48 & 1)
		line_item_integer(record, (int64_t)(context >> 36 & 0xfff));
	if (context >> 61 & 1)
		line_item_integer(record, (int64_t)(context >> 49 & 0xfff));
	line_list_end(record);
	if (tunnel == TUNNEL_VXLAN || tunnel == TUNNEL_GENEVE)
		line_integer(record, "vni", (int64_t)(context & 0xffffffff));
	else
		line_null(record, "vni");
}

static void
put_endpoints(struct json_line *record, const struct flow *flow)
{
	char text[FORMAT_ENDPOINT_SIZE];
	line_integer(record, "ip_version", flow->ip_version);
	format_address(flow->client, flow->ip_version, text, sizeof(text));
	line_text(record, "client_ip", text);
	line_integer(record, "client_port", flow->client_port);
	format_address(flow->server, flow->ip_version, text, sizeof(text));
	line_text(record, "server_ip", text);
	line_integer(record, "server_port", flow->server_port);
	line_text(record, "role", flow->role == ROLE_SEEN ? "seen" : "inferred");
	put_context(record, flow);
	community_id_tcp(flow->client, flow->client_port, flow->server, flow->server_port,
			 flow->ip_version, text);
	line_text(record, "community_id", text);
}

static void
put_state(struct json_line *record, const struct flow *flow)
{
	const struct half *client = &flow->half[TO_SERVER];
	const struct half *server = &flow->half[TO_CLIENT];
	line_known(record, "client_isn", client->isn, client->isn_known);
	line_known(record, "server_isn", server->isn, server->isn_known);
	line_text(record, "state", flow_state_name(flow));
	line_text(record, "conn_state", flow_conn_state(flow));
	line_bytes(record, "history", flow->history, flow->history_length);
	line_integer(record, "completeness", flow->completeness);
}

static void
put_evidence(struct json_line *record, const struct json_context *context, const struct flow *flow,
	     const struct verdict *verdict)
{
	bool several = context->capture != NULL && capture_source_count(context->capture) > 1;
	char text[EXPLAIN_SIZE];
	line_list(record, "evidence");
	for (unsigned i = 0; i < verdict->evidence_count; i++) {
		const struct evidence *evidence = &verdict->evidence[i];
		line_item_object(record);
		line_integer(record, "frame", evidence->at.frame);
		line_integer(record, "ts_us", flow_moment_us(flow, evidence->at));
		explain_evidence(flow, verdict, evidence, text, sizeof(text));
		line_text(record, "what", text);
		if (several)
			put_source(record, "file", context->capture, evidence->at.source);
		line_item_object_end(record);
	}
	line_list_end(record);
}

static void
put_next_steps(struct json_line *record, const struct flow *flow, const struct verdict *verdict)
{
	line_list(record, "next_steps");
	for (unsigned i = 0; i < verdict->advice_count; i++) {
		char what[EXPLAIN_SIZE];
		char command[EXPLAIN_SIZE];
		char step[EXPLAIN_STEP_SIZE];
		explain_advice(flow, verdict, verdict->advice[i], what, command);
		explain_join(what, command, step);
		line_item_text(record, step);
	}
	line_list_end(record);
}

static void
put_tags(struct json_line *record, const struct verdict *verdict)
{
	line_list(record, "tags");
	for (unsigned i = 0; i < TAG_CODES; i++)
		if (verdict->tags >> i & 1)
			line_item_text(record, tag_slugs[i]);
	line_list_end(record);
}

static void
put_verdict(struct json_line *record, const struct json_context *context, const struct flow *flow,
	    const struct verdict *verdict)
{
	const struct verdict_info *info = &verdict_infos[verdict->code];
	char text[EXPLAIN_SIZE];
	line_text(record, "verdict", info->slug);
	line_text(record, "class", verdict_class_slugs[info->verdict_class]);
	line_text(record, "suspect", suspect_slugs[verdict->suspect]);
	line_integer(record, "confidence", verdict->confidence);
	line_list(record, "confidence_reasons");
	for (unsigned i = 0; i < verdict->reason_count; i++)
		line_item_text(record, confidence_reason_infos[verdict->reasons[i]].sentence);
	line_list_end(record);
	explain_summary(flow, verdict, text, sizeof(text));
	line_text(record, "summary", text);
	line_list(record, "causes");
	for (unsigned i = 0; i < verdict->cause_count; i++) {
		explain_cause(flow, verdict, verdict->causes[i], text, sizeof(text));
		line_item_text(record, text);
	}
	line_list_end(record);
	put_evidence(record, context, flow, verdict);
	put_next_steps(record, flow, verdict);
	put_tags(record, verdict);
}

static void
put_counts(struct json_line *record, const struct flow *flow)
{
	const struct half *client = &flow->half[TO_SERVER];
	const struct half *server = &flow->half[TO_CLIENT];
	line_integer(record, "syn_client", client->syn_count);
	line_integer(record, "syn_server", server->syn_count);
	line_integer(record, "synack_client", client->synack_count);
	line_integer(record, "synack_server", server->synack_count);
	line_integer(record, "fin_client", client->fin_count);
	line_integer(record, "fin_server", server->fin_count);
	line_integer(record, "rst_client", client->rst_count);
	line_integer(record, "rst_server", server->rst_count);
	line_integer(record, "packets_to_server", client->packets);
	line_integer(record, "packets_to_client", server->packets);
	line_integer(record, "payload_to_server", (int64_t)client->payload);
	line_integer(record, "payload_to_client", (int64_t)server->payload);
	line_integer(record, "bytes_to_server", (int64_t)client->span);
	line_integer(record, "bytes_to_client", (int64_t)server->span);
	line_integer(record, "retrans_to_server", client->retransmissions);
	line_integer(record, "retrans_to_client", server->retransmissions);
	line_integer(record, "out_of_order_to_server", client->out_of_order);
	line_integer(record, "out_of_order_to_client", server->out_of_order);
}

static void
put_errors(struct json_line *record, const struct flow *flow, const struct verdict *verdict)
{
	const char *form = rst_form_slugs[verdict->rst_form];
	line_text(record, "rst_from",
		      verdict->rst_form == RST_FORM_NONE ? NULL
		      : verdict->rst_from == TO_SERVER	 ? "client"
							 : "server");
	line_text(record, "rst_form", form);
	line_text(record, "rst_origin", rst_origin_slugs[verdict->rst_origin]);
	if (form != NULL)
		line_integer(record, "rst_score", verdict->rst_score);
	else
		line_null(record, "rst_score");
	line_list(record, "rst_reasons");
	for (int i = 0; i < RST_FEATURE_CODES; i++) {
		if ((verdict->rst_features >> i & 1) == 0)
			continue;
		const struct rst_feature_info *feature = &rst_feature_infos[i];
		char text[160];
		snprintf(text, sizeof(text), "%+d: %s", feature->points, feature->sentence);
		line_item_text(record, text);
	}
	line_list_end(record);

	const struct icmp_record *icmp = flow->detail != NULL ? &flow->detail->icmp : NULL;
	bool seen = icmp != NULL && moment_happened(icmp->at);
	char text[FORMAT_ADDRESS_SIZE];
	if (seen)
		format_address(icmp->from, icmp->ip_version, text, sizeof(text));
	line_text(record, "icmp_from", seen ? text : NULL);
	line_known(record, "icmp_type", seen ? icmp->type : 0, seen);
	line_known(record, "icmp_code", seen ? icmp->code : 0, seen);
}

static void
put_measures(struct json_line *record, const struct flow *flow)
{
	const struct half *client = &flow->half[TO_SERVER];
	const struct half *server = &flow->half[TO_CLIENT];
	const struct detail *detail = flow->detail;
	uint64_t zero_window = 0;
	for (unsigned i = 0; detail != NULL && i < 2; i++)
		if (detail->zero_window_us[i] > zero_window)
			zero_window = detail->zero_window_us[i];
	line_known(record, "handshake_rtt_us", flow->handshake_rtt_us,
		       flow->handshake_rtt_us != UINT32_MAX);
	line_known(record, "client_rtt_us", flow->client_rtt_us,
		       flow->client_rtt_us != UINT32_MAX);
	line_known(record, "server_rtt_us", flow->server_rtt_us,
		       flow->server_rtt_us != UINT32_MAX);
	/* A SYN proxy answers with its own TTL: what came after the handshake tells more. */
	unsigned ttl_client = client->ttl != 0 ? client->ttl : client->ttl_syn;
	unsigned ttl_server = server->ttl != 0 ? server->ttl : server->ttl_syn;
	line_known(record, "ttl_client", ttl_client, ttl_client != 0);
	line_known(record, "ttl_server", ttl_server, ttl_server != 0);
	line_known(record, "mss_client", client->mss, client->mss != 0);
	line_known(record, "mss_server", server->mss, server->mss != 0);
	line_integer(record, "idle_max_us", (int64_t)flow->idle_max_us);
	line_integer(record, "zero_window_us", (int64_t)zero_window);
}

/* What was spoken, and how far the conversation got. */
static void
put_application(struct json_line *record, const struct flow *flow)
{
	static const char *const services[] = {
		[PROTOCOL_UNKNOWN] = NULL, [PROTOCOL_TLS] = "tls", [PROTOCOL_SSH] = "ssh",
		[PROTOCOL_HTTP] = "http",  [PROTOCOL_TEXT] = NULL, [PROTOCOL_OTHER] = NULL,
	};
	const struct application_half *client =
		flow->application != NULL ? &flow->application->half[TO_SERVER] : NULL;
	unsigned alert = application_alert(flow);
	line_text(record, "service", services[application_protocol(flow)]);
	if (client != NULL && client->protocol == PROTOCOL_TLS && client->tls.has_name)
		line_bytes(record, "sni", client->text, client->text_length);
	else
		line_null(record, "sni");
	line_known(record, "alert", alert & 0xff, alert != 0);
	line_text(record, "application_stage", application_stage(flow));
}

void
json_flow_line(const struct json_context *context, const struct flow *flow,
	       const struct verdict *verdict, struct json_line *record)
{
	line_begin(record);
	put_identity(record, context, flow, verdict);
	put_times(record, flow);
	put_endpoints(record, flow);
	put_state(record, flow);
	put_verdict(record, context, flow, verdict);
	put_counts(record, flow);
	put_errors(record, flow, verdict);
	put_measures(record, flow);
	put_application(record, flow);
	line_integer(record, "capture_loss",
			 (int64_t)(flow->half[TO_SERVER].unseen + flow->half[TO_CLIENT].unseen));
	line_integer(record, "capture_drops", verdict->drops);
	line_integer(record, "truncated", flow->truncated);
	line_known(record, "prev_seq", flow->previous_number, flow->previous_number != 0);
	line_end(record);
}

json_t *
json_flow(const struct json_context *context, const struct flow *flow,
	  const struct verdict *verdict)
{
	json_t *record = NULL;
	struct json_line *line = malloc(sizeof(*line));
	if (line == NULL)
		return NULL;
	json_flow_line(context, flow, verdict, line);
	if (!line->full)
		record = json_loadb(line->text, line->used, 0, NULL);
	free(line);
	return record;
}
