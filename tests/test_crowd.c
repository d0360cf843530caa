/* SPDX-License-Identifier: BSD-2-Clause */
/* Crowd files: what they mean, which mistakes are told, and that frames are true to their plays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "dissect/dissect.h"
#include "tests/crowd.h"

#define HANDSHAKE "0.000 C > S 0:0(0)\n0.020 S > S. 0:0(0) ack 1\n0.021 C > . 1:1(0) ack 1\n"

static char folder[] = "/tmp/tcpwhy-crowd-XXXXXX";

static const char *
path_of(const char *name)
{
	static char path[128];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void
write_file(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static struct crowd *
load(const char *text)
{
	char error[512];
	struct crowd *crowd = NULL;
	write_file("a.crowd", text);
	if (crowd_load(path_of("a.crowd"), &crowd, error, sizeof(error)) != 0)
		fail_msg("%s", error);
	return crowd;
}

/* A crowd of one play, whose lines are given. */
static struct crowd *
load_play(const char *play, const char *text)
{
	char whole[2048];
	write_file("it.tw", play);
	snprintf(whole, sizeof(whole), "play it it.tw\n%s", text);
	return load(whole);
}

static struct packet
packet_at(const struct crowd *crowd, size_t index)
{
	struct packet packet = { .ts_ns = 0 };
	assert_true(index < crowd->frame_count);
	assert_int_equal(dissect_frame(&crowd->frames[index], &packet), DISSECT_OK);
	return packet;
}

static double
seconds_at(const struct crowd *crowd, size_t index)
{
	assert_true(index < crowd->frame_count);
	return (double)(crowd->frames[index].ts_ns - crowd->start_ns) / 1e9;
}

static void
expect_time(const struct crowd *crowd, size_t index, double seconds)
{
	double got = seconds_at(crowd, index);
	assert_true(got > seconds - 1e-6 && got < seconds + 1e-6);
}

static void
mistakes_are_told_with_their_line(void **state)
{
	static const struct {
		const char *line, *error;
	} mistakes[] = {
		{ "stroll", "\"stroll\" is no statement" },
		{ "play it", "play NAME FILE" },
		{ "play it nowhere.tw", "cannot be opened" },
		{ "3 it from 10.0.0.1 to 10.0.0.2:1 at 0", "COUNT x PLAY" },
		{ "0 x it from 10.0.0.1 to 10.0.0.2:1 at 0", "COUNT x PLAY" },
		{ "3 x that from 10.0.0.1 to 10.0.0.2:1 at 0", "plays/that.tw: cannot be opened" },
		{ "3 x it to 10.0.0.2:1 at 0", "from HOSTS, and to HOSTS:PORT" },
		{ "3 x it from 10.0.0.1 at 0", "from HOSTS, and to HOSTS:PORT" },
		{ "3 x it from 10.0.0.1 to 10.0.0.2:1", "over FROM..TO" },
		{ "3 x it from 10.0.0.1 to 10.0.0.2:1 at 0 at 1", "given twice" },
		{ "3 x it from 10.0.0 to 10.0.0.2:1 at 0", "\"10.0.0\" is no address" },
		{ "3 x it from 10.0.0.1/40 to 10.0.0.2:1 at 0", "no prefix" },
		{ "3 x it from 10.0.0.9..10.0.0.1 to 10.0.0.2:1 at 0", "no range of addresses" },
		{ "3 x it from 10.0.0.1 to 10.0.0.2 at 0", "ADDRESS:PORT is missing" },
		{ "3 x it from 10.0.0.1 to 10.0.0.2:70000 at 0", "no number up to 65535" },
		{ "3 x it from 10.0.0.1 to 10.0.0.2:9..1 at 0", "counts backwards" },
		{ "3 x it from ::1 to [::2]:1 at 0", "the play is IPv4" },
		{ "3 x it from 10.0.0.1 to 10.0.0.2:1 at x", "no time in seconds" },
		{ "3 x it from 10.0.0.1 to 10.0.0.2:1 over 9..1", "runs backwards" },
		{ "3 x it from 10.0.0.1 to 10.0.0.2:1 at 0 even", "behind over" },
		{ "3 x it from 10.0.0.1 to 10.0.0.2:1 at 0 spread -1", "not negative" },
		{ "3 x it from 10.0.0.1 to 10.0.0.2:1 at 0 then 5", "then at TIME" },
		{ "3 x it from 10.0.0.1 to 10.0.0.2:1 at 0 mac 1:2", "no MAC address" },
		{ "3 x it from 10.0.0.1 to 10.0.0.2:1 at 0 sport-mod 8 3", "sport-mod NUMBER" },
		{ "3 x it from 10.0.0.1 to 10.0.0.2:1 at 0 vlan 5000", "no number up to 4094" },
		{ "3 x it from 10.0.0.1 to 10.0.0.2:1 at 0 loudly", "\"loudly\" is no part" },
		{ "29000 x it from 10.0.0.1 to 10.0.0.2:1 at 0", "no port left" },
		{ "start yesterday", "start YEAR" },
		{ "drop 2", "drop NUMBER %" },
		{ "drop 2 % to nobody", "to server, or to client" },
		{ "end", "no time in seconds" },
		{ "end 5 6", "\"6\" is too much" },
		{ "limit syn", "limit NAME=VALUE" },
		{ "skip \"without an end", "without an end" },
		{ "expect", "expect finding, no finding" },
		{ "expect finding", "expect finding CODE" },
		{ "expect finding flows=3", "expect finding CODE" },
		{ "expect finding port-scan flows", "KEY=VALUE is missing" },
		{ "expect finding port-scan flows=", "something is missing" },
		{ "expect finding port-scan flows>=3~1", "only KEY=VALUE has a tolerance" },
		{ "expect none of it", "expect none, or" },
		{ "expect verdicts", "nothing is expected" },
		{ "end 3", "" }, /* the line alone is right */
	};
	(void)state;
	write_file("it.tw", HANDSHAKE);
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		char text[256], error[512];
		struct crowd *crowd = NULL;
		snprintf(text, sizeof(text), "play it it.tw\n%s\n", mistakes[i].line);
		write_file("a.crowd", text);
		int status = crowd_load(path_of("a.crowd"), &crowd, error, sizeof(error));
		if (mistakes[i].error[0] == '\0') {
			assert_int_equal(status, 0);
			crowd_free(crowd);
			continue;
		}
		if (status == 0 || strstr(error, mistakes[i].error) == NULL ||
		    strstr(error, "a.crowd:2: ") == NULL)
			fail_msg("%s: %s", mistakes[i].line, status == 0 ? "taken" : error);
	}
}

static void
plays_have_two_speakers_on_ethernet(void **state)
{
	static const struct {
		const char *play, *error;
	} mistakes[] = {
		{ "link raw\n" HANDSHAKE, "not Ethernet" },
		{ "0 begin\n", "no TCP" },
		{ HANDSHAKE "flow b server 198.51.100.9:80\n1 b.C > S 0:0(0)\n", "one client" },
		{ HANDSHAKE "1 C > what\n", "it.tw:4: " },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		char error[512];
		struct crowd *crowd = NULL;
		write_file("it.tw", mistakes[i].play);
		write_file("a.crowd", "play it it.tw\n");
		assert_int_equal(crowd_load(path_of("a.crowd"), &crowd, error, sizeof(error)), -1);
		if (strstr(error, mistakes[i].error) == NULL)
			fail_msg("%s: %s", mistakes[i].error, error);
	}
}

static void
expect_same_frames(const struct crowd *a, size_t a_from, const struct crowd *b, size_t b_from,
		   size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct frame *frame_a = &a->frames[a_from + i];
		const struct frame *frame_b = &b->frames[b_from + i];
		assert_int_equal(frame_a->caplen, frame_b->caplen);
		assert_true(frame_a->ts_ns == frame_b->ts_ns);
		assert_memory_equal(frame_a->data, frame_b->data, frame_a->caplen);
	}
}

static void
the_same_file_gives_the_same_frames(void **state)
{
	static const char line[] = "40 x it from 10.1.0.0/24 to 10.0.0.2:80 over 0..9\n";
	char longer[256], seeded[256];
	(void)state;
	snprintf(longer, sizeof(longer), "%s9 x it from random to 10.0.0.3:80 over 20..30\n", line);
	snprintf(seeded, sizeof(seeded), "seed 5\n%s", line);
	struct crowd *first = load_play(HANDSHAKE, line), *second = load_play(HANDSHAKE, line);
	struct crowd *more = load_play(HANDSHAKE, longer), *other = load_play(HANDSHAKE, seeded);
	assert_int_equal(first->frame_count, 120);
	assert_int_equal(second->frame_count, 120);
	expect_same_frames(first, 0, second, 0, 120);
	assert_int_equal(more->frame_count, 147);
	expect_same_frames(first, 0, more, 0, 120);
	assert_true(first->frames[0].ts_ns != other->frames[0].ts_ns);
	crowd_free(first);
	crowd_free(second);
	crowd_free(more);
	crowd_free(other);
}

static void
frames_are_in_order_and_counted(void **state)
{
	(void)state;
	struct crowd *crowd = load_play(
		HANDSHAKE, "100 x it from 10.1.0.0/24 to 10.0.0.2:80 at 5 spread 0.01\nend 9\n");
	assert_int_equal(crowd->frame_count, 301);
	for (size_t i = 0; i < crowd->frame_count; i++) {
		assert_int_equal(crowd->frames[i].number, i + 1);
		assert_true(i == 0 || crowd->frames[i].ts_ns >= crowd->frames[i - 1].ts_ns);
	}
	assert_int_equal(packet_at(crowd, 300).kind, PACKET_NOT_TCP);
	expect_time(crowd, 300, 9);
	crowd_free(crowd);
}

/* Every SYN, SYN-ACK and ACK of a crowd fit together, and no endpoints come twice. */
static void
connections_are_whole_and_different(void **state)
{
	(void)state;
	struct crowd *crowd = load_play(HANDSHAKE, "300 x it from 10.1.0.0/28 to 10.0.0.2:80 at 0 "
						   "sport-mod 8 = 3\n");
	assert_int_equal(crowd->frame_count, 900);
	for (size_t i = 0; i < 300; i++) {
		struct packet syn = packet_at(crowd, i);
		struct packet synack = packet_at(crowd, 300 + i), ack = packet_at(crowd, 600 + i);
		assert_int_equal(syn.flags, TCP_SYN);
		assert_int_equal(syn.src_port, synack.dst_port);
		assert_int_equal(syn.seq + 1, synack.ack);
		assert_int_equal(synack.seq + 1, ack.ack);
		assert_int_equal(syn.tsval, synack.tsecr);
		assert_int_equal(syn.tsval + 21, ack.tsval);
		assert_int_equal(syn.checksum, CHECKSUM_GOOD);
		assert_int_equal(ack.checksum, CHECKSUM_GOOD);
		assert_int_equal((uint16_t)(syn.ip_id + 1), ack.ip_id);
		assert_int_equal(synack.ip_id, 0);
		assert_int_equal(syn.src_port % 8, 3);
		assert_in_range(syn.src_port, 32768, 60999);
		assert_in_range(syn.src.lo & 0xffffffff, 0x0a010001, 0x0a01000e);
		for (size_t j = 0; j < i; j++) {
			struct packet other = packet_at(crowd, j);
			assert_false(other.src_port == syn.src_port && other.src.lo == syn.src.lo);
		}
	}
	crowd_free(crowd);
}

static void
the_world_has_no_private_hosts(void **state)
{
	(void)state;
	struct crowd *crowd =
		load_play("0 C > S 0:0(0)\n", "5000 x it from random to 10.0.0.2:80 at 0\n");
	for (size_t i = 0; i < crowd->frame_count; i++) {
		uint32_t source = (uint32_t)packet_at(crowd, i).src.lo;
		assert_true(source >> 24 != 10 && source >> 24 != 127 && source >> 24 != 0);
		assert_true(source >> 29 != 7 && source >> 16 != 0xc0a8 && source >> 20 != 0xac1);
	}
	crowd_free(crowd);
}

static void
ports_come_in_turn_before_hosts(void **state)
{
	(void)state;
	struct crowd *crowd = load_play("0 C > S 0:0(0)\n",
					"6 x it from 10.0.0.1..10.0.0.2 to "
					"10.0.5.1..10.0.5.2:7..9 over 0..6 even sport 5..6\n");
	for (size_t i = 0; i < 6; i++) {
		struct packet packet = packet_at(crowd, i);
		assert_int_equal(packet.dst_port, 7 + i % 3);
		assert_int_equal(packet.dst.lo & 0xff, 1 + i / 3);
		assert_int_equal(packet.src.lo & 0xff, 1 + i % 2);
		assert_int_equal(packet.src_port, 5 + i % 2);
		expect_time(crowd, i, (double)i);
	}
	crowd_free(crowd);
}

static void
checksums_stay_what_they_are(void **state)
{
	(void)state;
	struct crowd *crowd = load_play("0 C > S 0:0(0) badsum\n"
					"1 S > S. 0:0(0) ack 1 partialsum\n"
					"2 C > P. 1:4(3) ack 1\n"
					"3 S > R. 0:0(0) ack 4 rawseq 0\n",
					"50 x it from random to 10.0.0.2:80 over 0..1000\n");
	unsigned counts[CHECKSUM_BAD + 1] = { 0 };
	for (size_t i = 0; i < crowd->frame_count; i++) {
		struct packet packet = packet_at(crowd, i);
		counts[packet.checksum]++;
		if ((packet.flags & TCP_RST) != 0)
			assert_int_equal(packet.seq, 0);
	}
	assert_int_equal(counts[CHECKSUM_BAD], 50);
	assert_int_equal(counts[CHECKSUM_PARTIAL], 50);
	assert_int_equal(counts[CHECKSUM_GOOD], 100);
	crowd_free(crowd);
}

static void
errors_quote_what_was_sent(void **state)
{
	(void)state;
	struct crowd *crowd = load_play("0 C > S 0:0(0)\n1 icmp 203.0.113.1 > C 3/13\n"
					"2 C > S 0:0(0)\n3 icmp S > C 3/3\n",
					"1 x it from random to 10.0.0.2:80 at 0 router 10.9.9.9\n");
	struct packet syn = packet_at(crowd, 0);
	for (size_t i = 1; i < 4; i += 2) {
		struct packet error = packet_at(crowd, i);
		assert_int_equal(error.kind, PACKET_ICMP_ERROR);
		assert_int_equal(error.src.lo & 0xffffffff, i == 1 ? 0x0a090909 : 0x0a000002);
		assert_true(ip_addr_equal(error.dst, syn.src));
		assert_true(ip_addr_equal(error.quoted_src, syn.src));
		assert_true(ip_addr_equal(error.quoted_dst, syn.dst));
		assert_int_equal(error.src_port, syn.src_port);
		assert_int_equal(error.seq, syn.seq);
	}
	crowd_free(crowd);
}

static void
selective_acknowledgements_follow(void **state)
{
	(void)state;
	struct crowd *crowd =
		load_play(HANDSHAKE "1 S > P. 11:21(10) ack 1\n"
				    "2 C > . 1:1(0) ack 1 <nop,nop,TS,nop,nop,sack 11:21>\n",
			  "1 x it from random to 10.0.0.2:80 at 0\n");
	struct packet data = packet_at(crowd, 3), ack = packet_at(crowd, 4);
	assert_int_equal(ack.sack_count, 1);
	assert_int_equal(ack.sack[0].left, data.seq);
	assert_int_equal(ack.sack[0].right, data.seq + 10);
	assert_int_equal(ack.tsecr, data.tsval);
	crowd_free(crowd);
}

/* Connections of a pair of hosts share a clock; behind a NAT they may not. */
static void
clocks_are_those_of_hosts(void **state)
{
	static const char syn[] = "0 C > S 0:0(0)\n";
	(void)state;
	struct crowd *one = load_play(syn, "9 x it from 10.0.0.1 to 10.0.0.2:80 every 10\n");
	struct crowd *each =
		load_play(syn, "9 x it from 10.0.0.1 to 10.0.0.2:80 every 10 clocks each\n");
	struct crowd *set =
		load_play(syn, "9 x it from 10.0.0.1 to 10.0.0.2:80 every 10 tsval 250 5000\n");
	for (size_t i = 1; i < 9; i++) {
		uint32_t base = packet_at(one, 0).tsval;
		assert_int_equal(packet_at(one, i).tsval, base + 10000 * i);
		assert_int_not_equal(packet_at(each, i).tsval - packet_at(each, i - 1).tsval,
				     10000);
		assert_int_equal(packet_at(set, i).tsval, 5000 + 2500 * i);
	}
	crowd_free(one);
	crowd_free(each);
	crowd_free(set);
}

static void
the_second_part_can_be_moved(void **state)
{
	static const char play[] = HANDSHAKE "30 C > P. 1:2(1) ack 1\n30.5 S > . 1:1(0) ack 2\n";
	(void)state;
	struct crowd *at = load_play(
		play, "2 x it from 10.0.0.1 to 10.0.0.2:80 every 5 starting 1 then at 50\n");
	struct crowd *after =
		load_play(play, "1 x it from 10.0.0.1 to 10.0.0.2:80 at 1 then after 100 ttl 9\n");
	expect_time(at, 0, 1);
	expect_time(at, 3, 6);
	expect_time(at, 6, 50);
	expect_time(at, 7, 50);
	expect_time(at, 9, 50.5);
	expect_time(after, 3, 101.021);
	assert_int_equal(packet_at(after, 3).tsval, packet_at(after, 2).tsval + 100000);
	assert_int_equal(packet_at(after, 3).ttl, 9);
	crowd_free(at);
	crowd_free(after);
}

static void
frames_of_others_keep_their_ttl(void **state)
{
	(void)state;
	struct crowd *crowd =
		load_play(HANDSHAKE "1 S > R. 1:1(0) ack 1 ttl 99\n",
			  "1 x it from 10.0.0.1 to 10.0.0.2:80 at 0 ttl 12 server-ttl 13\n");
	assert_int_equal(packet_at(crowd, 0).ttl, 12);
	assert_int_equal(packet_at(crowd, 1).ttl, 13);
	assert_int_equal(packet_at(crowd, 3).ttl, 99);
	crowd_free(crowd);
}

static void
link_layers_can_be_set(void **state)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 5 };
	(void)state;
	struct crowd *crowd = load_play(
		HANDSHAKE "vlan 9\n1 C > . 1:1(0) ack 1\n",
		"1 x it from 10.0.0.1 to 10.0.0.2:80 at 0 vlan 20 mac 02:00:00:00:00:05\n");
	for (size_t i = 0; i < 4; i++) {
		struct packet packet = packet_at(crowd, i);
		const uint16_t vlan = 20;
		assert_true(packet.context == packet_context_make(&vlan, 1, TUNNEL_NONE, 0));
		assert_memory_equal(crowd->frames[i].data + (i == 1 ? 0 : 6), mac, 6);
	}
	crowd_free(crowd);
}

static void
the_capture_may_miss_something(void **state)
{
	static const char line[] = "500 x it from 10.1.0.0/24 to 10.0.0.2:80 over 0..10\n";
	char text[256];
	size_t to_client = 0;
	(void)state;
	snprintf(text, sizeof(text), "%sdrop 10 %%\n", line);
	struct crowd *holes = load_play(HANDSHAKE, text);
	assert_in_range(holes->frame_count, 1300, 1400);
	snprintf(text, sizeof(text), "%sdrop 100 %% to client\nsince 2\nuntil 8\ncut 60\n", line);
	struct crowd *part = load_play(HANDSHAKE, text);
	for (size_t i = 0; i < part->frame_count; i++) {
		assert_true(seconds_at(part, i) >= 2 && seconds_at(part, i) <= 8);
		assert_int_equal(part->frames[i].caplen, 60);
		assert_true(part->frames[i].wirelen > 60);
		to_client += packet_at(part, i).src_port == 80;
	}
	assert_in_range(part->frame_count, 500, 700);
	assert_int_equal(to_client, 0);
	crowd_free(holes);
	crowd_free(part);
}

static void
gaps_of_a_poisson_process_have_their_mean(void **state)
{
	(void)state;
	struct crowd *crowd =
		load_play("0 C > S 0:0(0)\n",
			  "2000 x it from 10.1.0.0/24 to 10.0.0.2:80 over 0..1000 poisson\n");
	double last = seconds_at(crowd, 1999);
	size_t long_gaps = 0;
	assert_true(last > 930 && last < 1070);
	for (size_t i = 1; i < 2000; i++)
		long_gaps += seconds_at(crowd, i) - seconds_at(crowd, i - 1) > 0.5;
	assert_in_range(long_gaps, 660, 810); /* 2000 / e */
	crowd_free(crowd);
}

static void
expectations_are_read(void **state)
{
	(void)state;
	struct crowd *crowd =
		load_play(HANDSHAKE, "1 x it from 10.0.0.1 to 10.0.0.2:80 at 0\n"
				     "expect finding listener-dark subject=\"1.1.1.1 > 2.2.2.2\" "
				     "first=30~3 flows!=7 rate>=1\nexpect none above info\n");
	const struct crowd_expectation *finding = &crowd->expectations[0];
	assert_int_equal(crowd->expectation_count, 2);
	assert_int_equal(finding->claim, CROWD_FINDING);
	assert_int_equal(finding->line, 3);
	assert_string_equal(finding->name, "listener-dark");
	assert_int_equal(finding->condition_count, 4);
	assert_string_equal(finding->conditions[0].value, "1.1.1.1 > 2.2.2.2");
	assert_string_equal(finding->conditions[1].value, "30");
	assert_string_equal(finding->conditions[1].tolerance, "3");
	assert_int_equal(finding->conditions[2].operator, EXPECT_NOT_EQUAL);
	assert_int_equal(finding->conditions[3].operator, EXPECT_AT_LEAST);
	assert_int_equal(crowd->expectations[1].claim, CROWD_NONE);
	assert_string_equal(crowd->expectations[1].name, "info");
	crowd_free(crowd);
}

static int
enter_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
leave_folder(void **state)
{
	(void)state;
	unlink(path_of("it.tw"));
	unlink(path_of("a.crowd"));
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_are_told_with_their_line),
		cmocka_unit_test(plays_have_two_speakers_on_ethernet),
		cmocka_unit_test(the_same_file_gives_the_same_frames),
		cmocka_unit_test(frames_are_in_order_and_counted),
		cmocka_unit_test(connections_are_whole_and_different),
		cmocka_unit_test(the_world_has_no_private_hosts),
		cmocka_unit_test(ports_come_in_turn_before_hosts),
		cmocka_unit_test(checksums_stay_what_they_are),
		cmocka_unit_test(errors_quote_what_was_sent),
		cmocka_unit_test(selective_acknowledgements_follow),
		cmocka_unit_test(clocks_are_those_of_hosts),
		cmocka_unit_test(the_second_part_can_be_moved),
		cmocka_unit_test(frames_of_others_keep_their_ttl),
		cmocka_unit_test(link_layers_can_be_set),
		cmocka_unit_test(the_capture_may_miss_something),
		cmocka_unit_test(gaps_of_a_poisson_process_have_their_mean),
		cmocka_unit_test(expectations_are_read),
	};
	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
