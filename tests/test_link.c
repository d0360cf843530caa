/* SPDX-License-Identifier: BSD-2-Clause */
/* Every link type and every kind of tag leads to the same segment. */
#include "tests/wire.h"

/* Puts the segment that assert_client_segment() looks for, over IPv4. */
static void
segment4(struct wire *wire)
{
	ip4(wire, IP_TCP);
	tcp(wire, TCP_SYN);
	wire_seal(wire);
}

static void
segment6(struct wire *wire)
{
	ip6(wire, IP_TCP);
	tcp(wire, TCP_SYN);
	wire_seal(wire);
}

static void
ethernet_carries_both_ip_versions(void **state)
{
	struct wire four = { 0 }, six = { 0 };
	struct packet packet;

	(void)state;
	eth(&four, TYPE_IP4);
	segment4(&four);
	assert_client_segment(&four, LINK_ETHERNET, &packet);
	assert_int_equal(packet.ip_version, 4);
	assert_true(packet.context == 0);
	eth(&six, TYPE_IP6);
	segment6(&six);
	assert_client_segment(&six, LINK_ETHERNET, &packet);
	assert_int_equal(packet.ip_version, 6);
}

static void
ethernet_padding_is_no_payload(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	eth(&wire, TYPE_IP4);
	segment4(&wire);
	put_zeros(&wire, 6);
	assert_client_segment(&wire, LINK_ETHERNET, &packet);
	assert_int_equal(packet.payload_length, 0);
	assert_null(packet.payload);
}

static void
what_is_not_ip_is_no_error(void **state)
{
	struct wire arp = { 0 }, spanning_tree = { 0 }, novell = { 0 };

	(void)state;
	eth(&arp, 0x0806);
	put_zeros(&arp, 28);
	assert_not_tcp(&arp, LINK_ETHERNET);
	eth(&spanning_tree, 38);
	PUT(&spanning_tree, 0x42, 0x42, 0x03);
	put_zeros(&spanning_tree, 35);
	assert_not_tcp(&spanning_tree, LINK_ETHERNET);
	eth(&novell, 30);
	PUT(&novell, 0xff, 0xff, 0, 30);
	put_zeros(&novell, 26);
	assert_not_tcp(&novell, LINK_ETHERNET);
}

static void
vlan_tags_are_kept_in_the_context(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	eth(&wire, TYPE_VLAN);
	vlan(&wire, 42, TYPE_IP4);
	segment4(&wire);
	assert_client_segment(&wire, LINK_ETHERNET, &packet);
	assert_int_equal(packet.vlan_count, 1);
	assert_true(packet.context ==
		    packet_context_make((const uint16_t[]){ 42 }, 1, TUNNEL_NONE, 0));
}

static void
vlan_zero_is_not_no_vlan(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	eth(&wire, TYPE_VLAN);
	vlan(&wire, 0, TYPE_IP4);
	segment4(&wire);
	assert_client_segment(&wire, LINK_ETHERNET, &packet);
	assert_true(packet.context != 0);
}

static void
provider_tags_of_every_type_are_walked(void **state)
{
	static const uint16_t outer[] = { 0x88a8, 0x9100, 0x9200, TYPE_VLAN };

	(void)state;
	for (size_t i = 0; i < sizeof(outer) / sizeof(outer[0]); i++) {
		struct wire wire = { 0 };
		struct packet packet;

		eth(&wire, outer[i]);
		vlan(&wire, 100, TYPE_VLAN);
		vlan(&wire, 200, TYPE_IP4);
		segment4(&wire);
		assert_client_segment(&wire, LINK_ETHERNET, &packet);
		assert_true(packet.context ==
			    packet_context_make((const uint16_t[]){ 100, 200 }, 2, TUNNEL_NONE, 0));
	}
}

static void
the_third_tag_is_walked_but_not_kept(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	eth(&wire, TYPE_VLAN);
	vlan(&wire, 1, TYPE_VLAN);
	vlan(&wire, 2, TYPE_VLAN);
	vlan(&wire, 3, TYPE_IP6);
	segment6(&wire);
	assert_client_segment(&wire, LINK_ETHERNET, &packet);
	assert_int_equal(packet.vlan_count, 3);
	assert_true(packet.context ==
		    packet_context_make((const uint16_t[]){ 1, 2 }, 2, TUNNEL_NONE, 0));
}

static void
endless_tags_are_unsupported(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	eth(&wire, TYPE_VLAN);
	for (unsigned i = 0; i < 40; i++)
		vlan(&wire, i, TYPE_VLAN);
	assert_status(&wire, LINK_ETHERNET, DISSECT_UNSUPPORTED);
}

static void
other_tags_are_stepped_over(void **state)
{
	struct wire vntag = { 0 }, etag = { 0 }, metadata = { 0 };
	struct packet packet;

	(void)state;
	eth(&vntag, 0x8926);
	put32(&vntag, 0xc0000001);
	put16(&vntag, TYPE_IP4);
	segment4(&vntag);
	assert_client_segment(&vntag, LINK_ETHERNET, &packet);
	eth(&etag, 0x893f);
	PUT(&etag, 0, 0, 0, 1, 0, 0);
	put16(&etag, TYPE_IP4);
	segment4(&etag);
	assert_client_segment(&etag, LINK_ETHERNET, &packet);
	eth(&metadata, 0x8909);
	PUT(&metadata, 1, 1, 0, 1, 0, 16);
	put16(&metadata, TYPE_IP4);
	segment4(&metadata);
	assert_client_segment(&metadata, LINK_ETHERNET, &packet);
	assert_true(packet.context == 0);
}

static void
frames_inside_frames_start_anew(void **state)
{
	struct wire backbone = { 0 }, fabric = { 0 };
	struct packet packet;

	(void)state;
	eth(&backbone, 0x88a8);
	vlan(&backbone, 7, 0x88e7);
	put32(&backbone, 0x00012345);
	eth(&backbone, TYPE_VLAN);
	vlan(&backbone, 8, TYPE_IP4);
	segment4(&backbone);
	assert_client_segment(&backbone, LINK_ETHERNET, &packet);
	assert_true(packet.context ==
		    packet_context_make((const uint16_t[]){ 8 }, 1, TUNNEL_NONE, 0));
	eth(&fabric, 0x8903);
	put16(&fabric, 0x0060);
	eth(&fabric, TYPE_IP4);
	segment4(&fabric);
	assert_client_segment(&fabric, LINK_ETHERNET, &packet);
}

static void
mpls_labels_are_walked_to_ip(void **state)
{
	struct wire four = { 0 }, six = { 0 };
	struct packet packet;

	(void)state;
	eth(&four, TYPE_MPLS);
	mpls(&four, 16, false);
	mpls(&four, 17, true);
	segment4(&four);
	assert_client_segment(&four, LINK_ETHERNET, &packet);
	eth(&six, 0x8848);
	mpls(&six, 16, true);
	segment6(&six);
	assert_client_segment(&six, LINK_ETHERNET, &packet);
}

static void
mpls_pseudowires_carry_ethernet(void **state)
{
	struct wire control_word = { 0 }, numbered = { 0 }, bare = { 0 };
	struct packet packet;

	(void)state;
	eth(&control_word, TYPE_MPLS);
	mpls(&control_word, 16, true);
	put32(&control_word, 0);
	eth(&control_word, TYPE_IP4);
	segment4(&control_word);
	assert_client_segment(&control_word, LINK_ETHERNET, &packet);
	eth(&numbered, TYPE_MPLS);
	mpls(&numbered, 16, true);
	put32(&numbered, 0x00000007);
	eth(&numbered, TYPE_IP4);
	segment4(&numbered);
	assert_client_segment(&numbered, LINK_ETHERNET, &packet);
	eth(&bare, TYPE_MPLS);
	mpls(&bare, 16, true);
	eth(&bare, TYPE_VLAN);
	vlan(&bare, 9, TYPE_IP4);
	segment4(&bare);
	assert_client_segment(&bare, LINK_ETHERNET, &packet);
	assert_int_equal(packet.vlan_count, 1);
}

static void
mpls_that_carries_nothing_known_is_not_tcp(void **state)
{
	struct wire channel = { 0 }, unknown = { 0 };

	(void)state;
	eth(&channel, TYPE_MPLS);
	mpls(&channel, 16, true);
	PUT(&channel, 0x10, 0, 0, 0x21);
	put_zeros(&channel, 40);
	assert_not_tcp(&channel, LINK_ETHERNET);
	eth(&unknown, TYPE_MPLS);
	mpls(&unknown, 16, true);
	PUT(&unknown, 0xf0);
	put_zeros(&unknown, 40);
	assert_not_tcp(&unknown, LINK_ETHERNET);
}

static void
mpls_stack_without_a_bottom_fails(void **state)
{
	struct wire deep = { 0 }, ends = { 0 };

	(void)state;
	eth(&deep, TYPE_MPLS);
	for (unsigned i = 0; i < 40; i++)
		mpls(&deep, i, false);
	assert_status(&deep, LINK_ETHERNET, DISSECT_UNSUPPORTED);
	eth(&ends, TYPE_MPLS);
	mpls(&ends, 1, false);
	assert_status(&ends, LINK_ETHERNET, DISSECT_MALFORMED);
}

static void
pppoe(struct wire *wire, unsigned code)
{
	PUT(wire, 0x11, (uint8_t)code, 0, 5);
	put16(wire, 600);
}

static void
pppoe_sessions_carry_ppp(void **state)
{
	struct wire four = { 0 }, six = { 0 }, compressed = { 0 };
	struct packet packet;

	(void)state;
	eth(&four, TYPE_PPPOE);
	pppoe(&four, 0);
	put16(&four, 0x0021);
	segment4(&four);
	assert_client_segment(&four, LINK_ETHERNET, &packet);
	eth(&six, TYPE_PPPOE);
	pppoe(&six, 0);
	put16(&six, 0x0057);
	segment6(&six);
	assert_client_segment(&six, LINK_ETHERNET, &packet);
	eth(&compressed, TYPE_PPPOE);
	pppoe(&compressed, 0);
	PUT(&compressed, 0x21);
	segment4(&compressed);
	assert_client_segment(&compressed, LINK_ETHERNET, &packet);
}

static void
pppoe_and_ppp_that_carry_no_ip_are_not_tcp(void **state)
{
	struct wire discovery = { 0 }, control = { 0 };

	(void)state;
	eth(&discovery, TYPE_PPPOE);
	pppoe(&discovery, 0x09);
	put16(&discovery, 0x0021);
	segment4(&discovery);
	assert_not_tcp(&discovery, LINK_ETHERNET);
	eth(&control, TYPE_PPPOE);
	pppoe(&control, 0);
	put16(&control, 0xc021);
	put_zeros(&control, 10);
	assert_not_tcp(&control, LINK_ETHERNET);
}

static void
snap_leads_to_the_ethertype(void **state)
{
	struct wire snap = { 0 }, plain = { 0 };
	struct packet packet;

	(void)state;
	eth(&snap, 8 + 40);
	PUT(&snap, 0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0x00);
	segment4(&snap);
	put_zeros(&snap, 4); /* a trailer that the length excludes */
	assert_client_segment(&snap, LINK_ETHERNET, &packet);
	eth(&plain, 3 + 40);
	PUT(&plain, 0x06, 0x06, 0x03);
	segment4(&plain);
	assert_client_segment(&plain, LINK_ETHERNET, &packet);
}

static void
snap_of_another_organisation_is_not_tcp(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	eth(&wire, 60);
	PUT(&wire, 0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x20, 0x00);
	put_zeros(&wire, 52);
	assert_not_tcp(&wire, LINK_ETHERNET);
}

static void
llc_of_another_control_is_not_tcp(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	eth(&wire, 8 + 40);
	PUT(&wire, 0xaa, 0xaa, 0xf3, 0, 0, 0, 0x08, 0x00);
	segment4(&wire);
	assert_not_tcp(&wire, LINK_ETHERNET);
}

static void
sll(struct wire *wire, unsigned packet_type, unsigned protocol)
{
	put16(wire, packet_type);
	PUT(wire, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0);
	put16(wire, protocol);
}

static void
cooked_captures_know_the_direction(void **state)
{
	static const uint8_t expected[] = { FRAME_INBOUND, FRAME_INBOUND, FRAME_INBOUND,
					    FRAME_DIRECTION_UNKNOWN, FRAME_OUTBOUND };

	(void)state;
	for (unsigned type = 0; type < sizeof(expected); type++) {
		struct wire one = { 0 }, two = { 0 };
		struct packet packet;

		sll(&one, type, TYPE_IP4);
		segment4(&one);
		assert_client_segment(&one, 113, &packet);
		assert_int_equal(packet.direction, expected[type]);
		assert_int_equal(packet.ifindex, 0);
		put16(&two, TYPE_IP6);
		put16(&two, 0);
		put32(&two, 77);
		PUT(&two, 0, 1, (uint8_t)type, 6, 2, 0, 0, 0, 0, 1, 0, 0);
		segment6(&two);
		assert_client_segment(&two, 276, &packet);
		assert_int_equal(packet.direction, expected[type]);
		assert_int_equal(packet.ifindex, 77);
	}
}

static void
the_frames_own_direction_goes_before_the_link_header(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;
	struct frame frame = { .data = wire.bytes, .linktype = 113, .direction = FRAME_OUTBOUND };

	(void)state;
	sll(&wire, 0, TYPE_IP4);
	segment4(&wire);
	frame.caplen = frame.wirelen = wire.length;
	assert_int_equal(dissect_frame(&frame, &packet), DISSECT_OK);
	assert_int_equal(packet.direction, FRAME_OUTBOUND);
}

static void
cooked_captures_carry_tags_and_llc(void **state)
{
	struct wire tagged = { 0 }, llc = { 0 }, can = { 0 };
	struct packet packet;

	(void)state;
	sll(&tagged, 0, TYPE_VLAN);
	vlan(&tagged, 5, TYPE_IP4);
	segment4(&tagged);
	assert_client_segment(&tagged, 113, &packet);
	assert_int_equal(packet.vlan_count, 1);
	sll(&llc, 0, 4);
	PUT(&llc, 0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0x00);
	segment4(&llc);
	assert_client_segment(&llc, 113, &packet);
	sll(&can, 0, 12);
	put_zeros(&can, 16);
	assert_not_tcp(&can, 113);
}

static void
loopback_families_are_read_in_both_byte_orders(void **state)
{
	static const uint8_t six[] = { 10, 24, 28, 30 };
	struct wire little = { 0 }, big = { 0 }, loop = { 0 }, other = { 0 };
	struct packet packet;

	(void)state;
	PUT(&little, 2, 0, 0, 0);
	segment4(&little);
	assert_client_segment(&little, LINK_NULL, &packet);
	PUT(&big, 0, 0, 0, 2);
	segment4(&big);
	assert_client_segment(&big, LINK_NULL, &packet);
	PUT(&loop, 0, 0, 0, 24);
	segment6(&loop);
	assert_client_segment(&loop, 108, &packet);
	for (size_t i = 0; i < sizeof(six); i++) {
		struct wire wire = { 0 };

		PUT(&wire, six[i], 0, 0, 0);
		segment6(&wire);
		assert_client_segment(&wire, LINK_NULL, &packet);
	}
	PUT(&other, 16, 0, 0, 0);
	put_zeros(&other, 20);
	assert_not_tcp(&other, LINK_NULL);
}

static void
raw_link_types_start_with_ip(void **state)
{
	static const uint16_t types[] = { 12, 14, 101, 228, 229 };

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct wire four = { 0 }, six = { 0 };
		struct packet packet;

		segment4(&four);
		assert_client_segment(&four, types[i], &packet);
		segment6(&six);
		assert_client_segment(&six, types[i], &packet);
	}
}

static void
raw_bytes_of_no_ip_version_are_malformed(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	PUT(&wire, 0x15);
	put_zeros(&wire, 40);
	assert_status(&wire, LINK_RAW, DISSECT_MALFORMED);
}

static void
serial_lines_carry_ppp_or_cisco_hdlc(void **state)
{
	static const uint16_t types[] = { 9, 50 };

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct wire framed = { 0 }, bare = { 0 }, cisco = { 0 };
		struct packet packet;

		PUT(&framed, 0xff, 0x03, 0x00, 0x21);
		segment4(&framed);
		assert_client_segment(&framed, types[i], &packet);
		PUT(&bare, 0x00, 0x57);
		segment6(&bare);
		assert_client_segment(&bare, types[i], &packet);
		PUT(&cisco, 0x0f, 0x00, 0x08, 0x00);
		segment4(&cisco);
		assert_client_segment(&cisco, types[i], &packet);
	}
}

static void
ppp_carries_mpls(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	PUT(&wire, 0xff, 0x03, 0x02, 0x81);
	mpls(&wire, 16, true);
	segment4(&wire);
	assert_client_segment(&wire, 9, &packet);
}

static void
ppp_with_a_direction_byte(void **state)
{
	static const uint16_t types[] = { 166, 204 };

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct wire in = { 0 }, out = { 0 };
		struct packet packet;

		PUT(&in, 0, 0xff, 0x03, 0x00, 0x21);
		segment4(&in);
		assert_client_segment(&in, types[i], &packet);
		assert_int_equal(packet.direction, FRAME_INBOUND);
		PUT(&out, 1, 0xff, 0x03, 0x00, 0x21);
		segment4(&out);
		assert_client_segment(&out, types[i], &packet);
		assert_int_equal(packet.direction, FRAME_OUTBOUND);
	}
}

static void
link_types_with_an_ethertype_of_their_own(void **state)
{
	struct wire hdlc = { 0 }, infiniband = { 0 }, firewire = { 0 };
	struct packet packet;

	(void)state;
	PUT(&hdlc, 0x8f, 0x00, 0x86, 0xdd);
	segment6(&hdlc);
	assert_client_segment(&hdlc, 104, &packet);
	put_zeros(&infiniband, 40);
	PUT(&infiniband, 0x08, 0x00, 0, 0);
	segment4(&infiniband);
	assert_client_segment(&infiniband, 242, &packet);
	put_zeros(&firewire, 16);
	put16(&firewire, TYPE_IP4);
	segment4(&firewire);
	assert_client_segment(&firewire, 138, &packet);
}

static void
fddi_and_atm_carry_llc(void **state)
{
	struct wire fddi = { 0 }, management = { 0 }, atm = { 0 };
	struct packet packet;

	(void)state;
	PUT(&fddi, 0x50);
	put_zeros(&fddi, 12);
	PUT(&fddi, 0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0x00);
	segment4(&fddi);
	assert_client_segment(&fddi, 10, &packet);
	PUT(&management, 0x41);
	put_zeros(&management, 40);
	assert_not_tcp(&management, 10);
	PUT(&atm, 0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0x00);
	segment4(&atm);
	assert_client_segment(&atm, 100, &packet);
}

static void
frame_relay_carries_ip_in_four_ways(void **state)
{
	struct wire four = { 0 }, six = { 0 }, snap = { 0 }, cisco = { 0 };
	struct packet packet;

	(void)state;
	PUT(&four, 0x18, 0x41, 0x03, 0xcc);
	segment4(&four);
	assert_client_segment(&four, 107, &packet);
	PUT(&six, 0x18, 0x41, 0x03, 0x8e);
	segment6(&six);
	assert_client_segment(&six, 107, &packet);
	PUT(&snap, 0x18, 0x41, 0x03, 0x00, 0x80, 0, 0, 0, 0x08, 0x00);
	segment4(&snap);
	assert_client_segment(&snap, 107, &packet);
	PUT(&cisco, 0x18, 0x41, 0x08, 0x00);
	segment4(&cisco);
	assert_client_segment(&cisco, 107, &packet);
}

static void
snap_header(struct wire *wire)
{
	PUT(wire, 0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0x00);
}

static void
wireless_data_frames_in_the_clear(void **state)
{
	struct wire plain = { 0 }, quality = { 0 }, relayed = { 0 };
	struct packet packet;

	(void)state;
	PUT(&plain, 0x08, 0x01);
	put_zeros(&plain, 22);
	snap_header(&plain);
	segment4(&plain);
	assert_client_segment(&plain, 105, &packet);
	PUT(&quality, 0x88, 0x82); /* with a quality field and one for high throughput */
	put_zeros(&quality, 22 + 2 + 4);
	snap_header(&quality);
	segment4(&quality);
	assert_client_segment(&quality, 105, &packet);
	PUT(&relayed, 0x08, 0x03); /* with a fourth address */
	put_zeros(&relayed, 22 + 6);
	snap_header(&relayed);
	segment4(&relayed);
	assert_client_segment(&relayed, 105, &packet);
}

static void
wireless_frames_without_readable_data_are_not_tcp(void **state)
{
	static const uint8_t control[][2] = { { 0x80, 0 }, { 0x48, 0 }, { 0x08, 0x41 } };

	(void)state;
	for (size_t i = 0; i < sizeof(control) / sizeof(control[0]); i++) {
		struct wire wire = { 0 };

		PUT(&wire, control[i][0], control[i][1]);
		put_zeros(&wire, 22);
		snap_header(&wire);
		segment4(&wire);
		assert_not_tcp(&wire, 105);
	}
}

static void
radiotap_and_ppi_headers_are_stepped_over(void **state)
{
	struct wire radiotap = { 0 }, ppi = { 0 }, nested = { 0 };
	struct packet packet;

	(void)state;
	PUT(&radiotap, 0, 0, 12, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x08, 0x01);
	put_zeros(&radiotap, 22);
	snap_header(&radiotap);
	segment4(&radiotap);
	assert_client_segment(&radiotap, 127, &packet);
	PUT(&ppi, 0, 0, 10, 0, 1, 0, 0, 0, 0xaa, 0xaa);
	eth(&ppi, TYPE_IP4);
	segment4(&ppi);
	assert_client_segment(&ppi, 192, &packet);
	for (unsigned i = 0; i < 40; i++)
		PUT(&nested, 0, 0, 8, 0, 192, 0, 0, 0);
	assert_status(&nested, 192, DISSECT_UNSUPPORTED);
}

static void
netfilter_log_attributes_are_walked_to_the_packet(void **state)
{
	struct wire little = { 0 }, big = { 0 }, none = { 0 };
	struct packet packet;

	(void)state;
	PUT(&little, 2, 0, 0, 40, 8, 0, 1, 0, 8, 0, 3, 0, 5, 0, 10, 0, 'x', 0, 0, 0, 44, 0, 9, 0);
	segment4(&little);
	assert_client_segment(&little, 239, &packet);
	assert_int_equal(packet.direction, FRAME_OUTBOUND);
	PUT(&big, 2, 0, 0, 40, 0, 8, 0, 1, 8, 0, 1, 0, 0, 44, 0, 9);
	segment4(&big);
	assert_client_segment(&big, 239, &packet);
	assert_int_equal(packet.direction, FRAME_INBOUND);
	PUT(&none, 2, 0, 0, 40, 3, 0, 1, 0);
	assert_status(&none, 239, DISSECT_MALFORMED);
}

static void
packet_filter_log_header_is_stepped_over(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	PUT(&wire, 61); /* rounded up to 64 */
	put_zeros(&wire, 63);
	segment4(&wire);
	assert_client_segment(&wire, 117, &packet);
}

static void
packet_tap_leads_to_another_link_type(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	PUT(&wire, 108, 0, 0, 0, 1, 0, 0, 0, LINK_ETHERNET, 0, 0, 0);
	put_zeros(&wire, 24);
	PUT(&wire, 2, 0, 0, 0);
	put_zeros(&wire, 68);
	eth(&wire, TYPE_IP4);
	segment4(&wire);
	assert_client_segment(&wire, 258, &packet);
	assert_int_equal(packet.direction, FRAME_OUTBOUND);
}

static void
an_unknown_link_type_is_unsupported(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	segment4(&wire);
	assert_status(&wire, 147, DISSECT_UNSUPPORTED);
	assert_false(dissect_linktype_known(147));
	assert_true(dissect_linktype_known(LINK_ETHERNET));
	assert_true(dissect_linktype_known(276));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ethernet_carries_both_ip_versions),
		cmocka_unit_test(ethernet_padding_is_no_payload),
		cmocka_unit_test(what_is_not_ip_is_no_error),
		cmocka_unit_test(vlan_tags_are_kept_in_the_context),
		cmocka_unit_test(vlan_zero_is_not_no_vlan),
		cmocka_unit_test(provider_tags_of_every_type_are_walked),
		cmocka_unit_test(the_third_tag_is_walked_but_not_kept),
		cmocka_unit_test(endless_tags_are_unsupported),
		cmocka_unit_test(other_tags_are_stepped_over),
		cmocka_unit_test(frames_inside_frames_start_anew),
		cmocka_unit_test(mpls_labels_are_walked_to_ip),
		cmocka_unit_test(mpls_pseudowires_carry_ethernet),
		cmocka_unit_test(mpls_that_carries_nothing_known_is_not_tcp),
		cmocka_unit_test(mpls_stack_without_a_bottom_fails),
		cmocka_unit_test(pppoe_sessions_carry_ppp),
		cmocka_unit_test(pppoe_and_ppp_that_carry_no_ip_are_not_tcp),
		cmocka_unit_test(snap_leads_to_the_ethertype),
		cmocka_unit_test(snap_of_another_organisation_is_not_tcp),
		cmocka_unit_test(llc_of_another_control_is_not_tcp),
		cmocka_unit_test(cooked_captures_know_the_direction),
		cmocka_unit_test(the_frames_own_direction_goes_before_the_link_header),
		cmocka_unit_test(cooked_captures_carry_tags_and_llc),
		cmocka_unit_test(loopback_families_are_read_in_both_byte_orders),
		cmocka_unit_test(raw_link_types_start_with_ip),
		cmocka_unit_test(raw_bytes_of_no_ip_version_are_malformed),
		cmocka_unit_test(serial_lines_carry_ppp_or_cisco_hdlc),
		cmocka_unit_test(ppp_carries_mpls),
		cmocka_unit_test(ppp_with_a_direction_byte),
		cmocka_unit_test(link_types_with_an_ethertype_of_their_own),
		cmocka_unit_test(fddi_and_atm_carry_llc),
		cmocka_unit_test(frame_relay_carries_ip_in_four_ways),
		cmocka_unit_test(wireless_data_frames_in_the_clear),
		cmocka_unit_test(wireless_frames_without_readable_data_are_not_tcp),
		cmocka_unit_test(radiotap_and_ppi_headers_are_stepped_over),
		cmocka_unit_test(netfilter_log_attributes_are_walked_to_the_packet),
		cmocka_unit_test(packet_filter_log_header_is_stepped_over),
		cmocka_unit_test(packet_tap_leads_to_another_link_type),
		cmocka_unit_test(an_unknown_link_type_is_unsupported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
