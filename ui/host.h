/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine on which a live capture is made. */
#ifndef TCPWHY_HOST_H
#define TCPWHY_HOST_H

#include <stddef.h>

#include "dissect/packet.h"

enum { HOST_ADDRESSES = 64, HOST_NAME_SIZE = 256 };

struct host {
	char name[HOST_NAME_SIZE];
	size_t address_count;
	struct host_address {
		struct ip_addr addr;
		unsigned ip_version;
	} addresses[HOST_ADDRESSES]; /* of its interfaces, each once, loopback left out */
};

/* Asks the system; before the sandbox closes. What cannot be found out stays empty. */
void host_read(struct host *host);

#endif
