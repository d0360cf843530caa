/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses, times and amounts as people and programs read them, into the caller's buffer. */
#ifndef TCPWHY_FORMAT_H
#define TCPWHY_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "dissect/packet.h"

enum {
	FORMAT_ADDRESS_SIZE = 46,  /* INET6_ADDRSTRLEN */
	FORMAT_ENDPOINT_SIZE = 56, /* [address]:65535, address/128 */
	FORMAT_TIME_SIZE = 32,	   /* any of the times and durations below */
	FORMAT_AMOUNT_SIZE = 32,
	FORMAT_COUNT_SIZE = 64, /* a number and its word */
	FORMAT_WINDOW_SIZE = 64,
};

/* "192.0.2.1" or "2001:db8::1", by inet_ntop(3). ip_version is 4 or 6. */
void format_address(struct ip_addr address, unsigned ip_version, char *text, size_t size);

/* "192.0.2.1:80" or "[2001:db8::1]:80". */
void format_endpoint(struct ip_addr address, unsigned ip_version, uint16_t port, char *text,
		     size_t size);

/* "192.0.2.0/24"; the whole address only when prefix_length is that of an address. */
void format_network(struct ip_addr address, unsigned ip_version, unsigned prefix_length, char *text,
		    size_t size);

/* RFC 3339 in UTC with six digits: "2024-05-06T07:08:09.123456Z". */
void format_timestamp(int64_t us, char *text, size_t size);

/* "2024-05-06 07:08:09", UTC. */
void format_date_time(int64_t us, char *text, size_t size);

/* "07:08:09.12", UTC, cut to hundredths. */
void format_clock(int64_t us, char *text, size_t size);

/* "2024-05-06 07:08:09 to 07:08:41 UTC"; one time only if both are in the same second. The buffer
 * holds FORMAT_WINDOW_SIZE bytes. */
void format_window(int64_t first_us, int64_t last_us, char *text, size_t size);

/* A length of time as one would say it: "87 us", "4.21 ms", "1.03 s", "92.1 s", "4 min 12 s",
 * "3 h 20 min", "2 d 4 h". Negative values get a minus. */
void format_duration(int64_t us, char *text, size_t size);

/* "512 bytes", "1.5 kB", "23.4 MB" (powers of 1000). */
void format_bytes(uint64_t bytes, char *text, size_t size);

/* "12,345": groups of three digits. */
void format_number(uint64_t number, char *text, size_t size);

/* "1 SYN", "7,000 SYNs", "2 addresses": the word with an s, or es, unless count is 1. */
void format_count(uint64_t count, const char *word, char *text, size_t size);

/* "38 %", "4.2 %", "99.9 %" from thousandths. */
void format_share(uint64_t permille, char *text, size_t size);

#endif
