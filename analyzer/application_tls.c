/* SPDX-License-Identifier: BSD-2-Clause */
/* TLS records (RFC 8446 5.1) and, as long as they are in the clear, what hellos and alerts say. */
#include "analyzer/application_parts.h"
#include "dissect/bytes.h"

enum {
	RECORD_CHANGE_CIPHER_SPEC = 20,
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_APPLICATION_DATA = 23,
	RECORD_HEARTBEAT = 24,
	RECORD_LENGTH_MAX = 16384 + 2048, /* RFC 5246 6.2.3 */
	CLIENT_HELLO = 1,
	SERVER_HELLO = 2,
	ALERT_LENGTH = 2, /* in the clear; an encrypted one is longer */
	ALERT_FATAL = 2,
	FINISHED_MAX = 128, /* an encrypted Finished is shorter, a second client hello longer */
	SERVER_NAME = 0,    /* RFC 6066 3 */
	SUPPORTED_VERSIONS = 43,
	RANDOM_LENGTH = 32,
	TLS_1_3 = 0x0304,
	TLS_1_3_DRAFT = 0x7f, /* high byte of the versions that the drafts used */
};

/* A hello is a row of numbers and of stretches to be passed over. */
enum hello_field {
	HELLO_VERSION,
	HELLO_RANDOM,
	HELLO_SESSION_LENGTH,
	HELLO_SESSION,
	HELLO_CIPHERS_LENGTH,
	HELLO_CIPHERS, /* of a server hello: cipher and compression */
	HELLO_COMPRESSION_LENGTH,
	HELLO_COMPRESSION,
	HELLO_EXTENSIONS_LENGTH,
	HELLO_EXTENSION_TYPE,
	HELLO_EXTENSION_LENGTH,
	HELLO_EXTENSION,
	HELLO_NAME_LIST,
	HELLO_NAME_TYPE,
	HELLO_NAME_LENGTH,
	HELLO_NAME,
	HELLO_VERSIONS_LENGTH,
	HELLO_VERSIONS,
	HELLO_END,
};

static void
want(struct tls_hello *hello, enum hello_field field, uint8_t bytes)
{
	hello->field = (uint8_t)field;
	hello->wanted = bytes;
	hello->value = 0;
}

static void
skip(struct tls_hello *hello, enum hello_field field, uint32_t bytes)
{
	hello->field = (uint8_t)field;
	hello->skip = (uint16_t)bytes;
}

/* Wants a number within the extension, or passes over what is left when it is not there. */
static void
want_within(struct tls_hello *hello, enum hello_field field, uint8_t bytes)
{
	if (hello->extension_left < bytes) {
		skip(hello, HELLO_EXTENSION, hello->extension_left);
		return;
	}
	hello->extension_left = (uint16_t)(hello->extension_left - bytes);
	want(hello, field, bytes);
}

static void
next_extension(struct tls_hello *hello)
{
	if (hello->extensions < 4)
		hello->field = HELLO_END;
	else
		want(hello, HELLO_EXTENSION_TYPE, 2);
}

static void
begin_extension(struct tls_hello *hello, bool client)
{
	uint32_t length = hello->value;
	if (length + 4 > hello->extensions) {
		hello->field = HELLO_END;
		return;
	}
	hello->extensions = (uint16_t)(hello->extensions - length - 4);
	hello->extension_left = (uint16_t)length;
	if (hello->extension == SERVER_NAME && client)
		want_within(hello, HELLO_NAME_LIST, 2);
	else if (hello->extension == SUPPORTED_VERSIONS && client)
		want_within(hello, HELLO_VERSIONS_LENGTH, 1);
	else if (hello->extension == SUPPORTED_VERSIONS)
		want_within(hello, HELLO_VERSIONS, 2);
	else
		skip(hello, HELLO_EXTENSION, length);
}

/* Reserved values that clients throw in to keep servers tolerant: 0x0a0a, 0x1a1a ... (RFC 8701
 * 2). */
static bool
is_grease(uint32_t value)
{
	return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

static void
note_version(struct tls_half *tls, uint32_t version)
{
	if (version >> 8 == TLS_1_3_DRAFT)
		version = TLS_1_3;
	if (!is_grease(version) && version > tls->version)
		tls->version = (uint16_t)version;
}

static void
begin_name(struct tls_half *tls)
{
	struct tls_hello *hello = &tls->parser;
	uint32_t length = smaller(hello->value, hello->extension_left);
	hello->extension_left = (uint16_t)(hello->extension_left - length);
	tls->has_name = length > 0;
	skip(hello, HELLO_NAME, length);
}

/* A field has ended: which comes next? */
static void
next_field(struct tls_half *tls, bool client)
{
	struct tls_hello *hello = &tls->parser;
	switch ((enum hello_field)hello->field) {
	case HELLO_VERSION:
		tls->version = (uint16_t)hello->value;
		skip(hello, HELLO_RANDOM, RANDOM_LENGTH);
		return;
	case HELLO_RANDOM:
		want(hello, HELLO_SESSION_LENGTH, 1);
		return;
	case HELLO_SESSION_LENGTH:
		skip(hello, HELLO_SESSION, hello->value);
		return;
	case HELLO_SESSION:
		if (client)
			want(hello, HELLO_CIPHERS_LENGTH, 2);
		else
			skip(hello, HELLO_CIPHERS, 3);
		return;
	case HELLO_CIPHERS_LENGTH:
		skip(hello, HELLO_CIPHERS, hello->value);
		return;
	case HELLO_CIPHERS:
		if (client)
			want(hello, HELLO_COMPRESSION_LENGTH, 1);
		else
			want(hello, HELLO_EXTENSIONS_LENGTH, 2);
		return;
	case HELLO_COMPRESSION_LENGTH:
		skip(hello, HELLO_COMPRESSION, hello->value);
		return;
	case HELLO_COMPRESSION:
		want(hello, HELLO_EXTENSIONS_LENGTH, 2);
		return;
	case HELLO_EXTENSIONS_LENGTH:
		hello->extensions = (uint16_t)hello->value;
		next_extension(hello);
		return;
	case HELLO_EXTENSION_TYPE:
		hello->extension = (uint16_t)hello->value;
		want(hello, HELLO_EXTENSION_LENGTH, 2);
		return;
	case HELLO_EXTENSION_LENGTH:
		begin_extension(hello, client);
		return;
	case HELLO_NAME_LIST:
		want_within(hello, HELLO_NAME_TYPE, 1);
		return;
	case HELLO_NAME_TYPE:
		want_within(hello, HELLO_NAME_LENGTH, 2);
		return;
	case HELLO_NAME_LENGTH:
		begin_name(tls);
		return;
	case HELLO_VERSIONS:
		note_version(tls, hello->value);
		want_within(hello, HELLO_VERSIONS, 2);
		return;
	case HELLO_VERSIONS_LENGTH:
		want_within(hello, HELLO_VERSIONS, 2);
		return;
	case HELLO_NAME:
		skip(hello, HELLO_EXTENSION, hello->extension_left);
		return;
	case HELLO_EXTENSION:
		next_extension(hello);
		return;
	case HELLO_END:
		return;
	}
}

static void
hello_feed(struct application_half *half, const uint8_t *bytes, uint32_t length, bool client)
{
	struct tls_half *tls = &half->tls;
	struct tls_hello *hello = &tls->parser;
	while (length > 0 && hello->field != HELLO_END) {
		uint32_t used;
		if (hello->wanted > 0) {
			hello->value = hello->value << 8 | bytes[0];
			hello->wanted--;
			used = 1;
		} else {
			used = smaller(length, hello->skip);
			if (hello->field == HELLO_NAME)
				text_append(half, bytes, used);
			hello->skip = (uint16_t)(hello->skip - used);
		}
		bytes += used;
		length -= used;
		while (hello->wanted == 0 && hello->skip == 0 && hello->field != HELLO_END)
			next_field(tls, client);
	}
}

/* The 4 bytes before a message are complete. Only the first hello is read: a second one follows a
 * retry and says the same. */
static void
begin_message(struct application_half *half, const struct application_input *input)
{
	struct tls_half *tls = &half->tls;
	uint8_t wanted = input->dir == TO_SERVER ? CLIENT_HELLO : SERVER_HELLO;
	tls->message_left = load_be24(tls->message + 1);
	if (tls->message[0] != wanted || tls->hello)
		return;
	tls->hello = true;
	half->begin = input->at;
	want(&tls->parser, HELLO_VERSION, 2);
}

static void
end_message(struct tls_half *tls)
{
	tls->message_length = 0;
	if (tls->hello)
		tls->hello_complete = true;
}

static void
handshake_feed(struct application_half *half, const struct application_input *input,
	       const uint8_t *bytes, uint32_t length)
{
	struct tls_half *tls = &half->tls;
	while (length > 0) {
		uint32_t used = 1;
		if (tls->message_length < sizeof(tls->message)) {
			tls->message[tls->message_length++] = bytes[0];
			if (tls->message_length == sizeof(tls->message))
				begin_message(half, input);
		} else {
			used = smaller(length, tls->message_left);
			if (tls->hello && !tls->hello_complete)
				hello_feed(half, bytes, used, input->dir == TO_SERVER);
			tls->message_left -= used;
		}
		if (tls->message_length == sizeof(tls->message) && tls->message_left == 0)
			end_message(tls);
		bytes += used;
		length -= used;
	}
}

/* Of several plaintext alerts the first fatal one counts, else the first. */
static void
alert_feed(struct application_half *half, const struct application_input *input,
	   const uint8_t *bytes, uint32_t length)
{
	struct tls_half *tls = &half->tls;
	for (uint32_t i = 0; i < length && tls->alert_length < ALERT_LENGTH; i++)
		tls->alert_bytes[tls->alert_length++] = bytes[i];
	if (tls->alert_length < ALERT_LENGTH)
		return;
	uint8_t level = tls->alert_bytes[0];
	if (level != 1 && level != ALERT_FATAL)
		return; /* encrypted by a cipher without checksum, if anything */
	if (tls->has_alert && (tls->alert_level == ALERT_FATAL || level != ALERT_FATAL))
		return;
	tls->has_alert = true;
	tls->alert_level = level;
	tls->alert = tls->alert_bytes[1];
	half->alert = input->at;
}

/* After ChangeCipherSpec everything is encrypted, except that TLS 1.3 sends that record for
 * show: there a hello may still follow, after a retry (RFC 8446 D.4). */
static bool
is_encrypted(const struct tls_half *tls, enum direction dir)
{
	switch (tls->header[0]) {
	case RECORD_APPLICATION_DATA:
		return true;
	case RECORD_ALERT:
		return tls->encrypted > 0 || tls->record_length != ALERT_LENGTH;
	case RECORD_HANDSHAKE:
		return tls->encrypted > 0 ||
		       (tls->change_cipher &&
			(dir == TO_CLIENT ? tls->version != TLS_1_3
					  : tls->record_length <= FINISHED_MAX));
	default:
		return false;
	}
}

static void
begin_record(struct application_half *half, const struct application_input *input)
{
	struct tls_half *tls = &half->tls;
	const uint8_t *header = tls->header;
	tls->record_length = tls->record_left = load_be16(header + 3);
	if (header[0] < RECORD_CHANGE_CIPHER_SPEC || header[0] > RECORD_HEARTBEAT ||
	    header[1] != 3 || header[2] > 4 || tls->record_length > RECORD_LENGTH_MAX) {
		half->lost = true;
		return;
	}
	if (!moment_happened(half->begin))
		half->begin = input->at;
	tls->alert_length = 0;
	if (header[0] == RECORD_CHANGE_CIPHER_SPEC)
		tls->change_cipher = true;
	if (!is_encrypted(tls, input->dir))
		return;
	/* what the client sends before the server's hello is early data (RFC 8446 2.3) */
	if (input->dir == TO_SERVER && !input->peer_ready)
		return;
	if (tls->encrypted == 0)
		tls->first_length = tls->record_length;
	if (tls->encrypted < UINT16_MAX)
		tls->encrypted++;
	if (input->peer_ready && tls->after_finished < UINT16_MAX)
		tls->after_finished++;
	tls->last_length = tls->record_length;
	half->second = input->at;
}

static void
record_feed(struct application_half *half, const struct application_input *input,
	    const uint8_t *bytes, uint32_t length)
{
	struct tls_half *tls = &half->tls;
	if (is_encrypted(tls, input->dir))
		return;
	if (tls->header[0] == RECORD_HANDSHAKE)
		handshake_feed(half, input, bytes, length);
	else if (tls->header[0] == RECORD_ALERT)
		alert_feed(half, input, bytes, length);
}

void
tls_feed(struct application_half *half, const struct application_input *input, const uint8_t *bytes,
	 uint32_t length)
{
	struct tls_half *tls = &half->tls;
	while (length > 0 && !half->lost) {
		uint32_t used = 1;
		if (tls->header_length < sizeof(tls->header)) {
			tls->header[tls->header_length++] = bytes[0];
			if (tls->header_length == sizeof(tls->header))
				begin_record(half, input);
		} else {
			used = smaller(length, tls->record_left);
			record_feed(half, input, bytes, used);
			tls->record_left = (uint16_t)(tls->record_left - used);
		}
		if (tls->header_length == sizeof(tls->header) && tls->record_left == 0)
			tls->header_length = 0;
		bytes += used;
		length -= used;
	}
}
