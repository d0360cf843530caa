/* SPDX-License-Identifier: BSD-2-Clause */
/* A flow that exists only to be spoken through. */
#include "tests/application_talk.h"

#include <stdlib.h>
#include <string.h>

enum { ISN = 1000 };

void
saying_init(struct saying *saying)
{
	static const uint64_t key[2] = { 1, 2 };
	*saying = (struct saying){ .seq = { ISN + 1, ISN + 1 } };
	saying->table = flowtab_new(1, 0, key);
	if (saying->table == NULL)
		abort();
	saying->flow = flowtab_at(saying->table, flowtab_add(saying->table, 0, LIST_OPEN));
	for (int dir = TO_SERVER; dir <= TO_CLIENT; dir++) {
		saying->flow->half[dir].isn = ISN;
		saying->flow->half[dir].isn_known = saying->flow->half[dir].seq_known = true;
	}
}

void
saying_release(struct saying *saying)
{
	flowtab_application_release(saying->table, saying->flow);
	flowtab_free(saying->table);
}

void
say(struct saying *saying, enum direction dir, const uint8_t *bytes, size_t length, size_t captured)
{
	struct half *half = &saying->flow->half[dir];
	struct packet packet = {
		.kind = PACKET_TCP,
		.flags = TCP_ACK,
		.seq = saying->seq[dir],
		.payload_length = (uint32_t)length,
		.payload_captured = (uint32_t)captured,
		.frame = ++saying->frame,
	};
	if (length == 0)
		return;
	/* a block of its own: what reads beyond it is seen */
	uint8_t *copy = captured > 0 ? malloc(captured) : NULL;
	if (copy != NULL)
		memcpy(copy, bytes, captured);
	packet.payload = copy;
	application_feed(saying->table, saying->flow, &packet, dir);
	free(copy);
	saying->seq[dir] += (uint32_t)length;
	half->payload += length;
	if (!moment_happened(half->data_first)) {
		half->data_first = flow_moment(saying->flow, &packet);
		half->payload_kind = captured > 0; /* none or opaque */
	}
}

void
say_unseen(struct saying *saying, enum direction dir, size_t length)
{
	saying->seq[dir] += (uint32_t)length;
}

static void
hear_half(const struct application_half *half, int dir, struct heard *heard)
{
	heard->text_length[dir] = half->text_length;
	memcpy(heard->text[dir], half->text, half->text_length);
	if (half->protocol == PROTOCOL_TLS) {
		heard->version[dir] = half->tls.version;
		heard->encrypted[dir] = half->tls.encrypted;
		heard->first_length[dir] = half->tls.first_length;
		heard->last_length[dir] = half->tls.last_length;
		heard->after_finished[dir] = half->tls.after_finished;
		heard->hello[dir] = half->tls.hello;
		heard->hello_complete[dir] = half->tls.hello_complete;
		heard->has_name = heard->has_name || half->tls.has_name;
	} else if (half->protocol == PROTOCOL_SSH) {
		heard->kexinit[dir] = half->ssh.kexinit;
		heard->newkeys[dir] = half->ssh.newkeys;
	} else if (half->protocol == PROTOCOL_HTTP) {
		heard->head = heard->head || half->http.head;
		heard->chunked = heard->chunked || half->http.chunked;
		heard->wants_tls = heard->wants_tls || half->http.wants_tls;
		if (dir == TO_CLIENT) {
			heard->status = half->http.status;
			heard->content_length = half->http.content_length;
			heard->header_end = half->http.header_end;
		}
	}
}

void
hear(const struct saying *saying, struct heard *ret_heard)
{
	const struct flow *flow = saying->flow;
	const struct application *application = flow->application;
	memset(ret_heard, 0, sizeof(*ret_heard));
	ret_heard->stage = application_stage(flow);
	ret_heard->alert = application_alert(flow);
	for (int dir = TO_SERVER; dir <= TO_CLIENT; dir++) {
		enum protocol protocol = application_half_protocol(flow, (enum direction)dir);
		/* what is not readable need not have a record */
		ret_heard->protocol[dir] = protocol == PROTOCOL_OTHER ? PROTOCOL_UNKNOWN : protocol;
		if (application != NULL)
			hear_half(&application->half[dir], dir, ret_heard);
	}
	if (application == NULL)
		return;
	ret_heard->compared = application->ssh_compared;
	ret_heard->mismatch = application->ssh_mismatch;
	ret_heard->list = (enum ssh_list)application->ssh_list;
}
