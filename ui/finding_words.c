/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands and causes speak of a flow: one that has just what the finding knows of its example. */
#include "ui/finding_words.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/application.h"
#include "analyzer/limits.h"
#include "ui/finding_numbers.h"
#include "ui/finding_phrases.h"
#include "ui/format.h"
#include "ui/values.h"

void
finding_endpoint_text(const struct finding_subject *subject, char *text, size_t size)
{
	if (subject->port != 0)
		format_endpoint(subject->addr, subject->ip_version, subject->port, text, size);
	else
		format_address(subject->addr, subject->ip_version, text, size);
}

static void
device_text(const struct finding_subject *subject, char *text, size_t size)
{
	char routers[FORMAT_COUNT_SIZE];
	format_count(subject->hops, "router", routers, sizeof(routers));
	if (subject->ip_version != 0)
		format_address(subject->addr, subject->ip_version, text, size);
	else if (subject->hops == 0)
		snprintf(text, size, "a device next to the capture");
	else
		snprintf(text, size, "a device %s away", routers);
}

void
finding_subject_text(const struct finding_subject *subject, char *text, size_t size)
{
	char peer[FORMAT_ADDRESS_SIZE];
	char endpoint[FORMAT_ENDPOINT_SIZE];
	switch ((enum finding_subject_kind)subject->kind) {
	case SUBJECT_CAPTURE:
	case SUBJECT_KINDS:
		snprintf(text, size, "the capture");
		break;
	case SUBJECT_LISTENER:
		format_endpoint(subject->addr, subject->ip_version, subject->port, text, size);
		break;
	case SUBJECT_HOST:
	case SUBJECT_SOURCE:
		format_address(subject->addr, subject->ip_version, text, size);
		break;
	case SUBJECT_NETWORK:
		format_network(subject->addr, subject->ip_version, subject->prefix_length, text,
			       size);
		break;
	case SUBJECT_DEVICE:
		device_text(subject, text, size);
		break;
	case SUBJECT_PATH:
		format_address(subject->peer, subject->ip_version, peer, sizeof(peer));
		finding_endpoint_text(subject, endpoint, sizeof(endpoint));
		snprintf(text, size, "%s -> %s", peer, endpoint);
		break;
	}
}

void
finding_headline(const struct finding *finding, char *text, size_t size)
{
	template_expand(finding_phrases[finding->code].headline, finding_value, finding, text,
			size);
}

void
finding_summary(const struct finding *finding, char *text)
{
	template_expand(finding_phrases[finding->code].summary, finding_value, finding, text,
			EXPLAIN_SIZE);
	bool words = strncmp(text, "a ", 2) == 0 || strncmp(text, "several ", 8) == 0;
	if (words) /* addresses stay as they are */
		text[0] = (char)(text[0] - 'a' + 'A');
}

const char *
finding_proof(const struct finding *finding)
{
	return finding_phrases[finding->code].proof;
}

/* What a template about the example speaks of. */
struct example {
	const struct finding *finding;
	struct flow flow;
	struct detail detail;
	struct verdict verdict;
	bool capturing; /* the template is a capture at the server */
	bool filter;	/* the template is about rules that name a source */
};

/* The detail is only linked in where the example lies at last. */
static struct example
make_example(const struct finding *finding)
{
	const struct finding_example *from = &finding->example;
	struct example example = {
		.finding = finding,
		.flow = {
			.client = from->client,
			.server = from->server,
			.client_port = from->client_port,
			.server_port = from->server_port,
			.ip_version = from->ip_version,
			.number = from->number,
			.first_ns = from->first_ns,
			.last_ns = from->event_ns != 0 ? from->event_ns : from->first_ns,
		},
		.verdict = {
			.code = finding->verdict < VERDICT_CODES ? finding->verdict
								 : VERDICT_UNCLASSIFIED,
			.suspect = finding->suspect,
			.confidence = finding->confidence,
			.rst_form = finding->rst_form,
			.rst_origin = finding->rst_origin,
			.rst_from = finding->direction,
			.waited_us = (int64_t)finding_count(finding, NUMBER_DIED),
		},
	};
	example.detail.icmp = (struct icmp_record){
		.at = { .frame = from->icmp_version != 0 },
		.from = from->icmp_from,
		.type = from->icmp_type,
		.code = from->icmp_code,
		.ip_version = from->icmp_version,
	};
	return example;
}

static bool
among(const char *name, size_t length, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
			return true;
	return false;
}

/* What the example does not know is unknown, not zero; since and until are the finding's. */
static bool
example_value(const void *about, const char *name, size_t length, char *text, size_t size)
{
	static const char *const addresses[] = { "client", "client_ip", "server", "server_ip" };
	static const char *const ports[] = { "port", "server" };
	static const char *const times[] = { "log_from", "log_to", "since", "until" };
	const struct example *example = about;
	struct flow flow = example->flow;
	const struct subject subject = { .flow = &flow, .verdict = &example->verdict };
	struct application application = { .offers = NULL };
	struct application_half *half = &application.half[TO_SERVER];
	half->protocol = PROTOCOL_TLS;
	half->text_length = (uint8_t)strnlen(example->finding->name,
					     sizeof(example->finding->name) - 1);
	memcpy(half->text, example->finding->name, half->text_length);
	flow.application = half->text_length > 0 ? &application : NULL;
	flow.detail = (struct detail *)&example->detail;
	if (among(name, length, times + 2, 2)) {
		flow.first_ns = example->finding->first_ns;
		flow.last_ns = example->finding->last_ns;
	}
	/* where there are many clients, a capture of the server's traffic shows them all */
	bool many = finding_count(example->finding, NUMBER_SOURCES) > 1 ||
		    example->finding->subject.kind == SUBJECT_LISTENER ||
		    example->finding->subject.kind == SUBJECT_HOST;
	if (example->capturing && many)
		flow.client = flow.server;
	const struct finding *finding = example->finding;
	if (example->filter && finding->network_count > 0 && among(name, length, addresses + 1, 1)) {
		format_network(finding->networks[0].addr, finding->networks[0].ip_version,
			       finding->networks[0].prefix_length, text, size);
		return true;
	}
	bool known = flow_value(&subject, name, length, text, size);
	if ((flow.ip_version == 0 && among(name, length, addresses, 4)) ||
	    (flow.server_port == 0 && among(name, length, ports, 2)) ||
	    (flow.last_ns == 0 && among(name, length, times, 4)))
		text[0] = '\0';
	return known;
}

bool
finding_cause(const struct finding *finding, enum cause cause, char *text)
{
	const struct example example = make_example(finding);
	return template_expand(cause_phrases[cause], example_value, &example, text, EXPLAIN_SIZE);
}

void
finding_advice(const struct finding *finding, enum advice advice, char *what, char *command)
{
	struct example example = make_example(finding);
	const struct advice_phrases *phrases = &advice_phrases[advice];
	example.capturing = advice == ADVICE_CAPTURE_AT_SERVER;
	example.filter = advice == ADVICE_FILTER_BY_SOURCE;
	template_expand(phrases->what, example_value, &example, what, EXPLAIN_SIZE);
	command[0] = '\0';
	if (phrases->command != NULL &&
	    !template_expand(phrases->command, example_value, &example, command, EXPLAIN_SIZE))
		command[0] = '\0'; /* half a command helps nobody */
}

void
rst_source_text(const struct rst_source *source, char *text, size_t size)
{
	static const char *const senders[RST_ORIGIN_CODES] = {
		[RST_ORIGIN_UNKNOWN] = "somebody",
		[RST_ORIGIN_IN_PATH_DEVICE] = "a device",
		[RST_ORIGIN_PROXY] = "a proxy",
		[RST_ORIGIN_ON_PATH_INJECTOR] = "an injector",
	};
	char name[FORMAT_ENDPOINT_SIZE + 8] = "";
	char hops[FORMAT_COUNT_SIZE] = "";
	const char *sender = senders[source->origin];
	if (source->port != 0)
		format_endpoint(source->addr, source->ip_version, source->port, name, sizeof(name));
	else
		format_address(source->addr, source->ip_version, name, sizeof(name));
	if (sender == NULL) {
		snprintf(text, size, "%s%s itself", source->port == 0 ? "the client " : "", name);
		return;
	}
	if (source->hops != UINT8_MAX && source->hops > 0 && source->origin != RST_ORIGIN_UNKNOWN)
		format_count(source->hops, "router", hops, sizeof(hops));
	snprintf(text, size, "%s%s%s%s in the name of %s", sender, hops[0] != '\0' ? " " : "", hops,
		 hops[0] != '\0' ? " away" : "", name);
}
