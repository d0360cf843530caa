/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of other tools: Zeek's history and conn_state, tshark's completeness. Each row is what
 * those tools say of such segments, not what this program says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/feed.h"

enum { PACKETS_MAX = 16 };

struct row {
	const char *name;
	const char *conn_state; /* NULL: not compared, as the next two */
	const char *history;
	int completeness;     /* -1 */
	uint16_t server_port; /* 0: 9000, which Zeek takes for no server's */
	const char *words[PACKETS_MAX];
};

/* One line of all that is compared, so that a difference names its row. */
static void
write_line(char *line, size_t size, const struct row *row, const char *conn_state,
	   const char *history, int completeness)
{
	snprintf(line, size, "%s: %s %s %d", row->name, row->conn_state ? conn_state : "",
		 row->history ? history : "", row->completeness < 0 ? -1 : completeness);
}

static void
check(const struct row *row)
{
	struct watch watch;
	char history[FLOW_HISTORY_MAX + 1], expected[200], found[200];

	watch_init(&watch);
	if (row->server_port != 0)
		watch.talk.server_port = row->server_port;
	watch_start(&watch);
	for (size_t i = 0; i < PACKETS_MAX && row->words[i] != NULL; i++)
		watch_play(&watch, row->words[i], NULL);
	watch_finish(&watch);
	assert_int_equal(watch.ended_count, 1);
	const struct flow *flow = &watch.ended[0].flow;
	snprintf(history, sizeof(history), "%.*s", flow->history_length, flow->history);
	write_line(expected, sizeof(expected), row, row->conn_state, row->history,
		   row->completeness);
	write_line(found, sizeof(found), row, flow_conn_state(flow), history, flow->completeness);
	assert_string_equal(found, expected);
	watch_release(&watch);
}

static void
check_all(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check(&rows[i]);
}

#define CHECK_ALL(rows) check_all(rows, sizeof(rows) / sizeof((rows)[0]))

#define HANDSHAKE "> S 0(0)", "< S. 0(0) ack 1", "> . 1(0) ack 1"

static void
attempts(void **state)
{
	static const struct row rows[] = {
		{ "silence", "S0", "S", 1, 0, { "> S 0(0)" } },
		{ "retries with one ISN are one letter",
		  "S0",
		  "S",
		  1,
		  0,
		  { "> S 0(0)", "+1000 > S 0(0)", "+2000 > S 0(0)" } },
		{ "refused", "REJ", "Sr", 37, 0, { "> S 0(0)", "< R. -5000(0) ack 1 win 0" } },
		{ "a challenge ACK, then the client's RST",
		  "RSTOS0",
		  "SaR",
		  37,
		  0,
		  { "> S 0(0)", "< . 77(0) ack 99", "> R 99(0) win 0" } },
		{ "challenge ACKs only",
		  "S0",
		  "Sa",
		  5,
		  0,
		  { "> S 0(0)", "< . 77(0) ack 99", "+1000 > S 0(0)", "< . 77(0) ack 99" } },
		{ "the client gives up", "RSTOS0", "SR", 33, 0, { "> S 0(0)", "> R 1(0) win 0" } },
		{ "a challenge ACK, then FIN and RST of the client",
		  "OTH",
		  "SaFR",
		  -1,
		  0,
		  { "> S 0(0)", "< . 77(0) ack 99", "> F. 1(0) ack 99", "> R 2(0) win 0" } },
		{ "half open", "S1", "Sh", 3, 0, { "> S 0(0)", "< S. 0(0) ack 1" } },
		{ "half open, SYN-ACK resent",
		  "S1",
		  "Sh",
		  3,
		  0,
		  { "> S 0(0)", "< S. 0(0) ack 1", "+1000 < S. 0(0) ack 1" } },
		{ "scan: RST after SYN-ACK",
		  "RSTO",
		  "ShR",
		  35,
		  0,
		  { "> S 0(0)", "< S. 0(0) ack 1", "> R 1(0) win 0" } },
		{ "SYN-ACK taken back",
		  "RSTR",
		  "Shr",
		  35,
		  0,
		  { "> S 0(0)", "< S. 0(0) ack 1", "< R 1(0) win 0" } },
		{ "both reset, nothing said",
		  "REJ",
		  "ShrR",
		  35,
		  0,
		  { "> S 0(0)", "< S. 0(0) ack 1", "< R 1(0) win 0", "> R 1(0) win 0" } },
		{ "SYN-ACK without window",
		  "S1",
		  "ShwA",
		  7,
		  0,
		  { "> S 0(0)", "< S. 0(0) ack 1 win 0", "> . 1(0) ack 1" } },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
lives(void **state)
{
	static const struct row rows[] = {
		{ "open", "S1", "ShA", 7, 0, { HANDSHAKE } },
		{ "one request, one answer, both FIN",
		  "SF",
		  "ShADadFf",
		  31,
		  0,
		  { HANDSHAKE, "> P. 1(10) ack 1", "< . 1(0) ack 11", "< P. 1(20) ack 11",
		    "> F. 11(0) ack 21", "< F. 21(0) ack 12", "> . 12(0) ack 22" } },
		{ "closed without a word",
		  "SF",
		  "ShAFf",
		  23,
		  0,
		  { HANDSHAKE, "> F. 1(0) ack 1", "< F. 1(0) ack 2", "> . 2(0) ack 2" } },
		{ "FIN of the client only",
		  "S2",
		  "ShAFa",
		  23,
		  0,
		  { HANDSHAKE, "> F. 1(0) ack 1", "< . 1(0) ack 2" } },
		{ "FIN of the server only",
		  "S3",
		  "ShAf",
		  23,
		  0,
		  { HANDSHAKE, "< F. 1(0) ack 1", "> . 1(0) ack 2" } },
		{ "a FIN resent is one letter",
		  "S2",
		  "ShAF",
		  23,
		  0,
		  { HANDSHAKE, "> F. 1(0) ack 1", "+300 > F. 1(0) ack 1" } },
		{ "reset by the client",
		  "RSTO",
		  "ShADR",
		  47,
		  0,
		  { HANDSHAKE, "> P. 1(10) ack 1", "> R. 11(0) ack 1" } },
		{ "reset by the server",
		  "RSTR",
		  "ShADr",
		  47,
		  0,
		  { HANDSHAKE, "> P. 1(10) ack 1", "< R. 1(0) ack 11" } },
		{ "three RSTs with one number are one letter",
		  "RSTO",
		  "ShAR",
		  39,
		  0,
		  { HANDSHAKE, "> R 1(0) win 0 id 7", "> R 1(0) win 0 id 8",
		    "> R 1(0) win 0 id 9" } },
		{ "RSTs with other numbers are letters",
		  "RSTO",
		  "ShARRR",
		  39,
		  0,
		  { HANDSHAKE, "> R 1(0) win 0", "> R 9(0) win 0", "> R 17(0) win 0" } },
		{ "FIN, FIN, RST",
		  "SF",
		  "ShAFfR",
		  55,
		  0,
		  { HANDSHAKE, "> F. 1(0) ack 1", "< F. 1(0) ack 2", "> R 2(0) win 0" } },
		{ "FIN then RST of one side",
		  "RSTO",
		  "ShAFR",
		  55,
		  0,
		  { HANDSHAKE, "> F. 1(0) ack 1", "> R 2(0) win 0" } },
		{ "FIN and RST, then the peer's FIN",
		  "SF",
		  "ShAFRf",
		  55,
		  0,
		  { HANDSHAKE, "> F. 1(0) ack 1", "> R 2(0) win 0", "< F. 1(0) ack 2" } },
		{ "FIN answered by RST",
		  "RSTR",
		  "ShAFr",
		  55,
		  0,
		  { HANDSHAKE, "> F. 1(0) ack 1", "< R 1(0) win 0" } },
		{ "RST+ACK instead of the third ACK",
		  "RSTO",
		  "ShR",
		  39,
		  0,
		  { "> S 0(0)", "< S. 0(0) ack 1", "> R. 1(0) ack 1" } },
		{ "an RST with payload counts as data for tshark",
		  NULL,
		  NULL,
		  47,
		  0,
		  { HANDSHAKE, "> R. 1(5) ack 1" } },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
missing_beginnings(void **state)
{
	static const struct row rows[] = {
		{ "a lone RST", "OTH", "R", 32, 0, { "> R 1(0) win 0" } },
		{ "a lone RST+ACK", "OTH", "R", 36, 0, { "> R. 1(0) ack 1" } },
		{ "midstream, both directions",
		  "OTH",
		  "DdA",
		  12,
		  0,
		  { "> P. 1(10) ack 1", "< P. 1(10) ack 11", "> . 11(0) ack 11" } },
		{ "midstream, both FIN",
		  "SF",
		  "FfA",
		  20,
		  0,
		  { "> F. 1(0) ack 1", "< F. 1(0) ack 2", "> . 2(0) ack 2" } },
		{ "midstream, RST of the responder",
		  "RSTRH",
		  "Dr",
		  44,
		  0,
		  { "> P. 1(10) ack 1", "< R. 1(0) ack 11" } },
		{ "midstream from a server port: flipped",
		  NULL,
		  "^dA",
		  12,
		  80,
		  { "< P. 1(10) ack 1", "> . 1(0) ack 11" } },
		{ "SYN-ACK first from a server port",
		  "S1",
		  "^hA",
		  6,
		  80,
		  { "< S. 0(0) ack 1", "> . 1(0) ack 1" } },
		{ "SYN-ACK first from a server port, both FIN",
		  "SF",
		  "^hAFf",
		  22,
		  80,
		  { "< S. 0(0) ack 1", "> . 1(0) ack 1", "> F. 1(0) ack 1", "< F. 1(0) ack 2",
		    "> . 2(0) ack 2" } },
		{ "SYN-ACK alone", "OTH", "H", 2, 0, { "< S. 0(0) ack 1" } },
		{ "SYN-ACK alone from a server port", "OTH", "^h", 2, 80, { "< S. 0(0) ack 1" } },
		{ "SYN-ACK first from another port",
		  "OTH",
		  "^hA",
		  6,
		  0,
		  { "< S. 0(0) ack 1", "> . 1(0) ack 1" } },
		{ "SYN-ACK first from another port, both FIN",
		  "SF",
		  "^hAFf",
		  22,
		  0,
		  { "< S. 0(0) ack 1", "> . 1(0) ack 1", "> F. 1(0) ack 1", "< F. 1(0) ack 2",
		    "> . 2(0) ack 2" } },
		{ "SYN-ACK captured before its SYN",
		  NULL,
		  "Hs^A",
		  6,
		  0,
		  { "< S. 0(0) ack 1", "> S 0(0)", "> . 1(0) ack 1" } },
		{ "server FIN only, client never seen",
		  "SHR",
		  "^hf",
		  22,
		  80,
		  { "< S. 0(0) ack 1", "< F. 1(0) ack 1" } },
		{ "server RST only, client never seen",
		  "RSTRH",
		  "^hr",
		  34,
		  80,
		  { "< S. 0(0) ack 1", "< R 1(0) win 0" } },
		{ "client only",
		  "SH",
		  "SAF",
		  21,
		  0,
		  { "> S 0(0)", "> . 1(0) ack 1", "> F. 1(0) ack 1" } },
		{ "client only, with data",
		  "SH",
		  "SADF",
		  29,
		  0,
		  { "> S 0(0)", "> . 1(0) ack 1", "> P. 1(10) ack 1", "> F. 11(0) ack 1" } },
		{ "SYN-ACK not captured",
		  "OTH",
		  "SADd",
		  13,
		  0,
		  { "> S 0(0)", "> . 1(0) ack 1", "> P. 1(10) ack 1", "< P. 1(10) ack 11" } },
		{ "SYN-ACK not captured, both FIN",
		  "SF",
		  "SADFdf",
		  29,
		  0,
		  { "> S 0(0)", "> . 1(0) ack 1", "> P. 1(10) ack 1", "> F. 11(0) ack 1",
		    "< P. 1(10) ack 12", "< F. 11(0) ack 12" } },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
scaled_letters(void **state)
{
	static const struct row rows[] = {
		{ "data resent",
		  "S1",
		  "ShADT",
		  15,
		  0,
		  { HANDSHAKE, "> P. 1(10) ack 1", "+300 > P. 1(10) ack 1" } },
		{ "data resent twice is still one letter",
		  "S1",
		  "ShADT",
		  15,
		  0,
		  { HANDSHAKE, "> P. 1(10) ack 1", "+300 > P. 1(10) ack 1",
		    "+300 > P. 1(10) ack 1" } },
		{ "resent with more behind it is not",
		  "S1",
		  "ShAD",
		  15,
		  0,
		  { HANDSHAKE, "> P. 1(10) ack 1", "+300 > P. 1(20) ack 1" } },
		{ "ten times are two letters",
		  "S1",
		  "ShADTT",
		  15,
		  0,
		  { HANDSHAKE, "> P. 1(10) ack 1", "+300 > P. 1(10) ack 1", "+300 > P. 1(10) ack 1",
		    "+300 > P. 1(10) ack 1", "+300 > P. 1(10) ack 1", "+300 > P. 1(10) ack 1",
		    "+300 > P. 1(10) ack 1", "+300 > P. 1(10) ack 1", "+300 > P. 1(10) ack 1",
		    "+300 > P. 1(10) ack 1", "+300 > P. 1(10) ack 1" } },
		{ "late arrival of older data",
		  "S1",
		  "ShADT",
		  15,
		  0,
		  { HANDSHAKE, "> P. 11(10) ack 1", "> P. 1(10) ack 1" } },
		{ "keep-alive with one byte",
		  "S1",
		  "ShADaT",
		  15,
		  0,
		  { HANDSHAKE, "> P. 1(10) ack 1", "< . 1(0) ack 11", "+9000 > . 10(1) ack 1" } },
		{ "keep-alive without",
		  "S1",
		  "ShADa",
		  15,
		  0,
		  { HANDSHAKE, "> P. 1(10) ack 1", "< . 1(0) ack 11", "+9000 > . 10(0) ack 1" } },
		{ "SYN with data is T at once", "S0", "ST", 9, 0, { "> S 0(10)" } },
		{ "RST with payload",
		  "RSTO",
		  "ShART",
		  39 | 8,
		  0,
		  { HANDSHAKE, "> R. 1(10) ack 1" } },
		{ "closed window",
		  "S1",
		  "ShADaw",
		  15,
		  0,
		  { HANDSHAKE, "> P. 1(10) ack 1", "< . 1(0) ack 11 win 0" } },
		{ "an RST without window is no W",
		  "RSTR",
		  "ShAr",
		  39,
		  0,
		  { HANDSHAKE, "< R. 1(0) ack 1 win 0" } },
		{ "no W after the peer's FIN",
		  NULL,
		  "ShAFf",
		  -1,
		  0,
		  { HANDSHAKE, "> F. 1(0) ack 1", "< F. 1(0) ack 2 win 0" } },
		{ "acknowledged but not captured",
		  "S1",
		  "ShAg",
		  7,
		  0,
		  { HANDSHAKE, "> . 1(0) ack 101" } },
		{ "a hole that is acknowledged",
		  "S1",
		  "ShADaG",
		  15,
		  0,
		  { HANDSHAKE, "> P. 11(10) ack 1", "< . 1(0) ack 21" } },
		{ "a hole that is filled",
		  "S1",
		  "ShADTa",
		  15,
		  0,
		  { HANDSHAKE, "> P. 11(10) ack 1", "> P. 1(10) ack 1", "< . 1(0) ack 21" } },
		{ "payload cut by the snapshot",
		  "S1",
		  "ShADaG",
		  15,
		  0,
		  { HANDSHAKE, "> P. 1(10) ack 1 cut", "< . 1(0) ack 11" } },
		{ "an RST acknowledges no gap",
		  "RSTO",
		  "ShAR",
		  39,
		  0,
		  { HANDSHAKE, "> R. 1(0) ack 101" } },
		{ "no gap in midstream",
		  NULL,
		  "DaA",
		  -1,
		  0,
		  { "> P. 1(10) ack 1", "< . 1(0) ack 11", "> . 11(0) ack 500" } },
		{ "nothing is resent after one's own RST",
		  "RSTO",
		  "ShADR",
		  47,
		  0,
		  { HANDSHAKE, "> P. 1(10) ack 1", "> R. 11(0) ack 1", "> P. 1(10) ack 1" } },
		{ "damaged", "S1", "ShAC", -1, 0, { HANDSHAKE, "> P. 1(10) ack 1 bad" } },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
odd_flags(void **state)
{
	static const struct row rows[] = {
		{ "SYN and FIN", NULL, "Q", -1, 0, { "> SF 0(0)" } },
		{ "SYN and RST", NULL, "Q", -1, 0, { "> SR 0(0)" } },
		{ "FIN and RST", NULL, "I", -1, 0, { "> FR 0(0)" } },
		{ "all of them", NULL, "I", -1, 0, { "> SFR. 0(0)" } },
		{ "once per direction",
		  NULL,
		  "Qq",
		  -1,
		  0,
		  { "> SF 0(0)", "> SF 0(0)", "< SF 0(0)", "< SF 0(0)" } },
		{ "no flag at all", "OTH", "", 0, 0, { "> - 0(0)" } },
		{ "no flag but data", "OTH", "D", 0, 0, { "> - 0(10)" } },
		{ "FIN without ACK, resent",
		  "SH",
		  "F",
		  0,
		  0,
		  { "> F 1(0)", "+100 > F 1(0)", "+100 > F 1(0)" } },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* A letter comes when the number differs from that of the last one, not of the first. */
static void
a_fin_is_compared_with_the_last_fin(void **state)
{
	static const struct row rows[] = {
		{ "FIN, FIN further on, and that again",
		  "S2",
		  "ShAFDF",
		  -1,
		  0,
		  { HANDSHAKE, "> F. 1(0) ack 1", "> P. 1(10) ack 1", "> F. 11(0) ack 1",
		    "+300 > F. 11(0) ack 1" } },
	};

	(void)state;
	CHECK_ALL(rows);
}

static void
fast_open(void **state)
{
	static const struct row rows[] = {
		{ "tshark's bits of a fast open",
		  NULL,
		  NULL,
		  31,
		  0,
		  { "> S 0(10)", "< S. 0(0) ack 11", "> . 11(0) ack 1", "> F. 11(0) ack 1",
		    "< F. 1(0) ack 12", "> . 12(0) ack 2" } },
	};

	(void)state;
	CHECK_ALL(rows);
}

/* What is written is bounded; later letters are lost, nothing else. */
static void
a_long_history_is_cut(void **state)
{
	struct watch watch;

	(void)state;
	watch_init(&watch);
	watch_start(&watch);
	watch_play(&watch, HANDSHAKE, NULL);
	for (int i = 0; i < 100; i++) {
		char words[40];
		snprintf(words, sizeof(words), "> R %d(0) win 0", 1 + i);
		watch_play(&watch, words, NULL);
	}
	watch_finish(&watch);
	assert_int_equal(watch.ended[0].flow.history_length, FLOW_HISTORY_MAX);
	assert_string_equal(flow_conn_state(&watch.ended[0].flow), "RSTO");
	watch_release(&watch);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(attempts),
		cmocka_unit_test(lives),
		cmocka_unit_test(missing_beginnings),
		cmocka_unit_test(scaled_letters),
		cmocka_unit_test(odd_flags),
		cmocka_unit_test(a_fin_is_compared_with_the_last_fin),
		cmocka_unit_test(fast_open),
		cmocka_unit_test(a_long_history_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
