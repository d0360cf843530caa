/* SPDX-License-Identifier: BSD-2-Clause */
/* Payload of scenarios: text, bytes in hex, TLS records; and filler where nothing is said. */
#include "tests/script_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	HELLO_FIXED = 5 + 4 + 2 + 32 + 1 + 4 + 2 + 2, /* record to extensions length, two suites */
	RECORD_HEADER = 5,
};

static int
stream_ready(struct script_builder *builder, struct script_side *side, size_t end)
{
	if (end > SCRIPT_STREAM_MAX)
		return script_fail(builder, "payload beyond the first 64 KiB");
	if (side->stream == NULL)
		side->stream = calloc(1, SCRIPT_STREAM_MAX);
	if (side->stream_written == NULL)
		side->stream_written = calloc(SCRIPT_STREAM_MAX, sizeof(bool));
	if (side->stream == NULL || side->stream_written == NULL)
		return script_fail(builder, "out of memory");
	return 0;
}

int
script_stream_fill(struct script_builder *builder, struct script_side *side, size_t offset,
		   size_t length)
{
	if (stream_ready(builder, side, offset + length) != 0)
		return -1;
	for (size_t i = offset; i < offset + length; i++) {
		/* not text, and nothing that a protocol would begin with */
		if (!side->stream_written[i])
			side->stream[i] = (uint8_t)(0x80 | (i * 7 + 3));
		side->stream_written[i] = true;
	}
	return 0;
}

static void
stream_write(struct script_side *side, size_t offset, const void *bytes, size_t length)
{
	if (length == 0)
		return;
	memcpy(side->stream + offset, bytes, length);
	memset(side->stream_written + offset, true, length);
}

static uint8_t *
put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return at + 2;
}

/* Record and handshake headers, version, random, no session, two cipher suites: 53 bytes. */
static uint8_t *
hello_begin(uint8_t *at, size_t length, bool client)
{
	*at++ = 22;
	at = put16(at, client ? 0x0301 : 0x0303);
	at = put16(at, length - RECORD_HEADER);
	*at++ = client ? 1 : 2;
	*at++ = 0;
	at = put16(at, length - RECORD_HEADER - 4);
	at = put16(at, 0x0303);
	for (unsigned i = 0; i < 32; i++)
		*at++ = (uint8_t)(i * 5 + 1);
	*at++ = 0;
	if (client) {
		at = put16(at, 4);
		at = put16(at, 0x1301);
		at = put16(at, 0xc02f);
		at = put16(at, 0x0100);
	} else {
		at = put16(at, 0xc02f);
		*at++ = 0;
	}
	return at;
}

/* A client hello of exactly this length: the server name, then padding (RFC 6066 3, RFC 7685). */
static int
client_hello(struct script_builder *builder, uint8_t *bytes, size_t length, const char *name)
{
	size_t name_length = strlen(name);
	size_t least = HELLO_FIXED + 9 + name_length + 4;
	if (length < least || length > 16384)
		return script_fail(builder, "this client hello has %zu bytes or more", least);
	uint8_t *at = hello_begin(bytes, length, true);
	at = put16(at, (size_t)(bytes + length - at) - 2);
	at = put16(at, 0);
	at = put16(at, name_length + 5);
	at = put16(at, name_length + 3);
	*at++ = 0;
	at = put16(at, name_length);
	memcpy(at, name, name_length);
	at += name_length;
	at = put16(at, 21);
	size_t padding = (size_t)(bytes + length - at) - 2;
	at = put16(at, padding);
	memset(at, 0, padding);
	return 0;
}

/* A TLS 1.2 server hello; what is left of the length becomes a record of opaque bytes. */
static int
server_hello(struct script_builder *builder, uint8_t *bytes, size_t length)
{
	const size_t hello = 5 + 4 + 2 + 32 + 1 + 2 + 1;
	if (length != hello && length < hello + RECORD_HEADER + 1)
		return script_fail(builder, "a server hello has %zu bytes, or %zu and more", hello,
				   hello + RECORD_HEADER + 1);
	uint8_t *at = hello_begin(bytes, hello, false);
	if (length == hello)
		return 0;
	*at++ = 22;
	at = put16(at, 0x0303);
	at = put16(at, length - hello - RECORD_HEADER);
	*at++ = 11;
	memset(at, 0xaa, (size_t)(bytes + length - at));
	return 0;
}

static int
hex_bytes(struct script_builder *builder, const char *text, uint8_t *bytes, size_t length,
	  size_t *ret_length)
{
	size_t count = 0;
	for (; text[0] != '\0'; text += 2) {
		unsigned value;
		if (text[1] == '\0' || sscanf(text, "%2x", &value) != 1 || count == length)
			return script_fail(builder,
					   "hex is no hex, or more than the segment holds");
		bytes[count++] = (uint8_t)value;
	}
	*ret_length = count;
	return 0;
}

static int
tls_alert(struct script_builder *builder, size_t index, uint8_t *bytes, size_t length)
{
	uint64_t level, description;
	if (length != 7)
		return script_fail(builder, "a TLS alert has 7 bytes");
	if (script_number(builder, script_word(builder, index), 255, &level) != 0 ||
	    script_number(builder, script_word(builder, index + 1), 255, &description) != 0)
		return -1;
	const uint8_t alert[7] = {21, 3, 3, 0, 2, (uint8_t)level, (uint8_t)description};
	memcpy(bytes, alert, sizeof alert);
	return 0;
}

/* Records of opaque bytes, one for each word TYPE:LENGTH, up to the end of the segment. */
static int
tls_records(struct script_builder *builder, size_t *index, uint8_t *bytes, size_t length)
{
	unsigned type, size;
	size_t used = 0;
	for (; sscanf(script_word(builder, *index), "%u:%u", &type, &size) == 2; *index += 1) {
		if (type > 255 || size > 16640 || used + RECORD_HEADER + size > length)
			return script_fail(builder, "this record does not fit into the segment");
		bytes[used] = (uint8_t)type;
		put16(bytes + used + 1, 0x0303);
		put16(bytes + used + 3, size);
		memset(bytes + used + RECORD_HEADER, 0xaa, size);
		used += RECORD_HEADER + size;
	}
	if (used != length)
		return script_fail(builder, "these records have %zu bytes", used);
	return 0;
}

/* A TLS 1.3 server hello of 55 bytes: its version stands in supported_versions (RFC 8446 4.2.1). */
static int
tls13_server_hello(struct script_builder *builder, size_t *index, uint8_t *bytes, size_t length)
{
	const size_t hello = 5 + 4 + 2 + 32 + 1 + 2 + 1 + 2 + 6;
	if (length < hello)
		return script_fail(builder, "this server hello has %zu bytes or more", hello);
	uint8_t *at = hello_begin(bytes, hello, false);
	at = put16(at, 6);
	at = put16(at, 43);
	at = put16(at, 2);
	put16(at, 0x0304);
	return tls_records(builder, index, bytes + hello, length - hello);
}

static uint8_t *
put_name_list(uint8_t *at, const char *names)
{
	size_t length = strlen(names);
	at = put16(at, 0);
	at = put16(at, length);
	memcpy(at, names, length);
	return at + length;
}

/* A KEXINIT (RFC 4253 7.1): lists that are not given are those of a usual OpenSSH, shortened. */
static int
ssh_kexinit(struct script_builder *builder, size_t *index, uint8_t *bytes, size_t length)
{
	enum { LISTS = 8, LEAST_PADDING = 4, BEFORE_LISTS = 4 + 1 + 1 + 16, AFTER_LISTS = 8 + 5 };
	static const char *const keys[LISTS] = {
		"kex=",	    "hostkey=", "cipher-c2s=", "cipher-s2c=",
		"mac-c2s=", "mac-s2c=", "comp-c2s=",   "comp-s2c=",
	};
	const char *lists[LISTS] = {
		"curve25519-sha256", "ssh-ed25519",   "aes128-ctr", "aes128-ctr",
		"hmac-sha2-256",     "hmac-sha2-256", "none",	    "none",
	};
	for (; strchr(script_word(builder, *index), '=') != NULL; *index += 1) {
		const char *word = script_word(builder, *index);
		bool known = false;
		for (size_t i = 0; i < LISTS; i++) {
			if (strncmp(word, keys[i], strlen(keys[i])) != 0)
				continue;
			lists[i] = word + strlen(keys[i]);
			known = true;
		}
		if (!known)
			return script_fail(builder, "no list of a KEXINIT: %s", word);
	}
	size_t least = BEFORE_LISTS + AFTER_LISTS + LEAST_PADDING;
	for (size_t i = 0; i < LISTS; i++)
		least += strlen(lists[i]);
	least += (LISTS * 4);
	/* the two lists of languages and what follows are the last 13 bytes before the padding */
	if (length < least || length > least + 255 - LEAST_PADDING)
		return script_fail(builder, "this KEXINIT has %zu bytes or a little more", least);
	memset(bytes, 0, length);
	put16(bytes + 2, length - 4);
	bytes[4] = (uint8_t)(length - least + LEAST_PADDING);
	bytes[5] = 20;
	uint8_t *at = bytes + BEFORE_LISTS;
	for (size_t i = 0; i < LISTS; i++)
		at = put_name_list(at, lists[i]);
	return 0;
}

int
script_payload(struct script_builder *builder, struct script_side *side, size_t offset,
	       size_t length, size_t *index)
{
	static uint8_t bytes[SCRIPT_STREAM_MAX];
	const char *verb = script_word(builder, *index);
	size_t written = length;
	int status;
	if (stream_ready(builder, side, offset + length) != 0)
		return -1;
	if (*index < builder->word_count && builder->words[*index].mark == '"') {
		const struct word *word = &builder->words[*index];
		if (word->length > length)
			return script_fail(builder, "the text has %zu bytes", word->length);
		stream_write(side, offset, word->text, word->length);
		*index += 1;
		return 0;
	}
	if (strcmp(verb, "hex") == 0) {
		status = hex_bytes(builder, script_word(builder, *index + 1), bytes, length,
				   &written);
		*index += 2;
	} else if (strcmp(verb, "tls-client-hello") == 0) {
		status = client_hello(builder, bytes, length, script_word(builder, *index + 1));
		*index += 2;
	} else if (strcmp(verb, "tls-server-hello") == 0) {
		status = server_hello(builder, bytes, length);
		*index += 1;
	} else if (strcmp(verb, "tls-alert") == 0) {
		status = tls_alert(builder, *index + 1, bytes, length);
		*index += 3;
	} else if (strcmp(verb, "tls-records") == 0) {
		*index += 1;
		status = tls_records(builder, index, bytes, length);
	} else if (strcmp(verb, "tls13-server-hello") == 0) {
		*index += 1;
		status = tls13_server_hello(builder, index, bytes, length);
	} else if (strcmp(verb, "ssh-kexinit") == 0) {
		*index += 1;
		status = ssh_kexinit(builder, index, bytes, length);
	} else {
		return 0;
	}
	if (status == 0)
		stream_write(side, offset, bytes, written);
	return status;
}
