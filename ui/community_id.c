/* SPDX-License-Identifier: BSD-2-Clause */
/* Base64 of SHA-1 over seed, the lower endpoint, the higher endpoint, protocol and ports. */
#include "ui/community_id.h"

#include <netinet/in.h>
#include <sha1.h>
#include <stdbool.h>
#include <string.h>

struct buffer {
	uint8_t bytes[40];
	size_t used;
};

static void
put_be(struct buffer *buffer, uint64_t value, size_t size)
{
	while (size-- > 0)
		buffer->bytes[buffer->used++] = (uint8_t)(value >> 8 * size);
}

static void
put_address(struct buffer *buffer, struct ip_addr address, unsigned ip_version)
{
	if (ip_version == 4) {
		put_be(buffer, address.lo & 0xffffffff, 4);
		return;
	}
	put_be(buffer, address.hi, 8);
	put_be(buffer, address.lo, 8);
}

/* RFC 4648 4, with padding. */
static void
base64(const uint8_t *bytes, size_t length, char *text)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < length; i += 3) {
		uint32_t group = (uint32_t)bytes[i] << 16;
		group |= i + 1 < length ? (uint32_t)bytes[i + 1] << 8 : 0;
		group |= i + 2 < length ? bytes[i + 2] : 0;
		*text++ = alphabet[group >> 18];
		*text++ = alphabet[group >> 12 & 63];
		*text++ = i + 1 < length ? alphabet[group >> 6 & 63] : '=';
		*text++ = i + 2 < length ? alphabet[group & 63] : '=';
	}
	*text = '\0';
}

static bool
endpoint_is_lower(struct ip_addr a, uint16_t a_port, struct ip_addr b, uint16_t b_port)
{
	if (a.hi != b.hi)
		return a.hi < b.hi;
	if (a.lo != b.lo)
		return a.lo < b.lo;
	return a_port <= b_port;
}

void
community_id_tcp(struct ip_addr a, uint16_t a_port, struct ip_addr b, uint16_t b_port,
		 unsigned ip_version, char text[COMMUNITY_ID_SIZE])
{
	if (!endpoint_is_lower(a, a_port, b, b_port)) {
		community_id_tcp(b, b_port, a, a_port, ip_version, text);
		return;
	}
	struct buffer buffer = { .used = 0 };
	put_be(&buffer, 0, 2); /* seed */
	put_address(&buffer, a, ip_version);
	put_address(&buffer, b, ip_version);
	put_be(&buffer, IPPROTO_TCP, 1);
	put_be(&buffer, 0, 1); /* padding */
	put_be(&buffer, a_port, 2);
	put_be(&buffer, b_port, 2);

	uint8_t digest[SHA1_DIGEST_LENGTH];
	SHA1_CTX context;
	SHA1Init(&context);
	SHA1Update(&context, buffer.bytes, buffer.used);
	SHA1Final(digest, &context);
	memcpy(text, "1:", 2);
	base64(digest, sizeof(digest), text + 2);
}
