/* SPDX-License-Identifier: BSD-2-Clause */
/* Name and addresses, from the system. */
#include "ui/host.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

static uint64_t
read_u64(const uint8_t *bytes)
{
	uint64_t value = 0;
	for (int i = 0; i < 8; i++)
		value = value << 8 | bytes[i];
	return value;
}

/* Returns the IP version, 0 if the address is of another kind. */
static unsigned
convert(const struct sockaddr *address, struct ip_addr *ret_addr)
{
	if (address != NULL && address->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, address, sizeof(in));
		*ret_addr = (struct ip_addr){
			.lo = UINT64_C(0xffff00000000) | ntohl(in.sin_addr.s_addr),
		};
		return 4;
	}
	if (address != NULL && address->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, address, sizeof(in6));
		ret_addr->hi = read_u64(in6.sin6_addr.s6_addr);
		ret_addr->lo = read_u64(in6.sin6_addr.s6_addr + 8);
		return 6;
	}
	return 0;
}

static void
add(struct host *host, struct ip_addr addr, unsigned ip_version)
{
	for (size_t i = 0; i < host->address_count; i++)
		if (host->addresses[i].ip_version == ip_version &&
		    ip_addr_equal(host->addresses[i].addr, addr))
			return;
	if (host->address_count < HOST_ADDRESSES)
		host->addresses[host->address_count++] =
			(struct host_address){ .addr = addr, .ip_version = ip_version };
}

void
host_read(struct host *host)
{
	struct ifaddrs *list = NULL;
	*host = (struct host){ .address_count = 0 };
	if (gethostname(host->name, sizeof(host->name) - 1) != 0)
		host->name[0] = '\0';
	if (getifaddrs(&list) != 0)
		return;
	for (const struct ifaddrs *item = list; item != NULL; item = item->ifa_next) {
		struct ip_addr addr;
		unsigned ip_version = convert(item->ifa_addr, &addr);
		if (ip_version != 0 && (item->ifa_flags & IFF_LOOPBACK) == 0)
			add(host, addr, ip_version);
	}
	freeifaddrs(list);
}
