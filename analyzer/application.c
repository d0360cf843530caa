/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells the protocol by the first bytes, and hands what is in order on to its parser. */
#include "analyzer/application.h"

#include "analyzer/application_parts.h"
#include "analyzer/flowtab.h"
#include "analyzer/seq.h"
#include "dissect/payload.h"

enum {
	PREFIX_LINES_MAX = 4096, /* how far lines before an SSH banner are looked through */
	SSH_WORD_LENGTH = 4,
};

static bool
is_printable(uint8_t byte)
{
	return (byte >= 0x20 && byte < 0x7f) || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Whether the bytes begin with the word; while they are shorter, whether they still may. */
static bool
may_begin(const uint8_t *bytes, uint32_t length, const char *word, bool *ret_whole)
{
	size_t word_length = strlen(word);
	*ret_whole = length >= word_length;
	return memcmp(bytes, word, *ret_whole ? word_length : length) == 0;
}

/* RFC 8446 5.1: type, major version 3, minor. */
static bool
may_be_tls(const uint8_t *bytes, uint32_t length)
{
	return bytes[0] >= 20 && bytes[0] <= 24 && (length < 2 || bytes[1] == 3) &&
	       (length < 3 || bytes[2] <= 4);
}

/* The protocol as far as these first bytes tell; PROTOCOL_UNKNOWN: more are needed. length > 0. */
static enum protocol
first_guess(const uint8_t *bytes, uint32_t length)
{
	static const struct {
		const char *word;
		enum protocol protocol;
	} words[] = {
		{ "SSH-", PROTOCOL_SSH },     { "HTTP/", PROTOCOL_HTTP },
		{ "GET ", PROTOCOL_HTTP },    { "POST ", PROTOCOL_HTTP },
		{ "PUT ", PROTOCOL_HTTP },    { "HEAD ", PROTOCOL_HTTP },
		{ "DELETE ", PROTOCOL_HTTP }, { "OPTIONS ", PROTOCOL_HTTP },
		{ "PATCH ", PROTOCOL_HTTP },  { "CONNECT ", PROTOCOL_HTTP },
		{ "TRACE ", PROTOCOL_HTTP },  { "PRI * HT", PROTOCOL_HTTP },
	};
	bool more = false, whole;
	if (may_be_tls(bytes, length))
		return length >= 3 ? PROTOCOL_TLS : PROTOCOL_UNKNOWN;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!may_begin(bytes, length, words[i].word, &whole))
			continue;
		if (whole)
			return words[i].protocol;
		more = true;
	}
	if (more)
		return PROTOCOL_UNKNOWN;
	/* no further than the head, so that it is the same however the bytes are cut */
	for (uint32_t i = 0; i < length && i < APPLICATION_HEAD_MAX; i++)
		if (!is_printable(bytes[i]))
			return PROTOCOL_OTHER;
	return length < APPLICATION_HEAD_MAX ? PROTOCOL_UNKNOWN : PROTOCOL_TEXT;
}

/* Lines of text; a server may send some before its SSH banner (RFC 4253 4.2). Returns how many
 * bytes were read; *ret_banner: they end with the first word of a banner. */
static uint32_t
text_feed(struct application_half *half, const struct application_input *input,
	  const uint8_t *bytes, uint32_t length, bool *ret_banner)
{
	if (!moment_happened(half->begin))
		half->begin = input->at;
	for (uint32_t i = 0; i < length; i++) {
		if (!half->text_done && bytes[i] != '\n' && bytes[i] != '\r')
			text_append(half, bytes + i, 1);
		if (bytes[i] == '\n') {
			half->text_done = half->text_length > 0;
			half->head_length = 0;
		} else if (half->head_length <= SSH_WORD_LENGTH) {
			half->head[half->head_length++] = bytes[i]; /* how this line begins */
		}
		*ret_banner = input->dir == TO_CLIENT && half->head_length == SSH_WORD_LENGTH &&
			      half->taken + i < PREFIX_LINES_MAX &&
			      memcmp(half->head, "SSH-", SSH_WORD_LENGTH) == 0;
		if (*ret_banner)
			return i + 1;
	}
	return length;
}

/* One segment on its way to the parser of its half. */
struct reading {
	struct flowtab *table;
	struct application *application;
	struct application_half *half;
	struct application_input input;
};

/* Only those who speak SSH get room for offers. */
static void
read_ssh(struct reading *reading, const uint8_t *bytes, uint32_t length)
{
	struct application *application = reading->application;
	if (!application->ssh_compared && reading->input.offer == NULL &&
	    flowtab_ssh_offers(reading->table, application) != NULL)
		reading->input.offer = &application->offers->offer[reading->input.dir];
	ssh_feed(reading->half, &reading->input, bytes, length);
}

static void
dispatch(struct reading *reading, const uint8_t *bytes, uint32_t length)
{
	struct application_half *half = reading->half;
	const struct application_input *input = &reading->input;
	bool banner = false;
	uint32_t used;
	switch ((enum protocol)half->protocol) {
	case PROTOCOL_TLS:
		tls_feed(half, input, bytes, length);
		break;
	case PROTOCOL_SSH:
		read_ssh(reading, bytes, length);
		break;
	case PROTOCOL_HTTP:
		http_feed(half, input, bytes, length);
		break;
	case PROTOCOL_TEXT:
		used = text_feed(half, input, bytes, length, &banner);
		if (!banner)
			break;
		half->protocol = PROTOCOL_SSH;
		half->text_length = 0;
		half->text_done = false;
		half->begin = input->at;
		read_ssh(reading, half->head, SSH_WORD_LENGTH);
		read_ssh(reading, bytes + used, length - used);
		break;
	case PROTOCOL_UNKNOWN:
	case PROTOCOL_OTHER:
		break;
	}
	half->taken += length;
}

/* The first bytes are kept until they tell the protocol; then its parser gets them, too. */
static void
take(struct reading *reading, const uint8_t *bytes, uint32_t length)
{
	struct application_half *half = reading->half;
	while (half->protocol == PROTOCOL_UNKNOWN && length > 0) {
		uint8_t head[APPLICATION_HEAD_MAX], head_length;
		half->head[half->head_length++] = *bytes++;
		length--;
		half->protocol = (uint8_t)first_guess(half->head, half->head_length);
		if (half->protocol == PROTOCOL_UNKNOWN)
			continue;
		head_length = half->head_length;
		memcpy(head, half->head, head_length);
		half->head_length = 0;
		if (half->protocol == PROTOCOL_HTTP)
			half->http.request = reading->input.dir == TO_SERVER;
		dispatch(reading, head, head_length);
	}
	if (length > 0)
		dispatch(reading, bytes, length);
}

static bool
is_reading(const struct application_half *half)
{
	return !half->gap && !half->full && !half->lost;
}

/* When both KEXINITs are there they are compared; what fits together need not be kept. */
static void
compare_offers(struct flowtab *table, struct application *application)
{
	const struct application_half *client = &application->half[TO_SERVER];
	const struct application_half *server = &application->half[TO_CLIENT];
	if (application->ssh_compared || client->protocol != PROTOCOL_SSH ||
	    server->protocol != PROTOCOL_SSH)
		return;
	bool both = client->ssh.kexinit && server->ssh.kexinit;
	bool never = (!client->ssh.kexinit && (!is_reading(client) || client->ssh.newkeys)) ||
		     (!server->ssh.kexinit && (!is_reading(server) || server->ssh.newkeys));
	if (!both && !never)
		return;
	application->ssh_compared = true;
	enum ssh_list list = SSH_KEX;
	const struct ssh_offers *offers = application->offers;
	if (both && offers != NULL &&
	    ssh_compare(&offers->offer[TO_SERVER], &offers->offer[TO_CLIENT], &list) > 0) {
		application->ssh_mismatch = true;
		application->ssh_list = (uint8_t)list;
		return;
	}
	flowtab_ssh_offers_release(table, application);
}

/* The record of a flow whose first readable bytes come now; NULL: they are not readable. */
static struct application *
begin(struct flowtab *table, struct flow *flow, const struct packet *packet, enum direction dir)
{
	const struct half *peer = &flow->half[!dir];
	if (moment_happened(flow->half[dir].data_first) || packet->payload_captured == 0 ||
	    first_guess(packet->payload, packet->payload_captured) == PROTOCOL_OTHER)
		return NULL;
	struct application *application = flowtab_application(table, flow);
	if (application == NULL || !moment_happened(peer->data_first))
		return application;
	/* what the other half has said so far was not readable, or not captured */
	struct application_half *half = &application->half[!dir];
	half->started = half->gap = true;
	half->protocol = peer->payload_kind == PAYLOAD_NONE ? PROTOCOL_UNKNOWN : PROTOCOL_OTHER;
	return application;
}

void
application_feed(struct flowtab *table, struct flow *flow, const struct packet *packet,
		 enum direction dir)
{
	struct application *application =
		flow->application != NULL ? flow->application : begin(table, flow, packet, dir);
	if (application == NULL)
		return;
	struct application_half *half = &application->half[dir];
	if (!is_reading(half))
		return;
	if (!half->started) {
		half->started = true;
		half->next_seq = flow->half[dir].isn + 1;
	}
	int32_t known = seq_diff(half->next_seq, packet->seq + ((packet->flags & TCP_SYN) != 0));
	if (known >= 0 && (uint32_t)known >= packet->payload_length)
		return;
	if (known < 0 || (uint32_t)known >= packet->payload_captured) {
		half->gap = true;
		return;
	}
	uint32_t fresh = packet->payload_captured - (uint32_t)known;
	uint32_t part = smaller(fresh, APPLICATION_BYTES_MAX - half->taken);
	struct reading reading = {
		.table = table,
		.application = application,
		.half = half,
		.input = { .at = flow_moment(flow, packet), .dir = dir },
	};
	const struct application_half *peer = &application->half[!dir];
	if (peer->protocol == PROTOCOL_TLS)
		reading.input.peer_ready =
			dir == TO_SERVER ? peer->tls.hello : peer->tls.encrypted > 0;
	take(&reading, packet->payload + known, part);
	half->next_seq += fresh;
	half->full = half->taken >= APPLICATION_BYTES_MAX;
	half->gap = packet->payload_captured < packet->payload_length;
	compare_offers(table, application);
}

enum protocol
application_half_protocol(const struct flow *flow, enum direction dir)
{
	if (flow->application == NULL)
		return PROTOCOL_UNKNOWN;
	const struct application_half *half = &flow->application->half[dir];
	if (half->protocol != PROTOCOL_UNKNOWN || half->head_length == 0)
		return (enum protocol)half->protocol;
	for (unsigned i = 0; i < half->head_length; i++)
		if (!is_printable(half->head[i]))
			return PROTOCOL_OTHER;
	return PROTOCOL_TEXT;
}

enum protocol
application_protocol(const struct flow *flow)
{
	enum protocol client = application_half_protocol(flow, TO_SERVER);
	bool telling = client == PROTOCOL_TLS || client == PROTOCOL_SSH || client == PROTOCOL_HTTP;
	return telling ? client : application_half_protocol(flow, TO_CLIENT);
}

static const char *
tls_stage(const struct application_half *client, const struct application_half *server)
{
	bool met = client->protocol == PROTOCOL_TLS, answered = server->protocol == PROTOCOL_TLS;
	if (met && answered && client->tls.encrypted > 0 && server->tls.encrypted > 0)
		return "tls-encrypted";
	if (answered && server->tls.hello)
		return "tls-server-hello";
	return met && client->tls.hello ? "tls-client-hello" : "tcp-open";
}

static const char *
ssh_stage(const struct application_half *client, const struct application_half *server)
{
	bool met = client->protocol == PROTOCOL_SSH, answered = server->protocol == PROTOCOL_SSH;
	if (met && answered && client->ssh.newkeys && server->ssh.newkeys)
		return "ssh-encrypted";
	return (met && client->ssh.kexinit) || (answered && server->ssh.kexinit) ? "ssh-kex"
										 : "ssh-banner";
}

const char *
application_stage(const struct flow *flow)
{
	if (!flow_has_payload(flow))
		return NULL;
	if (flow->application == NULL)
		return "tcp-open";
	const struct application_half *client = &flow->application->half[TO_SERVER];
	const struct application_half *server = &flow->application->half[TO_CLIENT];
	switch (application_protocol(flow)) {
	case PROTOCOL_TLS:
		return tls_stage(client, server);
	case PROTOCOL_SSH:
		return ssh_stage(client, server);
	case PROTOCOL_HTTP:
		return server->protocol == PROTOCOL_HTTP ? "http-response" : "http-request";
	case PROTOCOL_UNKNOWN:
	case PROTOCOL_TEXT:
	case PROTOCOL_OTHER:
		break;
	}
	return "tcp-open";
}

unsigned
application_alert(const struct flow *flow)
{
	unsigned alert = 0;
	for (int dir = TO_SERVER; flow->application != NULL && dir <= TO_CLIENT; dir++) {
		const struct application_half *half = &flow->application->half[dir];
		if (half->protocol != PROTOCOL_TLS || !half->tls.has_alert)
			continue;
		unsigned found = (unsigned)half->tls.alert_level << 8 | half->tls.alert;
		if (found >> 8 >= alert >> 8)
			alert = found;
	}
	return alert;
}
