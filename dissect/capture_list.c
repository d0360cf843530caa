/* SPDX-License-Identifier: BSD-2-Clause */
/* The interfaces that libpcap can open here, in its order. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

#include "dissect/capture.h"

static void
add_address(const struct sockaddr *address, struct capture_device *device)
{
	char *text = device->addresses[device->address_count];
	const void *bytes;

	if (!address || device->address_count == CAPTURE_DEVICE_ADDRESSES)
		return;
	if (address->sa_family == AF_INET)
		bytes = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
	else if (address->sa_family == AF_INET6)
		bytes = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	else
		return;
	if (inet_ntop(address->sa_family, bytes, text, sizeof(device->addresses[0])))
		device->address_count++;
}

int
capture_list_devices(capture_device_fn *fn, void *user, char *text, size_t text_size)
{
	char error[PCAP_ERRBUF_SIZE] = "";
	pcap_if_t *list = NULL;

	if (pcap_findalldevs(&list, error) != 0) {
		snprintf(text, text_size, "interfaces cannot be listed: %s", error);
		return CAPTURE_ERROR_INTERFACE;
	}
	for (const pcap_if_t *item = list; item; item = item->next) {
		struct capture_device device = {
			.name = item->name,
			.description = item->description,
			.up = (item->flags & PCAP_IF_UP) != 0,
			.running = (item->flags & PCAP_IF_RUNNING) != 0,
			.network = strcmp(item->name, "any") == 0 || if_nametoindex(item->name) != 0,
		};
		for (const pcap_addr_t *address = item->addresses; address;
		     address = address->next)
			add_address(address->addr, &device);
		fn(user, &device);
	}
	pcap_freealldevs(list);
	return CAPTURE_OK;
}
