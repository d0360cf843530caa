/* SPDX-License-Identifier: BSD-2-Clause */
/* The TCP header and its checksum. */
#include "dissect/layers.h"

enum {
	TCP_HEADER_LENGTH = 20,
	TCP_QUOTE_LENGTH = 8,	     /* what an ICMP error must quote (RFC 792): ports and seq */
	TCP_QUOTE_FLAGS_LENGTH = 14, /* up to and with the flags */
	TCP_PROTOCOL = 6,
};

enum {
	/* The options of nearly every segment after the handshake: two NOPs and a timestamp. */
	TIMESTAMP_LAYOUT = 0x0101080a,
	TIMESTAMP_LAYOUT_LENGTH = 12,
};

/* One's complement arithmetic (RFC 1071): words of any width are summed, the carries come in at the
 * end. Two sums run side by side, since each addition waits for the one before. */
static uint64_t
sum_bytes(const uint8_t *at, uint32_t length)
{
	uint64_t even = 0, odd = 0;

	for (; length >= 8; at += 8, length -= 8) {
		even += load_be32(at);
		odd += load_be32(at + 4);
	}
	if (length >= 4) {
		even += load_be32(at);
		at += 4;
		length -= 4;
	}
	for (unsigned shift = 24; length > 0; at++, length--, shift -= 8)
		odd += (uint32_t)*at << shift;
	return even + odd;
}

static uint16_t
fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* RFC 9293 3.1, RFC 8200 8.1 */
static uint64_t
sum_pseudo_header(const struct packet *packet, uint32_t length)
{
	uint64_t sum = length + TCP_PROTOCOL;

	sum += (packet->src.lo & 0xffffffff) + (packet->dst.lo & 0xffffffff);
	if (packet->ip_version == 6) {
		sum += (packet->src.lo >> 32) + (packet->dst.lo >> 32);
		sum += (packet->src.hi & 0xffffffff) + (packet->src.hi >> 32);
		sum += (packet->dst.hi & 0xffffffff) + (packet->dst.hi >> 32);
	}
	return sum;
}

static enum checksum_state
check(const struct packet *packet, const uint8_t *segment, uint32_t length)
{
	uint64_t pseudo = sum_pseudo_header(packet, length);

	if (fold(pseudo + sum_bytes(segment, length)) == 0xffff)
		return CHECKSUM_GOOD;
	return packet->checksum_field == fold(pseudo) ? CHECKSUM_PARTIAL : CHECKSUM_BAD;
}

/* options is what was captured of them, of length bytes. */
static inline void
dissect_options(struct packet *packet, const uint8_t *options, uint32_t captured, uint32_t length)
{
	if (captured < length)
		packet->defects |= DEFECT_OPTIONS_CUT;
	if (captured == TIMESTAMP_LAYOUT_LENGTH && load_be32(options) == TIMESTAMP_LAYOUT) {
		packet->options = TCP_HAS_TIMESTAMP;
		packet->tsval = load_be32(options + 4);
		packet->tsecr = load_be32(options + 8);
		return;
	}
	tcp_options(packet, options, captured, length);
}

static void
set_payload(struct packet *packet, const uint8_t *payload, uint32_t captured, uint32_t length)
{
	packet->payload_length = length;
	packet->payload_captured = captured;
	if (captured > 0)
		packet->payload = payload;
	if (captured < length)
		packet->defects |= DEFECT_SNAPPED;
}

enum dissect_status
tcp_dissect(struct layers *layers)
{
	const uint32_t captured = bytes_captured(&layers->bytes);
	const uint32_t length = bytes_length(&layers->bytes);
	struct packet *packet = layers->packet;
	const uint8_t *header = bytes_take(&layers->bytes, TCP_HEADER_LENGTH);
	uint32_t header_length, header_captured;

	if (header == NULL)
		return layers_failure(layers);
	header_length = (header[12] >> 4) * 4U;
	if (header_length < TCP_HEADER_LENGTH || header_length > length)
		return DISSECT_MALFORMED;
	header_captured = header_length < captured ? header_length : captured;
	packet->kind = PACKET_TCP;
	packet->src_port = load_be16(header);
	packet->dst_port = load_be16(header + 2);
	packet->seq = load_be32(header + 4);
	packet->ack = load_be32(header + 8);
	packet->flags = header[13];
	packet->window = load_be16(header + 14);
	packet->checksum_field = load_be16(header + 16);
	set_payload(packet, header + header_captured, captured - header_captured,
		    length - header_length);
	if (header_length > TCP_HEADER_LENGTH)
		dissect_options(packet, header + TCP_HEADER_LENGTH,
				header_captured - TCP_HEADER_LENGTH,
				header_length - TCP_HEADER_LENGTH);
	if (captured == length && length <= CHECKSUM_LENGTH_MAX && length == layers->ip_claimed &&
	    !layers->checksum_moot)
		packet->checksum = (uint8_t)check(packet, header, length);
	return DISSECT_OK;
}

enum dissect_status
tcp_quoted(struct layers *layers, struct packet *ret_packet)
{
	const uint8_t *header = bytes_peek(&layers->bytes, TCP_QUOTE_FLAGS_LENGTH);
	uint32_t header_length;

	if (header != NULL) {
		header_length = (header[12] >> 4) * 4U;
		ret_packet->has_quoted_flags = header_length >= TCP_HEADER_LENGTH;
	}
	if (header != NULL && ret_packet->has_quoted_flags) {
		ret_packet->ack = load_be32(header + 8);
		ret_packet->flags = header[13];
		if (layers->ip_claimed > header_length)
			ret_packet->payload_length = layers->ip_claimed - header_length;
	}
	header = bytes_take(&layers->bytes, TCP_QUOTE_LENGTH);
	if (header == NULL)
		return layers_failure(layers);
	ret_packet->src_port = load_be16(header);
	ret_packet->dst_port = load_be16(header + 2);
	ret_packet->seq = load_be32(header + 4);
	return DISSECT_OK;
}
