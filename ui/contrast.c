/* SPDX-License-Identifier: BSD-2-Clause */
/* What sets failing flows apart from good ones, in words. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dissect/packet.h"
#include "ui/finding_words.h"
#include "ui/format.h"
#include "ui/sanitize.h"

enum {
	SOURCE_NETWORK = 24, /* bits of a network of sources, IPv4 */
	SOURCE_NETWORK6 = 64,
	LIFT_FINE = 1000, /* in per cent; below it a decimal is told */
};

static const char *const dimension_phrases[CONTRAST_CODES] = {
	[CONTRAST_SOURCE] = "source",
	[CONTRAST_NETWORK] = "source network",
	[CONTRAST_NEXT_HOP] = "coming from MAC address",
	[CONTRAST_TTL] = "TTL",
	[CONTRAST_CONTEXT] = "in",
	[CONTRAST_PORT_BUCKET] = "source port modulo 8 =",
	[CONTRAST_SIZE] = "payloads",
	[CONTRAST_OPTIONS] = "SYN with",
	[CONTRAST_SNI] = "server name",
};

/* "VLAN 100", "VLAN 100.200, VXLAN 5", "no VLAN" */
static void
context_text(packet_context context, char *text, size_t size)
{
	static const char *const tunnels[] = {
		[TUNNEL_IPIP] = "IP in IP", [TUNNEL_GRE] = "GRE",	[TUNNEL_ERSPAN] = "ERSPAN",
		[TUNNEL_VXLAN] = "VXLAN",   [TUNNEL_GENEVE] = "GENEVE", [TUNNEL_GTPU] = "GTP-U",
		[TUNNEL_L2TP] = "L2TP",
	};
	enum { TUNNELS = sizeof(tunnels) / sizeof(tunnels[0]) };
	unsigned tunnel = context >> 32 & 0xf;
	unsigned id = (unsigned)(context & 0xffffffff);
	char vlan[24] = "";
	char inner[24] = "";
	char number[16] = "";
	if (context >> 48 & 1)
		snprintf(vlan, sizeof(vlan), "VLAN %u", (unsigned)(context >> 36 & 0xfff));
	if (context >> 61 & 1)
		snprintf(inner, sizeof(inner), ".%u", (unsigned)(context >> 49 & 0xfff));
	if (id != 0)
		snprintf(number, sizeof(number), " %u", id);
	bool tunneled = tunnel != TUNNEL_NONE && tunnel < TUNNELS;
	if (context == 0)
		snprintf(text, size, "no VLAN");
	else
		snprintf(text, size, "%s%s%s%s%s", vlan, inner,
			 vlan[0] != '\0' && tunneled ? ", " : "", tunneled ? tunnels[tunnel] : "",
			 tunneled ? number : "");
}

/* "window 64240, MSS 1460, scale 7, TTL 64, options mss wscale sack timestamp" */
static void
fingerprint_text(const struct syn_fingerprint *syn, char *text, size_t size)
{
	static const struct {
		uint16_t bit;
		const char *name;
	} options[] = {
		{ TCP_HAS_MSS, "mss" },
		{ TCP_HAS_WSCALE, "wscale" },
		{ TCP_HAS_SACK_PERMITTED, "sack" },
		{ TCP_HAS_TIMESTAMP, "timestamp" },
		{ TCP_HAS_FAST_OPEN, "fast-open" },
		{ TCP_HAS_MPTCP, "mptcp" },
		{ TCP_HAS_MD5, "md5" },
		{ TCP_HAS_AO, "ao" },
		{ TCP_HAS_UNKNOWN, "unknown" },
	};
	char mss[24] = "";
	char scale[24] = "";
	char list[96] = " none";
	size_t used = 0;
	if (syn->options & TCP_HAS_MSS)
		snprintf(mss, sizeof(mss), ", MSS %u", (unsigned)syn->mss);
	if (syn->options & TCP_HAS_WSCALE)
		snprintf(scale, sizeof(scale), ", scale %u", (unsigned)syn->wscale);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (syn->options & options[i].bit)
			used += (size_t)snprintf(list + used, sizeof(list) - used, " %s",
						 options[i].name);
	snprintf(text, size, "window %u%s%s, TTL %u, options%s", (unsigned)syn->window, mss, scale,
		 (unsigned)syn->ttl, list);
}

void
contrast_value(const struct contrast *contrast, bool ascii, char *text, size_t size)
{
	static const char *const sizes[] = {
		[CONTRAST_UP_TO_536] = "up to 536 bytes",
		[CONTRAST_UP_TO_1200] = "537 to 1200 bytes",
		[CONTRAST_UP_TO_1380] = "1201 to 1380 bytes",
		[CONTRAST_ABOVE] = "above 1380 bytes",
	};
	const uint8_t *mac = contrast->value.mac;
	text[0] = '\0';
	switch ((enum contrast_dimension)contrast->dimension) {
	case CONTRAST_SOURCE:
		format_address(contrast->value.addr, contrast->ip_version, text, size);
		break;
	case CONTRAST_NETWORK:
		format_network(contrast->value.addr, contrast->ip_version,
			       contrast->ip_version == 4 ? SOURCE_NETWORK : SOURCE_NETWORK6, text,
			       size);
		break;
	case CONTRAST_NEXT_HOP:
		snprintf(text, size, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
			 mac[3], mac[4], mac[5]);
		break;
	case CONTRAST_TTL:
	case CONTRAST_PORT_BUCKET:
		snprintf(text, size, "%" PRIu64, contrast->value.number);
		break;
	case CONTRAST_CONTEXT:
		context_text(contrast->value.context, text, size);
		break;
	case CONTRAST_SIZE:
		if (contrast->value.number <= CONTRAST_ABOVE)
			snprintf(text, size, "%s", sizes[contrast->value.number]);
		break;
	case CONTRAST_OPTIONS:
		fingerprint_text(&contrast->value.syn, text, size);
		break;
	case CONTRAST_SNI:
		sanitize_bytes(contrast->value.name,
			       strnlen(contrast->value.name, sizeof(contrast->value.name)), ascii,
			       text, size);
		if (text[0] == '\0')
			snprintf(text, size, "none");
		break;
	case CONTRAST_CODES:
		break;
	}
}

/* "x 600", "x 2.5" */
static void
lift_text(uint32_t lift, char *text, size_t size)
{
	char whole[FORMAT_AMOUNT_SIZE];
	format_number(((uint64_t)lift + 50) / 100, whole, sizeof(whole));
	if (lift == UINT32_MAX)
		snprintf(text, size, "no flow without it fails");
	else if (lift < LIFT_FINE && (lift + 5) / 10 % 10 != 0)
		snprintf(text, size, "x %u.%u", (unsigned)((lift + 5) / 100),
			 (unsigned)((lift + 5) / 10 % 10));
	else
		snprintf(text, size, "x %s", whole);
}

void
contrast_text(const struct contrast *contrast, bool ascii, char *text, size_t size)
{
	char value[SANITIZED_SIZE];
	char lift[FORMAT_COUNT_SIZE];
	char counts[4][FORMAT_AMOUNT_SIZE];
	const uint32_t numbers[] = { contrast->bad, contrast->bad_total, contrast->good,
				     contrast->good_total };
	for (size_t i = 0; i < 4; i++)
		format_number(numbers[i], counts[i], sizeof(counts[i]));
	contrast_value(contrast, ascii, value, sizeof(value));
	lift_text(contrast->lift, lift, sizeof(lift));
	snprintf(text, size, "%s %s: %s of %s failing, %s of %s good (%s)",
		 dimension_phrases[contrast->dimension], value, counts[0], counts[1], counts[2],
		 counts[3], lift);
}
