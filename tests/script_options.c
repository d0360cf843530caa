/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP options of scenarios: "mss 1460,sackOK,TS 100 0,nop,wscale 7" into bytes. */
#include "tests/script_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dissect/packet.h"

enum {
	OPTION_EOL = 0,
	OPTION_NOP = 1,
	OPTION_MSS = 2,
	OPTION_WSCALE = 3,
	OPTION_SACK_PERMITTED = 4,
	OPTION_SACK = 5,
	OPTION_TIMESTAMP = 8,
	OPTION_FAST_OPEN = 34,
};

static int
put(struct script_builder *builder, struct craft_segment *segment, uint64_t value, unsigned bytes)
{
	if (segment->option_length + bytes > CRAFT_OPTIONS_MAX)
		return script_fail(builder, "more than 40 bytes of options");
	for (unsigned i = 0; i < bytes; i++)
		segment->options[segment->option_length++] =
			(uint8_t)(value >> 8 * (bytes - 1 - i));
	return 0;
}

static uint32_t
timestamp_now(const struct script_builder *builder, const struct script_side *side)
{
	return side->tsval_base + (uint32_t)(builder->now_us / 1000);
}

static int
put_timestamp(struct script_builder *builder, struct craft_segment *segment, uint32_t value,
	      uint32_t echo)
{
	if (put(builder, segment, OPTION_TIMESTAMP << 8 | 10, 2) != 0)
		return -1;
	return put(builder, segment, (uint64_t)value << 32 | echo, 8);
}

static int
put_hex(struct script_builder *builder, struct craft_segment *segment, const char *text)
{
	for (; text[0] != '\0'; text += 2) {
		unsigned value;
		if (text[1] == '\0' || sscanf(text, "%2x", &value) != 1)
			return script_fail(builder, "bytes in hex are missing");
		if (put(builder, segment, value, 1) != 0)
			return -1;
	}
	return 0;
}

/* SACK blocks speak of what the peer sent: LEFT:RIGHT relative to its ISN. */
static int
put_sack(struct script_builder *builder, struct craft_segment *segment, uint32_t isn, char *text)
{
	char *rest;
	unsigned length_at = segment->option_length + 1U;
	if (put(builder, segment, OPTION_SACK << 8 | 2, 2) != 0)
		return -1;
	for (char *block = strtok_r(text, " ", &rest); block != NULL;
	     block = strtok_r(NULL, " ", &rest)) {
		long long left, right;
		if (sscanf(block, "%lld:%lld", &left, &right) != 2)
			return script_fail(builder, "a SACK block is LEFT:RIGHT");
		if (put(builder, segment, isn + (uint32_t)left, 4) != 0 ||
		    put(builder, segment, isn + (uint32_t)right, 4) != 0)
			return -1;
		segment->options[length_at] = (uint8_t)(segment->options[length_at] + 8);
	}
	return 0;
}

static int
put_fast_open(struct script_builder *builder, struct craft_segment *segment, const char *cookie)
{
	size_t bytes = strlen(cookie) / 2;
	if (put(builder, segment, OPTION_FAST_OPEN << 8 | (2 + bytes), 2) != 0)
		return -1;
	return put_hex(builder, segment, cookie);
}

static int
parse_timestamp(struct script_builder *builder, struct script_flow *flow, unsigned side,
		struct craft_segment *segment, const char *arguments)
{
	const struct script_side *self = &flow->side[side];
	unsigned long value = timestamp_now(builder, self), echo = self->tsval_peer;
	if (arguments[0] != '\0' && sscanf(arguments, "%lu %lu", &value, &echo) != 2)
		return script_fail(builder, "TS, or TS VALUE ECHO");
	return put_timestamp(builder, segment, (uint32_t)value, (uint32_t)echo);
}

static int
parse_option(struct script_builder *builder, struct script_flow *flow, unsigned side,
	     struct craft_segment *segment, char *text)
{
	uint64_t value;
	char *arguments = strchr(text, ' ');
	if (arguments == NULL)
		arguments = text + strlen(text);
	else
		*arguments++ = '\0';
	if (strcmp(text, "nop") == 0)
		return put(builder, segment, OPTION_NOP, 1);
	if (strcmp(text, "eol") == 0)
		return put(builder, segment, OPTION_EOL, 1);
	if (strcmp(text, "sackOK") == 0)
		return put(builder, segment, OPTION_SACK_PERMITTED << 8 | 2, 2);
	if (strcmp(text, "TS") == 0)
		return parse_timestamp(builder, flow, side, segment, arguments);
	if (strcmp(text, "sack") == 0)
		return put_sack(builder, segment, flow->side[!side].isn, arguments);
	if (strcmp(text, "TFO") == 0)
		return put_fast_open(builder, segment, arguments);
	if (strcmp(text, "raw") == 0)
		return put_hex(builder, segment, arguments);
	if (script_number(builder, arguments, 65535, &value) != 0)
		return -1;
	if (strcmp(text, "mss") == 0)
		return put(builder, segment, OPTION_MSS << 24 | 4 << 16 | value, 4);
	if (strcmp(text, "wscale") == 0)
		return put(builder, segment, OPTION_WSCALE << 16 | 3 << 8 | (value & 0xff), 3);
	return script_fail(builder, "\"%s\" is no option", text);
}

static int
pad(struct script_builder *builder, struct craft_segment *segment)
{
	while (segment->option_length % 4 != 0)
		if (put(builder, segment, OPTION_EOL, 1) != 0)
			return -1;
	return 0;
}

int
script_options(struct script_builder *builder, const char *text, struct script_flow *flow,
	       unsigned side, struct craft_segment *segment)
{
	char copy[256];
	char *rest, *option;
	int status = 0;
	if (strlen(text) >= sizeof copy)
		return script_fail(builder, "the options are too long");
	strcpy(copy, text);
	for (option = strtok_r(copy, ",", &rest); status == 0 && option != NULL;
	     option = strtok_r(NULL, ",", &rest))
		status = parse_option(builder, flow, side, segment, option);
	if ((segment->flags & TCP_SYN) != 0)
		flow->side[side].offers_timestamp = strstr(text, "TS") != NULL;
	return status != 0 ? -1 : pad(builder, segment);
}

/* As Linux does: a SYN offers all, a SYN-ACK what was offered to it, later segments carry
 * timestamps if both wanted them, and an RST of a socket that is gone carries nothing. */
int
script_default_options(struct script_builder *builder, struct script_flow *flow, unsigned side,
		       struct craft_segment *segment)
{
	if ((segment->flags & TCP_SYN) != 0) {
		bool answer = (segment->flags & TCP_ACK) != 0;
		if (answer && !flow->side[!side].offers_timestamp)
			return script_options(builder, "mss 1460,nop,nop,sackOK,nop,wscale 7", flow,
					      side, segment);
		return script_options(builder, "mss 1460,sackOK,TS,nop,wscale 7", flow, side,
				      segment);
	}
	if (!flow->side[0].offers_timestamp || !flow->side[1].offers_timestamp ||
	    ((segment->flags & TCP_RST) != 0 && segment->window == 0))
		return 0;
	return script_options(builder, "nop,nop,TS", flow, side, segment);
}
