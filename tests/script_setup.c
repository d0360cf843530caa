/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements that set a scenario up: flows, endpoints, links; and the expectations at its end. */
#include "tests/script_builder.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
script_number(struct script_builder *builder, const char *text, uint64_t max, uint64_t *ret_value)
{
	char *end;
	if (text[0] < '0' || text[0] > '9')
		return script_fail(builder, "a number is missing where \"%s\" stands", text);
	unsigned long long value = strtoull(text, &end, 0);
	if (*end != '\0' || value > max)
		return script_fail(builder, "\"%s\" is no number up to %llu", text,
				   (unsigned long long)max);
	*ret_value = value;
	return 0;
}

int
script_address(struct script_builder *builder, const char *text, struct craft_address *ret_address)
{
	struct craft_address address = {.version = strchr(text, ':') == NULL ? 4 : 6};
	if (inet_pton(address.version == 4 ? AF_INET : AF_INET6, text, address.bytes) != 1)
		return script_fail(builder, "\"%s\" is no address", text);
	*ret_address = address;
	return 0;
}

int
script_side_named(struct script_builder *builder, const char *text, struct script_flow **ret_flow,
		  unsigned *ret_side)
{
	const char *dot = strrchr(text, '.');
	const char *letter = dot == NULL ? text : dot + 1;
	size_t length = dot == NULL ? 0 : (size_t)(dot - text);
	if (strcmp(letter, "C") != 0 && strcmp(letter, "S") != 0)
		return script_fail(builder, "C or S is missing where \"%s\" stands", text);
	for (size_t i = 0; i < builder->flow_count; i++) {
		const char *name = builder->flows[i].name;
		if (strlen(name) == length && memcmp(name, text, length) == 0) {
			*ret_flow = &builder->flows[i];
			*ret_side = letter[0] == 'C' ? 0 : 1;
			return 0;
		}
	}
	return script_fail(builder, "there is no flow for \"%s\"", text);
}

int
script_time(struct script_builder *builder, const char *text)
{
	char *end;
	double seconds = strtod(text, &end);
	if (*end != '\0' || seconds > 1e6 || seconds < -1e6)
		return script_fail(builder, "\"%s\" is no time in seconds", text);
	int64_t us = (int64_t)(seconds * 1e6 + (seconds < 0 ? -0.5 : 0.5));
	builder->now_us = text[0] == '+' || text[0] == '-' ? builder->now_us + us : us;
	return 0;
}

/* TTLs as the place of the capture would see them: untouched by routers on the own host. */
static void
set_ttls(struct script_flow *flow, uint8_t local)
{
	static const uint8_t ttls[][2] = {{60, 59}, {64, 57}, {57, 64}};
	flow->side[0].ttl = ttls[local][0];
	flow->side[1].ttl = ttls[local][1];
}

void
script_flow_init(struct script_flow *flow, unsigned index, uint8_t ip_version, uint8_t local)
{
	static const char *const hosts[][2] = {
		{"192.0.2.10", "198.51.100.2"},
		{"2001:db8:1::10", "2001:db8:2::2"},
	};
	const char *const *pair = hosts[ip_version == 6];
	for (unsigned side = 0; side < 2; side++) {
		struct script_side *end = &flow->side[side];
		end->address.version = ip_version;
		inet_pton(ip_version == 6 ? AF_INET6 : AF_INET, pair[side], end->address.bytes);
		end->port = side == 0 ? 40000 : 443;
		end->isn = (side == 0 ? 1000000000U : 3000000000U) + index * 123456789U;
		end->ip_id = (uint16_t)((side == 0 ? 0x1000U : 0x8c00U) + index * 0x100U);
		end->tsval_base = side == 0 ? 100000000U : 200000000U;
	}
	set_ttls(flow, local);
}

/* ADDRESS:PORT, [ADDRESS]:PORT or :PORT. */
static int
parse_endpoint(struct script_builder *builder, const char *text, struct script_side *side)
{
	char address[64];
	uint64_t port;
	const char *colon = strrchr(text, ':');
	if (colon == NULL || (size_t)(colon - text) >= sizeof address)
		return script_fail(builder, "ADDRESS:PORT is missing where \"%s\" stands", text);
	if (script_number(builder, colon + 1, 65535, &port) != 0)
		return -1;
	side->port = (uint16_t)port;
	if (colon == text)
		return 0;
	bool brackets = text[0] == '[' && colon[-1] == ']';
	snprintf(address, sizeof address, "%.*s", (int)(colon - text - (brackets ? 2 : 0)),
		 text + (brackets ? 1 : 0));
	return script_address(builder, address, &side->address);
}

/* "client ENDPOINT [ttl N] [tos N] [id N] [isn N] [ts N]", the same for server, any number of them;
 * what names no side is about the client. */
int
script_side_line(struct script_builder *builder, struct script_flow *flow, size_t index)
{
	struct script_side *side = &flow->side[0];
	for (; index < builder->word_count; index++) {
		const char *word = script_word(builder, index);
		uint64_t value;
		bool client = strcmp(word, "client") == 0;
		if (client || strcmp(word, "server") == 0) {
			side = &flow->side[client ? 0 : 1];
			if (parse_endpoint(builder, script_word(builder, ++index), side) != 0)
				return -1;
			continue;
		}
		if (script_number(builder, script_word(builder, ++index), UINT32_MAX, &value) != 0)
			return -1;
		if (strcmp(word, "ttl") == 0)
			side->ttl = (uint8_t)value;
		else if (strcmp(word, "tos") == 0)
			side->tos = (uint8_t)value;
		else if (strcmp(word, "id") == 0)
			side->ip_id = (uint16_t)value;
		else if (strcmp(word, "isn") == 0)
			side->isn = (uint32_t)value;
		else if (strcmp(word, "ts") == 0)
			side->tsval_base = (uint32_t)value;
		else
			return script_fail(builder, "an endpoint has no \"%s\"", word);
	}
	return 0;
}

/* "flow NAME ...": another conversation. It starts from the endpoints of the first one. */
int
script_flow_line(struct script_builder *builder)
{
	const char *name = script_word(builder, 1);
	const struct script_flow *first = &builder->flows[0];
	struct script_flow *flow = &builder->flows[builder->flow_count];
	if (name[0] == '\0' || strlen(name) >= sizeof flow->name)
		return script_fail(builder, "a flow needs a short name");
	if (builder->flow_count == SCRIPT_FLOWS_MAX)
		return script_fail(builder, "too many flows");
	script_flow_init(flow, (unsigned)builder->flow_count, 4, builder->local);
	snprintf(flow->name, sizeof flow->name, "%s", name);
	for (unsigned side = 0; side < 2; side++) {
		flow->side[side].address = first->side[side].address;
		flow->side[side].port = first->side[side].port;
		flow->side[side].ttl = first->side[side].ttl;
		flow->side[side].tos = first->side[side].tos;
	}
	builder->flow_count++;
	return script_side_line(builder, flow, 2);
}

static int
parse_link(struct script_builder *builder)
{
	static const char *const names[] = {
		[CRAFT_ETHERNET] = "ethernet", [CRAFT_RAW] = "raw",   [CRAFT_NULL] = "null",
		[CRAFT_SLL] = "sll",	       [CRAFT_SLL2] = "sll2",
	};
	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(script_word(builder, 1), names[i]) == 0) {
			builder->link.link = (enum craft_link)i;
			return 0;
		}
	}
	return script_fail(builder, "link ethernet, raw, null, sll or sll2");
}

/* Where the capture was taken: decides the TTLs, and the direction in cooked headers. */
static int
parse_at(struct script_builder *builder)
{
	static const char *const names[] = {"between", "client", "server"};
	for (uint8_t i = 0; i < 3; i++) {
		if (strcmp(script_word(builder, 1), names[i]) != 0)
			continue;
		builder->local = i;
		for (size_t flow = 0; flow < builder->flow_count; flow++)
			set_ttls(&builder->flows[flow], i);
		return 0;
	}
	return script_fail(builder, "at client, server or between");
}

static int
parse_tags(struct script_builder *builder, size_t count)
{
	uint64_t value = 0;
	for (size_t i = 0; i < count; i++) {
		if (script_number(builder, script_word(builder, 1 + i), 4094, &value) != 0)
			return -1;
		builder->link.vlan[i] = (uint16_t)value;
	}
	builder->link.vlan_count = (uint8_t)count;
	return 0;
}

/* "link KIND", "vlan N", "qinq N N", "vni N", "ip 4|6", "at PLACE". */
int
script_link_line(struct script_builder *builder)
{
	const char *verb = script_word(builder, 0);
	uint64_t value;
	if (strcmp(verb, "vlan") == 0)
		return parse_tags(builder, 1);
	if (strcmp(verb, "qinq") == 0)
		return parse_tags(builder, 2);
	if (strcmp(verb, "vni") == 0) {
		if (script_number(builder, script_word(builder, 1), 0xffffff, &value) != 0)
			return -1;
		builder->link.vxlan = true;
		builder->link.vni = (uint32_t)value;
		return 0;
	}
	if (builder->started)
		return script_fail(builder, "\"%s\" is unknown, or too late after a packet", verb);
	if (strcmp(verb, "link") == 0)
		return parse_link(builder);
	if (strcmp(verb, "at") == 0)
		return parse_at(builder);
	if (strcmp(verb, "ip") == 0) {
		if (script_number(builder, script_word(builder, 1), 6, &value) != 0)
			return -1;
		script_flow_init(&builder->flows[0], 0, (uint8_t)value, builder->local);
		return 0;
	}
	return script_fail(builder, "\"%s\" is no statement", verb);
}

static int
parse_expectation(struct script_builder *builder, unsigned subject, const char *text)
{
	static const struct {
		const char *text;
		enum expectation_operator operator;
	} operators[] = {
		{"!=", EXPECT_NOT_EQUAL}, {">=", EXPECT_AT_LEAST}, {"<=", EXPECT_AT_MOST},
		{"!~", EXPECT_LACKS},	  {"=", EXPECT_EQUAL},	   {"~", EXPECT_CONTAINS},
	};
	struct script *script = builder->script;
	size_t length = strcspn(text, "=!<>~"), i = 0;
	while (i < 6 && strncmp(text + length, operators[i].text, strlen(operators[i].text)) != 0)
		i++;
	if (length == 0 || i == 6)
		return script_fail(builder, "KEY=VALUE is missing where \"%s\" stands", text);
	struct expectation *expectations = realloc(
		script->expectations, (script->expectation_count + 1) * sizeof *expectations);
	if (expectations == NULL)
		return script_fail(builder, "out of memory");
	script->expectations = expectations;
	expectations[script->expectation_count++] = (struct expectation){
		.subject = subject,
		.line = builder->line,
		.operator= operators[i].operator,
		.key = strndup(text, length),
		.value = strdup(text + length + strlen(operators[i].text)),
	};
	return 0;
}

/* "expect [N|capture] KEY=VALUE ...". */
int
script_expect_line(struct script_builder *builder)
{
	size_t index = 1;
	uint64_t subject = 1;
	const char *word = script_word(builder, index);
	if (strcmp(word, "capture") == 0) {
		subject = EXPECT_CAPTURE;
		index++;
	} else if (word[0] >= '0' && word[0] <= '9') {
		if (script_number(builder, word, 1000, &subject) != 0)
			return -1;
		index++;
	}
	if (index >= builder->word_count)
		return script_fail(builder, "nothing is expected");
	for (; index < builder->word_count; index++)
		if (parse_expectation(builder, (unsigned)subject, script_word(builder, index)) != 0)
			return -1;
	return 0;
}
