/* SPDX-License-Identifier: BSD-2-Clause */
/* What the first payload bytes of a half are: enough to say where in its life a connection died. */
#ifndef TCPWHY_PAYLOAD_H
#define TCPWHY_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

enum payload_kind {
	PAYLOAD_NONE,
	PAYLOAD_OPAQUE,		  /* none of the below */
	PAYLOAD_TLS_CLIENT_HELLO, /* record type 22, handshake type 1 (RFC 8446 4.1.2) */
	PAYLOAD_TLS_SERVER_HELLO,
	PAYLOAD_TLS_HANDSHAKE, /* another handshake message */
	PAYLOAD_TLS_ALERT,     /* a plaintext alert: detail is level << 8 | description */
	PAYLOAD_TLS_OTHER,     /* change cipher spec, application data, encrypted alert */
	PAYLOAD_SSH_BANNER,    /* "SSH-2.0-..." */
	PAYLOAD_HTTP_REQUEST,
	PAYLOAD_HTTP_RESPONSE, /* detail is the status code, 0 when unreadable */
	PAYLOAD_TEXT,	       /* printable line such as "220 mail.example ESMTP" */
};

/* What a payload says; text points into the bytes and is not terminated. */
struct payload {
	enum payload_kind kind;
	uint16_t detail;
	uint16_t tls_version; /* highest offered (supported_versions) or chosen; 0: none */
	const uint8_t *text;  /* SNI of a client hello, SSH or text line, HTTP Host; else NULL */
	uint16_t text_length; /* bytes; at most 255 */
};

/* Classifies the first bytes that a half sent. Pure. Reads at most length bytes; a hello that is
 * cut short is still a hello, with what could be read. */
struct payload payload_classify(const uint8_t *bytes, size_t length);

#endif
