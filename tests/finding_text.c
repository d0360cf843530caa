/* SPDX-License-Identifier: BSD-2-Clause */
/* One line for what matters, further ones for what stands behind it; the order of fields is fixed,
 * so that texts can be compared. */
#include "tests/finding_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/idle.h"
#include "ui/format.h"

void
network_text(struct ip_addr addr, unsigned ip_version, unsigned prefix_length,
	     char text[FINDING_TEXT_SIZE])
{
	char address[FORMAT_ADDRESS_SIZE];
	format_address(addr, ip_version, address, sizeof address);
	snprintf(text, FINDING_TEXT_SIZE, "%s/%u", address, prefix_length);
}

static void
path_text(const struct finding_subject *subject, char text[FINDING_TEXT_SIZE])
{
	char peer[FORMAT_ADDRESS_SIZE], server[FORMAT_ENDPOINT_SIZE];
	format_address(subject->peer, subject->ip_version, peer, sizeof peer);
	if (subject->port != 0)
		format_endpoint(subject->addr, subject->ip_version, subject->port, server,
				sizeof server);
	else
		format_address(subject->addr, subject->ip_version, server, sizeof server);
	snprintf(text, FINDING_TEXT_SIZE, "%s > %s", peer, server);
}

void
crowd_subject_text(const struct finding_subject *subject, char text[FINDING_TEXT_SIZE])
{
	switch ((enum finding_subject_kind)subject->kind) {
	case SUBJECT_LISTENER:
		format_endpoint(subject->addr, subject->ip_version, subject->port, text,
				FINDING_TEXT_SIZE);
		return;
	case SUBJECT_DEVICE:
		if (subject->ip_version == 0) {
			snprintf(text, FINDING_TEXT_SIZE, "%u hops", subject->hops);
			return;
		}
		format_address(subject->addr, subject->ip_version, text, FINDING_TEXT_SIZE);
		return;
	case SUBJECT_HOST:
	case SUBJECT_SOURCE:
		format_address(subject->addr, subject->ip_version, text, FINDING_TEXT_SIZE);
		return;
	case SUBJECT_NETWORK:
		network_text(subject->addr, subject->ip_version, subject->prefix_length, text);
		return;
	case SUBJECT_PATH:
		path_text(subject, text);
		return;
	case SUBJECT_CAPTURE:
	case SUBJECT_KINDS:
		break;
	}
	snprintf(text, FINDING_TEXT_SIZE, "capture");
}

/* VLANs from outer to inner; the number of a tunnel behind a slash. */
static void
context_text(packet_context context, char text[FINDING_TEXT_SIZE])
{
	static const struct {
		unsigned shift, present;
	} tags[] = { { 36, 48 }, { 49, 61 } };
	int length = snprintf(text, FINDING_TEXT_SIZE, "%s", context == 0 ? "none" : "");
	for (unsigned i = 0; i < 2; i++)
		if ((context >> tags[i].present & 1) != 0)
			length += snprintf(text + length, FINDING_TEXT_SIZE - (size_t)length,
					   "%s%u", i > 0 ? "." : "",
					   (unsigned)(context >> tags[i].shift & 0xfff));
	if ((context >> 32 & 0xf) != TUNNEL_NONE)
		snprintf(text + length, FINDING_TEXT_SIZE - (size_t)length, "/%" PRIu32,
			 (uint32_t)context);
}

static void
contrast_value(const struct contrast *contrast, char text[FINDING_TEXT_SIZE])
{
	static const char *const sizes[] = {
		[CONTRAST_UP_TO_536] = "up-to-536",
		[CONTRAST_UP_TO_1200] = "up-to-1200",
		[CONTRAST_UP_TO_1380] = "up-to-1380",
		[CONTRAST_ABOVE] = "above",
	};
	const uint8_t *mac = contrast->value.mac;
	const struct syn_fingerprint *syn = &contrast->value.syn;
	switch ((enum contrast_dimension)contrast->dimension) {
	case CONTRAST_SOURCE:
		format_address(contrast->value.addr, contrast->ip_version, text, FINDING_TEXT_SIZE);
		return;
	case CONTRAST_NETWORK:
		network_text(contrast->value.addr, contrast->ip_version,
			     contrast->ip_version == 4 ? 24 : 64, text);
		return;
	case CONTRAST_NEXT_HOP:
		snprintf(text, FINDING_TEXT_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
			 mac[2], mac[3], mac[4], mac[5]);
		return;
	case CONTRAST_CONTEXT:
		context_text(contrast->value.context, text);
		return;
	case CONTRAST_SIZE:
		snprintf(text, FINDING_TEXT_SIZE, "%s", sizes[contrast->value.number & 3]);
		return;
	case CONTRAST_OPTIONS:
		snprintf(text, FINDING_TEXT_SIZE, "0x%x/win%u/mss%u/ws%u/ttl%u", syn->options,
			 syn->window, syn->mss, syn->wscale, syn->ttl);
		return;
	case CONTRAST_SNI:
		snprintf(text, FINDING_TEXT_SIZE, "%s", contrast->value.name);
		return;
	case CONTRAST_TTL:
	case CONTRAST_PORT_BUCKET:
	case CONTRAST_CODES:
		break;
	}
	snprintf(text, FINDING_TEXT_SIZE, "%" PRIu64, contrast->value.number);
}

void
crowd_contrast_text(const struct contrast *contrast, char text[FINDING_TEXT_SIZE])
{
	char value[FINDING_TEXT_SIZE];
	contrast_value(contrast, value);
	snprintf(text, FINDING_TEXT_SIZE, "%s:%.100s", contrast_slugs[contrast->dimension], value);
}

static double
seconds_since(int64_t at_ns, int64_t start_ns)
{
	return (double)(at_ns - start_ns) / 1e9;
}

static void
write_lists(FILE *file, const struct finding *finding)
{
	char text[FINDING_TEXT_SIZE];
	for (unsigned i = 0; i < finding->contrast_count; i++) {
		const struct contrast *contrast = &finding->contrasts[i];
		crowd_contrast_text(contrast, text);
		fprintf(file, "  contrast %s: %u of %u bad, %u of %u good, lift %u\n", text,
			contrast->bad, contrast->bad_total, contrast->good, contrast->good_total,
			contrast->lift);
	}
	for (unsigned i = 0; i < finding->network_count; i++) {
		network_text(finding->networks[i].addr, finding->networks[i].ip_version,
			     finding->networks[i].prefix_length, text);
		fprintf(file, "  network %s: %u flows\n", text, finding->networks[i].flows);
	}
	for (unsigned i = 0; i < finding->timer_count; i++)
		fprintf(file, "  timer %u s, %s\n", idle_timers[finding->timers[i]].seconds,
			idle_timers[finding->timers[i]].name);
	for (unsigned i = 0; i < finding->cause_count; i++)
		fprintf(file, "%s%s%s", i == 0 ? "  causes " : " ", cause_slugs[finding->causes[i]],
			i + 1U == finding->cause_count ? "\n" : "");
	for (unsigned i = 0; i < finding->advice_count; i++)
		fprintf(file, "%s%u%s", i == 0 ? "  advice " : " ", finding->advice[i],
			i + 1U == finding->advice_count ? "\n" : "");
}

static void
write_proof(FILE *file, const struct finding *finding, int64_t start_ns)
{
	const struct finding_example *example = &finding->example;
	char client[FORMAT_ENDPOINT_SIZE], server[FORMAT_ENDPOINT_SIZE];
	for (unsigned i = 0; i < finding->evidence_count; i++)
		fprintf(file, "  evidence at %.6f: flow %u, frame %u of source %u\n",
			seconds_since(finding->evidence[i].at_ns, start_ns),
			finding->evidence[i].flow, finding->evidence[i].frame,
			finding->evidence[i].source);
	if (example->ip_version != 0) {
		format_endpoint(example->client, example->ip_version, example->client_port, client,
				sizeof client);
		format_endpoint(example->server, example->ip_version, example->server_port, server,
				sizeof server);
		fprintf(file, "  example flow %u: %s > %s, from %.6f, event at %.6f\n",
			example->number, client, server, seconds_since(example->first_ns, start_ns),
			seconds_since(example->event_ns, start_ns));
	}
	if (example->icmp_version != 0) {
		format_address(example->icmp_from, example->icmp_version, client, sizeof client);
		fprintf(file, "  icmp %u/%u from %s\n", example->icmp_type, example->icmp_code,
			client);
	}
}

static void
write_backlog(FILE *file, const struct backlog_curve *curve, int64_t start_ns)
{
	if (curve->count == 0)
		return;
	fprintf(file, "  backlog from %.6f, step %.6f:", seconds_since(curve->start_ns, start_ns),
		(double)curve->step_ns / 1e9);
	for (unsigned i = 0; i < curve->count && i < BACKLOG_POINTS; i++)
		fprintf(file, " %u/%u", curve->points[i], curve->waiters[i]);
	fprintf(file, "\n");
}

void
finding_write(FILE *file, const struct finding *finding, int64_t start_ns)
{
	static const char *const directions[] = { "to-server", "to-client" };
	char subject[FINDING_TEXT_SIZE];
	crowd_subject_text(&finding->subject, subject);
	fprintf(file, "%s, %s %s: %s, %" PRIu64 " flows, first %.6f, last %.6f\n",
		finding_infos[finding->code].slug, subject_slugs[finding->subject.kind], subject,
		severity_slugs[finding->severity], finding->flows,
		seconds_since(finding->first_ns, start_ns),
		seconds_since(finding->last_ns, start_ns));
	fprintf(file,
		"  suspect=%s confidence=%u verdict=%s rst-form=%s rst-origin=%s direction=%s",
		suspect_slugs[finding->suspect], finding->confidence,
		finding->verdict < VERDICT_CODES ? verdict_infos[finding->verdict].slug : "none",
		finding->rst_form != RST_FORM_NONE ? rst_form_slugs[finding->rst_form] : "none",
		finding->rst_origin != RST_ORIGIN_NONE ? rst_origin_slugs[finding->rst_origin]
						       : "none",
		directions[finding->direction & 1]);
	fprintf(file, finding->name[0] == '\0' ? "\n" : " name=%.63s\n", finding->name);
	for (unsigned i = 0; i < finding->number_count; i++)
		fprintf(file, "%s%s=%" PRId64 "%s", i == 0 ? "  " : " ",
			number_infos[finding->numbers[i].id].slug, finding->numbers[i].value,
			i + 1U == finding->number_count ? "\n" : "");
	write_lists(file, finding);
	write_proof(file, finding, start_ns);
	write_backlog(file, &finding->backlog, start_ns);
}

static void
write_groups(FILE *file, const struct findings_report *report)
{
	char text[FORMAT_ENDPOINT_SIZE];
	for (size_t i = 0; i < report->group_count; i++) {
		const struct failure_group *group = &report->groups[i];
		format_endpoint(group->server, group->ip_version, group->server_port, text,
				sizeof text);
		fprintf(file, "group %s %s: %" PRIu64 " flows, %" PRIu64 " explained\n", text,
			verdict_infos[group->verdict].slug, group->flows, group->explained);
	}
	for (size_t i = 0; i < report->rst_source_count; i++) {
		const struct rst_source *source = &report->rst_sources[i];
		format_endpoint(source->addr, source->ip_version, source->port, text, sizeof text);
		fprintf(file,
			"rst-source %s: origin=%s ttl=%u hops=%u %" PRIu64 " flows, %" PRIu64
			" refusals\n",
			text,
			source->origin != RST_ORIGIN_NONE ? rst_origin_slugs[source->origin]
							  : "none",
			source->ttl, source->hops, source->flows, source->refusals);
	}
}

char *
report_text(const struct findings_report *report, int64_t start_ns)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	if (file == NULL)
		abort();
	for (size_t i = 0; i < report->count; i++)
		finding_write(file, &report->findings[i], start_ns);
	write_groups(file, report);
	fprintf(file, "rst-flows %" PRIu64 ", overflowed %" PRIu64 "\n", report->rst_flows,
		report->overflowed);
	if (fclose(file) != 0 || text == NULL)
		abort();
	return text;
}
