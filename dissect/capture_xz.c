/* SPDX-License-Identifier: BSD-2-Clause */
/* The .xz file format 1.1.0; LZMA2 is a row of chunks, each of which says how long it is. */
#include "dissect/capture_xz.h"

#include <string.h>

enum {
	STREAM_HEADER = 12,
	STREAM_FOOTER = 12,
	CRC = 4,
	ALIGNMENT = 4,
	FILTER_LZMA2 = 0x21,
	NUMBER_BITS_MAX = 63,
	DICTIONARY_BITS_MAX = 40,
	CHUNK_COPIED = 2, /* the greatest control byte of a chunk that is not compressed */
	CHUNK_PACKED = 0x80,
	CHUNK_WITH_PROPERTIES = 0xc0,
};

/* Sections 2.1.1.2: size of the check behind a block. */
static const uint8_t check_sizes[16] = { 0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64 };

static uint32_t
crc32(const uint8_t *data, size_t size)
{
	uint32_t crc = UINT32_MAX;
	for (size_t i = 0; i < size; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* Takes a number of variable length (section 1.2) from *at on; false when it is none. */
static bool
take_number(const uint8_t *header, size_t size, size_t *at, uint64_t *ret_number)
{
	uint64_t number = 0;
	for (unsigned bits = 0; bits < NUMBER_BITS_MAX && *at < size; bits += 7) {
		uint8_t byte = header[(*at)++];
		number |= (uint64_t)(byte & 0x7f) << bits;
		if (!(byte & 0x80)) {
			*ret_number = number;
			return true;
		}
	}
	return false;
}

static uint64_t
dictionary_of(uint8_t bits)
{
	if (bits >= DICTIONARY_BITS_MAX)
		return UINT32_MAX;
	return (uint64_t)(2 | (bits & 1)) << (bits / 2 + 11);
}

/* Section 3.1. False when it is no header that a decoder accepts. */
static bool
read_block_header(struct xz *xz)
{
	const uint8_t *header = xz->header;
	size_t size = xz->wanted - CRC, at = 2;
	uint32_t crc = crc32(header, size);
	uint64_t number, length;
	for (int i = 0; i < CRC; i++)
		if (header[size + (size_t)i] != (crc >> 8 * i & 0xff))
			return false;
	for (int flag = 0x40; flag <= 0x80; flag <<= 1)
		if (header[1] & flag && !take_number(header, size, &at, &number))
			return false;
	for (int filters = (header[1] & 3) + 1; filters > 0; filters--) {
		if (!take_number(header, size, &at, &number) ||
		    !take_number(header, size, &at, &length) || length > size - at)
			return false;
		if (number == FILTER_LZMA2 && length == 1 &&
		    dictionary_of(header[at]) > XZ_DICTIONARY_MAX)
			xz->dictionary = dictionary_of(header[at]);
		at += (size_t)length;
	}
	return true;
}

static void
begin(struct xz *xz, enum xz_part part)
{
	xz->part = part;
	xz->held = xz->wanted = 0;
}

/* What must be known of a header to know how long it is: its first byte. */
static void
begin_header(struct xz *xz, uint8_t first)
{
	switch (xz->part) {
	case XZ_STREAM_HEADER:
		xz->wanted = STREAM_HEADER;
		break;
	case XZ_BLOCK_HEADER:
		xz->wanted = ((uint32_t)first + 1) * ALIGNMENT;
		break;
	case XZ_CHUNK:
		xz->wanted = first == 0		    ? 1
			     : first <= CHUNK_COPIED ? 3
			     : first < CHUNK_WITH_PROPERTIES ? 5
							     : 6;
		break;
	case XZ_INDEX:
	case XZ_PADDING:
	case XZ_NOT_FOLLOWED:
		break;
	}
}

static void
end_chunk_header(struct xz *xz)
{
	const uint8_t *header = xz->header;
	uint64_t payload = 0;
	if (header[0] > CHUNK_COPIED && header[0] < CHUNK_PACKED) {
		xz->part = XZ_NOT_FOLLOWED;
		return;
	}
	if (header[0] != 0) {
		const uint8_t *size = header + (header[0] >= CHUNK_PACKED ? 3 : 1);
		payload = ((uint64_t)size[0] << 8 | size[1]) + 1;
	}
	xz->block_bytes += xz->wanted + payload;
	xz->skip = payload;
	if (header[0] == 0)
		xz->skip = (0 - xz->block_bytes) % ALIGNMENT + xz->check_bytes;
	begin(xz, header[0] == 0 ? XZ_BLOCK_HEADER : XZ_CHUNK);
}

static void
end_header(struct xz *xz)
{
	static const uint8_t magic[7] = { 0xfd, '7', 'z', 'X', 'Z', 0, 0 };
	switch (xz->part) {
	case XZ_STREAM_HEADER:
		xz->check_bytes = check_sizes[xz->header[7] & 15];
		begin(xz, memcmp(xz->header, magic, sizeof(magic)) == 0 ? XZ_BLOCK_HEADER
									 : XZ_NOT_FOLLOWED);
		break;
	case XZ_BLOCK_HEADER:
		xz->block_bytes = 0;
		begin(xz, read_block_header(xz) ? XZ_CHUNK : XZ_NOT_FOLLOWED);
		break;
	case XZ_CHUNK:
		end_chunk_header(xz);
		break;
	case XZ_INDEX:
	case XZ_PADDING:
	case XZ_NOT_FOLLOWED:
		break;
	}
}

/* Section 4: a count, and two numbers for each record. */
static void
follow_index(struct xz *xz, uint8_t byte)
{
	xz->index_bytes = (xz->index_bytes + 1) % ALIGNMENT;
	if (xz->number_bits >= NUMBER_BITS_MAX) {
		xz->part = XZ_NOT_FOLLOWED;
		return;
	}
	xz->number |= (uint64_t)(byte & 0x7f) << xz->number_bits;
	xz->number_bits += 7;
	if (byte & 0x80)
		return;
	if (xz->counted)
		xz->numbers--;
	else
		xz->numbers = 2 * xz->number; /* of 63 bits */
	xz->counted = true;
	xz->number = xz->number_bits = 0;
	if (xz->numbers > 0)
		return;
	xz->skip = (0 - xz->index_bytes) % ALIGNMENT + CRC + STREAM_FOOTER;
	begin(xz, XZ_PADDING);
}

/* One byte that is not skipped. */
static void
follow_byte(struct xz *xz, uint8_t byte)
{
	if (xz->part == XZ_INDEX) {
		follow_index(xz, byte);
		return;
	}
	if (xz->part == XZ_PADDING) {
		if (byte == 0)
			return;
		begin(xz, XZ_STREAM_HEADER);
	}
	if (xz->part == XZ_BLOCK_HEADER && xz->held == 0 && byte == 0) {
		begin(xz, XZ_INDEX);
		xz->index_bytes = 1;
		xz->counted = false;
		return;
	}
	if (xz->held == 0)
		begin_header(xz, byte);
	xz->header[xz->held++] = byte;
	if (xz->held == xz->wanted)
		end_header(xz);
}

size_t
xz_follow(struct xz *xz, const uint8_t *data, size_t size)
{
	size_t at = 0;
	while (at < size && xz->part != XZ_NOT_FOLLOWED) {
		if (xz->skip > 0) {
			size_t step = xz->skip < size - at ? (size_t)xz->skip : size - at;
			xz->skip -= step;
			at += step;
			continue;
		}
		follow_byte(xz, data[at]);
		if (xz->dictionary != 0)
			return at;
		at++;
	}
	return size;
}
