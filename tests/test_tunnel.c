/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnels: the segment inside is found, and the innermost tunnel tells its network apart. */
#include "tests/wire.h"

enum {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_ACKNOWLEDGEMENT = 0x0080,

	PORT_L2TP = 1701,
	PORT_GTPU = 2152,
	PORT_VXLAN = 4789,
	PORT_VXLAN_GPE = 4790,
	PORT_GENEVE = 6081,
	PORT_VXLAN_LINUX = 8472,
};

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
assert_inside(const struct wire *wire, enum tunnel_kind kind, uint32_t id)
{
	struct packet packet;

	assert_client_segment(wire, LINK_RAW, &packet);
	assert_true(packet.context == packet_context_make(NULL, 0, kind, id));
}

static void
ip_in_ip_in_all_four_ways(void **state)
{
	struct wire four_in_four = { 0 }, six_in_four = { 0 }, four_in_six = { 0 },
		    six_in_six = { 0 };

	(void)state;
	ip4(&four_in_four, IP_IN_IP4);
	segment4(&four_in_four);
	assert_inside(&four_in_four, TUNNEL_IPIP, 0);
	ip4(&six_in_four, IP_IN_IP6);
	segment6(&six_in_four);
	assert_inside(&six_in_four, TUNNEL_IPIP, 0);
	ip6(&four_in_six, IP_IN_IP4);
	segment4(&four_in_six);
	assert_inside(&four_in_six, TUNNEL_IPIP, 0);
	ip6(&six_in_six, IP_IN_IP6);
	segment6(&six_in_six);
	assert_inside(&six_in_six, TUNNEL_IPIP, 0);
}

static void
the_addresses_are_the_inner_ones(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	ip4(&wire, IP_IN_IP6);
	segment6(&wire);
	assert_client_segment(&wire, LINK_RAW, &packet);
	assert_int_equal(packet.ip_version, 6);
	assert_true(packet.src.hi == 0x20010db800000000);
	assert_false(packet.has_ip_id);
}

static void
ethernet_in_ip(void **state)
{
	struct wire wire = { 0 }, version = { 0 };

	(void)state;
	ip4(&wire, 97);
	put16(&wire, 0x3000);
	eth(&wire, TYPE_IP4);
	segment4(&wire);
	assert_inside(&wire, TUNNEL_IPIP, 0);
	ip4(&version, 97);
	put16(&version, 0x4000);
	wire_seal(&version);
	assert_status(&version, LINK_RAW, DISSECT_UNSUPPORTED);
}

static void
gre(struct wire *wire, unsigned flags, unsigned type)
{
	put16(wire, flags);
	put16(wire, type);
}

static void
gre_plain_and_with_every_option(void **state)
{
	struct wire plain = { 0 }, full = { 0 };

	(void)state;
	ip4(&plain, IP_GRE);
	gre(&plain, 0, TYPE_IP4);
	segment4(&plain);
	assert_inside(&plain, TUNNEL_GRE, 0);
	ip4(&full, IP_GRE);
	gre(&full, GRE_CHECKSUM | GRE_KEY | GRE_SEQUENCE, TYPE_IP6);
	put32(&full, 0x12340000);
	put32(&full, 0xcafe);
	put32(&full, 1);
	segment6(&full);
	assert_inside(&full, TUNNEL_GRE, 0xcafe);
}

static void
gre_carries_ethernet_ppp_and_mpls(void **state)
{
	struct wire ethernet = { 0 }, ppp = { 0 }, labels = { 0 };

	(void)state;
	ip6(&ethernet, IP_GRE);
	gre(&ethernet, 0, 0x6558);
	eth(&ethernet, TYPE_IP4);
	segment4(&ethernet);
	assert_inside(&ethernet, TUNNEL_GRE, 0);
	ip4(&ppp, IP_GRE);
	gre(&ppp, 0, 0x880b);
	PUT(&ppp, 0xff, 0x03, 0x00, 0x21);
	segment4(&ppp);
	assert_inside(&ppp, TUNNEL_GRE, 0);
	ip4(&labels, IP_GRE);
	gre(&labels, 0, TYPE_MPLS);
	mpls(&labels, 16, true);
	segment4(&labels);
	assert_inside(&labels, TUNNEL_GRE, 0);
}

static void
gre_redirects_of_both_versions(void **state)
{
	struct wire one = { 0 }, two = { 0 };

	(void)state;
	ip4(&one, IP_GRE);
	gre(&one, 0, 0x883e);
	segment4(&one);
	assert_inside(&one, TUNNEL_GRE, 0);
	ip4(&two, IP_GRE);
	gre(&two, 0, 0x883e);
	put32(&two, 0x00000100);
	segment4(&two);
	assert_inside(&two, TUNNEL_GRE, 0);
}

static void
enhanced_gre_carries_ppp(void **state)
{
	struct wire data = { 0 }, acknowledgement = { 0 };

	(void)state;
	ip4(&data, IP_GRE);
	gre(&data, GRE_KEY | GRE_SEQUENCE | GRE_ACKNOWLEDGEMENT | 1, 0x880b);
	put16(&data, 43);
	put16(&data, 99);
	put32(&data, 5);
	put32(&data, 4);
	PUT(&data, 0xff, 0x03, 0x21);
	segment4(&data);
	assert_inside(&data, TUNNEL_GRE, 0);
	ip4(&acknowledgement, IP_GRE);
	gre(&acknowledgement, GRE_KEY | GRE_ACKNOWLEDGEMENT | 1, 0x880b);
	put32(&acknowledgement, 99);
	put32(&acknowledgement, 4);
	wire_seal(&acknowledgement);
	assert_not_tcp(&acknowledgement, LINK_RAW);
}

static void
gre_of_other_kinds_is_unsupported(void **state)
{
	struct wire routing = { 0 }, version = { 0 };

	(void)state;
	ip4(&routing, IP_GRE);
	gre(&routing, GRE_ROUTING, TYPE_IP4);
	put_zeros(&routing, 12);
	wire_seal(&routing);
	assert_status(&routing, LINK_RAW, DISSECT_UNSUPPORTED);
	ip4(&version, IP_GRE);
	gre(&version, 2, TYPE_IP4);
	wire_seal(&version);
	assert_status(&version, LINK_RAW, DISSECT_UNSUPPORTED);
}

static void
a_gre_keepalive_is_not_tcp(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	ip4(&wire, IP_GRE);
	gre(&wire, 0, 0);
	wire_seal(&wire);
	assert_not_tcp(&wire, LINK_RAW);
}

static void
erspan_of_all_three_types(void **state)
{
	struct wire one = { 0 }, two = { 0 }, three = { 0 }, three_long = { 0 };

	(void)state;
	ip4(&one, IP_GRE);
	gre(&one, 0, 0x88be);
	eth(&one, TYPE_IP4);
	segment4(&one);
	assert_inside(&one, TUNNEL_ERSPAN, 0);
	ip4(&two, IP_GRE);
	gre(&two, GRE_SEQUENCE, 0x88be);
	put32(&two, 1);
	PUT(&two, 0x10, 0x05, 0x1c, 0x17, 0, 0, 0, 9);
	eth(&two, TYPE_IP4);
	segment4(&two);
	assert_inside(&two, TUNNEL_ERSPAN, 0x017);
	ip4(&three, IP_GRE);
	gre(&three, GRE_SEQUENCE, 0x22eb);
	put32(&three, 1);
	PUT(&three, 0x20, 0x05, 0x03, 0xff, 0, 0, 0, 9, 0, 0, 0, 0);
	eth(&three, TYPE_IP6);
	segment6(&three);
	assert_inside(&three, TUNNEL_ERSPAN, 0x3ff);
	ip4(&three_long, IP_GRE);
	gre(&three_long, GRE_SEQUENCE, 0x22eb);
	put32(&three_long, 1);
	PUT(&three_long, 0x20, 0x05, 0x00, 0x01, 0, 0, 0, 9, 0, 0, 0, 1);
	put_zeros(&three_long, 8);
	eth(&three_long, TYPE_IP4);
	segment4(&three_long);
	assert_inside(&three_long, TUNNEL_ERSPAN, 1);
}

static void
vxlan(struct wire *wire, unsigned flags, unsigned next, uint32_t vni)
{
	PUT(wire, (uint8_t)flags, 0, 0, (uint8_t)next);
	put32(wire, vni << 8);
}

static void
vxlan_on_both_ports(void **state)
{
	static const uint16_t ports[] = { PORT_VXLAN, PORT_VXLAN_LINUX };

	(void)state;
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		struct wire wire = { 0 };

		ip4(&wire, IP_UDP);
		udp(&wire, ports[i]);
		vxlan(&wire, 0x08, 0, 0xabcdef);
		eth(&wire, TYPE_IP4);
		segment4(&wire);
		assert_inside(&wire, TUNNEL_VXLAN, 0xabcdef);
	}
}

static void
vlans_in_the_context_are_the_inner_ones(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	eth(&wire, TYPE_VLAN);
	vlan(&wire, 100, TYPE_IP6);
	ip6(&wire, IP_UDP);
	udp(&wire, PORT_VXLAN);
	vxlan(&wire, 0x08, 0, 5);
	eth(&wire, TYPE_VLAN);
	vlan(&wire, 200, TYPE_IP4);
	segment4(&wire);
	assert_client_segment(&wire, LINK_ETHERNET, &packet);
	assert_true(packet.context ==
		    packet_context_make((const uint16_t[]){ 200 }, 1, TUNNEL_VXLAN, 5));
}

static void
vlans_around_an_ip_tunnel_stay(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	eth(&wire, TYPE_VLAN);
	vlan(&wire, 100, TYPE_IP4);
	ip4(&wire, IP_IN_IP4);
	segment4(&wire);
	assert_client_segment(&wire, LINK_ETHERNET, &packet);
	assert_true(packet.context ==
		    packet_context_make((const uint16_t[]){ 100 }, 1, TUNNEL_IPIP, 0));
}

static void
vxlan_without_its_flag_is_not_tcp(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	ip4(&wire, IP_UDP);
	udp(&wire, PORT_VXLAN);
	vxlan(&wire, 0, 0, 1);
	eth(&wire, TYPE_IP4);
	segment4(&wire);
	assert_not_tcp(&wire, LINK_RAW);
}

static void
generic_vxlan_says_what_is_inside(void **state)
{
	struct wire four = { 0 }, six = { 0 }, ethernet = { 0 }, other = { 0 };

	(void)state;
	ip4(&four, IP_UDP);
	udp(&four, PORT_VXLAN_GPE);
	vxlan(&four, 0x0c, 1, 7);
	segment4(&four);
	assert_inside(&four, TUNNEL_VXLAN, 7);
	ip4(&six, IP_UDP);
	udp(&six, PORT_VXLAN_GPE);
	vxlan(&six, 0x0c, 2, 7);
	segment6(&six);
	assert_inside(&six, TUNNEL_VXLAN, 7);
	ip4(&ethernet, IP_UDP);
	udp(&ethernet, PORT_VXLAN_GPE);
	vxlan(&ethernet, 0x0c, 3, 7);
	eth(&ethernet, TYPE_IP4);
	segment4(&ethernet);
	assert_inside(&ethernet, TUNNEL_VXLAN, 7);
	ip4(&other, IP_UDP);
	udp(&other, PORT_VXLAN_GPE);
	vxlan(&other, 0x0c, 4, 7);
	put_zeros(&other, 40);
	wire_seal(&other);
	assert_not_tcp(&other, LINK_RAW);
}

static void
geneve_with_options(void **state)
{
	struct wire ethernet = { 0 }, ip = { 0 }, version = { 0 };

	(void)state;
	ip6(&ethernet, IP_UDP);
	udp(&ethernet, PORT_GENEVE);
	PUT(&ethernet, 0x02, 0x40, 0x65, 0x58, 0x00, 0x00, 0x0a, 0x00);
	put_zeros(&ethernet, 8);
	eth(&ethernet, TYPE_IP4);
	segment4(&ethernet);
	assert_inside(&ethernet, TUNNEL_GENEVE, 10);
	ip4(&ip, IP_UDP);
	udp(&ip, PORT_GENEVE);
	PUT(&ip, 0x00, 0x00, 0x86, 0xdd, 0xff, 0xff, 0xff, 0x00);
	segment6(&ip);
	assert_inside(&ip, TUNNEL_GENEVE, 0xffffff);
	ip4(&version, IP_UDP);
	udp(&version, PORT_GENEVE);
	PUT(&version, 0x40, 0x00, 0x08, 0x00, 0, 0, 1, 0);
	segment4(&version);
	assert_not_tcp(&version, LINK_RAW);
}

static void
gtp_with_and_without_extensions(void **state)
{
	struct wire plain = { 0 }, sequence = { 0 }, extended = { 0 };

	(void)state;
	ip4(&plain, IP_UDP);
	udp(&plain, PORT_GTPU);
	PUT(&plain, 0x30, 255, 0, 40, 1, 2, 3, 4);
	segment4(&plain);
	assert_inside(&plain, TUNNEL_GTPU, 0);
	ip4(&sequence, IP_UDP);
	udp(&sequence, PORT_GTPU);
	PUT(&sequence, 0x32, 255, 0, 44, 1, 2, 3, 4, 0, 9, 0, 0x85);
	segment6(&sequence);
	assert_inside(&sequence, TUNNEL_GTPU, 0);
	ip4(&extended, IP_UDP);
	udp(&extended, PORT_GTPU);
	PUT(&extended, 0x34, 255, 0, 52, 1, 2, 3, 4, 0, 0, 0, 0x85);
	PUT(&extended, 1, 0, 0, 0xc0, 2, 0, 0, 0, 0, 0, 0, 0);
	segment4(&extended);
	assert_inside(&extended, TUNNEL_GTPU, 0);
}

static void
both_directions_of_a_gtp_flow_share_a_context(void **state)
{
	static const uint8_t identifiers[] = { 1, 2 };
	packet_context contexts[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct wire wire = { 0 };
		struct packet packet;

		ip4(&wire, IP_UDP);
		udp(&wire, PORT_GTPU);
		PUT(&wire, 0x30, 255, 0, 40, 0, 0, 0, identifiers[i]);
		segment4(&wire);
		assert_client_segment(&wire, LINK_RAW, &packet);
		contexts[i] = packet.context;
	}
	assert_true(contexts[0] == contexts[1]);
}

static void
gtp_that_carries_no_ip_is_not_tcp(void **state)
{
	struct wire echo = { 0 }, unstructured = { 0 }, endless = { 0 };

	(void)state;
	ip4(&echo, IP_UDP);
	udp(&echo, PORT_GTPU);
	PUT(&echo, 0x32, 1, 0, 4, 0, 0, 0, 0, 0, 1, 0, 0);
	wire_seal(&echo);
	assert_not_tcp(&echo, LINK_RAW);
	ip4(&unstructured, IP_UDP);
	udp(&unstructured, PORT_GTPU);
	PUT(&unstructured, 0x30, 255, 0, 4, 0, 0, 0, 1, 0xff, 0, 0, 0);
	wire_seal(&unstructured);
	assert_not_tcp(&unstructured, LINK_RAW);
	ip4(&endless, IP_UDP);
	udp(&endless, PORT_GTPU);
	PUT(&endless, 0x34, 255, 0, 124, 0, 0, 0, 1, 0, 0, 0, 0x85);
	for (unsigned i = 0; i < 20; i++)
		PUT(&endless, 1, 0, 0, i < 19 ? 0x85 : 0);
	segment4(&endless);
	assert_not_tcp(&endless, LINK_RAW);
}

static void
l2tp_data_carries_ppp(void **state)
{
	struct wire plain = { 0 }, full = { 0 }, control = { 0 };

	(void)state;
	ip4(&plain, IP_UDP);
	udp(&plain, PORT_L2TP);
	PUT(&plain, 0x00, 0x02, 0, 1, 0, 2, 0xff, 0x03, 0x00, 0x21);
	segment4(&plain);
	assert_inside(&plain, TUNNEL_L2TP, 0);
	ip4(&full, IP_UDP);
	udp(&full, PORT_L2TP);
	PUT(&full, 0x4a, 0x02, 0, 80, 0, 1, 0, 2, 0, 1, 0, 2, 0, 3, 0, 0, 0, 0x21);
	segment4(&full);
	assert_inside(&full, TUNNEL_L2TP, 0);
	ip4(&control, IP_UDP);
	udp(&control, PORT_L2TP);
	PUT(&control, 0xc8, 0x02, 0, 12, 0, 1, 0, 0, 0, 1, 0, 2);
	wire_seal(&control);
	assert_not_tcp(&control, LINK_RAW);
}

static void
answers_from_a_tunnels_port_are_recognised(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	ip4(&wire, IP_UDP);
	udp(&wire, 33333);
	poke16(&wire, wire_at(&wire, WIRE_UDP), PORT_L2TP);
	PUT(&wire, 0x00, 0x02, 0, 1, 0, 2, 0xff, 0x03, 0x00, 0x21);
	segment4(&wire);
	assert_inside(&wire, TUNNEL_L2TP, 0);
}

static void
other_udp_is_not_tcp(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	ip4(&wire, IP_UDP);
	udp(&wire, 53);
	put_zeros(&wire, 40);
	wire_seal(&wire);
	assert_not_tcp(&wire, LINK_RAW);
}

static void
what_does_not_parse_behind_a_port_was_something_else(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	ip4(&wire, IP_UDP);
	udp(&wire, PORT_VXLAN);
	vxlan(&wire, 0x08, 0, 1);
	eth(&wire, TYPE_IP4);
	PUT(&wire, 0x41);
	put_zeros(&wire, 40);
	wire_seal(&wire);
	assert_not_tcp(&wire, LINK_RAW);
}

static void
nested(struct wire *wire, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		ip4(wire, IP_IN_IP4);
	segment4(wire);
}

static void
nesting_is_bounded(void **state)
{
	struct wire deep = { 0 }, deeper = { 0 };

	(void)state;
	nested(&deep, 8);
	assert_inside(&deep, TUNNEL_IPIP, 0);
	nested(&deeper, 9);
	assert_status(&deeper, LINK_RAW, DISSECT_UNSUPPORTED);
}

static void
the_innermost_tunnel_counts(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	ip4(&wire, IP_GRE);
	gre(&wire, GRE_KEY, TYPE_IP4);
	put32(&wire, 77);
	ip4(&wire, IP_UDP);
	udp(&wire, PORT_VXLAN);
	vxlan(&wire, 0x08, 0, 5);
	eth(&wire, TYPE_IP4);
	segment4(&wire);
	assert_inside(&wire, TUNNEL_VXLAN, 5);
}

static void
first_fragment_of_a_tunnel_shows_the_segment(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;
	uint32_t inner;

	(void)state;
	ip4(&wire, IP_UDP);
	ip4_fragment(&wire, 0, true);
	udp(&wire, PORT_VXLAN);
	vxlan(&wire, 0x08, 0, 5);
	eth(&wire, TYPE_IP4);
	inner = wire.length;
	ip4(&wire, IP_TCP);
	tcp(&wire, TCP_ACK);
	put_zeros(&wire, 48);
	wire_seal(&wire);
	poke16(&wire, inner + 2, 1500);
	poke16(&wire, wire_at(&wire, WIRE_UDP) + 4, 8 + 8 + 14 + 1500);
	assert_int_equal(wire_dissect(&wire, LINK_RAW, &packet), DISSECT_OK);
	assert_int_equal(packet.kind, PACKET_TCP);
	assert_int_equal(packet.payload_length, 1460);
	assert_int_equal(packet.payload_captured, 48);
	assert_int_equal(packet.defects, DEFECT_FIRST_FRAGMENT | DEFECT_SNAPPED);
	wire_cut_everywhere(&wire, LINK_RAW);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ip_in_ip_in_all_four_ways),
		cmocka_unit_test(the_addresses_are_the_inner_ones),
		cmocka_unit_test(ethernet_in_ip),
		cmocka_unit_test(gre_plain_and_with_every_option),
		cmocka_unit_test(gre_carries_ethernet_ppp_and_mpls),
		cmocka_unit_test(gre_redirects_of_both_versions),
		cmocka_unit_test(enhanced_gre_carries_ppp),
		cmocka_unit_test(gre_of_other_kinds_is_unsupported),
		cmocka_unit_test(a_gre_keepalive_is_not_tcp),
		cmocka_unit_test(erspan_of_all_three_types),
		cmocka_unit_test(vxlan_on_both_ports),
		cmocka_unit_test(vlans_in_the_context_are_the_inner_ones),
		cmocka_unit_test(vlans_around_an_ip_tunnel_stay),
		cmocka_unit_test(vxlan_without_its_flag_is_not_tcp),
		cmocka_unit_test(generic_vxlan_says_what_is_inside),
		cmocka_unit_test(geneve_with_options),
		cmocka_unit_test(gtp_with_and_without_extensions),
		cmocka_unit_test(both_directions_of_a_gtp_flow_share_a_context),
		cmocka_unit_test(gtp_that_carries_no_ip_is_not_tcp),
		cmocka_unit_test(l2tp_data_carries_ppp),
		cmocka_unit_test(answers_from_a_tunnels_port_are_recognised),
		cmocka_unit_test(other_udp_is_not_tcp),
		cmocka_unit_test(what_does_not_parse_behind_a_port_was_something_else),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(the_innermost_tunnel_counts),
		cmocka_unit_test(first_fragment_of_a_tunnel_shows_the_segment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
