/* SPDX-License-Identifier: BSD-2-Clause */
/* The parsers behind application.c: each takes the next bytes of its half, split anywhere. Pure. */
#ifndef TCPWHY_APPLICATION_PARTS_H
#define TCPWHY_APPLICATION_PARTS_H

#include <string.h>

#include "analyzer/application.h"

/* What a parser has to know beside its half. */
struct application_input {
	struct moment at; /* of the segment */
	enum direction dir;
	/* The server hello was seen (for the client's half), the client has begun to send encrypted
	 * records after it (for the server's half). */
	bool peer_ready;
	struct ssh_offer *offer; /* where a KEXINIT goes; NULL when memory is short */
};

void tls_feed(struct application_half *half, const struct application_input *input,
	      const uint8_t *bytes, uint32_t length);
void ssh_feed(struct application_half *half, const struct application_input *input,
	      const uint8_t *bytes, uint32_t length);
void http_feed(struct application_half *half, const struct application_input *input,
	       const uint8_t *bytes, uint32_t length);

static inline uint32_t
smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Goes on with the text of a half, as far as there is room. */
static inline void
text_append(struct application_half *half, const uint8_t *bytes, uint32_t length)
{
	uint32_t room = APPLICATION_TEXT_MAX - half->text_length;
	uint32_t part = smaller(length, room);
	memcpy(half->text + half->text_length, bytes, part);
	half->text_length = (uint8_t)(half->text_length + part);
}

#endif
