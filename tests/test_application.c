/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of what is heard of TLS, SSH and HTTP, however the bytes are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/application_talk.h"

/* A part of a conversation: who says it, and what. */
struct part {
	enum direction dir;
	uint8_t bytes[1024];
	size_t length;
};

static uint8_t *
put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return at + 2;
}

static void
add_text(struct part *part, const char *text)
{
	memcpy(part->bytes + part->length, text, strlen(text));
	part->length += strlen(text);
}

static void
add_record(struct part *part, uint8_t type, const uint8_t *body, size_t length)
{
	uint8_t *at = part->bytes + part->length;
	*at++ = type;
	at = put16(at, 0x0303);
	at = put16(at, length);
	if (body != NULL)
		memcpy(at, body, length);
	else
		memset(at, 0xaa, length);
	part->length += 5 + length;
}

/* A hello with another extension, the name and the versions, in records of at most split bytes. */
static void
add_hello(struct part *part, bool client, const char *name, const char *versions, size_t split)
{
	uint8_t body[512] = { client ? 1 : 2 }, *at = body + 4;
	at = put16(at, 0x0303);
	memset(at, 0x55, 32);
	at += 32;
	*at++ = 3; /* session */
	memset(at, 0x66, 3);
	at += 3;
	if (client) {
		at = put16(at, 4);
		at = put16(put16(at, 0x1301), 0xc02f);
		at = put16(at, 0x0100);
	} else {
		at = put16(at, 0xc02f);
		*at++ = 0;
	}
	uint8_t *extensions = at;
	at = put16(put16(at + 2, 0xff01), 1);
	*at++ = 0;
	if (name != NULL) {
		size_t length = strlen(name);
		at = put16(put16(put16(at, 0), length + 5), length + 3);
		*at++ = 0;
		at = put16(at, length);
		memcpy(at, name, length);
		at += length;
	}
	if (versions != NULL) {
		size_t length = strlen(versions) / 4 * 2;
		at = put16(put16(at, 43), length + client);
		if (client)
			*at++ = (uint8_t)length;
		for (size_t i = 0; i < length / 2; i++) {
			char digits[5] = { 0 };
			memcpy(digits, versions + 4 * i, 4);
			at = put16(at, strtoul(digits, NULL, 16));
		}
	}
	put16(extensions, (size_t)(at - extensions) - 2);
	size_t length = (size_t)(at - body);
	put16(body + 2, length - 4);
	for (size_t from = 0; from < length; from += split)
		add_record(part, 22, body + from, length - from < split ? length - from : split);
}

static void
add_alert(struct part *part, uint8_t level, uint8_t description)
{
	const uint8_t alert[2] = { level, description };
	add_record(part, 21, alert, sizeof(alert));
}

/* lists: the eight name-lists, separated by spaces. */
static void
add_kexinit(struct part *part, const char *lists)
{
	uint8_t *begin = part->bytes + part->length, *at = begin + 6 + 16;
	memset(begin, 0, 22);
	while (*lists != '\0') {
		size_t length = strcspn(lists, " ");
		at = put16(put16(at, 0), length);
		memcpy(at, lists, length);
		at += length;
		lists += length + (lists[length] == ' ');
	}
	memset(at, 0, 13 + 7);
	at += 13 + 7;
	put16(begin + 2, (size_t)(at - begin) - 4);
	begin[4] = 7;
	begin[5] = 20;
	part->length += (size_t)(at - begin);
}

static void
add_newkeys(struct part *part)
{
	static const uint8_t packet[16] = { 0, 0, 0, 12, 10, 21 };
	memcpy(part->bytes + part->length, packet, sizeof(packet));
	part->length += sizeof(packet);
}

/* Says the parts, each cut into two at the given place of the whole, or into single bytes. */
static void
converse(const struct part *parts, size_t count, size_t cut, bool singly, struct heard *ret_heard)
{
	struct saying saying;
	saying_init(&saying);
	size_t passed = 0;
	for (size_t i = 0; i < count; i++) {
		const struct part *part = &parts[i];
		size_t first =
			cut > passed && cut < passed + part->length ? cut - passed : part->length;
		for (size_t j = 0; singly && j < part->length; j++)
			say(&saying, part->dir, part->bytes + j, 1, 1);
		if (!singly) {
			say(&saying, part->dir, part->bytes, first, first);
			say(&saying, part->dir, part->bytes + first, part->length - first,
			    part->length - first);
		}
		passed += part->length;
	}
	hear(&saying, ret_heard);
	saying_release(&saying);
}

/* Says it in every cut, demands that the same is heard, and returns that. */
static struct heard
heard_in_all_cuts(const struct part *parts, size_t count)
{
	struct heard whole, heard;
	size_t length = 0;
	for (size_t i = 0; i < count; i++)
		length += parts[i].length;
	converse(parts, count, 0, false, &whole);
	for (size_t cut = 1; cut < length; cut++) {
		converse(parts, count, cut, false, &heard);
		assert_memory_equal(&heard, &whole, sizeof(heard));
	}
	converse(parts, count, 0, true, &heard);
	assert_memory_equal(&heard, &whole, sizeof(heard));
	return whole;
}

static void
test_tls12_session(void **state)
{
	(void)state;
	struct part parts[5] = { { .dir = TO_SERVER },
				 { .dir = TO_CLIENT },
				 { .dir = TO_SERVER },
				 { .dir = TO_CLIENT },
				 { .dir = TO_SERVER } };
	add_hello(&parts[0], true, "www.example.org", NULL, 512);
	add_hello(&parts[1], false, NULL, NULL, 512);
	add_record(&parts[1], 22,
		   (const uint8_t *)"\x0b\0\0\x03"
				    "abc\x0e\0\0\0",
		   11);
	add_record(&parts[2], 22, (const uint8_t *)"\x10\0\0\x02xy", 6);
	add_record(&parts[2], 20, (const uint8_t *)"\1", 1);
	add_record(&parts[2], 22, NULL, 40);
	add_record(&parts[3], 20, (const uint8_t *)"\1", 1);
	add_record(&parts[3], 22, NULL, 40);
	add_record(&parts[4], 23, NULL, 200);
	add_record(&parts[4], 21, NULL, 26);
	struct heard heard = heard_in_all_cuts(parts, 5);
	assert_int_equal(heard.protocol[TO_SERVER], PROTOCOL_TLS);
	assert_int_equal(heard.protocol[TO_CLIENT], PROTOCOL_TLS);
	assert_true(heard.hello_complete[TO_SERVER] && heard.hello_complete[TO_CLIENT]);
	assert_int_equal(heard.version[TO_CLIENT], 0x0303);
	assert_int_equal(heard.text_length[TO_SERVER], strlen("www.example.org"));
	assert_memory_equal(heard.text[TO_SERVER], "www.example.org", strlen("www.example.org"));
	assert_int_equal(heard.encrypted[TO_SERVER], 3);
	assert_int_equal(heard.encrypted[TO_CLIENT], 1);
	assert_int_equal(heard.alert, 0);
	assert_string_equal(heard.stage, "tls-encrypted");
}

static void
test_tls13_versions_and_records(void **state)
{
	(void)state;
	struct part parts[4] = { { .dir = TO_SERVER },
				 { .dir = TO_CLIENT },
				 { .dir = TO_SERVER },
				 { .dir = TO_CLIENT } };
	add_hello(&parts[0], true, "a.example", "6a6a030403037f1c", 70); /* in several records */
	add_hello(&parts[1], false, NULL, "0304", 512);
	add_record(&parts[1], 20, (const uint8_t *)"\1", 1);
	add_record(&parts[1], 23, NULL, 300);
	add_record(&parts[2], 20, (const uint8_t *)"\1", 1);
	add_record(&parts[2], 23, NULL, 25);
	add_record(&parts[2], 23, NULL, 69);
	add_record(&parts[3], 23, NULL, 19);
	struct heard heard = heard_in_all_cuts(parts, 4);
	assert_int_equal(heard.version[TO_SERVER], 0x0304);
	assert_int_equal(heard.version[TO_CLIENT], 0x0304);
	assert_int_equal(heard.first_length[TO_SERVER], 25);
	assert_int_equal(heard.encrypted[TO_CLIENT], 2);
	assert_int_equal(heard.after_finished[TO_CLIENT], 1);
	assert_int_equal(heard.last_length[TO_CLIENT], 19);
	assert_true(heard.has_name);
}

static void
test_tls_alerts(void **state)
{
	(void)state;
	struct part parts[2] = { { .dir = TO_SERVER }, { .dir = TO_CLIENT } };
	add_hello(&parts[0], true, NULL, NULL, 512);
	add_alert(&parts[1], 1, 112);
	add_alert(&parts[1], 2, 40);
	add_alert(&parts[1], 2, 80);
	struct heard heard = heard_in_all_cuts(parts, 2);
	assert_int_equal(heard.alert, 2 << 8 | 40); /* the first fatal one */
	assert_false(heard.has_name);
	assert_true(heard.hello_complete[TO_SERVER]);
	assert_string_equal(heard.stage, "tls-client-hello");
}

/* After encrypted records two bytes are no readable alert; before them nothing else is. */
static void
test_encrypted_alert_is_not_read(void **state)
{
	(void)state;
	struct part parts[3] = { { .dir = TO_SERVER }, { .dir = TO_CLIENT }, { .dir = TO_SERVER } };
	add_hello(&parts[0], true, NULL, NULL, 512);
	add_hello(&parts[1], false, NULL, NULL, 512);
	add_record(&parts[2], 20, (const uint8_t *)"\1", 1);
	add_record(&parts[2], 22, NULL, 40);
	add_alert(&parts[2], 2, 48);
	struct heard heard = heard_in_all_cuts(parts, 3);
	assert_int_equal(heard.alert, 0);
	assert_int_equal(heard.encrypted[TO_SERVER], 2);
}

#define LISTS "kex-a,kex-b ssh-ed25519 aes128-ctr aes128-ctr hmac-a hmac-a none none"

static void
test_ssh_offers_that_fit(void **state)
{
	(void)state;
	struct part parts[4] = { { .dir = TO_CLIENT },
				 { .dir = TO_SERVER },
				 { .dir = TO_CLIENT },
				 { .dir = TO_SERVER } };
	add_text(&parts[0], "Hello there\r\nSSH-2.0-Server\r\n");
	add_text(&parts[1], "SSH-2.0-Client\r\n");
	add_kexinit(&parts[1], LISTS);
	add_kexinit(&parts[2], LISTS);
	add_newkeys(&parts[2]);
	add_newkeys(&parts[3]);
	add_text(&parts[3], "\x93\x01\xff encrypted");
	struct heard heard = heard_in_all_cuts(parts, 4);
	assert_int_equal(heard.protocol[TO_CLIENT], PROTOCOL_SSH);
	assert_int_equal(heard.text_length[TO_CLIENT], strlen("SSH-2.0-Server"));
	assert_true(heard.compared);
	assert_false(heard.mismatch);
	assert_string_equal(heard.stage, "ssh-encrypted");
}

static void
test_ssh_offers_that_do_not_fit(void **state)
{
	(void)state;
	static const struct {
		const char *client, *server;
		bool mismatch;
		enum ssh_list list;
	} cases[] = {
		{ "a,ext-info-c h c c m m n n", "b,ext-info-c h c c m m n n", true, SSH_KEX },
		{ "a h1 c c m m n n", "a h2 c c m m n n", true, SSH_HOSTKEY },
		{ "a h c1 c m m n n", "a h c2 c m m n n", true, SSH_CIPHER_C2S },
		{ "a h c c1 m m n n", "a h c c2 m m n n", true, SSH_CIPHER_S2C },
		{ "a h c c m1 m n n", "a h c c m2 m n n", true, SSH_MAC_C2S },
		{ "a h c c m m1 n n", "a h c c m m2 n n", true, SSH_MAC_S2C },
		{ "a h c c m m z n", "a h c c m m n n", true, SSH_COMPRESSION_C2S },
		{ "a h c c m m n z", "a h c c m m n n", true, SSH_COMPRESSION_S2C },
		{ "a h aes128-gcm@openssh.com c m1 m n n", "a h aes128-gcm@openssh.com c m2 m n n",
		  false, SSH_KEX },
		{ "a,ab h c c m m n n", "abc,ab h c c m m n n", false, SSH_KEX },
		{ "a h c c m m n n", "ab h c c m m n n", true, SSH_KEX },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct part parts[2] = { { .dir = TO_CLIENT }, { .dir = TO_SERVER } };
		add_text(&parts[0], "SSH-2.0-S\n");
		add_kexinit(&parts[0], cases[i].server);
		add_text(&parts[1], "SSH-2.0-C\r\n");
		add_kexinit(&parts[1], cases[i].client);
		struct heard heard = heard_in_all_cuts(parts, 2);
		assert_true(heard.compared);
		assert_int_equal(heard.mismatch, cases[i].mismatch);
		assert_int_equal(heard.list, cases[i].list);
	}
}

static void
test_http(void **state)
{
	(void)state;
	struct part parts[2] = { { .dir = TO_SERVER }, { .dir = TO_CLIENT } };
	add_text(&parts[0], "GET /x HTTP/1.1\r\nAccept: */*\r\nHOST: example.org \r\n\r\n");
	add_text(&parts[1], "HTTP/1.1 400 Bad Request\r\nContent-Length: 77\r\nX: y\r\n\r\n"
			    "HTTPS HTThe plain HTTP request was sent to HHTTPS port");
	struct heard heard = heard_in_all_cuts(parts, 2);
	assert_int_equal(heard.status, 400);
	assert_int_equal(heard.content_length, 77);
	assert_int_equal(heard.header_end, 54);
	assert_true(heard.wants_tls);
	assert_false(heard.head);
	assert_int_equal(heard.text_length[TO_SERVER], strlen("example.org"));
	assert_string_equal(heard.stage, "http-response");
}

static void
test_text_and_other(void **state)
{
	(void)state;
	struct part parts[2] = { { .dir = TO_SERVER }, { .dir = TO_CLIENT } };
	add_hello(&parts[0], true, "m.example", NULL, 512);
	add_text(&parts[1], "220 mail.example ESMTP\r\n250 ok\r\n");
	struct heard heard = heard_in_all_cuts(parts, 2);
	assert_int_equal(heard.protocol[TO_CLIENT], PROTOCOL_TEXT);
	assert_int_equal(heard.text_length[TO_CLIENT], strlen("220 mail.example ESMTP"));
	parts[1].length = 0;
	add_text(&parts[1], "\x16\x03\x09\xff garbage");
	heard = heard_in_all_cuts(parts, 2);
	assert_int_equal(heard.protocol[TO_CLIENT], PROTOCOL_UNKNOWN); /* or other */
	assert_string_equal(heard.stage, "tls-client-hello");
}

/* What is missing is not made up: a gap, a cut, bytes that begin late. */
static void
test_gaps(void **state)
{
	(void)state;
	struct part hello = { .dir = TO_SERVER }, answer = { .dir = TO_CLIENT };
	add_hello(&hello, true, "www.example.org", NULL, 512);
	add_alert(&answer, 2, 40);
	for (size_t cut = 1; cut < hello.length; cut++) {
		struct saying saying;
		saying_init(&saying);
		say(&saying, TO_SERVER, hello.bytes, hello.length, cut);
		say(&saying, TO_CLIENT, answer.bytes, answer.length, answer.length);
		const struct application_half *half = &saying.flow->application->half[TO_SERVER];
		assert_true(half->gap);
		assert_false(half->protocol == PROTOCOL_TLS && half->tls.hello_complete);
		assert_int_equal(application_alert(saying.flow), 2 << 8 | 40);
		saying_release(&saying);

		saying_init(&saying);
		say(&saying, TO_SERVER, hello.bytes, cut, cut);
		say_unseen(&saying, TO_SERVER, 1);
		say(&saying, TO_SERVER, hello.bytes + cut, hello.length - cut, hello.length - cut);
		half = &saying.flow->application->half[TO_SERVER];
		assert_true(half->gap);
		assert_false(half->protocol == PROTOCOL_TLS && half->tls.hello_complete);
		saying_release(&saying);
	}
}

/* Bytes that were read already are passed over, however they overlap. */
static void
test_resent_bytes(void **state)
{
	(void)state;
	struct part hello = { .dir = TO_SERVER };
	add_hello(&hello, true, "www.example.org", NULL, 512);
	for (size_t cut = 8; cut < hello.length; cut++) {
		struct saying saying;
		saying_init(&saying);
		say(&saying, TO_SERVER, hello.bytes, cut, cut);
		saying.seq[TO_SERVER] -= 7;
		say(&saying, TO_SERVER, hello.bytes + cut - 7, hello.length - cut + 7,
		    hello.length - cut + 7);
		saying.seq[TO_SERVER] -= (uint32_t)hello.length;
		say(&saying, TO_SERVER, hello.bytes, hello.length, hello.length);
		struct heard heard;
		hear(&saying, &heard);
		assert_true(heard.hello_complete[TO_SERVER]);
		assert_int_equal(heard.text_length[TO_SERVER], strlen("www.example.org"));
		saying_release(&saying);
	}
}

/* Every length in a hello, changed at will, is survived. */
static void
test_damaged_hellos(void **state)
{
	(void)state;
	struct part hello = { .dir = TO_SERVER };
	add_hello(&hello, true, "www.example.org", "03040303", 512);
	for (size_t at = 0; at < hello.length; at++) {
		for (unsigned value = 0; value < 256; value += 15) {
			struct part damaged = hello;
			struct heard heard;
			damaged.bytes[at] = (uint8_t)value;
			converse(&damaged, 1, 0, false, &heard);
			assert_true(heard.text_length[TO_SERVER] <= APPLICATION_TEXT_MAX);
		}
	}
}

/* Offers longer than there is room for prove nothing. */
static void
test_long_offers(void **state)
{
	(void)state;
	struct saying saying;
	static uint8_t bytes[6000];
	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, "SSH-2.0-S\n", 10);
	memset(bytes + 10, 0, 22 + 4);
	put16(bytes + 12, sizeof(bytes) - 14);
	bytes[14] = 4;
	bytes[15] = 20;
	put16(bytes + 34, 5000);
	saying_init(&saying);
	for (int dir = TO_SERVER; dir <= TO_CLIENT; dir++)
		say(&saying, (enum direction)dir, bytes, sizeof(bytes), sizeof(bytes));
	struct heard heard;
	hear(&saying, &heard);
	assert_true(heard.kexinit[TO_SERVER] && heard.kexinit[TO_CLIENT]);
	assert_true(heard.compared);
	assert_false(heard.mismatch);
	saying_release(&saying);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tls12_session),
		cmocka_unit_test(test_tls13_versions_and_records),
		cmocka_unit_test(test_tls_alerts),
		cmocka_unit_test(test_encrypted_alert_is_not_read),
		cmocka_unit_test(test_ssh_offers_that_fit),
		cmocka_unit_test(test_ssh_offers_that_do_not_fit),
		cmocka_unit_test(test_http),
		cmocka_unit_test(test_text_and_other),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_resent_bytes),
		cmocka_unit_test(test_damaged_hellos),
		cmocka_unit_test(test_long_offers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
