/* SPDX-License-Identifier: BSD-2-Clause */
/* Bounded reader of wire bytes: reads past the end give zero and leave an error that stays. */
#ifndef TCPWHY_BYTES_H
#define TCPWHY_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum bytes_error {
	BYTES_OK,
	BYTES_CUT,   /* the bytes were on the wire, but the snapshot ended before them */
	BYTES_SHORT, /* the bytes were not even on the wire */
};

/* A stretch of wire bytes, of which only the first may have been captured. The reader moves on as
 * it reads. After a failure nothing is left to read, so a caller may parse straight through and
 * look at the error once at the end. */
struct bytes {
	const uint8_t *at;	/* the next byte */
	const uint8_t *end;	/* behind the last captured byte */
	uint32_t missing;	/* bytes that follow on the wire but were not captured */
	enum bytes_error error; /* the first failure */
};

/* Plain loads from bytes that are known to be there, by bytes_take() or bytes_peek(). */

static inline uint16_t
load_be16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint16_t
load_le16(const uint8_t *at)
{
	return (uint16_t)(at[1] << 8 | at[0]);
}

static inline uint32_t
load_be24(const uint8_t *at)
{
	return (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
}

static inline uint32_t
load_be32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline uint32_t
load_le32(const uint8_t *at)
{
	return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

static inline uint64_t
load_be64(const uint8_t *at)
{
	return (uint64_t)load_be32(at) << 32 | load_be32(at + 4);
}

/* The captured bytes of a stretch that was length bytes long on the wire. */
static inline struct bytes
bytes_make(const uint8_t *at, uint32_t captured, uint32_t length)
{
	return (struct bytes){
		.at = at,
		.end = at + captured,
		.missing = length > captured ? length - captured : 0,
	};
}

/* Bytes left to read. */
static inline uint32_t
bytes_captured(const struct bytes *bytes)
{
	return (uint32_t)(bytes->end - bytes->at);
}

/* Bytes left on the wire: never less than those left to read. */
static inline uint32_t
bytes_length(const struct bytes *bytes)
{
	return bytes_captured(bytes) + bytes->missing;
}

/* Marks the reader as failed, for want of count bytes. The first error stays. */
static inline void
bytes_fail(struct bytes *bytes, uint32_t count)
{
	if (bytes->error == BYTES_OK)
		bytes->error = count <= bytes_length(bytes) ? BYTES_CUT : BYTES_SHORT;
	bytes->end = bytes->at;
	bytes->missing = 0;
}

/* Returns the next count bytes without stepping over them, or NULL. Sets no error. */
static inline const uint8_t *
bytes_peek(const struct bytes *bytes, uint32_t count)
{
	return count <= bytes_captured(bytes) ? bytes->at : NULL;
}

/* Steps over count bytes and returns where they start, or fails and returns NULL. */
static inline const uint8_t *
bytes_take(struct bytes *bytes, uint32_t count)
{
	const uint8_t *at = bytes->at;

	if (count > bytes_captured(bytes)) {
		bytes_fail(bytes, count);
		return NULL;
	}
	bytes->at = at + count;
	return at;
}

static inline void
bytes_skip(struct bytes *bytes, uint32_t count)
{
	(void)bytes_take(bytes, count);
}

static inline uint8_t
bytes_u8(struct bytes *bytes)
{
	const uint8_t *at = bytes_take(bytes, 1);
	return at == NULL ? 0 : *at;
}

static inline uint16_t
bytes_u16(struct bytes *bytes)
{
	const uint8_t *at = bytes_take(bytes, 2);
	return at == NULL ? 0 : load_be16(at);
}

static inline uint32_t
bytes_u24(struct bytes *bytes)
{
	const uint8_t *at = bytes_take(bytes, 3);
	return at == NULL ? 0 : load_be24(at);
}

static inline uint32_t
bytes_u32(struct bytes *bytes)
{
	const uint8_t *at = bytes_take(bytes, 4);
	return at == NULL ? 0 : load_be32(at);
}

/* Ends the stretch after length bytes from here, where it was longer: a header said so. */
static inline void
bytes_limit(struct bytes *bytes, uint32_t length)
{
	uint32_t captured = bytes_captured(bytes);

	if (length < captured) {
		bytes->end = bytes->at + length;
		captured = length;
	}
	if (length - captured < bytes->missing)
		bytes->missing = length - captured;
}

/* Steps over the next length bytes and returns them as a reader of their own, bounded to what there
 * is; this reader fails when the wire did not have them all. */
static inline struct bytes
bytes_split(struct bytes *bytes, uint32_t length)
{
	struct bytes part = *bytes;

	bytes_limit(&part, length);
	bytes_skip(bytes, length);
	return part;
}

#endif
