/* SPDX-License-Identifier: BSD-2-Clause */
/* The TCP header, each option, options that lie or are cut, and the checksum. */
#include "tests/wire.h"

enum {
	TCP_AT = 20, /* behind the IPv4 header of a RAW frame */
	OPTIONS_AT = TCP_AT + 20,
	CHECKSUM_AT = TCP_AT + 16,
};

/* A sealed SYN over IPv4 with options, which are padded with end markers to a multiple of 4. */
static void
segment_with(struct wire *wire, const void *options, unsigned length)
{
	uint8_t padded[40] = { 0 };

	memcpy(padded, options, length);
	ip4(wire, IP_TCP);
	tcp_with(wire, TCP_SYN, padded, (length + 3) / 4 * 4);
	wire_seal(wire);
}

/* The packet that a segment with these options is dissected into. */
static struct packet
with_options(const void *options, unsigned length)
{
	struct wire wire = { 0 };
	struct packet packet;

	segment_with(&wire, options, length);
	assert_client_segment(&wire, LINK_RAW, &packet);
	return packet;
}

/* The same from bytes that are written out. */
#define WITH(...) with_options((const uint8_t[]){ __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ }))

static void
fields_are_read(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	ip4(&wire, IP_TCP);
	tcp(&wire, TCP_PSH | TCP_ACK | TCP_ECE | TCP_CWR);
	put_text(&wire, "hello");
	wire_seal(&wire);
	assert_client_segment(&wire, LINK_RAW, &packet);
	assert_int_equal(packet.ack, CLIENT_ACK);
	assert_int_equal(packet.flags, TCP_PSH | TCP_ACK | TCP_ECE | TCP_CWR);
	assert_int_equal(packet.window, CLIENT_WINDOW);
	assert_int_equal(packet.checksum_field,
			 wire.bytes[CHECKSUM_AT] << 8 | wire.bytes[CHECKSUM_AT + 1]);
	assert_int_equal(packet.options, 0);
	assert_int_equal(packet.payload_length, 5);
	assert_int_equal(packet.payload_captured, 5);
	assert_ptr_equal(packet.payload, wire.bytes + 40);
	assert_int_equal(packet.defects, 0);
}

static void
a_data_offset_below_five_is_malformed(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	segment_with(&wire, "", 0);
	wire.bytes[TCP_AT + 12] = 0x40;
	assert_status(&wire, LINK_RAW, DISSECT_MALFORMED);
}

static void
a_data_offset_beyond_the_packet_is_malformed(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	segment_with(&wire, "", 0);
	wire.bytes[TCP_AT + 12] = 0x60;
	put_zeros(&wire, 20); /* link padding does not help */
	assert_status(&wire, LINK_RAW, DISSECT_MALFORMED);
}

static void
nineteen_bytes_are_no_header(void **state)
{
	struct wire wire = { 0 };

	(void)state;
	ip4(&wire, IP_TCP);
	put_zeros(&wire, 19);
	wire_seal(&wire);
	assert_status(&wire, LINK_RAW, DISSECT_MALFORMED);
}

static void
maximum_segment_size(void **state)
{
	struct packet packet = WITH(2, 4, 0x05, 0xb4);

	(void)state;
	assert_int_equal(packet.options, TCP_HAS_MSS);
	assert_int_equal(packet.mss, 1460);
}

static void
window_scale(void **state)
{
	struct packet packet = WITH(3, 3, 200);

	(void)state;
	assert_int_equal(packet.options, TCP_HAS_WSCALE);
	assert_int_equal(packet.wscale, 200);
}

static void
window_scale_of_zero_is_not_none(void **state)
{
	struct packet with = WITH(1, 3, 3, 0), without = WITH(1, 1, 1, 1);

	(void)state;
	assert_int_equal(with.options, TCP_HAS_WSCALE);
	assert_int_equal(without.options, 0);
	assert_int_equal(without.wscale, 0);
}

static void
selective_acknowledgement_permitted(void **state)
{
	struct packet packet = WITH(4, 2);

	(void)state;
	assert_int_equal(packet.options, TCP_HAS_SACK_PERMITTED);
}

static void
selective_acknowledgement_blocks(void **state)
{
	struct packet packet =
		WITH(1, 1, 5, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0, 0, 3, 0xff, 0, 0, 4);

	(void)state;
	assert_int_equal(packet.options, TCP_HAS_SACK);
	assert_int_equal(packet.sack_count, 2);
	assert_int_equal(packet.sack[0].left, 1);
	assert_int_equal(packet.sack[0].right, 2);
	assert_int_equal(packet.sack[1].left, 0xff000003);
	assert_int_equal(packet.sack[1].right, 0xff000004);
}

static void
selective_acknowledgement_at_its_fullest(void **state)
{
	uint8_t options[36] = { 1, 1, 5, 34 };
	struct packet packet;

	(void)state;
	options[35] = 8;
	packet = with_options(options, sizeof(options));
	assert_int_equal(packet.sack_count, 4);
	assert_int_equal(packet.sack[3].right, 8);
}

static void
selective_acknowledgement_of_nothing(void **state)
{
	struct packet packet = WITH(5, 2, 1, 1);

	(void)state;
	assert_int_equal(packet.options, TCP_HAS_SACK);
	assert_int_equal(packet.sack_count, 0);
	assert_int_equal(packet.defects, 0);
}

static void
timestamp_in_the_usual_layout_and_in_others(void **state)
{
	struct packet usual = WITH(1, 1, 8, 10, 0xde, 0xad, 0, 1, 0xbe, 0xef, 0, 2);
	struct packet other = WITH(8, 10, 0xde, 0xad, 0, 1, 0xbe, 0xef, 0, 2, 1, 1);

	(void)state;
	assert_int_equal(usual.options, TCP_HAS_TIMESTAMP);
	assert_int_equal(usual.tsval, 0xdead0001);
	assert_int_equal(usual.tsecr, 0xbeef0002);
	assert_int_equal(other.options, TCP_HAS_TIMESTAMP);
	assert_int_equal(other.tsval, 0xdead0001);
	assert_int_equal(other.tsecr, 0xbeef0002);
}

static void
timestamp_followed_by_more_is_read_to_the_end(void **state)
{
	struct packet packet =
		WITH(1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 1, 5, 10, 0, 0, 0, 3, 0, 0, 0, 4);

	(void)state;
	assert_int_equal(packet.options, TCP_HAS_TIMESTAMP | TCP_HAS_SACK);
	assert_int_equal(packet.sack[0].left, 3);
}

static void
fast_open_cookie_and_request(void **state)
{
	struct packet cookie = WITH(34, 10, 1, 2, 3, 4, 5, 6, 7, 8), request = WITH(34, 2);

	(void)state;
	assert_int_equal(cookie.options, TCP_HAS_FAST_OPEN);
	assert_int_equal(cookie.fast_open_cookie_length, 8);
	assert_int_equal(request.options, TCP_HAS_FAST_OPEN);
	assert_int_equal(request.fast_open_cookie_length, 0);
}

static void
fast_open_by_experiment(void **state)
{
	struct packet cookie = WITH(254, 8, 0xf9, 0x89, 1, 2, 3, 4),
		      request = WITH(254, 4, 0xf9, 0x89);
	struct packet other = WITH(254, 4, 0xe2, 0xd4);

	(void)state;
	assert_int_equal(cookie.options, TCP_HAS_FAST_OPEN);
	assert_int_equal(cookie.fast_open_cookie_length, 4);
	assert_int_equal(request.options, TCP_HAS_FAST_OPEN);
	assert_int_equal(request.fast_open_cookie_length, 0);
	assert_int_equal(other.options, TCP_HAS_UNKNOWN);
}

static void
multipath_subtypes(void **state)
{
	struct packet capable = WITH(30, 4, 0x01, 0x81);
	struct packet join = WITH(30, 12, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0);

	(void)state;
	assert_int_equal(capable.options, TCP_HAS_MPTCP);
	assert_int_equal(capable.mptcp_subtype, 0);
	assert_int_equal(join.mptcp_subtype, 1);
	assert_int_equal(join.defects, 0);
}

static void
multipath_data_fin(void **state)
{
	struct packet with = WITH(30, 8, 0x20, 0x11, 0, 0, 0, 1);
	struct packet without = WITH(30, 8, 0x20, 0x01, 0, 0, 0, 1);
	struct packet capable = WITH(30, 4, 0x01, 0x91);

	(void)state;
	assert_int_equal(with.mptcp_subtype, 2);
	assert_int_equal(with.defects, DEFECT_MPTCP_DATA_FIN);
	assert_int_equal(without.mptcp_subtype, 2);
	assert_int_equal(without.defects, 0);
	assert_int_equal(capable.defects, 0);
}

static void
multipath_fast_close_goes_before_other_subtypes(void **state)
{
	struct packet packet =
		WITH(30, 4, 0x20, 0x00, 30, 12, 0x70, 0, 0, 0, 0, 0, 0, 0, 0, 0, 30, 4, 0x60, 0);

	(void)state;
	assert_int_equal(packet.mptcp_subtype, 7);
}

static void
authentication_options_are_noted(void **state)
{
	struct packet md5 = WITH(19, 18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	struct packet ao = WITH(29, 8, 1, 2, 0, 0, 0, 0);

	(void)state;
	assert_int_equal(md5.options, TCP_HAS_MD5);
	assert_int_equal(ao.options, TCP_HAS_AO);
}

static void
an_unknown_option_is_noted_and_stepped_over(void **state)
{
	struct packet packet = WITH(99, 4, 0, 0, 2, 4, 0x05, 0xb4);

	(void)state;
	assert_int_equal(packet.options, TCP_HAS_UNKNOWN | TCP_HAS_MSS);
	assert_int_equal(packet.mss, 1460);
}

static void
a_usual_syn_has_them_all(void **state)
{
	struct packet packet =
		WITH(2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 7, 0, 0, 0, 0, 1, 3, 3, 7);

	(void)state;
	assert_int_equal(packet.options,
			 TCP_HAS_MSS | TCP_HAS_SACK_PERMITTED | TCP_HAS_TIMESTAMP | TCP_HAS_WSCALE);
	assert_int_equal(packet.tsval, 7);
	assert_int_equal(packet.wscale, 7);
}

static void
nothing_is_read_behind_the_end_marker(void **state)
{
	struct packet packet = WITH(0, 2, 4, 0, 2, 4, 1, 1);

	(void)state;
	assert_int_equal(packet.options, 0);
	assert_int_equal(packet.defects, 0);
}

static void
a_lying_length_keeps_what_came_before(void **state)
{
	struct packet zero = WITH(4, 2, 99, 0), one = WITH(4, 2, 99, 1), beyond = WITH(4, 2, 99, 3);
	struct packet missing = WITH(4, 2, 1, 99);

	(void)state;
	assert_int_equal(zero.options, TCP_HAS_SACK_PERMITTED);
	assert_int_equal(zero.defects, DEFECT_OPTION_LENGTH);
	assert_int_equal(one.options, TCP_HAS_SACK_PERMITTED);
	assert_int_equal(one.defects, DEFECT_OPTION_LENGTH);
	assert_int_equal(beyond.options, TCP_HAS_SACK_PERMITTED);
	assert_int_equal(beyond.defects, DEFECT_OPTION_LENGTH);
	assert_int_equal(missing.options, TCP_HAS_SACK_PERMITTED);
	assert_int_equal(missing.defects, DEFECT_OPTION_LENGTH);
}

static void
a_length_that_is_not_the_kinds_own_lies(void **state)
{
	struct packet mss = WITH(2, 3, 5, 1, 4, 2), wscale = WITH(3, 4, 7, 7),
		      timestamp = WITH(8, 4, 0, 0);
	struct packet sack = WITH(5, 9, 0, 0, 0, 1, 0, 0, 0), multipath = WITH(30, 2, 1, 1);

	(void)state;
	assert_int_equal(mss.options, 0);
	assert_int_equal(mss.defects, DEFECT_OPTION_LENGTH);
	assert_int_equal(wscale.defects, DEFECT_OPTION_LENGTH);
	assert_int_equal(timestamp.defects, DEFECT_OPTION_LENGTH);
	assert_int_equal(sack.options, 0);
	assert_int_equal(sack.defects, DEFECT_OPTION_LENGTH);
	assert_int_equal(multipath.options, 0);
	assert_int_equal(multipath.defects, DEFECT_OPTION_LENGTH);
}

static void
options_cut_by_the_snapshot(void **state)
{
	static const uint8_t options[] = { 2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 7, 0, 0, 0, 0 };
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	segment_with(&wire, options, sizeof(options));
	assert_int_equal(wire_dissect_cut(&wire, LINK_RAW, OPTIONS_AT + 10, wire.length, &packet),
			 DISSECT_OK);
	assert_int_equal(packet.kind, PACKET_TCP);
	assert_int_equal(packet.options, TCP_HAS_MSS | TCP_HAS_SACK_PERMITTED);
	assert_int_equal(packet.defects, DEFECT_OPTIONS_CUT);
	assert_int_equal(packet.payload_length, 0);
	assert_int_equal(packet.checksum, CHECKSUM_UNKNOWN);
}

static void
cut_options_leave_the_payload_length(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	ip4(&wire, IP_TCP);
	tcp_with(&wire, TCP_ACK, "\x01\x01\x08\x0a\0\0\0\1\0\0\0\2", 12);
	put_zeros(&wire, 500);
	wire_seal(&wire);
	assert_int_equal(wire_dissect_cut(&wire, LINK_RAW, OPTIONS_AT, wire.length, &packet),
			 DISSECT_OK);
	assert_int_equal(packet.payload_length, 500);
	assert_int_equal(packet.payload_captured, 0);
	assert_null(packet.payload);
	assert_int_equal(packet.defects, DEFECT_OPTIONS_CUT | DEFECT_SNAPPED);
}

static void
header_cut_by_the_snapshot_is_truncated(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	segment_with(&wire, "", 0);
	assert_int_equal(wire_dissect_cut(&wire, LINK_RAW, wire.length - 1, wire.length, &packet),
			 DISSECT_TRUNCATED);
}

/* The checksum state of a segment with length bytes of payload, of which one bit may be turned. */
static enum checksum_state
state_of(bool is6, unsigned length, bool damaged)
{
	struct wire wire = { 0 };
	struct packet packet;

	if (is6)
		ip6(&wire, IP_TCP);
	else
		ip4(&wire, IP_TCP);
	tcp(&wire, TCP_ACK);
	for (unsigned i = 0; i < length; i++)
		PUT(&wire, (uint8_t)(0xff - i));
	wire_seal(&wire);
	if (damaged)
		wire.bytes[wire.length - 1] ^= 0x10;
	assert_int_equal(wire_dissect(&wire, LINK_RAW, &packet), DISSECT_OK);
	return (enum checksum_state)packet.checksum;
}

static void
checksum_of_every_length(void **state)
{
	(void)state;
	for (unsigned length = 0; length <= CHECKSUM_LENGTH_MAX - 20; length++) {
		assert_int_equal(state_of(false, length, false), CHECKSUM_GOOD);
		assert_int_equal(state_of(true, length, false), CHECKSUM_GOOD);
		assert_int_equal(state_of(false, length, true), CHECKSUM_BAD);
		assert_int_equal(state_of(true, length, true), CHECKSUM_BAD);
	}
}

static void
checksum_of_a_long_segment_is_not_looked_at(void **state)
{
	(void)state;
	assert_int_equal(state_of(false, CHECKSUM_LENGTH_MAX - 19, false), CHECKSUM_UNKNOWN);
}

static void
checksum_of_a_snapped_segment_is_unknown(void **state)
{
	struct wire wire = { 0 };
	struct packet packet;

	(void)state;
	ip4(&wire, IP_TCP);
	tcp(&wire, TCP_ACK);
	put_zeros(&wire, 2);
	wire_seal(&wire);
	assert_int_equal(wire_dissect_cut(&wire, LINK_RAW, wire.length - 1, wire.length, &packet),
			 DISSECT_OK);
	assert_int_equal(packet.checksum, CHECKSUM_UNKNOWN);
}

static void
checksum_left_to_the_card_is_partial(void **state)
{
	struct wire four = { 0 }, six = { 0 };
	struct packet packet;

	(void)state;
	ip4(&four, IP_TCP);
	tcp(&four, TCP_ACK);
	put_text(&four, "abc");
	wire_seal(&four);
	poke16(&four, CHECKSUM_AT, wire_fold(wire_pseudo_sum(&four, 0, 23)));
	assert_int_equal(wire_dissect(&four, LINK_RAW, &packet), DISSECT_OK);
	assert_int_equal(packet.checksum, CHECKSUM_PARTIAL);
	ip6(&six, IP_TCP);
	tcp(&six, TCP_ACK);
	wire_seal(&six);
	poke16(&six, wire_at(&six, WIRE_TCP) + 16, wire_fold(wire_pseudo_sum(&six, 0, 20)));
	assert_int_equal(wire_dissect(&six, LINK_RAW, &packet), DISSECT_OK);
	assert_int_equal(packet.checksum, CHECKSUM_PARTIAL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_read),
		cmocka_unit_test(a_data_offset_below_five_is_malformed),
		cmocka_unit_test(a_data_offset_beyond_the_packet_is_malformed),
		cmocka_unit_test(nineteen_bytes_are_no_header),
		cmocka_unit_test(maximum_segment_size),
		cmocka_unit_test(window_scale),
		cmocka_unit_test(window_scale_of_zero_is_not_none),
		cmocka_unit_test(selective_acknowledgement_permitted),
		cmocka_unit_test(selective_acknowledgement_blocks),
		cmocka_unit_test(selective_acknowledgement_at_its_fullest),
		cmocka_unit_test(selective_acknowledgement_of_nothing),
		cmocka_unit_test(timestamp_in_the_usual_layout_and_in_others),
		cmocka_unit_test(timestamp_followed_by_more_is_read_to_the_end),
		cmocka_unit_test(fast_open_cookie_and_request),
		cmocka_unit_test(fast_open_by_experiment),
		cmocka_unit_test(multipath_subtypes),
		cmocka_unit_test(multipath_data_fin),
		cmocka_unit_test(multipath_fast_close_goes_before_other_subtypes),
		cmocka_unit_test(authentication_options_are_noted),
		cmocka_unit_test(an_unknown_option_is_noted_and_stepped_over),
		cmocka_unit_test(a_usual_syn_has_them_all),
		cmocka_unit_test(nothing_is_read_behind_the_end_marker),
		cmocka_unit_test(a_lying_length_keeps_what_came_before),
		cmocka_unit_test(a_length_that_is_not_the_kinds_own_lies),
		cmocka_unit_test(options_cut_by_the_snapshot),
		cmocka_unit_test(cut_options_leave_the_payload_length),
		cmocka_unit_test(header_cut_by_the_snapshot_is_truncated),
		cmocka_unit_test(checksum_of_every_length),
		cmocka_unit_test(checksum_of_a_long_segment_is_not_looked_at),
		cmocka_unit_test(checksum_of_a_snapped_segment_is_unknown),
		cmocka_unit_test(checksum_left_to_the_card_is_partial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
