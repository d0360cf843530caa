/* SPDX-License-Identifier: BSD-2-Clause */
/* The TCP options, one after the other. */
#include "dissect/layers.h"

/* RFC 9293 3.2; iana.org/assignments/tcp-parameters. */
enum tcp_option_kind {
	OPTION_END = 0,
	OPTION_NOP = 1,
	OPTION_MSS = 2,
	OPTION_WSCALE = 3,
	OPTION_SACK_PERMITTED = 4,
	OPTION_SACK = 5,
	OPTION_TIMESTAMP = 8,
	OPTION_MD5 = 19,
	OPTION_AO = 29,
	OPTION_MPTCP = 30,
	OPTION_FAST_OPEN = 34,
	OPTION_EXPERIMENT_1 = 253,
	OPTION_EXPERIMENT_2 = 254,
};

enum {
	EXPERIMENT_FAST_OPEN = 0xf989, /* RFC 7413 appendix A, RFC 6994 */
	MPTCP_DSS = 2,
	MPTCP_FASTCLOSE = 7,
	MPTCP_DSS_DATA_FIN = 0x10, /* RFC 8684 3.3 */
	LENGTH_VARIES = 0xff,
};

static bool
read_sack(struct packet *packet, const uint8_t *value, uint32_t length)
{
	enum { BLOCK_LENGTH = 8 };
	uint8_t count = (uint8_t)(length / BLOCK_LENGTH);

	if (length % BLOCK_LENGTH != 0)
		return false;
	if (count > PACKET_SACK_MAX)
		count = PACKET_SACK_MAX;
	for (unsigned i = 0; i < count; i++, value += BLOCK_LENGTH) {
		packet->sack[i].left = load_be32(value);
		packet->sack[i].right = load_be32(value + 4);
	}
	packet->sack_count = count;
	packet->options |= TCP_HAS_SACK;
	return true;
}

static bool
read_mptcp(struct packet *packet, const uint8_t *value, uint32_t length)
{
	uint8_t subtype;

	if (length == 0)
		return false;
	/* Several may stand side by side; the one that ends the connection is what matters most. */
	subtype = value[0] >> 4;
	if ((packet->options & TCP_HAS_MPTCP) == 0 || subtype == MPTCP_FASTCLOSE)
		packet->mptcp_subtype = subtype;
	packet->options |= TCP_HAS_MPTCP;
	if (subtype == MPTCP_DSS && length > 1 && (value[1] & MPTCP_DSS_DATA_FIN) != 0)
		packet->defects |= DEFECT_MPTCP_DATA_FIN;
	return true;
}

static void
read_fast_open(struct packet *packet, uint32_t cookie_length)
{
	packet->fast_open_cookie_length = (uint8_t)cookie_length;
	packet->options |= TCP_HAS_FAST_OPEN;
}

static void
read_experiment(struct packet *packet, const uint8_t *value, uint32_t length)
{
	if (length >= 2 && load_be16(value) == EXPERIMENT_FAST_OPEN)
		read_fast_open(packet, length - 2);
	else
		packet->options |= TCP_HAS_UNKNOWN;
}

/* The only length that a kind's value may have; LENGTH_VARIES for the others. */
static uint32_t
fixed_length(uint8_t kind)
{
	switch (kind) {
	case OPTION_MSS:
		return 2;
	case OPTION_WSCALE:
		return 1;
	case OPTION_SACK_PERMITTED:
		return 0;
	case OPTION_TIMESTAMP:
		return 8;
	case OPTION_MD5:
		return 16;
	default:
		return LENGTH_VARIES;
	}
}

/* Reads one option's value; false when its length cannot be right for its kind. */
static bool
read_option(struct packet *packet, uint8_t kind, const uint8_t *value, uint32_t length)
{
	uint32_t fixed = fixed_length(kind);

	if (fixed != LENGTH_VARIES && length != fixed)
		return false;
	switch (kind) {
	case OPTION_MSS:
		packet->mss = load_be16(value);
		packet->options |= TCP_HAS_MSS;
		break;
	case OPTION_WSCALE:
		packet->wscale = value[0];
		packet->options |= TCP_HAS_WSCALE;
		break;
	case OPTION_SACK_PERMITTED:
		packet->options |= TCP_HAS_SACK_PERMITTED;
		break;
	case OPTION_SACK:
		return read_sack(packet, value, length);
	case OPTION_TIMESTAMP:
		packet->tsval = load_be32(value);
		packet->tsecr = load_be32(value + 4);
		packet->options |= TCP_HAS_TIMESTAMP;
		break;
	case OPTION_MD5:
		packet->options |= TCP_HAS_MD5;
		break;
	case OPTION_AO:
		packet->options |= TCP_HAS_AO;
		break;
	case OPTION_MPTCP:
		return read_mptcp(packet, value, length);
	case OPTION_FAST_OPEN:
		read_fast_open(packet, length);
		break;
	case OPTION_EXPERIMENT_1:
	case OPTION_EXPERIMENT_2:
		read_experiment(packet, value, length);
		break;
	default:
		packet->options |= TCP_HAS_UNKNOWN;
		break;
	}
	return true;
}

/* Stops at the first length that lies, since nothing behind it can be told apart. */
void
tcp_options(struct packet *packet, const uint8_t *at, uint32_t captured, uint32_t length)
{
	struct bytes options = bytes_make(at, captured, length);

	while (bytes_captured(&options) > 0) {
		uint8_t kind = bytes_u8(&options), option_length;
		const uint8_t *value;

		if (kind == OPTION_END)
			return;
		if (kind == OPTION_NOP)
			continue;
		option_length = bytes_u8(&options);
		if (options.error == BYTES_OK && option_length < 2)
			options.error = BYTES_SHORT;
		if (options.error != BYTES_OK)
			break;
		value = bytes_take(&options, option_length - 2U);
		if (value != NULL && !read_option(packet, kind, value, option_length - 2U))
			options.error = BYTES_SHORT;
		if (options.error != BYTES_OK)
			break;
	}
	if (options.error == BYTES_SHORT)
		packet->defects |= DEFECT_OPTION_LENGTH;
}
