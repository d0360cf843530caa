/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4 and IPv6: addresses, lengths that lie, extension headers, fragments and their reassembly. */
#include "tests/wire.h"

enum {
	EXTENSION_HOP_BY_HOP = 0,
	EXTENSION_ROUTING = 43,
	EXTENSION_FRAGMENT = 44,
	EXTENSION_ESP = 50,
	EXTENSION_AUTHENTICATION = 51,
	EXTENSION_DESTINATION = 60,
	EXTENSION_MOBILITY = 135,
};

static void
fields_of_ip4_are_read(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	ip4(&wire, IP_TCP);
	tcp(&wire, TCP_ACK);
	wire_seal(&wire);
	assert_client_segment(&wire, LINK_RAW, &packet);
	assert_int_equal(packet.ip_version, 4);
	assert_true(packet.src.hi == 0 && packet.src.lo == 0xffffc0000201);
	assert_true(packet.dst.hi == 0 && packet.dst.lo == 0xffffc6336402);
	assert_int_equal(packet.ttl, CLIENT_TTL);
	assert_int_equal(packet.tos, 0x10);
	assert_true(packet.has_ip_id);
	assert_int_equal(packet.ip_id, CLIENT_IP_ID);
	assert_true(packet.dont_fragment);
	assert_int_equal(packet.defects, 0);
}

static void
fields_of_ip6_are_read(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	ip6(&wire, IP_TCP);
	tcp(&wire, TCP_ACK);
	wire_seal(&wire);
	assert_client_segment(&wire, LINK_RAW, &packet);
	assert_int_equal(packet.ip_version, 6);
	assert_true(packet.src.hi == 0x20010db800000000 && packet.src.lo == 1);
	assert_true(packet.dst.hi == 0x20010db800000000 && packet.dst.lo == 2);
	assert_int_equal(packet.ttl, CLIENT_TTL);
	assert_int_equal(packet.tos, 0x10);
	assert_false(packet.has_ip_id);
}

static void
options_of_ip4_are_stepped_over(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	ip4_with(&wire, IP_TCP, "\x94\x04\x00\x00\x01\x01\x01\x00", 8);
	tcp(&wire, TCP_ACK);
	put_text(&wire, "hello");
	wire_seal(&wire);
	assert_client_segment(&wire, LINK_RAW, &packet);
	assert_int_equal(packet.payload_length, 5);
}

static void
a_header_length_below_five_is_malformed(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	ip4(&wire, IP_TCP);
	tcp(&wire, TCP_ACK);
	wire_seal(&wire);
	wire.bytes[0] = 0x44;
	assert_status(&wire, LINK_RAW, DISSECT_MALFORMED);
}

static void
a_total_length_below_the_header_is_malformed(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	ip4(&wire, IP_TCP);
	tcp(&wire, TCP_ACK);
	wire_seal(&wire);
	poke16(&wire, 2, 19);
	assert_status(&wire, LINK_RAW, DISSECT_MALFORMED);
}

static void
length_zero_means_the_frame_length(void **state)
{
	struct wire four = { 0 }, six = { 0 };
	struct packet packet;

	(void)state;
	ip4(&four, IP_TCP);
	tcp(&four, TCP_ACK);
	put_zeros(&four, 3000);
	wire_seal(&four);
	poke16(&four, 2, 0);
	assert_int_equal(wire_dissect(&four, LINK_RAW, &packet), DISSECT_OK);
	assert_int_equal(packet.payload_length, 3000);
	assert_int_equal(packet.defects, DEFECT_IP_LENGTH_ZERO);
	ip6(&six, IP_TCP);
	tcp(&six, TCP_ACK);
	put_zeros(&six, 2000);
	wire_seal(&six);
	poke16(&six, 4, 0);
	assert_int_equal(wire_dissect(&six, LINK_RAW, &packet), DISSECT_OK);
	assert_int_equal(packet.payload_length, 2000);
	assert_int_equal(packet.defects, DEFECT_IP_LENGTH_ZERO);
}

static void
length_zero_uses_the_wire_length_of_a_snapped_frame(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	ip4(&wire, IP_TCP);
	tcp(&wire, TCP_ACK);
	wire_seal(&wire);
	poke16(&wire, 2, 0);
	assert_int_equal(wire_dissect_cut(&wire, LINK_RAW, wire.length, 9040, &packet), DISSECT_OK);
	assert_int_equal(packet.payload_length, 9000);
	assert_int_equal(packet.defects, DEFECT_IP_LENGTH_ZERO | DEFECT_SNAPPED);
}

static void
a_length_beyond_the_frame_is_bounded_and_noted(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	ip4(&wire, IP_TCP);
	tcp(&wire, TCP_ACK);
	put_text(&wire, "abc");
	wire_seal(&wire);
	poke16(&wire, 2, 100);
	assert_int_equal(wire_dissect(&wire, LINK_RAW, &packet), DISSECT_OK);
	assert_int_equal(packet.payload_length, 3);
	assert_int_equal(packet.defects, DEFECT_IP_LENGTH_BEYOND);
	assert_int_equal(packet.checksum, CHECKSUM_UNKNOWN);
}

static void
a_snapshot_does_not_shorten_the_payload_length(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	ip4(&wire, IP_TCP);
	tcp(&wire, TCP_ACK);
	put_zeros(&wire, 1000);
	wire_seal(&wire);
	assert_int_equal(wire_dissect_cut(&wire, LINK_RAW, 96, wire.length, &packet), DISSECT_OK);
	assert_int_equal(packet.payload_length, 1000);
	assert_int_equal(packet.payload_captured, 56);
	assert_ptr_equal(packet.payload, wire.bytes + 40);
	assert_int_equal(packet.defects, DEFECT_SNAPPED);
}

static void
another_protocol_is_not_tcp(void **state)
{
	static const uint8_t protocols[] = { 2, 50, 89, 132, 255 };

	(void)state;
	for (size_t i = 0; i < sizeof(protocols); i++) {
		struct wire four = { 0 }, six = { 0 };

		ip4(&four, protocols[i]);
		put_zeros(&four, 24);
		wire_seal(&four);
		assert_not_tcp(&four, LINK_RAW);
		ip6(&six, protocols[i]);
		put_zeros(&six, 24);
		wire_seal(&six);
		assert_not_tcp(&six, LINK_RAW);
	}
}

/* An extension header of length bytes. */
static void
extension(struct wire *wire, unsigned next, unsigned length)
{
	PUT(wire, (uint8_t)next, (uint8_t)(length / 8 - 1));
	put_zeros(wire, length - 2);
}

static void
ip6_extensions_are_walked(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	ip6(&wire, EXTENSION_HOP_BY_HOP);
	extension(&wire, EXTENSION_DESTINATION, 8);
	extension(&wire, EXTENSION_ROUTING, 16);
	extension(&wire, EXTENSION_MOBILITY, 24);
	extension(&wire, IP_TCP, 8);
	tcp(&wire, TCP_ACK);
	put_text(&wire, "hello");
	wire_seal(&wire);
	/* the TCP checksum is over the segment alone */
	assert_int_equal(wire_dissect(&wire, LINK_RAW, &packet), DISSECT_OK);
	assert_int_equal(packet.kind, PACKET_TCP);
	assert_int_equal(packet.payload_length, 5);
	assert_int_equal(packet.checksum, CHECKSUM_GOOD);
	wire_cut_everywhere(&wire, LINK_RAW);
}

static void
authentication_header_counts_in_words(void **state)
{
	struct wire four = { 0 }, six = { 0 };
	struct packet packet;

	(void)state;
	ip4(&four, EXTENSION_AUTHENTICATION);
	PUT(&four, IP_TCP, 4);
	put_zeros(&four, 22);
	tcp(&four, TCP_ACK);
	wire_seal(&four);
	assert_client_segment(&four, LINK_RAW, &packet);
	ip6(&six, EXTENSION_AUTHENTICATION);
	PUT(&six, IP_TCP, 4);
	put_zeros(&six, 22);
	tcp(&six, TCP_ACK);
	wire_seal(&six);
	assert_client_segment(&six, LINK_RAW, &packet);
}

static void
a_way_station_leaves_the_checksum_unknown(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	ip6(&wire, EXTENSION_ROUTING);
	PUT(&wire, IP_TCP, 2, 0, 1); /* one segment left */
	put_zeros(&wire, 20);
	tcp(&wire, TCP_ACK);
	wire_seal(&wire);
	assert_int_equal(wire_dissect(&wire, LINK_RAW, &packet), DISSECT_OK);
	assert_int_equal(packet.kind, PACKET_TCP);
	assert_int_equal(packet.checksum, CHECKSUM_UNKNOWN);
}

static void
encrypted_payload_is_not_tcp(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	ip6(&wire, EXTENSION_HOP_BY_HOP);
	extension(&wire, EXTENSION_ESP, 8);
	put_zeros(&wire, 40);
	wire_seal(&wire);
	assert_not_tcp(&wire, LINK_RAW);
}

static void
endless_extensions_are_unsupported(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	ip6(&wire, EXTENSION_DESTINATION);
	for (unsigned i = 0; i < 40; i++)
		extension(&wire, EXTENSION_DESTINATION, 8);
	wire_seal(&wire);
	assert_status(&wire, LINK_RAW, DISSECT_UNSUPPORTED);
}

static void
an_extension_beyond_the_packet_is_malformed(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	ip6(&wire, EXTENSION_DESTINATION);
	PUT(&wire, IP_TCP, 200);
	put_zeros(&wire, 30);
	wire_seal(&wire);
	assert_status(&wire, LINK_RAW, DISSECT_MALFORMED);
}

static void
first_ip4_fragment_is_handed_on(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	eth(&wire, TYPE_VLAN);
	vlan(&wire, 9, TYPE_IP4);
	ip4(&wire, IP_TCP);
	ip4_fragment(&wire, 0, true);
	put_zeros(&wire, 24);
	wire_seal(&wire);
	assert_int_equal(wire_dissect(&wire, LINK_ETHERNET, &packet), DISSECT_OK);
	assert_int_equal(packet.kind, PACKET_FRAGMENT);
	assert_int_equal(packet.fragment_id, CLIENT_IP_ID);
	assert_int_equal(packet.fragment_offset, 0);
	assert_int_equal(packet.fragment_length, 24);
	assert_true(packet.fragment_more);
	assert_int_equal(packet.fragment_protocol, IP_TCP);
	assert_int_equal(packet.payload_captured, 24);
	assert_non_null(packet.payload);
	assert_true(packet.context != 0);
	wire_cut_everywhere(&wire, LINK_ETHERNET);
}

static void
later_ip4_fragment_knows_its_place(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	ip4(&wire, IP_TCP);
	ip4_fragment(&wire, 1480, false);
	put_zeros(&wire, 100);
	wire_seal(&wire);
	assert_int_equal(wire_dissect_cut(&wire, LINK_RAW, 60, wire.length, &packet), DISSECT_OK);
	assert_int_equal(packet.kind, PACKET_FRAGMENT);
	assert_int_equal(packet.fragment_offset, 1480);
	assert_int_equal(packet.fragment_length, 100);
	assert_false(packet.fragment_more);
	assert_int_equal(packet.payload_captured, 40);
}

static void
fragments_of_other_protocols_are_not_tcp(void **state)
{
	struct wire udp_first = { 0 }, udp_later = { 0 }, ospf = { 0 };

	(void)state;
	ip4(&udp_first, IP_UDP);
	ip4_fragment(&udp_first, 0, true);
	udp(&udp_first, 2049);
	put_zeros(&udp_first, 40);
	wire_seal(&udp_first);
	assert_not_tcp(&udp_first, LINK_RAW);
	ip4(&udp_later, IP_UDP);
	ip4_fragment(&udp_later, 48, false);
	put_zeros(&udp_later, 40);
	wire_seal(&udp_later);
	assert_not_tcp(&udp_later, LINK_RAW);
	ip4(&ospf, 89);
	ip4_fragment(&ospf, 0, true);
	put_zeros(&ospf, 40);
	wire_seal(&ospf);
	assert_not_tcp(&ospf, LINK_RAW);
}

static void
fragment_header(struct wire *wire, unsigned next, unsigned offset, bool more)
{
	PUT(wire, (uint8_t)next, 0);
	put16(wire, offset | (more ? 1 : 0));
	put32(wire, 0xdeadbeef);
}

static void
ip6_fragment_is_handed_on(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	ip6(&wire, EXTENSION_HOP_BY_HOP);
	extension(&wire, EXTENSION_FRAGMENT, 8);
	fragment_header(&wire, IP_TCP, 1232, true);
	put_zeros(&wire, 80);
	wire_seal(&wire);
	assert_int_equal(wire_dissect(&wire, LINK_RAW, &packet), DISSECT_OK);
	assert_int_equal(packet.kind, PACKET_FRAGMENT);
	assert_int_equal(packet.fragment_id, 0xdeadbeef);
	assert_int_equal(packet.fragment_offset, 1232);
	assert_int_equal(packet.fragment_length, 80);
	assert_true(packet.fragment_more);
	assert_int_equal(packet.fragment_protocol, IP_TCP);
	wire_cut_everywhere(&wire, LINK_RAW);
}

static void
an_atomic_fragment_is_a_whole_packet(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	ip6(&wire, EXTENSION_FRAGMENT);
	fragment_header(&wire, IP_TCP, 0, false);
	tcp(&wire, TCP_SYN);
	wire_seal(&wire);
	assert_client_segment(&wire, LINK_RAW, &packet);
}

/* A fragment as dissected from a frame, for the bytes of a segment that follow. */
static void
make_fragment(struct packet *ret_packet)
{
	struct wire wire = { 0 };

	eth(&wire, TYPE_VLAN);
	vlan(&wire, 9, TYPE_IP4);
	ip4(&wire, IP_TCP);
	ip4_fragment(&wire, 0, true);
	put_zeros(&wire, 24);
	wire_seal(&wire);
	assert_int_equal(wire_dissect(&wire, LINK_ETHERNET, ret_packet), DISSECT_OK);
	assert_int_equal(ret_packet->kind, PACKET_FRAGMENT);
}

static void
reassembled_bytes_become_a_segment(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;
	packet_context context;

	(void)state;
	make_fragment(&packet);
	context = packet.context;
	ip4(&wire, IP_TCP);
	tcp(&wire, TCP_SYN | TCP_ACK);
	put_text(&wire, "data");
	wire_seal(&wire);
	assert_int_equal(dissect_reassembled(&packet, wire.bytes + 20, 24, 24), DISSECT_OK);
	assert_int_equal(packet.kind, PACKET_TCP);
	assert_int_equal(packet.flags, TCP_SYN | TCP_ACK);
	assert_int_equal(packet.payload_length, 4);
	assert_ptr_equal(packet.payload, wire.bytes + 40);
	assert_int_equal(packet.checksum, CHECKSUM_GOOD);
	assert_int_equal(packet.defects, DEFECT_REASSEMBLED);
	assert_int_equal(packet.frame, 7);
	assert_int_equal(packet.ttl, CLIENT_TTL);
	assert_true(packet.src.lo == 0xffffc0000201);
	assert_true(packet.context == context);
}

static void
reassembled_head_knows_the_full_length(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	make_fragment(&packet);
	tcp(&wire, TCP_ACK);
	assert_int_equal(dissect_reassembled(&packet, wire.bytes, 20, 3000), DISSECT_OK);
	assert_int_equal(packet.kind, PACKET_TCP);
	assert_int_equal(packet.payload_length, 2980);
	assert_int_equal(packet.defects, DEFECT_REASSEMBLED | DEFECT_SNAPPED);
}

static void
a_first_fragment_alone_is_not_called_reassembled(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	make_fragment(&packet);
	packet.defects |= DEFECT_FIRST_FRAGMENT;
	tcp(&wire, TCP_ACK);
	assert_int_equal(dissect_reassembled(&packet, wire.bytes, 20, 20), DISSECT_OK);
	assert_int_equal(packet.defects, DEFECT_FIRST_FRAGMENT);
}

static void
reassembled_bytes_too_few_fail(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	tcp(&wire, TCP_ACK);
	make_fragment(&packet);
	assert_int_equal(dissect_reassembled(&packet, wire.bytes, 19, 19), DISSECT_MALFORMED);
	assert_int_equal(packet.kind, PACKET_NOT_TCP);
	make_fragment(&packet);
	assert_int_equal(dissect_reassembled(&packet, wire.bytes, 19, 20), DISSECT_TRUNCATED);
}

static void
reassembled_tunnels_are_entered(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	make_fragment(&packet);
	packet.fragment_protocol = IP_IN_IP6;
	ip6(&wire, IP_TCP);
	tcp(&wire, TCP_SYN);
	wire_seal(&wire);
	assert_int_equal(dissect_reassembled(&packet, wire.bytes, wire.length, wire.length),
			 DISSECT_OK);
	assert_int_equal(packet.kind, PACKET_TCP);
	assert_int_equal(packet.ip_version, 6);
	assert_true(packet.context ==
		    packet_context_make((const uint16_t[]){ 9 }, 1, TUNNEL_IPIP, 0));
}

static void
reassembled_extensions_are_walked(void **state)
{
	struct wire wire = { 0 }, bytes = { 0 };
	struct packet packet;

	(void)state;
	ip6(&wire, EXTENSION_FRAGMENT);
	fragment_header(&wire, EXTENSION_DESTINATION, 0, true);
	put_zeros(&wire, 8);
	wire_seal(&wire);
	assert_int_equal(wire_dissect(&wire, LINK_RAW, &packet), DISSECT_OK);
	assert_int_equal(packet.kind, PACKET_FRAGMENT);
	assert_int_equal(packet.fragment_protocol, EXTENSION_DESTINATION);
	extension(&bytes, IP_TCP, 8);
	tcp(&bytes, TCP_SYN);
	assert_int_equal(dissect_reassembled(&packet, bytes.bytes, bytes.length, bytes.length),
			 DISSECT_OK);
	assert_int_equal(packet.kind, PACKET_TCP);
	assert_int_equal(packet.dst_port, SERVER_PORT);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_of_ip4_are_read),
		cmocka_unit_test(fields_of_ip6_are_read),
		cmocka_unit_test(options_of_ip4_are_stepped_over),
		cmocka_unit_test(a_header_length_below_five_is_malformed),
		cmocka_unit_test(a_total_length_below_the_header_is_malformed),
		cmocka_unit_test(length_zero_means_the_frame_length),
		cmocka_unit_test(length_zero_uses_the_wire_length_of_a_snapped_frame),
		cmocka_unit_test(a_length_beyond_the_frame_is_bounded_and_noted),
		cmocka_unit_test(a_snapshot_does_not_shorten_the_payload_length),
		cmocka_unit_test(another_protocol_is_not_tcp),
		cmocka_unit_test(ip6_extensions_are_walked),
		cmocka_unit_test(authentication_header_counts_in_words),
		cmocka_unit_test(a_way_station_leaves_the_checksum_unknown),
		cmocka_unit_test(encrypted_payload_is_not_tcp),
		cmocka_unit_test(endless_extensions_are_unsupported),
		cmocka_unit_test(an_extension_beyond_the_packet_is_malformed),
		cmocka_unit_test(first_ip4_fragment_is_handed_on),
		cmocka_unit_test(later_ip4_fragment_knows_its_place),
		cmocka_unit_test(fragments_of_other_protocols_are_not_tcp),
		cmocka_unit_test(ip6_fragment_is_handed_on),
		cmocka_unit_test(an_atomic_fragment_is_a_whole_packet),
		cmocka_unit_test(reassembled_bytes_become_a_segment),
		cmocka_unit_test(reassembled_head_knows_the_full_length),
		cmocka_unit_test(a_first_fragment_alone_is_not_called_reassembled),
		cmocka_unit_test(reassembled_bytes_too_few_fail),
		cmocka_unit_test(reassembled_tunnels_are_entered),
		cmocka_unit_test(reassembled_extensions_are_walked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
