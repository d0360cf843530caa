/* SPDX-License-Identifier: BSD-2-Clause */
/* The first bytes of a conversation: TLS, SSH, HTTP, or a line of text. */
#include "dissect/payload.h"

#include <stdbool.h>
#include <string.h>

#include "dissect/bytes.h"

enum {
	TEXT_MAX = 255,	    /* longest text handed out */
	TEXT_MIN = 4,	    /* shorter lines are printable by chance */
	HEADERS_MAX = 8192, /* how far lines and headers are looked for */
};

/* RFC 8446 5.1 */
enum tls_record {
	TLS_CHANGE_CIPHER_SPEC = 20,
	TLS_ALERT = 21,
	TLS_HANDSHAKE = 22,
	TLS_APPLICATION_DATA = 23,
	TLS_HEARTBEAT = 24,
};

enum {
	TLS_RECORD_HEADER_LENGTH = 5,
	TLS_RECORD_LENGTH_MAX = 16384 + 2048, /* RFC 5246 6.2.3 */
	TLS_CLIENT_HELLO = 1,
	TLS_SERVER_HELLO = 2,
	TLS_RANDOM_LENGTH = 32,
	TLS_ALERT_LENGTH = 2,
	TLS_ALERT_WARNING = 1,
	TLS_ALERT_FATAL = 2,
	TLS_SERVER_NAME = 0,	     /* RFC 6066 3 */
	TLS_SUPPORTED_VERSIONS = 43, /* RFC 8446 4.2.1 */
	TLS_SERVER_NAME_HOST = 0,
	TLS_1_3 = 0x0304,
	TLS_1_3_DRAFT = 0x7f, /* high byte of the versions that the drafts used */
};

/* Reserved values that clients throw in to keep servers tolerant: 0x0a0a, 0x1a1a (RFC 8701 2). */
static bool
is_grease(uint16_t value)
{
	return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

static void
set_text(struct payload *payload, const uint8_t *text, size_t length)
{
	payload->text = text;
	payload->text_length = (uint16_t)(length < TEXT_MAX ? length : TEXT_MAX);
}

/* The first host name of the list; a list that is cut has none. */
static void
read_server_name(struct payload *payload, struct bytes value)
{
	struct bytes list = bytes_split(&value, bytes_u16(&value));

	while (bytes_captured(&list) > 0) {
		uint8_t type = bytes_u8(&list);
		uint16_t length = bytes_u16(&list);
		const uint8_t *name = bytes_take(&list, length);

		if (name == NULL)
			return;
		if (type == TLS_SERVER_NAME_HOST && length > 0) {
			set_text(payload, name, length);
			return;
		}
	}
}

/* A client lists what it offers, a server names its choice. */
static void
read_supported_versions(struct payload *payload, struct bytes value)
{
	struct bytes list = value;
	uint16_t version;

	if (payload->kind == PAYLOAD_TLS_CLIENT_HELLO)
		list = bytes_split(&value, bytes_u8(&value));
	while (bytes_captured(&list) >= 2) {
		version = bytes_u16(&list);
		if (version >> 8 == TLS_1_3_DRAFT)
			version = TLS_1_3;
		if (!is_grease(version) && version > payload->tls_version)
			payload->tls_version = version;
	}
}

static void
read_extensions(struct payload *payload, struct bytes hello)
{
	struct bytes list = bytes_split(&hello, bytes_u16(&hello));

	while (bytes_captured(&list) >= 4) {
		uint16_t type = bytes_u16(&list);
		struct bytes value = bytes_split(&list, bytes_u16(&list));

		if (type == TLS_SERVER_NAME && payload->kind == PAYLOAD_TLS_CLIENT_HELLO)
			read_server_name(payload, value);
		if (type == TLS_SUPPORTED_VERSIONS)
			read_supported_versions(payload, value);
	}
}

/* RFC 8446 4.1.2 and 4.1.3: the two hellos differ in that the client's choices are lists. */
static void
read_hello(struct payload *payload, struct bytes hello)
{
	payload->tls_version = bytes_u16(&hello);
	bytes_skip(&hello, TLS_RANDOM_LENGTH);
	bytes_skip(&hello, bytes_u8(&hello));
	if (payload->kind == PAYLOAD_TLS_CLIENT_HELLO) {
		bytes_skip(&hello, bytes_u16(&hello));
		bytes_skip(&hello, bytes_u8(&hello));
	} else {
		bytes_skip(&hello, 3);
	}
	read_extensions(payload, hello);
}

static void
read_handshake(struct payload *payload, struct bytes record)
{
	const uint8_t *header = bytes_take(&record, 4);

	payload->kind = PAYLOAD_TLS_HANDSHAKE;
	if (header == NULL)
		return;
	bytes_limit(&record, load_be24(header + 1));
	if (header[0] == TLS_CLIENT_HELLO)
		payload->kind = PAYLOAD_TLS_CLIENT_HELLO;
	if (header[0] == TLS_SERVER_HELLO)
		payload->kind = PAYLOAD_TLS_SERVER_HELLO;
	if (payload->kind != PAYLOAD_TLS_HANDSHAKE)
		read_hello(payload, record);
}

/* An encrypted alert is longer, or its level is none. */
static void
read_alert(struct payload *payload, const uint8_t *alert, uint32_t length)
{
	payload->kind = PAYLOAD_TLS_OTHER;
	if (alert == NULL || length != TLS_ALERT_LENGTH)
		return;
	if (alert[0] != TLS_ALERT_WARNING && alert[0] != TLS_ALERT_FATAL)
		return;
	payload->kind = PAYLOAD_TLS_ALERT;
	payload->detail = load_be16(alert);
}

static bool
read_tls(struct payload *payload, struct bytes bytes)
{
	const uint8_t *header = bytes_take(&bytes, TLS_RECORD_HEADER_LENGTH);
	uint16_t length;

	if (header == NULL || header[1] != 3 || header[2] > 4)
		return false;
	length = load_be16(header + 3);
	if (length == 0 || length > TLS_RECORD_LENGTH_MAX)
		return false;
	bytes_limit(&bytes, length);
	switch ((enum tls_record)header[0]) {
	case TLS_HANDSHAKE:
		read_handshake(payload, bytes);
		return true;
	case TLS_ALERT:
		read_alert(payload, bytes_peek(&bytes, TLS_ALERT_LENGTH), length);
		return true;
	case TLS_CHANGE_CIPHER_SPEC:
	case TLS_APPLICATION_DATA:
	case TLS_HEARTBEAT:
		payload->kind = PAYLOAD_TLS_OTHER;
		return true;
	}
	return false;
}

static bool
is_printable(uint8_t byte)
{
	return (byte >= 0x20 && byte < 0x7f) || byte == '\t';
}

/* Bytes of the first line, without its CR LF. */
static uint32_t
line_length(const uint8_t *bytes, uint32_t length)
{
	uint32_t end = 0;

	while (end < length && bytes[end] != '\n')
		end++;
	if (end > 0 && end < length && bytes[end - 1] == '\r')
		end--;
	return end;
}

static bool
starts_with(const uint8_t *bytes, uint32_t length, const char *word)
{
	uint32_t i = 0;

	while (word[i] != '\0' && i < length && bytes[i] == (uint8_t)word[i])
		i++;
	return word[i] == '\0';
}

/* Where word starts in bytes, or length if it does not. */
static uint32_t
find(const uint8_t *bytes, uint32_t length, const char *word)
{
	uint32_t at = 0;

	while (at < length && !starts_with(bytes + at, length - at, word))
		at++;
	return at;
}

static uint8_t
lower(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

static bool
is_host_header(const uint8_t *line, uint32_t length)
{
	static const char name[] = "host:";

	for (uint32_t i = 0; i < sizeof(name) - 1; i++)
		if (i == length || lower(line[i]) != (uint8_t)name[i])
			return false;
	return true;
}

/* Hands out the value of a Host header, of which the name is line's first 5 bytes. */
static void
set_host(struct payload *payload, const uint8_t *line, uint32_t length)
{
	enum { NAME_LENGTH = 5 };
	uint32_t start = NAME_LENGTH;

	while (start < length && (line[start] == ' ' || line[start] == '\t'))
		start++;
	while (length > start && (line[length - 1] == ' ' || line[length - 1] == '\t'))
		length--;
	if (length > start)
		set_text(payload, line + start, length - start);
}

/* Looks through the header lines that are whole, up to the empty one. */
static void
read_host(struct payload *payload, const uint8_t *bytes, uint32_t length)
{
	uint32_t at = find(bytes, length, "\n");

	while (at < length) {
		const uint8_t *line = bytes + ++at;
		uint32_t rest = length - at, end = find(line, rest, "\n");

		if (end == rest || line_length(line, rest) == 0)
			return;
		if (is_host_header(line, line_length(line, rest))) {
			set_host(payload, line, line_length(line, rest));
			return;
		}
		at += end;
	}
}

/* RFC 9112 3; a first line that is whole must name the protocol, since others (SIP, RTSP) share the
 * methods. */
static bool
is_http_request(const uint8_t *bytes, uint32_t length)
{
	static const char methods[][sizeof("CONNECT ")] = { "GET ",   "POST ",	  "PUT ",
							    "HEAD ",  "DELETE ",  "OPTIONS ",
							    "PATCH ", "CONNECT ", "TRACE ",
							    "PRI " };
	uint32_t line = line_length(bytes, length);

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (starts_with(bytes, length, methods[i]))
			return line == length || find(bytes, line, " HTTP/") < line;
	return false;
}

/* RFC 9112 4: the three digits behind the first space. */
static uint16_t
read_status(const uint8_t *bytes, uint32_t length)
{
	uint32_t line = line_length(bytes, length), at = find(bytes, line, " ") + 1;
	uint16_t status = 0;

	if (line < 3 || at > line - 3)
		return 0;
	for (uint32_t i = at; i < at + 3; i++) {
		if (bytes[i] < '0' || bytes[i] > '9')
			return 0;
		status = (uint16_t)(status * 10 + (bytes[i] - '0'));
	}
	return status;
}

static bool
is_text(const uint8_t *bytes, uint32_t line)
{
	for (uint32_t i = 0; i < line; i++)
		if (!is_printable(bytes[i]))
			return false;
	return line >= TEXT_MIN;
}

static void
read_text(struct payload *payload, const uint8_t *bytes, uint32_t length)
{
	uint32_t line = line_length(bytes, length);

	if (starts_with(bytes, length, "SSH-")) {
		payload->kind = PAYLOAD_SSH_BANNER;
		set_text(payload, bytes, line);
	} else if (starts_with(bytes, length, "HTTP/")) {
		payload->kind = PAYLOAD_HTTP_RESPONSE;
		payload->detail = read_status(bytes, length);
	} else if (is_http_request(bytes, length)) {
		payload->kind = PAYLOAD_HTTP_REQUEST;
		read_host(payload, bytes, length);
	} else if (is_text(bytes, line)) {
		payload->kind = PAYLOAD_TEXT;
		set_text(payload, bytes, line);
	}
}

struct payload
payload_classify(const uint8_t *bytes, size_t length)
{
	struct payload payload = { .kind = PAYLOAD_NONE };
	uint32_t looked_at = (uint32_t)(length < HEADERS_MAX ? length : HEADERS_MAX);

	if (length == 0)
		return payload;
	payload.kind = PAYLOAD_OPAQUE;
	if (!read_tls(&payload, bytes_make(bytes, looked_at, UINT16_MAX)))
		read_text(&payload, bytes, looked_at);
	return payload;
}
