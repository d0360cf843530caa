/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP errors: who says it, about which segment, and how little of it may be quoted. */
#include "tests/wire.h"

enum { ICMP_AT = 20, QUOTE_AT = 28, QUOTED_TCP_AT = QUOTE_AT + 20 };

/* An ICMP error that quotes a whole segment; the last word of its header is rest. */
static void
error4(struct wire *wire, unsigned type, unsigned code, uint32_t rest)
{
	ip4(wire, IP_ICMP);
	PUT(wire, (uint8_t)type, (uint8_t)code, 0, 0);
	put32(wire, rest);
	ip4(wire, IP_TCP);
	tcp(wire, TCP_SYN);
	put_text(wire, "data");
	wire_seal(wire);
	wire->bytes[12] = 10; /* the router is not the quoted sender */
}

static void
error6(struct wire *wire, unsigned type, unsigned code, uint32_t rest)
{
	ip6(wire, IP_ICMP6);
	PUT(wire, (uint8_t)type, (uint8_t)code, 0, 0);
	put32(wire, rest);
	ip6(wire, IP_TCP);
	tcp(wire, TCP_ACK);
	wire_seal(wire);
	wire->bytes[8] = 0xfd;
}

static void
dissect(const struct wire *wire, struct packet *ret_packet)
{
	assert_int_equal(wire_dissect(wire, LINK_RAW, ret_packet), DISSECT_OK);
	assert_int_equal(ret_packet->kind, PACKET_ICMP_ERROR);
	wire_cut_everywhere(wire, LINK_RAW);
}

static void
an_error_names_its_sender_and_the_segment(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	error4(&wire, 3, 13, 0);
	dissect(&wire, &packet);
	assert_int_equal(packet.icmp_type, 3);
	assert_int_equal(packet.icmp_code, 13);
	assert_int_equal(packet.ip_version, 4);
	assert_true(packet.src.lo == 0xffff0a000201);
	assert_true(packet.quoted_src.hi == 0 && packet.quoted_src.lo == 0xffffc0000201);
	assert_true(packet.quoted_dst.lo == 0xffffc6336402);
	assert_int_equal(packet.src_port, CLIENT_PORT);
	assert_int_equal(packet.dst_port, SERVER_PORT);
	assert_int_equal(packet.seq, CLIENT_SEQ);
	assert_true(packet.has_quoted_flags);
	assert_int_equal(packet.ack, CLIENT_ACK);
	assert_int_equal(packet.flags, TCP_SYN);
	assert_int_equal(packet.payload_length, 4);
	assert_int_equal(packet.icmp_mtu, 0);
}

static void
an_error_of_ip6(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	error6(&wire, 1, 4, 0);
	dissect(&wire, &packet);
	assert_int_equal(packet.icmp_type, 1);
	assert_int_equal(packet.icmp_code, 4);
	assert_true(packet.src.hi == 0xfd010db800000000);
	assert_true(packet.quoted_src.hi == 0x20010db800000000 && packet.quoted_src.lo == 1);
	assert_true(packet.quoted_dst.lo == 2);
	assert_int_equal(packet.seq, CLIENT_SEQ);
	assert_int_equal(packet.flags, TCP_ACK);
}

static void
every_error_type_and_no_other(void **state)
{
	static const bool errors4[256] = { [3] = true, [4] = true, [11] = true, [12] = true };
	static const bool errors6[256] = { [1] = true, [2] = true, [3] = true, [4] = true };

	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		struct wire four = { 0 }, six = { 0 };
		struct packet packet;

		error4(&four, type, 0, 0);
		assert_int_equal(wire_dissect(&four, LINK_RAW, &packet), DISSECT_OK);
		assert_int_equal(packet.kind, errors4[type] ? PACKET_ICMP_ERROR : PACKET_NOT_TCP);
		error6(&six, type, 0, 0);
		assert_int_equal(wire_dissect(&six, LINK_RAW, &packet), DISSECT_OK);
		assert_int_equal(packet.kind, errors6[type] ? PACKET_ICMP_ERROR : PACKET_NOT_TCP);
	}
}

static void
next_hop_mtu_of_both_versions(void **state)
{
	struct wire four = { 0 }, other = { 0 }, six = { 0 };
	struct packet packet;

	(void)state;
	error4(&four, 3, 4, 0xaaaa0578);
	dissect(&four, &packet);
	assert_int_equal(packet.icmp_mtu, 1400);
	error4(&other, 3, 1, 0xaaaa0578);
	dissect(&other, &packet);
	assert_int_equal(packet.icmp_mtu, 0);
	error6(&six, 2, 0, 0x00010500);
	dissect(&six, &packet);
	assert_int_equal(packet.icmp_mtu, 0x10500);
}

static void
eight_quoted_bytes_suffice(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	error4(&wire, 11, 0, 0);
	wire.length = QUOTED_TCP_AT + 8;
	poke16(&wire, 2, wire.length);
	dissect(&wire, &packet);
	assert_int_equal(packet.src_port, CLIENT_PORT);
	assert_int_equal(packet.seq, CLIENT_SEQ);
	assert_false(packet.has_quoted_flags);
	assert_int_equal(packet.flags, 0);
	assert_int_equal(packet.payload_length, 0);
}

static void
seven_quoted_bytes_do_not(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	error4(&wire, 11, 0, 0);
	wire.length = QUOTED_TCP_AT + 7;
	poke16(&wire, 2, wire.length);
	assert_status(&wire, LINK_RAW, DISSECT_MALFORMED);
}

static void
a_quoted_length_may_lie(void **state)
{
	static const uint16_t lies[] = { 0, 1, 19, 20, 30, 0xffff, 0x2c00 };

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct wire wire = { 0 };
		struct packet packet;

		error4(&wire, 3, 1, 0);
		poke16(&wire, QUOTE_AT + 2, lies[i]);
		dissect(&wire, &packet);
		assert_int_equal(packet.seq, CLIENT_SEQ);
		assert_true(packet.has_quoted_flags);
	}
}

static void
the_quoted_length_is_believed_over_the_quoted_bytes(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	error4(&wire, 3, 4, 1400);
	poke16(&wire, QUOTE_AT + 2, 1500);
	dissect(&wire, &packet);
	assert_int_equal(packet.payload_length, 1460);
}

static void
zeros_where_flags_should_be_are_no_flags(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	error4(&wire, 3, 1, 0);
	memset(wire.bytes + QUOTED_TCP_AT + 8, 0, 16);
	dissect(&wire, &packet);
	assert_false(packet.has_quoted_flags);
	assert_int_equal(packet.flags, 0);
}

static void
a_quote_of_another_protocol_is_not_tcp(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	error4(&wire, 3, 3, 0);
	wire.bytes[QUOTE_AT + 9] = IP_UDP;
	assert_not_tcp(&wire, LINK_RAW);
}

static void
a_quoted_first_fragment_is_about_the_segment(void **state)
{
	struct wire first = { 0 }, later = { 0 };
	struct packet packet;

	(void)state;
	error4(&first, 11, 1, 0);
	poke16(&first, QUOTE_AT + 6, 0x2000);
	dissect(&first, &packet);
	assert_int_equal(packet.seq, CLIENT_SEQ);
	error4(&later, 11, 1, 0);
	poke16(&later, QUOTE_AT + 6, 0x2001);
	assert_not_tcp(&later, LINK_RAW);
}

static void
a_quote_with_options_and_extensions(void **state)
{
	struct wire four = { 0 }, six = { 0 };
	struct packet packet;

	(void)state;
	ip4(&four, IP_ICMP);
	PUT(&four, 3, 1, 0, 0, 0, 0, 0, 0);
	ip4_with(&four, IP_TCP, "\x94\x04\0\0", 4);
	tcp(&four, TCP_SYN);
	wire_seal(&four);
	dissect(&four, &packet);
	assert_int_equal(packet.seq, CLIENT_SEQ);
	ip6(&six, IP_ICMP6);
	PUT(&six, 1, 4, 0, 0, 0, 0, 0, 0);
	ip6(&six, 60);
	PUT(&six, IP_TCP, 0, 0, 0, 0, 0, 0, 0);
	tcp(&six, TCP_SYN);
	put_text(&six, "abc");
	wire_seal(&six);
	dissect(&six, &packet);
	assert_int_equal(packet.seq, CLIENT_SEQ);
	assert_int_equal(packet.payload_length, 3);
}

static void
a_short_ping_is_not_tcp(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	ip4(&wire, IP_ICMP);
	PUT(&wire, 8, 0, 0);
	wire_seal(&wire);
	assert_not_tcp(&wire, LINK_RAW);
}

static void
icmp_of_the_other_ip_version_is_not_tcp(void **state)
{
	struct wire four = { 0 }, six = { 0 };

	(void)state;
	error4(&four, 3, 1, 0);
	four.bytes[9] = IP_ICMP6;
	assert_not_tcp(&four, LINK_RAW);
	error6(&six, 1, 4, 0);
	six.bytes[6] = IP_ICMP;
	assert_not_tcp(&six, LINK_RAW);
}

static void
a_reassembled_error_is_understood(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	error4(&wire, 3, 1, 0);
	poke16(&wire, 6, 0x2000);
	assert_int_equal(wire_dissect(&wire, LINK_RAW, &packet), DISSECT_OK);
	assert_int_equal(packet.kind, PACKET_FRAGMENT);
	assert_int_equal(packet.fragment_protocol, IP_ICMP);
	assert_int_equal(dissect_reassembled(&packet, wire.bytes + ICMP_AT, wire.length - ICMP_AT,
					     wire.length - ICMP_AT),
			 DISSECT_OK);
	assert_int_equal(packet.kind, PACKET_ICMP_ERROR);
	assert_int_equal(packet.seq, CLIENT_SEQ);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_names_its_sender_and_the_segment),
		cmocka_unit_test(an_error_of_ip6),
		cmocka_unit_test(every_error_type_and_no_other),
		cmocka_unit_test(next_hop_mtu_of_both_versions),
		cmocka_unit_test(eight_quoted_bytes_suffice),
		cmocka_unit_test(seven_quoted_bytes_do_not),
		cmocka_unit_test(a_quoted_length_may_lie),
		cmocka_unit_test(the_quoted_length_is_believed_over_the_quoted_bytes),
		cmocka_unit_test(zeros_where_flags_should_be_are_no_flags),
		cmocka_unit_test(a_quote_of_another_protocol_is_not_tcp),
		cmocka_unit_test(a_quoted_first_fragment_is_about_the_segment),
		cmocka_unit_test(a_quote_with_options_and_extensions),
		cmocka_unit_test(a_short_ping_is_not_tcp),
		cmocka_unit_test(icmp_of_the_other_ip_version_is_not_tcp),
		cmocka_unit_test(a_reassembled_error_is_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
