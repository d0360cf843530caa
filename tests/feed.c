/* SPDX-License-Identifier: BSD-2-Clause */
/* Words to packets; flows and trackers that are ready to be played to. */
#include "tests/feed.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 200 };

static const uint8_t payload_bytes[UINT16_MAX];

struct ip_addr
ipv4(uint32_t number)
{
	return (struct ip_addr){ .hi = 0, .lo = UINT64_C(0xffff) << 32 | number };
}

struct talk
talk_init(void)
{
	return (struct talk){
		.client = ipv4(0x0a000001),
		.server = ipv4(0x0a000002),
		.client_port = 40000,
		.server_port = 9000,
		.client_id = 100,
		.server_id = 20000,
		.client_isn = 1000,
		.server_isn = 5000,
		.ip_version = 4,
		.now_ns = 1000 * NS_PER_S,
	};
}

static _Noreturn void
misread(const char *words, const char *word)
{
	fprintf(stderr, "\"%s\": cannot read \"%s\"\n", words, word);
	abort();
}

static uint8_t
flags_of(const char *words, const char *word)
{
	static const struct {
		char letter;
		uint8_t flag;
	} letters[] = {
		{ 'S', TCP_SYN }, { 'F', TCP_FIN }, { 'R', TCP_RST },
		{ 'P', TCP_PSH }, { '.', TCP_ACK }, { 'U', TCP_URG },
		{ 'E', TCP_ECE }, { 'W', TCP_CWR }, { '-', 0 },
	};
	uint8_t flags = 0;
	for (const char *letter = word; *letter != '\0'; letter++) {
		size_t i = 0;
		while (i < sizeof(letters) / sizeof(letters[0]) && letters[i].letter != *letter)
			i++;
		if (i == sizeof(letters) / sizeof(letters[0]))
			misread(words, word);
		flags |= letters[i].flag;
	}
	return flags;
}

static void
read_position(struct packet *packet, uint32_t isn, const char *words, const char *word)
{
	char *rest = NULL;
	packet->seq = isn + (uint32_t)strtoll(word, &rest, 10);
	if (*rest != '(')
		misread(words, word);
	packet->payload_length = (uint32_t)strtoul(rest + 1, &rest, 10);
	if (strcmp(rest, ")") != 0 || packet->payload_length > sizeof(payload_bytes))
		misread(words, word);
	if (packet->payload_length > 0) {
		packet->payload = payload_bytes;
		packet->payload_captured = packet->payload_length;
	}
}

/* Words that stand alone. */
static bool
read_mark(struct packet *packet, const char *word)
{
	if (strcmp(word, "bad") == 0) {
		packet->checksum = CHECKSUM_BAD;
	} else if (strcmp(word, "partial") == 0) {
		packet->checksum = CHECKSUM_PARTIAL;
	} else if (strcmp(word, "sackok") == 0) {
		packet->options |= TCP_HAS_SACK_PERMITTED;
	} else if (strcmp(word, "cut") == 0) {
		packet->payload_captured = 0;
		packet->payload = NULL;
		packet->defects |= DEFECT_SNAPPED;
	} else {
		return false;
	}
	return true;
}

/* Words with a number behind them. */
static bool
read_number(struct packet *packet, uint32_t peer_isn, const char *word, long long number)
{
	uint16_t vlan = (uint16_t)number;
	if (strcmp(word, "ack") == 0) {
		packet->ack = peer_isn + (uint32_t)number;
	} else if (strcmp(word, "win") == 0) {
		packet->window = (uint16_t)number;
	} else if (strcmp(word, "ttl") == 0) {
		packet->ttl = (uint8_t)number;
	} else if (strcmp(word, "tos") == 0) {
		packet->tos = (uint8_t)number;
	} else if (strcmp(word, "id") == 0) {
		packet->ip_id = (uint16_t)number;
	} else if (strcmp(word, "sum") == 0) {
		packet->checksum_field = (uint16_t)number;
	} else if (strcmp(word, "vlan") == 0) {
		packet->context = packet_context_make(&vlan, 1, TUNNEL_NONE, 0);
	} else if (strcmp(word, "mss") == 0) {
		packet->mss = (uint16_t)number;
		packet->options |= TCP_HAS_MSS;
	} else if (strcmp(word, "wscale") == 0) {
		packet->wscale = (uint8_t)number;
		packet->options |= TCP_HAS_WSCALE;
	} else if (strcmp(word, "ts") == 0) {
		packet->tsval = (uint32_t)number;
		packet->options |= TCP_HAS_TIMESTAMP;
	} else if (strcmp(word, "ecr") == 0) {
		packet->tsecr = (uint32_t)number;
	} else {
		return false;
	}
	return true;
}

static void
address(struct talk *talk, struct packet *packet, bool client)
{
	packet->src = client ? talk->client : talk->server;
	packet->dst = client ? talk->server : talk->client;
	packet->src_port = client ? talk->client_port : talk->server_port;
	packet->dst_port = client ? talk->server_port : talk->client_port;
	packet->ip_id = client ? talk->client_id++ : talk->server_id++;
}

static void
read_rest(struct packet *packet, uint32_t peer_isn, const char *words, char **place)
{
	for (char *word; (word = strtok_r(NULL, " ", place)) != NULL;) {
		if (read_mark(packet, word))
			continue;
		const char *value = strtok_r(NULL, " ", place);
		if (value == NULL || !read_number(packet, peer_isn, word, strtoll(value, NULL, 10)))
			misread(words, word);
	}
}

struct packet
talk_packet(struct talk *talk, const char *words)
{
	char copy[WORDS_MAX], *place = NULL;
	if (snprintf(copy, sizeof(copy), "%s", words) >= WORDS_MAX)
		misread(words, words);
	char *word = strtok_r(copy, " ", &place);
	double step_ms = 1;
	if (word != NULL && (*word == '+' || *word == '-')) {
		step_ms = strtod(word, NULL);
		word = strtok_r(NULL, " ", &place);
	}
	if (word == NULL || (*word != '>' && *word != '<'))
		misread(words, "direction");
	bool client = *word == '>';
	uint32_t isn = client ? talk->client_isn : talk->server_isn;
	uint32_t peer_isn = client ? talk->server_isn : talk->client_isn;
	talk->now_ns += (int64_t)(step_ms * NS_PER_MS);
	struct packet packet = {
		.kind = PACKET_TCP,
		.ip_version = talk->ip_version,
		.has_ip_id = talk->ip_version == 4,
		.checksum = CHECKSUM_GOOD,
		.window = 1000,
		.ttl = 64,
		.ts_ns = talk->now_ns,
		.frame = ++talk->frame,
	};
	address(talk, &packet, client);
	const char *flags = strtok_r(NULL, " ", &place);
	const char *position = strtok_r(NULL, " ", &place);
	if (flags == NULL || position == NULL)
		misread(words, "flags and numbers");
	packet.flags = flags_of(words, flags);
	read_position(&packet, isn, words, position);
	read_rest(&packet, peer_isn, words, &place);
	return packet;
}

enum direction
packet_direction(const struct talk *talk, const struct packet *packet)
{
	bool client =
		ip_addr_equal(packet->src, talk->client) && packet->src_port == talk->client_port;
	return client ? TO_SERVER : TO_CLIENT;
}

void
scene_init(struct scene *scene)
{
	static const uint64_t key[2] = { 1, 2 };
	*scene = (struct scene){ .talk = talk_init() };
	limits_init(&scene->limits);
	scene->table = flowtab_new(1, 0, key);
	if (scene->table == NULL)
		abort();
	scene->flow = flowtab_at(scene->table, flowtab_add(scene->table, 0, LIST_ATTEMPT));
	struct flow *flow = scene->flow;
	flow->client = scene->talk.client;
	flow->server = scene->talk.server;
	flow->client_port = scene->talk.client_port;
	flow->server_port = scene->talk.server_port;
	flow->ip_version = 4;
	flow->handshake_rtt_us = flow->client_rtt_us = flow->server_rtt_us = UINT32_MAX;
}

void
scene_release(struct scene *scene)
{
	flowtab_free(scene->table);
}

void
scene_play(struct scene *scene, ...)
{
	struct segment_context context = {
		.table = scene->table,
		.limits = &scene->limits,
		.stats = &scene->stats,
	};
	va_list list;
	va_start(list, scene);
	for (const char *words; (words = va_arg(list, const char *)) != NULL;) {
		struct packet packet = talk_packet(&scene->talk, words);
		if (scene->flow->first_frame == 0) {
			scene->flow->first_ns = scene->flow->last_ns = packet.ts_ns;
			scene->flow->first_frame = packet.frame;
		}
		segment_apply(&context, scene->flow, &packet,
			      packet_direction(&scene->talk, &packet), false);
	}
	va_end(list);
}

void
scene_handshake(struct scene *scene)
{
	scene_play(scene, "> S 0(0)", "< S. 0(0) ack 1", "> . 1(0) ack 1", NULL);
}

static void
keep_ended(void *user, const struct flow *flow, const struct verdict *verdict)
{
	struct watch *watch = user;
	if (watch->ended_count < ENDED_MAX) {
		struct ended *ended = &watch->ended[watch->ended_count];
		ended->flow = *flow;
		ended->verdict = *verdict;
		if (flow->detail != NULL) {
			ended->detail = *flow->detail;
			ended->flow.detail = &ended->detail;
		}
	}
	watch->ended_count++;
}

void
watch_init(struct watch *watch)
{
	*watch = (struct watch){
		.talk = talk_init(),
		.options = { .hash_key = { 3, 5 }, .flow_ended = keep_ended, .user = watch },
		.ended = calloc(ENDED_MAX, sizeof(struct ended)),
	};
	if (watch->ended == NULL)
		abort();
	limits_init(&watch->options.limits);
}

void
watch_start(struct watch *watch)
{
	watch->tracker = tracker_new(&watch->options);
	if (watch->tracker == NULL)
		abort();
}

void
watch_release(struct watch *watch)
{
	tracker_free(watch->tracker);
	free(watch->ended);
}

void
watch_play(struct watch *watch, ...)
{
	va_list list;
	va_start(list, watch);
	for (const char *words; (words = va_arg(list, const char *)) != NULL;) {
		struct packet packet = talk_packet(&watch->talk, words);
		tracker_feed(watch->tracker, &packet, 1);
	}
	va_end(list);
}

void
watch_finish(struct watch *watch)
{
	tracker_finish(watch->tracker);
}

const char *
watch_slug(const struct watch *watch, size_t index)
{
	return index < watch->ended_count && index < ENDED_MAX
		       ? verdict_infos[watch->ended[index].verdict.code].slug
		       : "none";
}
