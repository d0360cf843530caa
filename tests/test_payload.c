/* SPDX-License-Identifier: BSD-2-Clause */
/* What the first bytes of a half are taken for. */
#include "tests/wire.h"

#include "dissect/payload.h"

enum { VERSION_1_0 = 0x0301, VERSION_1_2 = 0x0303, VERSION_1_3 = 0x0304 };

/* Classifies bytes that stand at the very end of a block, so that a sanitizer sees what is read
 * beyond; the text, if any, is copied into ret_text. */
static struct payload
classify(const void *bytes, size_t length, char ret_text[static 256])
{
	uint8_t *copy = malloc(length > 0 ? length : 1);
	struct payload payload;

	assert_non_null(copy);
	memcpy(copy, bytes, length);
	payload = payload_classify(copy, length);
	assert_true(payload.text_length <= 255);
	if (payload.text != NULL) {
		assert_true(payload.text >= copy);
		assert_true(payload.text + payload.text_length <= copy + length);
		memcpy(ret_text, payload.text, payload.text_length);
	}
	ret_text[payload.text_length] = '\0';
	free(copy);
	return payload;
}

static void
assert_text_is(const char *bytes, enum payload_kind kind, const char *text)
{
	char found[256];
	struct payload payload = classify(bytes, strlen(bytes), found);

	assert_int_equal(payload.kind, kind);
	assert_string_equal(found, text);
	if (text[0] == '\0')
		assert_null(payload.text);
}

static void
assert_detail_is(const void *bytes, size_t length, enum payload_kind kind, unsigned detail)
{
	char text[256];
	struct payload payload = classify(bytes, length, text);

	assert_int_equal(payload.kind, kind);
	assert_int_equal(payload.detail, detail);
}

/* Puts a TLS record header whose length tls_end() fills in. */
static void
tls_begin(struct wire *wire, unsigned type, unsigned handshake)
{
	PUT(wire, (uint8_t)type, 3, 1, 0, 0);
	PUT(wire, (uint8_t)handshake, 0, 0, 0);
}

static void
tls_end(struct wire *wire)
{
	poke16(wire, 3, wire->length - 5);
	poke16(wire, 7, wire->length - 9);
}

/* A client hello up to its extensions, of extensions_length bytes, which the caller appends. */
static void
client_hello(struct wire *wire, unsigned version, unsigned extensions_length)
{
	tls_begin(wire, 22, 1);
	put16(wire, version);
	put_zeros(wire, 32);
	PUT(wire, 2, 0xab, 0xcd);	   /* session */
	PUT(wire, 0, 4, 0x13, 1, 0xc0, 1); /* ciphers */
	PUT(wire, 1, 0);		   /* compression */
	put16(wire, extensions_length);
}

static void
server_name(struct wire *wire, const char *name)
{
	unsigned length = (unsigned)strlen(name);

	put16(wire, 0);
	put16(wire, length + 5);
	put16(wire, length + 3);
	PUT(wire, 0);
	put16(wire, length);
	put_text(wire, name);
}

static void
a_client_hello_with_name_and_versions(void **state)
{
	struct wire wire = { 0 };
	char text[256];
	struct payload payload;

	(void)state;
	client_hello(&wire, VERSION_1_2, 8 + 20 + 11);
	PUT(&wire, 0x0a, 0x0a, 0, 4, 1, 2, 3, 4); /* an extension of no meaning */
	server_name(&wire, "www.example");
	PUT(&wire, 0, 43, 0, 7, 6, 0x7a, 0x7a, 3, 4, 3, 3);
	tls_end(&wire);
	payload = classify(wire.bytes, wire.length, text);
	assert_int_equal(payload.kind, PAYLOAD_TLS_CLIENT_HELLO);
	assert_int_equal(payload.tls_version, VERSION_1_3);
	assert_string_equal(text, "www.example");
}

static void
a_client_hello_cut_anywhere_is_still_a_hello(void **state)
{
	struct wire wire = { 0 };
	char text[256];

	(void)state;
	client_hello(&wire, VERSION_1_2, 16);
	server_name(&wire, "example");
	tls_end(&wire);
	for (uint32_t length = 0; length <= wire.length; length++) {
		struct payload payload = classify(wire.bytes, length, text);

		if (length >= 9)
			assert_int_equal(payload.kind, PAYLOAD_TLS_CLIENT_HELLO);
		if (length >= 11)
			assert_int_equal(payload.tls_version, VERSION_1_2);
		assert_string_equal(text, length == wire.length ? "example" : "");
	}
}

static void
an_old_client_hello_has_only_its_version(void **state)
{
	struct wire wire = { 0 };
	char text[256];
	struct payload payload;

	(void)state;
	client_hello(&wire, VERSION_1_0, 0);
	wire.length -= 2; /* no extensions at all */
	tls_end(&wire);
	payload = classify(wire.bytes, wire.length, text);
	assert_int_equal(payload.kind, PAYLOAD_TLS_CLIENT_HELLO);
	assert_int_equal(payload.tls_version, VERSION_1_0);
	assert_null(payload.text);
}

static void
drafts_of_tls_1_3_count_as_it(void **state)
{
	struct wire wire = { 0 };
	char text[256];

	(void)state;
	client_hello(&wire, VERSION_1_2, 7);
	PUT(&wire, 0, 43, 0, 3, 2, 0x7f, 28);
	tls_end(&wire);
	assert_int_equal(classify(wire.bytes, wire.length, text).tls_version, VERSION_1_3);
}

static void
server_hello(struct wire *wire, unsigned extensions_length)
{
	tls_begin(wire, 22, 2);
	put16(wire, VERSION_1_2);
	put_zeros(wire, 32);
	PUT(wire, 0, 0x13, 0x01, 0);
	put16(wire, extensions_length);
}

static void
a_server_hello_names_its_choice(void **state)
{
	struct wire old = { 0 }, new = { 0 };
	char text[256];
	struct payload payload;

	(void)state;
	server_hello(&old, 0);
	tls_end(&old);
	payload = classify(old.bytes, old.length, text);
	assert_int_equal(payload.kind, PAYLOAD_TLS_SERVER_HELLO);
	assert_int_equal(payload.tls_version, VERSION_1_2);
	server_hello(&new, 6);
	PUT(&new, 0, 43, 0, 2, 3, 4);
	tls_end(&new);
	payload = classify(new.bytes, new.length, text);
	assert_int_equal(payload.kind, PAYLOAD_TLS_SERVER_HELLO);
	assert_int_equal(payload.tls_version, VERSION_1_3);
}

static void
a_server_hello_followed_by_more_is_read_alone(void **state)
{
	static const uint8_t extension[] = { 0, 43, 0, 2, 3, 4 };
	struct wire record = { 0 }, message = { 0 }, split = { 0 };
	char text[256];

	(void)state;
	server_hello(&record, sizeof(extension)); /* its own length is the one that lies */
	tls_end(&record);
	put(&record, extension, sizeof(extension));
	assert_int_equal(classify(record.bytes, record.length, text).tls_version, VERSION_1_2);
	server_hello(&message, sizeof(extension));
	tls_end(&message);
	put(&message, extension, sizeof(extension));
	poke16(&message, 3, message.length - 5);
	assert_int_equal(classify(message.bytes, message.length, text).tls_version, VERSION_1_2);
	server_hello(&split, sizeof(extension));
	tls_end(&split);
	put(&split, extension, sizeof(extension)); /* the next record, though the message goes on */
	poke16(&split, 7, split.length - 9);
	assert_int_equal(classify(split.bytes, split.length, text).tls_version, VERSION_1_2);
}

static void
other_tls_records(void **state)
{
	static const uint8_t certificate[] = { 22, 3, 3, 0, 8, 11, 0, 0, 4, 0, 0, 1, 0 };
	static const uint8_t cipher_change[] = { 20, 3, 3, 0, 1, 1 };
	static const uint8_t data[] = { 23, 3, 3, 0, 2, 0xde, 0xad };

	(void)state;
	assert_detail_is(certificate, sizeof(certificate), PAYLOAD_TLS_HANDSHAKE, 0);
	assert_detail_is(certificate, 6, PAYLOAD_TLS_HANDSHAKE, 0);
	assert_detail_is(cipher_change, sizeof(cipher_change), PAYLOAD_TLS_OTHER, 0);
	assert_detail_is(data, sizeof(data), PAYLOAD_TLS_OTHER, 0);
}

static void
alerts_in_the_clear_and_encrypted(void **state)
{
	static const uint8_t fatal[] = { 21, 3, 3, 0, 2, 2, 40 };
	static const uint8_t warning[] = { 21, 3, 1, 0, 2, 1, 0 };
	static const uint8_t encrypted[] = { 21, 3, 3, 0, 26, 2, 40, 1, 2, 3 };
	static const uint8_t level[] = { 21, 3, 3, 0, 2, 3, 40 };

	(void)state;
	assert_detail_is(fatal, sizeof(fatal), PAYLOAD_TLS_ALERT, 0x0228);
	assert_detail_is(warning, sizeof(warning), PAYLOAD_TLS_ALERT, 0x0100);
	assert_detail_is(encrypted, sizeof(encrypted), PAYLOAD_TLS_OTHER, 0);
	assert_detail_is(level, sizeof(level), PAYLOAD_TLS_OTHER, 0);
	assert_detail_is(fatal, 6, PAYLOAD_TLS_OTHER, 0);
}

static void
what_only_resembles_tls_is_opaque(void **state)
{
	static const uint8_t version[] = { 22, 4, 1, 0, 4, 1, 0, 0, 0 };
	static const uint8_t empty[] = { 22, 3, 1, 0, 0 };
	static const uint8_t huge[] = { 22, 3, 1, 0xff, 0xff, 1, 0, 0, 0 };
	static const uint8_t type[] = { 25, 3, 1, 0, 4, 1, 0, 0, 0 };
	static const uint8_t ssl2[] = { 0x80, 0x2e, 1, 3, 1, 0, 0x15, 0, 0, 0, 0x10 };

	(void)state;
	assert_detail_is(version, sizeof(version), PAYLOAD_OPAQUE, 0);
	assert_detail_is(empty, sizeof(empty), PAYLOAD_OPAQUE, 0);
	assert_detail_is(huge, sizeof(huge), PAYLOAD_OPAQUE, 0);
	assert_detail_is(type, sizeof(type), PAYLOAD_OPAQUE, 0);
	assert_detail_is(ssl2, sizeof(ssl2), PAYLOAD_OPAQUE, 0);
}

static void
a_name_longer_than_its_list_is_none(void **state)
{
	struct wire wire = { 0 };
	char text[256];

	(void)state;
	client_hello(&wire, VERSION_1_2, 13);
	PUT(&wire, 0, 0, 0, 9, 0, 7, 0, 0, 200, 'a', 'b', 'c', 'd');
	tls_end(&wire);
	assert_int_equal(classify(wire.bytes, wire.length, text).kind, PAYLOAD_TLS_CLIENT_HELLO);
	assert_string_equal(text, "");
}

static void
ssh_banners(void **state)
{
	(void)state;
	assert_text_is("SSH-2.0-OpenSSH_9.2\r\n\x00\x00\x05", PAYLOAD_SSH_BANNER,
		       "SSH-2.0-OpenSSH_9.2");
	assert_text_is("SSH-1.99-x\n", PAYLOAD_SSH_BANNER, "SSH-1.99-x");
	assert_text_is("SSH-2.0-cut", PAYLOAD_SSH_BANNER, "SSH-2.0-cut");
}

static void
every_http_method(void **state)
{
	static const char *const methods[] = { "GET",	  "POST",  "PUT",     "HEAD",  "DELETE",
					       "OPTIONS", "PATCH", "CONNECT", "TRACE", "PRI" };
	char request[64];

	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		strcpy(request, methods[i]);
		strcat(request, " / HTTP/1.1\r\n\r\n");
		assert_text_is(request, PAYLOAD_HTTP_REQUEST, "");
	}
}

static void
the_host_of_a_request(void **state)
{
	(void)state;
	assert_text_is("GET / HTTP/1.1\r\nAccept: */*\r\nhOST:  example.org:8080 \r\n\r\n",
		       PAYLOAD_HTTP_REQUEST, "example.org:8080");
	assert_text_is("GET / HTTP/1.0\nHost: a\n\n", PAYLOAD_HTTP_REQUEST, "a");
	assert_text_is("GET / HTTP/1.1\r\nHost: exam", PAYLOAD_HTTP_REQUEST, "");
	assert_text_is("POST / HTTP/1.1\r\nX: y\r\n\r\nHost: body\r\n", PAYLOAD_HTTP_REQUEST, "");
	assert_text_is("GET / HTTP/1.1\r\nHost:\r\n\r\n", PAYLOAD_HTTP_REQUEST, "");
	assert_text_is("GET /very/long/path/that/is/cu", PAYLOAD_HTTP_REQUEST, "");
}

static void
other_protocols_with_the_same_methods_are_text(void **state)
{
	(void)state;
	assert_text_is("OPTIONS rtsp://example/ RTSP/1.0\r\n\r\n", PAYLOAD_TEXT,
		       "OPTIONS rtsp://example/ RTSP/1.0");
	assert_text_is("GETTING started\r\n", PAYLOAD_TEXT, "GETTING started");
}

static void
the_status_of_a_response(void **state)
{
	static const char ok[] = "HTTP/1.1 200 OK\r\n", bare[] = "HTTP/1.1 503",
			  cut[] = "HTTP/1.1 50", words[] = "HTTP/1.1 OK\r\n\r\n200",
			  version[] = "HTTP/";

	(void)state;
	assert_detail_is(ok, sizeof(ok) - 1, PAYLOAD_HTTP_RESPONSE, 200);
	assert_detail_is(bare, sizeof(bare) - 1, PAYLOAD_HTTP_RESPONSE, 503);
	assert_detail_is(cut, sizeof(cut) - 1, PAYLOAD_HTTP_RESPONSE, 0);
	assert_detail_is(words, sizeof(words) - 1, PAYLOAD_HTTP_RESPONSE, 0);
	assert_detail_is(version, sizeof(version) - 1, PAYLOAD_HTTP_RESPONSE, 0);
}

static void
a_printable_line_is_text(void **state)
{
	(void)state;
	assert_text_is("220 mail.example ESMTP\r\n", PAYLOAD_TEXT, "220 mail.example ESMTP");
	assert_text_is("+OK\tready", PAYLOAD_TEXT, "+OK\tready");
	assert_text_is("abc\n", PAYLOAD_OPAQUE, "");
	assert_text_is("ab\x01"
		       "defg\n",
		       PAYLOAD_OPAQUE, "");
	assert_text_is("caf\xc3\xa9 au lait\n", PAYLOAD_OPAQUE, "");
	assert_text_is("\r\nlate\r\n", PAYLOAD_OPAQUE, "");
}

static void
long_text_is_cut(void **state)
{
	char line[400], text[256];
	struct payload payload;

	(void)state;
	memset(line, 'x', sizeof(line));
	payload = classify(line, sizeof(line), text);
	assert_int_equal(payload.kind, PAYLOAD_TEXT);
	assert_int_equal(payload.text_length, 255);
}

static void
nothing_is_none(void **state)
{
	struct payload payload = payload_classify(NULL, 0);

	(void)state;
	assert_int_equal(payload.kind, PAYLOAD_NONE);
	assert_null(payload.text);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_hello_with_name_and_versions),
		cmocka_unit_test(a_client_hello_cut_anywhere_is_still_a_hello),
		cmocka_unit_test(an_old_client_hello_has_only_its_version),
		cmocka_unit_test(drafts_of_tls_1_3_count_as_it),
		cmocka_unit_test(a_server_hello_names_its_choice),
		cmocka_unit_test(a_server_hello_followed_by_more_is_read_alone),
		cmocka_unit_test(other_tls_records),
		cmocka_unit_test(alerts_in_the_clear_and_encrypted),
		cmocka_unit_test(what_only_resembles_tls_is_opaque),
		cmocka_unit_test(a_name_longer_than_its_list_is_none),
		cmocka_unit_test(ssh_banners),
		cmocka_unit_test(every_http_method),
		cmocka_unit_test(the_host_of_a_request),
		cmocka_unit_test(other_protocols_with_the_same_methods_are_text),
		cmocka_unit_test(the_status_of_a_response),
		cmocka_unit_test(a_printable_line_is_text),
		cmocka_unit_test(long_text_is_cut),
		cmocka_unit_test(nothing_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
