/* SPDX-License-Identifier: BSD-2-Clause */
/* Attempts of which nothing but one plain SYN is known: most flows of a flood stay like that for ever.
 * Such a SYN is kept packed, a tenth of the size of a flow; when anything more comes of it, it is
 * unpacked and becomes a flow by being applied again. */
#ifndef TCPWHY_ATTEMPTS_H
#define TCPWHY_ATTEMPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/flow.h"

/* An attempt is named by a number that is used again after it was dropped; 0 is none. */
typedef uint32_t attempt_id;

struct attempts;

/* capacity: most attempts held at once, below 2^30. memory_bytes: most that they may take, 0 any number.
 * hash_key as for flowtab_new(). Returns NULL when memory is short. */
struct attempts *attempts_new(uint32_t capacity, size_t memory_bytes, const uint64_t hash_key[2]);
void attempts_free(struct attempts *attempts);

/* Whether the packet is a SYN that can be packed without loss: no payload, no defect, nothing that only
 * few stacks send. */
bool attempts_can_take(const struct packet *packet);

/* Keeps a SYN for which attempts_can_take() is true, as the newest, with the number of its flow.
 * Returns 0 when there is no room or no memory. */
attempt_id attempts_take(struct attempts *attempts, const struct packet *packet, uint32_t hash,
			 uint32_t number);

/* The newest attempt between these endpoints, whoever of them sent it; 0 none. */
attempt_id attempts_find(const struct attempts *attempts, uint32_t hash, struct ip_addr a,
			 uint16_t a_port, struct ip_addr b, uint16_t b_port);
void attempts_prefetch(const struct attempts *attempts, uint32_t hash);

/* The SYN again, as far as the analyzer looks at it, and the number of its flow. */
void attempts_unpack(const struct attempts *attempts, attempt_id id, struct packet *ret_packet,
		     uint32_t *ret_number);
int64_t attempts_time(const struct attempts *attempts, attempt_id id);
uint32_t attempts_number(const struct attempts *attempts, attempt_id id);

/* Forgets an attempt. */
void attempts_drop(struct attempts *attempts, attempt_id id);

/* From the oldest to the newest; 0 at the end. */
attempt_id attempts_oldest(const struct attempts *attempts);
attempt_id attempts_next(const struct attempts *attempts, attempt_id id);
uint32_t attempts_count(const struct attempts *attempts);

#endif
