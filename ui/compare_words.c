/* SPDX-License-Identifier: BSD-2-Clause */
/* Clocks, places, changed fields and next steps, in words. */
#include "ui/compare_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/format.h"

void
compare_piece_words(const struct clock_piece *piece, char *text, size_t size)
{
	int64_t us = piece->offset_ns / NS_PER_US;
	uint64_t amount = (uint64_t)(us < 0 ? -us : us);
	char bound[FORMAT_TIME_SIZE] = "", skew[40] = "";
	if (piece->bound_ns >= 0)
		format_duration((piece->bound_ns + NS_PER_US - 1) / NS_PER_US, bound,
				sizeof(bound));
	if (piece->skew != 0)
		snprintf(skew, sizeof(skew), ", and goes %.1f ppm %s",
			 piece->skew * 1e6 * (piece->skew < 0 ? -1 : 1),
			 piece->skew < 0 ? "slower" : "faster");
	snprintf(text, size, "%" PRIu64 ".%06" PRIu64 " s %s%s%s%s", amount / 1000000,
		 amount % 1000000, us < 0 ? "behind" : "ahead",
		 bound[0] != '\0' ? ", sure to within " : ", which nothing bounds", bound, skew);
}

void
compare_clock_words(const struct hop *hop, char *text, size_t size)
{
	const struct compare_clock *clock = &hop->clock;
	const char *name = hop->point[NEAR_SERVER]->name;
	char piece[COMPARE_TEXT_SIZE];
	if (clock->count > 0)
		compare_piece_words(&clock->piece[0], piece, sizeof(piece));
	switch ((enum clock_doubt)clock->doubt) {
	case CLOCK_NO_PAIRS:
		snprintf(text, size, "no segment is in both captures: times cannot be compared");
		return;
	case CLOCK_ONE_WAY:
		snprintf(text, size,
			 "all that is in both captures travels one way: the clock of %.60s is "
			 "about %s; order alone is used",
			 name, piece);
		return;
	case CLOCK_VIOLATED:
		snprintf(text, size,
			 "segments arrive before they are sent, however the clocks are set (%zu of "
			 "%zu): order alone is used",
			 clock->violations, clock->pairs);
		return;
	case CLOCK_TRUSTED:
		break;
	}
	int used = snprintf(text, size, "that of %.60s is %s", name, piece);
	for (size_t i = 1; i < clock->count && used > 0 && (size_t)used < size; i++) {
		char when[FORMAT_TIME_SIZE];
		compare_piece_words(&clock->piece[i], piece, sizeof(piece));
		format_clock(clock->piece[i].a_ns / NS_PER_US, when, sizeof(when));
		used += snprintf(text + used, size - (size_t)used, "; from %s on (it was set) %s",
				 when, piece);
	}
}

static void
value_words(enum rewrite field, int64_t value, char *text, size_t size)
{
	if (value == REWRITE_ABSENT)
		snprintf(text, size, "absent");
	else if (field == REWRITE_SACK_PERMITTED || field == REWRITE_FAST_OPEN ||
		 field == REWRITE_MPTCP)
		snprintf(text, size, "there");
	else
		snprintf(text, size, "%" PRId64, value);
}

void
compare_rewrite_words(enum rewrite field, const int64_t value[2], char *text, size_t size)
{
	char before[24], after[24];
	value_words(field, value[NEAR_CLIENT], before, sizeof(before));
	value_words(field, value[NEAR_SERVER], after, sizeof(after));
	if (field == REWRITE_PAYLOAD || field == REWRITE_CLIENT || field == REWRITE_SERVER)
		snprintf(text, size, "%s", rewrite_infos[field].sentence);
	else
		snprintf(text, size, "%s: %s at the client's side, %s at the server's",
			 rewrite_infos[field].sentence, before, after);
}

void
compare_place_words(const struct hop *hop, bool reversed, enum compare_place place, char *text,
		    size_t size)
{
	const char *near = hop->point[reversed ? NEAR_SERVER : NEAR_CLIENT]->name;
	const char *far = hop->point[reversed ? NEAR_CLIENT : NEAR_SERVER]->name;
	switch (place) {
	case PLACE_CLIENT_SIDE:
		snprintf(text, size, "before %.60s, on the client's side", near);
		return;
	case PLACE_SERVER_SIDE:
		snprintf(text, size, "behind %.60s, on the server's side", far);
		return;
	case PLACE_TO_SERVER:
	case PLACE_TO_CLIENT:
		snprintf(text, size, "between %.60s and %.60s, on the way to the %s", near, far,
			 place == PLACE_TO_SERVER ? "server" : "client");
		return;
	case PLACE_DEVICE:
		snprintf(text, size, "a device between %.60s and %.60s", near, far);
		return;
	case PLACE_NOWHERE:
	case PLACE_UNKNOWN:
	case PLACES:
		break;
	}
	text[0] = '\0';
}

static const char nft[] = "nft list ruleset; conntrack -S; ip -s link";

const struct story_advice story_advice[STORIES] = {
	[STORY_UNHARMED] = { '.', NULL, NULL },
	[STORY_RECOVERED] = { '!', "find the link that drops: error and drop counters of the devices "
				   "between the points", "ip -s link; nstat -az TcpRetransSegs" },
	[STORY_AGREED] = { 'X', "each verdict has its own next step: look one up, or read the capture of the "
			       "point nearer to it", "tcpwhy --explain VERDICT" },
	[STORY_SYN_LOST] = { 'X', "look at filters and routes between the points, on the way to the "
				  "server; a capture in the middle halves what is left", nft },
	[STORY_SYNACK_LOST] = { 'X', "look at the way back: does it pass the same firewall, and does "
				     "that know the connection? on the server: ip route get CLIENT", nft },
	[STORY_ACK_LOST] = { 'X', "look at filters between the points that let SYNs pass and not the "
				  "segments behind them", nft },
	[STORY_DATA_LOST] = { 'X', "is it size (MTU of a tunnel), content or state of a firewall? "
				   "ping with the size that is lost, and without fragments",
			      "ping -M do -s 1472 SERVER; nft list ruleset; conntrack -S" },
	[STORY_FIN_LOST] = { '!', "has a firewall forgotten the connection before its end? compare its "
				 "timers with the age of the flow", "conntrack -L | head; nft list ruleset" },
	[STORY_ANSWER_LOST] = { 'X', "look at filters and routes on the way back to the sender", nft },
	[STORY_NO_ANSWER] = { 'X', "the path between the points is clear: look at the far side, its "
				   "host and its own filters", "ss -lnt; nft list ruleset; nstat -az" },
	[STORY_REFUSED_BETWEEN] = { 'X', "find the rule of the device between the points that answers "
					 "with a reset", "nft list ruleset | grep -i reject" },
	[STORY_RESET_BETWEEN] = { 'X', "find the device between the points that makes RSTs: firewall, "
				       "load balancer, intrusion prevention", nft },
	[STORY_FORGERY_IGNORED] = { '!', "find who injects segments between the points", nft },
	[STORY_MAPPING_LOST] = { 'X', "raise the NAT's timer for idle connections, or let the client "
				     "send keep-alives sooner than that",
				 "sysctl net.netfilter.nf_conntrack_tcp_timeout_established" },
	[STORY_PROXIED] = { 'i', NULL, NULL },
	[STORY_OTHER_PATH] = { '!', "was the other capture filtered, or is there another path? routes "
				    "and load balancing between the points", "ip route get SERVER" },
	[STORY_NOT_WATCHED] = { 'i', "capture again, at both points over the same time", NULL },
	[STORY_AMBIGUOUS] = { 'i', "capture whole packets (-s 0): payloads tell flows apart", NULL },
	[STORY_CANNOT_TELL] = { '!', NULL, NULL },
};
