/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses of a crowd: lists, ranges and prefixes, and the world. */
#include "tests/crowd_builder.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dissect/bytes.h"
#include "tests/crowd_wire.h"

/* IPv4 networks that no host in the internet has (RFC 6890), and multicast. */
static const struct {
	uint32_t network;
	unsigned length;
} special_networks[] = {
	{ 0x00000000, 8 },  { 0x0a000000, 8 },	{ 0x64400000, 10 }, { 0x7f000000, 8 },
	{ 0xa9fe0000, 16 }, { 0xac100000, 12 }, { 0xc0000000, 24 }, { 0xc0000200, 24 },
	{ 0xc0586300, 24 }, { 0xc0a80000, 16 }, { 0xc6120000, 15 }, { 0xc6336400, 24 },
	{ 0xcb007100, 24 }, { 0xe0000000, 3 },
};

int
crowd_address(struct crowd_builder *builder, const char *text, struct craft_address *ret_address)
{
	struct craft_address address = { .version = strchr(text, ':') == NULL ? 4 : 6 };
	if (inet_pton(address.version == 4 ? AF_INET : AF_INET6, text, address.bytes) != 1)
		return crowd_fail(builder, "\"%s\" is no address", text);
	*ret_address = address;
	return 0;
}

/* The last 64 bits of an address, or all 32. */
static uint64_t
low_bits(const struct craft_address *address)
{
	return address->version == 4 ? load_be32(address->bytes) : load_be64(address->bytes + 8);
}

static void
set_low_bits(struct craft_address *address, uint64_t value)
{
	if (address->version == 4) {
		wire_put32(address->bytes, (uint32_t)value);
		return;
	}
	wire_put32(address->bytes + 8, (uint32_t)(value >> 32));
	wire_put32(address->bytes + 12, (uint32_t)value);
}

static int
parse_prefix(struct crowd_builder *builder, const char *text, const char *slash,
	     struct crowd_hosts_part *part)
{
	char address[64], *end;
	snprintf(address, sizeof address, "%.*s", (int)(slash - text), text);
	unsigned long length = strtoul(slash + 1, &end, 10);
	if (crowd_address(builder, address, &part->first) != 0)
		return -1;
	unsigned most = part->first.version == 4 ? 32 : 128;
	unsigned least = part->first.version == 4 ? 1 : 64;
	if (slash[1] == '\0' || *end != '\0' || length > most || length < least)
		return crowd_fail(builder, "\"%s\" is no prefix from /%u to /%u", text, least,
				  most);
	part->prefix_length = (uint8_t)length;
	part->size = 1;
	return 0;
}

static int
parse_part(struct crowd_builder *builder, const char *text, struct crowd_hosts_part *part)
{
	const char *slash = strchr(text, '/'), *dots = strstr(text, "..");
	char first[64];
	if (slash != NULL)
		return parse_prefix(builder, text, slash, part);
	if (dots == NULL)
		dots = text + strlen(text);
	snprintf(first, sizeof first, "%.*s", (int)(dots - text), text);
	if (crowd_address(builder, first, &part->first) != 0)
		return -1;
	part->last = part->first;
	if (dots[0] != '\0' && crowd_address(builder, dots + 2, &part->last) != 0)
		return -1;
	uint64_t from = low_bits(&part->first), to = low_bits(&part->last);
	if (part->first.version != part->last.version || to < from)
		return crowd_fail(builder, "\"%s\" is no range of addresses", text);
	part->size = to - from + 1;
	return 0;
}

int
crowd_hosts_parse(struct crowd_builder *builder, const char *text, struct crowd_hosts *ret_hosts)
{
	char copy[512], *rest;
	struct crowd_hosts hosts = { .count = 0 };
	if (text[0] == '\0' || strlen(text) >= sizeof copy)
		return crowd_fail(builder, "addresses are missing");
	strcpy(copy, text);
	if (strcmp(text, "random") != 0) {
		for (char *part = strtok_r(copy, ",", &rest); part != NULL;
		     part = strtok_r(NULL, ",", &rest)) {
			if (hosts.count == CROWD_HOSTS_MAX)
				return crowd_fail(builder, "too many addresses");
			if (parse_part(builder, part, &hosts.parts[hosts.count++]) != 0)
				return -1;
		}
	}
	*ret_hosts = hosts;
	return 0;
}

/* HOSTS:PORT, HOSTS:FROM..TO; IPv6 in brackets. */
int
crowd_target_parse(struct crowd_builder *builder, const char *text, struct traffic *traffic)
{
	char hosts[512];
	uint64_t first, last;
	const char *colon = strrchr(text, ':');
	if (colon == NULL || (size_t)(colon - text) >= sizeof hosts)
		return crowd_fail(builder, "ADDRESS:PORT is missing where \"%s\" stands", text);
	bool brackets = text[0] == '[' && colon[-1] == ']';
	snprintf(hosts, sizeof hosts, "%.*s", (int)(colon - text - (brackets ? 2 : 0)),
		 text + (brackets ? 1 : 0));
	if (crowd_number_range(builder, colon + 1, 65535, &first, &last) != 0)
		return -1;
	if (first == 0)
		return crowd_fail(builder, "a server's port is not 0");
	traffic->port_first = (uint16_t)first;
	traffic->port_last = (uint16_t)last;
	return crowd_hosts_parse(builder, hosts, &traffic->to);
}

int
crowd_hosts_version(const struct crowd_hosts *hosts)
{
	int version = 0;
	for (unsigned i = 0; i < hosts->count; i++) {
		if (version != 0 && version != hosts->parts[i].first.version)
			return -1;
		version = hosts->parts[i].first.version;
	}
	return version;
}

static bool
is_special(uint32_t address)
{
	for (size_t i = 0; i < sizeof special_networks / sizeof special_networks[0]; i++)
		if ((address ^ special_networks[i].network) >> (32 - special_networks[i].length) ==
		    0)
			return true;
	return false;
}

static struct craft_address
pick_from_world(unsigned version, struct crowd_random *random)
{
	struct craft_address address = { .version = (uint8_t)version };
	uint32_t value;
	if (version == 6) { /* 2400::/12 is in use, all over */
		wire_put32(address.bytes,
			   0x24000000 | (uint32_t)crowd_random_below(random, 1 << 20));
		wire_put32(address.bytes + 4, (uint32_t)crowd_random_next(random));
		set_low_bits(&address, crowd_random_next(random));
		return address;
	}
	do
		value = (uint32_t)crowd_random_next(random);
	while (is_special(value));
	wire_put32(address.bytes, value);
	return address;
}

/* Neither the network's own address nor the one that means all its hosts. */
static struct craft_address
pick_from_prefix(const struct crowd_hosts_part *part, struct crowd_random *random)
{
	struct craft_address address = part->first;
	unsigned bits = (address.version == 4 ? 32U : 128U) - part->prefix_length;
	if (bits == 0)
		return address;
	uint64_t mask = bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
	uint64_t host = bits == 1 ? crowd_random_below(random, 2)
				  : 1 + crowd_random_below(random, mask - 1);
	set_low_bits(&address, (low_bits(&address) & ~mask) | host);
	return address;
}

struct craft_address
crowd_hosts_pick(const struct crowd_hosts *hosts, uint64_t index, unsigned version,
		 struct crowd_random *random)
{
	if (hosts->count == 0)
		return pick_from_world(version, random);
	const struct crowd_hosts_part *part =
		&hosts->parts[hosts->count == 1 ? 0 : crowd_random_below(random, hosts->count)];
	if (part->prefix_length != 0)
		return pick_from_prefix(part, random);
	struct craft_address address = part->first;
	set_low_bits(&address, low_bits(&address) + index % part->size);
	return address;
}
