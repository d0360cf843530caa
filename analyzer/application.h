/* SPDX-License-Identifier: BSD-2-Clause */
/* What a connection was used for: follows the first bytes of both halves through TLS, SSH and
 * HTTP, so that a rule can say at which stage of the application it died.
 *
 * Only bytes in order are read. Where bytes are missing (lost, cut by the snapshot, out of
 * order) the half is marked as gap, and nothing may be concluded from what is not known of it. */
#ifndef TCPWHY_APPLICATION_H
#define TCPWHY_APPLICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/flow.h"

struct flowtab;

enum {
	APPLICATION_BYTES_MAX = 16384, /* of a half; what follows is not read */
	APPLICATION_TEXT_MAX = 128,
	APPLICATION_HEAD_MAX = 8,
	HTTP_LINE_MAX = 64,
	SSH_OFFER_MAX = 2560, /* name-lists of a KEXINIT that are kept; OpenSSH's take 1.5 KB */
};

enum protocol {
	PROTOCOL_UNKNOWN, /* too few bytes to tell */
	PROTOCOL_TLS,
	PROTOCOL_SSH,
	PROTOCOL_HTTP,
	PROTOCOL_TEXT, /* printable, none of the above */
	PROTOCOL_OTHER,
};

/* Where the parser of a client or server hello stands (RFC 8446 4.1.2). */
struct tls_hello {
	uint8_t field;	     /* enum hello_field of application_tls.c */
	uint8_t wanted;	     /* bytes of a number still to come */
	uint16_t skip;	     /* bytes to be passed over, or taken as text */
	uint16_t extensions; /* bytes of extensions left */
	uint16_t extension, extension_left;
	uint32_t value;
};

struct tls_half {
	struct tls_hello parser;
	uint32_t message_left;
	uint16_t record_length, record_left;
	uint16_t version;	 /* highest offered, or chosen */
	uint16_t first_length;	 /* of its first encrypted record after the hellos */
	uint16_t last_length;	 /* of its last encrypted record */
	uint16_t encrypted;	 /* such records so far */
	uint16_t after_finished; /* of the server: those that began after the client's first */
	uint8_t header[5], header_length;
	uint8_t message[4], message_length;
	uint8_t alert_bytes[2], alert_length;
	uint8_t alert_level, alert; /* of the first plaintext alert, fatal before warning */
	bool hello : 1;		    /* its client or server hello has begun */
	bool hello_complete : 1;    /* and was read to its end */
	bool change_cipher : 1;
	bool has_alert : 1;
	bool has_name : 1; /* server name in the hello */
};

struct ssh_half {
	uint32_t left;	  /* bytes of the packet still to come */
	uint32_t collect; /* of those, bytes of name-lists */
	uint8_t header[6], header_length;
	uint8_t cookie_left;
	bool banner : 1; /* the line is complete */
	bool collecting : 1;
	bool kexinit : 1; /* complete */
	bool newkeys : 1; /* all that follows is encrypted */
	bool refused : 1; /* sent a DISCONNECT in the clear */
};

struct http_half {
	int64_t content_length; /* -1: none given, or not a plain one */
	uint32_t header_end;	/* bytes up to the body; 0 while the header goes on */
	uint16_t status;	/* of a response */
	uint8_t line_length;
	uint8_t phrase[4]; /* how much of each telling phrase has just been read */
	bool started : 1;  /* the first line is complete */
	bool request : 1;
	bool head : 1; /* the request is HEAD: its answer has no body */
	bool chunked : 1;
	bool wants_tls : 1; /* the answer says that TLS is expected here */
	char line[HTTP_LINE_MAX];
};

struct application_half {
	uint32_t next_seq;
	uint32_t taken;					 /* bytes read */
	uint8_t protocol;				 /* enum protocol */
	uint8_t head[APPLICATION_HEAD_MAX], head_length; /* while the protocol is unknown */
	uint8_t text_length;
	bool started : 1;
	bool gap : 1;  /* bytes are missing: nothing is known from here on */
	bool full : 1; /* APPLICATION_BYTES_MAX were read */
	bool lost : 1; /* the bytes stopped making sense in that protocol */
	bool text_done : 1;
	struct moment begin;  /* hello, banner, or first bytes */
	struct moment second; /* KEXINIT; last encrypted record */
	struct moment alert;
	union {
		struct tls_half tls;
		struct ssh_half ssh;
		struct http_half http;
	};
	/* server name, SSH banner, Host, or the first line; raw bytes, not terminated */
	char text[APPLICATION_TEXT_MAX];
};

/* RFC 4253 7.1, in the order of the message. */
enum ssh_list {
	SSH_KEX,
	SSH_HOSTKEY,
	SSH_CIPHER_C2S,
	SSH_CIPHER_S2C,
	SSH_MAC_C2S,
	SSH_MAC_S2C,
	SSH_COMPRESSION_C2S,
	SSH_COMPRESSION_S2C,
	SSH_LISTS
};

/* The name-lists of a KEXINIT as they were on the wire: lengths of four bytes before each. */
struct ssh_offer {
	uint16_t length;
	uint8_t bytes[SSH_OFFER_MAX];
};

/* Held only until the offers have been compared, or for good when they do not fit. */
struct ssh_offers {
	struct ssh_offer offer[2];
};

/* Allocated from the flow table's pool when the first payload of a half looks readable. */
struct application {
	struct ssh_offers *offers; /* NULL unless KEXINITs are being compared */
	bool ssh_compared : 1;
	bool ssh_mismatch : 1;		 /* then ssh_list says where */
	uint8_t ssh_list;		 /* enum ssh_list: the first list without a common entry */
	struct application_half half[2]; /* by enum direction of what it sends */
};

/* Takes in the payload of a segment, if it goes on where the half stopped. To be called before the
 * half's data_first is set. Bytes that were read already are passed over. */
void application_feed(struct flowtab *table, struct flow *flow, const struct packet *packet,
		      enum direction dir);

/* The protocol that the flow speaks, if both halves agree or one is silent; and that of a half. */
enum protocol application_protocol(const struct flow *flow);
enum protocol application_half_protocol(const struct flow *flow, enum direction dir);

/* "tls-client-hello", "ssh-kex": the last stage that was reached; NULL without payload. */
const char *application_stage(const struct flow *flow);

/* The plaintext alert that counts most, level << 8 | description: a fatal one, else the server's.
 * 0 when there was none: a warning of close_notify is 256. */
unsigned application_alert(const struct flow *flow);

/* Finds a name-list in an offer. False when the offer ends before it. */
bool ssh_offer_list(const struct ssh_offer *offer, enum ssh_list list, const uint8_t **ret_names,
		    uint32_t *ret_length);

/* Compares two offers. Returns 1 and the first list without a common entry, 0 when all go together,
 * -1 when an offer is incomplete. Pure. */
int ssh_compare(const struct ssh_offer *client, const struct ssh_offer *server,
		enum ssh_list *ret_list);

#endif
